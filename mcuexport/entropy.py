"""How far the weights of a graph could be compressed, as they lie: entropies, and what zlib and lzma make of them."""

import lzma
import zlib
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .graph import Graph
from .ops import Conv2d, Dense
from .pack import ROWS


@dataclass(frozen=True)
class LayerEntropy:
    """order_0, order_1: bits per weight of a code, alone and known its predecessor.  The others are bytes.

    packed: the words; zlib, lzma: of those, lzma without a header, each at its best level.
    """

    layer: str
    format: str
    weights: int
    order_0: float
    order_1: float
    packed: int
    zlib: int
    lzma: int


def weight_entropies(graph: Graph) -> tuple[LayerEntropy, ...]:
    """Of every layer with weights; codes in the order in which the device reads them."""
    return tuple(_layers(graph))


def _layers(graph: Graph) -> Iterator[LayerEntropy]:
    for node in graph.nodes:
        if isinstance(node.op, Conv2d | Dense):
            fmt, codes = node.op.fmt, node.op.codes
            words = ROWS.pack(codes.reshape(len(codes), -1), fmt).astype("<u4").tobytes()
            first, second = entropies(codes.flatten())
            squeezed = lzma.compress(words, lzma.FORMAT_RAW, filters=[{"id": lzma.FILTER_LZMA2, "preset": 9}])
            yield LayerEntropy(
                node.layer, fmt.name, codes.size, first, second, len(words), len(zlib.compress(words, 9)), len(squeezed)
            )


def entropies(codes: NDArray[np.uint8]) -> tuple[float, float]:
    """``H(c_i)`` and ``H(c_i | c_(i-1)) = H(c_(i-1), c_i) - H(c_(i-1))`` of a sequence, in bits."""
    pairs = codes[:-1].astype(np.int64) * 256 + codes[1:]
    return _entropy(codes), max(0.0, _entropy(pairs) - _entropy(codes[:-1]))


def _entropy(values: NDArray[np.integer]) -> float:
    counts = np.unique(values, return_counts=True)[1]
    shares = counts / counts.sum()
    return float(-(shares * np.log2(shares)).sum())
