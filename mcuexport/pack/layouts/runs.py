"""Layouts of the Helium kernels: the inputs of an output fall into as many runs as a byte has codes, one code of each.

So the same bits of all bytes meet inputs that lie one behind the other.  Drawn in templates/kernels/helium:
mcx_halves.h, mcx_quarters.h.
"""

from dataclasses import dataclass

import numpy as np

from ..base import BitFields, Codes, WeightFormat, Words
from .base import require_count


@dataclass(frozen=True)
class Runs:
    """Outputs lie one behind the other, byte by byte; inputs that are left over, in their order, have a last byte."""

    name: str
    bits: int

    @property
    def _shifts(self) -> Codes:
        return np.arange(0, 8, self.bits, dtype=np.uint8)

    def _bytes(self, inputs: int) -> int:
        return -(-inputs * self.bits // 8)

    def pack(self, codes: Codes, fmt: WeightFormat) -> Words:
        outputs, inputs = codes.shape
        runs, count = self._shifts.size, self._bytes(inputs)
        whole = inputs // runs * runs
        rest = np.pad(codes[:, whole:], ((0, 0), (0, runs * count - inputs)))
        fields = np.concatenate([codes[:, :whole].reshape(outputs, runs, -1), rest.reshape(outputs, runs, -1)], axis=2)
        rows = np.bitwise_or.reduce(fields << self._shifts[:, None], axis=1).reshape(-1)
        return BitFields(8).join(np.pad(rows, (0, -rows.size % 4)).reshape(-1, 4)).reshape(-1)

    def unpack(self, words: Words, shape: tuple[int, int], fmt: WeightFormat) -> Codes:
        outputs, inputs = shape
        count = self._bytes(inputs)
        require_count(words, -(-outputs * count // 4), shape, fmt)
        rows = BitFields(8).split(words).reshape(-1)[: outputs * count].reshape(outputs, 1, count)
        fields: Codes = (rows >> self._shifts[:, None]) & np.uint8((1 << self.bits) - 1)
        whole = inputs // self._shifts.size
        parts = (fields[:, :, :whole], fields[:, :, whole:])
        return np.concatenate([part.reshape(outputs, -1) for part in parts], axis=1)[:, :inputs]


HALVES = Runs("halves", 4)
QUARTERS = Runs("quarters", 2)
