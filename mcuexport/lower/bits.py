"""Signs: a batch norm and the comparison behind it become one threshold for each channel."""

from collections.abc import Sequence

import numpy as np
from torch import nn

from ..errors import GraphError
from ..ops import Binarize, Concat, Flip, MaxPool, Threshold
from ..train.binary import SignActivation, Thermometer
from ..train.trace import TracedLayer
from .fold import thresholds
from .values import Lowering, Quantized, Reals, Value, accumulator, one, quantized

UNIT = 0.5, -1  # scale and zero point of bits that mean 0 and 1
SIGN = 1.0, 0


def sign(traced: TracedLayer, module: nn.Module, values: Sequence[Value], lowering: Lowering) -> Value:
    """Bits, +1 where the value is at least 0 (unit: at least 1/2).

    A pool on the accumulators becomes the union of bits; where a batch norm behind it turns the sign, of the
    opposite bits, which are turned back behind the pool.
    """
    assert isinstance(module, SignActivation)
    value = one(values)
    acc = accumulator(traced, lowering.as_bytes(value) if isinstance(value, Quantized) else value)
    source, pool = lowering.integers(acc), acc.pool
    limit, flip = thresholds(acc.scale, acc.offset - (0.5 if module.unit else 0.0), source.type)
    meaning = UNIT if module.unit else SIGN
    flat = isinstance(value, Quantized) and value.flat
    if pool is None:
        kind = lowering.add(traced.name, Threshold(limit, flip), [source], traced.layer)
        return Quantized(traced.name, kind, *meaning, flat)
    turned = acc.scale * pool.scale < 0
    unpooled, pooled = f"{traced.name}_unpooled", pool.name if turned.any() else traced.name
    kind = lowering.add(unpooled, Threshold(limit, flip ^ turned), [source], traced.layer)
    kind = lowering.add(pooled, MaxPool(pool.window), [Quantized(unpooled, kind, 1.0)], pool.layer)
    if turned.any():
        kind = lowering.add(traced.name, Flip(turned), [Quantized(pooled, kind, 1.0)], traced.layer)
    return Quantized(traced.name, kind, *meaning, flat)


def thermometer(traced: TracedLayer, module: nn.Module, values: Sequence[Value], lowering: Lowering) -> Value:
    """The channels once for each level, side by side, and a threshold for each."""
    assert isinstance(module, Thermometer)
    source = quantized(one(values))
    channels = source.type.shape[-1]
    if source.flat and channels == module.levels == 1:
        limit, _ = thresholds(np.array([source.scale]), offsets(source, module), source.type)
        kind = lowering.add(traced.name, Binarize(int(limit[0])), [source], traced.layer)
        return Quantized(traced.name, kind, *SIGN)
    if channels != module.channels:
        raise GraphError(f"has {module.channels} channels, its input {channels}")
    name = f"{traced.name}_levels"
    kind = lowering.add(name, Concat(), [source] * module.levels, traced.layer)
    offset = np.repeat(offsets(source, module), channels)
    limit, flip = thresholds(np.full(offset.size, source.scale), offset, kind)
    kind = lowering.add(traced.name, Threshold(limit, flip), [Quantized(name, kind, 1.0)], traced.layer)
    return Quantized(traced.name, kind, *SIGN)


def offsets(source: Quantized, module: Thermometer) -> Reals:
    """By level, what the scaled integers of a source fall short of it at 0."""
    return -source.scale * source.zero_point - np.array(module.limits())
