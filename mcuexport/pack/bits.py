"""Bits in words: the first one lowest, each pixel's channels beginning a word, the last word filled up with 0."""

import numpy as np
from numpy.typing import NDArray

from .base import WORD_BITS, BitFields, Words


def bit_words(channels: int) -> int:
    """Words that the bits of one pixel take."""
    return -(-channels // WORD_BITS)


def pack_bits(bits: NDArray[np.bool_]) -> Words:
    """Bits (..., channels) to words (..., words of a pixel)."""
    channels = bits.shape[-1]
    filled = np.zeros((*bits.shape[:-1], bit_words(channels) * WORD_BITS), np.uint8)
    filled[..., :channels] = bits
    return BitFields(1).join(filled.reshape(*bits.shape[:-1], -1, WORD_BITS))
