"""What the training loop asks of a trick, and what a trick is told of the training."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from torch import Tensor, nn

from ..batches import Inputs
from ..data import Dataset
from ..recipe import Recipe

if TYPE_CHECKING:
    from ..loop import Trained


@dataclass(frozen=True)
class Run:
    """The training that a trick is part of.

    inputs: without what is held out.  model: as built, on `device`; a trick may change it in place.
    train_before: trains another recipe to its end, in a folder of the given name within the run's.
    """

    recipe: Recipe
    inputs: Inputs
    model: nn.Module
    device: str
    train_before: Callable[[Recipe, str], "Trained"]

    @property
    def data(self) -> Dataset:
        """The data set of the inputs."""
        return self.inputs.data


class Trick:
    """Does nothing; a trick overrides what it needs.

    The loop calls, in this order: `load_state_dict` where it resumes; `parameters` when it makes the optimizer; for
    each epoch (from 1) `begin_epoch`, for each of its batches `learning_rate`, `batch`, `loss` and `after_step`, then
    `end_epoch` and `settled`; at last `finish`.  `now` is the time in epochs, from 0.
    """

    def parameters(self) -> Sequence[nn.Parameter]:
        """What the optimizer learns besides the model's own."""
        return ()

    def begin_epoch(self, epoch: int) -> None:
        """Before the first batch of an epoch."""

    def learning_rate(self, now: float, rate: float) -> float:
        """The rate in place of the schedule's."""
        return rate

    def batch(self, x: Tensor, wanted: Tensor, part: Tensor) -> tuple[Tensor, Tensor]:
        """Inputs, real values, and labels (batch,) or probabilities (batch, classes) in place of those given.

        part: (batch,), which of the training samples they are.
        """
        return x, wanted

    def loss(self, loss: Tensor, x: Tensor, logits: Tensor) -> Tensor:
        """The loss in place of the one so far."""
        return loss

    def after_step(self, now: float) -> None:
        """Behind a step of the optimizer."""

    def end_epoch(self, epoch: int) -> bool:
        """Behind the last batch, before weight scales follow; True if the model's form changed.

        Its running average and the optimizer's moments then begin anew.
        """
        return False

    def settled(self, epoch: int) -> bool:
        """Whether the network behind this epoch may be the one that is kept."""
        return True

    def finish(self, model: nn.Module) -> None:
        """Makes the kept model, which may be a copy, one of ordinary layers."""

    def state_dict(self) -> dict[str, Any]:
        """Tensors and plain data: all that the next epoch depends on and the model does not hold."""
        return {}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Goes on from a saved state, before that of the model is loaded."""
