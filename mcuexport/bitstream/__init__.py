"""Bitstream (stochastic) computing: a value in [-1, 1] is the mean of a stream of bits, a product is one XNOR.

Gaines 1969, "Stochastic Computing Systems".  Everything here is deterministic and is the definition of what C computes.
"""

from .arithmetic import (
    Bits,
    accumulate,
    correlation,
    decode,
    encode,
    hardtanh,
    multiply,
    mux_add,
    regenerate,
)
from .products import products, ready_words
from .sequences import lfsr, ramp, reflected_van_der_corput, require_length

__all__ = [
    "Bits",
    "accumulate",
    "correlation",
    "decode",
    "encode",
    "hardtanh",
    "lfsr",
    "multiply",
    "mux_add",
    "products",
    "ramp",
    "ready_words",
    "reflected_van_der_corput",
    "regenerate",
    "require_length",
]
