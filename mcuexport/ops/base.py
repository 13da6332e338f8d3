"""What every operator is: a shape rule, a numpy meaning, and a C call.

Feature maps are channels last.  A `TensorType` carries the range of the values, so that overflow is
excluded when a graph is built, for every input, and not looked for when it runs.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from math import prod
from typing import Any, ClassVar, Literal, Protocol

import numpy as np
from numpy.typing import NDArray

from ..errors import GraphError, OverflowRisk
from ..pack import Codes, WeightFormat, Words, bit_words, pack_bits

IntArray = NDArray[Any]
INT32_MAX = 2**31 - 1
MOST_BIT_INPUTS = 2**16
DTYPE_BYTES = {"uint8": 1, "int8": 1, "int32": 4, "bit": 4}
"""Bytes of an element in memory.  That of bits is a word: see `TensorType`."""


@dataclass(frozen=True)
class TensorType:
    """One sample's shape, element type, and the closed range [lo, hi] of its values.

    dtype: uint8, int8, int32, or bit: values -1 and +1 (int8 in numpy).  In memory a bit is 0 or 1, and the
    channels of a pixel fill whole words, the first channel lowest; the bits that fill up the last word are 0.
    """

    shape: tuple[int, ...]
    dtype: str
    lo: int
    hi: int

    @property
    def size(self) -> int:
        return prod(self.shape)

    @property
    def stored_channels(self) -> int:
        """Elements in memory of one pixel: its channels, or the words that hold their bits."""
        return bit_words(self.shape[-1]) if self.dtype == "bit" else self.shape[-1]

    @property
    def elements(self) -> int:
        """Elements in memory."""
        return prod(self.shape[:-1]) * self.stored_channels

    @property
    def bytes(self) -> int:
        return self.elements * DTYPE_BYTES[self.dtype]

    def stored(self, values: IntArray) -> IntArray:
        """Values (samples, *shape) as they lie in memory, (samples, elements): of bits, the words."""
        if self.dtype != "bit":
            return values.reshape(len(values), -1)
        return pack_bits(values > 0).reshape(len(values), -1)

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


INPUT_VARIANT = {"uint8": "u8", "int8": "s8", "bit": "bit"}
ACC_VARIANT = {"int32": "s32", "uint8": "u8", "int8": "s8"}


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


def on_bits(codes: Codes, fmt: WeightFormat, bias: IntArray, words: int, run: int, groups: int = 1) -> Call:
    """The dense kernel on `words` words of bits, whose pixels of `run` channels begin words; codes (out, inputs)."""
    constants: dict[str, Constant] = {
        "weights": Weights(codes, fmt, groups),
        "ones": Array(codes.sum(axis=1, dtype=np.int64), "uint16"),
    }
    if bias.any():
        constants["bias"] = Array(bias, "int32")
    outputs, inputs = codes.shape
    given = "bias" if "bias" in constants else None
    args = ("weights", given, "ones", "x", words, run, inputs, "y", outputs // groups)
    return Call("dense_bits", args, "", constants)


def require_weighted(x: TensorType, fmt: WeightFormat, inputs: int) -> None:
    """Raises GraphError unless there are kernels for weights of `fmt` on `x`."""
    if x.dtype == "bit":
        require(fmt.levels == (-1, 1), f"bits take binary weights, got {fmt.name}")
        require(inputs < MOST_BIT_INPUTS, f"bits: a layer takes fewer than {MOST_BIT_INPUTS} inputs, got {inputs}")
    else:
        require_dtype(x, "uint8", "int8")


def require_channels(x: TensorType, channels: int, what: str) -> None:
    require(x.shape[-1:] == (channels,), f"has {channels} {what}, got {x.shape[-1]} channels")


def require_int32(bound: int, what: str) -> None:
    """Raises OverflowRisk unless `bound`, the largest magnitude that can occur, fits 32 bits."""
    if bound > INT32_MAX:
        raise OverflowRisk(f"{what} can reach {bound}, int32 holds {INT32_MAX}")
