"""The choice of kernels: the best of all that there are, by bytes and cycles that are counted again here."""

from dataclasses import replace
from itertools import product

import numpy as np
import pytest
from map_graphs import by_lines, depthwise_cnn
from small import samples

from mcuexport.choice import GOALS, Choice, choose, default_choice
from mcuexport.cli.choosing import MEANINGS
from mcuexport.codegen import generate, weighted_calls
from mcuexport.cycles import measure_cycles
from mcuexport.emulate import build
from mcuexport.errors import GraphError, TargetError, ToolMissing
from mcuexport.graph import Graph, Input, Node
from mcuexport.kernels import Kernel, candidates, find
from mcuexport.ops import Conv2d, Dense, IntArray, Requantize, TensorType, Window
from mcuexport.pack import FORMATS
from mcuexport.parity import verify
from mcuexport.report import report
from mcuexport.targets import Core, core

RANDOM = np.random.default_rng(11)
INPUT = Input(TensorType((96,), "uint8", 0, 255), 1.0, 0)


def dense(inputs: int, outputs: int, format_name: str) -> Dense:
    fmt = FORMATS[format_name]
    codes = RANDOM.integers(0, len(fmt.levels), (outputs, inputs)).astype(np.uint8)
    return Dense(codes, np.zeros(outputs, np.int64), fmt)


def network(first: str, second: str) -> Graph:
    act = Requantize(np.arange(285, 317), np.full(32, -(1 << 20)), 19, 0, 127)
    nodes = (
        Node("fc1", dense(96, 32, first), ("input",), "fc1"),
        Node("act", act, ("fc1",), "act"),
        Node("fc2", dense(32, 10, second), ("act",), "fc2"),
    )
    return Graph("two", INPUT, nodes)


GRAPH = network("sym4", "sym4")


def inputs(zeros: float) -> IntArray:
    x = RANDOM.integers(1, 256, (2, 96)).astype(np.uint8)
    x[RANDOM.random(x.shape) < zeros] = 0
    return x


SPARSE, FULL = inputs(0.9), inputs(0.0)


def flash(graph: Graph, core_name: str, x: IntArray, kinds: tuple[str, ...]) -> int | None:
    """With these kinds of kernels; None if they cannot stand in one model."""
    families, calls = core(core_name).families, ("mcx_dense_sym4",) * 2
    kernels = {n: candidates(c, families)[kind] for n, c, kind in zip(("fc1", "fc2"), calls, kinds, strict=True)}
    try:
        made = generate(graph, core(core_name), "net", x[:1], kernels=kernels)
    except GraphError:
        return None
    return report(graph, made, build(made.sources, "net", core(core_name)).sizes, core_name).flash_bytes


def least_kernels(graph: Graph, target: Core, *, portable: bool) -> dict[str, Kernel]:
    """Those of the least code, for a schedule that only portable models have, or for the usual one."""
    calls = weighted_calls(graph, target, portable=portable)
    return {node: candidates(f"mcx_{call.kernel}", target.families)["portable"] for node, call in calls.items()}


def kinds_of(choice: Choice) -> tuple[str, ...]:
    return tuple(candidate.kind for candidate in choice.chosen)


def test_size_is_the_least_flash_of_all_combinations() -> None:
    core_name, kinds = "cortex-m0plus", ("usual", "nonzero", "plain", "portable")
    every = {pair: flash(GRAPH, core_name, SPARSE, pair) for pair in product(kinds, repeat=2)}
    found = choose(GRAPH, core(core_name), SPARSE, "size")
    assert found.flash_bytes == every[kinds_of(found)] == min(bytes_ for bytes_ in every.values() if bytes_)
    assert every["usual", "plain"] is None  # two headers of one name


@pytest.mark.parametrize(("x", "expected"), [(SPARSE, "nonzero"), (FULL, "usual")], ids=["sparse", "full"])
@pytest.mark.parametrize("core_name", ["cortex-m0plus", "cortex-m4", "rv32ec"])
def test_speed_takes_the_fastest_kernel_of_each_layer(core_name: str, x: IntArray, expected: str) -> None:
    found = choose(GRAPH, core(core_name), x, "speed")
    assert kinds_of(found)[0] == expected
    for step, chosen in zip(found.steps, found.chosen, strict=True):
        assert chosen.cycles == min(candidate.cycles for candidate in step.candidates)
    assert found.cycles == measure_cycles(GRAPH, core(core_name), x, found.kernels).total.cycles


def test_balanced_is_between_the_two_and_has_the_least_product() -> None:
    found = {goal: choose(GRAPH, core("cortex-m0plus"), SPARSE, goal) for goal in GOALS}
    products = {goal: choice.flash_bytes * choice.cycles for goal, choice in found.items()}
    assert products["balanced"] <= min(products.values()) * 1.01  # cycles of a whole model are counted at the end
    assert found["size"].flash_bytes <= found["balanced"].flash_bytes
    assert found["speed"].cycles <= found["balanced"].cycles


def test_a_choice_is_a_function_of_its_arguments() -> None:
    assert choose(GRAPH, core("cortex-m4"), SPARSE, "speed") == choose(GRAPH, core("cortex-m4"), SPARSE, "speed")


@pytest.mark.parametrize("kinds", [("nonzero", "usual"), ("nonzero", "plain"), ("plain", "plain")])
def test_kernels_can_differ_by_layer_and_every_output_is_equal(kinds: tuple[str, str]) -> None:
    target = core("cortex-m0plus")
    graph = network("sym4", "int8")
    of_layer = zip(("fc1", "fc2"), ("mcx_dense_sym4", "mcx_dense_int8"), kinds, strict=True)
    kernels = {node: candidates(name, target.families)[kind] for node, name, kind in of_layer}
    x = np.concatenate([SPARSE, FULL])
    assert verify(graph, target, "net", x[:2], x, kernels).outputs == 40


@pytest.mark.parametrize("core_name", ["cortex-m0plus", "cortex-m4", "rv32ec"])
@pytest.mark.parametrize("kind", ["usual", "nonzero", "plain", "portable"])
def test_convolutions_take_every_kind_of_kernel(core_name: str, kind: str) -> None:
    target = core(core_name)
    conv = Conv2d(
        RANDOM.integers(0, 16, (10, 3, 3, 3)).astype(np.uint8),
        RANDOM.integers(-99, 99, 10),
        FORMATS["sym4"],
        Window((3, 3), padding=(1, 1, 1, 1)),
        groups=2,
        pad_value=7,
    )
    act = Requantize(np.full(10, 300), np.zeros(10, np.int64), 17, 0, 127)
    nodes = (
        Node("c", conv, ("input",), "conv"),
        Node("act", act, ("c",), "act"),
        Node("fc", dense(200, 3, "int4"), ("act",), "fc"),
    )
    graph = Graph("conv", Input(TensorType((5, 4, 6), "uint8", 0, 255), 1.0, 7), nodes)
    kernel = candidates("mcx_dense_sym4", target.families)[kind]
    x = RANDOM.integers(0, 256, (2, 5, 4, 6)).astype(np.uint8)
    x[1] *= x[1] > 180
    assert measure_cycles(graph, target, x, {"c": kernel}).total.macs == 20 * 10 * 27 + 600


@pytest.mark.parametrize(
    ("core_name", "kinds", "own"),
    [
        pytest.param("cortex-m0plus", ("portable", "portable"), set(), id="all portable"),
        pytest.param("cortex-m0plus", ("portable", "nonzero"), {"mcx_requantize.h"}, id="not all"),
        pytest.param("cortex-m0plus", ("plain", "plain"), {"mcx_requantize.h"}, id="plain"),
        pytest.param("cortex-m4", ("usual", "usual"), {"mcx_requantize.h"}, id="none"),
        pytest.param("avr", ("portable", "portable"), {"mcx_memory.h"}, id="where constants lie is no kernel"),
    ],
)
def test_in_a_portable_model_all_kernels_are_generic(core_name: str, kinds: tuple[str, str], own: set[str]) -> None:
    """own: of the headers below, those of the core's families."""
    target = core(core_name)
    of_layer = zip(("fc1", "fc2"), kinds, strict=True)
    kernels = {node: candidates("mcx_dense_sym4", target.families)[kind] for node, kind in of_layer}
    sources = generate(GRAPH, target, "net", SPARSE[:1], kernels=kernels).sources
    shared = ("mcx_requantize", "mcx_multiply", "mcx_memory")
    differ = {f"{name}.h" for name in shared if sources.get(f"{name}.h") not in (None, find(name, ("generic",)).text)}
    assert differ == own


@pytest.mark.parametrize("core_name", ["cortex-m0plus", "rv32ec"])
def test_portable_kernels_are_offered_for_every_step(core_name: str) -> None:
    steps = choose(GRAPH, core(core_name), FULL, "size").steps
    assert all(any(c.kind == "portable" for c in step.candidates) for step in steps)


@pytest.mark.parametrize(
    ("graph", "kernel"), [(depthwise_cnn(8), "mcx_depthwise"), (by_lines("sym4", 0, 9), "mcx_depthwise3x3_line")]
)
def test_a_portable_model_has_the_least_code(graph: Graph, kernel: str) -> None:
    """Products are not left to the compiler where there is no multiplier, and 3x3 windows are made by lines."""
    target = core("rv32ec")
    x, made = samples(graph.input.type, 2), []
    for portable in (True, False):
        kernels = {
            node: replace(kernel, portable=portable)
            for node, kernel in least_kernels(graph, target, portable=portable).items()
        }
        made.append(generate(graph, target, "net", x, kernels=kernels))
    assert made[0].sources[f"{kernel}.h"] == find(kernel, ("small",)).text
    assert made[0].sources["mcx_multiply.h"] == find("mcx_multiply", ("rv32",)).text
    sizes = [report(graph, m, build(m.sources, "net", target).sizes, target.name).flash_bytes or 0 for m in made]
    assert sizes[0] < sizes[1]


@pytest.mark.parametrize("core_name", ["cortex-m0", "cortex-m4", "rv32ec", "avr"])
@pytest.mark.parametrize("fmt", ["int8", "sym2"])
def test_a_portable_model_by_lines_is_exact(core_name: str, fmt: str) -> None:
    graph, target = by_lines(fmt, 0, 9), core(core_name)
    x = samples(graph.input.type, 3)
    kernels = least_kernels(graph, target, portable=True)
    assert "mcx_depthwise3x3_line.h" in generate(graph, target, "net", x, kernels=kernels).sources
    assert verify(graph, target, "net", x[:1], x, kernels).outputs == 30


def test_a_core_without_cycles_has_no_choice() -> None:
    assert default_choice(GRAPH, core("host"), SPARSE) is None
    with pytest.raises(TargetError, match="host has no cost table, so it cannot be counted"):
        choose(GRAPH, core("host"), SPARSE, "size")


def test_a_missing_compiler_is_told_if_a_choice_was_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    assert default_choice(GRAPH, core("cortex-m0"), SPARSE) is None
    with pytest.raises(ToolMissing, match="gcc-arm-none-eabi"):
        choose(GRAPH, core("cortex-m0"), SPARSE, "speed")


def test_the_command_line_has_the_goals_there_are() -> None:
    assert tuple(MEANINGS) == GOALS
