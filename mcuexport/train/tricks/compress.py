"""Weights that learn how many bits they need, and the formats nearest to that."""

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor, nn

from ...errors import RecipeError
from ...pack import weight_format
from ..channels import WEIGHTS
from ..layers import QuantLayer, WeightQuantizer
from ..quantizers import round_half_up, straight_through
from .base import Run, Trick
from .prune_channels import channel_map, remove

FIRST_BITS = 8.0
GONE_BITS = 0.5


class LearnedBits(WeightQuantizer):
    """``2^e * clamp(floor(w / 2^e + 1/2), -2^(b-1), 2^(b-1) - 1)`` with learned b >= 0 and e, by layer or by output.

    Gradients straight through the rounding.  The format is none of its own, only what the layer had before.
    Source: Cséfalvay and Imber 2023, "Self-Compressing Neural Networks", equation 1.
    """

    def __init__(self, old: WeightQuantizer, weight: Tensor, by_channel: bool) -> None:
        super().__init__(len(weight), **old.config())
        self.scale.copy_(old.scale)
        rows = weight.detach().flatten(1) if by_channel else weight.detach().reshape(1, -1)
        reach = rows.abs().amax(1, keepdim=True).clamp_min(2.0**-16)
        self.bits = nn.Parameter(torch.full_like(reach, FIRST_BITS))
        self.exponent = nn.Parameter(torch.log2(reach) - (FIRST_BITS - 1))

    def forward(self, weight: Tensor) -> Tensor:
        shape = (-1, *[1] * (weight.ndim - 1))
        half, step = torch.exp2(self.bits.clamp_min(0) - 1).view(shape), torch.exp2(self.exponent).view(shape)
        units = torch.minimum(torch.maximum(weight / step, -half), half - 1)
        return straight_through(units, round_half_up(units)) * step


class SelfCompression(Trick):
    """Adds `penalty` times the mean bits of a weight to the loss; see `LearnedBits`.

    Behind epoch `epoch` each layer gets, of `formats`, the one whose levels carry the number of bits nearest to what it
    learned, and training goes on in it.  by = "channel": bits are learned for each output; those below half a bit
    leave the network, where channels can, and the mean of the others decides the format.
    """

    def __init__(self, run: Run) -> None:
        self.run, self.settings, self.model = run, run.recipe.compress, run.model
        self.epoch = self.settings.last_epoch(run.recipe.train.epochs)
        by_channel = self.settings.by == "channel"
        self.spaces = _spaces(run) if by_channel else {}
        self.formats: dict[str, str] = {}
        self.kept: dict[str, Tensor] = {}
        for path, layer in self._layers().items():
            if not isinstance(layer.quantizer, WeightQuantizer):
                raise RecipeError(f"compress: {path}'s weights are those of a method, which has its own format")
            layer.quantizer = LearnedBits(layer.quantizer, layer.weight, by_channel).to(run.device)

    def _layers(self) -> dict[str, QuantLayer]:
        return {path: layer for path, layer in self.model.named_modules() if isinstance(layer, QuantLayer)}

    def mean_bits(self) -> Tensor:
        """The mean of the learned bits over all weights."""
        layers = self._layers().values()
        total = torch.stack([learned_bits(layer).mean() * layer.weight.numel() for layer in layers]).sum()
        return total / sum(layer.weight.numel() for layer in layers)

    def loss(self, loss: Tensor, x: Tensor, logits: Tensor) -> Tensor:
        return loss if self.formats else loss + self.settings.penalty * self.mean_bits()

    @torch.no_grad()
    def end_epoch(self, epoch: int) -> bool:
        if self.formats or epoch < self.epoch:
            return False
        bits = {path: learned_bits(layer).flatten() for path, layer in self._layers().items()}
        kept: dict[str, Tensor] = {}
        for path, space in self.spaces.items():  # of what is added, a channel goes with all its branches
            kept[space] = kept.get(space, torch.tensor(False)) | (bits[path] >= GONE_BITS)
        formats = {}
        for path, learned in bits.items():
            left = learned[learned >= GONE_BITS]
            formats[path] = nearest_format(float(left.mean()) if len(left) else 0.0, self.settings.formats)
        self._settle(formats, kept)
        return True

    def _settle(self, formats: dict[str, str], kept: dict[str, Tensor]) -> None:
        self.formats, self.kept = formats, kept
        for path, layer in self._layers().items():
            config = {**layer.quantizer.config(), "format": formats[path]}
            layer.quantizer = WeightQuantizer(len(layer.weight), **config).to(self.run.device)
            layer.update_scale()
        remove(self.model, {path: mask for path, mask in kept.items() if mask.any()}, self.run)

    def settled(self, epoch: int) -> bool:
        return bool(self.formats)

    def state_dict(self) -> dict[str, Any]:
        return {"formats": self.formats, "kept": self.kept}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        if state["formats"]:
            self._settle(state["formats"], state["kept"])


def _spaces(run: Run) -> dict[str, str]:
    """By the path of each layer with weights, what `remove` calls the channels that it makes, where those can go."""
    layers, channels = channel_map(run.model, run)
    makers = [layer for layer in layers if layer.kind in WEIGHTS]
    spaces = {layer.layer: channels.axes[layer.name].spaces[0].root for layer in makers}
    return {path: space.layer for path, space in spaces.items() if not space.fixed}


def learned_bits(layer: QuantLayer) -> Tensor:
    """The bits of a layer's weights, (1, 1) or (out, 1), none below 0."""
    assert isinstance(layer.quantizer, LearnedBits)
    return layer.quantizer.bits.clamp_min(0)


def nearest_format(bits: float, names: Sequence[str]) -> str:
    """The format whose levels carry the number of bits nearest to `bits`; of two the smaller."""
    carried = {name: weight_format(name).capacity_bits for name in names}
    return min(names, key=lambda name: (abs(carried[name] - bits), carried[name]))
