"""The largest value in each window of a map, channel by channel; of bits, their union."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from .base import INPUT_VARIANT, Call, IntArray, Locality, TensorType, require, require_dtype
from .window import Window


@dataclass(frozen=True)
class MaxPool:
    """``y[r, c, k] = max x`` over the window's positions inside the map; the padding is never the largest.

    Input int8, uint8 or bit (height, width, channels), the result likewise.  Raises GraphError if a window
    could lie in the padding altogether.
    """

    kind: ClassVar[str] = "max_pool"
    locality: ClassVar[Locality] = "rows"
    window: Window

    def __post_init__(self) -> None:
        rows, columns = self.window.kernel
        top, bottom, left, right = self.window.padding
        inside = max(top, bottom) < rows and max(left, right) < columns and self.window.dilation == (1, 1)
        require(inside, f"padding must be smaller than the window, without dilation: {self.window}")

    def output(self, x: TensorType) -> TensorType:
        require_dtype(x, "int8", "uint8", "bit")
        return TensorType((*self.window.output(x), x.shape[2]), x.dtype, x.lo, x.hi)

    def run(self, x: IntArray) -> IntArray:
        lowest = int(np.iinfo(x.dtype).min)
        return np.asarray(np.maximum.reduce(list(self.window.gather(x, lowest))))

    def call(self, x: TensorType) -> Call:
        """One pixel merged into the running maximum."""
        return Call("max", ("x", "y", x.stored_channels), INPUT_VARIANT[x.dtype])
