"""Layouts of the mul kernels: the codes of two outputs in the halves of a word, for one 32-bit multiplication.

Drawn in templates/kernels/mul: mcx_lanes.h, mcx_bits.h, mcx_bytes.h, mcx_codebook.h, mcx_sevens.h.
"""

from dataclasses import dataclass

import numpy as np

from ..base import BitFields, Codes, WeightFormat, Words, words_for
from .base import longest_period, require_count
from .rows import ROWS
from .tiles import Tile, Tiles

_HALF = 16


@dataclass(frozen=True)
class Lanes(Tiles):
    """Blocks of eight outputs, j and j + 4 in the halves; then pairs of outputs, all inputs of a group in a word."""

    bits: int

    @property
    def name(self) -> str:  # type: ignore[override]
        return f"lanes{self.bits}"

    def tiles(self, fmt: WeightFormat) -> tuple[Tile, ...]:
        inputs = _HALF // self.bits
        fields = [(k % 4 + 4 * half, k // 4, self.bits * k, half) for k in range(4 * inputs) for half in range(2)]
        words = tuple(
            tuple((o, i, shift % _HALF + _HALF * half) for o, i, shift, half in fields if shift // _HALF == k)
            for k in range(4)
        )
        pair = tuple((half, i, self.bits * i + _HALF * half) for i in range(inputs) for half in range(2))
        return (
            Tile(8, inputs, self.bits, words, (0,) * 8),
            Tile(2, inputs, self.bits, (pair,), (0, 0)),
        )


class Bytes(Tiles):
    """Four outputs to a word, the highest in two's complement; four inputs to a tile."""

    name = "bytes4"

    def tiles(self, fmt: WeightFormat) -> tuple[Tile, ...]:
        words = tuple(tuple((o, i, 8 * o) for o in range(4)) for i in range(4))
        return (Tile(4, 4, 8, words, (0, 0, 0, -128)),)


class Bits(Tiles):
    """Blocks of eight outputs, four inputs to a word; then pairs of outputs, sixteen inputs to a word."""

    name = "bits4"

    def tiles(self, fmt: WeightFormat) -> tuple[Tile, ...]:
        words = tuple(
            tuple(
                (o, 4 * k + i, o % 4 + 16 * (o // 4) + 4 * (i // 2) + 8 * (1 - i % 2))
                for i in range(4)
                for o in range(8)
            )
            for k in range(4)
        )
        pair = tuple((o, i, 16 * o + i // 2 + 8 * (1 - i % 2)) for i in range(16) for o in range(2))
        return (Tile(8, 16, 1, words, (0,) * 8), Tile(2, 16, 1, (pair,), (0, 0)))


class CodebookOutputs(Tiles):
    """The codes of two outputs for an input to a byte, then of the next two; four by four to a tile."""

    name = "codebook_outputs"

    def tiles(self, fmt: WeightFormat) -> tuple[Tile, ...]:
        words = tuple(tuple((o, 2 * k + i, 16 * i + 4 * o) for i in range(2) for o in range(4)) for k in range(2))
        return (Tile(4, 4, 4, words, (0,) * 4),)


@dataclass(frozen=True)
class Sevens:
    """[block of seven outputs][input], inputs in fours, a word each; then the outputs that are left over, as rows.

    For codes 0 .. 22.  Of the seven, each plus one, four stand in a byte each, beside a digit 0 .. 10; two digits
    are two more codes beside a digit 0 .. 4; and two of these are the last.
    A word stands before them: the periods after which sums in half words must be emptied.
    """

    name: str = "sevens"

    def pack(self, codes: Codes, fmt: WeightFormat) -> Words:
        blocks, inputs = len(codes) // 7, codes.shape[1]
        padded = np.zeros((7 * blocks, inputs + -inputs % 4), np.uint8)
        padded[:, :inputs] = codes[: 7 * blocks]
        plus = padded.reshape(blocks, 7, padded.shape[1]).swapaxes(1, 2) + np.uint8(1)
        fifths = np.stack(np.divmod(plus[..., 6], 5)[::-1], axis=-1)
        elevenths = np.divmod(23 * fifths + plus[..., 4:6], 11)[::-1]
        bytes_ = 23 * np.stack(elevenths, axis=-1).reshape(*plus.shape[:2], 4) + plus[..., [0, 2, 1, 3]]
        sevens = BitFields(8).join(bytes_).reshape(-1)
        periods = self._period(codes, 127, 32, fmt) | self._period(codes, 256, 15, fmt) << 16
        return np.concatenate([np.array([periods], np.uint32), sevens, ROWS.pack(codes[7 * blocks :], fmt)])

    def _period(self, codes: Codes, magnitude: int, most: int, fmt: WeightFormat) -> int:
        """The most groups that inputs up to `magnitude` cannot drive out of 16 signed bits, whichever are not zero."""
        outputs, inputs = codes.shape
        levels = np.zeros((outputs, inputs + -inputs % 4), np.int64)
        levels[:, :inputs] = fmt.decode(codes)
        one_sign = np.concatenate([levels.clip(min=0), -levels.clip(max=0)])
        sums = one_sign.reshape(len(one_sign), levels.shape[1] // 4, 4).sum(axis=2)
        return longest_period(sums, ((1 << _HALF - 1) - 1) // magnitude, most)

    def unpack(self, words: Words, shape: tuple[int, int], fmt: WeightFormat) -> Codes:
        outputs, inputs = shape
        blocks, columns = outputs // 7, inputs + -inputs % 4
        require_count(words, 1 + blocks * columns + outputs % 7 * words_for(inputs, fmt), shape, fmt)
        words = words[1:]
        bytes_ = BitFields(8).split(words[: blocks * columns].reshape(blocks, columns)) - np.uint8(1)
        elevenths, four = np.divmod(bytes_, 23)
        fifths, two = np.divmod(elevenths[..., ::2] + 11 * elevenths[..., 1::2] - np.uint8(1), 23)
        one = fifths[..., :1] + 5 * fifths[..., 1:] - np.uint8(1)
        plain = np.concatenate([four[..., [0, 2, 1, 3]], two, one], axis=-1)
        sevens = plain.swapaxes(1, 2).reshape(7 * blocks, columns)[:, :inputs]
        rows = ROWS.unpack(words[blocks * columns :], (outputs % 7, inputs), fmt)
        return np.concatenate([sevens, rows])


LANES4 = Lanes(4)
LANES2 = Lanes(2)
BYTES4 = Bytes()
CODEBOOK_OUTPUTS = CodebookOutputs()
BITS4 = Bits()
SEVENS = Sevens()
