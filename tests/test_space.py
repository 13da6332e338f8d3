"""Search spaces: what is drawn from them, and what is said of a wrong one."""

from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest
from small_searches import SPACE

from mcuexport.errors import RecipeError
from mcuexport.study.space import Nth, Smallest, checked_space, load_space


def changed(path: str, value: Any) -> dict[str, Any]:
    """The small space with one value set, by its dotted path."""
    values = deepcopy(SPACE)
    *parents, last = path.split(".")
    part = values
    for key in parents:
        part = part[key]
    part[last] = value
    return values


def test_the_smallest_member_has_the_first_choices_and_the_lowest_numbers() -> None:
    recipe = checked_space(SPACE, "small").recipe(Smallest("mlp"), {})
    assert recipe.model.hidden == [8]
    assert recipe.model.format == ["sym2", "sym4"]
    assert recipe.train.learning_rate == 0.003


def test_a_longer_network_repeats_the_middle_format() -> None:
    recipe = checked_space(SPACE, "small").recipe(Nth("mlp", 1), {})
    assert recipe.model.hidden == [32, 32]
    assert recipe.model.format == ["sym4", "sym4", "sym4"]


def test_the_parameters_of_the_smallest_are_those_that_can_vary() -> None:
    assert checked_space(SPACE, "small").smallest("mlp") == {
        "network": "mlp",
        "train.learning_rate": 0.003,
        "mlp.model.hidden.length": 1,
        "mlp.model.hidden.1": 8,
        "mlp.model.format.first": "sym2",
    }


@pytest.mark.parametrize("network", load_space(None).networks)
@pytest.mark.parametrize("index", range(5))
def test_every_choice_of_the_default_space_makes_a_recipe(network: str, index: int) -> None:
    assert load_space(None).recipe(Nth(network, index), {"name": "mnist", "size": 16}).augment.distorts


def test_images_alone_are_distorted() -> None:
    assert not load_space(None).recipe(Smallest("mlp"), {}, images=False).augment.distorts


@pytest.mark.parametrize(
    ("path", "value", "sentence"),
    [
        ("networks.mlp.model.hiden", 3, "small: model.hiden: no such key; did you mean model.hidden?"),
        ("trian", {}, "small: trian: no such section (sections: train, augment, networks)"),
        ("train.epochs", [], "train.epochs: a list of choices is empty"),
        (
            "train.learning_rate",
            {"low": 0.1, "high": 0.01},
            "train.learning_rate: low is 0.1 and high 0.01; write two numbers, the lower first",
        ),
        (
            "train.learning_rate",
            {"lowest": 0.1},
            "train.learning_rate: lowest: a table is low, high and step or log; length and each; "
            "or first, middle, last",
        ),
        (
            "networks",
            {},
            "small: names no network; write [networks.NAME.model] with the keys of a recipe's [model]",
        ),
    ],
)
def test_what_is_wrong_with_a_space_is_said_by_name(path: str, value: Any, sentence: str) -> None:
    with pytest.raises(RecipeError) as error:
        checked_space(changed(path, value), "small")
    assert str(error.value) == sentence


def test_any_choice_that_no_recipe_takes_is_refused_before_the_search() -> None:
    with pytest.raises(RecipeError, match="unknown weight format 'sym5'"):
        checked_space(changed("networks.mlp.model.format.first", ["sym2", "sym4", "sym5"]), "small")


def test_a_file_that_is_not_toml_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "space.toml"
    path.write_text("[train")
    with pytest.raises(RecipeError, match=r"space\.toml: not TOML"):
        load_space(path)
