"""Activations turn accumulators, or branches that meet, into integers of a known scale."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from torch import nn

from ..errors import GraphError
from ..ops import Concat, Table
from ..train.activations import FUNCTIONS, INT8_HIGH, INT8_LOW, QuantActivation
from ..train.joints import Scale
from ..train.prelu import QuantPReLU
from ..train.trace import TracedLayer
from .fold import addition
from .values import HINT, Accumulator, Joint, Lowering, Quantized, Reals, Value, one, quantized

INT8_LIMITS = INT8_LOW, INT8_HIGH
ACTIVATIONS = {"QuantActivation", "QuantPReLU", "QuantClamp", "SparseReLU"}


def activation(traced: TracedLayer, module: nn.Module, values: Sequence[Value], lowering: Lowering) -> Value:
    assert isinstance(module, QuantActivation)
    value, scale = one(values), float(module.scale.detach())
    if module.fused:
        limits, leak = (module.lo, module.hi), leakage(module)
        if isinstance(value, Joint):
            if not isinstance(leak, int) or leak:
                kind = "PReLU" if isinstance(module, QuantPReLU) else "leaky_relu"
                raise GraphError(f"{kind} cannot follow {value.layer.layer}; {HINT} between them")
            return join(traced, value, traced.name, scale, limits, lowering)
        return lowering.requantize(traced, value, traced.name, scale, limits, leak)
    assert module.scale_in is not None
    scale_in = float(module.scale_in.detach())
    argument, limits = f"{traced.name}_argument", (module.lo_in, module.hi)
    if isinstance(value, Joint):
        source = join(traced, value, argument, scale_in, limits, lowering)
    elif isinstance(value, Quantized) and value.scale == scale_in and not value.zero_point:
        source = value
    else:
        source = lowering.requantize(traced, value, argument, scale_in, limits)
    by_byte = np.roll(module.table().astype(np.int64), 128)  # from -128 .. 127 to 0 .. 127, -128 .. -1
    return Quantized(traced.name, lowering.add(traced.name, Table(by_byte), [source], traced.layer), scale)


def leakage(module: QuantActivation) -> int | Reals:
    """Below zero: a further shift, or the slopes of a PReLU."""
    if isinstance(module, QuantPReLU):
        return module.slope.detach().numpy().astype(np.float64)
    return module.slope_shift if FUNCTIONS[module.function].leaky else 0


def join(
    traced: TracedLayer, joint: Joint, name: str, scale: float, limits: tuple[int, int], lowering: Lowering
) -> Quantized:
    """Adds or concatenates branches of any scales into integers of `scale`."""
    if joint.layer.kind == "Concat":
        parts = [
            lowering.requantize(traced, branch, f"{name}_part{i}", scale, limits)
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
    """What something else than activations reads takes a scale by itself, so large that nothing can be clamped."""
    joint = Joint(traced, tuple(lowering.as_bytes(quantized(value)) for value in values))
    first, *others = (branch.type.shape for branch in joint.branches)
    for shape in others:
        if shape[:-1] != first[:-1] or (traced.kind == "Add" and shape != first):
            what = "adds maps of one shape" if traced.kind == "Add" else "joins maps that differ in channels only"
            raise GraphError(f"{what}, got {'x'.join(map(str, first))} and {'x'.join(map(str, shape))}")
    if set(lowering.readers[traced.name]) <= ACTIVATIONS:
        return joint
    scales = [whole_scale(branch) for branch in joint.branches]
    scale = sum(scales) if traced.kind == "Add" else max(scales)
    return join(traced, joint, traced.name, scale, INT8_LIMITS, lowering)


def whole_scale(branch: Quantized) -> float:
    """The scale at which int8 holds every value of a branch."""
    kind = branch.type
    if kind.dtype == "int8" and not branch.zero_point:
        return abs(branch.scale)
    return abs(branch.scale) * max(kind.hi - branch.zero_point, branch.zero_point - kind.lo) / INT8_HIGH


def scale(traced: TracedLayer, module: nn.Module, values: Sequence[Value], lowering: Lowering) -> Value:
    assert isinstance(module, Scale)
    value, factor = one(values), float(module.factor.detach())
    if not factor:
        raise GraphError("its factor is 0, so its branch is lost; leave the branch out or begin with another factor")
    if isinstance(value, Accumulator):
        return replace(value, scale=value.scale * factor, offset=value.offset * factor)
    return replace(quantized(value), scale=quantized(value).scale * factor)
