"""A sweep as data: recipes, variants of one by name, and a grid of values for some of their keys."""

import json
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.resources import files
from itertools import product
from math import prod
from pathlib import Path
from typing import Any

from ..errors import RecipeError
from ..train.recipe import Recipe
from ..train.recipe_files import load_recipe, validated

SEED = "train.seed"
VARIANT = "variant"
KEYS = ("recipe", "set", "variants", "grid")
MOST_POINTS = 100_000


@dataclass(frozen=True)
class Grid:
    """base: a recipe as plain data, with what is set for all.  axes: the values of each `section.key`, or section.

    variants: what a name on the axis `variant`, if there is one, sets: some keys, or all of a recipe.
    """

    name: str
    base: dict[str, Any]
    axes: dict[str, list[Any]]
    variants: dict[str, dict[str, Any]]

    @property
    def spec(self) -> dict[str, Any]:
        """What makes two sweeps the same."""
        return {"base": self.base, "grid": self.axes, "variants": self.variants}

    def points(self) -> Iterator[dict[str, Any]]:
        """Every choice of a value for each axis; the last axis changes fastest."""
        for values in product(*self.axes.values()):
            yield dict(zip(self.axes, values, strict=True))

    def recipe(self, point: dict[str, Any]) -> Recipe:
        """Raises RecipeError that names what is wrong."""
        values = json.loads(json.dumps(self.base))
        for axis, value in point.items():
            for key, setting in (self.variants[value] if axis == VARIANT else {axis: value}).items():
                _set(values, key, setting)
        return validated(values, self.name)


def shipped_sweeps() -> list[str]:
    """The names of the sweeps that come with the package."""
    folder = files(__package__) / "sweeps"
    return sorted(entry.name.removesuffix(".toml") for entry in folder.iterdir() if entry.name.endswith(".toml"))


def load_grid(path_or_name: str) -> Grid:
    """A sweep of a file, or a shipped one by its name.  Every point of it is a recipe.  Raises RecipeError."""
    shipped = path_or_name in shipped_sweeps()
    source = files(__package__) / "sweeps" / f"{path_or_name}.toml" if shipped else Path(path_or_name)
    try:
        values = tomllib.loads(source.read_text("utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise RecipeError(f"{path_or_name}: not TOML: {error}") from None
    except OSError as error:
        known = ", ".join(shipped_sweeps())
        raise RecipeError(f"{path_or_name}: cannot be read ({error.strerror}); sweeps that ship: {known}") from None
    return parse_grid(values, path_or_name, Path() if shipped else Path(path_or_name).parent)


def parse_grid(values: dict[str, Any], name: str, folder: Path) -> Grid:
    """A sweep from plain data; its recipe may lie in `folder`.  Raises RecipeError."""
    for key in values:
        if key not in KEYS:
            raise RecipeError(f"{name}: {key}: no such key (keys: {', '.join(KEYS)})")
    recipes, grid_axes, variants = values.get("recipe", []), values.get("grid", {}), values.get("variants", {})
    names: list[str] = recipes if isinstance(recipes, list) else [recipes]
    many = len(names) > 1
    tables = isinstance(grid_axes, dict) and isinstance(variants, dict) and (grid_axes or variants or many)
    if not names or not tables or not all(isinstance(recipe, str) for recipe in names):
        raise RecipeError(f'{name}: write recipe = "NAME" and a table [grid] of lists')
    for variant, settings in variants.items():
        if not isinstance(settings, dict):
            raise RecipeError(f"{name}: variants.{variant}: is no table of settings")
    if many and variants:
        raise RecipeError(f"{name}: variants: are of one recipe, here are {len(names)}")
    bases = {recipe: _base(recipe, folder, values.get("set", {})) for recipe in names}
    base, variants = ({}, bases) if many else (bases[names[0]], variants)
    axes = {VARIANT: names if many else list(variants), **grid_axes} if variants else grid_axes
    for key, options in axes.items():
        if not isinstance(options, list) or not options:
            raise RecipeError(f"{name}: grid.{key}: is no list of values")
        if len(set(map(json.dumps, options))) < len(options):
            raise RecipeError(f"{name}: grid.{key}: a value stands twice")
    count = prod(map(len, axes.values()))
    if count > MOST_POINTS:
        raise RecipeError(f"{name}: {count:,} trainings; a sweep has at most {MOST_POINTS:,}")
    grid = Grid(name, base, axes, variants)
    for point in grid.points():
        grid.recipe(point)
    return grid


def _base(recipe: str, folder: Path, settings: dict[str, Any]) -> dict[str, Any]:
    beside = folder / recipe
    base = load_recipe(beside if beside.is_file() else recipe).model_dump(mode="json", exclude_defaults=True)
    for key, value in settings.items():
        _set(base, key, value)
    return base


def _set(values: dict[str, Any], key: str, value: Any) -> None:
    section, _, field = key.partition(".")
    if field:
        values.setdefault(section, {})[field] = value
    else:
        values[section] = value
