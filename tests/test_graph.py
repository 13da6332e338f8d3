"""The graph: what does not fit together is refused when it is made, with the model's and the layer's name."""

import re
from collections.abc import Callable

import numpy as np
import pytest
from numpy.testing import assert_array_equal

from mcuexport.errors import GraphError, McuexportError, OverflowRisk
from mcuexport.graph import Graph, Input, Node
from mcuexport.ops import Add, Dense, IntArray, Op, Requantize, TensorType
from mcuexport.pack import FORMATS

INT8 = FORMATS["int8"]
SOURCE = Input(TensorType((2, 2), "uint8", 0, 255), 0.5, 3)


def dense(outputs: int, inputs: int, level: int = 1, bias: int = 0) -> Dense:
    return Dense(INT8.encode(np.full((outputs, inputs), level)), np.full(outputs, bias), INT8)


def requantize(channels: int) -> Requantize:
    return Requantize(np.ones(channels, np.int64), np.zeros(channels, np.int64), 3, 0, 127)


def node(name: str, op: Op, *inputs: str) -> Node:
    return Node(name, op, inputs, f"layer_of_{name}")


def small() -> Graph:
    nodes = (node("a", dense(3, 4), "input"), node("b", requantize(3), "a"), node("c", dense(2, 3, -2, 5), "b"))
    return Graph("net", SOURCE, nodes, ("no", "yes"))


def test_a_graph_computes_its_nodes_in_order() -> None:
    x = np.array([[[0, 0], [0, 0]], [[1, 2], [3, 6]], [[255, 255], [255, 255]]], np.uint8)
    hidden = [0, 2, 127]  # 12 / 8 and 1020 / 8, rounded and clamped
    expected = np.array([[5 - 2 * 3 * h] * 2 for h in hidden])
    assert_array_equal(small().run(x), expected)
    assert_array_equal(small().predict(x), [0, 0, 0])
    assert [step.name for step, _ in small().steps(x)] == ["a", "b", "c"]


def test_a_graph_takes_no_samples() -> None:
    x = np.zeros((0, 2, 2), np.uint8)
    assert small().run(x).shape == (0, 2)
    assert small().predict(x).shape == (0,)


def test_the_types_of_all_values_are_known_in_advance() -> None:
    types = small().types
    assert types["a"] == TensorType((3,), "int32", 0, 1020)
    assert types["b"] == TensorType((3,), "int8", 0, 127)
    assert types["c"] == TensorType((2,), "int32", 5 - 127 * 6, 5)


REFUSED: list[tuple[str, Callable[[], tuple[Node, ...]]]] = [
    ("net: has no layers", lambda: ()),
    (
        "net.layer_of_b: two nodes are called a",
        lambda: (node("a", dense(3, 4), "input"), Node("a", requantize(3), ("a",), "layer_of_b")),
    ),
    ("net.layer_of_input: two nodes are called input", lambda: (node("input", dense(3, 4), "input"),)),
    ("net.layer_of_a: reads nothing, which no earlier node makes", lambda: (node("a", dense(3, 4), "nothing"),)),
    ("net.layer_of_a: reads a, which no earlier node makes", lambda: (node("a", dense(3, 4), "a"),)),
    (
        "net.layer_of_a: reads b, which no earlier node makes",
        lambda: (node("a", requantize(3), "b"), node("b", dense(3, 4), "input")),
    ),
    ("net.layer_of_a: weights take 5 inputs, got 4 (2x2)", lambda: (node("a", dense(3, 5), "input"),)),
    (
        "net.layer_of_b: takes uint8 or int8, got int32",
        lambda: (node("a", dense(3, 4), "input"), node("b", dense(3, 3), "a")),
    ),
]


@pytest.mark.parametrize(("sentence", "nodes"), REFUSED, ids=[sentence for sentence, _ in REFUSED])
def test_nodes_that_do_not_fit_are_refused_by_name(sentence: str, nodes: Callable[[], tuple[Node, ...]]) -> None:
    with pytest.raises(GraphError, match=f"^{re.escape(sentence)}$"):
        Graph("net", SOURCE, nodes())


def test_labels_must_be_as_many_as_outputs() -> None:
    with pytest.raises(GraphError, match=r"^net: 3 labels for 2 outputs$"):
        Graph("net", SOURCE, small().nodes, ("a", "b", "c"))


def test_an_overflow_keeps_its_class_and_names_its_layer() -> None:
    with pytest.raises(OverflowRisk) as caught:
        Graph("net", SOURCE, (node("a", dense(1, 4, 127, 2**31 - 1), "input"),))
    bound = 2**31 - 1 + 4 * 127 * 255
    sentence = f"net.layer_of_a: accumulator of output 0 can reach {bound}, int32 holds 2147483647"
    assert str(caught.value) == sentence


@pytest.mark.parametrize(
    ("x", "found"),
    [
        (np.zeros((5, 2, 2), np.int8), "int8 (2, 2)"),
        (np.zeros((5, 2, 2)), "float64 (2, 2)"),
        (np.zeros((5, 4), np.uint8), "uint8 (4,)"),
        (np.zeros((2, 2), np.uint8), "uint8 (2,)"),
        (np.zeros((5, 2, 2, 1), np.uint8), "uint8 (2, 2, 1)"),
    ],
)
def test_a_batch_of_another_type_or_shape_is_refused(x: IntArray, found: str) -> None:
    with pytest.raises(GraphError) as caught:
        small().run(x)
    assert str(caught.value) == f"net: takes uint8 (2, 2) samples, got {found}"


def test_one_value_may_be_read_twice() -> None:
    nodes = (
        node("a", dense(3, 4), "input"),
        node("b", requantize(3), "a"),
        node("c", Add((2, 2), 0, 1), "b", "b"),
        node("d", dense(2, 3), "c"),
    )
    x = np.array([[[1, 2], [3, 6]]], np.uint8)
    assert_array_equal(Graph("net", SOURCE, nodes).run(x), [[12, 12]])


def test_every_error_of_a_graph_is_one_of_ours() -> None:
    assert issubclass(GraphError, McuexportError)
    assert issubclass(OverflowRisk, GraphError)
