"""Where a convolution or a pool looks: the size, step, border and spread of its window.

A map is (height, width, channels).  A signal in time is a map of height 1: (1, length, channels), its
windows 1 high.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product

import numpy as np

from .base import IntArray, TensorType, require


@dataclass(frozen=True)
class Window:
    """Output (r, c) reads rows ``r * stride - top + k * dilation``, k < kernel; columns likewise.

    kernel, stride, dilation: (rows, columns).  padding: (top, bottom, left, right), positions outside the map.
    """

    kernel: tuple[int, int]
    stride: tuple[int, int] = (1, 1)
    padding: tuple[int, int, int, int] = (0, 0, 0, 0)
    dilation: tuple[int, int] = (1, 1)

    def __post_init__(self) -> None:
        require(min(*self.kernel, *self.stride, *self.dilation) >= 1, f"kernel, stride and dilation start at 1: {self}")
        require(min(self.padding) >= 0, f"padding must not be negative, got {self.padding}")

    @property
    def taps(self) -> int:
        """Positions that one output reads."""
        return self.kernel[0] * self.kernel[1]

    @property
    def extent(self) -> tuple[int, int]:
        """Rows and columns from the first to the last position, dilation included."""
        rows, columns = ((k - 1) * d + 1 for k, d in zip(self.kernel, self.dilation, strict=True))
        return rows, columns

    @property
    def is_padded(self) -> bool:
        return any(self.padding)

    def output(self, x: TensorType) -> tuple[int, int]:
        """(rows, columns) of the result.  Raises GraphError if the window is larger than the padded map."""
        require(len(x.shape) == 3, f"takes a map (height, width, channels), got shape {x.shape}")
        height, width, _ = x.shape
        top, bottom, left, right = self.padding
        padded = height + top + bottom, width + left + right
        fits = padded[0] >= self.extent[0] and padded[1] >= self.extent[1]
        require(fits, f"window {_size(self.extent)} is larger than the padded map {_size(padded)}")
        rows, columns = ((p - e) // s + 1 for p, e, s in zip(padded, self.extent, self.stride, strict=True))
        return rows, columns

    def gather(self, x: IntArray, fill: int) -> Iterator[IntArray]:
        """By position of the window, row by row, what all outputs read there: (samples, rows, columns, channels).

        fill: the value outside the map.
        """
        samples, height, width, channels = x.shape
        top, bottom, left, right = self.padding
        padded = np.full((samples, height + top + bottom, width + left + right, channels), fill, x.dtype)
        padded[:, top : top + height, left : left + width] = x
        rows, columns = self.output(TensorType(x.shape[1:], "int8", 0, 0))
        for r, c in product(range(self.kernel[0]), range(self.kernel[1])):
            row, column = r * self.dilation[0], c * self.dilation[1]
            yield padded[
                :,
                row : row + (rows - 1) * self.stride[0] + 1 : self.stride[0],
                column : column + (columns - 1) * self.stride[1] + 1 : self.stride[1],
            ]


def _size(size: tuple[int, int]) -> str:
    return f"{size[0]}x{size[1]}"
