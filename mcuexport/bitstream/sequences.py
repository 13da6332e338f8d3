"""The thresholds 0 .. 255 that a stream generator compares a value with, one for each bit of the stream.

The two operands of a product have sequences of their own, so that together they fill the square evenly: then
the error of an XNOR product falls as log L / L, where random numbers give 1 / sqrt(L).
"""

import numpy as np
from numpy.typing import NDArray

from ..errors import GraphError

Thresholds = NDArray[np.uint8]
WORD_BITS = 32
LENGTHS = range(32, 4096 + 1, WORD_BITS)
LFSR_TAPS = 0xB400


def require_length(length: int) -> None:
    """Raises GraphError unless `length` is one of `LENGTHS`."""
    if length in LENGTHS:
        return
    least, most = LENGTHS[0], LENGTHS[-1]
    near = min(max(length, least), most)
    below, above = near // WORD_BITS * WORD_BITS, -(-near // WORD_BITS) * WORD_BITS
    hint = f"use {below}" if below == above else f"use {below} or {above}"
    what = f"is not in {least} .. {most}" if not least <= length <= most else f"is no multiple of {WORD_BITS}"
    raise GraphError(f"stream length {length} {what}; {hint}")


def reflected_van_der_corput(length: int) -> Thresholds:
    """For activations: ``r[2m] = reverse(m mod 256)``, its eight bits turned round, and ``r[2m + 1] = 255 - r[2m]``.

    Of the van der Corput sequence alone, every beginning holds too many small numbers; the reflection (Davenport 1956)
    takes this bias away, which the sum over a layer's inputs would multiply.
    """
    t = np.arange(length)
    m = t >> 1 & 0xFF
    reverse = sum((m >> bit & 1) << (7 - bit) for bit in range(8))
    return np.where(t & 1, 255 - reverse, reverse).astype(np.uint8)


def ramp(length: int) -> Thresholds:
    """For weights: ``r[t] = floor(128 (2t + 1) / length)``, a counter: all ones of a stream come first."""
    return (128 * (2 * np.arange(length) + 1) // length).astype(np.uint8)


def lfsr(length: int, seed: int) -> Thresholds:
    """Pseudo-random: the low byte of a 16-bit register, eight steps apart, beginning with `seed` (1 .. 65535).

    A step is ``s = (s >> 1) ^ (0xB400 if s is odd else 0)``: x^16 + x^14 + x^13 + x^11 + 1, period 65535.
    """
    if not 0 < seed < 1 << 16:
        raise GraphError(f"an LFSR begins with 1 .. 65535, got {seed}")
    found = np.empty(length, np.uint8)
    for t in range(length):
        found[t] = seed & 0xFF
        for _ in range(8):
            seed = seed >> 1 ^ (LFSR_TAPS if seed & 1 else 0)
    return found
