"""rows: output by output, each starting a word; the layout of the generic kernels.

An output's codes stand in input order, its last word filled up with code 0 (a kernel stops before them).
"""

from dataclasses import dataclass

import numpy as np

from ..base import Codes, WeightFormat, Words, words_for
from .base import require_count


@dataclass(frozen=True)
class Rows:
    """Row-major, every output starting a word."""

    name: str = "rows"

    def pack(self, codes: Codes, fmt: WeightFormat) -> Words:
        outputs, inputs = codes.shape
        per_word = fmt.coding.per_word
        padded = np.zeros((outputs, words_for(inputs, fmt) * per_word), np.uint8)
        padded[:, :inputs] = codes
        return fmt.coding.join(padded.reshape(-1, per_word))

    def unpack(self, words: Words, shape: tuple[int, int], fmt: WeightFormat) -> Codes:
        outputs, inputs = shape
        require_count(words, outputs * words_for(inputs, fmt), shape, fmt)
        return fmt.coding.split(words).reshape(outputs, words_for(inputs, fmt) * fmt.coding.per_word)[:, :inputs]


ROWS = Rows()
