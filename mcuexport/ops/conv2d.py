"""Convolution: a dense layer on every patch of a map.  With height 1 it is the convolution of a signal."""

from dataclasses import dataclass
from functools import cached_property
from typing import ClassVar

import numpy as np

from ..pack import WORD_BITS, Codes, WeightFormat, bit_words
from .base import (
    INPUT_VARIANT,
    Array,
    Call,
    Constant,
    IntArray,
    Locality,
    TensorType,
    Weights,
    dense_variant,
    on_bits,
    require,
    require_weighted,
)
from .bounds import accumulator_range
from .exact import chunks, matmul
from .window import Window

DEPTHWISE_BLOCK = 16


@dataclass(frozen=True, eq=False)
class Conv2d:
    """``acc[r, c, o] = bias[o] + sum level[o, i, j, k] * x[row i of r, column j of c, channel k]`` in int32.

    codes: (out, kernel rows, kernel columns, in / groups) codes of `fmt`.  bias: (out,) in units of the
    accumulator.  groups: output o reads the input channels of group ``o // (out / groups)`` only.
    pad_value: what stands outside the map: the input's zero point, for bits -1.
    Input uint8 or int8 (height, width, in), or bits if `fmt` is binary; raises OverflowRisk as `Dense` does.
    """

    kind: ClassVar[str] = "conv2d"
    locality: ClassVar[Locality] = "rows"
    codes: Codes
    bias: IntArray
    fmt: WeightFormat
    window: Window
    groups: int = 1
    pad_value: int = 0

    def __post_init__(self) -> None:
        require(self.codes.ndim == 4, f"codes are (out, rows, columns, in), got {self.codes.shape}")
        outputs, *kernel, _ = self.codes.shape
        require(tuple(kernel) == self.window.kernel, f"weights are {kernel}, the window {self.window.kernel}")
        require(self.bias.shape == (outputs,), f"{outputs} outputs need as many biases, got {self.bias.shape}")
        require(outputs % self.groups == 0, f"{outputs} outputs do not divide into {self.groups} groups")

    @cached_property
    def levels(self) -> IntArray:
        """(out, taps * in / groups)."""
        return self.fmt.decode(self.codes).reshape(len(self.codes), -1)

    @property
    def is_depthwise(self) -> bool:
        """One output per input channel, and no other mixing."""
        return self.groups == len(self.codes) > 1 and self.codes.shape[3] == 1

    @property
    def is_pointwise(self) -> bool:
        """Every patch is one run of a row as it lies in memory: 1 high, not padded, not spread, not grouped."""
        high, wide = self.window.kernel
        spread = wide > 1 and self.window.dilation[1] > 1
        return high == 1 and self.groups == 1 and not self.window.is_padded and not spread

    @property
    def block(self) -> int:
        """Channels of a depthwise convolution whose weights are unpacked at once."""
        return channel_block(len(self.codes), DEPTHWISE_BLOCK)

    @property
    def fits_lines(self) -> bool:
        """Each output reads one channel, through a window as `mcx_depthwise3x3_line.h` wants it."""
        window = self.window
        zeros = self.pad_value == 0 or not window.is_padded
        near = max(window.padding) <= 1 and window.dilation == (1, 1) and window.stride[1] <= 2
        one = self.codes.shape[3] == 1 and self.groups in (1, len(self.codes))
        return one and window.kernel == (3, 3) and near and zeros and not self.bias.any()

    @property
    def is_stored_unpacked(self) -> bool:
        """Its levels are bytes, so that a kernel that makes lines reads them where they are."""
        return self.fmt.stored_bits == 8

    def output(self, x: TensorType) -> TensorType:
        require_weighted(x, self.fmt, self.levels.shape[1])
        rows, columns = self.window.output(x)
        depth = self.codes.shape[3]
        channels = depth * self.groups
        require(x.shape[2] == channels, f"weights take {channels} channels, got {x.shape[2]}")
        if x.dtype == "bit":
            outside = f"outside a map of bits stands -1, not {self.pad_value}"
            require(self.pad_value == -1 or not self.window.is_padded, outside)
            aligned = self.groups == 1 or depth % WORD_BITS == 0
            require(
                aligned, f"{self.groups} groups of {depth} bits do not begin with a word; use groups of {WORD_BITS}"
            )
        else:
            limits = np.iinfo(x.dtype)
            require(limits.min <= self.pad_value <= limits.max, f"pad_value {self.pad_value} is no {x.dtype}")
        lowest, highest = self.range(self.padded(x))
        return TensorType((rows, columns, len(self.codes)), "int32", lowest, highest)

    def range(self, x: TensorType) -> tuple[int, int]:
        """(lowest, highest) of the result over all patches of a type; raises OverflowRisk."""
        return accumulator_range(self.levels, self.bias, x)

    def padded(self, x: TensorType) -> TensorType:
        """The type of what a window sees."""
        if not self.window.is_padded:
            return x
        return TensorType(x.shape, x.dtype, min(x.lo, self.pad_value), max(x.hi, self.pad_value))

    def run(self, x: IntArray) -> IntArray:
        rows, columns = self.window.output(TensorType(x.shape[1:], "int8", 0, 0))
        result = np.empty((len(x), rows, columns, len(self.codes)), np.int32)
        for chunk in chunks(len(x), 8 * rows * columns * self.window.taps * x.shape[3]):
            result[chunk] = self._depthwise(x[chunk]) if self.is_depthwise else self._grouped(x[chunk])
        return result + self.bias.astype(np.int32)

    def _depthwise(self, x: IntArray) -> IntArray:
        taps = zip(self.window.gather(x, self.pad_value), self.levels.T, strict=True)
        products = [tap.astype(np.int32) * level for tap, level in taps]
        return np.asarray(np.add.reduce(products))

    def _grouped(self, x: IntArray) -> IntArray:
        patches = np.stack(list(self.window.gather(x, self.pad_value)), axis=3)
        size = self.codes.shape[3]
        results = []
        for group, levels in enumerate(np.split(self.levels, self.groups)):
            patch = patches[..., group * size : (group + 1) * size]
            flat = patch.reshape(-1, self.window.taps * size)
            results.append(self.multiply(flat, levels).reshape(*patch.shape[:3], len(levels)))
        return np.concatenate(results, axis=-1)

    def multiply(self, patches: IntArray, levels: IntArray) -> IntArray:
        """``patches @ levels.T`` in int32, of one group: patches (rows, inputs), levels (outputs, inputs)."""
        return matmul(patches, levels, 255 * int(np.abs(levels).sum(axis=1).max()))

    def _by_fours(self, block: int) -> Codes:
        """Codes of a depthwise convolution, a block of outputs to a row, as `mcx_depthwise` wants their levels."""
        blocks = self.codes.reshape(-1, block, self.window.taps)
        fours = np.split(blocks, range(4, block, 4), axis=1)
        return np.concatenate([four.transpose(0, 2, 1).reshape(len(blocks), -1) for four in fours], axis=1)

    def call(self, x: TensorType, blocks: int = 1) -> Call:
        """For one patch: the dense kernel; for one block of a depthwise convolution: the unpacking of its weights.

        blocks: the outputs are made in so many equal runs, of at most `block` of them if it is a depthwise
        convolution; any other must not be grouped.
        """
        constants: dict[str, Constant] = {"bias": Array(self.bias, "int32")} if self.bias.any() else {}
        if self.is_depthwise:
            block = min(self.block, len(self.codes) // blocks)
            constants["weights"] = Weights(self._by_fours(block), self.fmt)
            return Call(f"levels_{self.fmt.name}", ("weights", self.window.taps * block, "y"), "", constants)
        outputs, inputs = self.levels.shape
        runs = self.groups * blocks
        if x.dtype == "bit":
            depth = self.codes.shape[3]
            codes, words = self.codes.reshape(outputs, inputs), self.window.taps * bit_words(depth)
            return on_bits(codes, self.fmt, self.bias, words, depth, runs)
        constants["weights"] = Weights(self.codes.reshape(outputs, inputs), self.fmt, runs)
        bias = "bias" if "bias" in constants else None
        args = ("weights", bias, "x", inputs, "y", outputs // runs)
        return Call(f"dense_{self.fmt.name}", args, dense_variant(self.padded(x)), constants)

    def call_by_lines(self, x: TensorType, blocks: int = 1) -> Call:
        """For one block: the unpacking of its weights; where that is not needed, only which kernel makes a row."""
        taps = self.window.taps
        if self.is_stored_unpacked:
            weights = Weights(self.codes.reshape(-1, taps), self.fmt)
            return Call("depthwise3x3_int8", (), INPUT_VARIANT[x.dtype], {"weights": weights})
        block = min(self.block, len(self.codes) // blocks)
        weights = Weights(self.codes.reshape(-1, block * taps), self.fmt)
        return Call(f"levels_{self.fmt.name}", ("weights", taps * block, "y"), "", {"weights": weights})


def channel_block(channels: int, most: int) -> int:
    """The largest divisor of `channels` up to `most`; the next larger one, if that is less than half of `most`."""
    divisors = [d for d in range(1, channels + 1) if channels % d == 0]
    largest = max(d for d in divisors if d <= most)
    if 2 * largest >= most or largest == channels:
        return largest
    return divisors[divisors.index(largest) + 1]
