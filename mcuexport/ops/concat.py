"""Maps side by side: the channels of the first, then of the second .."""

from dataclasses import dataclass
from itertools import accumulate
from typing import ClassVar

import numpy as np

from .base import INPUT_VARIANT, Call, IntArray, Locality, Offset, TensorType, require, require_dtype


@dataclass(frozen=True)
class Concat:
    """``y[..., :n0] = x0, y[..., n0 : n0 + n1] = x1`` ..: along the last axis; values stay as they are.

    Inputs of one type (int8 or uint8), equal but for the last axis, and of one scale: a branch of another
    scale is requantized before.
    """

    kind: ClassVar[str] = "concat"
    locality: ClassVar[Locality] = "whole"

    def output(self, *inputs: TensorType) -> TensorType:
        first = inputs[0]
        for x in inputs:
            require_dtype(x, "int8", "uint8")
            same = x.shape[:-1] == first.shape[:-1] and x.dtype == first.dtype
            require(same, f"joins {first.dtype} {first.shape[:-1]} maps, got {x.dtype} {x.shape[:-1]}")
        channels = sum(x.shape[-1] for x in inputs)
        lo, hi = min(x.lo for x in inputs), max(x.hi for x in inputs)
        return TensorType((*first.shape[:-1], channels), first.dtype, lo, hi)

    def run(self, *inputs: IntArray) -> IntArray:
        return np.concatenate(inputs, axis=-1)

    def call(self, *inputs: TensorType) -> Call:
        """One call per input."""
        channels = [x.shape[-1] for x in inputs]
        starts = [0, *accumulate(channels)]
        pixels = inputs[0].size // channels[0]
        first, *others = (
            (f"x{i}" if i else "x", count, Offset("y", start), starts[-1], pixels)
            for i, (count, start) in enumerate(zip(channels, starts, strict=False))
        )
        return Call("concat", first, INPUT_VARIANT[inputs[0].dtype], again=tuple(others))
