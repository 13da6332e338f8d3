"""binary: 1 bit, levels -1 and +1; level = 2 code - 1.

code   0   1        word: code i in bit i, first weight lowest
level -1  +1
"""

from .base import BitFields, WeightFormat, offset_codes

BINARY = WeightFormat("binary", offset_codes(2, 2, -1), BitFields(1), "-1, +1")
