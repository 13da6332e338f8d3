"""slices: binary weights input by input, 32 outputs in a word; for the kernel that counts in bit slices.

    block of 32 outputs: a word of 0, then a word for each input; bit j is the code of the block's output j

Beside outputs that are not there stands code 0.  The word of 0 stands for no input.
"""

from dataclasses import dataclass

import numpy as np

from ..base import WORD_BITS, BitFields, Codes, WeightFormat, Words
from .base import require_count


@dataclass(frozen=True)
class Slices:
    """[block of 32 outputs][input], each block led by a word of 0.  For formats of two codes."""

    name: str = "slices"

    def pack(self, codes: Codes, fmt: WeightFormat) -> Words:
        outputs, inputs = codes.shape
        blocks = -(-outputs // WORD_BITS)
        padded = np.zeros((blocks * WORD_BITS, 1 + inputs), np.uint8)
        padded[:outputs, 1:] = codes
        return BitFields(1).join(padded.reshape(blocks, WORD_BITS, 1 + inputs).swapaxes(1, 2)).reshape(-1)

    def unpack(self, words: Words, shape: tuple[int, int], fmt: WeightFormat) -> Codes:
        outputs, inputs = shape
        blocks = -(-outputs // WORD_BITS)
        require_count(words, blocks * (1 + inputs), shape, fmt)
        codes = BitFields(1).split(words.reshape(blocks, 1 + inputs)).swapaxes(1, 2)
        return codes.reshape(blocks * WORD_BITS, 1 + inputs)[:outputs, 1:]


SLICES = Slices()
