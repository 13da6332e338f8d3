"""What stands between two layers while a network is lowered, and the graph under construction.

A value is *quantized* (integers of a known scale), an *accumulator* still to be requantized,
`real = scale * acc + offset` per channel, or a *joint* of quantized branches.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray
from torch import nn

from ..errors import GraphError
from ..graph import Node
from ..ops import IntArray, MaxPool, Op, TensorType, Unpack, Window
from ..train.trace import TracedLayer
from .fold import prelu, requantization

Reals = NDArray[np.float64]
Limits = tuple[int, int]
HINT = "put a QuantActivation behind it (function `identity` if there is none)"


@dataclass(frozen=True)
class Quantized:
    """Integers of node `node`: real = (q - zero_point) * scale."""

    node: str
    type: TensorType
    scale: float
    zero_point: int = 0
    flat: bool = False


@dataclass(frozen=True)
class Pool:
    """A max pool on accumulators, which waits for the activation behind it.

    scale: of the accumulators there; where a batch norm behind the pool turns the sign, the largest becomes the least.
    """

    name: str
    layer: str
    window: Window
    scale: Reals


@dataclass(frozen=True)
class Accumulator:
    """An int32 operator not yet placed: real = scale * acc + offset, per channel.

    make: the operator for a bias in accumulator units, (channels,); None where the source's own integers
    take the place of the accumulator (a batch norm behind an activation).
    """

    layer: TracedLayer
    source: Quantized
    make: Callable[[IntArray], Op] | None
    scale: Reals
    offset: Reals
    pool: Pool | None = None


@dataclass(frozen=True)
class Joint:
    """Branches to be added or concatenated when the activation behind them gives the result's scale."""

    layer: TracedLayer
    branches: tuple[Quantized, ...]


Value = Quantized | Accumulator | Joint
Lowerer = Callable[[TracedLayer, nn.Module, Sequence[Value], "Lowering"], Value]


@dataclass
class Lowering:
    """The graph under construction.  readers: the kinds of layers that read each value."""

    readers: dict[str, list[str]]
    nodes: list[Node] = field(default_factory=list)

    def add(self, name: str, op: Op, sources: Sequence[Quantized], layer: str) -> TensorType:
        """Appends a node and returns the type of its result."""
        result = op.output(*(source.type for source in sources))
        self.nodes.append(Node(name, op, tuple(source.node for source in sources), layer))
        return result

    def place(self, acc: Accumulator, bias: IntArray | None = None) -> Quantized:
        """Appends the operator of an accumulator; the result stands for int32 values of no scale."""
        if acc.pool is not None:
            raise GraphError(f"{acc.pool.layer} pools accumulators; {HINT}")
        if acc.make is None:
            raise GraphError(f"needs an accumulator, {acc.layer.layer} gives none; {HINT}")
        op = acc.make(np.zeros(acc.scale.size, np.int64) if bias is None else bias)
        return Quantized(acc.layer.name, self.add(acc.layer.name, op, [acc.source], acc.layer.layer), 1.0)

    def integers(self, acc: Accumulator) -> Quantized:
        """The integers that an accumulator stands for, before its pool, if it has one; placed if need be."""
        return acc.source if acc.make is None else self.place(replace(acc, pool=None))

    def as_bytes(self, value: Quantized) -> Quantized:
        """The value, its bits unpacked to int8, once for all that ask."""
        if value.type.dtype != "bit":
            return value
        name = f"{value.node}_bytes"
        made = [node for node in self.nodes if node.name == name]
        kind = Unpack().output(value.type)
        if not made:
            self.add(name, Unpack(), [value], self.layer_of(value.node))
        return replace(value, node=name, type=kind)

    def layer_of(self, node: str) -> str:
        """The layer that a node came from."""
        return next(n.layer for n in self.nodes if n.name == node)

    def requantize(
        self,
        traced: TracedLayer,
        value: Quantized | Accumulator,
        name: str,
        scale: float,
        limits: tuple[int, int],
        leak: int | Reals = 0,
    ) -> Quantized:
        """Brings a value to integers of `scale`, clamped to `limits`.

        leak: below zero, a further shift, or the slopes of a PReLU, (1,) or (channels,).
        """
        if isinstance(value, Quantized):
            value = self.as_bytes(value)
            channels = value.type.shape[-1]
            factor = np.full(channels, value.scale / scale)
            source, offset = value, -factor * value.zero_point
        else:
            source = self.integers(value)
            factor, offset = value.scale / scale, value.offset / scale
        if isinstance(leak, int):
            op: Op = requantization(factor, offset, source.type, *limits, leak)
        elif leak.size in (1, factor.size):
            op = prelu(factor, offset, np.broadcast_to(leak, factor.shape), source.type, *limits)
        else:
            raise GraphError(f"has {leak.size} slopes, its input {factor.size} channels")
        pool = value.pool if isinstance(value, Accumulator) else None
        if pool is None:
            return Quantized(name, self.add(name, op, [source], traced.layer), scale)
        if (factor * pool.scale < 0).any() or np.min(leak) < 0:
            raise GraphError(f"turns the sign of what {pool.layer} pools; put the pool behind it")
        unpooled = f"{name}_unpooled"
        kind = self.add(unpooled, op, [source], traced.layer)
        return Quantized(
            name, self.add(name, MaxPool(pool.window), [Quantized(unpooled, kind, scale)], pool.layer), scale
        )


def one(values: Sequence[Value]) -> Value:
    if len(values) != 1:
        raise GraphError(f"reads {len(values)} values, one is supported")
    return values[0]


def quantized(value: Value) -> Quantized:
    if not isinstance(value, Quantized):
        raise GraphError(f"needs 8-bit inputs, {value.layer.layer} gives none; {HINT}")
    return value


def accumulator(traced: TracedLayer, value: Value) -> Accumulator:
    """The value that layer `traced` reads, with a scale and an offset for each channel."""
    if isinstance(value, Accumulator):
        return value
    if not isinstance(value, Quantized) or (value.flat and value.type.size != value.type.shape[-1]):
        raise GraphError("must follow a layer with weights, an average or an activation; flatten behind it")
    scale = np.full(value.type.shape[-1], value.scale)
    return Accumulator(traced, value, None, scale, -scale * value.zero_point)
