"""Recipes: what is refused, in which words, and that every shipped one is valid."""

from pathlib import Path

import pytest

from mcuexport.errors import RecipeError
from mcuexport.pack import FORMATS
from mcuexport.train.activations import FUNCTIONS
from mcuexport.train.data import DATASETS
from mcuexport.train.recipe import Recipe
from mcuexport.train.recipe_files import load_recipe, parse_recipe, shipped_recipes, with_settings

WRONG = {
    "[train]\nepoch = 3": "r.toml: train.epoch: no such key; did you mean train.epochs?",
    "[augmnet]\nshift = 0.1": "r.toml: augmnet: no such key; did you mean augment?",
    "[train]\nepochs = 0": "r.toml: train.epochs: should be greater than or equal to 1, got 0",
    "[train]\nepochs = 'many'": "r.toml: train.epochs: should be a valid integer, got 'many'",
    "[train]\nschedule = 'linear'": "r.toml: train.schedule: should be 'cosine', 'step', 'restarts' or 'halving', "
    "got 'linear'",
    "[train]\nvalidation = 0.7": "r.toml: train.validation: should be less than or equal to 0.5, got 0.7",
    "[model]\nformat = 'sym5'": "r.toml: model.format: unknown weight format 'sym5'; did you mean sym4? "
    f"(formats: {', '.join(FORMATS)}), got 'sym5'",
    "[model]\nclip = 'best'": "r.toml: model.clip: should be one of octav, proportional, mse, unit, got 'best'",
    "[model]\nactivation = 'swish'": f"r.toml: model.activation: should be one of {', '.join(FUNCTIONS)}, got 'swish'",
    "[model]\nhidden = [64, 0]": "r.toml: model.hidden.1: should be greater than or equal to 1, got 0",
    "[data]\nname = 'minst'": f"r.toml: data.name: should be one of {', '.join(DATASETS)}, got 'minst'",
    "epochs = 3": "r.toml: epochs: no such key; did you mean train.epochs?",
    "a = 0x" + "f" * 9999: "r.toml: not TOML: a whole number of 39996 bits; 64 are the most",
    "[train\n": "r.toml: not TOML: Expected ']' at the end of a table declaration (at line 1, column 7)",
}


@pytest.mark.parametrize("text", WRONG)
def test_a_wrong_recipe_is_refused_in_these_words(text: str) -> None:
    with pytest.raises(RecipeError) as error:
        parse_recipe(text, "r.toml")
    assert str(error.value) == WRONG[text]


def test_every_mistake_of_a_recipe_is_named() -> None:
    with pytest.raises(RecipeError) as error:
        parse_recipe("[train]\nepochs = 0\nseed = -1", "r.toml")
    assert len(str(error.value).splitlines()) == 2


def test_a_missing_recipe_is_named_with_its_nearest_neighbour() -> None:
    with pytest.raises(RecipeError) as error:
        load_recipe("digit")
    text = "digit: cannot be read (No such file or directory), and no recipe is called so; did you mean digits?"
    assert str(error.value) == text


def test_a_recipe_that_is_no_text_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "r.toml"
    path.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(RecipeError) as error:
        load_recipe(path)
    assert str(error.value) == f"{path}: not a text file in UTF-8"


def test_settings_are_read_as_toml_and_bare_words_as_text() -> None:
    settings = {"train.epochs": "3", "model.norm": "rms", "model.hidden": "[8, 8]", "train.average": "0.9"}
    recipe = with_settings(Recipe(), settings)
    assert (recipe.train.epochs, recipe.model.norm) == (3, "rms")
    assert (recipe.model.hidden, recipe.train.average) == ([8, 8], 0.9)


@pytest.mark.parametrize(
    ("key", "value", "text"),
    [
        ("train.epoch", "3", "--set: train.epoch: no such key; did you mean train.epochs?"),
        ("epochs", "3", "--set epochs: no such key; did you mean train.epochs?; write section.key=value"),
        ("train.epochs", "x", "--set: train.epochs: should be a valid integer, got 'x'"),
    ],
)
def test_a_wrong_setting_is_refused_in_these_words(key: str, value: str, text: str) -> None:
    with pytest.raises(RecipeError) as error:
        with_settings(Recipe(), {key: value})
    assert str(error.value) == text


@pytest.mark.parametrize("name", shipped_recipes())
def test_a_shipped_recipe_is_valid_and_names_a_known_data_set(name: str) -> None:
    assert load_recipe(name).data.name in DATASETS
