"""Which channels of a network belong together, and the network with some of them, or with them in another order.

The outputs of a layer with weights are a *space*.  It reaches through norms, activations, pools, depthwise convolutions
and a flattening up to the layers that mix channels anew; what is added shares one space.  A channel that is 0 wherever
its space is read can be left out, in weights, norms and the rows of later weights: the result is the same number.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from math import prod

import torch
from torch import Tensor, nn

from .trace import INPUT, TracedLayer, TracedModel, rebuild

WEIGHTS = ("QuantLinear", "QuantConv1d", "QuantConv2d")
ACTIVATIONS = ("QuantActivation", "QuantPReLU", "QuantClamp", "SparseReLU", "DynamicShift")
NORMS = ("BatchNorm1d", "BatchNorm2d", "PowerOfTwoBatchNorm1d", "PowerOfTwoBatchNorm2d")
POOLS = ("MaxPool1d", "MaxPool2d", "AvgPool1d", "AvgPool2d", "AdaptiveAvgPool1d", "AdaptiveAvgPool2d")
SAME = (*POOLS, "Dropout", "Dropout2d", "Identity", "Scale")


@dataclass(eq=False)
class Space:
    """Channels that stay or go together.

    layer: the path of the first that makes them, and its place in the network.  fixed: all stay, in order.
    """

    layer: str
    place: int
    size: int
    fixed: bool = False
    joined: "Space | None" = None

    @property
    def root(self) -> "Space":
        """What stands for all spaces that were joined."""
        return self if self.joined is None else self.joined.root


@dataclass(frozen=True)
class Axis:
    """The channels of a value: those of some spaces, one after the other, each `repeat` times (a flattened map)."""

    spaces: tuple[Space, ...]
    repeat: int = 1

    def positions(self, chosen: Mapping[str, Tensor]) -> Tensor:
        """Positions along the axis, if of the space called by a layer's path only those channels are, in this order."""
        parts, start = [], 0
        for space in self.spaces:
            kept = chosen.get(space.root.layer, torch.arange(space.size))
            parts.append((start + kept[:, None] * self.repeat + torch.arange(self.repeat)).flatten())
            start += space.size * self.repeat
        return torch.cat(parts)

    def fix(self) -> None:
        """Keeps all channels where they are."""
        for space in self.spaces:
            space.root.fixed = True


class ChannelMap:
    """The axis of every value of a traced network.  example: an input as the model takes it."""

    def __init__(self, layers: tuple[TracedLayer, ...], example: Tensor) -> None:
        self.layers = layers
        with torch.no_grad():
            self._values = TracedModel(layers).values(example)
        self._paths = [layer.layer for layer in layers]
        self.axes: dict[str, Axis] = {}
        self.axes[INPUT] = self._new(INPUT, INPUT, fixed=True)
        for layer in layers:
            self.axes[layer.name] = self._axis(layer)
        self.axes[layers[-1].name].fix()

    @property
    def free(self) -> list[Space]:
        """The spaces whose channels may go or change places, in the order of the network."""
        roots = dict.fromkeys(space.root for axis in self.axes.values() for space in axis.spaces)
        return [space for space in roots if not space.fixed]

    def _new(self, layer: str, name: str, fixed: bool = False) -> Axis:
        return Axis((Space(layer, len(self.axes), self._values[name].shape[1], fixed),))

    def _axis(self, layer: TracedLayer) -> Axis:
        first, *others = axes = [self.axes[name] for name in layer.inputs]
        if layer.kind in WEIGHTS:
            return self._weighted(layer, first)
        if layer.kind == "Flatten":
            return replace(first, repeat=first.repeat * prod(self._values[layer.inputs[0]].shape[2:]))
        if layer.kind == "Add" and len(others) == 1 and _join(first, others[0]):
            return first
        if layer.kind == "Concat" and all(axis.repeat == 1 for axis in axes):
            return Axis(tuple(space for axis in axes for space in axis.spaces))
        if layer.kind in (*NORMS, *SAME) or (layer.kind in ACTIVATIONS and self._keeps_zero(layer)):
            return first
        for axis in axes:
            axis.fix()
        return self._new(layer.layer, layer.name, fixed=True)

    def _weighted(self, layer: TracedLayer, source: Axis) -> Axis:
        config, called_twice = layer.config, self._paths.count(layer.layer) > 1
        groups = config.get("groups", 1)
        if called_twice or (config.get("padding_value") and any(config["padding"])):
            source.fix()
        if groups == 1:
            return self._new(layer.layer, layer.name, fixed=called_twice)
        if groups == config["in_channels"] == config["out_channels"] and not called_twice:
            return source
        source.fix()
        return self._new(layer.layer, layer.name, fixed=True)

    def _keeps_zero(self, layer: TracedLayer) -> bool:
        """Whether a channel of zeros stays one, and the others do not notice."""
        if layer.config.get("center"):
            return False
        zeros = torch.zeros_like(self._values[layer.inputs[0]])
        return not rebuild(layer)(zeros).any()

    def select(self, chosen: Mapping[str, Tensor]) -> tuple[TracedLayer, ...]:
        """The layers with only the chosen channels, by the path that calls a space; a space that is not there stays."""
        return tuple(self._selected(layer, chosen) for layer in self.layers)

    def _selected(self, layer: TracedLayer, chosen: Mapping[str, Tensor]) -> TracedLayer:
        if layer.kind not in (*WEIGHTS, *NORMS, "QuantPReLU"):
            return layer
        axes = self.axes[layer.inputs[0]], self.axes[layer.name]
        inputs, outputs = (axis.positions(chosen) for axis in axes)
        all_inputs, all_outputs = (axis.positions({}) for axis in axes)
        if torch.equal(inputs, all_inputs) and torch.equal(outputs, all_outputs):
            return layer
        by_channel = {key for key, value in layer.state.items() if value.ndim and len(value) == len(all_outputs)}
        state = {key: value[outputs] if key in by_channel else value for key, value in layer.state.items()}
        depthwise = layer.config.get("groups", 1) > 1
        if layer.kind in WEIGHTS and not depthwise:
            state["weight"] = state["weight"][:, inputs]
        sizes = dict.fromkeys(("in_features", "in_channels"), len(inputs))
        sizes |= dict.fromkeys(("out_features", "out_channels", "num_features"), len(outputs))
        sizes |= {"channels": len(state.get("slope", ()))} | ({"groups": len(outputs)} if depthwise else {})
        return replace(layer, config=layer.config | {k: sizes[k] for k in sizes if k in layer.config}, state=state)


def _join(a: Axis, b: Axis) -> bool:
    """Makes the spaces of two values the same, if they are alike."""
    if a.repeat != b.repeat or [space.size for space in a.spaces] != [space.size for space in b.spaces]:
        return False
    for one, other in zip(a.spaces, b.spaces, strict=True):
        first, second = sorted((one.root, other.root), key=lambda space: space.place)
        if first is not second:
            first.fixed |= second.fixed
            second.joined = first
    return True


@torch.no_grad()
def put_back(model: nn.Module, before: tuple[TracedLayer, ...], after: tuple[TracedLayer, ...]) -> None:
    """Exchanges in `model` what was selected from its trace, `before`."""
    like = next(model.parameters())
    for old, new in zip(before, after, strict=True):
        if old is not new:
            module = rebuild(new).to(like)
            model.set_submodule(new.layer, module.train(model.get_submodule(new.layer).training))
