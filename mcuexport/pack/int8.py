"""int8: 8 bits, levels -127 .. 127; level = code - 127.

code     0    1  .. 127 128  ..  254      word: code i in bits 8i+7..8i, first weight lowest
level -127 -126  ..   0  +1  .. +127      (255 is never written)
"""

from .base import BitFields, WeightFormat, offset_codes

INT8 = WeightFormat("int8", offset_codes(255, 1, -127), BitFields(8), "-127 .. 127", ("8bit",))
