"""The sum of each window of a map.  With the requantization behind it, it is an average with one rounding."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from .base import INPUT_VARIANT, Call, IntArray, Locality, TensorType, require_dtype, require_int32
from .window import Window


@dataclass(frozen=True)
class SumPool:
    """``acc[r, c, k] = sum x`` over the window, in int32; `pad_value` stands outside the map.

    The mean is `Requantize` with multipliers 2^shift / taps * (scale ratio): the division, the change of
    scale and an activation round once, half up.  A window of the map's size makes it global.
    Input int8 or uint8 (height, width, channels).
    """

    kind: ClassVar[str] = "sum_pool"
    locality: ClassVar[Locality] = "rows"
    window: Window
    pad_value: int = 0

    def output(self, x: TensorType) -> TensorType:
        require_dtype(x, "int8", "uint8")
        rows, columns = self.window.output(x)
        padded = (self.pad_value,) if self.window.is_padded else ()
        lo, hi = self.window.taps * min((x.lo, *padded)), self.window.taps * max((x.hi, *padded))
        require_int32(max(abs(lo), abs(hi)), "sum of a window")
        return TensorType((rows, columns, x.shape[2]), "int32", lo, hi)

    def run(self, x: IntArray) -> IntArray:
        wide = x.astype(np.int32)
        return np.asarray(sum(self.window.gather(wide, self.pad_value), start=np.int32(0)))

    def call(self, x: TensorType) -> Call:
        """One window."""
        return Call("sum_pool", ("x", "y", x.shape[-1]), INPUT_VARIANT[x.dtype])
