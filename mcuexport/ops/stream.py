"""Layers of bitstream networks: a product is the XNOR of two streams, the sum of an output one counter.

Activations and weights are 8-bit values v / 128; between layers they are counts, and each layer generates
its streams anew: activations by the reflected van der Corput sequence, weights by the ramp.
"""

from dataclasses import dataclass
from typing import ClassVar, Literal

import numpy as np

from ..bitstream import products, ready_words, require_length
from ..pack import Codes, WeightFormat
from .base import Array, Call, Constant, IntArray, TensorType, Weights, require, require_dtype, require_int32
from .conv2d import Conv2d
from .dense import Dense

Storage = Literal["probabilities", "streams"]


@dataclass(frozen=True, eq=False)
class StreamDense(Dense):
    """``acc[o] = bias[o] + sum_i (ones - zeros of XNOR(stream of x[i], stream of level[o, i]))`` in int32.

    That is near ``length * sum (level / 128) (x / 128)``, length times the real sum.
    codes: (out, in) of int8, each level a weight of level / 128.  bias: (out,) in units of the accumulator, where the
    counter begins.  length: bits of a stream, a multiple of 32.  storage: in flash, weights are 8-bit
    probabilities, or ready streams of `length` bits.
    Input int8.  Raises GraphError for another length, OverflowRisk.
    """

    kind: ClassVar[str] = "stream_dense"
    length: int = 1024
    storage: Storage = "probabilities"

    def __post_init__(self) -> None:
        super().__post_init__()
        _require(self.length, self.fmt)

    def range(self, x: TensorType) -> tuple[int, int]:
        return _range(self.levels, self.bias, self.length, x)

    def run(self, x: IntArray) -> IntArray:
        return _sums(x.reshape(-1, self.codes.shape[1]), self.levels, self.length) + self.bias.astype(np.int32)

    def call(self, x: TensorType) -> Call:
        return _call(self.codes, self.bias, self.fmt, self.length, self.storage)


@dataclass(frozen=True, eq=False)
class StreamConv2d(Conv2d):
    """A `StreamDense` on every patch of a map; fields as of `Conv2d` and `StreamDense`."""

    kind: ClassVar[str] = "stream_conv2d"
    length: int = 1024
    storage: Storage = "probabilities"

    def __post_init__(self) -> None:
        super().__post_init__()
        _require(self.length, self.fmt)

    @property
    def is_depthwise(self) -> bool:
        """Depthwise convolutions have no kernel of their own here: they are grouped ones."""
        return False

    @property
    def fits_lines(self) -> bool:
        """Nor are they made by lines."""
        return False

    def range(self, x: TensorType) -> tuple[int, int]:
        return _range(self.levels, self.bias, self.length, x)

    def multiply(self, patches: IntArray, levels: IntArray) -> IntArray:
        return _sums(patches, levels, self.length)

    def call(self, x: TensorType, blocks: int = 1) -> Call:
        codes = self.codes.reshape(self.levels.shape)
        return _call(codes, self.bias, self.fmt, self.length, self.storage, self.groups * blocks)


def _require(length: int, fmt: WeightFormat) -> None:
    require_length(length)
    require(fmt.name == "int8", f"weights of streams are int8, got {fmt.name}")


def _range(levels: IntArray, bias: IntArray, length: int, x: TensorType) -> tuple[int, int]:
    """(lowest, highest) of the counters; C begins them as if all products had only ones, and no sum goes further."""
    require_dtype(x, "int8")
    require_int32(levels.shape[1] * length + int(np.abs(bias.astype(np.int64)).max()), "counter")
    table = products(length)[x.lo + 128 : x.hi + 129]
    highest = table.max(axis=0)[levels + 128].sum(axis=1) + bias
    lowest = table.min(axis=0)[levels + 128].sum(axis=1) + bias
    return int(lowest.min()), int(highest.max())


def _sums(x: IntArray, levels: IntArray, length: int) -> IntArray:
    """(samples, outputs): the counts of the products of x (samples, inputs) and levels (outputs, inputs), added up."""
    table = products(length)
    by_value = x.astype(np.int64) + 128
    result = np.zeros((len(x), len(levels)), np.int32)
    for i in range(x.shape[1]):
        result += table[:, levels[:, i] + 128][by_value[:, i]]
    return result


def _call(codes: Codes, bias: IntArray, fmt: WeightFormat, length: int, storage: Storage, groups: int = 1) -> Call:
    """The call for one vector of inputs, of one group."""
    outputs, inputs = codes.shape
    words = None
    if storage == "streams":
        words = np.concatenate([ready_words(fmt.decode(group), length) for group in np.split(codes, groups)])
    constants: dict[str, Constant] = {"weights": Weights(codes, fmt, groups, words)}
    if bias.any():
        constants["bias"] = Array(bias, "int32")
    args = ("weights", "bias" if bias.any() else None, "x", inputs, "y", outputs // groups, length)
    return Call("stream_dense" if words is None else "stream_dense_ready", args, "", constants)
