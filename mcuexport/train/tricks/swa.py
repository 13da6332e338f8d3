"""Stochastic weight averaging: the mean of the weights of the last epochs, quantized."""

from typing import Any

import torch
from torch import Tensor, nn

from .base import Run, Trick
from .clip import layers_to_scale

LAST_OF_CYCLE = 0.1


class WeightAveraging(Trick):
    """The equal mean of all parameters behind each of the last epochs, or cycles, at a rate that stays high.

    Latent weights, biases, norms and activation scales are averaged.  Then each weight scale is set anew from the
    averaged weights, where scales still follow, and the training renews batch norm's statistics with those quantized
    weights: neither belongs to the mean.  Source: Izmailov et al. 2018, "Averaging Weights Leads to Wider Optima".
    """

    def __init__(self, run: Run) -> None:
        self.run, self.settings = run, run.recipe.swa
        self.first = run.recipe.train.epochs - self.settings.epochs
        self.count = 0
        self.mean: list[Tensor] = []

    def learning_rate(self, now: float, rate: float) -> float:
        if now < self.first:
            return rate
        cycle = self.settings.cycle_epochs
        done = (now - self.first) % cycle / cycle if cycle else 0.0
        return self.settings.learning_rate * (1 - (1 - LAST_OF_CYCLE) * done)

    @torch.no_grad()
    def end_epoch(self, epoch: int) -> bool:
        passed = epoch - self.first
        if passed > 0 and passed % (self.settings.cycle_epochs or 1) == 0:
            self.count += 1
            parameters: list[Tensor] = list(self.run.model.parameters())
            self.mean = self.mean or [torch.zeros_like(p) for p in parameters]
            torch._foreach_lerp_(self.mean, parameters, 1 / self.count)
        return False

    @torch.no_grad()
    def finish(self, model: nn.Module) -> None:
        for parameter, mean in zip(model.parameters(), self.mean, strict=True):
            parameter.copy_(mean)
        for layer in layers_to_scale(model, self.run.recipe, self.run.recipe.train.epochs):
            layer.update_scale()

    def state_dict(self) -> dict[str, Any]:
        return {"count": self.count, "mean": self.mean}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        self.count, self.mean = state["count"], [mean.to(self.run.device) for mean in state["mean"]]
