"""Layers with quantized weights.  A layer knows its format only as a table of levels."""

import math
from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

from ..errors import RecipeError
from ..pack import WeightFormat, weight_format
from .clipping import CLIP_RULES, USUAL_CLIP
from .quantizers import learned_levels, nearest_levels, power_of_two, sorted_levels, straight_through


class WeightQuantizer(nn.Module):
    """Quantizes a weight tensor (out, ...) to `levels * scale`, the levels being those nearest to `weight / scale`.

    scale: the real value of one level, (1, 1), or (out, 1) with `per_output`; it follows the weights
    only where `update` is called.  clip: the rule that sets it, a name in `CLIP_RULES`; the result is
    multiplied by `clip_factor`, then with `power_of_two` rounded to a power of two.
    The gradient passes the rounding straight through.  rounds: False for a while where weights stay real.  log2_gain: a
    parameter of the scale's shape and value 0 where training learns the scale, which then gets LSQ's gradient (see
    `learned_levels`).
    """

    scale: Tensor
    log2_gain: nn.Parameter | None
    _levels: Tensor

    def __init__(
        self,
        outputs: int,
        format: str = "sym4",  # noqa: A002 -- the word that recipes and reports use
        per_output: bool = False,
        clip: str = USUAL_CLIP,
        clip_factor: float = 1.0,
        power_of_two: bool = False,
    ) -> None:
        super().__init__()
        if clip not in CLIP_RULES:
            raise RecipeError(f"unknown clip rule {clip!r} (rules: {', '.join(CLIP_RULES)})")
        self.format, self.rounds = weight_format(format), True
        self.per_output, self.power_of_two = per_output, power_of_two
        self.clip, self.clip_factor = clip, clip_factor
        self.register_buffer("scale", torch.ones(outputs if per_output else 1, 1))
        self.register_buffer("_levels", sorted_levels(self.format), persistent=False)
        self.register_parameter("log2_gain", None)

    def config(self) -> dict[str, Any]:
        """The constructor's arguments but the first, as plain data."""
        return {
            "format": self.format.name,
            "per_output": self.per_output,
            "clip": self.clip,
            "clip_factor": self.clip_factor,
            "power_of_two": self.power_of_two,
        }

    def set_format(self, fmt: WeightFormat) -> None:
        """Weights take another format's levels from now on; the scale is that of the old ones until `update`."""
        self.format = fmt
        self._levels = sorted_levels(fmt).to(self._levels)

    @torch.no_grad()
    def update(self, weight: Tensor) -> None:
        """Sets `scale` from the present weights."""
        rows = weight.flatten(1) if self.per_output else weight.reshape(1, -1)
        scale = CLIP_RULES[self.clip](rows.double(), self.format) * self.clip_factor
        scale = scale.clamp_min(2.0**-24)  # all weights zero
        self.scale.copy_(power_of_two(scale) if self.power_of_two else scale)

    @torch.no_grad()
    def levels(self, weight: Tensor) -> Tensor:
        """The integers that the device stores, in the shape of `weight`, float64."""
        return nearest_levels(weight, self._scale_like(weight), self._levels.double())

    def _scale_like(self, weight: Tensor) -> Tensor:
        return self.scale.reshape(-1, *[1] * (weight.ndim - 1))

    def forward(self, weight: Tensor) -> Tensor:
        if not self.rounds:
            return weight
        if self.log2_gain is not None:
            return learned_levels(weight, self.levels(weight).to(weight), self._scale_like(weight), self.log2_gain)
        return straight_through(weight, self.levels(weight).to(weight) * self._scale_like(weight))


class QuantLayer(nn.Module):
    """What layers with quantized weights share; `weight` (out, ...) holds latent reals."""

    weight: nn.Parameter
    bias: nn.Parameter | None
    quantizer: WeightQuantizer

    def _make(self, shape: Sequence[int], bias: bool, quantization: dict[str, Any]) -> None:
        self.weight = nn.Parameter(torch.empty(*shape))
        self.bias = nn.Parameter(torch.zeros(shape[0])) if bias else None
        nn.init.kaiming_uniform_(self.weight, a=math.sqrt(5))
        self.quantizer = WeightQuantizer(shape[0], **quantization)
        self.update_scale()

    def update_scale(self) -> None:
        """Sets the scale from the present weights."""
        self.quantizer.update(self.weight)

    def levels(self) -> Tensor:
        """The integers that the device stores, int32, in the shape of `weight`."""
        return self.quantizer.levels(self.weight).to(torch.int32)

    @property
    def scale(self) -> Tensor:
        """The real value of one level, (1, 1) or (out, 1)."""
        return self.quantizer.scale

    @property
    def w_clip(self) -> float:
        """The largest weight that can be represented (the mean over the outputs)."""
        return float(self.scale.mean()) * self.quantizer.format.max_level

    def entropy(self) -> float:
        """Information that the levels in use carry, bits per weight."""
        return self.quantizer.format.entropy(self.levels().cpu().numpy())


class QuantLinear(QuantLayer):
    """`y = x @ (levels * scale).T + bias`; weight: (out, in).  quantization: the arguments of `WeightQuantizer`."""

    def __init__(
        self,
        in_features: int,
        out_features: int,
        format: str = "sym4",  # noqa: A002 -- the word that recipes and reports use
        bias: bool = False,
        **quantization: Any,
    ) -> None:
        super().__init__()
        self.in_features, self.out_features = in_features, out_features
        self._make((out_features, in_features), bias, {"format": format, **quantization})

    def config(self) -> dict[str, Any]:
        """The constructor's arguments, as plain data."""
        shape = {"in_features": self.in_features, "out_features": self.out_features, "bias": self.bias is not None}
        return {**shape, **self.quantizer.config()}

    def forward(self, x: Tensor) -> Tensor:
        return functional.linear(x, self.quantizer(self.weight), self.bias)


class _QuantConv(QuantLayer):
    """What 1-d and 2-d convolutions share; sizes are tuples of `dimensions` numbers.

    padding_value: the real that stands outside the map; inputs of +1 and -1 have no 0.
    """

    dimensions: int

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        kernel_size: int | Sequence[int],
        stride: int | Sequence[int] = 1,
        padding: str | int | Sequence[int] = 0,
        dilation: int | Sequence[int] = 1,
        groups: int = 1,
        bias: bool = False,
        padding_value: float = 0.0,
        **quantization: Any,
    ) -> None:
        super().__init__()
        if in_channels % groups or out_channels % groups:
            raise RecipeError(f"{in_channels} and {out_channels} channels do not divide into {groups} groups")
        self.in_channels, self.out_channels, self.groups = in_channels, out_channels, groups
        self.kernel_size, self.stride = self._sizes(kernel_size), self._sizes(stride)
        self.dilation = self._sizes(dilation)
        self.padding, self.padding_value = self._padding(padding), padding_value
        self._make((out_channels, in_channels // groups, *self.kernel_size), bias, quantization)

    def _sizes(self, size: int | Sequence[int]) -> tuple[int, ...]:
        sizes = (size,) * self.dimensions if isinstance(size, int) else tuple(size)
        if len(sizes) != self.dimensions:
            raise RecipeError(f"{type(self).__name__} takes one size or {self.dimensions}, got {size}")
        return sizes

    def _padding(self, padding: str | int | Sequence[int]) -> tuple[int, ...]:
        if not isinstance(padding, str):
            return self._sizes(padding)
        if padding == "valid":
            return (0,) * self.dimensions
        extents = [(k - 1) * d for k, d in zip(self.kernel_size, self.dilation, strict=True)]
        if padding != "same" or any(extent % 2 for extent in extents) or set(self.stride) != {1}:
            raise RecipeError(f'padding is "same" (odd kernels, stride 1), "valid" or numbers, got {padding!r}')
        return tuple(extent // 2 for extent in extents)

    def config(self) -> dict[str, Any]:
        """The constructor's arguments, as plain data."""
        names = ("in_channels", "out_channels", "kernel_size", "stride", "padding", "dilation", "groups")
        return {name: getattr(self, name) for name in (*names, "padding_value")} | {
            "bias": self.bias is not None,
            **self.quantizer.config(),
        }

    def forward(self, x: Tensor) -> Tensor:
        convolve = functional.conv1d if self.dimensions == 1 else functional.conv2d
        weight, padding = self.quantizer(self.weight), self.padding
        if self.padding_value:
            sides = [size for size in reversed(padding) for _ in range(2)]
            x, padding = functional.pad(x, sides, value=self.padding_value), (0,) * self.dimensions
        return convolve(x, weight, self.bias, self.stride, padding, self.dilation, self.groups)


class QuantConv1d(_QuantConv):
    """`torch.nn.Conv1d` with quantized weights (out, in / groups, size); padding is with `padding_value`."""

    dimensions = 1


class QuantConv2d(_QuantConv):
    """`torch.nn.Conv2d` with quantized weights (out, in / groups, rows, columns); padding is with `padding_value`."""

    dimensions = 2
