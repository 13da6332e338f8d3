"""Parameters beyond [-1, 1], which no bitstream can hold: the penalty that keeps them out, their count, their end.

What counts are the parameters as they will be once batch norm is merged into them.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional

from .layers import QuantLayer
from .merging import folded, followers

LIMIT = 1.0


@dataclass(frozen=True)
class LayerSaturation:
    """How many parameters of a layer lie beyond +-1, of how many, and the largest magnitude among them all."""

    layer: str
    saturated: int
    parameters: int
    largest: float


@dataclass(frozen=True)
class Stage:
    """What a stage of the recipe left.  Accuracies on the test set: of the float network, and of the quantized one."""

    name: str
    float_accuracy: float
    accuracy: float
    layers: tuple[LayerSaturation, ...]

    @property
    def saturated(self) -> int:
        return sum(layer.saturated for layer in self.layers)


class SaturationPenalty:
    """``sum |softshrink(p, 1)|`` over all parameters p of a model as they are once merged: how far they lie outside.

    Gradients reach weights, biases and batch norms; the norms' running statistics count as constants.
    """

    def __init__(self, model: nn.Module) -> None:
        self._pairs = list(_pairs(model))

    def __call__(self) -> Tensor:
        parameters = (p for _, layer, norm in self._pairs for p in folded(layer, norm))
        return torch.stack([functional.softshrink(p, LIMIT).abs().sum() for p in parameters]).sum()


@torch.no_grad()
def saturation(model: nn.Module) -> tuple[LayerSaturation, ...]:
    """Of every layer with quantized weights, in order; batch norms count as merged."""
    found = []
    for path, layer, norm in _pairs(model):
        magnitudes = torch.cat([p.flatten() for p in folded(layer, norm)]).abs()
        count = int((magnitudes > LIMIT).sum())
        found.append(LayerSaturation(path, count, magnitudes.numel(), float(magnitudes.max())))
    return tuple(found)


@torch.no_grad()
def desaturate(model: nn.Module) -> None:
    """Clips weights and biases beyond +-1; batch norms must have been merged."""
    for layer in model.modules():
        if isinstance(layer, QuantLayer):
            for parameter in (layer.weight, layer.bias):
                if parameter is not None:
                    parameter.clamp_(-LIMIT, LIMIT)
            layer.update_scale()


def _pairs(model: nn.Module) -> Iterator[tuple[str, QuantLayer, nn.Module | None]]:
    for path, norm in followers(model):
        layer = model.get_submodule(path)
        assert isinstance(layer, QuantLayer)
        yield path, layer, None if norm is None else model.get_submodule(norm)
