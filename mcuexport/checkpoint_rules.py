"""What makes a checkpoint good, beyond the types of its fields: checked when it is written and when it is read."""

import torch
from torch import Tensor, nn

from .checkpoint_data import SCALE_BITS, CheckpointData
from .errors import CheckpointError, McuexportError
from .graph import INPUT
from .train.trace import TracedLayer, TracedModel

QUANTIZED = ("QuantLinear", "QuantConv1d", "QuantConv2d")
TRACE_TOLERANCE = 1e-3


def check_example(example_input: Tensor, name: str) -> None:
    """Raises CheckpointError unless it is a batch of at least one sample, all numbers."""
    if example_input.ndim not in (2, 3, 4):
        shapes = "(samples, features), (samples, channels, length) or (samples, channels, height, width)"
        raise CheckpointError(f"{name}: example_input has shape {tuple(example_input.shape)}; give {shapes}")
    used = example_input[:2]
    bad = int((~torch.isfinite(used)).sum())
    if bad:
        raise CheckpointError(f"{name}: {bad} of {used.numel()} values of the example input are NaN or infinite")


@torch.no_grad()
def check_traced(model: nn.Module, layers: tuple[TracedLayer, ...], example_input: Tensor, name: str) -> int:
    """The number of outputs.  Raises CheckpointError if the traced layers are not the model.

    A layer may have an option that is not kept.
    """
    modes = {module: module.training for module in model.modules()}
    dtype = next((p.dtype for p in model.parameters()), torch.float32)
    x = example_input.detach().to(dtype)
    try:
        expected = model.eval()(x)
        found = TracedModel(layers).to(dtype).eval()(x)
    except McuexportError as error:
        raise CheckpointError(f"{name}.{error}") from None
    except Exception as error:  # whatever the user's forward raises
        reason = " ".join(str(error).split())
        raise CheckpointError(f"{name}: forward fails on the example input: {reason}") from error
    finally:
        for module, mode in modes.items():
            module.training = mode
    if found.shape != expected.shape:
        sizes = f"{tuple(expected.shape)}, its traced layers {tuple(found.shape)}"
        raise CheckpointError(f"{name}: forward gives {sizes}; a layer has an option that is not supported")
    difference, reach = float((found - expected).abs().mean()), float(expected.abs().max())
    if not difference <= TRACE_TOLERANCE * reach:
        raise CheckpointError(
            f"{name}: the traced layers differ from forward by {difference:.3g} on average, outputs reach {reach:.3g}; "
            "a layer has an option that is not supported"
        )
    return int(expected[:1].numel())


def check_data(data: CheckpointData) -> None:
    """What the types alone do not say.  Raises CheckpointError."""
    if not any(layer.kind in QUANTIZED for layer in data.layers):
        kinds = ", ".join(dict.fromkeys(layer.kind for layer in data.layers)) or "none"
        raise CheckpointError(f"{data.name}: no quantized layer ({kinds}); use mcuexport.train.QuantLinear")
    known = {INPUT}
    for layer in data.layers:
        unknown = [name for name in layer.inputs if name not in known]
        if unknown or not layer.inputs:
            what = f"{unknown[0]}, which no earlier layer makes" if unknown else "nothing"
            raise CheckpointError(f"{data.name}.{layer.layer}: reads {what}; the file is damaged")
        if layer.name in known:
            raise CheckpointError(f"{data.name}.{layer.layer}: two layers are called {layer.name}; the file is damaged")
        known.add(layer.name)
    tensors = [(layer.layer, key, tensor) for layer in data.layers for key, tensor in layer.state.items()]
    for name, key, tensor in [*tensors, ("input", "examples", data.examples)]:
        if tensor.nbytes > tensor.untyped_storage().nbytes():
            raise CheckpointError(
                f"{data.name}.{name}: {key} claims {tensor.nbytes} bytes, the file holds "
                f"{tensor.untyped_storage().nbytes()}; the file is damaged"
            )
    for layer in data.layers:
        _check_scales(layer.state, f"{data.name}.{layer.layer}")
        for key, tensor in layer.state.items():
            bad = int((~torch.isfinite(tensor)).sum()) if tensor.is_floating_point() else 0
            if bad:
                raise CheckpointError(
                    f"{data.name}.{layer.layer}: {bad} of {tensor.numel()} values of {key} are NaN or infinite; "
                    "train again"
                )
    if data.examples.dtype != getattr(torch, data.input.dtype) or tuple(data.examples.shape[1:]) != data.input.shape:
        raise CheckpointError(f"{data.name}: examples do not have the input's type and shape")
    if not len(data.examples):
        raise CheckpointError(f"{data.name}: no example input; the self-test needs one")


def _check_scales(state: dict[str, Tensor], where: str) -> None:
    """Raises CheckpointError for a scale that no training gives and no integer can follow."""
    for key, tensor in state.items():
        if key.endswith("log2_scale") or key.endswith("log2_scale_in"):
            good = tensor.abs() <= SCALE_BITS
        elif key.endswith("quantizer.scale"):
            good = (tensor >= 2.0**-SCALE_BITS) & (tensor <= 2.0**SCALE_BITS)
        else:
            continue
        if not good.all():
            limits = f"2^-{SCALE_BITS} .. 2^{SCALE_BITS}"
            raise CheckpointError(f"{where}: {key} holds a scale that is not in {limits}; train again")
