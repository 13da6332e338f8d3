"""A clamp to two given bounds."""

from math import floor
from typing import Any

from torch import Tensor

from ..errors import RecipeError
from .activations import INT8_HIGH, QuantActivation


class QuantClamp(QuantActivation):
    """`clamp(u, minimum, maximum)` in 8 bits; the larger bound's magnitude is 127 steps, the other one is rounded."""

    def __init__(self, minimum: float, maximum: float) -> None:
        super().__init__("identity")
        if not minimum < maximum:
            raise RecipeError(f"QuantClamp needs a minimum below its maximum, got {minimum:g} and {maximum:g}")
        self.minimum, self.maximum = float(minimum), float(maximum)
        self.limit = max(abs(self.minimum), abs(self.maximum))
        step = self.limit / INT8_HIGH
        self.lo, self.hi = floor(self.minimum / step + 0.5), floor(self.maximum / step + 0.5)

    def config(self) -> dict[str, Any]:
        """The constructor's arguments, as plain data."""
        return {"minimum": self.minimum, "maximum": self.maximum}

    def apply_function(self, u: Tensor) -> Tensor:
        """f(u) on reals, without quantization."""
        return u.clamp(self.minimum, self.maximum)
