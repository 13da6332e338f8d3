"""Layouts of the dsp kernels: two inputs side by side in the 16-bit lanes of a word, for SMLAD.

A pair's inputs are two apart, (0, 2), (1, 3), (4, 6) .., as UXTB16 takes them out of a word of four bytes.
The layouts of columns, for the kernels that pass over zeros, leave it to the kernel to put inputs side by side.
Drawn in templates/kernels/dsp: mcx_nibble_pairs.h, mcx_digits.h, mcx_byte_pairs.h, mcx_nibble_columns.h,
mcx_byte_columns.h, mcx_codebook.h.
"""

from dataclasses import dataclass

import numpy as np

from ..base import Codes, WeightFormat, Words, words_for
from .base import longest_period, require_count
from .rows import ROWS
from .tiles import Field, Tile, Tiles

_LANE = 16
# As many cannot drive a sum out of the high end either: 2 * 255 * 256 < 2^17.
_MOST_INPUTS = 256


def _pairs(inputs: int) -> list[tuple[int, int]]:
    """The inputs of pair 0, 1, .."""
    return [(i, i + 2) for i in range(inputs) if i % 4 < 2]


class NibblePairs(Tiles):
    """Four outputs to a lane, nibble by nibble; the highest in two's complement.  Eight inputs to a tile."""

    name = "nibble_pairs"

    def tiles(self, fmt: WeightFormat) -> tuple[Tile, ...]:
        words = tuple(
            tuple((o, pair[lane], _LANE * lane + 4 * o) for lane in range(2) for o in range(4)) for pair in _pairs(8)
        )
        return (Tile(4, 8, 4, words, (0, 0, 0, -8)),)


class BytePairs(Tiles):
    """Two outputs to a lane, the upper in two's complement; two words for four outputs.  Eight inputs to a tile."""

    name = "byte_pairs"

    def tiles(self, fmt: WeightFormat) -> tuple[Tile, ...]:
        words = tuple(
            tuple((o, pair[lane], _LANE * lane + 8 * (o % 2)) for lane in range(2) for o in (even, even + 1))
            for pair in _pairs(8)
            for even in (0, 2)
        )
        return (Tile(4, 8, 8, words, (0, -128) * 2),)


class NibbleColumns(Tiles):
    """An input of eight outputs to a word, outputs 3 and 7 in two's complement; then two inputs of four outputs."""

    name = "nibble_columns"

    def tiles(self, fmt: WeightFormat) -> tuple[Tile, ...]:
        column = tuple((o, 0, 4 * o) for o in range(8))
        two = tuple((o, i, _LANE * i + 4 * o) for i in range(2) for o in range(4))
        return (Tile(8, 1, 4, (column,), (0, 0, 0, -8) * 2), Tile(4, 2, 4, (two,), (0, 0, 0, -8)))


class ByteColumns(Tiles):
    """An input of four outputs to a word, the odd ones in two's complement."""

    name = "byte_columns"

    def tiles(self, fmt: WeightFormat) -> tuple[Tile, ...]:
        return (Tile(4, 1, 8, (tuple((o, 0, 8 * o) for o in range(4)),), (0, -128) * 2),)


class CodebookPairs(Tiles):
    """A pair's two codes to a byte, two pairs of an output and then the next output; four by eight to a tile."""

    name = "codebook_pairs"

    def tiles(self, fmt: WeightFormat) -> tuple[Tile, ...]:
        pairs = _pairs(8)
        order = [(o, pairs[2 * half + p]) for half in range(2) for o in range(4) for p in range(2)]
        words = tuple(
            tuple((o, pair[n], 8 * i + 4 * n) for i, (o, pair) in enumerate(order[4 * k : 4 * k + 4]) for n in range(2))
            for k in range(4)
        )
        return (Tile(4, 8, 4, words, (0,) * 4),)


@dataclass(frozen=True)
class Digits(Tiles):
    """Two outputs to a word, one at the low end of each lane and one at its high end; then single such words.

    A word stands before them: the periods after which the sums of the low ends must be emptied.
    """

    bits: int

    def pack(self, codes: Codes, fmt: WeightFormat) -> Words:
        periods = self._period(codes, 127) | self._period(codes, 256) << 16
        return np.concatenate([np.array([periods], np.uint32), super().pack(codes, fmt)])

    def unpack(self, words: Words, shape: tuple[int, int], fmt: WeightFormat) -> Codes:
        return super().unpack(words[1:], shape, fmt)

    def _period(self, codes: Codes, magnitude: int) -> int:
        """The most groups that inputs up to `magnitude` cannot drive out of a low end."""
        inputs = _LANE // self.bits
        outputs, count = codes.shape
        groups = -(-count // inputs)
        padded = np.zeros((outputs // 2 + outputs % 2, groups * inputs), np.int64)
        padded[:, :count] = codes[::2]
        sums = padded.reshape(len(padded), groups, inputs).sum(axis=2)
        limit = ((1 << (_LANE - self.bits)) - 1) // magnitude
        return longest_period(sums, limit, _MOST_INPUTS // inputs)

    @property
    def name(self) -> str:  # type: ignore[override]
        return f"digits{self.bits}"

    def tiles(self, fmt: WeightFormat) -> tuple[Tile, ...]:
        inputs = _LANE // self.bits

        def word(even: int) -> tuple[Field, ...]:
            fields = []
            for i, pair in enumerate(_pairs(inputs)):
                for lane in range(2):
                    low = 2 * self.bits * i + _LANE * lane
                    fields.append((even, pair[lane], low))
                    fields.append((even + 1, pair[lane], (low + _LANE - self.bits) % 32))
            return tuple(fields)

        high = len(fmt.levels) // 2
        return (
            Tile(8, inputs, self.bits, tuple(word(even) for even in (0, 2, 4, 6)), (0, -high) * 4),
            Tile(2, inputs, self.bits, (word(0),), (0, -high)),
        )


@dataclass(frozen=True)
class Interleaved:
    """[block of outputs][group of inputs][output], one word each, as the format's coding has it."""

    outputs: int

    @property
    def name(self) -> str:
        return f"interleaved{self.outputs}"

    def pack(self, codes: Codes, fmt: WeightFormat) -> Words:
        padded = np.pad(codes, ((0, -len(codes) % self.outputs), (0, 0)))
        words = ROWS.pack(padded, fmt).reshape(-1, self.outputs, words_for(codes.shape[1], fmt))
        return words.swapaxes(1, 2).reshape(-1)

    def unpack(self, words: Words, shape: tuple[int, int], fmt: WeightFormat) -> Codes:
        outputs, inputs = shape
        blocks, groups = -(-outputs // self.outputs), words_for(inputs, fmt)
        require_count(words, self.outputs * blocks * groups, shape, fmt)
        rows = words.reshape(blocks, groups, self.outputs).swapaxes(1, 2).reshape(-1)
        return ROWS.unpack(rows, (self.outputs * blocks, inputs), fmt)[:outputs]


NIBBLE_PAIRS = NibblePairs()
BYTE_PAIRS = BytePairs()
NIBBLE_COLUMNS = NibbleColumns()
BYTE_COLUMNS = ByteColumns()
CODEBOOK_PAIRS = CodebookPairs()
INTERLEAVED3 = Interleaved(3)
INTERLEAVED4 = Interleaved(4)
DIGITS2 = Digits(2)
DIGITS1 = Digits(1)
