"""Recipes in TOML: read from a file or by a shipped name, changed key by key; what is wrong is said in sentences.

Shipped recipes lie in `recipes/`.
"""

import difflib
from collections.abc import Iterator, Mapping
from importlib.resources import files
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from ..errors import RecipeError
from ..toml import parse_toml
from .recipe import Recipe

LARGEST_BYTES = 1 << 20


def shipped_recipes() -> list[str]:
    """The names of the recipes that come with the package."""
    folder = files(__package__) / "recipes"
    return sorted(entry.name.removesuffix(".toml") for entry in folder.iterdir() if entry.name.endswith(".toml"))


def load_recipe(path_or_name: str | Path) -> Recipe:
    """A recipe from a file, or a shipped one by its name.  Raises RecipeError."""
    name = str(path_or_name)
    if name in shipped_recipes():
        return parse_recipe((files(__package__) / "recipes" / f"{name}.toml").read_text("utf-8"), name)
    path = Path(path_or_name)
    try:
        if path.stat().st_size > LARGEST_BYTES:
            raise RecipeError(f"{name}: has {path.stat().st_size} bytes, a recipe at most {LARGEST_BYTES}")
        return parse_recipe(path.read_text("utf-8"), name)
    except UnicodeDecodeError:
        raise RecipeError(f"{name}: not a text file in UTF-8") from None
    except OSError as error:
        hint = _nearest(name, shipped_recipes())
        raise RecipeError(f"{name}: cannot be read ({error.strerror}), and no recipe is called so{hint}") from None


def parse_recipe(text: str, name: str) -> Recipe:
    """A recipe from TOML.  Raises RecipeError whose text begins with `name`."""
    try:
        values = parse_toml(text)
    except ValueError as error:
        raise RecipeError(f"{name}: not TOML: {error}") from None
    return validated(values, name)


def validated(values: Mapping[str, Any], name: str) -> Recipe:
    """A recipe from plain data.  Raises RecipeError with one sentence for each thing that is wrong."""
    try:
        return Recipe.model_validate(values)
    except ValidationError as error:
        raise RecipeError("\n".join(f"{name}: {sentence}" for sentence in _sentences(error))) from None


def with_settings(recipe: Recipe, settings: Mapping[str, str]) -> Recipe:
    """The recipe with `section.key` set to values written as in TOML; a bare word counts as a string."""
    values = recipe.model_dump()
    for key, text in settings.items():
        section, _, field = key.partition(".")
        if section not in values or not field:
            known = [f"{part}.{name}" for part, fields in values.items() for name in fields]
            raise RecipeError(f"--set {key}: no such key{_nearest(key, known)}; write section.key=value")
        values[section][field] = _toml_value(text)
    return validated(values, "--set")


def _toml_value(text: str) -> Any:
    try:
        return parse_toml(f"value = {text}")["value"]
    except ValueError:
        return text


def _sentences(error: ValidationError) -> Iterator[str]:
    for detail in error.errors(include_url=False):
        path = ".".join(str(part) for part in detail["loc"] if not str(part).startswith(("list[", "constrained")))
        if detail["type"] == "extra_forbidden":
            yield f"{path}: no such key{_nearest(path, _keys())}"
        else:
            message = detail["msg"].removeprefix("Value error, ").removeprefix("Input ")
            found = "" if isinstance(detail["input"], Mapping) else f", got {detail['input']!r}"
            yield f"{path}: {message}{found}" if path else f"{message}{found}"


def _keys() -> list[str]:
    sections = {name: field.annotation for name, field in Recipe.model_fields.items()}
    keys = [f"{name}.{key}" for name, section in sections.items() for key in section.model_fields]  # type: ignore[union-attr]
    return [*sections, *keys]


def _nearest(name: str, known: list[str]) -> str:
    near = [key for key in known if key.endswith(f".{name}")] or difflib.get_close_matches(name, known, n=1)
    return f"; did you mean {near[0]}?" if near else ""
