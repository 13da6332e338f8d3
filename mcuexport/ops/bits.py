"""Into bits, from bits, and bits turned round: +1 and -1, which a map of bits holds as 1 and 0."""

from dataclasses import dataclass
from math import prod
from typing import ClassVar

import numpy as np

from ..pack import pack_bits
from .base import (
    ACC_VARIANT,
    INPUT_VARIANT,
    Array,
    Call,
    Constant,
    IntArray,
    Locality,
    TensorType,
    require,
    require_channels,
    require_dtype,
    require_int32,
)

BIT_LIMITS = -1, 1


@dataclass(frozen=True, eq=False)
class Threshold:
    """``y = +1 if x >= threshold[c] else -1``, and the opposite for channels that `flip`.

    threshold: (n,) int32, flip: (n,) bool, one per channel (last axis).  A batch norm and the sign behind it
    are one comparison; where its factor is negative, the channel flips.  Input int32 accumulators, int8 or
    uint8; result bits.
    """

    kind: ClassVar[str] = "threshold"
    locality: ClassVar[Locality] = "channel"
    threshold: IntArray
    flip: IntArray

    def __post_init__(self) -> None:
        require(self.threshold.shape == self.flip.shape, "as many thresholds as flips are needed")
        require_int32(int(np.abs(self.threshold.astype(np.int64)).max()), "threshold")

    def output(self, x: TensorType) -> TensorType:
        require_dtype(x, *ACC_VARIANT)
        require_channels(x, self.threshold.size, "thresholds")
        return TensorType(x.shape, "bit", *BIT_LIMITS)

    def run(self, x: IntArray) -> IntArray:
        return np.where((x >= self.threshold) ^ self.flip.astype(bool), 1, -1).astype(np.int8)

    def call(self, x: TensorType) -> Call:
        constants: dict[str, Constant] = {"threshold": Array(self.threshold, "int32")}
        if self.flip.any():
            constants["flip"] = Array(pack_bits(self.flip.astype(bool)), "uint32")
        flip = "flip" if "flip" in constants else None
        return Call("threshold", ("x", "threshold", flip, "y", x.size), ACC_VARIANT[x.dtype], constants)


@dataclass(frozen=True)
class Binarize:
    """``y = +1 if x >= threshold else -1``, for all of a map of one channel at once; the result is a vector of bits.

    So a grey image takes a bit for each pixel, where a map of bits would take a word.  Input int8 or uint8.
    """

    kind: ClassVar[str] = "binarize"
    locality: ClassVar[Locality] = "whole"
    threshold: int

    def output(self, x: TensorType) -> TensorType:
        require_dtype(x, "uint8", "int8")
        require(len(x.shape) == 1 or x.shape[-1] == 1, f"takes a vector or a map of one channel, got {x.shape}")
        return TensorType((x.size,), "bit", *BIT_LIMITS)

    def run(self, x: IntArray) -> IntArray:
        return np.where(x.reshape(len(x), prod(x.shape[1:])) >= self.threshold, 1, -1).astype(np.int8)

    def call(self, x: TensorType) -> Call:
        return Call("binarize", ("x", self.threshold, "y", x.size), INPUT_VARIANT[x.dtype])


@dataclass(frozen=True, eq=False)
class Flip:
    """``y = -x`` for channels that flip, else ``y = x``; of bits.  flip: (n,) bool, one per channel."""

    kind: ClassVar[str] = "flip"
    locality: ClassVar[Locality] = "channel"
    flip: IntArray

    def output(self, x: TensorType) -> TensorType:
        require_dtype(x, "bit")
        require_channels(x, self.flip.size, "flips")
        return x

    def run(self, x: IntArray) -> IntArray:
        return np.where(self.flip.astype(bool), -x, x).astype(np.int8)

    def call(self, x: TensorType) -> Call:
        constants = {"flip": Array(pack_bits(self.flip.astype(bool)), "uint32")}
        return Call("flip", ("x", "flip", "y", x.elements), "", constants)


@dataclass(frozen=True)
class Unpack:
    """Bits as int8, a byte each: for what has no kernel on bits."""

    kind: ClassVar[str] = "unpack"
    locality: ClassVar[Locality] = "channel"

    def output(self, x: TensorType) -> TensorType:
        require_dtype(x, "bit")
        return TensorType(x.shape, "int8", *BIT_LIMITS)

    def run(self, x: IntArray) -> IntArray:
        return x.astype(np.int8)

    def call(self, x: TensorType) -> Call:
        return Call("unpack", ("x", "y", x.shape[-1]))
