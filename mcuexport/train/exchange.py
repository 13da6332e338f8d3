"""Which 8-bit activation takes the place of a torch layer."""

from collections.abc import Callable
from math import frexp

from torch import nn

from ..errors import RecipeError
from .activations import QuantActivation
from .clamp import QuantClamp
from .prelu import QuantPReLU

SHIFTS = range(1, 8)


def _leaky(layer: nn.LeakyReLU) -> QuantActivation:
    shift = 1 - frexp(layer.negative_slope)[1]
    if frexp(layer.negative_slope)[0] != 0.5 or shift not in SHIFTS:
        raise RecipeError(
            f"LeakyReLU has the slope {layer.negative_slope:g}, which is no power of two from 2^-7 to 2^-1; "
            "use nn.LeakyReLU(2**-7), another of these, or nn.PReLU(), which learns any slope"
        )
    return QuantActivation("leaky_relu", slope_shift=shift)


def _elu(layer: nn.ELU) -> QuantActivation:
    if layer.alpha != 1:
        raise RecipeError(f"ELU has alpha {layer.alpha:g}; use alpha 1, or nn.PReLU()")
    return QuantActivation("elu")


def _clamp(layer: nn.Hardtanh) -> QuantActivation:
    bounds = layer.min_val, layer.max_val
    return QuantActivation("hardtanh") if bounds == (-1, 1) else QuantClamp(*bounds)


def _prelu(layer: nn.PReLU) -> QuantActivation:
    activation = QuantPReLU(layer.num_parameters)
    activation.slope.data.copy_(layer.weight.detach())
    return activation


def _function(name: str) -> Callable[[nn.Module], QuantActivation]:
    return lambda layer: QuantActivation(name)


ACTIVATIONS: dict[type[nn.Module], Callable[..., QuantActivation]] = {
    nn.ReLU: _function("relu"),
    nn.ReLU6: _function("relu6"),
    nn.Hardswish: _function("hardswish"),
    nn.SiLU: _function("silu"),
    nn.Tanh: _function("tanh"),
    nn.Sigmoid: _function("sigmoid"),
    nn.GELU: lambda layer: QuantActivation("gelu" if layer.approximate == "none" else "gelu_tanh"),
    nn.ELU: _elu,
    nn.Hardtanh: _clamp,
    nn.LeakyReLU: _leaky,
    nn.PReLU: _prelu,
}
