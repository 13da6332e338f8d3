"""The checkpoint `model.pt`: tensors and plain data, never code, and all that the later steps need.

Written by `save` from any module that torch.fx can trace; read with torch's `weights_only` loader, which
executes nothing.  The layout is version 1 of `CheckpointData`; a newer version is refused.
"""

import pickle
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any, Literal

import numpy as np
import torch
from pydantic import ValidationError
from torch import Tensor, nn

from .checkpoint_data import FORMAT, VERSION, CheckpointData, InputData, first_problem
from .checkpoint_rules import check_data, check_example, check_traced
from .errors import CheckpointError, McuexportError
from .graph import Input
from .ops import IntArray, TensorType
from .train.batches import real_values
from .train.loop import Trained
from .train.state import read_tensors, write_atomically
from .train.trace import TracedLayer, TracedModel, trace

HOW_TO_MAKE_ONE = "make one with `mcuexport train` or `mcuexport.save(model, example_input, path)`"


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
        try:
            return TracedModel(self.layers).double().eval()
        except McuexportError as error:
            raise type(error)(f"{self.name}.{error}") from error


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
    Raises CheckpointError for a model that cannot be traced, holds no quantized layer, or NaN, and for
    arguments that do not fit.
    """
    layers = trace(model, name)
    data = checkpoint_data(
        layers,
        example_input,
        name=name,
        input_scale=input_scale,
        input_zero_point=input_zero_point,
        input_dtype=input_dtype,
        labels=labels,
        recipe=recipe or {},
        metrics=metrics or {},
    )
    check_data(data)
    outputs = check_traced(model, layers, example_input, name)
    if labels and len(labels) != outputs:
        raise CheckpointError(f"{name}: {len(labels)} labels for {outputs} outputs")
    write(Path(path), data.model_dump())


def checkpoint_data(
    layers: Sequence[TracedLayer],
    example_input: Tensor,
    *,
    name: str,
    input_scale: float,
    input_zero_point: int,
    input_dtype: str,
    **rest: Any,
) -> CheckpointData:
    """The content of a checkpoint; rest: `labels`, `recipe`, `metrics`.  Raises CheckpointError."""
    check_example(example_input, name)
    content: dict[str, Any] = {
        "format": FORMAT,
        "version": VERSION,
        "name": name,
        "layers": tuple(asdict(layer) for layer in layers),
        "input": {
            "shape": _device_shape(tuple(example_input.shape[1:])),
            "dtype": input_dtype,
            "scale": input_scale,
            "zero_point": input_zero_point,
            "signal": example_input.ndim == 3,
        },
        "examples": torch.zeros(0),
        **rest,
    }
    try:
        data = CheckpointData.model_validate(content)
    except ValidationError as error:
        raise CheckpointError(f"{name}: {first_problem(error)}") from None
    data.examples = torch.from_numpy(from_real(example_input[:2], _graph_input(data.input)))
    return data


def save_trained(trained: Trained, name: str, path: str | Path) -> None:
    """Writes what `train` made, with its recipe, its data's input type and its labels."""
    data = trained.data
    save(
        trained.model,
        real_values(torch.from_numpy(data.test_x[:2]), data),
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
        content = read_tensors(path)
    except FileNotFoundError:
        raise CheckpointError(f"{path}: no such file; {HOW_TO_MAKE_ONE}") from None
    except IsADirectoryError:
        raise CheckpointError(f"{path}: is a folder, not a checkpoint; {HOW_TO_MAKE_ONE}") from None
    except (PermissionError, CheckpointError):
        raise
    except Exception as error:  # whatever a foreign file makes torch raise
        raise CheckpointError(f"{path}: {_what_it_is(path, error)}; {HOW_TO_MAKE_ONE}") from None
    if not isinstance(content, dict) or content.get("format") != FORMAT:
        raise CheckpointError(f"{path}: a torch file, but not of mcuexport (a bare state dict?); {HOW_TO_MAKE_ONE}")
    if content.get("version") != VERSION:
        raise CheckpointError(
            f"{path}: checkpoint version {content.get('version')!r}, this mcuexport reads version {VERSION}; "
            "upgrade mcuexport"
        )
    try:
        data = CheckpointData.model_validate(content)
        check_data(data)
    except ValidationError as error:
        raise CheckpointError(f"{path}: {first_problem(error)}; the file is damaged") from None
    except CheckpointError as error:
        raise CheckpointError(f"{path}: {error}") from None
    return Checkpoint(data)


def _what_it_is(path: Path, error: Exception) -> str:
    """A file that torch refuses: with objects other than tensors and plain data, or no torch file at all."""
    if isinstance(error, pickle.UnpicklingError) and "GLOBAL" in str(error):
        return "holds pickled Python objects, which could run code, and is not read"
    return f"truncated, or no torch file ({path.stat().st_size} bytes)"


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


def write(path: Path, content: Any) -> None:
    """`torch.save`, but never half a file under its name; of an open file, so that no name goes into the archive."""

    def fill(partial: Path) -> None:
        with partial.open("wb") as file:
            torch.save(content, file)

    path.parent.mkdir(parents=True, exist_ok=True)
    write_atomically(path, fill)
