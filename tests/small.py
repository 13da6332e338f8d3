"""A small network of integers, its C and its inputs, without torch; and the compilers' strict flags."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from mcuexport.codegen import Generated, generate
from mcuexport.graph import Graph, Input, Node
from mcuexport.ops import Dense, Requantize, Table, TensorType
from mcuexport.pack import FORMATS
from mcuexport.targets import core

STRICT = ["-Wall", "-Wextra", "-Wpedantic", "-Wconversion", "-Wsign-conversion", "-Wshadow", "-Werror"]
STRICT_C = ["-std=c99", *STRICT, "-Wstrict-prototypes"]


def generated(graph: Graph, name: str = "net", core_name: str = "host", seed: int = 5) -> Generated:
    """C for a graph, with two random inputs for its self-test."""
    return generate(graph, core(core_name), name, samples(graph.input.type, 4, seed)[2:])


def samples(kind: TensorType, count: int, seed: int = 3) -> NDArray[Any]:
    """`count` >= 2 inputs: all at the minimum, all at the maximum, the rest random."""
    x = np.random.default_rng(seed).integers(kind.lo, kind.hi + 1, (count, *kind.shape))
    x[0], x[1] = kind.lo, kind.hi
    return x.astype(kind.dtype)


def flat(x: NDArray[Any]) -> NDArray[Any]:
    """Inputs as the C takes them, (samples, elements)."""
    return x.reshape(len(x), -1)


def golden_graph() -> Graph:
    """A small network that depends on no random number and no floating point: four kinds of operators."""
    source = Input(TensorType((4,), "uint8", 0, 255), 0.00390625, 0)
    int4, sym2 = FORMATS["int4"], FORMATS["sym2"]
    hidden = Dense((np.arange(12, dtype=np.uint8) * 5 % 16).reshape(3, 4), np.array([10, 0, -7]), int4)
    scaling = Requantize(np.array([1000, -2000, 3000]), np.array([512, 0, -512]), 14, 0, 127)
    double = Table(np.minimum(2 * (np.arange(256) & 127), 127))
    last = Dense((np.arange(6, dtype=np.uint8) % 4).reshape(2, 3), np.zeros(2, np.int64), sym2)
    nodes = (
        Node("fc1", hidden, ("input",), "fc1"),
        Node("act1", scaling, ("fc1",), "act1"),
        Node("act1_table", double, ("act1",), "act1"),
        Node("fc2", last, ("act1_table",), "fc2"),
    )
    return Graph("golden", source, nodes, ('a "quoted" label', "plain"), 0.125)
