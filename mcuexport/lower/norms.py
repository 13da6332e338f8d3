"""Norms: batch norm changes an accumulator's scale and offset; the dynamic shift is an operator of its own."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import torch
from torch import nn

from ..errors import GraphError
from ..ops import DynamicShift
from ..train.norms import DYNAMIC_SCALE, PowerOfTwoBatchNorm1d, PowerOfTwoBatchNorm2d
from ..train.norms import DynamicShift as DynamicShiftLayer
from ..train.trace import TracedLayer
from .values import Lowering, Quantized, Value, accumulator, one


def batch_norm(traced: TracedLayer, module: nn.Module, values: Sequence[Value], lowering: Lowering) -> Value:
    assert isinstance(module, nn.BatchNorm1d | nn.BatchNorm2d)
    assert module.running_mean is not None and module.running_var is not None
    acc = accumulator(traced, one(values))
    if isinstance(module, PowerOfTwoBatchNorm1d | PowerOfTwoBatchNorm2d):
        factor = module.factor().detach().numpy()
    else:
        weight = torch.ones_like(module.running_var) if module.weight is None else module.weight.detach()
        factor = (weight / (module.running_var + module.eps).sqrt()).numpy()
    bias = 0.0 if module.bias is None else module.bias.detach().numpy()
    if acc.scale.size != factor.size:
        raise GraphError(f"has {factor.size} channels, its input {acc.scale.size}")
    offset = (acc.offset - module.running_mean.numpy()) * factor + bias
    return replace(acc, scale=acc.scale * factor, offset=offset)


def dynamic_shift(traced: TracedLayer, module: nn.Module, values: Sequence[Value], lowering: Lowering) -> Value:
    assert isinstance(module, DynamicShiftLayer)
    acc = accumulator(traced, one(values))
    unit = acc.scale[0]
    if not (acc.scale == unit).all() or np.frexp(unit)[0] != 0.5:
        raise GraphError("needs one weight scale that is a power of two: power_of_two=True on the layer before")
    # Centering takes away what all values have in common, as the zero point of an input.
    common = module.center and bool((acc.offset == acc.offset[0]).all())
    placed = lowering.place(acc, None if common else np.floor(acc.offset / unit + 0.5).astype(np.int64))
    op = DynamicShift(center=module.center, relu=module.function == "relu")
    return Quantized(traced.name, lowering.add(traced.name, op, [placed], traced.layer), DYNAMIC_SCALE)
