"""Tricks with weights and their scales: learned and moving clips, averages of the last epochs, pruning."""

import math
from pathlib import Path
from typing import Any

import pytest
import torch
from tricks import CNN, DIGITS, MLP, begun, quant_layers, recipe

from mcuexport.errors import RecipeError
from mcuexport.train import Trained, train
from mcuexport.train.batches import Inputs, real_values
from mcuexport.train.layers import QuantLayer
from mcuexport.train.loop import build_model
from mcuexport.train.quantizers import learned_levels
from mcuexport.train.recipe import Recipe
from mcuexport.train.tricks import Run, begin_tricks
from mcuexport.train.tricks.prune import density_at, largest


def test_a_learned_scale_has_the_gradient_of_the_papers_formula() -> None:
    weight = torch.tensor([[-2.0, 0.3, 0.9], [0.1, 5.0, -0.4]], requires_grad=True)
    scale, levels = torch.tensor([[0.5]]), torch.tensor([[-3.0, 1.0, 1.0], [0.0, 3.0, -1.0]])
    gain = torch.zeros(1, 1, requires_grad=True)
    learned_levels(weight, levels, scale, gain).sum().backward()
    units = weight.detach() / scale
    inside = units.abs() <= 3
    slopes = torch.where(inside, levels - units, levels) * scale * math.log(2)
    torch.testing.assert_close(gain.grad, (slopes.sum() / math.sqrt(6 * 3)).view(1, 1))
    torch.testing.assert_close(weight.grad, inside.float())


@pytest.mark.parametrize("per_output", [False, True])
def test_learned_scales_leave_the_rule_and_the_network_plain(per_output: bool, tmp_path: Path) -> None:
    model = {**MLP, "per_output": per_output, "clip": "octav"}
    trained = train(recipe({"clip": {"learned": True}}, model), run_dir=tmp_path)
    assert quant_layers(trained)[0].scale.shape == ((16, 1) if per_output else (1, 1))
    for layer in quant_layers(trained):
        found = layer.scale.clone()
        layer.update_scale()
        assert not torch.allclose(found, layer.scale, rtol=1e-3)
    assert not any("log2_gain" in name for name in trained.model.state_dict())


def test_a_clip_that_decreases_ends_at_its_factor(tmp_path: Path) -> None:
    plain, narrow = (
        train(recipe(sections, {**MLP, "clip_factor": 0.8}), run_dir=tmp_path / str(len(sections)))
        for sections in ({}, {"clip": {"decrease_to": 0.5}})
    )
    for layer in quant_layers(narrow):
        assert layer.quantizer.config()["clip_factor"] == pytest.approx(0.4)
        found = layer.scale.clone()
        layer.quantizer.clip_factor = 0.8
        layer.update_scale()
        torch.testing.assert_close(2 * found, layer.scale)
    assert {layer.quantizer.clip_factor for layer in quant_layers(plain)} == {0.8}


def test_fixed_layers_keep_the_scale_of_their_epoch(tmp_path: Path) -> None:
    """fixed_epoch 0: that of the weights that the training began with."""
    wanted = recipe({"clip": {"fixed_layers": 2}})
    fresh = [layer.scale for layer in build_model(wanted, DIGITS).modules() if isinstance(layer, QuantLayer)]
    kept = [layer.scale for layer in quant_layers(train(wanted, run_dir=tmp_path))]
    assert [torch.equal(a, b) for a, b in zip(fresh, kept, strict=True)] == [True, True, False]


def test_swa_is_the_mean_of_the_last_epochs_with_scales_and_statistics_of_its_own(tmp_path: Path) -> None:
    wanted = recipe({"swa": {"epochs": 2, "learning_rate": 0.01}})
    weights: list[torch.Tensor] = []
    rates: list[float] = []

    def note(metrics: Any) -> None:
        rates.append(metrics.learning_rate)
        state = torch.load(tmp_path / "state.pt", weights_only=True)
        weights.append(state["model"]["fc1.weight"].clone())

    trained = train(wanted, run_dir=tmp_path, report=note)
    assert rates[2:] == [0.01, 0.01]
    torch.testing.assert_close(trained.model.fc1.weight, (weights[2] + weights[3]) / 2)
    for layer in quant_layers(trained):
        found = layer.scale.clone()
        layer.update_scale()
        assert torch.equal(found, layer.scale)
    x = real_values(torch.from_numpy(DIGITS.train_x), DIGITS)
    with torch.no_grad():
        hidden = trained.model.fc1(trained.model.flatten(x))
    torch.testing.assert_close(trained.model.norm1.running_mean, hidden.mean(0), rtol=1e-2, atol=1e-2)


def test_cyclic_swa_averages_the_ends_of_cycles(tmp_path: Path) -> None:
    wanted = recipe({"swa": {"epochs": 4, "learning_rate": 0.01, "cycle_epochs": 2}})
    _, trick = begun(wanted)
    assert [trick.learning_rate(now, 1.0) for now in (0.0, 1.0, 2.0)] == pytest.approx([0.01, 0.0055, 0.01])
    for epoch in range(1, 5):
        trick.end_epoch(epoch)
    assert trick.count == 2


def test_the_density_falls_as_a_cube() -> None:
    found = [density_at(now, 0.2, 1.0, 5.0) for now in (0.0, 1.0, 3.0, 5.0, 9.0)]
    assert found == pytest.approx([1.0, 1.0, 0.2 + 0.8 / 8, 0.2, 0.2])


def test_the_largest_weights_are_kept_whatever_their_sign() -> None:
    weight = torch.tensor([[0.1, -3.0, 2.0], [-0.5, 0.5, 0.0]])
    assert largest(weight, 0.5).tolist() == [[False, True, True], [True, False, False]]
    assert largest(weight, 1e-6).sum() == 1


@pytest.mark.parametrize("format_name", ["ternary", "int4", "int8"])
@pytest.mark.parametrize("model", [MLP, CNN], ids=["mlp", "cnn"])
def test_pruned_weights_are_zero_to_the_density(model: dict[str, Any], format_name: str, tmp_path: Path) -> None:
    formats = [format_name] * 3
    trained = train(recipe({"prune": {"density": 0.25}}, {**model, "format": formats}), run_dir=tmp_path)
    for layer in quant_layers(trained):
        assert int((layer.weight != 0).sum()) == round(0.25 * layer.weight.numel())
        assert (layer.levels()[layer.weight == 0] == 0).all()


def test_a_ticket_begins_where_the_first_training_did(tmp_path: Path) -> None:
    wanted = recipe({"prune": {"density": 0.25, "ticket_rounds": 2}})
    model = build_model(wanted, DIGITS)
    densities: list[float] = []

    def before(other: Recipe, name: str) -> Trained:
        densities.append(other.prune.density)
        return train(other, run_dir=tmp_path / name)

    first = {name: value.clone() for name, value in model.state_dict().items()}
    (trick,) = begin_tricks(Run(wanted, Inputs(DIGITS, "cpu"), model, "cpu", before))
    assert densities == [0.5]
    ticket = train(recipe({"prune": {"density": 0.5, "ticket_rounds": 1}}), run_dir=tmp_path / "again")
    for layer, mask, earlier in zip(trick.layers, trick.masks, quant_layers(ticket), strict=True):
        assert torch.equal(mask, largest(earlier.weight, 0.25))
        assert (earlier.weight[mask] != 0).all()
        name = next(name for name, module in model.named_modules() if module is layer)
        assert torch.equal(layer.weight, first[f"{name}.weight"] * mask)


def test_formats_without_zero_are_not_pruned(tmp_path: Path) -> None:
    with pytest.raises(RecipeError) as error:
        train(recipe({"prune": {"density": 0.5}}, {"format": "sym4"}), run_dir=tmp_path)
    assert str(error.value) == "prune: fc1 has sym4 weights, which have no 0; use ternary, int4 or int8"
