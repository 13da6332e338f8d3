"""A ReLU that keeps only the largest of a layer's values."""

from typing import Any

import torch
from torch import Tensor

from .activations import QuantActivation
from .quantizers import round_half_up

FOLLOWING = 0.1


class SparseReLU(QuantActivation):
    """ReLU in 8 bits, then 0 in place of every value below `threshold`: about a share `keep` of a layer is left.

    threshold: in steps of the result, 0 .. 127, one for the layer.  It follows, as batch norm's statistics do, the
    largest value that leaves a share `keep` of a training batch, zeros counted; so no sample is sorted, on the device
    or here, and how many values a sample keeps varies.  The device looks the result up in a table of 256 bytes.
    The gradient is 0 where the result is.  Source: Makhzani and Frey 2014, "k-Sparse Autoencoders", which keeps exactly
    k of each sample.
    """

    threshold: Tensor

    def __init__(self, keep: float = 0.5, power_of_two: bool = False) -> None:
        super().__init__("relu", power_of_two=power_of_two)
        self.keep, self.fused, self.lo_in = keep, False, 0
        self.register_buffer("threshold", torch.tensor(0.0))

    def config(self) -> dict[str, Any]:
        """The constructor's arguments, as plain data."""
        return {"keep": self.keep, "power_of_two": self.power_of_two}

    @property
    def scale_in(self) -> Tensor:
        """The real value of one step of a table's argument: that of the result."""
        return self.scale

    def apply_function(self, u: Tensor) -> Tensor:
        """f(u) on reals, without quantization of what is kept."""
        return torch.where(self._steps(u) >= self.threshold, torch.relu(u), 0.0)

    def _steps(self, u: Tensor) -> Tensor:
        return round_half_up(u.detach() / self.scale.detach()).clamp(self.lo, self.hi)

    def forward(self, u: Tensor) -> Tensor:
        if self.training and self.rounds:
            if not self.initialised:
                self._initialise(u)
            self._follow(self._steps(u).flatten())
        return super().forward(u)

    @torch.no_grad()
    def _follow(self, steps: Tensor) -> None:
        """Moves the threshold towards that of a batch."""
        kept = max(1, round(self.keep * steps.numel()))
        smallest = steps.kthvalue(steps.numel() - kept + 1).values
        self.threshold.lerp_(smallest.to(self.threshold), FOLLOWING)
