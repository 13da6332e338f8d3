"""fp130: 4 bits, one sign and three exponent bits, levels +-2^e with e = 0 .. 7 (FP1.3.0 in BitNetMCU).

code   0  1  2 ..    7   8   9 ..   15      word: code i in bits 4i+3..4i, first weight lowest
level +1 +2 +4 .. +128  -1  -2 .. -128
"""

from .base import BitFields, WeightFormat

POWERS = tuple(1 << exponent for exponent in range(8))
FP130 = WeightFormat("fp130", (*POWERS, *(-power for power in POWERS)), BitFields(4), "+-2^e, e = 0 .. 7", ("FP1.3.0",))
