"""Layers with weights: dense layers and convolutions.

Torch keeps channels first, the device's memory is channels last; weights are turned accordingly.
"""

from collections.abc import Callable, Sequence

import numpy as np
from torch import nn

from ..errors import GraphError
from ..ops import Conv2d, Dense, IntArray, Op, Window
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
    groups, pad = module.groups, source.zero_point
    Conv2d(codes, np.zeros(len(codes), np.int64), fmt, window, groups, pad).output(source.type)  # the shapes fit
    return weighted(traced, module, source, levels, lambda bias: Conv2d(codes, bias, fmt, window, groups, pad))


def conv_window(module: QuantConv1d | QuantConv2d) -> Window:
    rows, columns = two(module.padding, 0)
    padding = (rows, rows, columns, columns)
    return Window(two(module.kernel_size, 1), two(module.stride, 1), padding, two(module.dilation, 1))


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
