"""Convolutional networks in C: every kind of window in every format, joined, streamed and apart, equal to numpy."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from c_selftests import SANITIZERS, failures
from map_graphs import MapGraph, depthwise_cnn, mnist_cnn
from small import samples

from mcuexport.arena import Lag
from mcuexport.codegen import Generated, generate, weighted_calls
from mcuexport.emulate import build, run
from mcuexport.graph import Graph
from mcuexport.kernels import candidates
from mcuexport.memory import MAP, Memory, parts
from mcuexport.ops import Concat, Conv2d, MaxPool, Requantize, SumPool, Table, Window
from mcuexport.pack import FORMATS
from mcuexport.schedule import Stage, Stream, Unit, fuse, separate
from mcuexport.streams import in_blocks, in_slices, join, joints, planned
from mcuexport.targets import core

SAME = (1, 1, 1, 1)
# name: channels of the input, and the arguments of the convolution
CONVOLUTIONS: dict[str, tuple[int, dict[str, object]]] = {
    "valid": (5, {"outputs": 7}),
    "padded": (3, {"outputs": 4, "padding": SAME, "pad_value": 9}),
    "padded_more_than_the_kernel": (2, {"outputs": 3, "kernel": (2, 2), "padding": (3, 2, 4, 2), "pad_value": 1}),
    "strided": (4, {"outputs": 5, "stride": (2, 3), "padding": SAME}),
    "spread": (3, {"outputs": 4, "dilation": (2, 3), "padding": (2, 2, 3, 3)}),
    "pointwise": (21, {"outputs": 6, "kernel": (1, 1)}),
    "pointwise_strided": (4, {"outputs": 33, "kernel": (1, 1), "stride": (2, 2)}),
    "row": (3, {"outputs": 4, "kernel": (1, 4)}),
    "column": (3, {"outputs": 4, "kernel": (5, 1), "padding": (2, 0, 0, 0)}),
    "whole_map": (2, {"outputs": 6, "kernel": (7, 8)}),
    "grouped": (12, {"outputs": 8, "groups": 4, "padding": SAME}),
    "one_output_of_each_two": (6, {"outputs": 3, "groups": 3}),
    "depthwise": (16, {"outputs": 16, "groups": 16}),
    "depthwise_padded": (10, {"outputs": 10, "groups": 10, "padding": SAME, "pad_value": 3}),
    "depthwise_strided": (34, {"outputs": 34, "groups": 34, "stride": (2, 2), "padding": SAME}),
    "depthwise_5x4": (24, {"outputs": 24, "groups": 24, "kernel": (5, 4), "padding": (2, 2, 1, 2)}),
    "depthwise_spread": (6, {"outputs": 6, "groups": 6, "dilation": (2, 2), "padding": (2, 2, 2, 2)}),
    "depthwise_times_two": (6, {"outputs": 12, "groups": 6}),
}


def convolution(kind: str, fmt: str, dtype: str) -> Graph:
    channels, arguments = CONVOLUTIONS[kind]
    g = MapGraph((7, 8, channels), dtype)
    g.conv(fmt=fmt, **arguments)  # type: ignore[arg-type]
    return g.graph(3, fmt)


def model(graph: Graph, name: str, **options: object) -> Generated:
    return generate(graph, core("host"), name, samples(graph.input.type, 4), **options)  # type: ignore[arg-type]


@pytest.mark.parametrize("dtype", ["uint8", "int8"])
@pytest.mark.parametrize("fmt", FORMATS)
def test_every_kind_of_convolution_equals_numpy(fmt: str, dtype: str, tmp_path: Path) -> None:
    models = [model(convolution(kind, fmt, dtype), kind) for kind in CONVOLUTIONS]
    assert failures(models, tmp_path) == ""


def signal() -> Graph:
    """A 1-D network: height 1, (length, channels) in memory order."""
    g = MapGraph((1, 50, 3))
    g.conv(8, (1, 5), padding=(0, 0, 2, 2))
    g.add(MaxPool(Window((1, 2), (1, 2))))
    g.conv(8, (1, 3), groups=8, dilation=(1, 2))
    g.conv(12, (1, 1))
    g.global_average()
    return g.graph()


def residual() -> Graph:
    """x + f(x), f of two convolutions."""
    g = MapGraph((12, 12, 4))
    x = g.conv(8, padding=SAME)
    g.conv(8, padding=SAME)
    g.residual(g.conv(8, padding=SAME), x)
    g.max_pool(3, 2)
    return g.graph()


def branches() -> Graph:
    """Two paths of other strides that are joined by channels, one of them through a table."""
    g = MapGraph((9, 9, 3), "uint8")
    x = g.conv(6, padding=SAME)
    one = g.conv(5, source=x, stride=(2, 2))
    g.conv(4, (1, 1), source=x)
    other = g.add(Table(g.rng.integers(-128, 128, 256)))
    g.add(MaxPool(Window((3, 3), (2, 2))), other)
    g.add(Concat(), g.newest, one)
    g.add(SumPool(Window((2, 2), (1, 1), (0, 1, 0, 1)), 4))
    g.requantize()
    return g.graph()


def separable() -> Graph:
    """Depthwise and pointwise in turns, as in MobileNet."""
    g = MapGraph((17, 15, 3), "uint8")
    g.conv(8, stride=(2, 2), padding=SAME, pad_value=128)
    for channels, stride in ((8, 1), (16, 2), (16, 1)):
        inputs = g.types[g.newest].shape[2]
        g.conv(inputs, groups=inputs, stride=(stride, stride), padding=SAME)
        g.conv(channels, (1, 1))
    g.global_average()
    return g.graph()


def all_map() -> Graph:
    """Ends in a map of int32."""
    g = MapGraph((6, 5, 4))
    g.conv(6)
    codes = np.zeros((3, 2, 2, 6), np.uint8)
    g.add(Conv2d(codes, np.arange(3), FORMATS["binary"], Window((2, 2))))
    return Graph("maps", g.input, tuple(g.nodes))


def by_channel() -> Graph:
    """All that a stream by blocks of channels can hold, in 3 blocks of 8."""
    g = MapGraph((11, 9, 3), "uint8")
    g.conv(24, padding=SAME, pad_value=4)
    g.conv(24, fmt="ternary", groups=24, padding=SAME)
    g.max_pool()
    g.add(Table(g.rng.integers(-128, 128, 256)))
    g.max_pool(2, 1)
    g.conv(24, (2, 2), groups=24, stride=(2, 1), padding=(1, 0, 0, 1))
    g.add(SumPool(Window((2, 2))))
    g.requantize()
    return g.graph()


def uniform(graph: Graph) -> Graph:
    """The same, but all channels of a layer are scaled alike."""
    nodes = []
    for node in graph.nodes:
        op = node.op
        if isinstance(op, Requantize):
            op = replace(op, multiplier=np.full_like(op.multiplier, 77), offset=np.full_like(op.offset, -300))
        nodes.append(replace(node, op=op))
    return Graph(graph.name, graph.input, tuple(nodes))


NETWORKS: dict[str, Callable[[], Graph]] = {
    "mnist_cnn": mnist_cnn,
    "signal": signal,
    "residual": residual,
    "branches": branches,
    "separable": separable,
    "by_channel": by_channel,
    "depthwise_cnn": depthwise_cnn,
    "all_map": all_map,
    "uniform_by_channel": lambda: uniform(by_channel()),
    "uniform_separable": lambda: uniform(separable()),
}
COMPILERS = {
    "gcc": ("gcc", SANITIZERS),
    "gcc_O3": ("gcc", ("-O3",)),
    "clang": ("clang", SANITIZERS),
    "clang_O2": ("clang", ("-O2",)),
}


def schedules(graph: Graph) -> Iterator[Generated]:
    """The best, all streamed, that by blocks of channels or in slices, nothing joined."""
    units = fuse(graph)
    streamed = join(units, joints(units))
    yield model(graph, "best")
    yield model(graph, "streamed", units=streamed)
    yield model(graph, "blocks", units=tuple(in_blocks(unit) for unit in streamed))
    yield model(graph, "slices", units=all_in_slices(streamed))
    yield model(graph, "apart", units=separate(graph))


def all_in_slices(units: Iterable[Unit]) -> tuple[Unit, ...]:
    return tuple(in_slices(unit, [node.name for node in unit.nodes]) for unit in units)


@pytest.mark.parametrize("compiler", COMPILERS)
@pytest.mark.parametrize("network", NETWORKS)
def test_networks_of_maps_equal_numpy_however_they_are_scheduled(network: str, compiler: str, tmp_path: Path) -> None:
    program, flags = COMPILERS[compiler]
    assert failures(list(schedules(NETWORKS[network]())), tmp_path, program, flags) == ""


@pytest.mark.parametrize("kind", ["usual", "portable"])
@pytest.mark.parametrize("core_name", ["cortex-m0", "rv32ec"])
@pytest.mark.parametrize("network", NETWORKS)
def test_cores_compute_networks_of_maps(network: str, core_name: str, kind: str) -> None:
    graph, target = NETWORKS[network](), core(core_name)
    x = samples(graph.input.type, 3)
    calls = weighted_calls(graph, target, portable=kind == "portable")
    kernels = {node: candidates(f"mcx_{call.kernel}", target.families)[kind] for node, call in calls.items()}
    sources = generate(graph, target, "net", x, kernels=kernels).sources
    result = run(build(sources, "net", target), x.reshape(len(x), -1))
    np.testing.assert_array_equal(result.outputs, graph.run(x).reshape(len(x), -1))


def test_padding_is_the_pad_value_around_the_map() -> None:
    padded = convolution("padded", "int8", "int8").nodes[0].op
    assert isinstance(padded, Conv2d)
    x = samples(MapGraph((7, 8, 3)).input.type, 4)
    around = np.pad(x, ((0, 0), (1, 1), (1, 1), (0, 0)), constant_values=9)
    valid = Conv2d(padded.codes, padded.bias, padded.fmt, Window((3, 3)))
    np.testing.assert_array_equal(padded.run(x), valid.run(around))


def test_a_pool_behind_a_convolution_leaves_no_map_of_accumulators() -> None:
    graph = mnist_cnn()
    first = fuse(graph)[0]
    assert isinstance(first, Stream)
    assert [node.op.kind for node in first.nodes] == ["conv2d", "requantize", "max_pool"]
    maps = {b.name.removesuffix(MAP) for b in Memory(graph).buffers(fuse(graph)) if b.name.endswith(MAP)}
    assert {graph.types[name].dtype for name in maps} == {"int8"}


def test_a_pool_whose_windows_overlap_is_a_stage_of_its_own() -> None:
    g = MapGraph((8, 8, 3))
    g.conv(4)
    g.max_pool(3, 2)
    streams = [unit for unit in fuse(g.graph()) if isinstance(unit, Stream)]
    assert [stage.pool for unit in streams for stage in unit.stages] == [None, None]


def test_a_pixel_that_changes_its_type_is_finished_apart(tmp_path: Path) -> None:
    """Found at random: a pool of uint8 whose result is requantized to int8; the same with int8 and int32."""
    g = MapGraph((6, 6, 3), "uint8")
    g.max_pool()
    g.requantize()
    g.conv(4, (1, 1))
    multiplier = np.arange(4)
    g.add(Requantize(multiplier, multiplier, 3, -(2**31), 2**31 - 1, dtype="int32"))
    graph = Graph("maps", g.input, tuple(g.nodes))
    assert [len(unit.nodes) for unit in fuse(graph)] == [1, 1, 2, 1]
    assert failures(list(schedules(graph)), tmp_path) == ""


def test_a_later_stage_runs_as_soon_as_it_has_its_rows() -> None:
    graph = mnist_cnn()
    units = fuse(graph)
    stream = next(unit for unit in join(units, joints(units)) if isinstance(unit, Stream))
    assert [stage for stage, _ in stream.events(graph.types)] == [0, 0, 0, 1, 0, 1, 0, 1, 2, 0, 1, 2, 0, 1, 2]
    assert [stream.slots(i, graph.types) for i in range(3)] == [3, 3, 3]


def test_the_mnist_cnn_runs_in_2048_bytes_with_its_stack() -> None:
    graph, target = mnist_cnn(), core("cortex-m0")
    x = samples(graph.input.type, 3)
    generated = generate(graph, target, "net", x)
    assert generated.plan.scratch_bytes == generated.plan.lower_bound_bytes == 1408
    result = run(build(generated.sources, "net", target), x.reshape(len(x), -1))
    assert result.stack_bytes is not None
    assert generated.plan.scratch_bytes + result.stack_bytes <= 2048


def test_the_depthwise_cnn_runs_in_2048_bytes_with_its_stack() -> None:
    """Width 64: BitNetMCU needs 2,212 bytes of stack for the same network."""
    graph, target = depthwise_cnn(), core("cortex-m0")
    x = samples(graph.input.type, 3)
    generated = generate(graph, target, "net", x)
    rows = (4 * 14 + 4 * 6) * 8
    assert generated.plan.scratch_bytes <= rows + 2 * 2 * 64 + 8 * (4 + 2 * 9 + 1)
    result = run(build(generated.sources, "net", target), x.reshape(len(x), -1))
    assert result.stack_bytes is not None
    assert generated.plan.scratch_bytes + result.stack_bytes <= 2048


def test_a_stream_runs_by_blocks_only_if_it_mixes_channels_nowhere_but_at_its_beginning() -> None:
    graph = depthwise_cnn()
    units = fuse(graph)
    (stream,) = (in_blocks(unit) for unit in join(units, joints(units)) if isinstance(unit, Stream))
    assert isinstance(stream, Stream)
    assert (stream.block, stream.blocks(graph.types)) == (8, 8)
    assert Memory(graph).lags((stream, *units[-1:])) == {}
    for graph in (mnist_cnn(), residual(), separable()):
        units = fuse(graph)
        assert all(in_blocks(unit) == unit for unit in join(units, joints(units)))


@pytest.mark.parametrize(("outputs", "slices"), [(24, 2), (7, 1)])
def test_a_pixel_in_slices_has_accumulators_for_one(outputs: int, slices: int, tmp_path: Path) -> None:
    g = MapGraph((5, 6, 4))
    g.conv(outputs, kernel=(1, 1))
    graph = g.graph()
    units = all_in_slices(fuse(graph))
    (stage,) = units[0].stages  # type: ignore[union-attr]
    assert stage.slices == slices
    assert [(part.name, part.bytes) for part in parts(stage, graph.types)] == [("acc", 4 * outputs // slices)]
    assert failures([model(graph, "slices", units=units)], tmp_path) == ""


def test_outputs_are_made_in_slices_where_that_lowers_the_scratch() -> None:
    g = MapGraph((3, 3, 60))
    g.conv(120, kernel=(1, 1))
    graph = g.graph()
    _, units, plan = planned(graph)
    whole = Memory(graph).plan(fuse(graph)).scratch_bytes
    assert [stage.slices for unit in units if isinstance(unit, Stream) for stage in unit.stages] == [2]
    assert whole - plan.scratch_bytes == 4 * 120 // 2


def test_a_pool_in_a_stream_by_blocks_has_no_constants_to_find(tmp_path: Path) -> None:
    """Found at random: its row function had a parameter that it did not use."""
    g = MapGraph((9, 8, 3))
    g.conv(16)
    g.max_pool(2, 1)
    g.add(Table(g.rng.integers(-128, 128, 256)))
    graph = g.graph()
    units = tuple(in_blocks(unit) for unit in join(fuse(graph), joints(fuse(graph))))
    assert isinstance(units[0], Stream)
    assert units[0].block == 8
    assert failures([model(graph, "blocks", units=units)], tmp_path) == ""


def test_a_signal_keeps_a_few_columns() -> None:
    graph = signal()
    runs, units, plan = planned(graph)
    assert runs.types[units[0].result].shape[1] == 1
    assert plan.scratch_bytes < Memory(graph).plan(fuse(graph)).scratch_bytes
    x = samples(graph.input.type, 5)
    turned = x.reshape(len(x), *runs.input.type.shape)
    np.testing.assert_array_equal(runs.run(turned), graph.run(x))


def test_one_row_made_backwards_is_not_laid_over_its_source(tmp_path: Path) -> None:
    """Found with a signal, whose maps are one row: nothing of the source may be overwritten, in either direction."""
    graph = signal()
    memory, units = Memory(graph), separate(graph)
    for (result, value), lag in memory.lags(units).items():
        rows = [graph.types[name.removesuffix(MAP)].bytes for name in (result, value)]
        assert lag == Lag(0) or (lag.below, lag.above) == tuple(rows)
    assert failures([model(graph, "apart", units=units)], tmp_path) == ""


def test_a_residual_block_keeps_one_map_and_some_rows() -> None:
    graph = residual()
    _, _, plan = planned(graph)
    one_map, row = 12 * 12 * 8, 12 * 8
    work = 4 * 8 + 72
    assert plan.scratch_bytes <= one_map + (3 + 2) * row + work


def test_a_stage_says_which_rows_it_reads() -> None:
    graph = mnist_cnn()
    stage = fuse(graph)[0].stages[0]  # type: ignore[union-attr]
    assert isinstance(stage, Stage)
    assert [stage.source_rows(row, 16) for row in (0, 1, 6)] == [range(0, 4), range(2, 6), range(12, 16)]
