"""Weight formats that change while training goes on.

Coarse levels move a weight far, so that a network which first settles in float or 8 bits can end better than one
that is coarse from its first step.  Source: Zhou et al. 2017, "Incremental Network Quantization"; Nagel et al. 2021,
"A White Paper on Neural Network Quantization", 5: training with quantization begins at a trained float network.
"""

from collections.abc import Sequence

from torch import nn

from ..pack import weight_format
from .layers import QuantLayer, WeightQuantizer
from .recipe import FLOAT, Before
from .unquantized import set_rounding


class FormatSwitch:
    """Gives the weights of `model` their format by epoch: that of the first of `before` still to come, or their own."""

    def __init__(self, model: nn.Module, before: Sequence[Before]) -> None:
        self.model, self.before = model, before
        self.layers = [layer for layer in model.modules() if isinstance(layer, QuantLayer)]
        self.own = [layer.quantizer.format for layer in self.layers]
        self.current: str | None = None

    @property
    def settled(self) -> int:
        """The first epoch with every weight in its own format."""
        return self.before[-1].epoch if self.before else 1

    def begin(self, epoch: int) -> None:
        """Where the format of this epoch is not the present one: sets it, with scales that suit it."""
        name = next((entry.format for entry in self.before if epoch < entry.epoch), None)
        if name == self.current:
            return
        self.current = name
        set_rounding(self.model, name != FLOAT)
        for layer, own in zip(self.layers, self.own, strict=True):
            if isinstance(layer.quantizer, WeightQuantizer):
                layer.quantizer.set_format(own if name in (None, FLOAT) else weight_format(name))
                layer.update_scale()
