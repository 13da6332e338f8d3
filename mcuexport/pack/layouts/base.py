"""A layout says where each weight of a layer lies in the words that a kernel reads.

    rows    output by output: the words of output 0, then of output 1 ..; each output's codes in
            input order, the last word filled up with code 0 (a kernel stops before them)
"""

from dataclasses import dataclass
from typing import Protocol

import numpy as np

from ..errors import FormatError
from .base import Codes, WeightFormat, Words, words_for


class Layout(Protocol):
    """The order of codes in a kernel's words; `unpack` is the exact inverse of `pack`."""

    @property
    def name(self) -> str: ...

    def pack(self, codes: Codes, fmt: WeightFormat) -> Words:
        """Codes (outputs, inputs) to words (count,)."""

    def unpack(self, words: Words, shape: tuple[int, int], fmt: WeightFormat) -> Codes:
        """Words (count,) to codes of `shape` (outputs, inputs); raises FormatError if the count is wrong."""


@dataclass(frozen=True)
class Rows:
    """Row-major, every output starting a word: the layout of the generic kernels."""

    name: str = "rows"

    def pack(self, codes: Codes, fmt: WeightFormat) -> Words:
        outputs, inputs = codes.shape
        per_word = fmt.coding.per_word
        padded = np.zeros((outputs, words_for(inputs, fmt) * per_word), np.uint8)
        padded[:, :inputs] = codes
        return fmt.coding.join(padded.reshape(-1, per_word))

    def unpack(self, words: Words, shape: tuple[int, int], fmt: WeightFormat) -> Codes:
        outputs, inputs = shape
        expected = outputs * words_for(inputs, fmt)
        if words.size != expected:
            raise FormatError(f"{fmt.name} weights {outputs}x{inputs} take {expected} words, got {words.size}")
        return fmt.coding.split(words).reshape(outputs, -1)[:, :inputs]


ROWS = Rows()
LAYOUTS: dict[str, Layout] = {layout.name: layout for layout in (ROWS,)}
