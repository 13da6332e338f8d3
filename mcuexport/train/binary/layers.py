"""Layers whose weights a mapping makes, and activations of one bit.

Only training knows them: a checkpoint holds the layers with plain levels and scales that they stand for.
"""

from collections.abc import Callable, Sequence
from typing import Any, Literal

import torch
from torch import Tensor, nn

from ...errors import RecipeError
from ...pack import weight_format
from ..activations import QuantActivation
from ..layers import QuantConv2d, QuantLayer, QuantLinear
from ..quantizers import nearest_levels, sorted_levels
from .estimators import Clipped, Estimator, round_gradient, sign, unit_steps
from .weights import SignWeights, WeightMapping

Mapping = Callable[[Tensor], Tensor]
Inputs = Literal["sign", "unit", "int8"]
OUTSIDE: dict[str, float] = {"sign": -1.0, "unit": 0.0, "int8": 0.0}


class MappedWeights(nn.Module):
    """The weight quantizer of a layer that has a mapping: levels and scale are read off what the mapping gives.

    mapping: a `WeightMapping`, or a function of the weights whose results are +a and -a, an `a` for each output.
    """

    def __init__(self, mapping: Mapping | None = None) -> None:
        super().__init__()
        self.mapping = SignWeights(Clipped()) if mapping is None else mapping
        known = isinstance(self.mapping, WeightMapping)
        self.format = weight_format(self.mapping.format if known else "binary")  # type: ignore[union-attr]
        self.per_output = self.mapping.per_output if known else True  # type: ignore[union-attr]

    def config(self) -> dict[str, Any]:
        """What the layer with plain levels, which this one stands for, needs to know."""
        return {"format": self.format.name, "per_output": self.per_output}

    def update(self, weight: Tensor) -> None:
        """The scale follows the weights by itself."""

    def scale(self, weight: Tensor) -> Tensor:
        """The real value of one level, (1, 1) or (out, 1)."""
        rows = self(weight).detach().abs()
        rows = rows.flatten(1) if self.per_output else rows.reshape(1, -1)
        largest: Tensor = rows.amax(dim=1, keepdim=True).clamp_min(2.0**-24)
        return largest / self.format.max_level

    @torch.no_grad()
    def levels(self, weight: Tensor) -> Tensor:
        """The integers that the device stores, float64.  Raises RecipeError if a result is no level times the scale."""
        mapped = self(weight)
        scale = self.scale(weight).view(-1, *[1] * (weight.ndim - 1))
        levels = nearest_levels(mapped, scale, sorted_levels(self.format).to(mapped.device))
        wrong = (levels - mapped.double() / scale.double()).abs() > 1e-4
        if wrong.any():
            step = f"levels of {self.format.name} times one scale"
            raise RecipeError(f"its mapping gives {float(mapped[wrong][0]):g} among the weights, not {step}")
        return levels

    def forward(self, weight: Tensor) -> Tensor:
        return self.mapping(weight)


class _Mapped(QuantLayer):
    """What the layers below share.  inputs: what they take, which decides what stands outside a map.

    sign: +1 and -1; outside -1, as zero has no bit.  unit: 0 and 1.  int8: anything else; outside 0 as well.
    gradient_bits: of the gradient that comes back (DoReFa), None for all of them.
    """

    quantizer: MappedWeights  # type: ignore[assignment]

    def _map(self, mapping: Mapping | None, inputs: Inputs, gradient_bits: int | None) -> None:
        if inputs not in OUTSIDE:
            raise RecipeError(f"inputs are one of {', '.join(OUTSIDE)}, got {inputs!r}")
        self.quantizer = MappedWeights(mapping)
        self.inputs, self.gradient_bits = inputs, gradient_bits
        self._checked = False

    @property
    def scale(self) -> Tensor:
        """The real value of one level, (1, 1) or (out, 1), of the present weights."""
        return self.quantizer.scale(self.weight)

    def after_step(self) -> None:
        """To be called behind each step of the optimizer."""
        if isinstance(self.quantizer.mapping, WeightMapping):
            self.quantizer.mapping.after_step(self.weight)

    def _check(self, x: Tensor) -> None:
        """Raises RecipeError for inputs that have no bit; looks at the first batch only, while training."""
        if self.inputs == "int8" or (self._checked and torch.is_grad_enabled()):
            return
        lowest = -1.0 if self.inputs == "sign" else 0.0
        bad = (x != 1) & (x != lowest)
        if bad.any():
            name = type(self).__name__
            hint = 'put a SignActivation before it, or say inputs="int8"'
            raise RecipeError(f"{name} takes {lowest:g} and 1, got {float(x[bad][0]):g}; {hint}")
        self._checked = True

    def _back(self, y: Tensor) -> Tensor:
        return y if self.gradient_bits is None else round_gradient(y, self.gradient_bits)


class BinarizeLinear(_Mapped, QuantLinear):
    """`y = x @ mapping(weight).T + bias`; weight: (out, in)."""

    def __init__(
        self,
        in_features: int,
        out_features: int,
        mapping: Mapping | None = None,
        inputs: Inputs = "sign",
        bias: bool = False,
        gradient_bits: int | None = None,
    ) -> None:
        super().__init__(in_features, out_features, "binary", bias, clip="proportional")
        self._map(mapping, inputs, gradient_bits)

    def forward(self, x: Tensor) -> Tensor:
        self._check(x)
        return self._back(super().forward(x))


class BinarizeConv2d(_Mapped, QuantConv2d):
    """`torch.nn.Conv2d` with weights `mapping(weight)`, (out, in / groups, rows, columns); padding: see `inputs`."""

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        kernel_size: int | Sequence[int],
        stride: int | Sequence[int] = 1,
        padding: str | int | Sequence[int] = 0,
        mapping: Mapping | None = None,
        inputs: Inputs = "sign",
        groups: int = 1,
        bias: bool = False,
        gradient_bits: int | None = None,
    ) -> None:
        sizes = (in_channels, out_channels, kernel_size, stride, padding)
        super().__init__(*sizes, groups=groups, bias=bias, format="binary", clip="proportional")
        self._map(mapping, inputs, gradient_bits)
        self.padding_value = OUTSIDE[inputs]

    def forward(self, x: Tensor) -> Tensor:
        self._check(x)
        return self._back(super().forward(x))


class SignActivation(nn.Module):
    """+1 for x >= 0, else -1, one bit on the device; with `unit` 1 for x >= 1/2, else 0 (DoReFa's one bit).

    estimator: what stands for the derivative; `unit` has DoReFa's own.
    """

    def __init__(self, estimator: Estimator | None = None, unit: bool = False) -> None:
        super().__init__()
        self.estimator = Clipped() if estimator is None else estimator
        self.unit = unit

    def config(self) -> dict[str, Any]:
        """What the device needs to know, as plain data."""
        return {"unit": self.unit}

    def forward(self, x: Tensor) -> Tensor:
        if self.unit:
            return unit_steps(x, 1)
        result: Tensor = self.estimator(x)
        return result


class UnitActivation(QuantActivation):
    """DoReFa's activation of k bits, 2 .. 7: clamp(x, 0, 1) in 2^k - 1 steps, int8 on the device.

    Source: Zhou et al. 2016, "DoReFa-Net", section 2.5.
    """

    def __init__(self, bits: int) -> None:
        super().__init__("identity")
        if not 2 <= bits <= 7:
            raise RecipeError(f"UnitActivation has 2 to 7 bits, got {bits}")
        self.bits, self.limit, self.lo, self.hi = bits, 1.0, 0, 2**bits - 1

    def config(self) -> dict[str, Any]:
        """The constructor's arguments, as plain data."""
        return {"bits": self.bits}

    @property
    def scale(self) -> Tensor:
        return torch.tensor(1.0 / self.hi, dtype=self.log2_scale.dtype, device=self.log2_scale.device)

    def apply_function(self, u: Tensor) -> Tensor:
        """f(u) on reals, without quantization."""
        return u.clamp(0, 1)


class Thermometer(nn.Module):
    """Each channel as `levels` bits, +1 for x >= k / (levels + 1), k = 1 .. levels, else -1: 3 colours become 9.

    Inputs are 0 .. 1; the bits of a level stand together.  The first layer can then be binary altogether.
    Source: Buckman et al. 2018, "Thermometer Encoding"; FracBNN (Zhang et al. 2021) feeds images so.
    """

    def __init__(self, channels: int, levels: int = 3) -> None:
        super().__init__()
        if levels < 1:
            raise RecipeError(f"Thermometer needs 1 level or more, got {levels}")
        self.channels, self.levels = channels, levels

    def config(self) -> dict[str, Any]:
        """The constructor's arguments, as plain data."""
        return {"channels": self.channels, "levels": self.levels}

    def limits(self) -> list[float]:
        """The least value that reaches each level."""
        return [k / (self.levels + 1) for k in range(1, self.levels + 1)]

    def forward(self, x: Tensor) -> Tensor:
        return torch.cat([sign(x - limit) for limit in self.limits()], dim=1)
