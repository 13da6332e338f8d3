"""nf4: 4 bits, the NormalFloat4 levels of QLoRA (Dettmers et al. 2023, appendix E) times 127, rounded.

code    0   1   2   3   4   5   6  7   8   9  10  11  12  13  14   15
level -127 -88 -67 -50 -36 -23 -12  0 +10 +20 +31 +43 +56 +71 +92 +127
word: code i in bits 4i+3..4i, first weight lowest
"""

from .base import BitFields, WeightFormat

NF4 = WeightFormat(
    "nf4",
    (-127, -88, -67, -50, -36, -23, -12, 0, 10, 20, 31, 43, 56, 71, 92, 127),
    BitFields(4),
    "round(127 * NormalFloat4)",
)
