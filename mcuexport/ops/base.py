"""What every operator is: a shape rule, a numpy meaning, and a C call.

Feature maps are channels last.  A `TensorType` carries the range of the values, so that overflow is
excluded when a graph is built, for every input, and not looked for when it runs.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from math import prod
from typing import Any, ClassVar, Literal, Protocol

from numpy.typing import NDArray

from ..errors import GraphError, OverflowRisk
from ..pack import Codes, WeightFormat, Words

IntArray = NDArray[Any]
INT32_MAX = 2**31 - 1
DTYPE_BYTES = {"uint8": 1, "int8": 1, "int32": 4}


@dataclass(frozen=True)
class TensorType:
    """One sample's shape, element type, and the closed range [lo, hi] of its values."""

    shape: tuple[int, ...]
    dtype: str
    lo: int
    hi: int

    @property
    def size(self) -> int:
        return prod(self.shape)

    @property
    def bytes(self) -> int:
        return self.size * DTYPE_BYTES[self.dtype]

    @property
    def magnitude(self) -> int:
        """The largest absolute value."""
        return max(abs(self.lo), abs(self.hi))


@dataclass(frozen=True)
class Weights:
    """Weight codes (outputs, inputs) of a format, which the layout of the chosen kernel puts into words.

    groups: that many equal runs of outputs, each packed by itself and one behind the other.
    words: the words themselves, where they hold more than the codes and so have no layout.
    """

    codes: Codes
    fmt: WeightFormat
    groups: int = 1
    words: Words | None = None


@dataclass(frozen=True)
class Array:
    """Constants stored as they are, in the C type `dtype`."""

    values: IntArray
    dtype: str


Constant = Weights | Array


@dataclass(frozen=True)
class Offset:
    """An argument: the pointer `name` of a `Call`, that many elements further."""

    name: str
    elements: int


Argument = int | str | Offset | None


@dataclass(frozen=True)
class Call:
    """One C call: `mcx_<kernel>[_<variant>](args)`.

    kernel: the header that defines it, looked up along a core's search path.  variant: suffix by input
    type, where a kernel has several.  args: integers, `"x"` (first input), `"x1"` (second) .., `"y"`
    (output), `None` for NULL, or the name of one of `constants`.  again: arguments of further calls.
    """

    kernel: str
    args: tuple[Argument, ...]
    variant: str = ""
    constants: Mapping[str, Constant] = field(default_factory=dict)
    again: tuple[tuple[Argument, ...], ...] = ()


Locality = Literal["element", "channel", "rows", "whole"]


class Op(Protocol):
    """An integer operator on one or more inputs.

    locality: what one element of the result depends on, so that operators can be joined: the same
    element of the inputs; the same, with constants by channel; a window of rows; anything.
    """

    kind: ClassVar[str]
    locality: ClassVar[Locality]

    @property
    def output(self) -> Callable[..., TensorType]:
        """(types of the inputs) -> type of the result; raises GraphError if one does not fit, or OverflowRisk."""

    @property
    def run(self) -> Callable[..., IntArray]:
        """(inputs, each (samples, *shape)) -> result; any integer type is taken."""

    @property
    def call(self) -> Callable[..., Call]:
        """(types of the inputs) -> the C call; for "element" and "channel", the type of one pixel gives its call."""


INPUT_VARIANT = {"uint8": "u8", "int8": "s8"}
ACC_VARIANT = {"int32": "s32", **INPUT_VARIANT}


def dense_variant(x: TensorType) -> str:
    """The dense kernels' suffix: as INPUT_VARIANT, but "u7" for signed bytes that are known to be 0 .. 127."""
    return "u7" if x.dtype == "int8" and x.lo >= 0 else INPUT_VARIANT[x.dtype]


def pixel(x: TensorType) -> TensorType:
    """The channels at one position of a map; of a vector, all of it."""
    return TensorType(x.shape[-1:], x.dtype, x.lo, x.hi)


def require(condition: bool, message: str) -> None:
    if not condition:
        raise GraphError(message)


def require_dtype(x: TensorType, *dtypes: str) -> None:
    require(x.dtype in dtypes, f"takes {' or '.join(dtypes)}, got {x.dtype}")


def require_channels(x: TensorType, channels: int, what: str) -> None:
    require(x.shape[-1:] == (channels,), f"has {channels} {what}, got {x.shape[-1]} channels")


def require_int32(bound: int, what: str) -> None:
    """Raises OverflowRisk unless `bound`, the largest magnitude that can occur, fits 32 bits."""
    if bound > INT32_MAX:
        raise OverflowRisk(f"{what} can reach {bound}, int32 holds {INT32_MAX}")
