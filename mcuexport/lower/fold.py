"""From real factors to integer multipliers and shifts that fit 32 bits.

`y = M * acc + B` in units of the result, with real M and B per output.  The multiplier gets as many of
its 15 bits as the accumulator's range leaves; where that is few, the accumulator first loses low bits
(`pre_shift`).  Of all pre-shifts the one with the least worst-case error is taken.  Offsets are rounded
down: beside an integer product, and before a shift that rounds down, this loses nothing.  Those of plain
requantizations are then rounded to the parts of a step that take 16 bits.
"""

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from ..errors import OverflowRisk
from ..ops import Add, Requantize, RequantizePRelu, RequantizeShift, TensorType
from ..ops.base import INT32_MAX
from ..ops.requantize import INT32_LIMITS, LONGEST_WITH_WORDS, STEP_BITS, nearest_parts

Reals = NDArray[np.float64]
MULTIPLIER_MAX = 2**15 - 1
PRE_SHIFTS = range(17)
FULL_SCALE = 127.0
LEAST_FACTOR = 2.0**-40  # all factors zero: a batch norm that begins at zero


def requantization(
    factor: Reals, offset: Reals, acc: TensorType, lo: int, hi: int, negative_shift: int
) -> Requantize | RequantizeShift:
    """The operator nearest to ``clamp(floor(factor * acc + offset + 1/2), lo, hi)``.

    factor, offset: (n,) in units of the result.  A RequantizeShift if `acc` is int32 and every factor a power of two
    of at most 1, else a Requantize.  Raises OverflowRisk if 32 bits do not suffice for any shift.
    """
    offset = _bounded(factor, offset, acc, 2.0**negative_shift)
    powers = (np.frexp(factor)[0] ** 2 == 0.25).all() and np.abs(factor).max() <= 1
    if powers and acc.dtype == "int32":
        return _by_shift(factor, offset, lo, hi, negative_shift)
    longest = 31 - negative_shift if negative_shift else LONGEST_WITH_WORDS
    multiplier, scaled_offset, pre_shift, shift = _multipliers(factor, offset, acc, FULL_SCALE, longest, negative_shift)
    made = Requantize(multiplier, scaled_offset, shift, lo, hi, pre_shift, negative_shift)
    if not made.is_plain or shift < STEP_BITS:
        return made
    in_parts = replace(made, offset=nearest_parts(scaled_offset, shift))
    return made if in_parts.words is None else in_parts


def prelu(factor: Reals, offset: Reals, slope: Reals, acc: TensorType, lo: int, hi: int) -> RequantizePRelu:
    """The operator nearest to ``v = factor * acc + offset``, times slope where negative, rounded half up and clamped.

    factor, offset, slope: (n,).  Raises OverflowRisk if 32 bits do not suffice for any shift.
    """
    factors = np.stack([factor, factor * slope])
    offsets = _bounded(factors, np.stack([offset, offset * slope]), acc)
    multiplier, scaled_offset, pre_shift, shift = _multipliers(factors, offsets, acc, FULL_SCALE)
    return RequantizePRelu(multiplier, scaled_offset, shift, lo, hi, pre_shift)


def rescaling(factor: Reals, offset: Reals, acc: TensorType) -> Requantize:
    """The operator nearest to ``factor * acc + offset`` in int32, unclamped; |factor| <= 1."""
    multiplier, scaled_offset, pre_shift, shift = _multipliers(factor, offset, acc, acc.magnitude)
    lo, hi = INT32_LIMITS
    return Requantize(multiplier, scaled_offset, shift, lo, hi, pre_shift, dtype="int32")


def thresholds(factor: Reals, offset: Reals, acc: TensorType) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    """(threshold, flip) with ``(acc >= threshold) != flip`` wherever ``factor * acc + offset >= 0``, by channel."""
    rising = np.where(factor == 0, 1.0, factor)
    reached = np.where(factor > 0, np.ceil(-offset / rising), np.floor(-offset / rising) + 1)
    always = np.where(offset >= 0, acc.lo, acc.hi + 1)
    limit = np.where(factor == 0, always, np.clip(reached, acc.lo, acc.hi + 1)).astype(np.int64)
    return limit, factor < 0


def addition(
    factors: tuple[float, float], offset: float, types: tuple[TensorType, TensorType], lo: int, hi: int
) -> Add:
    """The operator nearest to ``clamp(floor(factors[0] * a + factors[1] * b + offset + 1/2), lo, hi)``."""
    for shift in range(31, 0, -1):
        first, second = (int(np.floor(factor * 2.0**shift + 0.5)) for factor in factors)
        scaled_offset = int(np.floor(offset * 2.0**shift))
        products = abs(first) * types[0].magnitude + abs(second) * types[1].magnitude
        if products + abs(scaled_offset) + (1 << (shift - 1)) <= INT32_MAX:
            return Add((first, second), scaled_offset, shift, lo, hi)
    raise OverflowRisk(
        f"branches scaled by {factors[0]:.6g} and {factors[1]:.6g} leave int32 ({INT32_MAX}) for every shift"
    )


def _bounded(factor: Reals, offset: Reals, acc: TensorType, leak: float = 1.0) -> Reals:
    """The offset, but not further out than drives the result into the clamp for every accumulator.

    leak: what a value below zero is divided by before the clamp.
    """
    limit = np.abs(factor) * acc.magnitude + 2 * FULL_SCALE * leak
    return np.clip(offset, -limit, limit)


def _by_shift(factor: Reals, offset: Reals, lo: int, hi: int, negative_shift: int) -> RequantizeShift:
    shift = 1 - np.frexp(factor)[1].astype(np.int64)
    in_acc = np.floor(offset / np.abs(factor) + np.where(shift > 0, 0.0, 0.5)).astype(np.int64)
    return RequantizeShift(np.sign(factor).astype(np.int64), in_acc, shift, lo, hi, negative_shift)


def _multipliers(
    factor: Reals, offset: Reals, acc: TensorType, full_scale: float, longest: int = 31, negative_shift: int = 0
) -> tuple[NDArray[np.int64], NDArray[np.int64], int, int]:
    """(multiplier, offset, pre_shift, shift <= longest) of the least error that a result of `full_scale` can have."""
    largest = max(float(np.abs(factor).max()), LEAST_FACTOR)
    best: tuple[float, int, int] | None = None
    for pre_shift in PRE_SHIFTS:
        shift = _largest_shift(factor, offset, acc.magnitude, pre_shift, longest, negative_shift)
        if shift is None:
            continue
        dropped_bits = largest * (2.0**pre_shift) / 2 if pre_shift else 0.0
        rounded_multiplier = full_scale / largest / 2.0 ** (pre_shift + shift + 1)
        error = dropped_bits + rounded_multiplier
        if best is None or error < best[0]:
            best = error, pre_shift, shift
    if best is None:
        raise OverflowRisk(
            f"accumulators up to {acc.magnitude} times {largest:.6g} leave int32 ({INT32_MAX}) for every shift"
        )
    _, pre_shift, shift = best
    return *_rounded(factor, offset, pre_shift, shift), pre_shift, shift


def _rounded(factor: Reals, offset: Reals, pre_shift: int, shift: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    multiplier = np.floor(factor * 2.0 ** (pre_shift + shift) + 0.5).astype(np.int64)
    return multiplier, np.floor(offset * 2.0**shift).astype(np.int64)


def _largest_shift(
    factor: Reals, offset: Reals, magnitude: int, pre_shift: int, longest: int, negative_shift: int
) -> int | None:
    """The longest shift for which multiplier, product and sum fit; None if there is none."""
    acc = (magnitude + (1 << pre_shift >> 1)) >> pre_shift
    for shift in range(longest, 0, -1):
        multiplier, scaled_offset = _rounded(factor, offset, pre_shift, shift)
        rounding = (1 << (shift + negative_shift - 1)) + (1 << shift >> STEP_BITS)
        bound = acc * np.abs(multiplier) + np.abs(scaled_offset) + rounding
        if np.abs(multiplier).max() <= MULTIPLIER_MAX and bound.max() <= INT32_MAX:
            return shift
    return None
