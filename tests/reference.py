"""What each operator means on one sample, in slow integers of plain Python, written from the docstrings."""

from collections.abc import Callable, Iterator
from fractions import Fraction
from itertools import product
from math import floor
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mcuexport.ops import (
    Add,
    Argmax,
    Binarize,
    Concat,
    Conv2d,
    Dense,
    DynamicShift,
    Flip,
    MaxPool,
    Requantize,
    RequantizePRelu,
    RequantizeShift,
    StreamConv2d,
    StreamDense,
    SumPool,
    Table,
    Threshold,
    Unpack,
    Window,
)

Ints = NDArray[Any]  # of Python's own integers (dtype object), so that nothing can overflow unseen


def rounded(value: Fraction | int, shift: int) -> int:
    return floor(Fraction(value) / Fraction(2) ** shift + Fraction(1, 2))


def clamp(value: int, lo: int, hi: int) -> int:
    return max(lo, min(hi, value))


# The meaning of each operator on one sample


def dense(op: Dense, x: Ints) -> list[int]:
    return [
        int(bias) + sum(op.fmt.levels[code] * value for code, value in zip(row, x.reshape(-1), strict=True))
        for row, bias in zip(op.codes, op.bias, strict=True)
    ]


def at(x: Ints, row: int, column: int, channel: int, outside: int | None) -> int | None:
    inside = 0 <= row < x.shape[0] and 0 <= column < x.shape[1]
    return x[row, column, channel] if inside else outside


def positions(window: Window, r: int, c: int) -> Iterator[tuple[int, int, int, int]]:
    """(row of the window, its column, row of the map, its column)."""
    top, _, left, _ = window.padding
    for i, j in product(range(window.kernel[0]), range(window.kernel[1])):
        yield (
            i,
            j,
            r * window.stride[0] - top + i * window.dilation[0],
            c * window.stride[1] - left + j * window.dilation[1],
        )


def map_size(window: Window, x: Ints) -> tuple[int, int]:
    """How often the window fits, counted."""
    top, bottom, left, right = window.padding
    sizes = []
    for axis, padding in ((0, top + bottom), (1, left + right)):
        starts = range(0, x.shape[axis] + padding, window.stride[axis])
        reach = (window.kernel[axis] - 1) * window.dilation[axis]
        sizes.append(sum(start + reach < x.shape[axis] + padding for start in starts))
    return sizes[0], sizes[1]


def on_map(window: Window, channels: int, value: Callable[[int, int, int], int], x: Ints) -> Ints:
    rows, columns = map_size(window, x)
    return np.array(
        [[[value(r, c, k) for k in range(channels)] for c in range(columns)] for r in range(rows)], dtype=object
    )


def conv2d(op: Conv2d, x: Ints) -> Ints:
    outputs, _, _, depth = op.codes.shape

    def value(r: int, c: int, o: int) -> int:
        first = o // (outputs // op.groups) * depth
        return int(op.bias[o]) + sum(
            op.fmt.levels[op.codes[o, i, j, k]] * at(x, row, column, first + k, op.pad_value)
            for i, j, row, column in positions(op.window, r, c)
            for k in range(depth)
        )

    return on_map(op.window, outputs, value, x)


def reverse(byte: int) -> int:
    return int(f"{byte:08b}"[::-1], 2)


def stream_product(value: int, level: int, length: int) -> int:
    """Ones less zeros of an XNOR, bit by bit."""
    total = 0
    for t in range(length):
        threshold = reverse(t // 2 % 256)
        of_x = value + 128 > (255 - threshold if t % 2 else threshold)
        of_weight = level + 128 > 128 * (2 * t + 1) // length
        total += 1 if of_x == of_weight else -1
    return total


def stream_dense(op: StreamDense, x: Ints) -> list[int]:
    return [
        int(bias)
        + sum(
            stream_product(int(value), op.fmt.levels[code], op.length)
            for code, value in zip(row, x.reshape(-1), strict=True)
        )
        for row, bias in zip(op.codes, op.bias, strict=True)
    ]


def stream_conv2d(op: StreamConv2d, x: Ints) -> Ints:
    outputs, _, _, depth = op.codes.shape

    def value(r: int, c: int, o: int) -> int:
        first = o // (outputs // op.groups) * depth
        return int(op.bias[o]) + sum(
            stream_product(
                int(at(x, row, column, first + k, op.pad_value)), op.fmt.levels[op.codes[o, i, j, k]], op.length
            )
            for i, j, row, column in positions(op.window, r, c)
            for k in range(depth)
        )

    return on_map(op.window, outputs, value, x)


def max_pool(op: MaxPool, x: Ints) -> Ints:
    def value(r: int, c: int, k: int) -> int:
        read = (at(x, row, column, k, None) for _, _, row, column in positions(op.window, r, c))
        return max(v for v in read if v is not None)

    return on_map(op.window, x.shape[2], value, x)


def sum_pool(op: SumPool, x: Ints) -> Ints:
    def value(r: int, c: int, k: int) -> int:
        return sum(at(x, row, column, k, op.pad_value) for _, _, row, column in positions(op.window, r, c))

    return on_map(op.window, x.shape[2], value, x)


def by_channel(x: Ints, value: Callable[[int, int], int]) -> Ints:
    return np.array([value(int(v), i % x.shape[-1]) for i, v in enumerate(x.reshape(-1))], object).reshape(x.shape)


def requantize(op: Requantize, x: Ints) -> Ints:
    def value(v: int, k: int) -> int:
        scaled = rounded(v, op.pre_shift) * int(op.multiplier[k]) + int(op.offset[k])
        return clamp(rounded(scaled, op.shift + (op.negative_shift if scaled < 0 else 0)), op.lo, op.hi)

    return by_channel(x, value)


def requantize_shift(op: RequantizeShift, x: Ints) -> Ints:
    def value(v: int, k: int) -> int:
        signed = int(op.sign[k]) * v + int(op.offset[k])
        return clamp(rounded(signed, int(op.shift[k]) + (op.negative_shift if signed < 0 else 0)), op.lo, op.hi)

    return by_channel(x, value)


def requantize_prelu(op: RequantizePRelu, x: Ints) -> Ints:
    def value(v: int, k: int) -> int:
        above, below = (rounded(v, op.pre_shift) * int(op.multiplier[i, k]) + int(op.offset[i, k]) for i in (0, 1))
        return clamp(rounded(below if above < 0 else above, op.shift), op.lo, op.hi)

    return by_channel(x, value)


def dynamic_shift(op: DynamicShift, x: Ints) -> Ints:
    values = [int(v) for v in x.reshape(-1)]
    if op.center:
        values = [len(values) * v - sum(values) for v in values]
    if op.relu:
        values = [max(v, 0) for v in values]
    for k in range(-6, 32):
        result = [rounded(v, k) for v in values]
        if all(abs(rounded(abs(v), k)) <= 127 for v in values):
            return np.array(result, object).reshape(x.shape)
    raise AssertionError


def table(op: Table, x: Ints) -> Ints:
    return by_channel(x, lambda v, k: int(op.values[v % 256]))


def add(op: Add, a: Ints, b: Ints) -> Ints:
    first, second = op.multipliers
    sums = [int(u) * first + int(v) * second + op.offset for u, v in zip(a.reshape(-1), b.reshape(-1), strict=True)]
    return np.array([clamp(rounded(total, op.shift), op.lo, op.hi) for total in sums], object).reshape(a.shape)


def concat(op: Concat, *inputs: Ints) -> Ints:
    runs = zip(*(x.reshape(-1, x.shape[-1]).tolist() for x in inputs), strict=True)
    joined = [value for pixel in runs for part in pixel for value in part]
    return np.array(joined, object).reshape(*inputs[0].shape[:-1], -1)


def argmax(op: Argmax, x: Ints) -> list[int]:
    values = x.reshape(-1).tolist()
    return [values.index(max(values))]


def threshold(op: Threshold, x: Ints) -> Ints:
    def value(v: int, k: int) -> int:
        above = v >= int(op.threshold[k])
        return 1 if above != bool(op.flip[k]) else -1

    return by_channel(x, value)


def binarize(op: Binarize, x: Ints) -> list[int]:
    return [1 if v >= op.threshold else -1 for v in x.reshape(-1)]


def flip(op: Flip, x: Ints) -> Ints:
    return by_channel(x, lambda v, k: -v if op.flip[k] else v)


def unpack(op: Unpack, x: Ints) -> Ints:
    return x


MEANINGS: dict[str, Callable[..., Any]] = {
    "dense": dense,
    "conv2d": conv2d,
    "stream_dense": stream_dense,
    "stream_conv2d": stream_conv2d,
    "requantize": requantize,
    "requantize_shift": requantize_shift,
    "requantize_prelu": requantize_prelu,
    "dynamic_shift": dynamic_shift,
    "table": table,
    "max_pool": max_pool,
    "sum_pool": sum_pool,
    "add": add,
    "concat": concat,
    "argmax": argmax,
    "threshold": threshold,
    "flip": flip,
    "binarize": binarize,
    "unpack": unpack,
}
