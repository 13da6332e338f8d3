"""Tricks of training, each switched on by a section of the recipe.

To add one: a section in `trick_sections`, a class here, an entry in `TRICKS`, a row in docs/training.md.
"""

from collections.abc import Callable

from ..recipe import Recipe
from .base import Run, Trick
from .clip import MovingClip
from .compress import SelfCompression
from .distill import Distillation
from .mix import Mixing
from .prune import WeightPruning
from .prune_channels import ChannelPruning
from .sparsify import Sparsify
from .swa import WeightAveraging

__all__ = ["TRICKS", "Run", "Trick", "begin_tricks", "switched_on"]

# In the order in which the loop asks them.
TRICKS: dict[str, Callable[[Run], Trick]] = {
    "sparsify": Sparsify,
    "mix": Mixing,
    "swa": WeightAveraging,
    "distill": Distillation,
    "clip": MovingClip,
    "prune": WeightPruning,
    "prune_channels": ChannelPruning,
    "compress": SelfCompression,
}


def switched_on(recipe: Recipe) -> list[str]:
    """The names of a recipe's tricks."""
    return [name for name in TRICKS if getattr(recipe, name).on]


def begin_tricks(run: Run) -> list[Trick]:
    """The tricks that a recipe switches on."""
    return [TRICKS[name](run) for name in switched_on(run.recipe)]
