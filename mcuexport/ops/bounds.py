"""How far an accumulator can go: checked from the real weights, so that it is never looked for at run time."""

import numpy as np

from .base import IntArray, TensorType, require_int32


def accumulator_range(levels: IntArray, bias: IntArray, x: TensorType) -> tuple[int, int]:
    """(lowest, highest) of ``levels @ x + bias`` over all x of the type's range; levels (out, in).

    Raises OverflowRisk if some input could drive an output, or a partial sum in any order, out of int32.
    """
    levels, bias = levels.astype(np.int64), bias.astype(np.int64)
    partial = x.magnitude * np.abs(levels).sum(axis=1) + np.abs(bias)
    worst = int(partial.argmax())
    require_int32(int(partial[worst]), f"accumulator of output {worst}")
    positive, negative = np.maximum(levels, 0).sum(axis=1), np.minimum(levels, 0).sum(axis=1)
    highest = bias + positive * x.hi + negative * x.lo
    lowest = bias + positive * x.lo + negative * x.hi
    return int(lowest.min()), int(highest.max())
