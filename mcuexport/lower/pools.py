"""Pools: the maximum keeps its scale, the average is a sum whose division is left to the next requantization."""

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np
from torch import nn

from ..errors import GraphError
from ..ops import IntArray, MaxPool, Op, SumPool, TensorType, Window
from ..train.trace import TracedLayer
from .values import HINT, Accumulator, Lowering, Pool, Value, one, quantized
from .weights import two


def max_pool(traced: TracedLayer, module: nn.Module, values: Sequence[Value], lowering: Lowering) -> Value:
    assert isinstance(module, nn.MaxPool1d | nn.MaxPool2d)
    value = one(values)
    if isinstance(value, Accumulator) and value.pool is None:
        return replace(value, pool=Pool(traced.name, traced.layer, pool_window(module, module), value.scale))
    source = quantized(value)
    result = lowering.add(traced.name, MaxPool(pool_window(module, module)), [source], traced.layer)
    return replace(source, node=traced.name, type=result)


def pool_window(module: nn.Module, sizes: nn.MaxPool1d | nn.MaxPool2d | nn.AvgPool1d | nn.AvgPool2d) -> Window:
    signal = isinstance(module, nn.MaxPool1d | nn.AvgPool1d)

    def size(value: int | tuple[int, ...], first: int) -> tuple[int, int]:
        if signal:
            return first, value if isinstance(value, int) else value[0]
        return two(value, first)

    rows, columns = size(sizes.padding, 0)
    return Window(size(sizes.kernel_size, 1), size(sizes.stride, 1), (rows, rows, columns, columns))


def average_pool(traced: TracedLayer, module: nn.Module, values: Sequence[Value], lowering: Lowering) -> Value:
    source = lowering.as_bytes(quantized(one(values)))
    if isinstance(module, nn.AdaptiveAvgPool1d | nn.AdaptiveAvgPool2d):
        wanted = module.output_size
        if {wanted} != {1} and set(np.atleast_1d(np.asarray(wanted)).tolist()) != {1}:
            raise GraphError(
                f"average of output size {wanted}: only the global average, output size 1, has an integer form"
            )
        window = Window((source.type.shape[0], source.type.shape[1]))
    else:
        assert isinstance(module, nn.AvgPool1d | nn.AvgPool2d)
        window = pool_window(module, module)
    SumPool(window, source.zero_point).output(source.type)  # the shapes fit
    channels = source.type.shape[-1]
    unit = source.scale / window.taps
    scale, offset = np.full(channels, unit), np.full(channels, -unit * window.taps * source.zero_point)

    def make(bias: IntArray) -> Op:
        if bias.any():
            point = f"its input has zero point {source.zero_point}"
            raise GraphError(f"gives sums to which nothing is added, but {point}; {HINT}")

        return SumPool(window, source.zero_point)

    return Accumulator(traced, source, make, scale, offset)


def flatten(traced: TracedLayer, module: nn.Module, values: Sequence[Value], lowering: Lowering) -> Value:
    """Torch flattens channels first, the device's memory is channels last: `_linear` puts that right."""
    value = one(values)
    if isinstance(value, Accumulator) and value.make and value.scale.size == places(value.make, value).size:
        return value  # a global average: one value per channel, in the same order either way
    return replace(quantized(value), flat=True)


def places(make: Callable[[IntArray], Op], acc: Accumulator) -> TensorType:
    return make(np.zeros(acc.scale.size, np.int64)).output(acc.source.type)


def same(traced: TracedLayer, module: nn.Module, values: Sequence[Value], lowering: Lowering) -> Value:
    """Dropout and Identity do nothing in use."""
    return one(values)
