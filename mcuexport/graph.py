"""The integer graph: named nodes over operators.  Its numpy meaning is the definition of the network.

Shapes, types and overflow are checked when a graph is made; a graph that exists runs, on every input.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from .errors import GraphError, McuexportError
from .ops import Argmax, IntArray, Op, TensorType

INPUT = "input"


@dataclass(frozen=True)
class Input:
    """What the device is fed: real = (q - zero_point) * scale, elements in channels-last order."""

    type: TensorType
    scale: float
    zero_point: int


@dataclass(frozen=True)
class Node:
    """One operator, the names of what it reads, and the layer of the network it came from."""

    name: str
    op: Op
    inputs: tuple[str, ...]
    layer: str


@dataclass(frozen=True, eq=False)
class Graph:
    """Nodes in an order in which each reads only what stands before it; the last one is the result.

    output_scale: the real value of one step of the outputs (a float for people; no integer depends on it).
    Raises GraphError (the text opens with `<graph>.<node>:`) if nodes do not fit together.
    """

    name: str
    input: Input
    nodes: tuple[Node, ...]
    labels: tuple[str, ...] = ()
    output_scale: float = 1.0

    def __post_init__(self) -> None:
        if not self.nodes:
            raise GraphError(f"{self.name}: has no layers")
        outputs = self.types[self.output].size
        if self.labels and len(self.labels) != outputs:
            raise GraphError(f"{self.name}: {len(self.labels)} labels for {outputs} outputs")
        read = {name for node in self.nodes for name in node.inputs}
        for node in self.nodes[:-1]:
            if node.name not in read:
                raise GraphError(f"{self.name}.{node.layer}: nothing reads the result of {node.name}")

    @property
    def output(self) -> str:
        return self.nodes[-1].name

    @cached_property
    def types(self) -> dict[str, TensorType]:
        """The type of the input and of every node's result."""
        types = {INPUT: self.input.type}
        for node in self.nodes:
            where = f"{self.name}.{node.layer}"
            if node.name in types:
                raise GraphError(f"{where}: two nodes are called {node.name}")
            missing = [name for name in node.inputs if name not in types]
            if missing:
                raise GraphError(f"{where}: reads {missing[0]}, which no earlier node makes")
            try:
                types[node.name] = node.op.output(*(types[name] for name in node.inputs))
            except McuexportError as error:
                raise type(error)(f"{where}: {error}") from error
        return types

    def steps(self, x: IntArray) -> Iterator[tuple[Node, IntArray]]:
        """Runs a batch (samples, *input shape) and yields every node with its result (samples, *shape)."""
        expected = (len(x), *self.input.type.shape)
        if x.shape != expected or x.dtype != self.input.type.dtype:
            raise GraphError(
                f"{self.name}: takes {self.input.type.dtype} {expected[1:]} samples, got {x.dtype} {x.shape[1:]}"
            )
        values = {INPUT: x}
        for node in self.nodes:
            values[node.name] = node.op.run(*(values[name] for name in node.inputs))
            yield node, values[node.name]

    def run(self, x: IntArray) -> IntArray:
        """The result (samples, *output shape) for a batch (samples, *input shape)."""
        *_, (_, result) = self.steps(x)
        return result

    def predict(self, x: IntArray) -> IntArray:
        """The class of each sample (samples,): the first of the largest outputs."""
        return Argmax().run(self.run(x)).reshape(-1).astype(np.int64)
