"""Fake quantization: the forward pass computes the device's integers, the backward pass looks through the rounding.

One rounding rule, everywhere: `floor(x + 0.5)`, so that a half goes up, for negative numbers too.
"""

import math
from functools import cache
from itertools import pairwise
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.autograd import Function

from ..pack import WeightFormat

SLOPE_OUTSIDE = 1 / 16


def round_half_up(values: Tensor) -> Tensor:
    """The nearest integer, a half going up: what the device's `(x + half) >> shift` computes."""
    return torch.floor(values + 0.5)


class _StraightThrough(Function):
    @staticmethod
    def forward(ctx: Any, values: Tensor, replacement: Tensor) -> Tensor:
        return replacement.clone()

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor, None]:
        return gradients[0], None


def straight_through(values: Tensor, replacement: Tensor) -> Tensor:
    """`replacement` exactly, with the gradient of `values` (Bengio et al. 2013)."""
    result: Tensor = _StraightThrough.apply(values, replacement.detach())  # type: ignore[no-untyped-call]
    return result


class _ClampWithSlope(Function):
    @staticmethod
    def forward(ctx: Any, values: Tensor, limit: float) -> Tensor:
        ctx.save_for_backward(values)
        ctx.limit = limit
        return values.clamp(-limit, limit)

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor, None]:
        (values,) = ctx.saved_tensors
        return gradients[0] * torch.where(values.abs() <= ctx.limit, 1.0, SLOPE_OUTSIDE), None


def clamp_with_slope(values: Tensor, limit: float) -> Tensor:
    """`clamp(values, -limit, limit)` with a gradient of 1 inside and of `SLOPE_OUTSIDE` beyond, so learning goes on."""
    result: Tensor = _ClampWithSlope.apply(values, limit)  # type: ignore[no-untyped-call]
    return result


def power_of_two(values: Tensor) -> Tensor:
    """The power of two nearest to each value in the logarithm, keeping its sign; gradient straight through.

    A value below 2^-32 in magnitude (a dead channel) counts as 2^-32.
    """
    exponents = round_half_up(torch.log2(values.detach().abs().clamp_min(2.0**-32)))
    return straight_through(values, torch.where(values < 0, -torch.exp2(exponents), torch.exp2(exponents)))


def nearest_levels(weights: Tensor, scale: Tensor, levels: Tensor) -> Tensor:
    """The member of `levels` (ascending, float64) nearest to `weights / scale`; a tie takes the larger.

    Computed in float64 whatever the type of `weights`, so it equals `WeightFormat.quantize` bit for bit.
    """
    units = weights.detach().double() / scale.double()
    if not levels.is_cuda:  # there a look at the levels would wait for the device
        values = levels.tolist()
        step = values[1] - values[0]
        if all(b - a == step for a, b in pairwise(values)):
            return _nearest_even(units, values[0], step, len(values))
    thresholds = (levels[:-1] + levels[1:]) / 2
    return levels[torch.bucketize(units, thresholds, right=True)]


def _nearest_even(units: Tensor, first: float, step: float, count: int) -> Tensor:
    """As `nearest_levels`, for levels `step` apart: a third of the time.

    The division may round, so that the index is one too high or too low beside a threshold; thresholds are exact
    (halves of small integers), and comparing with them puts it right.
    """
    index = ((units - first) / step).add_(0.5).floor_().clamp_(0, count - 1)
    below = index * step + (first - step / 2)
    index.sub_((units < below).double()).add_((units >= below.add_(step)).double())
    return index.clamp_(0, count - 1).mul_(step).add_(first)


def sorted_levels(fmt: WeightFormat) -> Tensor:
    """The format's levels in ascending order, float64."""
    return torch.tensor(fmt.sorted_levels, dtype=torch.float64)


@cache
def _just_outside(low: int, high: int) -> list[float]:
    """The next float32 below `low` and the next above `high`."""
    bounds, ends = np.array([low, high], np.float32), np.array([-np.inf, np.inf], np.float32)
    outside: list[float] = np.nextafter(bounds, ends).tolist()
    return outside


class _LearnedStep(Function):
    @staticmethod
    def forward(ctx: Any, values: Tensor, scale: Tensor, low: int, high: int) -> Tensor:
        units = values / scale
        steps = (units + 0.5).floor_().clamp_(low, high)
        ctx.save_for_backward(units, steps)
        ctx.low, ctx.high = low, high
        return steps * scale

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor, Tensor, None, None]:
        units, steps = ctx.saved_tensors
        (gradient,) = gradients
        # One pass over memory; to compare and then multiply takes five.  The operator's bounds are exclusive, ours not.
        by_values = torch.ops.aten.hardtanh_backward(gradient, units, *_just_outside(ctx.low, ctx.high))
        by_scale = (steps * gradient).addcmul_(units, by_values, value=-1)  # (steps - units) * gradient, or steps * it
        return by_values, by_scale.sum() / (units.numel() * ctx.high) ** 0.5, None, None


def fake_quantize(values: Tensor, scale: Tensor, low: int, high: int) -> Tensor:
    """`clamp(floor(values / scale + 0.5), low, high) * scale`, with LSQ's gradient.

    Gradient by `values`: 1 inside the range, 0 where it was clamped.  By `scale` (a scalar): steps -
    values / scale inside, the bound itself where clamped, over sqrt(count * high).
    Source: Esser et al. 2020, "Learned Step Size Quantization".
    """
    result: Tensor = _LearnedStep.apply(values, scale, low, high)  # type: ignore[no-untyped-call]
    return result


class _LearnedLevels(Function):
    @staticmethod
    def forward(ctx: Any, weight: Tensor, levels: Tensor, scale: Tensor, log2_gain: Tensor) -> Tensor:
        ctx.save_for_backward(weight, levels, scale, log2_gain)
        return levels * scale

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor, None, None, Tensor]:
        weight, levels, scale, log2_gain = ctx.saved_tensors
        (gradient,) = gradients
        units = weight / scale
        reach = levels.abs().max()
        inside = units.abs() <= reach
        slope = torch.where(inside, levels - units, levels) * scale * math.log(2)
        by_row = (gradient * slope).flatten(1).sum(1, keepdim=True)
        by_gain = by_row if len(log2_gain) > 1 else by_row.sum(0, keepdim=True)
        return gradient * inside, None, None, by_gain / (weight.numel() / len(log2_gain) * reach.clamp_min(1)) ** 0.5


def learned_levels(weight: Tensor, levels: Tensor, scale: Tensor, log2_gain: Tensor) -> Tensor:
    """`levels * scale`, with LSQ's gradients for weights (out, ...) and for the logarithm of their scale.

    Gradient by `weight`: 1 up to the largest level in use, 0 beyond.  By `log2_gain` (1, 1) or (out, 1), which is 0 and
    stands for a factor 2^log2_gain of the scale: scale * ln 2 times (levels - weight / scale inside, levels beyond),
    summed, over sqrt(count * largest level).  Source: Esser et al. 2020, "Learned Step Size Quantization".
    """
    result: Tensor = _LearnedLevels.apply(weight, levels, scale, log2_gain)  # type: ignore[no-untyped-call]
    return result
