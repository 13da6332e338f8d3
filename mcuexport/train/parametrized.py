"""Layers that stand for one of our own: torch's with a quantizer on its weight, ours with a mapping of weights."""

from torch import nn
from torch.nn.utils import parametrize

from ..errors import RecipeError
from .binary import BinarizeConv2d, BinarizeLinear
from .layers import QuantConv1d, QuantConv2d, QuantLayer, QuantLinear, WeightQuantizer

QUANTIZABLE: dict[type[nn.Module], type[QuantLayer]] = {
    nn.Linear: QuantLinear,
    nn.Conv1d: QuantConv1d,
    nn.Conv2d: QuantConv2d,
}
_MAPPED: dict[type[nn.Module], type[QuantLayer]] = {BinarizeLinear: QuantLinear, BinarizeConv2d: QuantConv2d}
_CONVOLUTION = ("in_channels", "out_channels", "kernel_size", "stride", "padding", "dilation", "groups")


def require_supported(module: nn.Module) -> None:
    """Raises RecipeError for a torch layer whose padding the device cannot follow."""
    if isinstance(module, nn.Conv1d | nn.Conv2d):
        if module.padding_mode != "zeros":
            raise RecipeError(f"padding_mode {module.padding_mode!r} has no integer form; use 'zeros'")
        if isinstance(module.padding, str):
            QUANTIZABLE[type(module)](**{name: getattr(module, name) for name in _CONVOLUTION})


def quantized_kind(module: nn.Module) -> type[nn.Module]:
    """The quantized layer's class that a module stands for; any other module's own."""
    if type(module) in _MAPPED:
        return _MAPPED[type(module)]
    if parametrize.is_parametrized(module, "weight"):
        quantizer = module.parametrizations.weight[0]  # type: ignore[index,union-attr]
        for plain, quantized in QUANTIZABLE.items():
            if isinstance(module, plain) and isinstance(quantizer, WeightQuantizer):
                return quantized
    return type(module)


def quantizer_of(module: nn.Module) -> WeightQuantizer | None:
    """What quantizes the weights of a layer; None if nothing does."""
    if isinstance(module, QuantLayer):
        return module.quantizer
    if parametrize.is_parametrized(module, "weight"):
        quantizer = module.parametrizations.weight[0]  # type: ignore[index,union-attr]
        return quantizer if isinstance(quantizer, WeightQuantizer) else None
    return None


def float_weight(module: nn.Module) -> nn.Parameter:
    """The weights that are trained, before they are quantized."""
    if parametrize.is_parametrized(module, "weight"):
        return module.parametrizations.weight.original  # type: ignore[union-attr,return-value]
    return module.weight  # type: ignore[return-value]


def as_quantized(module: nn.Module) -> nn.Module:
    """The quantized layer that a module stands for, a copy; any other module itself."""
    kind = quantized_kind(module)
    if kind is type(module) or not issubclass(kind, QuantLayer):
        return module
    if isinstance(module, BinarizeLinear | BinarizeConv2d):
        return _with_levels(module)
    weight = module.parametrizations.weight  # type: ignore[union-attr]
    names = ("in_features", "out_features") if kind is QuantLinear else _CONVOLUTION
    arguments = {name: getattr(module, name) for name in names}
    layer = kind(**arguments, bias=module.bias is not None, **weight[0].config())  # type: ignore[index,union-attr]
    state = {"weight": weight.original.detach(), "quantizer.scale": weight[0].scale}  # type: ignore[index,operator,union-attr]
    if module.bias is not None:
        state["bias"] = module.bias.detach()  # type: ignore[operator]
    layer.load_state_dict(state)
    return layer.eval()


def _with_levels(module: BinarizeLinear | BinarizeConv2d) -> QuantLayer:
    """A layer with the levels and scales that the mapping gives now."""
    scale = module.scale.detach()
    layer = _MAPPED[type(module)](**module.config())
    levels = module.levels().to(scale)
    state = {"weight": levels * scale.view(-1, *[1] * (levels.ndim - 1)), "quantizer.scale": scale}
    if module.bias is not None:
        state["bias"] = module.bias.detach()
    layer.load_state_dict(state)
    return layer.eval()
