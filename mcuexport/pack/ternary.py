"""ternary: 1.6 bits, levels -1, 0, +1; level = code - 1; five to a byte.

    code   0   1   2    byte: ceil(256/243 * (81 c0 + 27 c1 + 9 c2 + 3 c3 + c4)), first weight c0
    level -1   0  +1    word: byte j in bits 8j+7..8j, so twenty weights

Decoding multiplies by 3: the code is what leaves the byte (`v = 3 * byte; code = v >> 8; byte = v & 255`).
"""

from .base import Radix, WeightFormat, offset_codes

TERNARY = WeightFormat("ternary", offset_codes(3, 1, -1), Radix(radix=3, digits=5, bits=8), "-1, 0, +1")
