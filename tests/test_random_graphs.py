"""Random graphs and inputs: numpy, C under sanitizers and emulated cores agree in every byte."""

import os
import tempfile
from collections.abc import Callable
from dataclasses import replace
from functools import reduce
from pathlib import Path

import numpy as np
import pytest
from c_selftests import failures
from hypothesis import HealthCheck, Phase, given, reject, seed, settings
from hypothesis import strategies as st
from random_graphs import graphs, inputs

from mcuexport.codegen import generate
from mcuexport.emulate import build, run
from mcuexport.errors import TargetError
from mcuexport.graph import Graph
from mcuexport.planar import can_be_planar, in_planar, in_planes
from mcuexport.schedule import Unit, fuse, separate
from mcuexport.streams import in_blocks, in_slices, join, joints
from mcuexport.targets import CORES, core

CASES = int(os.environ.get("FUZZ_CASES", "200"))
PER_PROGRAM = 10  # graphs compiled together
PARTS = 4  # tests that processes can share
EMULATED_CASES = max(8, CASES // 50)
FIRST_SEED = int(os.environ.get("FUZZ_SEED", "0"))
SLOW = settings(deadline=None, database=None, suppress_health_check=list(HealthCheck))


HOST = core("host")
PLAIN = (HOST, replace(HOST, families=HOST.plain_families))  # the least code, too


def planar(units: tuple[Unit, ...], graph: Graph) -> tuple[Unit, ...]:
    """All maps planar that can be, whatever that takes."""
    return reduce(in_planar, can_be_planar(units, graph.types), units)


SCHEDULES: tuple[Callable[[Graph], tuple[Unit, ...] | None], ...] = (
    lambda graph: None,  # the best
    lambda graph: join(fuse(graph), joints(fuse(graph))),  # all that can be streamed
    lambda graph: tuple(in_blocks(unit) for unit in join(fuse(graph), joints(fuse(graph)))),  # all that by blocks
    lambda graph: tuple(in_slices(unit, [node.name for node in unit.nodes]) for unit in fuse(graph)),  # all in slices
    lambda graph: tuple(in_planes(unit, graph.types) for unit in fuse(graph)),
    lambda graph: tuple(in_planes(unit, graph.types) for unit in planar(fuse(graph), graph)),
    lambda graph: planar(tuple(in_blocks(unit) for unit in join(fuse(graph), joints(fuse(graph)))), graph),
    separate,
)


def said_by(drawn: list[Graph]) -> str:
    """What C says against numpy for these graphs; for the first that fails, how it is made."""
    models = [
        generate(graph, PLAIN[i % len(PLAIN)], f"net{i}", inputs(graph, i), units=SCHEDULES[i % len(SCHEDULES)](graph))
        for i, graph in enumerate(drawn)
    ]
    with tempfile.TemporaryDirectory() as folder:
        said = failures(models, Path(folder))
    first = next((graph for i, graph in enumerate(drawn) if f"net{i}:" in said), None)
    return said if first is None else f"{said}{first}"


@pytest.mark.parametrize("part", range(PARTS))
def test_c_of_random_graphs_equals_numpy_under_sanitizers(part: int) -> None:
    @settings(SLOW, max_examples=1 - (-CASES // (PARTS * PER_PROGRAM)), phases=[Phase.generate])
    @seed(FIRST_SEED + part)
    @given(st.lists(graphs(), min_size=PER_PROGRAM, max_size=PER_PROGRAM))
    def check(drawn: list[Graph]) -> None:
        assert said_by(drawn) == ""

    check()


# One core for each set of kernels.
EMULATED = {member.families: name for name, member in sorted(CORES.items()) if member.emulator is not None}


@pytest.mark.parametrize("core_name", EMULATED.values())
def test_an_emulated_core_equals_numpy(core_name: str) -> None:
    target = core(core_name)

    @settings(SLOW, max_examples=EMULATED_CASES)
    @seed(FIRST_SEED)
    @given(graphs())
    def check(graph: Graph) -> None:
        x = inputs(graph, 0)
        sources = generate(graph, target, "net", x).sources
        try:
            result = run(build(sources, "net", target), x.reshape(len(x), -1))
        except TargetError as error:
            if not any(words in str(error) for words in ("with the program around it", "the stack overflowed")):
                raise
            reject()  # the chip is too small for this graph
        np.testing.assert_array_equal(result.outputs, graph.run(x).reshape(len(x), -1))

    check()
