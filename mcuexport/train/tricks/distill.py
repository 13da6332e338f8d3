"""A network that learns from the outputs, and from the hidden values, of others."""

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

from ..batches import real_values
from ..data import Framing
from ..layers import QuantLayer
from ..parametrized import float_weight, quantized_kind
from ..precision import mixed_precision
from .base import Run, Trick
from .teachers import load_teachers, probabilities


class Distillation(Trick):
    """``(1 - w) * loss + w * T^2 * KL(teachers || student)``, both softmaxes at temperature T.

    Several teachers count by the mean of their probabilities.  With `features`, plus that weight times the mean square
    of what a learned projection of the student's last hidden values lacks to the teacher's.  Sources: Hinton et al.
    2015, "Distilling the Knowledge in a Neural Network"; Romero et al. 2015, "FitNets".

    With `views`, the teachers' answers are kept: 4 bytes for each class of each view of each sample.
    """

    def __init__(self, run: Run) -> None:
        self.recipe, self.settings = run.recipe, run.recipe.distill
        self.inputs, self.model, self.device = run.inputs, run.model, run.device
        self.teachers = load_teachers(run)
        self.projection: nn.Module | None = None
        if self.settings.features:
            own, taught = (float_weight(last_layer(m))[0].numel() for m in (self.model, self.teachers[0].model))
            with torch.random.fork_rng(devices=[]):
                torch.manual_seed(run.recipe.train.seed)
                self.projection = nn.Linear(own, taught).to(run.device)
        shape = self.settings.views, len(run.data.train_y), len(run.data.labels)
        self.answers = torch.full(shape, torch.nan, device=run.device)  # nan: not yet asked
        self._hidden: dict[str, Tensor] = {}
        self._watches: list[Any] = []

    def parameters(self) -> Sequence[nn.Parameter]:
        return () if self.projection is None else tuple(self.projection.parameters())

    def begin_epoch(self, epoch: int) -> None:
        self._epoch = epoch
        if self.projection is not None:
            for name, model in (("student", self.model), ("teacher", self.teachers[0].model)):
                self._watches.append(last_layer(model).register_forward_pre_hook(self._note(name)))

    def _note(self, name: str) -> Any:
        def note(module: nn.Module, inputs: tuple[Tensor, ...]) -> None:
            self._hidden[name] = inputs[0].flatten(1).float()

        return note

    def batch(self, x: Tensor, wanted: Tensor, part: Tensor) -> tuple[Tensor, Tensor]:
        self._part = part
        return x, wanted

    def loss(self, loss: Tensor, x: Tensor, logits: Tensor) -> Tensor:
        weight, temperature = self.settings.weight, self.settings.temperature
        taught = self._kept(x) if self.settings.views else self._ask(x, self._part)
        total = (1 - weight) * loss + weight * logits_loss(logits, taught, temperature)
        if self.projection is None:
            return total
        missing: Tensor = self.projection(self._hidden["student"]) - self._hidden["teacher"]
        return total + self.settings.features * missing.square().mean()

    def _ask(self, x: Tensor, part: Tensor) -> Tensor:
        """The teachers' probabilities for the inputs x of the network, and for the same ones as they see them."""
        shown = [(teacher.model, self._framed(teacher.framing, x, part)) for teacher in self.teachers]
        with mixed_precision(self.recipe.train.precision, self.device):
            return probabilities(shown, self.settings.temperature, self.settings.as_float)

    def _framed(self, framing: Framing, x: Tensor, part: Tensor) -> Tensor:
        data = self.inputs.data
        return x if framing == data.framing else real_values(self.inputs.at[framing][part], data)

    def _kept(self, x: Tensor) -> Tensor:
        """The answers of this epoch's view; asked for, where they are not yet known."""
        answers = self.answers[self.recipe.view(self._epoch)]
        new = answers[self._part, 0].isnan()
        if new.any():
            answers[self._part[new]] = self._ask(x[new], self._part[new])
        return answers[self._part]

    def end_epoch(self, epoch: int) -> bool:
        for watch in self._watches:
            watch.remove()
        self._watches = []
        return False

    def state_dict(self) -> dict[str, Any]:
        projection = {} if self.projection is None else {"projection": self.projection.state_dict()}
        return {"answers": self.answers, **projection}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        self.answers.copy_(state["answers"])
        if self.projection is not None:
            self.projection.load_state_dict(state["projection"])


def logits_loss(logits: Tensor, taught: Tensor, temperature: float) -> Tensor:
    """``T^2 * KL(taught || softmax(logits / T))``, the mean over the batch."""
    own = torch.log_softmax(logits / temperature, 1)
    return temperature**2 * functional.kl_div(own, taught, reduction="batchmean")


def last_layer(model: nn.Module) -> nn.Module:
    """The last layer with quantized weights, which gives the logits."""
    return [module for module in model.modules() if issubclass(quantized_kind(module), QuantLayer)][-1]
