"""Signals, which are maps of one row, as maps of one column: the same numbers in the same places.

What runs is made row by row and may keep a few rows only, so a signal has to go from row to row in time.
"""

from dataclasses import replace

from .graph import Graph, Node
from .ops import Conv2d, MaxPool, SumPool, TensorType, Window


def upright(graph: Graph) -> Graph:
    """The graph with rows and columns exchanged, if it has maps and each of them is one row; else as it is."""
    maps = [kind for kind in graph.types.values() if len(kind.shape) == 3]
    if not maps or any(kind.shape[0] != 1 for kind in maps):
        return graph
    nodes = tuple(_turned(node) for node in graph.nodes)
    return replace(graph, input=replace(graph.input, type=_turned_type(graph.input.type)), nodes=nodes)


def _turned(node: Node) -> Node:
    op = node.op
    if isinstance(op, Conv2d):
        return replace(node, op=replace(op, codes=op.codes.swapaxes(1, 2), window=_turned_window(op.window)))
    if isinstance(op, MaxPool | SumPool):
        return replace(node, op=replace(op, window=_turned_window(op.window)))
    return node


def _turned_window(window: Window) -> Window:
    top, bottom, left, right = window.padding
    return Window(window.kernel[::-1], window.stride[::-1], (left, right, top, bottom), window.dilation[::-1])


def _turned_type(kind: TensorType) -> TensorType:
    return replace(kind, shape=(kind.shape[1], kind.shape[0], *kind.shape[2:])) if len(kind.shape) == 3 else kind
