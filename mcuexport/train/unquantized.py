"""A model without its rounding, for a while: what the same parameters are worth in float."""

from collections.abc import Iterator
from contextlib import contextmanager

from torch import Tensor, nn

from .activations import QuantActivation
from .layers import WeightQuantizer


class _FloatActivation(nn.Module):
    def __init__(self, activation: QuantActivation) -> None:
        super().__init__()
        self.activation = activation

    def forward(self, u: Tensor) -> Tensor:
        return self.activation.apply_function(u)


@contextmanager
def unquantized(model: nn.Module) -> Iterator[None]:
    """While it lasts, weights and activations of `model` are not rounded."""
    quantizers = [(p, m) for p, m in model.named_modules() if isinstance(m, WeightQuantizer | QuantActivation)]
    for path, module in quantizers:
        model.set_submodule(path, _FloatActivation(module) if isinstance(module, QuantActivation) else nn.Identity())
    try:
        yield
    finally:
        for path, module in quantizers:
            model.set_submodule(path, module)
