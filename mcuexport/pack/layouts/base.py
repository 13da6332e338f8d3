"""A layout says where each weight of a layer lies in the words that a kernel reads.

A kernel's header names its layout and draws it; the packer writes it, and `unpack` is its exact inverse.
"""

from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from ...errors import FormatError
from ..base import Codes, WeightFormat, Words


class Layout(Protocol):
    """The order of codes in a kernel's words, of `bytes` in its int8; `unpack` is the exact inverse of `pack`."""

    @property
    def name(self) -> str: ...

    def pack(self, codes: Codes, fmt: WeightFormat) -> Words:
        """Codes (outputs, inputs) to words (count,)."""

    def unpack(self, words: Words, shape: tuple[int, int], fmt: WeightFormat) -> Codes:
        """Words (count,) to codes of `shape` (outputs, inputs); raises FormatError if the count is wrong."""


def require_count(words: Words, expected: int, shape: tuple[int, int], fmt: WeightFormat) -> None:
    """Raises FormatError unless there are `expected` words."""
    if words.size != expected:
        outputs, inputs = shape
        raise FormatError(f"{fmt.name} weights {outputs}x{inputs} take {expected} words, got {words.size}")


def longest_period(sums: NDArray[np.int64], limit: int, most: int) -> int:
    """The most neighbours in a row of (rows, count) `sums`, at most `most`, that never make more than `limit`.

    They are counted from the row's start, period by period; 1 if no number will do.
    """

    def largest(period: int) -> int:
        padded = np.pad(sums, ((0, 0), (0, -sums.shape[1] % period)))
        return int(padded.reshape(len(sums), -1, period).sum(axis=2).max(initial=0))

    return next((period for period in range(most, 1, -1) if largest(period) <= limit), 1)
