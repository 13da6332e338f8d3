"""Weight formats and the layouts of their words.  To add a format: one file here, one entry in `FORMATS`."""

import difflib

from ..errors import FormatError
from .base import WORD_BITS, Codes, WeightFormat, Words, by_name, words_for
from .binary import BINARY
from .bits import bit_words, pack_bits
from .fp130 import FP130
from .int4 import INT4
from .int8 import INT8
from .layouts import LAYOUTS, ROWS, Layout
from .nf4 import NF4
from .radix23 import RADIX23
from .sym2 import SYM2
from .sym4 import SYM4
from .ternary import TERNARY

FORMATS: dict[str, WeightFormat] = {
    fmt.name: fmt for fmt in (BINARY, TERNARY, SYM2, SYM4, INT4, FP130, NF4, RADIX23, INT8)
}
_BY_NAME = by_name(FORMATS.values())


def weight_format(name: str) -> WeightFormat:
    """The format of that name or alias, whatever its case.  Raises FormatError with the nearest names."""
    if name.lower() in _BY_NAME:
        return _BY_NAME[name.lower()]
    near = difflib.get_close_matches(name.lower(), _BY_NAME, n=1)
    hint = f"; did you mean {near[0]}?" if near else ""
    raise FormatError(f"unknown weight format {name!r}{hint} (formats: {', '.join(FORMATS)})")


__all__ = [
    "FORMATS",
    "LAYOUTS",
    "ROWS",
    "WORD_BITS",
    "Codes",
    "Layout",
    "WeightFormat",
    "Words",
    "bit_words",
    "pack_bits",
    "weight_format",
    "words_for",
]
