"""Tricks of training, each switched on by a section of the recipe.

To add one: a section in `trick_sections`, a class here, an entry in `TRICKS`, a row in docs/training.md.
"""

from collections.abc import Callable

from .base import Run, Trick
from .clip import MovingClip
from .compress import SelfCompression
from .distill import Distillation
from .mix import Mixing
from .prune import WeightPruning
from .prune_channels import ChannelPruning
from .sparsify import Sparsify
from .swa import WeightAveraging

__all__ = ["TRICKS", "Run", "Trick", "begin_tricks"]

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


def begin_tricks(run: Run) -> list[Trick]:
    """The tricks that a recipe switches on."""
    return [trick(run) for name, trick in TRICKS.items() if getattr(run.recipe, name).on]
