"""Networks as data: which layer types can be rebuilt from plain arguments, and the fully connected network.

`LAYERS[name](**layer_config(module))` and `load_state_dict` give a module back; no pickle is needed.
"""

from collections import OrderedDict
from collections.abc import Sequence
from itertools import pairwise
from typing import Any

from torch import nn

from ..errors import RecipeError
from .activations import QuantActivation
from .binary import SignActivation, Thermometer, UnitActivation
from .clamp import QuantClamp
from .clipping import USUAL_CLIP
from .joints import Add, Concat, Scale
from .layers import QuantConv1d, QuantConv2d, QuantLinear
from .norms import DYNAMIC_SCALE, DynamicShift, PowerOfTwoBatchNorm1d, PowerOfTwoBatchNorm2d
from .prelu import QuantPReLU
from .sparse import SparseReLU

_POOL = ("kernel_size", "stride", "padding")
_TORCH_ARGUMENTS: dict[type[nn.Module], tuple[str, ...]] = {
    nn.Flatten: ("start_dim", "end_dim"),
    nn.BatchNorm1d: ("num_features", "eps", "momentum", "affine"),
    nn.BatchNorm2d: ("num_features", "eps", "momentum", "affine"),
    nn.MaxPool1d: _POOL,
    nn.MaxPool2d: _POOL,
    nn.AvgPool1d: _POOL,
    nn.AvgPool2d: _POOL,
    nn.AdaptiveAvgPool1d: ("output_size",),
    nn.AdaptiveAvgPool2d: ("output_size",),
    nn.Dropout: ("p",),
    nn.Dropout2d: ("p",),
    nn.Identity: (),
}
# What must be so, because nothing on the device does otherwise.
_TORCH_FIXED: dict[type[nn.Module], dict[str, Any]] = {
    nn.Flatten: {"start_dim": 1, "end_dim": -1},
    nn.BatchNorm1d: {"track_running_stats": True},
    nn.BatchNorm2d: {"track_running_stats": True},
    nn.MaxPool1d: {"dilation": 1, "ceil_mode": False, "return_indices": False},
    nn.MaxPool2d: {"dilation": 1, "ceil_mode": False, "return_indices": False},
    nn.AvgPool1d: {"ceil_mode": False, "count_include_pad": True},
    nn.AvgPool2d: {"ceil_mode": False, "count_include_pad": True, "divisor_override": None},
}
LAYERS: dict[str, type[nn.Module]] = {
    layer.__name__: layer
    for layer in (
        QuantLinear,
        QuantConv1d,
        QuantConv2d,
        QuantActivation,
        QuantPReLU,
        QuantClamp,
        SparseReLU,
        SignActivation,
        Thermometer,
        UnitActivation,
        DynamicShift,
        PowerOfTwoBatchNorm1d,
        PowerOfTwoBatchNorm2d,
        Add,
        Concat,
        Scale,
        *_TORCH_ARGUMENTS,
    )
}
NORMS = ("batch", "rms", "layer", "none")


def layer_config(module: nn.Module) -> dict[str, Any]:
    """The constructor's arguments of a layer in `LAYERS`, as plain data.

    Raises RecipeError for a layer that is not there, or an argument that the device cannot follow.
    """
    for name, value in _TORCH_FIXED.get(type(module), {}).items():
        if getattr(module, name) != value:
            kind = type(module).__name__
            raise RecipeError(f"{kind} with {name}={getattr(module, name)} has no integer form; use {name}={value}")
    if type(module) in _TORCH_ARGUMENTS:
        return {name: getattr(module, name) for name in _TORCH_ARGUMENTS[type(module)]}
    if type(module).__name__ not in LAYERS:
        known = ", ".join(LAYERS)
        raise RecipeError(f"{type(module).__name__} is no layer that can be rebuilt from data (known: {known})")
    config: dict[str, Any] = module.config()  # type: ignore[operator]
    return config


def mlp(
    inputs: int,
    hidden: Sequence[int],
    outputs: int,
    format: str | Sequence[str] = "sym4",  # noqa: A002 -- the word that recipes and reports use
    norm: str = "batch",
    activation: str = "relu",
    per_output: bool = False,
    bias: bool = False,
    clip: str = USUAL_CLIP,
    clip_factor: float = 1.0,
    power_of_two: bool = False,
    norm_output: bool = False,
    slope_shift: int = 3,
    input_norm: bool = False,
) -> nn.Sequential:
    """flatten, then fc, norm, act for each hidden size, then the last fc: `fc1 norm1 act1 fc2 .. fcN`.

    format: one name, or one for each of the len(hidden) + 1 linear layers.
    norm: batch (statistics, folded away), rms and layer (DynamicShift without and with centering),
    none.  norm_output: a batch norm after the last layer too (an int32 rescale on the device).
    power_of_two: every scale and batch norm factor is a power of two; rms and layer imply it for the
    weights.  bias: on layers that no norm follows.  input_norm: the image goes through a DynamicShift with centering
    before the first layer.
    """
    sizes = [inputs, *hidden, outputs]
    formats = [format] * (len(sizes) - 1) if isinstance(format, str) else list(format)
    if len(formats) != len(sizes) - 1:
        raise RecipeError(f"format: {len(formats)} names for {len(sizes) - 1} linear layers")
    if norm not in NORMS:
        raise RecipeError(f"unknown norm {norm!r} (norms: {', '.join(NORMS)})")
    dynamic = norm in ("rms", "layer")
    batch_norm = PowerOfTwoBatchNorm1d if power_of_two else nn.BatchNorm1d

    layers: OrderedDict[str, nn.Module] = OrderedDict()
    if input_norm:
        layers["widen"] = nn.AvgPool2d(1)  # sums of one value: int32, which the norm reads
        layers["norm0"] = DynamicShift(center=True, function="identity")
    layers["flatten"] = nn.Flatten()
    for number, ((fan_in, fan_out), fmt) in enumerate(zip(pairwise(sizes), formats, strict=True), start=1):
        last = number == len(formats)
        layers[f"fc{number}"] = QuantLinear(
            fan_in,
            fan_out,
            fmt,
            bias=bias and (not norm_output if last else norm == "none"),
            per_output=per_output and not dynamic and not last,
            clip=clip,
            clip_factor=clip_factor,
            power_of_two=power_of_two or dynamic,
        )
        if last:
            if norm_output:
                layers[f"norm{number}"] = batch_norm(fan_out)
            continue
        if dynamic:
            built_in = "relu" if activation == "relu" else "identity"
            layers[f"norm{number}"] = DynamicShift(center=norm == "layer", function=built_in)
        elif norm == "batch":
            layers[f"norm{number}"] = batch_norm(fan_out)
        if not dynamic or activation not in ("relu", "identity"):
            layers[f"act{number}"] = QuantActivation(
                activation,
                power_of_two=power_of_two or dynamic,
                slope_shift=slope_shift,
                input_scale=DYNAMIC_SCALE if dynamic else None,
            )
    return nn.Sequential(layers)
