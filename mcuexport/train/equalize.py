"""Scales by channel for 8-bit activations, at no cost: each channel is divided by a factor of its own, and the
weights that read it are multiplied by it.

Where a layer's channels pass a function with f(x / s) = f(x) / s for s > 0, and then only layers with weights read
them, the division goes into the batch norm, or the weights, before it.  The network computes what it did, to the
bit: factors are powers of two.
Sources: Nagel et al. 2019 (equalization across layers, eq. 7); Xiao et al. 2023 (SmoothQuant, eq. 4: the factors);
Lin et al. 2024 (AWQ: their strength is found by search).
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import torch
from torch import Tensor, fx, nn

from .activations import INT8_HIGH, INT8_LOW, QuantActivation
from .branches import AVERAGES, TRANSPARENT, kind_of
from .layers import QuantLayer
from .parametrized import QUANTIZABLE, float_weight, quantizer_of
from .prelu import QuantPReLU
from .quantize import Quantization
from .quantizers import fake_quantize
from .tracer import record

STRENGTHS = (0.0, 0.25, 0.5, 0.75, 1.0)  # from weights of one range to activations of one range
MOST_BITS = 8.0  # by which channels are moved against each other
POOLS = (nn.MaxPool1d, nn.MaxPool2d, *AVERAGES)
HOMOGENEOUS = ("relu", "identity", "leaky_relu")
Calls = Mapping[nn.Module, tuple[Tensor, Tensor]]
"""By layer with weights, what it read and what it made of it in float."""


@dataclass(frozen=True)
class Site:
    """made_by: parameters whose first axis are the channels.  read_by: the layers that read them and nothing else."""

    made_by: tuple[nn.Parameter, ...]
    read_by: tuple[nn.Module, ...]


def calls_of_layers(model: nn.Module, x: Tensor) -> Calls:
    """What each layer that can have quantized weights reads and makes for `x`."""
    found: dict[nn.Module, tuple[Tensor, Tensor]] = {}

    def note(module: nn.Module, arguments: tuple[Tensor, ...], result: Tensor) -> None:
        found[module] = arguments[0], result

    layers = [module for module in model.modules() if isinstance(module, (QuantLayer, *QUANTIZABLE))]
    hooks = [layer.register_forward_hook(note) for layer in layers]
    model(x)
    for hook in hooks:
        hook.remove()
    return found


def equalize(model: nn.Module, calls: Calls, done: Quantization) -> None:
    """Moves the channels of a model that `quantize_` has been on, so that its layers lose least in 8 bits.

    Each site takes the factors, of several strengths, with the least squared error in the layers that read it,
    activations and weights quantized; it may be no factors at all.
    """
    graph = record(model).graph
    for site in _sites(graph, model) if graph else ():
        factors = _best_factors(site, calls)
        for parameter in site.made_by:
            done.rescale(parameter, 1 / factors.reshape(-1, *[1] * (parameter.ndim - 1)))
        for layer in site.read_by:
            done.rescale(float_weight(layer), _like_weight(factors, layer))
    for layer in calls:
        if (quantizer := quantizer_of(layer)) is not None:
            quantizer.update(float_weight(layer))


def _sites(graph: fx.Graph, model: nn.Module) -> Iterator[Site]:
    modules = {node: model.get_submodule(str(node.target)) for node in graph.nodes if node.op == "call_module"}
    calls = Counter(modules.values())
    for node, module in modules.items():
        if not _is_homogeneous(module):
            continue
        (source,) = node.all_input_nodes
        made_by = _parameters(modules[source]) if source in modules and len(source.users) == 1 else ()
        readers = tuple(_readers(node, modules, model))
        layers = tuple(dict.fromkeys(modules[reader] for reader in readers if reader in modules))
        once = all(calls[m] == 1 for m in (module, modules.get(source), *layers) if m is not None)
        if made_by and once and readers and all(map(_is_quantized, layers)) and len(layers) == len(readers):
            yield Site(made_by, layers)


def _is_homogeneous(module: nn.Module) -> bool:
    """Whether it is an activation with f(x / s) = f(x) / s for every channel and s > 0."""
    if type(module) is QuantPReLU:
        return True
    return type(module) is QuantActivation and module.function in HOMOGENEOUS and module.input_scale is None


def _parameters(module: nn.Module) -> tuple[nn.Parameter, ...]:
    """What multiplies the channels of its result and does nothing else; nothing if there is no such thing."""
    parameters: tuple[Tensor | nn.Module | None, ...]
    if type(module) in (nn.BatchNorm1d, nn.BatchNorm2d):
        parameters = (module.weight, module.bias)
    else:
        quantizer = quantizer_of(module)
        if quantizer is None or not quantizer.per_output:
            return ()
        parameters = (float_weight(module), module.bias)
    return tuple(p for p in parameters if isinstance(p, nn.Parameter))


def _is_quantized(layer: nn.Module) -> bool:
    return quantizer_of(layer) is not None


def _readers(node: fx.Node, modules: Mapping[fx.Node, nn.Module], model: nn.Module) -> Iterator[fx.Node]:
    """Who reads the channels, seen through what keeps them apart."""
    for user in node.users:
        kept = issubclass(kind_of(user, model), (*TRANSPARENT, *POOLS))
        if kept or (user in modules and _is_homogeneous(modules[user])):
            yield from _readers(user, modules, model)
        else:
            yield user


def _best_factors(site: Site, calls: Calls) -> Tensor:
    channels = len(site.made_by[0])
    inputs = torch.stack([_by_channel(calls[layer][0], channels) for layer in site.read_by]).amax(0)
    weights = torch.stack([_columns(layer, channels) for layer in site.read_by]).amax(0)
    candidates = [torch.ones(channels).to(inputs)]
    candidates += [_power_of_two(inputs.log2() * a - weights.log2() * (1 - a)) for a in STRENGTHS]
    return min(candidates, key=lambda factors: sum(_error(layer, factors, *calls[layer]) for layer in site.read_by))


def _by_channel(x: Tensor, channels: int) -> Tensor:
    """The largest magnitude in each channel, or the range that is moved at most below that of the largest."""
    largest = x.reshape(len(x), channels, -1).abs().amax((0, 2))
    return largest.clamp_min(float(largest.max()) * 2.0**-MOST_BITS).clamp_min(2.0**-64)


def _columns(layer: nn.Module, channels: int) -> Tensor:
    """The largest weight that reads each channel."""
    weight, groups = float_weight(layer).detach(), getattr(layer, "groups", 1)
    rows = weight.abs().reshape(groups, -1, weight.shape[1], weight[0, 0].numel())
    return _by_channel(rows.amax((1, 3)).reshape(1, -1), channels)


def _power_of_two(log2: Tensor) -> Tensor:
    return torch.exp2((log2 - log2.amax()).clamp_min(-MOST_BITS).round())


def _like_weight(factors: Tensor, layer: nn.Module) -> Tensor:
    """The factor of the channel that each weight reads; behind a flattened map, a channel is several inputs."""
    weight, groups = float_weight(layer), getattr(layer, "groups", 1)
    inputs = weight.shape[1] * groups
    by_group = factors.repeat_interleave(inputs // len(factors)).reshape(groups, -1)
    by_output = by_group.repeat_interleave(len(weight) // groups, 0)
    return by_output.reshape(*by_output.shape, *[1] * (weight.ndim - 2))


def _error(layer: nn.Module, factors: Tensor, x: Tensor, wanted: Tensor) -> float:
    """Squared error of the quantized layer on 8-bit inputs divided by `factors`, by the variance of each output."""
    weight, quantizer = float_weight(layer), quantizer_of(layer)
    assert quantizer is not None
    divided = x / factors.repeat_interleave(x.shape[1] // len(factors)).reshape(1, -1, *[1] * (x.ndim - 2))
    original = weight.detach().clone()
    weight.data.mul_(_like_weight(factors, layer))
    quantizer.update(weight)
    scale = divided.abs().max().clamp_min(2.0**-64) / INT8_HIGH
    error = (layer(fake_quantize(divided, scale, INT8_LOW, INT8_HIGH)) - wanted).transpose(0, 1).flatten(1)
    weight.data.copy_(original)
    variance = wanted.transpose(0, 1).flatten(1).var(1, correction=0).clamp_min(2.0**-64)
    return float((error.square().mean(1) / variance).mean())
