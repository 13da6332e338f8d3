"""Where branches meet: addition, concatenation, and a learned factor on a branch."""

from typing import Any

import torch
from torch import Tensor, nn


class Add(nn.Module):
    """`a + b`; the device adds both with the requantization of the activation that follows."""

    def config(self) -> dict[str, Any]:
        """The constructor's arguments, as plain data."""
        return {}

    def forward(self, a: Tensor, b: Tensor) -> Tensor:
        return a + b


class Concat(nn.Module):
    """The channels of all inputs, one after the other; the activation that follows sets their common scale."""

    def config(self) -> dict[str, Any]:
        """The constructor's arguments, as plain data."""
        return {}

    def forward(self, *inputs: Tensor) -> Tensor:
        return torch.cat(inputs, dim=1)


class Scale(nn.Module):
    """`factor * x` with one learned factor; it costs the device nothing."""

    def __init__(self, initial: float = 1.0) -> None:
        super().__init__()
        self.factor = nn.Parameter(torch.tensor(float(initial)))

    def config(self) -> dict[str, Any]:
        """The constructor's arguments, as plain data."""
        return {}

    def forward(self, x: Tensor) -> Tensor:
        return x * self.factor
