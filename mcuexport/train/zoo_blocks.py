"""What the networks of `zoo` and `binary_zoo` are built of: weight formats by place, blocks, and checks of shapes."""

from collections import OrderedDict
from dataclasses import dataclass

from torch import nn

from ..errors import RecipeError
from .activations import QuantActivation
from .clipping import USUAL_CLIP
from .layers import QuantConv2d, QuantLinear

Size = int | tuple[int, int]
Shape = tuple[int, ...]
AXES = {1: "(features,)", 2: "(channels, length)", 3: "(channels, height, width)"}


@dataclass(frozen=True)
class Formats:
    """Weight formats by place, and how their scales are chosen."""

    first: str = "int8"
    middle: str = "sym4"
    last: str = "sym4"
    per_output: bool = True
    clip: str = USUAL_CLIP


def conv_block(
    channels: tuple[int, int],
    kernel: Size,
    formats: Formats,
    format: str,  # noqa: A002 -- the word that recipes and reports use
    stride: Size = 1,
    padding: Size = 0,
    groups: int = 1,
    function: str = "relu",
) -> nn.Sequential:
    """Convolution, batch norm, activation."""
    conv = QuantConv2d(
        *channels,
        kernel,
        stride,
        padding,
        groups=groups,
        format=format,
        per_output=formats.per_output,
        clip=formats.clip,
    )
    return nn.Sequential(OrderedDict(conv=conv, norm=nn.BatchNorm2d(channels[1]), act=QuantActivation(function)))


def global_average() -> nn.Sequential:
    """Global average, in 8 bits."""
    return nn.Sequential(nn.AdaptiveAvgPool2d(1), QuantActivation("identity"), nn.Flatten())


def last_layer(inputs: int, outputs: int, formats: Formats) -> QuantLinear:
    return QuantLinear(inputs, outputs, formats.last, bias=True, clip=formats.clip)


def input_axes(name: str, shape: Shape, count: int) -> Shape:
    """The shape itself.  Raises RecipeError unless it has so many axes."""
    if len(shape) != count:
        raise RecipeError(f"{name} takes inputs {AXES[count]}, got {AXES.get(len(shape), len(shape))}: {shape}")
    return shape


def smaller(name: str, place: str, size: tuple[int, int]) -> tuple[int, int]:
    """A map's size behind a 3x3 convolution without padding (`conv..`) or a 2x2 pool (`pool..`)."""
    height, width = (s - 2 if place.startswith("conv") else s // 2 for s in size)
    if min(height, width) < 1:
        raise RecipeError(
            f"{name}: {place} gets a map of {size[0]}x{size[1]}, nothing of it is left; use larger inputs"
        )
    return height, width
