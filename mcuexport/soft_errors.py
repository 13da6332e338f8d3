"""What random bit flips do to a network: bitstreams degrade gracefully, 8-bit numbers do not.

Whatever a layer with weights reads passes through the errors: of an 8-bit layer the bytes of its weights and of its
inputs, of a bitstream layer the bits of both streams.  Counters and accumulators have none.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import prod

import numpy as np
from numpy.typing import NDArray

from .bitstream import encode, ramp, reflected_van_der_corput
from .graph import INPUT, Graph
from .ops import Argmax, Conv2d, Dense, IntArray, Op, StreamConv2d, StreamDense, Window

BATCH = 50
SLICE = 64
Signs = NDArray[np.float32]


@dataclass(frozen=True)
class FlipResult:
    """Accuracies, parts of 1, where each bit is flipped with probability `rate`."""

    rate: float
    bitstream_accuracy: float
    integer_accuracy: float


def sweep(
    streams: Graph, integers: Graph, rates: Sequence[float], x: IntArray, y: NDArray[np.int64], seed: int = 1
) -> list[FlipResult]:
    """Both meanings of a network under the same rates."""

    def accuracy(graph: Graph, rate: float) -> float:
        return float((predict_with_flips(graph, rate, x, seed) == y).mean())

    return [FlipResult(rate, accuracy(streams, rate), accuracy(integers, rate)) for rate in rates]


def predict_with_flips(graph: Graph, rate: float, x: IntArray, seed: int = 1) -> NDArray[np.int64]:
    """The class of each input; weights have their errors once, activations anew for every input."""
    rng = np.random.default_rng(seed)
    values = {INPUT: x}
    for node in graph.nodes:
        inputs = [values[name] for name in node.inputs]
        values[node.name] = _run(node.op, inputs, rate, rng)
    return Argmax().run(values[graph.output]).reshape(-1).astype(np.int64)


def _run(op: Op, inputs: list[IntArray], rate: float, rng: np.random.Generator) -> IntArray:
    if isinstance(op, StreamDense):
        flat = inputs[0].reshape(len(inputs[0]), 1, 1, -1)
        return _streamed(op, op.levels[:, None, None, :], Window((1, 1)), 1, flat, rate, rng)[:, 0, 0]
    if isinstance(op, StreamConv2d):
        top, bottom, left, right = op.window.padding
        padded = np.pad(inputs[0], ((0, 0), (top, bottom), (left, right), (0, 0)), constant_values=op.pad_value)
        window = replace(op.window, padding=(0, 0, 0, 0))
        return _streamed(op, op.levels.reshape(op.codes.shape), window, op.groups, padded, rate, rng)
    if isinstance(op, Dense | Conv2d):
        highest = len(op.fmt.levels) - 1  # a byte that no level has reads as the highest
        codes = np.minimum(_flipped(op.codes, rate, rng), highest).astype(np.uint8)
        return replace(op, codes=codes).run(_flipped(inputs[0], rate, rng))
    return op.run(*inputs)


def _flipped(values: IntArray, rate: float, rng: np.random.Generator) -> IntArray:
    """Bytes, each bit flipped with probability `rate`."""
    masks = np.packbits(rng.random((*values.shape, 8), np.float32) < rate, axis=-1)[..., 0]
    return (values.view(np.uint8) ^ masks).view(values.dtype)


def _streamed(
    op: StreamDense | StreamConv2d,
    levels: IntArray,
    window: Window,
    groups: int,
    x: IntArray,
    rate: float,
    rng: np.random.Generator,
) -> IntArray:
    """The counters of a layer from streams with errors: levels (out, rows, columns, in), x a map without padding."""
    thresholds = reflected_van_der_corput(op.length), ramp(op.length)
    total: list[IntArray] = [np.zeros(0)] * -(-len(x) // BATCH)
    for first in range(0, op.length, SLICE):
        activations, weights = (sequence[first : first + SLICE] for sequence in thresholds)
        of_weights = _signs(levels, weights, rate, rng)
        for batch in range(len(total)):
            of_x = _signs(x[batch * BATCH : (batch + 1) * BATCH], activations, rate, rng)
            counts = _counts(of_x, of_weights, window, groups)
            total[batch] = counts if first == 0 else total[batch] + counts
    return np.concatenate(total) + op.bias.astype(np.int64)


def _signs(values: IntArray, thresholds: NDArray[np.uint8], rate: float, rng: np.random.Generator) -> Signs:
    """Streams as +1 and -1 (.., channels * time), with errors."""
    bits = encode(values, thresholds)
    bits ^= rng.random(bits.shape, np.float32) < rate
    return np.where(bits, np.float32(1), np.float32(-1)).reshape(*values.shape[:-1], -1)


def _counts(x: Signs, weights: Signs, window: Window, groups: int) -> IntArray:
    """Ones less zeros of the XNOR of all bits that an output reads: a product of signs."""
    patches = np.stack(list(window.gather(x, 0)), axis=3)
    size = weights.shape[-1]
    parts = []
    for group, kernel in enumerate(np.split(weights, groups)):
        patch = patches[..., group * size : (group + 1) * size]
        flat = patch.reshape(-1, prod(patch.shape[3:]))
        parts.append((flat @ kernel.reshape(len(kernel), -1).T).reshape(*patch.shape[:3], len(kernel)))
    return np.concatenate(parts, axis=-1).astype(np.int64)
