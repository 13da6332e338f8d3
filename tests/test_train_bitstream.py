"""Training for bitstreams: merging changes nothing, spliced norms are the identity, nothing ends beyond +-1."""

from copy import deepcopy
from pathlib import Path

import pytest
import torch
from torch import nn

from mcuexport.checkpoint import Checkpoint, load, save_trained
from mcuexport.errors import RecipeError
from mcuexport.evaluate import evaluate_bitstream
from mcuexport.evaluate import test_set as inputs_and_labels
from mcuexport.lower import lower
from mcuexport.lower.bitstream import lower_bitstream
from mcuexport.parity import verify
from mcuexport.soft_errors import sweep
from mcuexport.targets import core
from mcuexport.train import (
    EpochMetrics,
    QuantActivation,
    QuantConv2d,
    QuantLinear,
    Recipe,
    SaturationPenalty,
    Trained,
    desaturate,
    load_recipe,
    merge_conv_bn,
    mlp,
    rebn,
    saturation,
    train_for_bitstream,
    with_settings,
)
from mcuexport.train.activations import BITSTREAM_LIMIT
from mcuexport.train.norms import PowerOfTwoBatchNorm1d
from mcuexport.train.quantizers import SLOPE_OUTSIDE
from mcuexport.train.unquantized import unquantized


class Branches(nn.Module):
    """Norms that follow a layer, one that follows an activation, a layer that two read; named out of order."""

    def __init__(self) -> None:
        super().__init__()
        options = {"format": "int8", "clip": "unit"}
        self.norm = nn.BatchNorm2d(4)
        self.conv = QuantConv2d(2, 4, 3, **options)
        self.act = QuantActivation("slope_hardtanh")
        self.later = nn.BatchNorm2d(4)
        self.shared = QuantConv2d(4, 4, 1, **options)
        self.not_merged = nn.BatchNorm2d(4)
        self.flatten = nn.Flatten()
        self.fc = QuantLinear(64, 3, bias=True, **options)
        self.power = PowerOfTwoBatchNorm1d(3)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        shared = self.shared(self.later(self.act(self.norm(self.conv(x)))))
        result: torch.Tensor = self.power(self.fc(self.flatten(shared + self.not_merged(shared))))
        return result


@pytest.fixture
def x() -> torch.Tensor:
    return torch.rand(40, 2, 6, 6, generator=torch.Generator().manual_seed(2), dtype=torch.float64)


@pytest.fixture
def model(x: torch.Tensor) -> Branches:
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(4)
        made = Branches().double()
        for module in made.modules():
            if isinstance(module, nn.BatchNorm1d | nn.BatchNorm2d):
                nn.init.normal_(module.weight, 1.0, 0.5)
                nn.init.normal_(module.bias)
        made.train()(x)
    return made.eval()


def test_merging_changes_nothing_but_rounding(model: Branches, x: torch.Tensor) -> None:
    with unquantized(model):
        before = model(x)
    merge_conv_bn(model)
    with unquantized(model):
        torch.testing.assert_close(model(x), before)
    kinds = {name: type(module).__name__ for name, module in model.named_children()}
    assert kinds["norm"] == kinds["power"] == "Identity"
    assert kinds["later"] == kinds["not_merged"] == "BatchNorm2d"
    assert model.conv.bias is not None
    assert not model.conv.training


def test_rounding_comes_back(model: Branches, x: torch.Tensor) -> None:
    before = model(x)
    with unquantized(model):
        assert not torch.equal(model(x), before)
    assert torch.equal(model(x), before)


def test_spliced_norms_are_the_identity_in_training_too(model: Branches, x: torch.Tensor) -> None:
    merge_conv_bn(model)
    before = model(x)
    rebn(model, x)
    assert isinstance(model.norm, nn.BatchNorm2d)
    assert isinstance(model.power, nn.BatchNorm1d)
    torch.testing.assert_close(model(x), before)
    for module in (model.norm, model.power):
        assert not module.training
        module.train()
    torch.testing.assert_close(model(x), before)


def test_saturation_counts_parameters_as_they_will_be_merged(model: Branches) -> None:
    with torch.no_grad():
        model.conv.weight.fill_(0.1)
        model.norm.running_var.fill_(0.04 - model.norm.eps)
        model.norm.running_mean.zero_()
        model.norm.weight.copy_(torch.tensor([1.0, 1.0, 3.0, -3.0]))  # 0.1 * 3 / 0.2 = 1.5
        model.norm.bias.copy_(torch.tensor([0.0, 2.0, 0.0, 0.0]))
        model.shared.weight.fill_(0.5)
        model.fc.weight.zero_()
        model.power.running_mean.zero_()
        model.power.bias.zero_()
        model.fc.bias.zero_()
    conv, shared, fc = saturation(model)
    assert (conv.layer, conv.saturated, conv.parameters) == ("conv", 2 * 18 + 1, 72 + 4)
    assert conv.largest == 2.0
    assert (shared.saturated, shared.parameters, fc.saturated) == (0, 20, 0)
    penalty = SaturationPenalty(model)()
    torch.testing.assert_close(penalty, torch.tensor(36 * 0.5 + 1.0, dtype=torch.float64))
    penalty.backward()
    assert (model.conv.weight.grad[2:] != 0).all()
    assert (model.conv.weight.grad[:2] == 0).all()
    assert (model.norm.weight.grad != 0).tolist() == [False, False, True, True]
    merge_conv_bn(model)
    assert saturation(model)[0] == conv
    desaturate(model)
    assert [layer.saturated for layer in saturation(model)] == [0, 0, 0]
    assert float(model.conv.weight.detach().abs().max()) == 1


def test_a_slope_beyond_the_range_keeps_the_gradient_alive() -> None:
    u = torch.tensor([-3.0, -0.99, 0.3, BITSTREAM_LIMIT, 1.0, 7.0], requires_grad=True)
    y = QuantActivation("slope_hardtanh").eval()(u)
    y.sum().backward()
    torch.testing.assert_close(u.grad, torch.tensor([SLOPE_OUTSIDE, 1, 1, 1, SLOPE_OUTSIDE, SLOPE_OUTSIDE]))
    assert y[-1].item() == y[-2].item() == 127 / 128
    assert torch.equal(y * 128, (y * 128).round())


# The recipe


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> tuple[Trained, list[EpochMetrics], Path]:
    """scikit-learn's digits by the shipped recipe, cut short; and again, interrupted."""
    recipe = with_settings(load_recipe("digits-bitstream"), {"train.epochs": "12", "bitstream.fine_tune_epochs": "4"})
    folder, seen = tmp_path_factory.mktemp("digits"), []
    made = train_for_bitstream(recipe, run_dir=folder / "run", report=seen.append)
    save_trained(made, "digits", folder / "digits.pt")
    return made, seen, folder


@pytest.fixture(scope="module")
def checkpoint(trained: tuple[Trained, list[EpochMetrics], Path]) -> Checkpoint:
    return load(trained[2] / "digits.pt")


def test_nothing_is_beyond_one_after_the_recipe_and_no_stage_costs_much(
    trained: tuple[Trained, list[EpochMetrics], Path],
) -> None:
    made, seen, _ = trained
    names = "batch norm, merged, desaturated, fine-tuned, merged again, desaturated again".split(", ")
    assert [stage.name for stage in made.stages] == names
    assert [stage.saturated for stage in made.stages if "desaturated" in stage.name] == [0, 0]
    assert max(layer.largest for layer in made.stages[-1].layers) <= 1
    assert made.stages[-1].accuracy == made.accuracy > 0.93
    normed, merged, clipped = (stage.float_accuracy for stage in made.stages[:3])
    assert merged == normed
    assert abs(clipped - merged) <= 0.005
    assert [metrics.epoch for metrics in seen] == list(range(1, 17))
    assert {metrics.epochs for metrics in seen} == {16}


def test_an_interrupted_run_ends_the_same(trained: tuple[Trained, list[EpochMetrics], Path]) -> None:
    made, _, folder = trained
    again = train_for_bitstream(made.recipe, run_dir=folder / "run", resume=True)
    for one, other in zip(made.model.parameters(), again.model.parameters(), strict=True):
        assert torch.equal(one, other)
    assert again.stages == made.stages


def test_at_1024_bits_the_bitstream_network_is_as_good_as_float(checkpoint: Checkpoint) -> None:
    streams = lower_bitstream(checkpoint, 1024)
    x, y = inputs_and_labels(checkpoint, None)
    found = evaluate_bitstream(checkpoint, lower(checkpoint), streams, 1024, x, y)
    assert found.samples == 360
    assert abs(found.bitstream_accuracy - found.float_accuracy) <= 0.01
    assert found.bitstream_accuracy == float((streams.predict(x) == y).mean())
    verify(streams, core("host"), "net", checkpoint.examples, x)


def test_a_trained_network_runs_on_an_emulated_cortex_m0(checkpoint: Checkpoint) -> None:
    streams = lower_bitstream(checkpoint, 1024)
    x, _ = inputs_and_labels(checkpoint, None)
    assert verify(streams, core("cortex-m0"), "net", checkpoint.examples, x[:5]).outputs == 50


def test_streams_bear_flipped_bits_that_eight_bit_numbers_do_not(checkpoint: Checkpoint) -> None:
    x, y = inputs_and_labels(checkpoint, None)
    clean, few, half = sweep(lower_bitstream(checkpoint, 1024), lower(checkpoint), (0.0, 0.01, 0.5), x, y)
    assert min(clean.bitstream_accuracy, clean.integer_accuracy) > 0.93
    assert few.bitstream_accuracy > clean.bitstream_accuracy - 0.02
    assert few.integer_accuracy < clean.integer_accuracy - 0.02
    assert max(half.bitstream_accuracy, half.integer_accuracy) < 0.3


def test_the_penalty_is_what_keeps_parameters_in_range() -> None:
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(1)
        model = mlp(20, [6], 3, "int8", activation="slope_hardtanh", clip="unit", bias=True)
    with torch.no_grad():
        model.fc1.weight.mul_(5)
        model.fc1.weight[0] = 2
    other = deepcopy(model)
    penalty = SaturationPenalty(model)
    optimizer = torch.optim.SGD(model.parameters(), 0.01)
    for _ in range(400):
        optimizer.zero_grad()
        penalty().backward()
        optimizer.step()
    assert sum(layer.saturated for layer in saturation(other)) >= 20
    assert max(layer.largest for layer in saturation(model)) <= 1.02


def test_a_recipe_without_a_third_stage_is_refused() -> None:
    with pytest.raises(RecipeError, match=r"^bitstream.fine_tune_epochs is 0, so there is no third stage; set it"):
        train_for_bitstream(Recipe())
