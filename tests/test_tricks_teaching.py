"""What a network learns from: mixed samples, and teachers."""

from pathlib import Path

import pytest
import torch
from torch import nn
from torch.nn import functional
from tricks import DIGITS, begun, integers, random_images, recipe

from mcuexport.errors import CheckpointError, RecipeError
from mcuexport.train import train
from mcuexport.train.batches import Inputs, epoch_images, real_values
from mcuexport.train.data import Source, load_dataset
from mcuexport.train.layers import QuantLinear
from mcuexport.train.recipe_files import load_recipe
from mcuexport.train.tricks import Run
from mcuexport.train.tricks.distill import logits_loss
from mcuexport.train.tricks.mix import Mixing, cutmix
from mcuexport.train.tricks.teachers import probabilities


def test_mixup_is_the_weighted_mean_of_samples_and_labels() -> None:
    _, trick = begun(recipe({"mix": {"mixup": 1.0}}))
    x, y = random_images(6), torch.arange(6)
    torch.manual_seed(3)
    mixed, wanted = trick.batch(x, y, y)
    share = wanted[torch.arange(6), y]
    other = (wanted - functional.one_hot(y, 10) * share[:, None]).argmax(1)
    moved = other != y
    assert moved.any()
    expected = share[:, None, None, None] * x + (1 - share[:, None, None, None]) * x[other]
    torch.testing.assert_close(mixed[moved], expected[moved])
    torch.testing.assert_close(wanted.sum(1), torch.ones(6))


def test_cutmix_pastes_one_rectangle_and_counts_its_area() -> None:
    torch.manual_seed(5)
    x = random_images(4)
    other = torch.tensor([1, 2, 3, 0])
    for wanted in (0.9, 0.5, 0.1):
        mixed, share = cutmix(x, other, wanted)
        pasted = (mixed == x[other]).all(1) & (x != x[other]).all(1)
        assert (mixed == torch.where(pasted[:, None], x[other], x)).all()
        assert share == pytest.approx(1 - pasted[0].float().mean().item(), abs=1e-6)
        rows, columns = pasted[0].any(1), pasted[0].any(0)
        assert torch.equal(pasted[0], rows[:, None] & columns[None])


def test_probability_leaves_the_other_batches_alone() -> None:
    _, trick = begun(recipe({"mix": {"mixup": 1.0, "probability": 0.25}}))
    torch.manual_seed(0)
    x, y = random_images(2), torch.tensor([0, 1])
    mixed = [trick.batch(x, y, y)[1].ndim == 2 for _ in range(200)]
    assert 30 <= sum(mixed) <= 70


def test_cutmix_needs_images() -> None:
    features = load_dataset(Source("digits"))
    flat = type(features)(
        "flat", features.train_x.reshape(-1, 64), features.train_y, features.test_x.reshape(-1, 64), features.test_y,
        features.labels, features.scale,
    )  # fmt: skip
    with pytest.raises(RecipeError) as error:
        Mixing(Run(recipe({"mix": {"cutmix": 1.0}}), flat, nn.Identity(), "cpu", lambda *_: None))  # type: ignore[arg-type,return-value]
    assert str(error.value) == "mix.cutmix: flat holds no images out of which rectangles could be cut"


def test_the_distillation_loss_is_hintons_formula() -> None:
    torch.manual_seed(1)
    logits, taught = torch.randn(5, 10), torch.softmax(torch.randn(5, 10), 1)
    own = torch.softmax(logits / 3, 1)
    expected = 9 * (taught * (taught / own).log()).sum(1).mean()
    torch.testing.assert_close(logits_loss(logits, taught, 3.0), expected)


def test_an_ensemble_teaches_the_mean_of_its_probabilities() -> None:
    torch.manual_seed(1)
    teachers: list[nn.Module] = [nn.Linear(4, 3), nn.Linear(4, 3)]
    x = torch.randn(6, 4)
    expected = sum(torch.softmax(teacher(x) / 2, 1) for teacher in teachers) / 2
    torch.testing.assert_close(probabilities(teachers, x, 2.0, as_float=False), expected)


@pytest.mark.usefixtures("teacher_here")
def test_features_add_the_squared_distance_of_projected_hidden_values(tmp_path: Path) -> None:
    wanted = recipe({"distill": {"teachers": ["teacher.toml"], "features": 0.7, "weight": 0.0}})
    model, trick = begun(wanted)
    x = real_values(torch.from_numpy(DIGITS.train_x[:8]), DIGITS)
    trick.begin_epoch(1)
    logits = model(x)
    found = trick.loss(torch.tensor(2.0), x, logits)
    (teacher,) = trick.teachers
    hidden, taught = (
        m.act2(m.norm2(m.fc2(m.act1(m.norm1(m.fc1(m.flatten(x)))))))
        if hasattr(m, "act2")
        else m.act1(m.norm1(m.fc1(m.flatten(x))))
        for m in (model, teacher)
    )
    torch.testing.assert_close(found, 2 + 0.7 * (trick.projection(hidden) - taught).square().mean())
    assert {p.shape for p in trick.parameters()} == {(24, 12), (24,)}
    trick.end_epoch(1)
    assert not any(module._forward_pre_hooks for module in model.modules())


@pytest.mark.usefixtures("teacher_here")
def test_a_checkpoint_and_a_recipe_teach_together_and_stay_as_they_are(tmp_path: Path) -> None:
    integers(train(load_recipe("teacher.toml"), run_dir=tmp_path / "t"), tmp_path)
    wanted = recipe({"distill": {"teachers": ["net.pt", "teacher.toml"], "as_float": True}})
    _, trick = begun(wanted)
    before = [p.clone() for teacher in trick.teachers for p in teacher.parameters()]
    x = real_values(torch.from_numpy(DIGITS.train_x[:8]), DIGITS)
    logits = torch.zeros(8, 10, requires_grad=True)
    trick.loss(torch.tensor(0.0), x, logits).backward()
    assert all(not p.requires_grad for teacher in trick.teachers for p in teacher.parameters())
    assert all(
        torch.equal(a, b) for a, b in zip(before, [p for t in trick.teachers for p in t.parameters()], strict=True)
    )
    assert logits.grad is not None and logits.grad.abs().sum() > 0


@pytest.mark.usefixtures("teacher_here")
@pytest.mark.parametrize(("name", "wanted"), [("float32", torch.float32), ("bfloat16", torch.bfloat16)])
def test_teachers_compute_in_the_precision_of_the_recipe(name: str, wanted: torch.dtype) -> None:
    model, trick = begun(recipe({"distill": {"teachers": ["teacher.toml"]}}, precision=name))
    computed = []
    for layer in trick.teachers[0].modules():
        if isinstance(layer, QuantLinear):
            layer.register_forward_hook(lambda _, __, output: computed.append(output.dtype))
    x = random_images(4)
    assert trick.loss(torch.tensor(0.0), x, model(x)).dtype == torch.float32
    assert set(computed) == {wanted}


@pytest.mark.usefixtures("teacher_here")
def test_a_teacher_sees_each_view_of_a_sample_once_and_the_same_answer_comes_back(tmp_path: Path) -> None:
    _, trick = begun(recipe({"distill": {"teachers": ["teacher.toml"], "views": 2, "weight": 1.0}}))
    asked: list[int] = []
    trick.teachers[0].register_forward_hook(lambda _, inputs, __: asked.append(len(inputs[0])))
    x = real_values(torch.from_numpy(DIGITS.train_x[:6]), DIGITS)
    parts = [torch.tensor([0, 1, 2, 3]), torch.tensor([2, 3, 4, 5])]
    losses: dict[int, list[float]] = {}
    for epoch in (1, 2, 3):
        trick.begin_epoch(epoch)
        for part in parts:
            inputs, _ = trick.batch(x[part] * (1 + epoch % 2), part, part)
            losses.setdefault(epoch, []).append(float(trick.loss(torch.tensor(0.0), inputs, torch.zeros(4, 10))))
        trick.end_epoch(epoch)
    assert asked == [4, 2, 4, 2]
    assert losses[3] == losses[1] != losses[2]


def test_views_take_turns() -> None:
    wanted = recipe({"distill": {"teachers": ["a.pt"], "views": 2}, "augment": {"rotation": 9}})
    generator = torch.Generator().manual_seed(0)
    one, two, three = (epoch_images(Inputs(DIGITS, "cpu"), wanted, epoch, generator) for epoch in (1, 2, 3))
    assert torch.equal(one, three)
    assert not torch.equal(one, two)


@pytest.mark.usefixtures("teacher_here")
def test_teachers_that_do_not_fit_are_refused(tmp_path: Path) -> None:
    with pytest.raises(CheckpointError, match=r"^none.pt: no such file; "):
        train(recipe({"distill": {"teachers": ["none.pt"]}}), run_dir=tmp_path / "a")
    Path("own.toml").write_text("[distill]\nteachers = ['a.pt']")
    with pytest.raises(RecipeError) as error:
        train(recipe({"distill": {"teachers": ["own.toml"]}}), run_dir=tmp_path / "b")
    assert str(error.value) == (
        "distill.teachers: own.toml has teachers of its own; train it first and name its checkpoint"
    )
