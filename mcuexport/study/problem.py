"""What a search is asked, as plain data: two searches share a study only if this is the same."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from functools import cached_property
from typing import Any

from ..errors import DataError
from ..targets import Core, board
from ..train.data import Dataset
from ..train.recipe import Recipe
from .cost import Budget, Cost
from .space import Space, Suggests, Values

MAX_CONSTRAINTS = 3


@dataclass(frozen=True)
class Problem:
    """board: by name.  data: a recipe's section.  space: the parsed file.  held_out: the part of the training set
    that trials are judged by, picked by `seed`, which every trial begins with, too."""

    board: str
    budget: Budget
    data: Values
    space: Values
    held_out: float
    seed: int

    @cached_property
    def core(self) -> Core:
        return board(self.board).core

    @property
    def as_data(self) -> Values:
        return asdict(self)

    def recipe(self, suggests: Suggests, *, images: bool) -> Recipe:
        """A trial's."""
        recipe = Space(self.space, "the search space").recipe(suggests, self.data, images=images)
        update = {"validation": self.held_out, "seed": self.seed}
        return recipe.model_copy(update={"train": recipe.train.model_copy(update=update)})

    def for_trials(self, data: Dataset) -> Dataset:
        """The data without the test set: in its place stands the part of the training set that is held out anyway."""
        kept, x, y = data.split(self.held_out, self.seed)
        if not len(x) or len(kept.train_x) < 2:
            raise DataError(f"{data.name}: {len(data.train_x)} training inputs are too few to hold out some")
        return replace(data, test_x=x, test_y=y)


def problem_of(values: Values) -> Problem:
    """The inverse of `as_data`."""
    return Problem(**{**values, "budget": Budget(**values["budget"])})


def first_difference(old: Any, new: Any, path: str = "") -> tuple[str, Any, Any] | None:
    """Where two plain values differ first: dotted key, old, new."""
    if isinstance(old, dict) and isinstance(new, dict):
        for key in dict.fromkeys((*old, *new)):
            found = first_difference(old.get(key), new.get(key), f"{path}.{key}" if path else key)
            if found:
                return found
        return None
    old, new = (list(value) if isinstance(value, tuple) else value for value in (old, new))
    return None if old == new else (path, old, new)


def told(cost: Cost, budget: Budget) -> str:
    """Every figure that is beyond the budget, with both numbers."""
    figures: Sequence[tuple[str, int, int | None]] = (
        ("B of flash", cost.flash_bytes, budget.flash_bytes),
        ("B of RAM", cost.ram_bytes, budget.ram_bytes),
        ("cycles", cost.cycles, budget.cycles),
    )
    least = "at least " if cost.at_least else ""
    over = [f"{least}{has:,} {what} (limit {limit:,})" for what, has, limit in figures if limit and has > limit]
    return ", ".join(over)
