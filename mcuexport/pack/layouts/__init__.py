"""Where weights lie in the words of a kernel; see `base` for what a layout is."""

from .base import Layout
from .bytes import BYTES
from .dsp import (
    BYTE_COLUMNS,
    BYTE_PAIRS,
    CODEBOOK_PAIRS,
    DIGITS1,
    DIGITS2,
    INTERLEAVED3,
    INTERLEAVED4,
    NIBBLE_COLUMNS,
    NIBBLE_PAIRS,
)
from .lut import PLANES, PRODUCT_COLUMNS, PRODUCTS, TRITS4, TRITS5
from .mul import BITS4, BYTES4, CODEBOOK_OUTPUTS, LANES2, LANES4, SEVENS
from .rows import ROWS
from .runs import HALVES, QUARTERS
from .slices import SLICES

_ALL: tuple[Layout, ...] = (
    ROWS,
    BYTES,
    NIBBLE_PAIRS,
    NIBBLE_COLUMNS,
    DIGITS2,
    DIGITS1,
    BYTE_PAIRS,
    BYTE_COLUMNS,
    CODEBOOK_PAIRS,
    LANES4,
    LANES2,
    BITS4,
    BYTES4,
    CODEBOOK_OUTPUTS,
    SEVENS,
    PLANES,
    PRODUCTS,
    PRODUCT_COLUMNS,
    TRITS4,
    TRITS5,
    INTERLEAVED3,
    INTERLEAVED4,
    SLICES,
    HALVES,
    QUARTERS,
)
LAYOUTS: dict[str, Layout] = {layout.name: layout for layout in _ALL}

__all__ = ["LAYOUTS", "ROWS", "Layout"]
