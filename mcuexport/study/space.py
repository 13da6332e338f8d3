"""A search space: recipes, some of whose keys have one of several values; `spaces/default.toml` says how to write one.

A point of the space is drawn from anything that suggests values as Optuna's trials do.
"""

import json
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Any, Protocol

from ..errors import RecipeError
from ..train.recipe import Recipe
from ..train.recipe_files import validated

SECTIONS = ("train", "augment", "networks")
PLACES = ("first", "middle", "last")
Values = dict[str, Any]


class Suggests(Protocol):
    """What a point is drawn from: an Optuna trial, or one of the fixed rules below."""

    def suggest_categorical(self, name: str, choices: Sequence[str | int | float | bool]) -> Any: ...

    def suggest_int(self, name: str, low: int, high: int, *, step: int = 1, log: bool = False) -> int: ...

    def suggest_float(
        self, name: str, low: float, high: float, *, step: float | None = None, log: bool = False
    ) -> float: ...


class Smallest:
    """Suggests the first choice and the lowest number, and remembers them."""

    def __init__(self, network: str) -> None:
        self.params: dict[str, Any] = {"network": network}

    def suggest_categorical(self, name: str, choices: Sequence[Any]) -> Any:
        return self.params.setdefault(name, choices[0])

    def suggest_int(self, name: str, low: int, high: int, **_: Any) -> int:
        return int(self.params.setdefault(name, low))

    def suggest_float(self, name: str, low: float, high: float, **_: Any) -> float:
        return float(self.params.setdefault(name, low))


class Nth(Smallest):
    """Suggests the n-th choice (or the last) and the highest number."""

    def __init__(self, network: str, index: int) -> None:
        super().__init__(network)
        self.index = index

    def suggest_categorical(self, name: str, choices: Sequence[Any]) -> Any:
        return self.params.setdefault(name, choices[min(self.index, len(choices) - 1)])

    def suggest_int(self, name: str, low: int, high: int, **_: Any) -> int:
        return int(self.params.setdefault(name, high))

    def suggest_float(self, name: str, low: float, high: float, **_: Any) -> float:
        return float(self.params.setdefault(name, high))


@dataclass(frozen=True)
class Space:
    """values: the parsed file.  name: for messages."""

    values: Values
    name: str

    @property
    def networks(self) -> list[str]:
        return list(self.values["networks"])

    @property
    def epochs(self) -> int:
        """Of a trial."""
        return self.recipe(Smallest(self.networks[0]), {}).train.epochs

    def recipe(self, suggests: Suggests, data: Mapping[str, Any], *, images: bool = True) -> Recipe:
        """A point of the space, for the recipe section `data`.  Raises RecipeError for a value no recipe takes."""
        network = suggests.suggest_categorical("network", self.networks)
        shared = {section: self.values.get(section, {}) for section in SECTIONS[:2]}
        own = self.values["networks"][network]
        drawn: dict[str, Values] = {"data": dict(data)}
        for section, keys in {**shared, **own}.items():
            prefix = section if section in shared and section not in own else f"{network}.{section}"
            both = {**shared.get(section, {}), **keys}
            if section != "augment" or images:
                drawn[section] = {key: _draw(suggests, f"{prefix}.{key}", value) for key, value in both.items()}
        _spread_formats(drawn["model"])
        return validated(drawn, self.name)

    def smallest(self, network: str) -> dict[str, Any]:
        """The parameters of the smallest member of a network, as Optuna enqueues them."""
        suggests = Smallest(network)
        self.recipe(suggests, {})
        return suggests.params


def load_space(path: Path | None) -> Space:
    """The space of a file, or the default one.  Raises RecipeError with what is wrong, by name."""
    name = "the default space" if path is None else str(path)
    try:
        text = (files(__package__) / "spaces" / "default.toml" if path is None else path).read_text("utf-8")
        return checked_space(tomllib.loads(text), name)
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise RecipeError(f"{name}: not TOML: {error}") from None


def checked_space(values: Values, name: str) -> Space:
    """The space, all of whose choices make recipes.  Raises RecipeError."""
    unknown = [section for section in values if section not in SECTIONS]
    if unknown:
        raise RecipeError(f"{name}: {unknown[0]}: no such section (sections: {', '.join(SECTIONS)})")
    networks = values.get("networks")
    if not networks or not all(isinstance(network, dict) and "model" in network for network in networks.values()):
        raise RecipeError(f"{name}: names no network; write [networks.NAME.model] with the keys of a recipe's [model]")
    space = Space(values, name)
    for network in networks:
        longest = max(map(len, _lists(values)), default=1)
        for suggests in (Smallest(network), *(Nth(network, index) for index in range(longest))):
            space.recipe(suggests, {})
    return space


def _lists(value: Any) -> Iterator[list[Any]]:
    if isinstance(value, list):
        yield value
    elif isinstance(value, dict):
        for part in value.values():
            yield from _lists(part)


def _draw(suggests: Suggests, name: str, value: Any) -> Any:
    if isinstance(value, list):
        return _choose(suggests, name, value)
    if not isinstance(value, dict):
        return value
    keys = set(value)
    if keys == {"length", "each"}:
        length = _draw(suggests, f"{name}.length", value["length"])
        return [_draw(suggests, f"{name}.{number}", value["each"]) for number in range(1, length + 1)]
    if {"low", "high"} <= keys <= {"low", "high", "step", "log"}:
        return _number(suggests, name, value)
    if keys == set(PLACES):
        return {place: _draw(suggests, f"{name}.{place}", value[place]) for place in PLACES}
    raise RecipeError(
        f"{name}: {', '.join(value)}: a table is low, high and step or log; length and each; or {', '.join(PLACES)}"
    )


def _choose(suggests: Suggests, name: str, options: list[Any]) -> Any:
    """One of the options; lists travel as JSON, since a parameter's choices are plain values."""
    if not options:
        raise RecipeError(f"{name}: a list of choices is empty")
    plain = [json.dumps(option) if isinstance(option, list) else option for option in options]
    found = suggests.suggest_categorical(name, plain)
    return options[plain.index(found)]


def _number(suggests: Suggests, name: str, value: Values) -> int | float:
    low, high, log = value["low"], value["high"], value.get("log", False)
    if not all(isinstance(bound, int | float) for bound in (low, high)) or low > high:
        raise RecipeError(f"{name}: low is {low!r} and high {high!r}; write two numbers, the lower first")
    if isinstance(low, int) and isinstance(high, int):
        return suggests.suggest_int(name, low, high, step=value.get("step", 1), log=log)
    return suggests.suggest_float(name, low, high, step=value.get("step"), log=log)


def _spread_formats(model: Values) -> None:
    """Formats by place: three for the zoo, and for `mlp` one for each of its layers."""
    formats = model.get("format")
    if not isinstance(formats, dict):
        return
    between = len(model.get("hidden", (0, 0, 0))) - 1 if model.get("architecture", "mlp") == "mlp" else 1
    model["format"] = [formats["first"], *[formats["middle"]] * between, formats["last"]]
