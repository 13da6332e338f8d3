"""Layers with weights: dense layers and convolutions.

Torch keeps channels first, the device's memory is channels last; weights are turned accordingly.
"""

from collections.abc import Callable, Sequence

import numpy as np
from torch import nn

from ..errors import GraphError
from ..ops import Conv2d, Dense, IntArray, Op, Window
from ..pack import WORD_BITS
from ..train.layers import QuantConv1d, QuantConv2d, QuantLayer, QuantLinear
from ..train.trace import TracedLayer
from .values import Accumulator, Lowering, Quantized, Value, one, quantized


def linear(traced: TracedLayer, module: nn.Module, values: Sequence[Value], lowering: Lowering) -> Value:
    assert isinstance(module, QuantLinear)
    source = quantized(one(values))
    levels = module.levels().numpy()
    levels = channels_last(levels, source)
    fmt = module.quantizer.format
    codes = fmt.encode(levels)
    if fmt.name != "binary":
        source = lowering.as_bytes(source)
    return weighted(traced, module, source, levels, lambda bias: Dense(codes, bias, fmt))


def channels_last(levels: IntArray, source: Quantized) -> IntArray:
    """Levels (out, in) in the order in which the device has the inputs."""
    if levels.shape[1] != source.type.size:
        raise GraphError(f"weights take {levels.shape[1]} inputs, got {source.type.size}")
    if source.flat and len(source.type.shape) == 3:
        height, width, channels = source.type.shape
        return levels.reshape(-1, channels, height, width).transpose(0, 2, 3, 1).reshape(levels.shape)
    return levels


def convolution(traced: TracedLayer, module: nn.Module, values: Sequence[Value], lowering: Lowering) -> Value:
    assert isinstance(module, QuantConv1d | QuantConv2d)
    source = quantized(one(values))
    levels = module.levels().numpy()
    levels = levels.reshape(*levels.shape[:2], *two(levels.shape[2:], 1)).transpose(0, 2, 3, 1)
    window = conv_window(module)
    fmt = module.quantizer.format
    codes = fmt.encode(levels)
    groups, size = module.groups, levels.shape[3]
    if fmt.name != "binary" or (groups > 1 and size % WORD_BITS):
        source = lowering.as_bytes(source)
    pad = outside(source, module.padding_value) if window.is_padded else source.zero_point
    Conv2d(codes, np.zeros(len(codes), np.int64), fmt, window, groups, pad).output(source.type)  # the shapes fit
    return weighted(traced, module, source, levels, lambda bias: Conv2d(codes, bias, fmt, window, groups, pad))


def conv_window(module: QuantConv1d | QuantConv2d) -> Window:
    rows, columns = two(module.padding, 0)
    padding = (rows, rows, columns, columns)
    return Window(two(module.kernel_size, 1), two(module.stride, 1), padding, two(module.dilation, 1))


def outside(source: Quantized, value: float) -> int:
    """The integer that stands for `value` outside a map.  Raises GraphError if the map has none."""
    pad = value / source.scale + source.zero_point
    if source.type.dtype == "bit" and pad != source.type.lo:
        lowest = source.scale * (source.type.lo - source.zero_point)
        raise GraphError(
            f"pads with {value:g}, its inputs are one bit, {lowest:g} or 1; padding_value={lowest:g}, as in "
            "BinarizeConv2d"
        )
    if pad != int(pad):
        hint = 'put a SignActivation before it, or use padding_value=0 (BinarizeConv2d: inputs="int8")'
        raise GraphError(f"pads with {value:g}, its inputs are in steps of {source.scale:g}; {hint}")
    return int(pad)


def two(sizes: Sequence[int] | int, first: int) -> tuple[int, int]:
    """(rows, columns) of one size, two sizes, or the length of a signal, which is a map of one row."""
    if isinstance(sizes, int):
        return sizes, sizes
    return (first, sizes[0]) if len(sizes) == 1 else (sizes[0], sizes[1])


def weighted(
    traced: TracedLayer, module: QuantLayer, source: Quantized, levels: IntArray, make: Callable[[IntArray], Op]
) -> Accumulator:
    """The accumulator of a layer with weights; the zero point's part of the sum is constant."""
    outputs = len(levels)
    unit = np.broadcast_to(module.scale.double().numpy().reshape(-1), outputs) * source.scale
    bias = np.zeros(outputs) if module.bias is None else module.bias.detach().numpy()
    offset = bias - unit * source.zero_point * levels.reshape(outputs, -1).sum(axis=1)
    return Accumulator(traced, source, make, unit, offset)
