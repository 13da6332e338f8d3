"""Activation functions with 8-bit results.

A function is either *fused* (ReLU, leaky ReLU, none: the device applies it while it requantizes) or
a table of 256 int8 results for 256 int8 arguments, so any function is exact.
To add one: one entry in `FUNCTIONS`.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

from ..errors import RecipeError
from .quantizers import clamp_with_slope, fake_quantize, power_of_two, round_half_up

INT8_LOW, INT8_HIGH = -128, 127
BITSTREAM_LIMIT = 127 / 128
"""The largest magnitude of a bitstream's 8-bit value, a multiple of 2^-7."""


@dataclass(frozen=True)
class ActivationFunction:
    """A function of reals, and how the device computes it.

    fused: applied within requantization (`leaky`: with a slope of 2^-k below zero), else by table.
    limit: the result that `hi` stands for, where that is not learned.  low: the least integer result.
    low_in: the least argument that a table needs.
    """

    apply: Callable[[Tensor], Tensor]
    fused: bool = False
    leaky: bool = False
    limit: float | None = None
    low: int = INT8_LOW
    low_in: int = INT8_LOW


def _relu6_gate(offset: int) -> ActivationFunction:
    return ActivationFunction(lambda x: x * functional.relu6(x + offset) / 6)


FUNCTIONS: dict[str, ActivationFunction] = {
    "identity": ActivationFunction(lambda x: x, fused=True),
    "relu": ActivationFunction(functional.relu, fused=True, low=0),
    "leaky_relu": ActivationFunction(lambda x: x, fused=True, leaky=True),
    "relu6": ActivationFunction(functional.relu6, fused=True, low=0, limit=6.0),
    "hardtanh": ActivationFunction(functional.hardtanh, fused=True, low=-INT8_HIGH, limit=1.0),
    "slope_hardtanh": ActivationFunction(
        lambda x: clamp_with_slope(x, BITSTREAM_LIMIT), fused=True, low=-INT8_HIGH, limit=BITSTREAM_LIMIT
    ),
    "tanh": ActivationFunction(torch.tanh, limit=1.0),
    "sigmoid": ActivationFunction(torch.sigmoid, low=0, limit=1.0),
    "relu2": ActivationFunction(lambda x: functional.relu(x).square(), low=0, low_in=0),
    "hardswish": ActivationFunction(functional.hardswish),
    "gelu": ActivationFunction(functional.gelu),
    "gelu_tanh": ActivationFunction(lambda x: functional.gelu(x, approximate="tanh")),
    "silu": ActivationFunction(functional.silu),
    "elu": ActivationFunction(functional.elu),
    **{f"relu6_{offset}": _relu6_gate(offset) for offset in (1, 2, 3, 4)},
}


class QuantActivation(nn.Module):
    """A function, then `q = clamp(floor(f(u) / scale + 0.5), lo, hi)` with a learned scale; the zero point is 0.

    fused functions: u is the real argument.  Tables: u = p * scale_in, where
    `p = clamp(floor(argument / scale_in + 0.5), lo_in, 127)` and `scale_in` is learned too.
    `input_scale` fixes scale_in: the argument is already int8 of that scale, and any function a table.
    leaky_relu has the slope 2^-`slope_shift` below zero.  slope_hardtanh is hardtanh in steps of 2^-7 whose gradient
    does not vanish beyond the range: for bitstreams.  With `power_of_two` both scales are powers
    of two.  The first training batch sets the scales so that its largest result is `hi`.
    rounds: False for a while where results stay real.
    Source of the scale's gradient: Esser et al. 2020 (LSQ); its logarithm is what the optimizer moves.
    """

    initialised: Tensor

    def __init__(
        self,
        function: str = "relu",
        power_of_two: bool = False,
        slope_shift: int = 3,
        input_scale: float | None = None,
    ) -> None:
        super().__init__()
        if function not in FUNCTIONS:
            raise RecipeError(f"unknown activation {function!r} (activations: {', '.join(FUNCTIONS)})")
        self.function, self.power_of_two, self.rounds = function, power_of_two, True
        self.slope_shift, self.input_scale = slope_shift, input_scale
        self.fused = FUNCTIONS[function].fused and input_scale is None
        self.lo, self.hi = FUNCTIONS[function].low, INT8_HIGH
        self.limit = FUNCTIONS[function].limit
        self.lo_in = FUNCTIONS[function].low_in
        self.log2_scale = nn.Parameter(torch.tensor(-5.0))
        if not self.fused and input_scale is None:
            self.log2_scale_in = nn.Parameter(torch.tensor(-5.0))
        self.register_buffer("initialised", torch.tensor(False))
        if self.limit is not None:  # a power of two may need fewer steps: relu6 96 of 2^-4
            self.hi = min(INT8_HIGH, int(round_half_up(self.limit / self.scale)))
            self.lo = max(self.lo, -self.hi)

    def config(self) -> dict[str, Any]:
        """The constructor's arguments, as plain data."""
        return {
            "function": self.function,
            "power_of_two": self.power_of_two,
            "slope_shift": self.slope_shift,
            "input_scale": self.input_scale,
        }

    @property
    def scale(self) -> Tensor:
        """The real value of one step of the result."""
        if self.limit is not None:
            scale = torch.tensor(self.limit / INT8_HIGH, dtype=self.log2_scale.dtype)
            return power_of_two(scale) if self.power_of_two else scale
        return self._positive(self.log2_scale)

    @property
    def scale_in(self) -> Tensor | None:
        """The real value of one step of a table's argument; None where there is no table."""
        if self.fused:
            return None
        if self.input_scale is not None:
            return torch.tensor(self.input_scale, dtype=self.log2_scale.dtype)
        return self._positive(self.log2_scale_in)

    def _positive(self, log2_scale: Tensor) -> Tensor:
        scale = torch.exp2(log2_scale)
        return power_of_two(scale) if self.power_of_two else scale

    def apply_function(self, u: Tensor) -> Tensor:
        """f(u) on reals, without quantization."""
        if FUNCTIONS[self.function].leaky:
            return functional.leaky_relu(u, 2.0**-self.slope_shift)
        return FUNCTIONS[self.function].apply(u)

    @torch.no_grad()
    def table(self) -> NDArray[np.int8]:
        """Result of each argument -128 .. 127, in that order, computed in float64: what the device stores."""
        if self.scale_in is None:
            raise ValueError(f"{self.function} is fused: it has no table")
        p = torch.arange(INT8_LOW, INT8_HIGH + 1, dtype=torch.float64).clamp_min(self.lo_in)
        results = self.apply_function(p * self.scale_in.double()) / self.scale.double()
        return round_half_up(results).clamp(self.lo, self.hi).numpy().astype(np.int8)

    @torch.no_grad()
    def _initialise(self, u: Tensor) -> None:
        """Sets the scales so that the largest argument and result of this batch are `hi`."""
        result = self.apply_function(u)
        self.log2_scale.fill_(torch.log2(result.abs().max().clamp_min(2.0**-16) / self.hi))
        if hasattr(self, "log2_scale_in"):
            reach = u.clamp_min(0) if self.lo_in == 0 else u.abs()
            self.log2_scale_in.fill_(torch.log2(reach.max().clamp_min(2.0**-16) / self.hi))
        self.initialised.fill_(True)

    def forward(self, u: Tensor) -> Tensor:
        if not self.rounds:
            return self.apply_function(u)
        if self.training and not self.initialised:
            self._initialise(u)
        if self.scale_in is not None:
            u = fake_quantize(u, self.scale_in, self.lo_in, INT8_HIGH)
        return fake_quantize(self.apply_function(u), self.scale, self.lo, self.hi)
