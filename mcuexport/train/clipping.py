"""Clip rules: which real value one level of a weight format stands for, given the weights.

Each rule works on weights (rows, count) and returns a scale (rows, 1): one row for a whole tensor,
or a row per output.  To add a rule: one function and one entry in `CLIP_RULES`.
"""

import math
from collections.abc import Callable
from functools import cache

import torch
from torch import Tensor

from ..pack import WeightFormat, weight_format
from .quantizers import nearest_levels, sorted_levels

ClipRule = Callable[[Tensor, WeightFormat], Tensor]
OCTAV_STEPS = 30
MSE_STEPS = 2
MSE_STARTS = torch.logspace(-0.4, 0.4, 49, dtype=torch.float64)


def outer_edge(fmt: WeightFormat) -> float:
    """Where clipping begins, in levels: half the levels' span and half a mean step beyond it (sym4: 16, int4: 8)."""
    count = len(fmt.levels)
    span = float(fmt.sorted_levels[-1] - fmt.sorted_levels[0])
    return span / 2 * count / (count - 1)


def octav(weights: Tensor, fmt: WeightFormat) -> Tensor:
    """The clip that balances rounding noise against clipping noise, by its fixed point.

    s <- sum |w| [|w| > s]  /  (4^-B / 3 * count[|w| <= s] + count[|w| > s]),  B = log2(number of levels).
    Source: Sakr et al. 2022, "Optimal Clipping and Magnitude-aware Differentiation".
    """
    magnitude = weights.abs()
    rounding = 4.0**-fmt.capacity_bits / 3
    clip = magnitude.mean(dim=1, keepdim=True)
    for _ in range(OCTAV_STEPS):
        outside = magnitude > clip
        inside_count = (~outside).sum(dim=1, keepdim=True)
        outside_count = outside.sum(dim=1, keepdim=True)
        clip = (magnitude * outside).sum(dim=1, keepdim=True) / (rounding * inside_count + outside_count)
    return clip / outer_edge(fmt)


def mse(weights: Tensor, fmt: WeightFormat) -> Tensor:
    """The scale of least squared error for this format's own levels, by alternating least squares.

    q <- levels nearest to w / scale;  scale <- <w, q> / <q, q>.  Each step can only lower the error, but
    soon stops in a valley: it starts from many multiples (0.4 to 2.5) of what suits Gaussian weights,
    and the best end wins.
    """
    levels = sorted_levels(fmt)
    starts = proportional(weights, fmt) * MSE_STARTS.to(weights)
    best, lowest = starts[:, :1], torch.full_like(starts[:, :1], torch.inf)
    for scale in torch.split(starts, 1, dim=1):
        for _ in range(MSE_STEPS):
            q = nearest_levels(weights, scale, levels).to(weights)
            fitted = (weights * q).sum(dim=1, keepdim=True) / (q * q).sum(dim=1, keepdim=True).clamp_min(1)
            scale = torch.where(fitted > 0, fitted, scale)
        error = (weights - nearest_levels(weights, scale, levels).to(weights) * scale).square()
        error = error.sum(dim=1, keepdim=True)
        best, lowest = torch.where(error < lowest, scale, best), torch.minimum(error, lowest)
    return best


def proportional(weights: Tensor, fmt: WeightFormat) -> Tensor:
    """The weights' root mean square times a constant of the format: what is best if they are Gaussian."""
    return weights.square().mean(dim=1, keepdim=True).sqrt() * gaussian_scale(fmt.name)


def unit(weights: Tensor, fmt: WeightFormat) -> Tensor:
    """Whatever the weights: the power of two that brings the largest level just to 1 or below (int8: 2^-7)."""
    scale = 2.0 ** -math.ceil(math.log2(fmt.max_level))
    return weights.new_full((len(weights), 1), scale)


@cache
def gaussian_scale(format_name: str) -> float:
    """The least-squares scale of a format for weights drawn from the standard normal distribution."""
    fmt = weight_format(format_name)
    quantiles = torch.special.ndtri((torch.arange(4001, dtype=torch.float64) + 0.5) / 4001)
    levels = sorted_levels(fmt)
    candidates = torch.logspace(-1, 1, 200, dtype=torch.float64) * 2 / outer_edge(fmt)
    errors = [(quantiles - nearest_levels(quantiles, s, levels) * s).square().mean() for s in candidates]
    return float(candidates[int(torch.stack(errors).argmin())])


CLIP_RULES: dict[str, ClipRule] = {rule.__name__: rule for rule in (octav, proportional, mse, unit)}
USUAL_CLIP = proportional.__name__
"""For weights in training: it follows them smoothly, where the least squared error jumps from valley to valley."""
