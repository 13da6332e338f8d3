"""Layouts of the lut kernels, which look sums of inputs up in tables: no multiplication.

Drawn in templates/kernels/lut: mcx_planes.h, mcx_products.h, mcx_products_nonzero.h,
mcx_dense_ternary.h.
"""

from dataclasses import dataclass

import numpy as np

from ..base import BitFields, Codes, WeightFormat, Words
from .base import require_count
from .tiles import Tile, Tiles

_TILE = 32


@dataclass(frozen=True)
class Planes:
    """[tile of 32 inputs][output][bit plane, highest first]; bit i of a word belongs to input i of the tile."""

    name: str = "planes"

    def pack(self, codes: Codes, fmt: WeightFormat) -> Words:
        outputs, inputs = codes.shape
        tiles = -(-inputs // _TILE)
        padded = np.zeros((outputs, tiles * _TILE), np.uint8)
        padded[:, :inputs] = codes
        grid: Codes = (padded.reshape(outputs, tiles, 1, _TILE) >> self._shifts(fmt)[:, None] & 1).astype(np.uint8)
        return BitFields(1).join(grid.swapaxes(0, 1)).reshape(-1)

    def unpack(self, words: Words, shape: tuple[int, int], fmt: WeightFormat) -> Codes:
        outputs, inputs = shape
        shifts = self._shifts(fmt)
        tiles = -(-inputs // _TILE)
        require_count(words, tiles * outputs * len(shifts), shape, fmt)
        bits = BitFields(1).split(words.reshape(tiles, outputs, len(shifts)))
        codes: Codes = (bits << shifts[:, None]).sum(axis=2).astype(np.uint8)
        return codes.swapaxes(0, 1).reshape(outputs, -1)[:, :inputs]

    def _shifts(self, fmt: WeightFormat) -> Codes:
        """The bit of a code that each plane holds."""
        return np.arange((len(fmt.levels) - 1).bit_length() - 1, -1, -1, dtype=np.uint8)


class Products(Tiles):
    """[tile of 16 inputs][output], two words of eight codes."""

    name = "products"
    inputs_first = True

    def tiles(self, fmt: WeightFormat) -> tuple[Tile, ...]:
        words = tuple(tuple((0, 8 * k + i, 4 * i) for i in range(8)) for k in range(2))
        return (Tile(1, 16, 4, words, (0,)),)


class ProductColumns(Tiles):
    """An input of eight outputs to a word; then two inputs of four outputs."""

    name = "product_columns"

    def tiles(self, fmt: WeightFormat) -> tuple[Tile, ...]:
        column = tuple((o, 0, 4 * o) for o in range(8))
        two = tuple((o, i, 16 * i + 4 * o) for i in range(2) for o in range(4))
        return (Tile(8, 1, 4, (column,), (0,) * 8), Tile(4, 2, 4, (two,), (0,) * 4))


@dataclass(frozen=True)
class Trits:
    """[tile of 16 inputs][output]; byte k of a word is twice c0 + 3 c1 + 10 (c2 + 3 c3) of the k-th four codes."""

    name: str = "trits4"

    def pack(self, codes: Codes, fmt: WeightFormat) -> Words:
        outputs, inputs = codes.shape
        tiles = -(-inputs // 16)
        padded = np.zeros((outputs, tiles * 16), np.uint8)
        padded[:, :inputs] = codes
        bytes_ = padded.reshape(outputs, tiles, 4, 4) @ np.array([2, 6, 20, 60], np.uint8)
        return BitFields(8).join(bytes_.swapaxes(0, 1)).reshape(-1)

    def unpack(self, words: Words, shape: tuple[int, int], fmt: WeightFormat) -> Codes:
        outputs, inputs = shape
        tiles = -(-inputs // 16)
        require_count(words, tiles * outputs, shape, fmt)
        rows, columns = np.divmod(BitFields(8).split(words.reshape(tiles, outputs)) // 2, 10)
        codes = np.stack([columns % 3, columns // 3, rows % 3, rows // 3], axis=-1)
        return codes.swapaxes(0, 1).reshape(outputs, -1)[:, :inputs].astype(np.uint8)


@dataclass(frozen=True)
class Trits5:
    """[tile of 10 inputs][two outputs]; a byte is c0 + 3 c1 + 9 c2 + 28 (c3 + 3 c4) of five codes, two to an output."""

    name: str = "trits5"

    def pack(self, codes: Codes, fmt: WeightFormat) -> Words:
        outputs, inputs = codes.shape
        tiles = -(-inputs // 10)
        padded = np.zeros((outputs + outputs % 2, tiles * 10), np.uint8)
        padded[:outputs, :inputs] = codes
        bytes_ = padded.reshape(len(padded), tiles, 2, 5) @ np.array([1, 3, 9, 28, 84], np.uint8)
        return BitFields(8).join(bytes_.swapaxes(0, 1).reshape(tiles, -1, 4)).reshape(-1)

    def unpack(self, words: Words, shape: tuple[int, int], fmt: WeightFormat) -> Codes:
        outputs, inputs = shape
        tiles, pairs = -(-inputs // 10), -(-outputs // 2)
        require_count(words, tiles * pairs, shape, fmt)
        bytes_ = BitFields(8).split(words.reshape(tiles, pairs)).reshape(tiles, 2 * pairs, 2)
        rows, columns = np.divmod(bytes_, 28)
        digits = [columns % 3, columns // 3 % 3, columns // 9, rows % 3, rows // 3]
        codes = np.stack(digits, axis=-1).swapaxes(0, 1).reshape(2 * pairs, -1)
        return codes[:outputs, :inputs].astype(np.uint8)


PLANES = Planes()
PRODUCTS = Products()
PRODUCT_COLUMNS = ProductColumns()
TRITS4 = Trits()
TRITS5 = Trits5()
