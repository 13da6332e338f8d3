"""Normalisations that a core without a divider, or even a multiplier, can compute."""

from typing import Any

import torch
from torch import Tensor, nn

from ..errors import RecipeError
from .quantizers import power_of_two, round_half_up, straight_through

DYNAMIC_SCALE = 2.0**-6
"""Real value of one step of what DynamicShift returns: int8 then spans [-2, 2)."""


class DynamicShift(nn.Module):
    """Scales each sample by a power of two so that its largest magnitude fits int8: a norm without statistics.

    v (samples, features), or maps: accumulators times a power of two.  With `center`, v becomes `n * v - sum(v)` over
    the n values of a sample, n times the distance from the mean, still an exact integer on the device.
    Function relu or identity; then k is the least integer (negative allowed) with
    `floor(max|v| * 2^-k + 0.5) <= 127`, and the result is `floor(v * 2^-k + 0.5) * 2^-6`.
    A sample of zeros stays zero.  Gradient: k counts as a constant.
    """

    def __init__(self, center: bool = False, function: str = "relu") -> None:
        super().__init__()
        if function not in ("relu", "identity"):
            raise RecipeError(f"DynamicShift has relu or identity built in, not {function!r}")
        self.center, self.function = center, function

    def config(self) -> dict[str, Any]:
        """The constructor's arguments, as plain data."""
        return {"center": self.center, "function": self.function}

    def forward(self, v: Tensor) -> Tensor:
        axes = tuple(range(1, v.ndim))
        if self.center:
            v = v[0].numel() * v - v.sum(dim=axes, keepdim=True)
        if self.function == "relu":
            v = torch.relu(v)
        scaled = v * torch.exp2(-shift_to_int8(v.detach().abs().amax(dim=axes, keepdim=True)))
        return straight_through(scaled, round_half_up(scaled)) * DYNAMIC_SCALE


def shift_to_int8(largest: Tensor) -> Tensor:
    """The least k with `floor(largest * 2^-k + 0.5) <= 127`, as a float; 0 for 0.

    largest = f * 2^e with f in [0.5, 1): k = e - 7 puts it into [64, 128), which rounds to 128 from
    127.5 on; there k = e - 6.
    """
    fraction, exponent = torch.frexp(largest)
    shift = (exponent - 7 + (fraction * 128 >= 127.5).int()).to(largest.dtype)
    return torch.where(largest > 0, shift, torch.zeros_like(shift))


class _PowerOfTwoBatchNorm(nn.modules.batchnorm._BatchNorm):
    """Batch norm whose factor `weight / sqrt(var + eps)` is a signed power of two: a shift on the device.

    Training subtracts the batch's mean but takes the factor from the running variance, so that the
    rounded factor does not jump from batch to batch; without a momentum that is the mean over all batches.
    Gradient of the factor: straight through.
    Channels are the second axis.
    """

    def config(self) -> dict[str, Any]:
        """The constructor's arguments, as plain data."""
        return {"num_features": self.num_features, "eps": self.eps, "momentum": self.momentum}

    def factor(self) -> Tensor:
        """The signed power of two of each channel, (features,)."""
        assert self.running_var is not None
        return power_of_two(self.weight / torch.sqrt(self.running_var + self.eps))

    def forward(self, input: Tensor) -> Tensor:  # noqa: A002 -- torch's own name
        assert self.running_mean is not None and self.running_var is not None
        mean = self.running_mean
        if self.training:
            others = [axis for axis in range(input.ndim) if axis != 1]
            mean = input.mean(dim=others)
            self._follow(mean.detach(), input.detach().var(dim=others))
        shape = (1, -1, *[1] * (input.ndim - 2))
        return (input - mean.view(shape)) * self.factor().view(shape) + self.bias.view(shape)

    @torch.no_grad()
    def _follow(self, mean: Tensor, variance: Tensor) -> None:
        assert self.running_mean is not None and self.running_var is not None
        assert self.num_batches_tracked is not None
        self.num_batches_tracked += 1
        seen = int(self.num_batches_tracked)
        momentum = 1 / seen if seen == 1 or self.momentum is None else self.momentum
        self.running_mean.lerp_(mean, momentum)
        self.running_var.lerp_(variance, momentum)


class PowerOfTwoBatchNorm1d(_PowerOfTwoBatchNorm, nn.BatchNorm1d):
    """For (samples, features) and (samples, channels, length)."""


class PowerOfTwoBatchNorm2d(_PowerOfTwoBatchNorm, nn.BatchNorm2d):
    """For (samples, channels, height, width)."""
