"""Weight scales that are learned, fall over time, or stay in the first layers."""

import torch
from torch import nn

from ..layers import QuantLayer, WeightQuantizer
from ..recipe import Recipe
from .base import Run, Trick


def quantized_layers(model: nn.Module) -> list[QuantLayer]:
    """The layers whose weights are quantized."""
    return [layer for layer in model.modules() if isinstance(layer, QuantLayer)]


def quantizers(model: nn.Module) -> list[WeightQuantizer]:
    """The quantizers of weights that have a scale of their own."""
    return [module for module in model.modules() if isinstance(module, WeightQuantizer)]


def layers_to_scale(model: nn.Module, recipe: Recipe, epoch: int) -> list[QuantLayer]:
    """The layers whose scale follows their weights behind an epoch."""
    frozen = recipe.train.freeze_clip_epoch
    if recipe.clip.learned or (frozen is not None and epoch >= frozen):
        return []
    fixed = recipe.clip.fixed_layers if epoch > recipe.clip.fixed_epoch else 0
    return quantized_layers(model)[fixed:]


class MovingClip(Trick):
    """Scales by gradient (Esser et al. 2020, LSQ), or a clip factor that falls linearly with the epochs.

    A learned scale moves by its logarithm: each step's change is a factor `2^log2_gain`, which goes into the scale
    behind the step, so that the network always holds a plain scale.
    """

    def __init__(self, run: Run) -> None:
        self.settings, self.model, self.epochs = run.recipe.clip, run.model, run.recipe.train.epochs
        self.first_factor = run.recipe.model.clip_factor
        if self.settings.learned:
            for quantizer in quantizers(self.model):
                quantizer.log2_gain = nn.Parameter(torch.zeros_like(quantizer.scale))

    @torch.no_grad()
    def after_step(self, now: float) -> None:
        if self.settings.learned:
            for quantizer in quantizers(self.model):
                assert quantizer.log2_gain is not None
                quantizer.scale.mul_(torch.exp2(quantizer.log2_gain))
                quantizer.log2_gain.zero_()

    def end_epoch(self, epoch: int) -> bool:
        self._set_factor(self.model, epoch)
        return False

    def finish(self, model: nn.Module) -> None:
        self._set_factor(model, self.epochs)
        for quantizer in quantizers(model):
            quantizer.log2_gain = None

    def _set_factor(self, model: nn.Module, epoch: int) -> None:
        for quantizer in quantizers(model):
            quantizer.clip_factor = self.first_factor * (1 + (self.settings.decrease_to - 1) * epoch / self.epochs)
