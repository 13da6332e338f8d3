"""A ReLU with a learned slope below zero."""

from typing import Any

import torch
from torch import Tensor, nn

from .activations import QuantActivation


class QuantPReLU(QuantActivation):
    """`u`, or `slope * u` below zero, in 8 bits of a learned scale; the device applies it while it requantizes.

    slope: (channels,), learned, or (1,) for all channels together.  Source: He et al. 2015.
    """

    def __init__(self, channels: int = 1, initial: float = 0.25) -> None:
        super().__init__("identity")
        self.slope = nn.Parameter(torch.full((channels,), initial))

    def config(self) -> dict[str, Any]:
        """The constructor's arguments, as plain data."""
        return {"channels": self.slope.numel()}

    def apply_function(self, u: Tensor) -> Tensor:
        """f(u) on reals, without quantization; the second axis is the channels'."""
        slope = self.slope.view(1, -1, *[1] * (u.ndim - 2))
        return torch.where(u < 0, slope * u, u)
