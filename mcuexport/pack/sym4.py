"""sym4: 4 bits, symmetric without a zero, the odd levels -15 .. 15; level = 2 code - 15 (BitNetMCU's 4bitsym, doubled).

code    0   1  ..   7   8  ..  15      word: code i in bits 4i+3..4i, first weight lowest
level -15 -13  ..  -1  +1  .. +15
"""

from .base import BitFields, WeightFormat, offset_codes

SYM4 = WeightFormat("sym4", offset_codes(16, 2, -15), BitFields(4), "-15 .. 15, odd", ("4bitsym",))
