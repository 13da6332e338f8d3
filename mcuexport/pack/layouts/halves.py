"""halves: two inputs to a byte, half of an output's inputs apart, so that low nibbles meet one run of inputs.

Drawn in templates/kernels/helium/mcx_halves.h.
"""

from dataclasses import dataclass

import numpy as np

from ..base import BitFields, Codes, WeightFormat, Words
from .base import require_count


@dataclass(frozen=True)
class Halves:
    """Outputs lie one behind the other, byte by byte; of an odd number of inputs the last one has a byte of its own."""

    name: str = "halves"

    def pack(self, codes: Codes, fmt: WeightFormat) -> Words:
        outputs, inputs = codes.shape
        half = inputs // 2
        rows = np.zeros((outputs, inputs - half), np.uint8)
        rows[:, :half] = codes[:, :half] | codes[:, half : 2 * half] << 4
        rows[:, half:] = codes[:, 2 * half :]
        return BitFields(8).join(np.pad(rows.reshape(-1), (0, -rows.size % 4)).reshape(-1, 4)).reshape(-1)

    def unpack(self, words: Words, shape: tuple[int, int], fmt: WeightFormat) -> Codes:
        outputs, inputs = shape
        half = inputs // 2
        bytes_ = outputs * (inputs - half)
        require_count(words, -(-bytes_ // 4), shape, fmt)
        rows = BitFields(8).split(words).reshape(-1)[:bytes_].reshape(outputs, -1)
        return np.concatenate([rows[:, :half] & 15, rows[:, :half] >> 4, rows[:, half:]], axis=1).astype(np.uint8)


HALVES = Halves()
