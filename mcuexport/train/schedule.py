"""Learning rate schedules as functions of the time in epochs: nothing to save, nothing to resume."""

import math
from collections.abc import Callable

from .recipe import Train

Schedule = Callable[[float, Train], float]


def cosine(epoch: float, train: Train) -> float:
    """From 1 down to 0 over the whole training."""
    return (1 + math.cos(math.pi * epoch / train.epochs)) / 2


def step(epoch: float, train: Train) -> float:
    """Times `step_factor` after every `step_epochs`."""
    return float(train.step_factor ** (epoch // train.step_epochs))


def restarts(epoch: float, train: Train) -> float:
    """A cosine from 1 to 0 over each `step_epochs` (Loshchilov and Hutter 2017, equal periods)."""
    return (1 + math.cos(math.pi * (epoch % train.step_epochs) / train.step_epochs)) / 2


def halving(epoch: float, train: Train) -> float:
    """A cosine from 1 down to 0, and from epoch `step_epochs` on half of it."""
    return cosine(epoch, train) * (0.5 if epoch >= train.step_epochs else 1.0)


SCHEDULES: dict[str, Schedule] = {rule.__name__: rule for rule in (cosine, step, restarts, halving)}


def learning_rate(epoch: float, train: Train) -> float:
    """The learning rate after `epoch` epochs, which may be a fraction."""
    warm = min(1.0, epoch / train.warmup_epochs) if train.warmup_epochs else 1.0
    return warm * train.learning_rate * SCHEDULES[train.schedule](epoch, train)
