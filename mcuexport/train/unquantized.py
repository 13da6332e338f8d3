"""A model without its rounding: what the same parameters are worth in float, or how a training begins."""

from collections.abc import Iterator
from contextlib import contextmanager

from torch import nn

from .activations import QuantActivation
from .layers import WeightQuantizer


def set_rounding(model: nn.Module, rounds: bool) -> None:
    """Whether weights and activations of `model` are rounded from now on."""
    for module in model.modules():
        if isinstance(module, WeightQuantizer | QuantActivation):
            module.rounds = rounds


@contextmanager
def unquantized(model: nn.Module) -> Iterator[None]:
    """While it lasts, weights and activations of `model` are not rounded."""
    set_rounding(model, False)
    try:
        yield
    finally:
        set_rounding(model, True)
