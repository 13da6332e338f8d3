"""What a network learns from: mixed samples, and teachers."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import nn
from torch.nn import functional
from tricks import DIGITS, TEACHER, assert_same, begun, integers, interrupted, random_images, recipe

from mcuexport.errors import CheckpointError, RecipeError
from mcuexport.train import train
from mcuexport.train.batches import Inputs, real_values
from mcuexport.train.data import Framing, Source, load_dataset
from mcuexport.train.data.resize import resize_images
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
        Mixing(Run(recipe({"mix": {"cutmix": 1.0}}), Inputs(flat, "cpu"), nn.Identity(), "cpu", lambda *_: None))  # type: ignore[arg-type,return-value]
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
    shown = [(teacher, x) for teacher in teachers]
    torch.testing.assert_close(probabilities(shown, 2.0, as_float=False), expected)


@pytest.mark.usefixtures("teacher_here")
def test_features_add_the_squared_distance_of_projected_hidden_values(tmp_path: Path) -> None:
    wanted = recipe({"distill": {"teachers": ["teacher.toml"], "features": 0.7, "weight": 0.0}})
    model, trick = begun(wanted)
    x = real_values(torch.from_numpy(DIGITS.train_x[:8]), DIGITS)
    trick.begin_epoch(1)
    trick.batch(x, torch.arange(8), torch.arange(8))
    logits = model(x)
    found = trick.loss(torch.tensor(2.0), x, logits)
    (teacher,) = trick.teachers
    hidden, taught = (
        m.act2(m.norm2(m.fc2(m.act1(m.norm1(m.fc1(m.flatten(x)))))))
        if hasattr(m, "act2")
        else m.act1(m.norm1(m.fc1(m.flatten(x))))
        for m in (model, teacher.model)
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
    before = [p.clone() for teacher in trick.teachers for p in teacher.model.parameters()]
    x = real_values(torch.from_numpy(DIGITS.train_x[:8]), DIGITS)
    logits = torch.zeros(8, 10, requires_grad=True)
    trick.batch(x, torch.arange(8), torch.arange(8))
    trick.loss(torch.tensor(0.0), x, logits).backward()
    assert all(not p.requires_grad for teacher in trick.teachers for p in teacher.model.parameters())
    assert all(
        torch.equal(a, b)
        for a, b in zip(before, [p for t in trick.teachers for p in t.model.parameters()], strict=True)
    )
    assert logits.grad is not None and logits.grad.abs().sum() > 0


@pytest.mark.usefixtures("teacher_here")
@pytest.mark.parametrize(("name", "wanted"), [("float32", torch.float32), ("bfloat16", torch.bfloat16)])
def test_teachers_compute_in_the_precision_of_the_recipe(name: str, wanted: torch.dtype) -> None:
    model, trick = begun(recipe({"distill": {"teachers": ["teacher.toml"]}}, precision=name))
    computed = []
    for layer in trick.teachers[0].model.modules():
        if isinstance(layer, QuantLinear):
            layer.register_forward_hook(lambda _, __, output: computed.append(output.dtype))
    x = random_images(4)
    trick.batch(x, torch.arange(4), torch.arange(4))
    assert trick.loss(torch.tensor(0.0), x, model(x)).dtype == torch.float32
    assert set(computed) == {wanted}


@pytest.mark.usefixtures("teacher_here")
def test_a_teacher_sees_each_view_of_a_sample_once_and_the_same_answer_comes_back(tmp_path: Path) -> None:
    _, trick = begun(recipe({"distill": {"teachers": ["teacher.toml"], "views": 2, "weight": 1.0}}))
    asked: list[int] = []
    trick.teachers[0].model.register_forward_hook(lambda _, inputs, __: asked.append(len(inputs[0])))
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
    inputs, seen = Inputs(DIGITS, "cpu"), []
    for epoch in (1, 2, 3):
        inputs.begin_epoch(wanted, epoch, generator)
        seen.append(inputs.now)
    assert torch.equal(seen[0], seen[2])
    assert not torch.equal(seen[0], seen[1])


def test_views_that_fade_follow_each_other() -> None:
    fading = {"rotation": 9, "fade_to": 0.5}
    wanted = recipe({"distill": {"teachers": ["a.pt"], "views": 3}, "augment": fading}, epochs=8)
    assert [wanted.view(epoch) for epoch in range(1, 9)] == [0, 0, 0, 1, 1, 1, 2, 2]
    assert [wanted.distortions(epoch).rotation for epoch in (1, 3, 4, 7, 8)] == [9, 9, 6.75, 4.5, 4.5]
    more = recipe({"distill": {"teachers": ["a.pt"], "views": 8}, "augment": fading}, epochs=4)
    assert [more.view(epoch) for epoch in range(1, 5)] == [0, 2, 4, 6]


DISTORTED = {"rotation": 9, "shift": 0.1}
SMALLER = load_dataset(Source("digits", size=6))


def test_images_of_another_size_are_the_same_distortions() -> None:
    alone, asked = Inputs(SMALLER, "cpu"), Inputs(SMALLER, "cpu")
    whole = Framing((8, 8, 1))
    asked.ask_for(whole)
    np.testing.assert_array_equal(asked.at[whole].numpy(), DIGITS.train_x)
    for inputs in (alone, asked):
        inputs.begin_epoch(recipe({"augment": DISTORTED}), 1, torch.Generator().manual_seed(1))
    assert torch.equal(alone.now, asked.now)
    larger = asked.at[whole].numpy()
    assert (larger != DIGITS.train_x).any()
    assert np.abs(resize_images(larger, 6).astype(int) - asked.now.numpy()).max() <= 1  # rounded twice


@pytest.mark.parametrize("before_resize", [True, False])
def test_a_crop_is_taken_behind_the_distortion_before_the_resize(before_resize: bool) -> None:
    whole, middle = Inputs(DIGITS, "cpu"), Inputs(load_dataset(Source("digits", crop=6)), "cpu")
    settings = recipe({"augment": {**DISTORTED, "before_resize": before_resize}})
    for inputs in (whole, middle):
        inputs.begin_epoch(settings, 1, torch.Generator().manual_seed(1))
    same = torch.equal(whole.now[:, 1:7, 1:7], middle.now)
    assert middle.now.shape[1:] == (6, 6, 1)
    assert same == before_resize  # else nothing comes in from beyond the crop


@pytest.mark.usefixtures("teacher_here")
def test_a_teacher_of_another_crop_sees_its_own_images(tmp_path: Path) -> None:
    Path("teacher.toml").write_text("[data]\nname = 'digits'\nsize = 6\ncrop = 7\n" + TEACHER)
    integers(train(load_recipe("teacher.toml"), run_dir=tmp_path / "t"), tmp_path)
    for name in ("teacher.toml", "net.pt"):
        wanted = recipe({"data": {"size": 6}, "augment": DISTORTED, "distill": {"teachers": [name]}})
        _, trick = begun(wanted, SMALLER)
        assert trick.teachers[0].framing == Framing((6, 6, 1), 7)
        assert trick.inputs.at.keys() == {SMALLER.framing, Framing((6, 6, 1), 7)}


@pytest.mark.usefixtures("teacher_here")
def test_a_teacher_of_a_crop_that_the_images_do_not_have_is_refused(tmp_path: Path) -> None:
    Path("teacher.toml").write_text("[data]\nname = 'digits'\nsize = 6\ncrop = 7\n" + TEACHER)
    integers(train(load_recipe("teacher.toml"), run_dir=tmp_path / "t"), tmp_path)
    with pytest.raises(RecipeError) as error:
        begun(recipe({"data": {"size": 6}, "distill": {"teachers": ["net.pt"]}}), replace(SMALLER, train_source=None))
    assert str(error.value) == (
        "distill.teachers: net.pt takes images of 6x6 of the middle 7x7, those of digits have 6x6 pixels"
    )


@pytest.mark.usefixtures("teacher_here")
def test_a_teacher_of_another_size_sees_its_own_images_of_the_same_samples() -> None:
    wanted = recipe(
        {"data": {"size": 6}, "augment": DISTORTED, "distill": {"teachers": ["teacher.toml"], "weight": 1.0}}
    )
    _, trick = begun(wanted, SMALLER)
    inputs, seen = trick.inputs, []
    trick.teachers[0].model.register_forward_hook(lambda _, shown, __: seen.append(shown[0]))
    inputs.begin_epoch(wanted, 1, torch.Generator().manual_seed(1))
    part = torch.tensor([5, 3, 7])
    x, _ = trick.batch(real_values(inputs.now[part], SMALLER), part, part)
    trick.loss(torch.tensor(0.0), x, torch.zeros(3, 10))
    assert torch.equal(seen[0], real_values(inputs.at[Framing((8, 8, 1))][part], SMALLER))


@pytest.mark.usefixtures("teacher_here")
@pytest.mark.parametrize("views", [0, 2])
def test_a_teacher_of_another_size_teaches_from_its_recipe_its_checkpoint_and_when_resumed(
    tmp_path: Path, views: int
) -> None:
    Path("teacher.toml").write_text(TEACHER.replace("epochs = 2", "epochs = 8\nlearning_rate = 0.01"))
    integers(train(load_recipe("teacher.toml"), run_dir=tmp_path / "t"), tmp_path)
    runs = []
    for name in ("teacher.toml", "net.pt"):
        sections = {
            "data": {"size": 6},
            "augment": DISTORTED,
            "distill": {"teachers": [name], "weight": 1.0, "views": views},
        }
        runs.append(recipe(sections, epochs=6, learning_rate=0.01))
    by_recipe, by_file = (train(one, run_dir=tmp_path / str(n)) for n, one in enumerate(runs))
    assert_same(interrupted(runs[0], tmp_path / "i"), by_recipe)
    assert min(by_recipe.accuracy, by_file.accuracy) > 0.8  # of what a teacher says alone


@pytest.mark.usefixtures("teacher_here")
@pytest.mark.parametrize(
    ("section", "setting"),
    [
        ({"mix": {"mixup": 1.0}}, "mix"),
        ({"augment": {"crop": 1}}, "augment.crop"),
        ({"augment": {"flip": True}}, "augment.flip"),
        ({"augment": {"rotation": 9, "before_resize": False}}, "augment.before_resize = false"),
    ],
)
def test_a_teacher_of_another_size_needs_images_that_can_be_made_alike(
    section: dict[str, Any], setting: str, tmp_path: Path
) -> None:
    wanted = recipe({"data": {"size": 6}, "distill": {"teachers": ["teacher.toml"]}, **section})
    with pytest.raises(RecipeError) as error:
        train(wanted, run_dir=tmp_path)
    assert str(error.value) == (
        f"distill.teachers: teacher.toml and the network take images of 8x8 and 6x6, which {setting} does not make "
        "alike; leave it out, or train a teacher of the same size and crop"
    )


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
