"""Which trials are not worth finishing: successive halving among networks of like cost.

Optuna's pruners judge by one number, and do not prune multi-objective trials.  A scalar of accuracy, flash and cycles
would stop small networks for being less accurate than large ones, which they must be.  So a trial is
compared, after an eighth, a quarter and a half of its epochs, only with those that took no more flash and no more
cycles: where `AHEAD` of them were more accurate at the same epoch, it will not be on the front.  Nothing waits for
anything (as in asynchronous successive halving, Li et al. 2020), so workers come and go.
"""

import math
from collections.abc import Iterable, Mapping
from typing import Any

AHEAD = 3
PARTS = (8, 4, 2)


def rungs(epochs: int) -> tuple[int, ...]:
    """The epochs, from 1, after which a trial is judged."""
    return tuple(sorted({math.ceil(epochs / part) for part in PARTS} - {epochs}))


def at(epoch: int) -> str:
    """The name of the attribute that holds the accuracy after an epoch."""
    return f"accuracy after epoch {epoch}"


def is_behind(mine: Mapping[str, Any], others: Iterable[Mapping[str, Any]], epoch: int) -> bool:
    """Whether so many `others`, none of them dearer, were ahead of `mine` at `epoch`.

    Each is a trial's attributes: its `cost`, and the accuracies at its rungs.
    """
    cost, accuracy = mine["cost"], mine[at(epoch)]
    ahead = [
        other
        for other in others
        if other.get(at(epoch), -1.0) > accuracy
        and other["cost"]["flash_bytes"] <= cost["flash_bytes"]
        and other["cost"]["cycles"] <= cost["cycles"]
    ]
    return len(ahead) >= AHEAD
