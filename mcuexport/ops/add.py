"""Residual addition: two maps of different scale become one."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from .base import INPUT_VARIANT, Call, IntArray, Locality, TensorType, require, require_dtype, require_int32
from .requantize import require_int8_clamp, shift_half_up


@dataclass(frozen=True)
class Add:
    """``y = clamp(shift_half_up(a * multipliers[0] + b * multipliers[1] + offset, shift), lo, hi)``, elementwise.

    Both scales, a learned factor on either branch and zero points are folded into multipliers and
    offset; a ReLU is ``lo = 0``.  Inputs int8 or uint8 of one shape, result int8.  Raises GraphError if
    the shapes differ, OverflowRisk if a sum can leave int32.
    """

    kind: ClassVar[str] = "add"
    locality: ClassVar[Locality] = "element"
    multipliers: tuple[int, int]
    offset: int
    shift: int
    lo: int = -128
    hi: int = 127

    def __post_init__(self) -> None:
        require(1 <= self.shift <= 31, f"shift {self.shift} is not in 1..31")
        require_int8_clamp(self.lo, self.hi)

    @property
    def _rounding(self) -> int:
        return 1 << (self.shift - 1)

    def output(self, a: TensorType, b: TensorType) -> TensorType:
        require_dtype(a, "int8", "uint8")
        require_dtype(b, "int8", "uint8")
        require(a.shape == b.shape, f"adds maps of one shape, got {a.shape} and {b.shape}")
        products = sum(abs(m) * x.magnitude for m, x in zip(self.multipliers, (a, b), strict=True))
        require_int32(products + abs(self.offset) + self._rounding, "sum of both branches")
        return TensorType(a.shape, "int8", self.lo, self.hi)

    def run(self, a: IntArray, b: IntArray) -> IntArray:
        total = a.astype(np.int64) * self.multipliers[0] + b.astype(np.int64) * self.multipliers[1] + self.offset
        return np.clip(shift_half_up(total, self.shift), self.lo, self.hi).astype(np.int8)

    def call(self, a: TensorType, b: TensorType) -> Call:
        """The rounding is part of the offset."""
        scaling = (*self.multipliers, self.offset + self._rounding, self.shift, self.lo, self.hi)
        variant = f"{INPUT_VARIANT[a.dtype]}_{INPUT_VARIANT[b.dtype]}"
        return Call("add", ("x", "x1", *scaling, "y", a.size), variant)
