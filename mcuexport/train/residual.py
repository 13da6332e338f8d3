"""A fully connected network of residual blocks, in the variants that practitioners compare.

Source: He et al. 2016, "Deep Residual Learning" and "Identity Mappings in Deep Residual Networks".
"""

from collections import OrderedDict
from collections.abc import Sequence
from math import prod

from torch import Tensor, nn

from ..errors import RecipeError
from .activations import QuantActivation
from .joints import Add, Scale
from .layers import QuantLinear
from .zoo_blocks import Formats, last_layer

RESIDUALS = {
    "sum": ("identity", "identity"),  # s x + f(x)
    "relu-sum": ("identity", "relu"),  # relu(s x + f(x))
    "sum-relu": ("relu", "identity"),  # s x + relu(f(x))
}
"""Activations of the branch and behind the sum, by name; f is a linear layer and its batch norm."""


class ResidualDense(nn.Module):
    """`outer(s * x + inner(norm(fc(x))))`; the functions by `residual`, a name in `RESIDUALS`.

    learned_scale: s is learned, beginning at 1, and costs the device nothing; else s is 1.
    """

    def __init__(self, width: int, formats: Formats, residual: str, learned_scale: bool) -> None:
        super().__init__()
        inner, outer = RESIDUALS[residual]
        self.branch = _dense(width, width, formats.middle, formats, inner)
        self.scale = Scale() if learned_scale else nn.Identity()
        self.add, self.act = Add(), QuantActivation(outer)

    def forward(self, x: Tensor) -> Tensor:
        result: Tensor = self.act(self.add(self.scale(x), self.branch(x)))
        return result


def residual_mlp(
    classes: int,
    formats: Formats,
    hidden: Sequence[int] = (64, 64, 64),
    residual: str = "relu-sum",
    learned_scale: bool = False,
    shape: tuple[int, ...] = (1, 16, 16),
) -> nn.Sequential:
    """A dense layer with ReLU, a residual block for each further hidden size (all alike), a dense layer."""
    if len(set(hidden)) != 1:
        raise RecipeError(f"residual-mlp: blocks keep their size, so hidden sizes must be alike, got {list(hidden)}")
    if residual not in RESIDUALS:
        raise RecipeError(f"unknown residual {residual!r} (residuals: {', '.join(RESIDUALS)})")
    inputs, width = prod(shape), hidden[0]
    layers: OrderedDict[str, nn.Module] = OrderedDict(flatten=nn.Flatten())
    layers["block1"] = _dense(inputs, width, formats.first, formats, "relu")
    for number in range(2, len(hidden) + 1):
        layers[f"block{number}"] = ResidualDense(width, formats, residual, learned_scale)
    layers["fc"] = last_layer(width, classes, formats)
    return nn.Sequential(layers)


def _dense(inputs: int, outputs: int, fmt: str, formats: Formats, function: str) -> nn.Sequential:
    fc = QuantLinear(inputs, outputs, fmt, per_output=formats.per_output, clip=formats.clip)
    return nn.Sequential(OrderedDict(fc=fc, norm=nn.BatchNorm1d(outputs), act=QuantActivation(function)))
