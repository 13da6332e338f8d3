"""Post-training quantization: a float network to integers from a few hundred samples, without training.

Also `sensitivity`: what each layer loses in each weight format.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from copy import deepcopy
from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np
import torch
from torch import Tensor, nn

from ..errors import DataError, RecipeError
from .activations import INT8_HIGH, QuantActivation
from .equalize import calls_of_layers, equalize
from .layers import QuantLayer, WeightQuantizer
from .parametrized import float_weight, quantizer_of
from .quantize import Quantization, Rule, quantize_
from .quantizers import fake_quantize

INT8 = (Rule(options={"format": "int8", "per_output": True}),)
LEAST_ERROR = {"clip": "mse"}  # what weights want that no training follows
CLIPS = torch.logspace(-3, 0, 31, base=2.0).flip(0)  # parts of the largest value, largest first
SAMPLED_VALUES = 200_000
COMPARED_SAMPLES = 100  # on which scales by channel are compared
BATCH = 500


def post_training_quantize(
    model: nn.Module,
    calibration_x: Tensor,
    rules: Sequence[Rule] = INT8,
    *,
    input_scale: float = 1 / 255,
    input_zero_point: int = 0,
    input_dtype: Literal["uint8", "int8"] = "uint8",
    activations: Literal["mse", "max"] = "mse",
    per_channel: bool = True,
) -> Quantization:
    """Quantizes a trained float `model` in place, weights by `rules` (clip: else mse), activations by `calibration_x`.

    calibration_x: (samples, *shape), some hundred inputs as the model takes them; what the device is fed is
    as in `mcuexport.save`.  activations: each scale is the one of least squared error, or spans the largest
    value.  per_channel: where the network allows it, each channel has a scale of its own, a power of two times
    the common one, at no cost to the device (`equalize.py`).  The model is left in eval mode; `restore()` of
    the result takes everything off.
    Raises DataError for calibration data that are empty, NaN, of another shape or out of the input's range;
    else as `quantize_`.
    """
    limits = np.iinfo(input_dtype)
    low, high = ((q - input_zero_point) * input_scale for q in (int(limits.min), int(limits.max)))
    _check_calibration(calibration_x, low, high, input_scale, input_dtype)
    model.eval()
    with torch.no_grad():
        _forward(model, calibration_x[:1])
        calls = calls_of_layers(model, calibration_x[:COMPARED_SAMPLES])
        done = quantize_(model, [replace(rule, options={**LEAST_ERROR, **rule.options}) for rule in rules])
        if per_channel:
            equalize(model, calls, done)
        with _calibrating(model, activations):
            model(calibration_x)
    return done


def _check_calibration(x: Tensor, low: float, high: float, scale: float, dtype: str) -> None:
    if x.ndim < 2 or not x.numel():
        raise DataError(f"calibration data are (samples, *shape) with at least one sample, got {tuple(x.shape)}")
    bad = int((~torch.isfinite(x)).sum())
    if bad:
        raise DataError(f"{bad} of {x.numel()} calibration values are NaN or infinite")
    if x.min() < low - scale / 2 or x.max() > high + scale / 2:
        raise DataError(
            f"calibration data run from {float(x.min()):.6g} to {float(x.max()):.6g}, but {dtype} inputs hold "
            f"{low:.6g} to {high:.6g}; give the input_scale and input_zero_point that the device's inputs have"
        )


def _forward(model: nn.Module, x: Tensor) -> None:
    try:
        model(x)
    except (RuntimeError, ValueError, IndexError) as error:
        reason = str(error).splitlines()[0]
        raise DataError(f"the model does not take calibration data of shape {tuple(x.shape[1:])}: {reason}") from None


@contextmanager
def _calibrating(model: nn.Module, rule: str) -> Iterator[None]:
    """While it lasts, each activation takes its scales from what it is given; of several calls, the largest."""
    seen: set[nn.Module] = set()

    def set_scales(module: nn.Module, arguments: tuple[Any, ...]) -> None:
        assert isinstance(module, QuantActivation)
        calibrate(module, arguments[0], rule, at_least=module in seen)
        seen.add(module)

    hooks = [m.register_forward_pre_hook(set_scales) for m in model.modules() if isinstance(m, QuantActivation)]
    try:
        yield
    finally:
        for hook in hooks:
            hook.remove()


@torch.no_grad()
def calibrate(module: QuantActivation, u: Tensor, rule: str = "mse", at_least: bool = False) -> None:
    """Sets the scales of an activation for arguments `u`.

    rule: `max`, or `mse`: of several parts of the largest value, the one of least squared error in the
    result.  at_least: scales may only grow.
    """
    wanted = module.apply_function(u)
    stride = -(-u.numel() // SAMPLED_VALUES)
    sample, goal = u.reshape(-1)[::stride], wanted.reshape(-1)[::stride]
    clips = CLIPS if rule == "mse" else CLIPS[:1]
    apply = module.apply_function if module.scale_in is not None else None
    if apply is not None and module.input_scale is None:
        reach = u.clamp_min(0) if module.lo_in == 0 else u.abs()
        scales = reach.max().clamp_min(2.0**-16) / INT8_HIGH * clips
        scale = _best(scales, lambda s: apply(fake_quantize(sample, s, module.lo_in, INT8_HIGH)) - goal)
        _set(module.log2_scale_in, scale, at_least)
    scales = wanted.abs().max().clamp_min(2.0**-16) / INT8_HIGH * clips
    _set(module.log2_scale, _best(scales, lambda s: fake_quantize(goal, s, module.lo, module.hi) - goal), at_least)
    module.initialised.fill_(True)


def _best(scales: Tensor, error: Any) -> Tensor:
    """The scale of least squared error; of equals, the largest."""
    errors = torch.stack([error(scale).double().square().mean() for scale in scales])
    return scales[int(errors.argmin())]


def _set(log2_scale: nn.Parameter, scale: Tensor, at_least: bool) -> None:
    new = torch.log2(scale)
    log2_scale.data.copy_(torch.maximum(log2_scale.data, new) if at_least else new)


@dataclass(frozen=True)
class Sensitivity:
    """One layer: parts of 1 that are right with this layer in each format, by name, and all others in int8."""

    layer: str
    weights: int
    accuracy: Mapping[str, float]


def sensitivity(model: nn.Module, x: Tensor, y: Tensor, formats: Sequence[str]) -> list[Sensitivity]:
    """A row for each layer with quantized weights; `model` itself is not changed.

    x: inputs as the model takes them, y: (samples,) classes.  The float weights are quantized anew to each
    format, by the layer's own clip rule and scales per output; activations keep their scales.
    Raises RecipeError for a model without quantizers: `post_training_quantize` or `quantize_` puts them on.
    """
    model = deepcopy(model).eval()
    paths = [path for path, module in model.named_modules() if quantizer_of(module) is not None]
    if not paths:
        raise RecipeError("no layer has quantized weights; call post_training_quantize(model, calibration_x) first")
    layers = {path: model.get_submodule(path) for path in paths}
    for layer in layers.values():
        _put(layer, "int8")
    whole = _accuracy(model, x, y)
    rows = []
    for path, layer in layers.items():
        found = {}
        for name in formats:
            _put(layer, name)
            found[name] = whole if name == "int8" else _accuracy(model, x, y)
        _put(layer, "int8")
        rows.append(Sensitivity(path, float_weight(layer).numel(), found))
    return rows


def _put(module: nn.Module, format: str) -> None:  # noqa: A002 -- the word that recipes and reports use
    """Exchanges the quantizer of a layer for one of another format, its scales set from the float weights."""
    weights, old = float_weight(module).detach(), quantizer_of(module)
    assert old is not None
    quantizer = WeightQuantizer(len(weights), **{**old.config(), "format": format}).to(weights)
    quantizer.update(weights)
    if isinstance(module, QuantLayer):
        module.quantizer = quantizer
    else:
        module.parametrizations.weight[0] = quantizer  # type: ignore[assignment,union-attr,operator]


@torch.no_grad()
def _accuracy(model: nn.Module, x: Tensor, y: Tensor) -> float:
    found = torch.cat([model(part).argmax(1) for part in torch.split(x, BATCH)])
    return float((found == y).double().mean())
