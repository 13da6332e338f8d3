"""sym2: 2 bits, symmetric without a zero, levels -3, -1, 1, 3; level = 2 code - 3 (BitNetMCU's 2bitsym, doubled).

code   0   1   2   3        word: code i in bits 2i+1..2i, first weight lowest
level -3  -1  +1  +3
"""

from .base import BitFields, WeightFormat, offset_codes

SYM2 = WeightFormat("sym2", offset_codes(4, 2, -3), BitFields(2), "-3, -1, 1, 3", ("2bitsym",))
