"""Is what a board computes equal to the integer graph?  Every output and every layer, over the wire."""

import zlib
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from .codegen import graph_hash
from .errors import ParityError, TargetError
from .graph import Graph
from .ops import IntArray
from .targets import Board
from .wire import BoardFault, Device, ModelRun

BLOCK = 100  # samples whose intermediate results are held at a time


@dataclass(frozen=True)
class LayerOnBoard:
    """Most cycles of any sample, for the layers that make one result."""

    layers: str
    cycles: int


@dataclass(frozen=True)
class OnBoard:
    """outputs: how many were compared, all equal.  selftest: whether the firmware has one; it passed.

    cycles: of `<name>_run` for the first sample, at clock_hz; layers: with what tracing adds taken out.
    resent, reconnected: what the wire cost.
    """

    board: str
    samples: int
    outputs: int
    selftest: bool
    cycles: int
    clock_hz: int
    stack_bytes: int
    layers: tuple[LayerOnBoard, ...]
    resent: int
    reconnected: int


def verify_on_board(graph: Graph, board: Board, device: Device, x: IntArray) -> OnBoard:
    """Sends inputs (n, *shape) and compares what comes back with the graph.

    Raises ParityError that names the first layer that differs; TargetError for another board or model, or a link
    that cannot be restored.
    """
    _require_ours(graph, board, device)
    try:
        return _verify(graph, board, device, x)
    except BoardFault as fault:
        done = fault.operators_done
        where = "" if done is None else f".{graph.nodes[min(done, len(graph.nodes) - 1)].layer}"
        raise TargetError(f"{graph.name}{where}: {fault}") from fault


def _verify(graph: Graph, board: Board, device: Device, x: IntArray) -> OnBoard:
    verdict = device.selftest()
    first = device.run(x[0].tobytes(), traced=False)
    runs: list[ModelRun] = []
    for start in range(0, len(x), BLOCK):
        block = x[start : start + BLOCK]
        results = {node.name: result for node, result in graph.steps(block)}
        for i, sample in enumerate(block):
            runs.append(device.run(sample.tobytes(), traced=True))
            _compare(graph, board, runs[-1], {name: result[i] for name, result in results.items()}, start + i)
    if verdict:
        raise ParityError(f"{graph.name}: all outputs are equal on {board.name}, yet its self-test returns {verdict}")
    names = _layer_names(graph, [layer.index for layer in runs[0].layers])
    cycles = [max(run.layers[i].cycles for run in runs) for i in range(len(names))]
    return OnBoard(
        board=board.name,
        samples=len(x),
        outputs=len(x) * graph.types[graph.output].size,
        selftest=verdict is not None,
        cycles=first.cycles,
        clock_hz=device.welcome.clock_hz,
        stack_bytes=first.stack_bytes,
        layers=tuple(map(LayerOnBoard, names, cycles)),
        resent=device.link.resent,
        reconnected=device.link.reconnected,
    )


def _require_ours(graph: Graph, board: Board, device: Device) -> None:
    welcome, port = device.welcome, device.link.name
    if welcome.board != board.name:
        raise TargetError(f"{port}: has firmware for {welcome.board}, not {board.name}; name that board, or flash anew")
    expected = graph_hash(graph)
    if welcome.model_hash != expected:
        raise TargetError(
            f"{port}: has model {welcome.model_hash}, not {expected} ({graph.name}); pack and flash this one"
        )


def _compare(graph: Graph, board: Board, run: ModelRun, results: dict[str, IntArray], sample: int) -> None:
    expected = results[graph.output].reshape(-1)
    told = [layer.index for layer in run.layers]
    for layer, names in zip(run.layers, _layer_names(graph, told), strict=True):
        node = graph.nodes[layer.index].name
        if layer.crc not in {zlib.crc32(stored) for stored in _stored(results[node], graph.types[node].dtype)}:
            raise ParityError(f"{graph.name}: sample {sample} differs on {board.name}, first in {names}")
    wrong = np.flatnonzero(run.outputs != expected)
    if wrong.size:
        at = int(wrong[0])
        raise ParityError(
            f"{graph.name}: output {at} of sample {sample} differs on {board.name}: "
            f"Python {expected[at]}, board {run.outputs[at]}, though every layer is right"
        )


def _stored(result: IntArray, dtype: str) -> Iterator[bytes]:
    """A result as a board holds it: little-endian; if it is a map, its rows may lie channel by channel, too."""
    numbers = result.astype(np.dtype(dtype).newbyteorder("<"))
    yield numbers.tobytes()
    if result.ndim == 3:
        yield np.swapaxes(numbers, 1, 2).tobytes()


def _layer_names(graph: Graph, indices: list[int]) -> list[str]:
    """What to call the layers between one whole result and the next."""
    starts = [0, *(index + 1 for index in indices)]
    nodes = [graph.nodes[start : index + 1] for start, index in zip(starts, indices, strict=False)]
    return [", ".join(dict.fromkeys(node.layer for node in part)) for part in nodes]
