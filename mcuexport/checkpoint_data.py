"""The layout of a checkpoint file, version 1: plain data and tensors, checked by pydantic."""

from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError
from torch import Tensor

FORMAT, VERSION = "mcuexport", 1
SCALE_BITS = 60
"""Scales, of inputs, weights and activations, lie between 2^-60 and 2^60."""


def _scale(value: float) -> float:
    if not 2.0**-SCALE_BITS <= value <= 2.0**SCALE_BITS:
        raise ValueError(f"{value:g} is not in 2^-{SCALE_BITS} .. 2^{SCALE_BITS}")
    return value


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
    scale: Annotated[float, AfterValidator(_scale)]
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


def first_problem(error: ValidationError) -> str:
    """The first thing that pydantic complains of: where and what."""
    first = error.errors(include_url=False)[0]
    return f"{'.'.join(map(str, first['loc']))}: {first['msg'].removeprefix('Value error, ')}"
