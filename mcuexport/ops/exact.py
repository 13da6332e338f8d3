"""Integer products through float BLAS, exactly: every partial sum stays below the type's largest run of integers."""

import numpy as np

from .base import IntArray

FLOAT32_EXACT = 2**24
CHUNK_BYTES = 1 << 26


def matmul(x: IntArray, levels: IntArray, bound: int) -> IntArray:
    """``x @ levels.T`` in int32 for x (rows, inputs), levels (outputs, inputs).

    bound: no less than the sum of |x * level| of any output; below 2^24 float32 does, else float64 (2^31 < 2^53).
    """
    dtype = np.float32 if bound < FLOAT32_EXACT else np.float64
    return np.asarray(x.astype(dtype) @ levels.T.astype(dtype), np.int32)


def chunks(samples: int, bytes_per_sample: int) -> list[slice]:
    """Slices of a batch that keep an intermediate of `bytes_per_sample` near 64 MiB."""
    size = max(1, CHUNK_BYTES // max(1, bytes_per_sample))
    return [slice(start, min(start + size, samples)) for start in range(0, samples, size)]
