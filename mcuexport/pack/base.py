"""A weight format is a table: integer levels, one per code, and the way codes fill a 32-bit word.

Everything else (quantize, pack, unpack, fake-quantize in training, the tests) is written once over
the table; no other module knows a format by name.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import Protocol

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..errors import FormatError

Codes = NDArray[np.uint8]
Words = NDArray[np.uint32]
WORD_BITS = 32


class Coding(Protocol):
    """How `per_word` codes become one 32-bit word and back."""

    @property
    def per_word(self) -> int: ...

    def join(self, codes: Codes) -> Words:
        """Codes (..., per_word) to words (...,)."""

    def split(self, words: Words) -> Codes:
        """Words (...,) to codes (..., per_word)."""


@dataclass(frozen=True)
class BitFields:
    """Code i in bits `bits*i + bits - 1 .. bits*i`: the first code lowest."""

    bits: int

    @property
    def per_word(self) -> int:
        return WORD_BITS // self.bits

    @property
    def _shifts(self) -> Words:
        return np.arange(self.per_word, dtype=np.uint32) * np.uint32(self.bits)

    def join(self, codes: Codes) -> Words:
        fields = codes.astype(np.uint32) << self._shifts
        words: Words = np.bitwise_or.reduce(fields, axis=-1, dtype=np.uint32)
        return words

    def split(self, words: Words) -> Codes:
        mask = np.uint32((1 << self.bits) - 1)
        return ((words[..., None] >> self._shifts) & mask).astype(np.uint8)


@dataclass(frozen=True)
class Radix:
    """`digits` codes to a part of `bits` bits, as a fixed-point fraction; the parts of a word, the first lowest.

    The codes, first one most significant, are the number v in base `radix`; the part is
    ceil(2^bits v / radix^digits).  A decoder then needs no division: multiply by `radix`, and the next code is what
    is carried out of the part.  Rounding up adds less than 2^-bits to the fraction v / radix^digits, so no digit
    changes if that is at most the last digit's worth: radix^digits <= 2^bits.
    """

    radix: int
    digits: int
    bits: int

    @property
    def _parts(self) -> int:
        return WORD_BITS // self.bits

    @property
    def per_word(self) -> int:
        return self._parts * self.digits

    def join(self, codes: Codes) -> Words:
        groups = codes.reshape(*codes.shape[:-1], self._parts, self.digits).astype(np.uint64)
        values = groups @ (self.radix ** np.arange(self.digits - 1, -1, -1, dtype=np.uint64))
        most = np.uint64(self.radix**self.digits)
        fractions = ((values << np.uint64(self.bits)) + most - np.uint64(1)) // most
        words: Words = (fractions << self._shifts).sum(axis=-1).astype(np.uint32)
        return words

    def split(self, words: Words) -> Codes:
        ones = np.uint64((1 << self.bits) - 1)
        rest = (words[..., None] >> self._shifts) & ones
        codes = np.empty((*rest.shape, self.digits), np.uint8)
        for digit in range(self.digits):
            rest *= np.uint64(self.radix)
            codes[..., digit] = rest >> np.uint64(self.bits)
            rest &= ones
        return codes.reshape(*words.shape, self.per_word)

    @property
    def _shifts(self) -> NDArray[np.uint64]:
        """Where each part begins."""
        return np.arange(self._parts, dtype=np.uint64) * np.uint64(self.bits)


@dataclass(frozen=True)
class WeightFormat:
    """One weight format: `levels[code]` is the integer a code stands for.

    name: as it appears in recipes, reports and C symbols.  aliases: names other tools use for it.
    coding: how codes fill words.  summary: one line for `mcuexport formats`.
    """

    name: str
    levels: tuple[int, ...]
    coding: Coding
    summary: str
    aliases: tuple[str, ...] = ()

    @property
    def stored_bits(self) -> float:
        """Bits of flash per weight, padding not counted."""
        return WORD_BITS / self.coding.per_word

    @property
    def capacity_bits(self) -> float:
        """The most information a weight can carry: log2 of the number of levels."""
        return float(np.log2(len(self.levels)))

    @property
    def max_level(self) -> int:
        """The largest magnitude among the levels."""
        return max(abs(level) for level in self.levels)

    @cached_property
    def _codes_by_level(self) -> Codes:
        return np.argsort(np.array(self.levels)).astype(np.uint8)

    @cached_property
    def sorted_levels(self) -> NDArray[np.int32]:
        """The levels in ascending order."""
        return np.sort(np.array(self.levels, dtype=np.int32))

    @cached_property
    def thresholds(self) -> NDArray[np.float64]:
        """Midpoints between neighbouring levels: a value at or above the i-th takes level i + 1."""
        return (self.sorted_levels[:-1] + self.sorted_levels[1:]) / 2.0

    def quantize(self, values: ArrayLike) -> Codes:
        """Codes of the levels nearest to `values` (in units of a level); a tie takes the larger level.

        Raises FormatError if a value is NaN or infinite.
        """
        values = np.asarray(values, dtype=np.float64)
        if not np.isfinite(values).all():
            bad = int((~np.isfinite(values)).sum())
            raise FormatError(f"{bad} of {values.size} weights are NaN or infinite")
        return self._codes_by_level[np.searchsorted(self.thresholds, values, side="right")]

    def encode(self, levels: ArrayLike) -> Codes:
        """The exact inverse of `decode`.  Raises FormatError for an integer that is no level."""
        levels = np.asarray(levels)
        codes = self.quantize(levels)
        wrong = self.decode(codes) != levels
        if wrong.any():
            raise FormatError(f"{levels[wrong][0]} is no level of {self.name} {self.sorted_levels.tolist()}")
        return codes

    def decode(self, codes: Codes) -> NDArray[np.int32]:
        """The level of each code."""
        return np.array(self.levels, dtype=np.int32)[codes]

    def entropy(self, levels: NDArray[np.int32]) -> float:
        """Shannon entropy of the levels in use, in bits per weight; at most `capacity_bits`."""
        _, counts = np.unique(levels, return_counts=True)
        share = counts / levels.size
        return float(-(share * np.log2(share)).sum()) + 0.0  # no negative zero


def offset_codes(count: int, step: int, offset: int) -> tuple[int, ...]:
    """Levels `step * code + offset`: decoding is arithmetic, and the offset can leave a sum as `offset * sum(x)`."""
    return tuple(step * code + offset for code in range(count))


def words_for(inputs: int, fmt: WeightFormat) -> int:
    """Words that one output's `inputs` weights take."""
    return -(-inputs // fmt.coding.per_word)


def by_name(formats: Iterable[WeightFormat]) -> dict[str, WeightFormat]:
    """Every name and alias, in lower case, to its format."""
    return {name.lower(): fmt for fmt in formats for name in (fmt.name, *fmt.aliases)}
