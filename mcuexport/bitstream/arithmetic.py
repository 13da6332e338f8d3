"""Arithmetic on bipolar streams: bits (..., L), the value of a stream is ``2 * (ones / L) - 1``.

An 8-bit value v / 128, v = -128 .. 127, is the code ``u = v + 128``: ones come with probability u / 256.
"""

import numpy as np
from numpy.typing import NDArray

from .sequences import Thresholds

Bits = NDArray[np.bool_]
Integers = NDArray[np.int64]


def encode(values: NDArray[np.integer], thresholds: Thresholds) -> Bits:
    """Streams (..., L) of values -128 .. 127 (...,): ``bit[t] = value + 128 > thresholds[t]``."""
    return np.asarray(values.astype(np.int64)[..., None] + 128 > thresholds)


def decode(bits: Bits) -> NDArray[np.float64]:
    """The value in [-1, 1] of each stream."""
    return np.asarray(2.0 * bits.mean(axis=-1) - 1.0)


def multiply(a: Bits, b: Bits) -> Bits:
    """XNOR: the product of two values, as far as their streams are not correlated."""
    return ~(a ^ b)


def mux_add(streams: Bits, select: Integers) -> Bits:
    """Scaled addition of k streams (k, ..., L): the mean of their values.

    select: (L,) numbers 0 .. k - 1, correlated with no stream; bit t of the result is that of stream select[t].
    """
    return np.moveaxis(streams, -1, 0)[np.arange(len(select)), select].swapaxes(0, -1)


def accumulate(streams: Bits) -> Integers:
    """An accumulative parallel counter: ones less zeros of k streams (k, ..., L), which is L times their sum."""
    ones = streams.sum(axis=(0, -1), dtype=np.int64)
    return np.asarray(2 * ones - streams.shape[0] * streams.shape[-1])


def hardtanh(streams: Bits, limit: int) -> Bits:
    """The stream of ``hardtanh(sum of the k streams)`` from (k, ..., L), bit by bit, by a saturating counter.

    With every clock the counter takes in the k bits, ones less zeros, and gives out one bit, 1 where it is not
    negative, whose +1 or -1 it pays: ``c = clamp(c + sum - (2 bit - 1), -limit, limit)``.  What it holds in the end
    is the error: at most (limit + k + 1) / L for sums within [-1, 1].
    """
    sums = 2 * streams.sum(axis=0, dtype=np.int64) - streams.shape[0]
    counter = np.zeros(sums.shape[:-1], np.int64)
    result = np.empty(sums.shape, np.bool_)
    for t in range(sums.shape[-1]):
        counter += sums[..., t]
        result[..., t] = counter >= 0
        counter = np.clip(counter - np.where(result[..., t], 1, -1), -limit, limit)
    return result


def regenerate(bits: Bits, thresholds: Thresholds) -> Bits:
    """Decorrelation: counts each stream and generates it anew, to 8 bits, rounded half up, at most 127 / 128."""
    length = bits.shape[-1]
    values = (256 * accumulate(bits[None, ..., :]) + length) // (2 * length)
    return encode(np.minimum(values, 127), thresholds)


def correlation(a: Bits, b: Bits) -> float:
    """The SCC of two streams: 0 not correlated, +1 as overlapping as can be, -1 as little (Alaghi and Hayes 2013)."""
    p, q, both = float(a.mean()), float(b.mean()), float((a & b).mean())
    excess = both - p * q
    room = min(p, q) - p * q if excess > 0 else p * q - max(p + q - 1, 0.0)
    return excess / room if room else 0.0
