"""Hidden units and channels that a learned mask finds dispensable, and the network without them."""

from typing import Any

import torch
from torch import Tensor, nn

from ...errors import RecipeError
from ..batches import real_values
from ..channels import ACTIVATIONS, NORMS, WEIGHTS, Axis, ChannelMap, put_back
from ..layers import QuantLayer
from ..trace import TracedLayer, trace
from .base import Run, Trick

SEEN_THROUGH = ("Dropout", "Dropout2d", "Identity", "MaxPool1d", "MaxPool2d")


class Masked(nn.Module):
    """``activation(x * mask)``: a factor for each channel, of one space or several one after the other."""

    def __init__(self, activation: nn.Module, scores: list[nn.Parameter], repeat: int) -> None:
        super().__init__()
        self.activation, self.scores, self.repeat = activation, nn.ParameterList(scores), repeat

    def forward(self, x: Tensor) -> Tensor:
        mask = torch.cat([score.repeat_interleave(self.repeat) for score in self.scores])
        result: Tensor = self.activation(x * mask.view(1, -1, *[1] * (x.ndim - 2)))
        return result


class ChannelPruning(Trick):
    """Each channel before an activation has a factor of 0 or more, and the loss their L1 norm.

    Behind epoch `epoch` the channels with the smallest factors leave the network; the others' factors go into batch
    norm, or into weights and bias where there is none.  A smaller network of ordinary layers learns on.  What is added
    keeps or loses a channel in all its branches.  Source: Liu et al. 2017, "Learning Efficient Convolutional Networks
    through Network Slimming" (there the factor is batch norm's own).
    """

    def __init__(self, run: Run) -> None:
        self.run, self.settings, self.model = run, run.recipe.prune_channels, run.model
        self.epoch = self.settings.last_epoch(run.recipe.train.epochs)
        self.kept: dict[str, Tensor] = {}
        layers, channels = channel_map(run.model, run)
        if not channels.free:
            raise RecipeError("prune_channels: no layer has channels that could go; norm = layer counts them all")
        self.scores = {s.layer: nn.Parameter(torch.ones(s.size, device=run.device)) for s in channels.free}
        self.sources: dict[str, tuple[str, ...]] = {}  # layers whose results are masked, and by which scores
        by_name = {layer.name: layer for layer in layers}
        for layer in layers:
            source = _seen_through(layer, by_name)
            axis = channels.axes[layer.inputs[0]]
            if layer.kind in ACTIVATIONS and source is not None and all(not s.root.fixed for s in axis.spaces):
                self._mask(layer.layer, source.layer, axis)

    def _mask(self, path: str, source: str, axis: Axis) -> None:
        names = tuple(space.root.layer for space in axis.spaces)
        masked = Masked(self.model.get_submodule(path), [self.scores[name] for name in names], axis.repeat)
        self.model.set_submodule(path, masked)
        self.sources[source] = names

    def loss(self, loss: Tensor, x: Tensor, logits: Tensor) -> Tensor:
        if self.kept:
            return loss
        return loss + self.settings.penalty * torch.stack([score.abs().sum() for score in self.scores.values()]).sum()

    @torch.no_grad()
    def after_step(self, now: float) -> None:
        for score in self.scores.values():
            score.clamp_(min=0)

    @torch.no_grad()
    def end_epoch(self, epoch: int) -> bool:
        if self.kept or epoch < self.epoch:
            return False
        kept = self._kept()
        for source, names in self.sources.items():
            scores = torch.cat([self.scores[name] for name in names])
            _fold(self.model.get_submodule(source), scores)
        self._remove(kept)
        return True

    def _kept(self) -> dict[str, Tensor]:
        """Which channels of each space stay, at least one."""
        share, scores = self.settings.share, {name: score.detach() for name, score in self.scores.items()}
        if self.settings.by == "layer":
            return {name: _largest(score, len(score) - round(share * len(score))) for name, score in scores.items()}
        everything = torch.cat(list(scores.values()))
        kept = _largest(everything, len(everything) - round(share * len(everything)))
        parts = torch.split(kept, [len(score) for score in scores.values()])
        return {name: part | _largest(scores[name], 1) for name, part in zip(scores, parts, strict=True)}

    def _remove(self, kept: dict[str, Tensor]) -> None:
        """Takes the masks off and the other channels out."""
        self.kept = kept
        for path, module in list(self.model.named_modules()):
            if isinstance(module, Masked):
                self.model.set_submodule(path, module.activation)
        remove(self.model, kept, self.run)

    def settled(self, epoch: int) -> bool:
        return bool(self.kept)

    def state_dict(self) -> dict[str, Any]:
        return {"kept": self.kept}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        if state["kept"]:
            self._remove(state["kept"])


def channel_map(model: nn.Module, run: Run) -> tuple[tuple[TracedLayer, ...], ChannelMap]:
    """The traced layers of a model and the channels of their values."""
    layers = tuple(trace(model, run.recipe.model.architecture))
    example = real_values(torch.from_numpy(run.data.train_x[:2]), run.data)
    return layers, ChannelMap(layers, example)


def remove(model: nn.Module, kept: dict[str, Tensor], run: Run) -> None:
    """Takes all channels that are not kept out of a model, by the path of the layer that makes them."""
    layers, channels = channel_map(model, run)
    chosen = {name: mask.nonzero().flatten().cpu() for name, mask in kept.items()}
    put_back(model, layers, channels.select(chosen))


def _seen_through(layer: TracedLayer, by_name: dict[str, TracedLayer]) -> TracedLayer | None:
    """The norm or layer with weights whose result an activation reads, through what changes no zero; or None."""
    source = by_name.get(layer.inputs[0])
    while source is not None and source.kind in SEEN_THROUGH:
        source = by_name.get(source.inputs[0])
    return source if source is not None and source.kind in (*NORMS, *WEIGHTS) else None


def _largest(scores: Tensor, count: int) -> Tensor:
    """Which are the `count` largest, at least one; of equal ones the first."""
    kept = torch.zeros(len(scores), dtype=torch.bool, device=scores.device)
    kept[scores.argsort(descending=True, stable=True)[: max(1, count)]] = True
    return kept


def _fold(module: nn.Module, factor: Tensor) -> None:
    """Multiplies what a norm or a layer makes of each channel."""
    weight, bias = module.weight, module.bias
    assert isinstance(weight, Tensor)
    weight.mul_(factor.view(-1, *[1] * (weight.ndim - 1)))
    if isinstance(bias, Tensor):
        bias.mul_(factor)
    if isinstance(module, QuantLayer):
        module.update_scale()
