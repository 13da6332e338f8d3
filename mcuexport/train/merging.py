"""Batch norms merged into the layers before them, and fresh ones spliced back in for further training.

Where the norms are is found in the traced forward pass, so that any module of the user's own will do.
"""

from collections import Counter
from collections.abc import Iterator

import torch
from torch import Tensor, nn

from .layers import QuantLayer
from .norms import PowerOfTwoBatchNorm1d, PowerOfTwoBatchNorm2d
from .trace import trace

BatchNorm = nn.BatchNorm1d | nn.BatchNorm2d


def followers(model: nn.Module) -> Iterator[tuple[str, str | None]]:
    """The path of each layer with quantized weights, and of the batch norm or nn.Identity that alone reads it.

    Raises CheckpointError if the model cannot be traced.
    """
    layers = trace(model, type(model).__name__)
    reads = Counter(name for layer in layers for name in layer.inputs)
    modules = dict(model.named_modules(remove_duplicate=False))
    for layer in layers:
        if isinstance(modules.get(layer.layer), QuantLayer):
            readers = [other.layer for other in layers if layer.name in other.inputs and reads[layer.name] == 1]
            found = [path for path in readers if isinstance(modules.get(path), BatchNorm | nn.Identity)]
            yield layer.layer, found[0] if found else None


def folded(layer: QuantLayer, norm: nn.Module | None) -> tuple[Tensor, Tensor]:
    """(weight, bias) of `layer` with the running statistics of `norm` merged in; gradients reach both modules."""
    bias = layer.weight.new_zeros(len(layer.weight)) if layer.bias is None else layer.bias
    if not isinstance(norm, BatchNorm):
        return layer.weight, bias
    assert norm.running_mean is not None and norm.running_var is not None
    if isinstance(norm, PowerOfTwoBatchNorm1d | PowerOfTwoBatchNorm2d):
        factor = norm.factor()
    else:
        factor = torch.rsqrt(norm.running_var + norm.eps)
        factor = factor * norm.weight if norm.affine else factor
    offset = norm.bias if norm.affine else 0.0
    weight = layer.weight * factor.view(-1, *[1] * (layer.weight.ndim - 1))
    return weight, (bias - norm.running_mean) * factor + offset


@torch.no_grad()
def merge_conv_bn(model: nn.Module) -> None:
    """Merges every batch norm behind a convolution or linear layer into its weights and bias; nn.Identity remains."""
    for path, norm_path in list(followers(model)):
        norm = None if norm_path is None else model.get_submodule(norm_path)
        if norm_path is None or not isinstance(norm, BatchNorm):
            continue
        old = model.get_submodule(path)
        assert isinstance(old, QuantLayer)
        weight, bias = folded(old, norm)
        merged = type(old)(**{**old.config(), "bias": True}).to(weight)  # type: ignore[operator]
        merged.weight.copy_(weight)
        assert merged.bias is not None
        merged.bias.copy_(bias)
        merged.update_scale()
        model.set_submodule(path, merged.train(old.training))
        model.set_submodule(norm_path, nn.Identity().train(norm.training))


@torch.no_grad()
def rebn(model: nn.Module, x: Tensor) -> None:
    """Puts a batch norm where `merge_conv_bn` left an nn.Identity; it is the identity, in training too.

    x: inputs as the model takes them.  Each norm's mean and deviation are those that the layer before it has on x, and
    so are its bias and weight: it takes away what it gives back.
    """
    places = [(path, place) for path, place in followers(model) if place is not None]
    seen: dict[str, Tensor] = {}
    hooks = [
        model.get_submodule(path).register_forward_hook(
            lambda module, inputs, result, path=path: seen.update({path: result})
        )
        for path, _ in places
    ]
    modes = {module: module.training for module in model.modules()}
    model.eval()(x)
    for module, mode in modes.items():
        module.training = mode
    for hook in hooks:
        hook.remove()
    for path, place in places:
        old = model.get_submodule(place)
        if not isinstance(old, nn.Identity):
            continue
        made = seen[path]
        kind = nn.BatchNorm2d if made.ndim == 4 else nn.BatchNorm1d
        norm = kind(made.shape[1]).to(made)
        by_channel = made.transpose(0, 1).flatten(1)
        assert norm.running_mean is not None and norm.running_var is not None
        norm.running_mean.copy_(by_channel.mean(dim=1))
        norm.running_var.copy_(by_channel.var(dim=1, correction=0))
        norm.bias.copy_(norm.running_mean)
        norm.weight.copy_(torch.sqrt(norm.running_var + norm.eps))
        model.set_submodule(place, norm.train(old.training))
