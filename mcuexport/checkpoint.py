"""The checkpoint `model.pt`: tensors and plain data, never code, and all that the later steps need.

Written by `save` from any module that torch.fx can trace; read with torch's `weights_only` loader, which
executes nothing.  The layout is version 1 of `CheckpointData`; a newer version is refused.
"""

import os
import pickle
import tempfile
import zipfile
from dataclasses import asdict
from pathlib import Path
from typing import Any, Literal

import numpy as np
import torch
from pydantic import BaseModel, ConfigDict, Field, ValidationError
from torch import Tensor, nn

from .errors import CheckpointError
from .graph import Input
from .ops import IntArray, TensorType
from .train.loop import Trained
from .train.trace import TracedLayer, TracedModel, trace

FORMAT, VERSION = "mcuexport", 1
QUANTIZED = ("QuantLinear", "QuantConv1d", "QuantConv2d")
HOW_TO_MAKE_ONE = "make one with `mcuexport train` or `mcuexport.save(model, example_input, path)`"


class LayerData(BaseModel):
    model_config = ConfigDict(extra="forbid", arbitrary_types_allowed=True)

    name: str
    layer: str
    kind: str
    inputs: tuple[str, ...]
    config: dict[str, Any]
    state: dict[str, Tensor]


class InputData(BaseModel):
    """What the device is fed; shape is channels-last.

    signal: the torch model takes (samples, channels, length), the device a map of one row (1, length, channels).
    """

    model_config = ConfigDict(extra="forbid")

    shape: tuple[int, ...] = Field(min_length=1, max_length=4)
    dtype: Literal["uint8", "int8"]
    scale: float = Field(gt=0, allow_inf_nan=False)
    zero_point: int = Field(ge=-128, le=255)
    signal: bool = False


class CheckpointData(BaseModel):
    """Everything in the file.  examples: (k, *shape) inputs of the device, for its self-test."""

    model_config = ConfigDict(extra="forbid", arbitrary_types_allowed=True)

    format: Literal["mcuexport"]
    version: Literal[1]
    name: str
    layers: tuple[LayerData, ...]
    input: InputData
    examples: Tensor
    labels: tuple[str, ...] = ()
    recipe: dict[str, Any] = {}
    metrics: dict[str, float] = {}


class Checkpoint:
    """A loaded checkpoint: the traced layers and what surrounds them."""

    def __init__(self, data: CheckpointData) -> None:
        self.data = data
        self.name, self.labels, self.recipe, self.metrics = data.name, data.labels, data.recipe, data.metrics
        self.layers = tuple(TracedLayer(**dict(layer)) for layer in data.layers)
        self.input = _graph_input(data.input)
        self.examples: IntArray = data.examples.numpy()

    def to_real(self, x: IntArray) -> Tensor:
        """Device inputs as the torch model takes them, float64."""
        return to_real(x, self.input, self.data.input.signal)

    def module(self) -> nn.Module:
        """The fake-quantized torch network, in float64, for judging."""
        return TracedModel(self.layers).double().eval()


def save(
    model: nn.Module,
    example_input: Tensor,
    path: str | Path,
    *,
    name: str = "model",
    input_scale: float = 1 / 255,
    input_zero_point: int = 0,
    input_dtype: Literal["uint8", "int8"] = "uint8",
    labels: tuple[str, ...] = (),
    recipe: dict[str, Any] | None = None,
    metrics: dict[str, float] | None = None,
) -> None:
    """Writes `model` with its trained state; the file appears whole or not at all.

    example_input: (k, channels, height, width), (k, channels, length) or (k, features), real values as the
    model takes them; real = (q - input_zero_point) * input_scale, where q of `input_dtype` is fed to the device.
    Raises CheckpointError for a model that cannot be traced, holds no quantized layer, or NaN.
    """
    layers = trace(model, name)
    info = InputData(
        shape=_device_shape(tuple(example_input.shape[1:])),
        dtype=input_dtype,
        scale=input_scale,
        zero_point=input_zero_point,
        signal=example_input.ndim == 3,
    )
    data = CheckpointData(
        format=FORMAT,
        version=VERSION,
        name=name,
        layers=tuple(LayerData(**asdict(layer)) for layer in layers),
        input=info,
        examples=torch.from_numpy(from_real(example_input[:2], _graph_input(info))),
        labels=labels,
        recipe=recipe or {},
        metrics=metrics or {},
    )
    _check(data)
    write_atomically(Path(path), data.model_dump())


def save_trained(trained: Trained, name: str, path: str | Path) -> None:
    """Writes what `train` made, with its recipe, its data's input type and its labels."""
    data = trained.data
    source = Input(_input_type(data.shape, data.test_x.dtype.name), data.scale, data.zero_point)
    save(
        trained.model,
        to_real(data.test_x[:2], source),
        path,
        name=name,
        input_scale=data.scale,
        input_zero_point=data.zero_point,
        input_dtype="uint8" if data.test_x.dtype == np.uint8 else "int8",
        labels=data.labels,
        recipe=trained.recipe.model_dump(),
        metrics={"torch_accuracy": trained.accuracy},
    )


def load(path: str | Path) -> Checkpoint:
    """Reads a checkpoint.  Raises CheckpointError that says what the file is instead."""
    path = Path(path)
    try:
        content = torch.load(path, map_location="cpu", weights_only=True)
    except FileNotFoundError:
        raise CheckpointError(f"{path}: no such file; {HOW_TO_MAKE_ONE}") from None
    except IsADirectoryError:
        raise CheckpointError(f"{path}: is a folder, not a checkpoint; {HOW_TO_MAKE_ONE}") from None
    except pickle.UnpicklingError:
        raise CheckpointError(
            f"{path}: holds pickled Python objects, which could run code, and is not read; {HOW_TO_MAKE_ONE}"
        ) from None
    except (RuntimeError, EOFError, ValueError, KeyError, zipfile.BadZipFile, OSError):
        raise CheckpointError(
            f"{path}: truncated, or no torch file ({path.stat().st_size} bytes); {HOW_TO_MAKE_ONE}"
        ) from None
    if not isinstance(content, dict) or content.get("format") != FORMAT:
        raise CheckpointError(f"{path}: a torch file, but not of mcuexport (a bare state dict?); {HOW_TO_MAKE_ONE}")
    if content.get("version") != VERSION:
        raise CheckpointError(
            f"{path}: checkpoint version {content.get('version')!r}, this mcuexport reads version {VERSION}; "
            "upgrade mcuexport"
        )
    try:
        data = CheckpointData.model_validate(content)
        _check(data)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        where = ".".join(map(str, first["loc"]))
        raise CheckpointError(f"{path}: {where}: {first['msg']}; the file is damaged") from None
    except CheckpointError as error:
        raise CheckpointError(f"{path}: {error}") from None
    return Checkpoint(data)


def _check(data: CheckpointData) -> None:
    """What the types alone do not say.  Raises CheckpointError."""
    if not any(layer.kind in QUANTIZED for layer in data.layers):
        kinds = ", ".join(dict.fromkeys(layer.kind for layer in data.layers)) or "none"
        raise CheckpointError(f"{data.name}: no quantized layer ({kinds}); use mcuexport.train.QuantLinear")
    for layer in data.layers:
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


def _graph_input(info: InputData) -> Input:
    return Input(_input_type(info.shape, info.dtype), info.scale, info.zero_point)


def _input_type(shape: tuple[int, ...], dtype: str) -> TensorType:
    limits = np.iinfo(dtype)
    return TensorType(shape, dtype, int(limits.min), int(limits.max))


def _device_shape(shape: tuple[int, ...]) -> tuple[int, ...]:
    """Channels last; a signal is a map of one row."""
    if len(shape) == 2:
        return 1, shape[1], shape[0]
    return (*shape[1:], shape[0]) if len(shape) == 3 else shape


def to_real(x: IntArray, source: Input, signal: bool = False) -> Tensor:
    """Device inputs (k, height, width, channels) or (k, features) as the torch model takes them, float64."""
    real = (torch.from_numpy(x).double() - source.zero_point) * source.scale
    if signal:
        return real[:, 0].permute(0, 2, 1).contiguous()
    return real.permute(0, 3, 1, 2).contiguous() if real.ndim == 4 else real


def from_real(x: Tensor, source: Input) -> IntArray:
    """The inverse of `to_real`: rounds half up and clamps to the input's type."""
    q = torch.floor(x.detach().double() / source.scale + 0.5) + source.zero_point
    if q.ndim == 3:
        q = q.permute(0, 2, 1).unsqueeze(1).contiguous()
    q = q.permute(0, 2, 3, 1).contiguous() if q.ndim == 4 and x.ndim == 4 else q
    return q.clamp(source.type.lo, source.type.hi).numpy().astype(source.type.dtype)


def write_atomically(path: Path, content: Any) -> None:
    """`torch.save` to a temporary file beside `path`, then a rename: never half a file under its name."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=path.name, suffix=".part")
    try:
        with os.fdopen(handle, "wb") as file:
            torch.save(content, file)
        os.replace(temporary, path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise
