"""Requantization with a learned slope below zero, one per channel."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from .base import (
    ACC_VARIANT,
    Array,
    Call,
    IntArray,
    Locality,
    TensorType,
    require,
    require_channels,
)
from .requantize import require_constants, require_int8_clamp, require_scaling, shift_half_up


@dataclass(frozen=True, eq=False)
class RequantizePRelu:
    """``v = x' * multiplier[0] + offset[0]``, or with index 1 if that is below zero; ``y = clamp(v / 2^shift)``.

    Rounded half up; ``x' = shift_half_up(x, pre_shift)``.  multiplier: (2, n) int16, offset: (2, n) int32: the
    second row is the first times the channel's slope.  Clamped to lo..hi; shifts, inputs and errors as in `Requantize`.
    """

    kind: ClassVar[str] = "requantize_prelu"
    locality: ClassVar[Locality] = "channel"
    multiplier: IntArray
    offset: IntArray
    shift: int
    lo: int
    hi: int
    pre_shift: int = 0

    def __post_init__(self) -> None:
        two_rows = self.multiplier.ndim == 2 and len(self.multiplier) == 2
        require(two_rows and self.multiplier.shape == self.offset.shape, "two rows of both constants are needed")
        require(1 <= self.shift <= 31, f"shift {self.shift} is not in 1..31")
        require_constants(self.multiplier, self.pre_shift)
        require_int8_clamp(self.lo, self.hi)

    def output(self, x: TensorType) -> TensorType:
        require_channels(x, self.multiplier.shape[1], "multipliers")
        require_scaling(x, self.pre_shift, self.multiplier, self.offset, self.shift)
        return TensorType(x.shape, "int8", self.lo, self.hi)

    def run(self, x: IntArray) -> IntArray:
        acc = shift_half_up(x.astype(np.int64), self.pre_shift)
        multiplier, offset = self.multiplier.astype(np.int64), self.offset.astype(np.int64)
        above, below = (acc * m + o for m, o in zip(multiplier, offset, strict=True))
        return np.clip(shift_half_up(np.where(above < 0, below, above), self.shift), self.lo, self.hi).astype(np.int8)

    def call(self, x: TensorType) -> Call:
        """Constants by channel, the two of a channel side by side."""
        constants = {"multiplier": Array(self.multiplier.T, "int16"), "offset": Array(self.offset.T, "int32")}
        args = ("x", "multiplier", "offset", self.pre_shift, self.shift, self.lo, self.hi, "y", x.size)
        return Call("requantize_prelu", args, ACC_VARIANT[x.dtype], constants)
