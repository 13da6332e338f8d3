"""Requantization: int32 accumulators to the next layer's integers, by multiply, add and shift.

One rounding rule: half up, ``floor(v + 1/2)``, which is ``(v + 2^(s-1)) >> s`` with an arithmetic shift.
"""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from .base import (
    ACC_VARIANT,
    INT32_MAX,
    Argument,
    Array,
    Call,
    IntArray,
    Locality,
    TensorType,
    require,
    require_channels,
    require_dtype,
    require_int32,
)

INT32_LIMITS = (-(2**31), 2**31 - 1)
STEP_BITS = 7
LONGEST_WITH_WORDS = 16 + STEP_BITS  # shift of a requantization by words: kernels take a product without its low half
PARTS_BITS = 8  # by which odd results of two pixels are larger
INT16_LIMITS = (-(2**15), 2**15 - 1)


def shift_half_up(values: IntArray, shift: IntArray | int) -> IntArray:
    """``floor(values / 2^shift + 1/2)`` for shift >= 0."""
    return np.asarray((values + ((1 << np.asarray(shift, np.int64)) >> 1)) >> shift)


def require_constants(multiplier: IntArray, pre_shift: int) -> None:
    require(int(np.abs(multiplier).max()) < 2**15, "multipliers must fit int16")
    require(0 <= pre_shift <= 16, f"pre_shift {pre_shift} is not in 0..16")


def require_int8_clamp(lo: int, hi: int) -> None:
    require(-128 <= lo <= hi <= 127, f"clamp {lo}..{hi} must fit int8")


def require_scaling(x: TensorType, pre_shift: int, multiplier: IntArray, offset: IntArray, shift: int) -> None:
    """Raises OverflowRisk unless `x`, pre-shifted, times multiplier plus offset and rounding, fits 32 bits."""
    require_dtype(x, *ACC_VARIANT)
    rounded = x.magnitude + (1 << pre_shift >> 1)
    require_int32(rounded, "accumulator with rounding")
    scaled = (rounded >> pre_shift) * np.abs(multiplier.astype(np.int64)) + np.abs(offset.astype(np.int64))
    require_int32(int(scaled.max()) + (1 << (shift - 1)), "requantized product")


def nearest_parts(offset: IntArray, shift: int) -> IntArray:
    """The nearest offsets that are whole parts of a result step, 2^STEP_BITS to a step; shift >= STEP_BITS."""
    return shift_half_up(offset, shift - STEP_BITS) << (shift - STEP_BITS)


@dataclass(frozen=True, eq=False)
class Requantize:
    """``y = clamp(shift_half_up(shift_half_up(x, pre_shift) * multiplier + offset, shift), lo, hi)``.

    multiplier: (n,) int16, offset: (n,) int32, one per channel (last axis); `shift` 1..31, `pre_shift` 0..16.
    negative_shift: a value below zero is shifted by that much more (LeakyReLU of slope 2^-negative_shift).
    Input int32 accumulators, or an int8 or uint8 map to be brought to another scale.  dtype: of the
    result, int8, or int32 for logits.  Weight and activation scales, batch norm and bias are folded
    into multiplier and offset.  Everything fits 32 bits, or OverflowRisk is raised.
    """

    kind: ClassVar[str] = "requantize"
    locality: ClassVar[Locality] = "channel"
    multiplier: IntArray
    offset: IntArray
    shift: int
    lo: int
    hi: int
    pre_shift: int = 0
    negative_shift: int = 0
    dtype: str = "int8"

    def __post_init__(self) -> None:
        require(self.multiplier.shape == self.offset.shape, "as many multipliers as offsets are needed")
        require(self.shift >= 1 and self.shift + self.negative_shift <= 31, f"shift {self.shift} is not in 1..31")
        require_constants(self.multiplier, self.pre_shift)
        if self.dtype == "int8":
            require_int8_clamp(self.lo, self.hi)

    def output(self, x: TensorType) -> TensorType:
        require_channels(x, self.multiplier.size, "multipliers")
        require_scaling(x, self.pre_shift, self.multiplier, self.offset, self.shift + self.negative_shift)
        return TensorType(x.shape, self.dtype, self.lo, self.hi)

    def run(self, x: IntArray) -> IntArray:
        acc = shift_half_up(x.astype(np.int64), self.pre_shift)
        scaled = acc * self.multiplier.astype(np.int64) + self.offset.astype(np.int64)
        shift = np.where(scaled < 0, self.shift + self.negative_shift, self.shift)
        return np.clip(shift_half_up(scaled, shift), self.lo, self.hi).astype(self.dtype)

    @property
    def is_plain(self) -> bool:
        """To int8, and positive and negative values alike."""
        return self.dtype == "int8" and not self.negative_shift

    @property
    def words(self) -> IntArray | None:
        """(n,): the multiplier in the low half, in the high half the offset with the last rounding, in parts of a step.

        2^STEP_BITS parts to a step of the result.  None if the offsets are no such parts, or too far from 0.
        """
        bits = self.shift - STEP_BITS
        if bits < 0:
            return None
        rounded = self.offset.astype(np.int64) + (1 << (self.shift - 1))
        parts = rounded >> bits
        if (parts << bits != rounded).any() or parts.min() < INT16_LIMITS[0] or parts.max() > INT16_LIMITS[1]:
            return None
        return (parts << 16) | (self.multiplier.astype(np.int64) & 0xFFFF)

    def parts(self, x: TensorType) -> IntArray | None:
        """(3 * n / 2,): for each two outputs their multipliers in a word, the first lower, and both offsets.

        As `mcx_requantize_parts.h` has them, with the second offset times 2^8.  None if n is odd, the offsets are no
        parts of a step, or inputs cannot be larger by what a product of 48 bits lacks without its lowest 16: they
        have lanes of 16 bits, and accumulators `x` and results need room for those 8 bits.
        """
        left, words = LONGEST_WITH_WORDS - self.shift - self.pre_shift, self.words
        if words is None or not 0 <= left < 8 or words.size % 2:
            return None
        multiplier, offset = self.multiplier.astype(np.int64), words >> 16
        largest = (x.magnitude + (1 << self.pre_shift >> 1)) << left
        result = (largest * int(np.abs(multiplier).max()) >> 16) + int(np.abs(offset).max()) + 1
        if max(largest, result) << PARTS_BITS > INT32_MAX:
            return None
        both = (multiplier[0::2] & 0xFFFF) | multiplier[1::2] << 16
        return np.stack([both, offset[0::2], offset[1::2] << PARTS_BITS], axis=1).reshape(-1)

    @property
    def is_uniform(self) -> bool:
        """All channels have the same multiplier and offset."""
        return bool((self.multiplier == self.multiplier[0]).all() and (self.offset == self.offset[0]).all())

    def call(self, x: TensorType) -> Call:
        """By two numbers, if they are those of all channels of accumulators.

        Else with words, if there are any and x leaves room for a product of 48 bits without its lowest 16.
        """
        if self.is_plain and self.is_uniform and x.dtype == "int32":
            scaling = int(self.multiplier[0]), int(self.offset[0]) + (1 << (self.shift - 1))
            limits = self.pre_shift, self.shift, self.lo, self.hi
            return Call("requantize_line", ("x", *scaling, *limits, "y", 1, x.size))
        shift, words = self.shift - STEP_BITS, self.words
        shifted = (x.magnitude + (1 << self.pre_shift >> 1)) >> self.pre_shift
        if not self.is_plain or words is None or self.shift > LONGEST_WITH_WORDS or shifted << (16 - shift) > INT32_MAX:
            return self.call_apart(x)
        args = ("x", "scaling", self.pre_shift, shift, self.lo, self.hi, "y", x.size)
        return Call("requantize", args, ACC_VARIANT[x.dtype], {"scaling": Array(words, "int32")})

    def call_parts(self, x: TensorType) -> Call:
        """With what `parts` has."""
        parts = self.parts(x)
        assert parts is not None
        args = ("x", "scaling", self.pre_shift, self.shift - STEP_BITS, self.lo, self.hi, "y", x.size)
        return Call("requantize_parts", args, "", {"scaling": Array(parts, "int32")})

    def call_apart(self, x: TensorType) -> Call:
        """With multipliers and offsets by themselves.

        The plain kernel has the last rounding in the offset; a leak rounds two ways.
        """
        constants = {"multiplier": Array(self.multiplier, "int16"), "offset": Array(self.offset, "int32")}
        variant = ACC_VARIANT[x.dtype]
        scaling: tuple[Argument, ...] = ("x", "multiplier", "offset", self.pre_shift, self.shift)
        if self.dtype == "int32":
            return Call("rescale", (*scaling, "y", x.size), variant, constants)
        if not self.is_plain:
            args = (*scaling, self.shift + self.negative_shift, self.lo, self.hi, "y", x.size)
            return Call("requantize_leaky", args, variant, constants)
        constants["offset"] = Array(self.offset.astype(np.int64) + (1 << (self.shift - 1)), "int32")
        return Call("requantize_apart", (*scaling, self.lo, self.hi, "y", x.size), variant, constants)


@dataclass(frozen=True, eq=False)
class RequantizeShift:
    """``y = clamp(shift_half_up(sign * acc + offset, shift), lo, hi)``: no multiplication.

    sign: (n,) of +1 and -1, offset: (n,) int32, shift: (n,) 0..31, one per channel.  In C, `shift`
    carries the sign in bit 7.  negative_shift as in `Requantize`.
    """

    kind: ClassVar[str] = "requantize_shift"
    locality: ClassVar[Locality] = "channel"
    sign: IntArray
    offset: IntArray
    shift: IntArray
    lo: int
    hi: int
    negative_shift: int = 0

    def __post_init__(self) -> None:
        require(self.sign.shape == self.offset.shape == self.shift.shape, "as many signs as offsets and shifts")
        require(bool(np.isin(self.sign, (-1, 1)).all()), "signs must be +1 or -1")
        longest = int(self.shift.max()) + self.negative_shift
        require(int(self.shift.min()) >= 0 and longest <= 31, f"shifts must be in 0..31, got {longest}")
        require_int8_clamp(self.lo, self.hi)

    def output(self, x: TensorType) -> TensorType:
        require_dtype(x, "int32")
        require_channels(x, self.shift.size, "shifts")
        rounding = (1 << (self.shift.astype(np.int64) + self.negative_shift)) >> 1
        bound = x.magnitude + np.abs(self.offset.astype(np.int64)) + rounding
        require_int32(int(bound.max()), "shifted accumulator")
        return TensorType(x.shape, "int8", self.lo, self.hi)

    def run(self, x: IntArray) -> IntArray:
        signed = x.astype(np.int64) * self.sign.astype(np.int64) + self.offset.astype(np.int64)
        shift = np.where(signed < 0, self.shift.astype(np.int64) + self.negative_shift, self.shift)
        return np.clip(shift_half_up(signed, shift), self.lo, self.hi).astype(np.int8)

    def call(self, x: TensorType) -> Call:
        shift = np.where(self.sign < 0, self.shift | 0x80, self.shift)
        constants = {"shift": Array(shift, "uint8"), "offset": Array(self.offset, "int32")}
        args = ("x", "shift", "offset", self.negative_shift, self.lo, self.hi, "y", x.size)
        return Call("requantize_shift", args, constants=constants)
