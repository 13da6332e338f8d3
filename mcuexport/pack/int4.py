"""int4: 4 bits, levels -8 .. 7; level = code - 8.

code   0   1  ..   8   9  .. 15      word: code i in bits 4i+3..4i, first weight lowest
level -8  -7  ..   0  +1  .. +7
"""

from .base import BitFields, WeightFormat, offset_codes

INT4 = WeightFormat("int4", offset_codes(16, 1, -8), BitFields(4), "-8 .. 7", ("4bit",))
