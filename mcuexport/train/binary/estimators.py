"""The sign of a real, and what stands for its derivative, which is zero wherever there is one.

Every estimator gives +1 for x >= 0 and -1 below (in training, the stochastic one at random); they differ in
their gradients.  To add one: a class here, an entry in `ESTIMATORS`.
"""

from typing import Any

import torch
from torch import Tensor, nn
from torch.autograd import Function
from torch.nn import functional


def sign(x: Tensor) -> Tensor:
    """+1 for x >= 0, else -1; the device's comparison, so that zero has a side."""
    return (x.detach() >= 0).to(x.dtype).mul_(2).sub_(1)


class _WithSlope(Function):
    @staticmethod
    def forward(ctx: Any, values: Tensor, replacement: Tensor, slope: Tensor) -> Tensor:
        ctx.save_for_backward(slope)
        return replacement.clone()

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor, None, None]:
        (slope,) = ctx.saved_tensors
        return gradients[0] * slope, None, None


def with_slope(x: Tensor, replacement: Tensor, slope: Tensor) -> Tensor:
    """`replacement` exactly, as if its derivative by x were `slope`."""
    result: Tensor = _WithSlope.apply(x, replacement.detach(), slope.detach())  # type: ignore[no-untyped-call]
    return result


class Estimator(nn.Module):
    """sign(x) with a gradient.  progress: the part of training that is done, 0 .. 1, set before every epoch."""

    progress = 0.0

    def slope(self, x: Tensor) -> Tensor:
        """What stands for the derivative of the sign."""
        raise NotImplementedError

    def forward(self, x: Tensor) -> Tensor:
        return with_slope(x, sign(x), self.slope(x))


class Identity(Estimator):
    """q(x) = sign(x); dq/dx = 1.

    Source: Hinton 2012, lecture 9c; Bengio et al. 2013, "Estimating or Propagating Gradients Through Stochastic
    Neurons", the straight-through estimator.
    """

    def slope(self, x: Tensor) -> Tensor:
        return torch.ones_like(x)


class Clipped(Estimator):
    """q(x) = sign(x); dq/dx = 1 for |x| <= 1, else 0: the derivative of the hard tanh.

    Source: Courbariaux, Hubara et al. 2016, "Binarized Neural Networks", equation 4.
    """

    def slope(self, x: Tensor) -> Tensor:
        return (x.abs() <= 1).to(x.dtype)


class Stochastic(Clipped):
    """q(x) = +1 with probability clamp((x + 1) / 2, 0, 1), else -1, in training; sign(x) in use.

    Gradient as `Clipped`.

    Source: Courbariaux et al. 2015, "BinaryConnect", equation 2.
    """

    def forward(self, x: Tensor) -> Tensor:
        if not self.training:
            return sign(x)
        drawn = sign((x.detach() + 1) / 2 - torch.rand_like(x))
        return with_slope(x, drawn, self.slope(x))


class Tanh(Estimator):
    """q(x) = sign(x); dq/dx = 1 - tanh(x)^2.

    The derivative of the tanh in the place of the sign's, as soft quantization has it (Gong et al. 2019).
    """

    def slope(self, x: Tensor) -> Tensor:
        return 1 - torch.tanh(x).square()


class ErrorDecay(Estimator):
    """q(x) = sign(x); dq/dx = k t (1 - tanh(t x)^2), with clip: 0 for |x| > 1.

    t = 10^(-1 + 2 progress) and k = max(1/t, 1): from nearly the identity, which updates every weight, to nearly
    the sign itself.  Source: Qin et al. 2020, "Forward and Backward Information Retention" (IR-Net), equations
    10 to 12, "error decay estimator".
    """

    def __init__(self, clip: bool = False) -> None:
        super().__init__()
        self.clip = clip

    def slope(self, x: Tensor) -> Tensor:
        t = 10.0 ** (2 * self.progress - 1)
        slope: Tensor = max(1 / t, 1.0) * t * (1 - torch.tanh(t * x).square())
        return slope * (x.abs() <= 1).to(x.dtype) if self.clip else slope


ESTIMATORS: dict[str, type[Estimator]] = {
    "identity": Identity,
    "clipped": Clipped,
    "stochastic": Stochastic,
    "tanh": Tanh,
    "error_decay": ErrorDecay,
}


def unit_steps(x: Tensor, bits: int) -> Tensor:
    """DoReFa's quantize_k on [0, 1]: floor((2^k - 1) x + 1/2) / (2^k - 1); dq/dx = 1 for 0 <= x <= 1, else 0.

    Source: Zhou et al. 2016, "DoReFa-Net", equation 5.
    """
    steps = 2**bits - 1
    inside: Tensor = functional.hardtanh(x, 0.0, 1.0)
    return with_slope(inside, torch.floor(inside * steps + 0.5) / steps, torch.ones_like(x))


class _RoundGradient(Function):
    @staticmethod
    def forward(ctx: Any, values: Tensor, bits: int) -> Tensor:
        ctx.bits = bits
        return values.view_as(values)

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor, None]:
        (gradient,) = gradients
        reach = 2 * gradient.abs().flatten(1).amax(dim=1).clamp_min(1e-12).view(-1, *[1] * (gradient.ndim - 1))
        steps = 2**ctx.bits - 1
        noise = (torch.rand_like(gradient) - 0.5) / steps
        rounded = torch.floor((gradient / reach + 0.5 + noise).clamp(0, 1) * steps + 0.5) / steps
        return reach * (rounded - 0.5), None


def round_gradient(x: Tensor, bits: int) -> Tensor:
    """x itself; its gradient is rounded at random to `bits` bits of twice the sample's largest one.

    Source: Zhou et al. 2016, "DoReFa-Net", equation 12.
    """
    result: Tensor = _RoundGradient.apply(x, bits)  # type: ignore[no-untyped-call]
    return result
