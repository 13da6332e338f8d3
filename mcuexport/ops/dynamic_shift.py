"""Normalisation without division: each sample is scaled by the power of two that just fits int8.

It takes the place of RMS norm (and, with `center`, of layer norm) in networks that are indifferent to
the scale of a sample's features, as BitNetMCU's are.
"""

from dataclasses import dataclass
from math import prod
from typing import ClassVar

import numpy as np

from .base import Call, IntArray, Locality, TensorType, require_dtype, require_int32

MAX_LEFT_SHIFT = 6


@dataclass(frozen=True)
class DynamicShift:
    """``y = floor(v * 2^-k + 1/2)`` with the smallest k, per sample, that brings every |y| to 127 or less.

    Over all n elements of a vector or map.  v = acc, or ``n * acc - sum(acc)`` with `center` (n times the
    deviation from the mean, so exact); then ``max(v, 0)`` with `relu`.  k may be negative, a left shift;
    all-zero stays zero.
    """

    kind: ClassVar[str] = "dynamic_shift"
    locality: ClassVar[Locality] = "whole"
    center: bool = False
    relu: bool = True

    def output(self, x: TensorType) -> TensorType:
        require_dtype(x, "int32")
        largest = 2 * x.size * x.magnitude if self.center else x.magnitude
        require_int32(largest + (1 << 24), "normalised accumulator with rounding")
        return TensorType(x.shape, "int8", 0 if self.relu else -127, 127)

    def run(self, x: IntArray) -> IntArray:
        v = x.astype(np.int64).reshape(len(x), prod(x.shape[1:]))
        if self.center:
            v = v * v.shape[-1] - v.sum(axis=-1, keepdims=True)
        if self.relu:
            v = np.maximum(v, 0)
        shift = self._shifts(np.abs(v).max(axis=-1, keepdims=True))
        left, right = np.maximum(-shift, 0), np.maximum(shift, 0)
        return (((v << left) + ((1 << right) >> 1)) >> right).astype(np.int8).reshape(x.shape)

    @staticmethod
    def _shifts(largest: IntArray) -> IntArray:
        shift = np.full_like(largest, -MAX_LEFT_SHIFT)
        for k in range(-MAX_LEFT_SHIFT, 25):
            scaled = (largest << max(-k, 0)) + ((1 << max(k, 0)) >> 1) >> max(k, 0)
            shift = np.where(scaled > 127, k + 1, shift)
        return shift

    def call(self, x: TensorType) -> Call:
        return Call("dynamic_shift", ("x", int(self.center), int(self.relu), "y", x.size))
