"""Layouts made of tiles: a few outputs times a few inputs, in a few words, repeated over the weights.

The kernels that read them work tile by tile.  What is left over at the edges is filled with code 0: a kernel
feeds zeros for inputs that are not there, and drops outputs that are not.
"""

from abc import ABC, abstractmethod
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..base import Codes, WeightFormat, Words
from .base import require_count

Field = tuple[int, int, int]
Indices = NDArray[np.int64]


@dataclass(frozen=True)
class Tile:
    """words[k] lists the fields (output, input, shift) of word k; a field is `bits` wide, wherever `shift` puts it.

    add: by output, what is added to a code before it is stored, modulo 2^bits: it turns an offset code into
    two's complement where a kernel wants that.
    """

    outputs: int
    inputs: int
    bits: int
    words: tuple[tuple[Field, ...], ...]
    add: tuple[int, ...]

    def _field(self, which: int) -> Indices:
        return np.array([[field[which] for field in word] for word in self.words])

    def pack(self, tiles: Codes) -> Words:
        """Codes (..., outputs, inputs) to words (..., len(words))."""
        moved = (tiles + np.array(self.add)[:, None]) & ((1 << self.bits) - 1)
        fields = moved[..., self._field(0), self._field(1)].astype(np.uint32)
        words: Words = np.bitwise_or.reduce(fields << self._field(2).astype(np.uint32), axis=-1, dtype=np.uint32)
        return words

    def unpack(self, words: Words) -> Codes:
        """The inverse of `pack`."""
        mask = (1 << self.bits) - 1
        fields = (words[..., None] >> self._field(2).astype(np.uint32)) & np.uint32(mask)
        tiles = np.empty((*words.shape[:-1], self.outputs, self.inputs), np.int64)
        tiles[..., self._field(0), self._field(1)] = fields
        codes: Codes = ((tiles - np.array(self.add)[:, None]) & mask).astype(np.uint8)
        return codes


class Tiles(ABC):
    """All of a row of tiles, then the next: [block of outputs][group of inputs][word].

    `tiles(fmt)` are the kinds, widest first: as many blocks of each as fit, and of the last one as are needed.
    inputs_first: [group of inputs][block of outputs][word] instead, for kernels that build tables from inputs.
    """

    name: str
    inputs_first: bool = False

    @abstractmethod
    def tiles(self, fmt: WeightFormat) -> tuple[Tile, ...]:
        """The kinds of tiles for a format."""

    def pack(self, codes: Codes, fmt: WeightFormat) -> Words:
        parts = [np.zeros(0, np.uint32)]
        for tile, first, blocks, groups in self._regions(codes.shape, fmt):
            padded = np.zeros((blocks * tile.outputs, groups * tile.inputs), np.uint8)
            part = codes[first : first + len(padded)]
            padded[: len(part), : part.shape[1]] = part
            grid = padded.reshape(blocks, tile.outputs, groups, tile.inputs).swapaxes(1, 2)
            words = tile.pack(grid)
            parts.append((words.swapaxes(0, 1) if self.inputs_first else words).reshape(-1))
        return np.concatenate(parts)

    def unpack(self, words: Words, shape: tuple[int, int], fmt: WeightFormat) -> Codes:
        regions = list(self._regions(shape, fmt))
        require_count(words, sum(b * g * len(t.words) for t, _, b, g in regions), shape, fmt)
        codes, start = np.zeros(shape, np.uint8), 0
        for tile, first, blocks, groups in regions:
            count = blocks * groups * len(tile.words)
            part = words[start : start + count]
            order = (groups, blocks) if self.inputs_first else (blocks, groups)
            grid = part.reshape(*order, len(tile.words))
            tiles = tile.unpack(grid.swapaxes(0, 1) if self.inputs_first else grid)
            rows = tiles.swapaxes(1, 2).reshape(blocks * tile.outputs, groups * tile.inputs)
            target = codes[first : first + len(rows)]
            target[:] = rows[: len(target), : shape[1]]
            start += count
        return codes

    def _regions(self, shape: tuple[int, ...], fmt: WeightFormat) -> Iterator[tuple[Tile, int, int, int]]:
        """(tile, first output, blocks, groups) of each kind that occurs."""
        outputs, inputs = shape
        kinds, first = self.tiles(fmt), 0
        for tile in kinds:
            left = outputs - first
            blocks = -(-left // tile.outputs) if tile is kinds[-1] else left // tile.outputs
            if blocks:
                yield tile, first, blocks, -(-inputs // tile.inputs)
            first += blocks * tile.outputs
