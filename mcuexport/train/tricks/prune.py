"""Single weights set to 0, by magnitude: gradually, or as a lottery ticket.

It pays with formats that have a level 0, and with kernels that pass over zeros.
"""

from typing import Any

import torch
from torch import Tensor, nn

from ...errors import RecipeError
from ..layers import QuantLayer
from ..recipe import Recipe
from .base import Run, Trick
from .clip import quantized_layers


class WeightPruning(Trick):
    """In every layer the smallest weights are 0, so many that a share of `density` stays.

    The density falls from 1 to its end as `density_at` says; until then the mask is drawn anew with each step, so that
    a weight can come back.  Source: Zhu and Gupta 2017, "To Prune, or Not to Prune".

    With ticket_rounds = n the mask is fixed from the start: it is drawn from the weights at the end of a training of
    the same recipe with n - 1 rounds, to the density^((n - 1) / n), and what is left begins again where that training
    began, at the weights of the seed.  Source: Frankle and Carbin 2019, "The Lottery Ticket Hypothesis".
    """

    def __init__(self, run: Run) -> None:
        self.settings = run.recipe.prune
        self.layers = quantized_layers(run.model)
        for path, module in run.model.named_modules():
            if isinstance(module, QuantLayer) and 0 not in module.quantizer.format.levels:
                name = module.quantizer.format.name
                raise RecipeError(f"prune: {path} has {name} weights, which have no 0; use ternary, int4 or int8")
        self.end = self.settings.last_epoch(run.recipe.train.epochs)
        self.masks = [torch.ones_like(layer.weight, dtype=torch.bool) for layer in self.layers]
        self.fixed = bool(self.settings.ticket_rounds)
        if self.settings.ticket_rounds:
            self._draw_ticket(run)

    def after_step(self, now: float) -> None:
        if not self.fixed:
            density = density_at(now, self.settings.density, self.settings.begin_epoch, self.end)
            self.masks = [largest(layer.weight, density) for layer in self.layers]
            self.fixed = now >= self.end
        self._apply(self.layers)

    def settled(self, epoch: int) -> bool:
        return self.fixed

    def finish(self, model: nn.Module) -> None:
        self._apply(quantized_layers(model))

    def state_dict(self) -> dict[str, Any]:
        return {"masks": self.masks, "fixed": self.fixed}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        self.fixed = state["fixed"]
        self.masks = [mask.to(layer.weight.device) for mask, layer in zip(state["masks"], self.layers, strict=True)]

    @torch.no_grad()
    def _apply(self, layers: list[Any]) -> None:
        for layer, mask in zip(layers, self.masks, strict=True):
            layer.weight.mul_(mask)

    def _draw_ticket(self, run: Run) -> None:
        rounds = self.settings.ticket_rounds
        before = run.train_before(_with_rounds(run.recipe, rounds - 1), f"ticket{rounds - 1}")
        trained = quantized_layers(before.model)
        self.masks = [largest(layer.weight, self.settings.density).to(run.device) for layer in trained]
        self._apply(self.layers)
        for layer in self.layers:
            layer.update_scale()


def _with_rounds(recipe: Recipe, rounds: int) -> Recipe:
    """The recipe of a ticket's earlier round; that of round 0 prunes nothing."""
    density = recipe.prune.density ** (rounds / (rounds + 1))
    prune = recipe.prune.model_copy(update={"density": density, "ticket_rounds": rounds})
    return recipe.model_copy(update={"prune": prune})


def density_at(now: float, density: float, begin: float, end: float) -> float:
    """The density at a time: ``d + (1 - d) * (1 - t)^3``, t from 0 at `begin` to 1 at `end`."""
    passed = min(max((now - begin) / max(end - begin, 1e-9), 0.0), 1.0)
    return density + (1 - density) * (1 - passed) ** 3


@torch.no_grad()
def largest(weight: Tensor, density: float) -> Tensor:
    """Which weights are the round(density * count) largest in magnitude, at least one; of equal ones the first."""
    count = max(1, round(density * weight.numel()))
    order = weight.abs().flatten().argsort(descending=True, stable=True)
    mask = torch.zeros(weight.numel(), dtype=torch.bool, device=weight.device)
    mask[order[:count]] = True
    return mask.view_as(weight)
