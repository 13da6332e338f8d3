"""Layers with quantized weights.  A layer knows its format only as a table of levels."""

import math
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

from ..errors import RecipeError
from ..pack import weight_format
from .clipping import CLIP_RULES
from .quantizers import nearest_levels, power_of_two, sorted_levels, straight_through


class QuantLinear(nn.Module):
    """`y = x @ (levels * scale).T + bias`, the levels being those of `format` nearest to `weight / scale`.

    weight: (out, in) latent reals; the gradient passes the rounding straight through.
    scale: the real value of one level, (1, 1), or (out, 1) with `per_output`; it follows the weights
    only where `update_scale` is called.  clip: the rule that sets it, a name in `CLIP_RULES`; the
    result is multiplied by `clip_factor`, then with `power_of_two` rounded to a power of two.
    """

    scale: Tensor
    _levels: Tensor

    def __init__(
        self,
        in_features: int,
        out_features: int,
        format: str = "sym4",  # noqa: A002 -- the word that recipes and reports use
        bias: bool = False,
        per_output: bool = False,
        clip: str = "octav",
        clip_factor: float = 1.0,
        power_of_two: bool = False,
    ) -> None:
        super().__init__()
        if clip not in CLIP_RULES:
            raise RecipeError(f"unknown clip rule {clip!r} (rules: {', '.join(CLIP_RULES)})")
        self.format = weight_format(format)
        self.in_features, self.out_features = in_features, out_features
        self.per_output, self.power_of_two = per_output, power_of_two
        self.clip, self.clip_factor = clip, clip_factor
        self.weight = nn.Parameter(torch.empty(out_features, in_features))
        self.bias = nn.Parameter(torch.zeros(out_features)) if bias else None
        nn.init.kaiming_uniform_(self.weight, a=math.sqrt(5))
        self.register_buffer("scale", torch.ones(out_features if per_output else 1, 1))
        self.register_buffer("_levels", sorted_levels(self.format), persistent=False)
        self.update_scale()

    def config(self) -> dict[str, Any]:
        """The constructor's arguments, as plain data."""
        return {
            "in_features": self.in_features,
            "out_features": self.out_features,
            "format": self.format.name,
            "bias": self.bias is not None,
            "per_output": self.per_output,
            "clip": self.clip,
            "clip_factor": self.clip_factor,
            "power_of_two": self.power_of_two,
        }

    @torch.no_grad()
    def update_scale(self) -> None:
        """Sets `scale` from the present weights."""
        rows = self.weight if self.per_output else self.weight.reshape(1, -1)
        scale = CLIP_RULES[self.clip](rows.double(), self.format) * self.clip_factor
        scale = scale.clamp_min(2.0**-24)  # all weights zero
        self.scale.copy_(power_of_two(scale) if self.power_of_two else scale)

    @torch.no_grad()
    def levels(self) -> Tensor:
        """The integers that the device stores, (out, in), int32."""
        return nearest_levels(self.weight, self.scale, self._levels.double()).to(torch.int32)

    @property
    def w_clip(self) -> float:
        """The largest weight that can be represented (the mean over the outputs)."""
        return float(self.scale.mean()) * self.format.max_level

    def entropy(self) -> float:
        """Information that the levels in use carry, bits per weight."""
        return self.format.entropy(self.levels().cpu().numpy())

    def forward(self, x: Tensor) -> Tensor:
        levels = nearest_levels(self.weight, self.scale, self._levels.double())
        return functional.linear(x, straight_through(self.weight, levels.to(x) * self.scale), self.bias)
