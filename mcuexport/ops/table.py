"""Any activation function, exactly: a table of its 256 values."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from .base import Array, Call, IntArray, Locality, TensorType, require, require_dtype


@dataclass(frozen=True, eq=False)
class Table:
    """``y = values[x as a byte]``, so that -1 finds `values[255]`; int8 to int8, elementwise.

    values: (256,) int8.
    """

    kind: ClassVar[str] = "table"
    locality: ClassVar[Locality] = "element"
    values: IntArray

    def __post_init__(self) -> None:
        require(self.values.shape == (256,), f"a table has 256 entries, got {self.values.size}")
        require(self.values.min() >= -128 and self.values.max() <= 127, "table entries must fit int8")

    def output(self, x: TensorType) -> TensorType:
        require_dtype(x, "int8")
        reachable = self.values[np.arange(x.lo, x.hi + 1) & 0xFF]
        return TensorType(x.shape, "int8", int(reachable.min()), int(reachable.max()))

    def run(self, x: IntArray) -> IntArray:
        return self.values.astype(np.int8)[x.astype(np.int8).view(np.uint8)]

    def call(self, x: TensorType) -> Call:
        return Call("table", ("x", "table", "y", x.size), constants={"table": Array(self.values, "int8")})
