"""What a network needs of its streams: the counts of all products, and the words of weights stored as streams.

A product's two streams depend on two 8-bit values and the length alone, so there are only 65536 products.
"""

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from .arithmetic import encode
from .sequences import WORD_BITS, ramp, reflected_van_der_corput

VALUES = np.arange(-128, 128)
BLOCK = 28
"""Inputs whose words the C kernel holds at once: their ones, counted by bytes, stay below 256."""


@lru_cache(maxsize=8)
def products(length: int) -> NDArray[np.int32]:
    """[activation + 128, weight + 128]: ones less zeros of the XNOR of their streams, near length * product."""
    activations = encode(VALUES, reflected_van_der_corput(length))
    weights = encode(VALUES, ramp(length))
    signs = [np.where(bits, 1.0, -1.0) for bits in (activations, weights)]
    return (signs[0] @ signs[1].T).astype(np.int32)


def ready_words(weights: NDArray[np.integer], length: int) -> NDArray[np.uint32]:
    """The streams of weights (outputs, inputs), -128 .. 127, in words of 32 bits, bit t lowest first.

    [32 bits of time][block of 28 inputs][output][input of the block], in one row: the order in which C reads them.
    """
    bits = encode(weights, ramp(length)).reshape(*weights.shape, -1, WORD_BITS)
    powers = np.uint32(1) << np.arange(WORD_BITS, dtype=np.uint32)
    words = (bits * powers).sum(axis=-1, dtype=np.uint32)  # (outputs, inputs, slices)
    blocks = range(0, weights.shape[1], BLOCK)
    parts = [words[:, first : first + BLOCK, k].reshape(-1) for k in range(words.shape[2]) for first in blocks]
    return np.concatenate(parts)
