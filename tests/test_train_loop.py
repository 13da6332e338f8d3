"""Training: the same result however often it is interrupted; schedules, averages, augmentation."""

import json
import math
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import nn

from mcuexport.errors import CheckpointError, RecipeError, ToolMissing
from mcuexport.train import metrics as metrics_module
from mcuexport.train.augment import augment
from mcuexport.train.batches import real_values
from mcuexport.train.data import Framing, Source, load_dataset
from mcuexport.train.data.resize import resize_images
from mcuexport.train.layers import QuantLinear
from mcuexport.train.loop import Trained, build_model, train, update_average
from mcuexport.train.metrics import EpochMetrics
from mcuexport.train.recipe import Augment, Recipe, Train
from mcuexport.train.recipe_files import validated
from mcuexport.train.schedule import SCHEDULES, learning_rate
from mcuexport.train.state import save_state, write_recipe

TINY = validated(
    {
        "model": {"hidden": [12], "activation": "hardswish"},
        "train": {"epochs": 4, "average": 0.9, "validation": 0.2, "freeze_clip_epoch": 3},
        "augment": {"rotation": 10.0, "elastic": 0.02, "fade_to": 0.0},
    },
    "tiny",
)


class InterruptedRunError(Exception):
    pass


def run(run_dir: Path, resume: bool = False, stop_after: int | None = None) -> Trained:
    def report(metrics: EpochMetrics) -> None:
        if metrics.epoch == stop_after:
            raise InterruptedRunError

    return train(TINY, run_dir=run_dir, resume=resume, report=report)


def test_a_resumed_run_ends_like_an_uninterrupted_one(tmp_path: Path) -> None:
    whole = run(tmp_path / "whole")
    for stop_after in (1, 3):
        with pytest.raises(InterruptedRunError):
            run(tmp_path / "parts", resume=stop_after > 1, stop_after=stop_after)
    parts = run(tmp_path / "parts", resume=True)
    found = parts.model.state_dict()
    for name, expected in whole.model.state_dict().items():
        np.testing.assert_array_equal(found[name].numpy(), expected.numpy(), err_msg=name)
    lines = [
        [{**json.loads(line), "seconds": 0} for line in (tmp_path / part / "metrics.jsonl").read_text().splitlines()]
        for part in ("whole", "parts")
    ]
    assert lines[0] == lines[1]
    assert [line["epoch"] for line in lines[0]] == [1, 2, 3, 4]


def test_an_interrupted_write_leaves_no_partial_file(tmp_path: Path) -> None:
    with pytest.raises(InterruptedRunError):
        run(tmp_path, stop_after=1)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["metrics.jsonl", "recipe.json", "state.pt"]


def test_a_run_is_not_resumed_with_another_recipe(tmp_path: Path) -> None:
    with pytest.raises(InterruptedRunError):
        run(tmp_path, stop_after=1)
    other = TINY.model_copy(update={"train": TINY.train.model_copy(update={"epochs": 9})})
    with pytest.raises(RecipeError) as error:
        train(other, run_dir=tmp_path, resume=True)
    assert str(error.value) == (
        f"train.epochs: {tmp_path} was begun with 4, now it is 9; resume with the same recipe or choose another folder"
    )


def test_there_must_be_a_readable_run_to_resume(tmp_path: Path) -> None:
    with pytest.raises(CheckpointError) as error:
        run(tmp_path, resume=True)
    assert str(error.value) == f"{tmp_path}: there is no run to resume here"
    with pytest.raises(InterruptedRunError):
        run(tmp_path, stop_after=1)
    (tmp_path / "state.pt").write_bytes(b"no state")
    with pytest.raises(CheckpointError, match=r"state.pt: cannot be read \(UnpicklingError\)"):
        run(tmp_path, resume=True)


def test_the_best_epoch_is_kept_by_the_held_out_part(tmp_path: Path) -> None:
    as_it_was = TINY.train.model_copy(update={"renew_statistics": False})
    result = train(TINY.model_copy(update={"train": as_it_was}), run_dir=tmp_path)
    best = max(epoch.validation_accuracy or 0 for epoch in result.metrics)
    kept, x, y = result.data.split(0.2, TINY.train.seed)
    with torch.no_grad():
        found = result.model(torch.from_numpy(x).float() * result.data.scale).argmax(1).numpy()
    assert (found == y).mean() == pytest.approx(best)
    assert len(kept.train_x) + len(x) == len(result.data.train_x)


def test_scales_stay_from_the_chosen_epoch_on(tmp_path: Path) -> None:
    clips = [[layer.w_clip for layer in epoch.layers] for epoch in run(tmp_path).metrics]
    assert clips[0] != clips[1]
    assert clips[1] == clips[2] == clips[3]


@pytest.mark.parametrize("norm", ["batch", "rms", "layer", "none"])
@pytest.mark.parametrize("optimizer", ["adam", "adamw"])
def test_every_norm_and_optimizer_learns(norm: str, optimizer: str, tmp_path: Path) -> None:
    model = {"hidden": [24], "norm": norm, "bias": norm == "none", "power_of_two": norm == "batch"}
    settings = {"epochs": 3, "optimizer": optimizer, "learning_rate": 1e-2, "batch_size": 64}
    result = train(validated({"model": model, "train": settings}, norm), run_dir=tmp_path)
    assert result.accuracy > 0.8
    assert result.metrics[-1].loss < result.metrics[0].loss


def test_augmentation_of_features_is_refused(tmp_path: Path) -> None:
    (tmp_path / "d.csv").write_text("a,label\n" + "".join(f"{i},{i % 2}\n" for i in range(20)))
    recipe = validated({"data": {"name": "csv", "file": "d.csv"}, "augment": {"shift": 0.1}}, "r")
    with pytest.raises(RecipeError) as error:
        train(recipe, data_dir=tmp_path, run_dir=tmp_path / "run")
    assert str(error.value) == "augment: csv holds no uint8 images (N, H, W, C) that could be distorted"


IMAGES = np.random.default_rng(1).integers(0, 256, (30, 28, 28, 1), dtype=np.uint8)


def test_distortions_fade_linearly_to_the_last_epoch() -> None:
    settings = Augment(rotation=8, shift=0.5, crop=2, fade_to=0.25)
    faded = [settings.faded(progress) for progress in (0, 0.5, 1)]
    assert [(one.rotation, one.shift, one.crop) for one in faded] == [(8, 0.5, 2), (5, 0.3125, 2), (2, 0.125, 2)]


def test_augmentation_of_strength_zero_is_the_plain_resize() -> None:
    same, resized = augment(
        torch.from_numpy(IMAGES), Augment(), [Framing((28, 28, 1)), Framing((16, 16, 1))], torch.Generator()
    )
    np.testing.assert_array_equal(same.numpy(), IMAGES)
    assert np.abs(resized.numpy().astype(int) - resize_images(IMAGES, 16)).max() <= 1


def test_images_that_are_not_square_stay_so() -> None:
    wide = torch.from_numpy(IMAGES[:, :20])
    (distorted,) = augment(wide, Augment(rotation=5), [Framing((20, 28, 1))], torch.Generator().manual_seed(1))
    assert distorted.shape == wide.shape
    assert not torch.equal(distorted, wide)
    (turned,) = augment(wide, Augment(), [Framing((14, 10, 1))], torch.Generator())
    (other,) = augment(wide.transpose(1, 2), Augment(), [Framing((10, 14, 1))], torch.Generator())
    assert torch.equal(turned, other.transpose(1, 2))


def test_the_identity_map_moves_nothing() -> None:
    barely = Augment(rotation=1e-6)
    (distorted,) = augment(torch.from_numpy(IMAGES), barely, [Framing((28, 28, 1))], torch.Generator())
    assert np.abs(distorted.numpy().astype(int) - IMAGES).max() <= 1


@pytest.mark.parametrize("field", ["rotation", "shift", "scale", "shear", "elastic"])
def test_each_distortion_moves_pixels_and_follows_the_generator(field: str) -> None:
    settings = Augment(**{field: 20.0 if field == "rotation" else 0.2})
    images = torch.from_numpy(IMAGES)
    first, again, other = (
        augment(images, settings, [Framing((28, 28, 1))], torch.Generator().manual_seed(seed))[0] for seed in (1, 1, 2)
    )
    assert torch.equal(first, again)
    assert not torch.equal(first, other)
    assert not torch.equal(first, images)


def test_a_shift_moves_the_image_by_that_part_of_its_width() -> None:
    image = np.zeros((1, 10, 10, 1), np.uint8)
    image[0, 5, 5] = 200
    many = torch.from_numpy(np.repeat(image, 50, axis=0))
    (shifted,) = augment(many, Augment(shift=0.2), [Framing((10, 10, 1))], torch.Generator().manual_seed(1))
    offsets = np.argwhere(shifted.numpy() > 20)[:, 1:3] - 5
    assert -3 <= offsets.min() < -1
    assert 1 < offsets.max() <= 3


EXPECTED = {"cosine": [1, 0.5, 0], "step": [1, 0.25, 0.0625], "restarts": [1, 0.5, 1], "halving": [1, 0.25, 0]}


@pytest.mark.parametrize("name", SCHEDULES)
def test_a_schedule_follows_its_definition(name: str) -> None:
    period = {"restarts": 40, "halving": 20}.get(name, 10)
    settings = Train(epochs=40, learning_rate=0.1, schedule=name, step_epochs=period)  # type: ignore[arg-type]
    rates = [learning_rate(epoch, settings) / 0.1 for epoch in (0, 20, 40)]
    expected = EXPECTED[name]
    assert all(math.isclose(a, b, abs_tol=1e-12) for a, b in zip(rates, expected, strict=True))


def test_an_average_moves_towards_the_model() -> None:
    data = load_dataset(Source("digits"))
    average, model = build_model(Recipe(), data), build_model(Recipe(), data)
    with torch.no_grad():
        for p in average.parameters():
            p.zero_()
        for p in model.parameters():
            p.fill_(1)
    update_average(average, model, keep=0.75)
    assert all(bool((p == 0.25).all()) for p in average.parameters())


def test_the_same_recipe_begins_with_the_same_network() -> None:
    data = load_dataset(Source("digits"))
    first, second = (build_model(TINY, data).state_dict() for _ in range(2))
    assert all(torch.equal(first[name], second[name]) for name in first)


def test_tensorboard_is_asked_for_where_it_is_missing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "torch.utils.tensorboard", None)
    with pytest.raises(ToolMissing) as error:
        metrics_module.tensorboard(tmp_path)
    assert str(error.value) == "TensorBoard is not installed; pip install tensorboard"


def test_images_reach_the_network_as_reals_with_channels_first() -> None:
    data = replace(load_dataset(Source("digits")), zero_point=3)
    images = torch.arange(2 * 4 * 5 * 3, dtype=torch.uint8).reshape(2, 4, 5, 3)
    real = real_values(images, data)
    assert real.shape == (2, 3, 4, 5)
    assert real[1, 2, 3, 4] == (images[1, 3, 4, 2].float() - 3) / 16


def test_a_damaged_run_is_not_resumed(tmp_path: Path) -> None:
    write_recipe(tmp_path, TINY)
    save_state(tmp_path, {"epoch": 1, "model": {}})
    with pytest.raises(CheckpointError, match=r"state\.pt: no state of this network; begin anew$"):
        run(tmp_path, resume=True)
    (tmp_path / "recipe.json").write_bytes(b"\xff{")
    with pytest.raises(CheckpointError) as error:
        run(tmp_path, resume=True)
    assert str(error.value) == f"{tmp_path / 'recipe.json'}: damaged; begin a run in another folder"


def test_renewed_statistics_are_those_of_all_training_inputs(tmp_path: Path) -> None:
    """The mean over batches of their means, in front of the first norm."""
    section = {"epochs": 1, "batch_size": 64}
    plain, renewed = (
        train(validated({"model": {"hidden": [12]}, "train": part}, "test"), run_dir=tmp_path / name)
        for name, part in (("a", {**section, "renew_statistics": False}), ("b", section))
    )
    norms = [next(m for m in run.model.modules() if isinstance(m, nn.BatchNorm1d)) for run in (plain, renewed)]
    layer = next(m for m in renewed.model.modules() if isinstance(m, QuantLinear))
    images = torch.from_numpy(renewed.data.train_x)
    with torch.no_grad():
        means = layer(real_values(images, renewed.data).flatten(1)).mean(0)
    torch.testing.assert_close(norms[1].running_mean, means, rtol=0.02, atol=0.02)
    assert (norms[0].running_mean - means).abs().max() > 0.02
    assert torch.equal(norms[0].weight, norms[1].weight)
