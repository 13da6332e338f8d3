"""radix23: 4.57 bits, levels -11 .. 11; level = code - 11; seven to a word, 23^7 < 2^32.

    code    0   1  ..  11  .. 22    word: ceil(2^32 / 23^7 * (23^6 c0 + 23^5 c1 + .. + 23 c5 + c6)), first weight c0
    level -11 -10  ..   0  .. 11

Decoding multiplies by 23: the code is what leaves the word (`v = 23 * word; code = v >> 32; word = v & 0xFFFFFFFF`).
"""

from .base import Radix, WeightFormat, offset_codes

RADIX23 = WeightFormat(
    "radix23",
    offset_codes(23, 1, -11),
    Radix(radix=23, digits=7, bits=32),
    "-11 .. 11",
    ("4.6bit", "4.6-bit", "4.57bit"),
)
