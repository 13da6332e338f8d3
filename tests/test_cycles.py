"""What `bench` prints of a model."""

import numpy as np
import pytest

from mcuexport.bench import CORES
from mcuexport.cycles import macs, measure_cycles
from mcuexport.errors import TargetError
from mcuexport.graph import Graph, Input, Node
from mcuexport.ops import Conv2d, Dense, Requantize, TensorType, Window
from mcuexport.pack import FORMATS
from mcuexport.targets import core


def small_cnn() -> Graph:
    random = np.random.default_rng(7)
    sym4 = FORMATS["sym4"]
    conv = Conv2d(random.integers(0, 16, (6, 3, 3, 2)).astype(np.uint8), np.zeros(6, np.int64), sym4, Window((3, 3)))
    act = Requantize(np.full(6, 300), np.zeros(6, np.int64), 15, 0, 127)
    fc = Dense(random.integers(0, 16, (5, 96)).astype(np.uint8), np.zeros(5, np.int64), sym4)
    nodes = (
        Node("conv", conv, ("input",), "conv"),
        Node("act", act, ("conv",), "act"),
        Node("fc", fc, ("act",), "fc"),
    )
    return Graph("cnn", Input(TensorType((6, 6, 2), "uint8", 0, 255), 1.0, 0), nodes)


INPUTS = np.random.default_rng(8).integers(0, 256, (2, 6, 6, 2)).astype(np.uint8)


@pytest.mark.parametrize("name", [*CORES, "cortex-m0plus-mul32", "avr"])
def test_layers_are_named_as_they_are_fused_and_add_up_to_the_total(name: str) -> None:
    result = measure_cycles(small_cnn(), core(name), INPUTS)
    assert [row.layers for row in result.layers] == ["conv, act", "fc"]
    assert [row.macs for row in result.layers] == [6 * 3 * 3 * 2 * 4 * 4, 5 * 96]
    assert all(row.instructions > row.macs // 8 for row in result.layers)
    entry_and_exit = result.total.instructions - sum(row.instructions for row in result.layers)
    assert 0 <= entry_and_exit < 60
    assert result.total.cycles >= result.total.instructions


def test_two_runs_print_the_same() -> None:
    first, second = (measure_cycles(small_cnn(), core("cortex-m4"), INPUTS) for _ in range(2))
    assert first == second


def test_operators_without_weights_have_no_multiply_accumulates() -> None:
    graph = small_cnn()
    assert [macs(graph, node) for node in graph.nodes] == [1728, 0, 480]


@pytest.mark.parametrize("name", ["host", "powerpc"])
def test_a_core_without_a_cost_table_cannot_be_counted(name: str) -> None:
    with pytest.raises(TargetError, match=f"^{name} has no cost table, so it cannot be counted"):
        measure_cycles(small_cnn(), core(name), INPUTS)


def test_a_cortex_m55_is_counted_as_built_for_a_cortex_m33() -> None:
    m55, m33 = (measure_cycles(small_cnn(), core(name), INPUTS) for name in ("cortex-m55", "cortex-m33"))
    assert (m55.core, m55.layers, m55.total) == ("cortex-m55", m33.layers, m33.total)
