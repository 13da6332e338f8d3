"""Tricks of training: interrupted or not, the same result, and an ordinary checkpoint; what does not fit is refused."""

import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tricks import DIGITS, MLP, assert_same, integers, interrupted, recipe

from mcuexport.errors import RecipeError
from mcuexport.pack import FORMATS
from mcuexport.train import train
from mcuexport.train.loop import build_model
from mcuexport.train.recipe_files import parse_recipe
from mcuexport.train.tricks import TRICKS

SECTIONS: dict[str, dict[str, Any]] = {
    "mix": {"mix": {"mixup": 0.3, "cutmix": 1.0}},
    "clip learned": {"clip": {"learned": True}},
    "clip decreasing": {"clip": {"decrease_to": 0.5, "fixed_layers": 1, "fixed_epoch": 2}},
    "swa": {"swa": {"epochs": 2}},
    "distill": {"distill": {"teachers": ["teacher.toml"], "features": 0.1}},
    "distill views": {"distill": {"teachers": ["teacher.toml"], "views": 2}, "augment": {"rotation": 9}},
    "prune": {"prune": {"density": 0.3}},
    "prune ticket": {"prune": {"density": 0.4, "ticket_rounds": 2}},
    "prune_channels": {"prune_channels": {"share": 0.5, "epoch": 2}},
    "compress layers": {"compress": {"penalty": 0.1, "epoch": 2}},
    "compress channels": {"compress": {"penalty": 4.0, "by": "channel", "epoch": 2}},
    "sparsify": {"sparsify": {"keep": 0.3}},
}


def test_every_trick_is_interrupted_below() -> None:
    assert {name.split()[0] for name in SECTIONS} == set(TRICKS)


@pytest.mark.parametrize("name", SECTIONS)
@pytest.mark.usefixtures("teacher_here")
def test_a_trick_survives_interruption_and_ends_in_an_exact_checkpoint(name: str, tmp_path: Path) -> None:
    wanted = recipe(SECTIONS[name], average=0.0 if name == "swa" else 0.8, validation=0.2)
    whole = train(wanted, run_dir=tmp_path / "whole")
    assert_same(interrupted(wanted, tmp_path / "parts"), whole)
    integers(whole, tmp_path)


@pytest.mark.usefixtures("teacher_here")
def test_a_run_interrupted_while_its_teacher_learns_is_resumed_with_the_teacher(tmp_path: Path) -> None:
    wanted = recipe(SECTIONS["distill"])
    whole = train(wanted, run_dir=tmp_path / "whole")
    shutil.copytree(tmp_path / "whole", tmp_path / "parts")
    for name in ("state.pt", "metrics.jsonl"):
        (tmp_path / "parts" / name).unlink()
    teacher = (tmp_path / "parts" / "teacher1" / "state.pt").stat().st_mtime_ns
    assert_same(train(wanted, run_dir=tmp_path / "parts", resume=True), whole)
    assert (tmp_path / "parts" / "teacher1" / "state.pt").stat().st_mtime_ns == teacher


@pytest.mark.parametrize("section", TRICKS)
def test_a_misspelt_trick_is_refused_with_the_nearest(section: str) -> None:
    with pytest.raises(RecipeError) as error:
        parse_recipe(f"[{section}s]\nx = 1", "r.toml")
    assert str(error.value) == f"r.toml: {section}s: no such key; did you mean {section}?"


REFUSED = {
    "[swa]\nepochs = 5\ncycle_epochs = 2": "swa: 5 epochs are no whole number of cycles of 2",
    "[clip]\nlearned = true\nfixed_layers = 1": "clip: a learned clip is neither fixed nor decreased; leave out "
    "clip.learned or the others",
    "[distill]\nteachers = ['a.pt', 'b.pt']\nfeatures = 0.1": "distill: features come from one teacher, there are 2",
    "[distill]\nteachers = ['a.pt']\nviews = 2\nfeatures = 0.1": "distill.views: features ask the teacher in each "
    "epoch; set one of them to 0",
    "[distill]\nteachers = ['a.pt']\nviews = 2\n[mix]\nmixup = 0.1": "distill.views: mix mixes samples anew in each "
    "epoch, to which no answer is known; leave one out",
    "[swa]\nepochs = 5\n[train]\naverage = 0.9": "swa and train.average are two averages; choose one",
    "[swa]\nepochs = 61": "swa.epochs: 61 epochs are to be averaged, the training has 60",
    "[swa]\nepochs = 20\n[prune]\ndensity = 0.5": "swa: the weights of epoch 41 would be averaged, but prune ends with "
    "epoch 45; end it with epoch 40",
    "[prune_channels]\nshare = 0.5\nepoch = 61": "prune_channels ends with epoch 61, the training has 60",
    "[clip]\nlearned = true\n[model]\npower_of_two = true": "clip.learned: a learned scale is no power of two, which "
    "model.power_of_two asks for",
    "[clip]\nlearned = true\n[model]\nnorm = 'rms'": "clip.learned: a learned scale is no power of two, which "
    "model.norm = rms asks for",
    "[prune]\ndensity = 0.5\n[compress]\npenalty = 0.1": "prune and compress both decide what is left of the weights; "
    "choose one",
    "[compress]\npenalty = 0.1\n[clip]\nlearned = true": "clip.learned: compress puts new layers in, whose scale is "
    "not learned; leave one out",
    "[prune_channels]\nshare = 0.1\n[bitstream]\npenalty = 1.0": "bitstream.penalty: prune_channels puts new layers "
    "in, which it does not see; set it to 0",
    "[prune_channels]\nshare = 0.1\n[distill]\nteachers = ['a.pt']\nfeatures = 1.0": "distill.features: prune_channels "
    "changes the hidden values that are projected; set it to 0",
    "[compress]\nformats = ['sym5']": "compress.formats: unknown weight format 'sym5'; did you mean sym4? "
    f"(formats: {', '.join(FORMATS)}), got ['sym5']",
    "[bitstream]\nfine_tune_epochs = 5\n[prune]\ndensity = 0.5": "bitstream.fine_tune_epochs: prune is for a training "
    "of one stage",
}


@pytest.mark.parametrize("text", REFUSED)
def test_a_trick_that_does_not_fit_is_refused(text: str) -> None:
    with pytest.raises(RecipeError) as error:
        parse_recipe(text, "r.toml")
    assert str(error.value) == f"r.toml: {REFUSED[text]}"


# Norms before the first layer


@pytest.mark.parametrize("norm", ["none", "batch", "rms"])
def test_an_image_is_normed_before_the_first_layer(norm: str, tmp_path: Path) -> None:
    wanted = recipe({}, {**MLP, "norm": norm, "input_norm": True}, epochs=1)
    graph = integers(train(wanted, run_dir=tmp_path), tmp_path)
    assert [node.op.kind for node in graph.nodes][:2] == ["sum_pool", "dynamic_shift"]
    x = DIGITS.test_x[:20]
    normed = next(y for node, y in graph.steps(x) if node.op.kind == "dynamic_shift").reshape(20, -1)
    centred = x.reshape(20, -1) * 64.0 - x.reshape(20, -1).sum(axis=1, keepdims=True)
    shift = np.log2(np.abs(centred).max(axis=1) / np.abs(normed).max(axis=1)).round()
    np.testing.assert_array_equal(normed, np.floor(centred * 2.0 ** -shift[:, None] + 0.5))


def test_only_images_are_normed() -> None:
    flat = replace(DIGITS, name="flat", train_x=DIGITS.train_x.reshape(-1, 64), test_x=DIGITS.test_x.reshape(-1, 64))
    with pytest.raises(RecipeError) as error:
        build_model(recipe({}, {**MLP, "input_norm": True}), flat)
    assert str(error.value) == "model.input_norm takes images, flat has inputs (64,)"
