"""Activations turn accumulators, or branches that meet, into integers of a known scale."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from torch import nn

from ...errors import GraphError
from ...ops import Concat, Table
from ..activations import FUNCTIONS, INT8_HIGH, INT8_LOW, QuantActivation
from ..fold import addition
from ..joints import Scale
from ..trace import TracedLayer
from .values import Accumulator, Joint, Lowering, Quantized, Value, one, quantized

INT8_LIMITS = INT8_LOW, INT8_HIGH


def activation(traced: TracedLayer, module: nn.Module, values: Sequence[Value], lowering: Lowering) -> Value:
    assert isinstance(module, QuantActivation)
    value, scale = one(values), float(module.scale.detach())
    if module.fused:
        leak = module.slope_shift if FUNCTIONS[module.function].leaky else 0
        limits = module.lo, module.hi
        if isinstance(value, Joint):
            return join(traced, value, traced.name, scale, limits, leak, lowering)
        return lowering.requantize(traced, value, traced.name, scale, limits, leak)
    assert module.scale_in is not None
    scale_in = float(module.scale_in.detach())
    argument, limits = f"{traced.name}_argument", (module.lo_in, module.hi)
    if isinstance(value, Joint):
        source = join(traced, value, argument, scale_in, limits, 0, lowering)
    elif isinstance(value, Quantized) and value.scale == scale_in and not value.zero_point:
        source = value
    else:
        source = lowering.requantize(traced, value, argument, scale_in, limits, 0)
    by_byte = np.roll(module.table().astype(np.int64), 128)  # from -128 .. 127 to 0 .. 127, -128 .. -1
    return Quantized(traced.name, lowering.add(traced.name, Table(by_byte), [source], traced.layer), scale)


def join(
    traced: TracedLayer, joint: Joint, name: str, scale: float, limits: tuple[int, int], leak: int, lowering: Lowering
) -> Quantized:
    """Adds or concatenates branches of any scales into integers of `scale`."""
    if leak:
        raise GraphError(f"leaky_relu cannot follow {joint.layer.layer}; use relu, identity or a table function")
    if joint.layer.kind == "Concat":
        parts = [
            lowering.requantize(traced, branch, f"{name}_part{i}", scale, limits, 0)
            if rescales(branch, scale, limits)
            else branch
            for i, branch in enumerate(joint.branches)
        ]
        return Quantized(name, lowering.add(name, Concat(), parts, traced.layer), scale)
    a, b = joint.branches
    offset = -(a.scale * a.zero_point + b.scale * b.zero_point) / scale
    op = addition((a.scale / scale, b.scale / scale), offset, (a.type, b.type), *limits)
    return Quantized(name, lowering.add(name, op, joint.branches, traced.layer), scale)


def rescales(branch: Quantized, scale: float, limits: tuple[int, int]) -> bool:
    """Whether bringing a branch to integers of `scale`, clamped to `limits`, changes anything."""
    kind = branch.type
    same = branch.scale == scale and branch.zero_point == 0 and kind.dtype == "int8"
    return not (same and limits[0] <= kind.lo and kind.hi <= limits[1])


def joint(traced: TracedLayer, module: nn.Module, values: Sequence[Value], lowering: Lowering) -> Value:
    """A concatenation that something else than activations reads takes the largest of its branches' scales."""
    joint = Joint(traced, tuple(quantized(value) for value in values))
    if traced.kind == "Add" or set(lowering.readers[traced.name]) == {"QuantActivation"}:
        return joint
    scale = max(branch.scale for branch in joint.branches)
    return join(traced, joint, traced.name, scale, INT8_LIMITS, 0, lowering)


def scale(traced: TracedLayer, module: nn.Module, values: Sequence[Value], lowering: Lowering) -> Value:
    assert isinstance(module, Scale)
    value, factor = one(values), float(module.factor.detach())
    if isinstance(value, Accumulator):
        return replace(value, scale=value.scale * factor, offset=value.offset * factor)
    return replace(quantized(value), scale=quantized(value).scale * factor)
