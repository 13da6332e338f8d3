"""Planar maps and depthwise stages by planes: who gets them, and that they change no result."""

from functools import reduce

import numpy as np
import pytest
from counted import inputs_of, require_equal
from map_graphs import CHAINS, MapGraph, separable

from mcuexport.codegen import generate
from mcuexport.graph import Graph
from mcuexport.ops import Conv2d, Window
from mcuexport.pack import FORMATS
from mcuexport.parity import first_difference
from mcuexport.planar import can_be_planar, in_planar, in_planes
from mcuexport.schedule import Stream, Unit, fuse, planar_maps, stages
from mcuexport.targets import core


def all_planar(graph: Graph, by_two: bool) -> tuple[Unit, ...]:
    """Whatever scratch that takes."""
    pointwise = [n.name for n in graph.nodes if isinstance(n.op, Conv2d) and not n.op.is_depthwise]
    units = fuse(graph, pointwise if by_two else ())
    return reduce(in_planar, can_be_planar(units, graph.types), units)


def all_planes(graph: Graph, units: tuple[Unit, ...]) -> tuple[Unit, ...]:
    return tuple(in_planes(unit, graph.types) for unit in units)


@pytest.mark.parametrize("fmt", ["int8", "sym4", "sym2"])
@pytest.mark.parametrize("core_name", ["cortex-m4", "cortex-m0plus", "rv32emc"])
def test_planes_and_planar_maps_are_exact(core_name: str, fmt: str) -> None:
    for chain in range(len(CHAINS)):
        for lo, height, outputs in ((0, 5, 8), (-128, 6, 6), (0, 7, 4)):
            graph = separable(fmt, lo, chain, height, outputs)
            planar = all_planar(graph, by_two=core_name == "cortex-m4" and fmt != "sym2")
            for units in (planar, all_planes(graph, planar), all_planes(graph, fuse(graph))):
                require_equal(graph, core_name, alignment=False, units=units)


@pytest.mark.parametrize("optimize", ["-O0", "-Os", "-O3"])
@pytest.mark.parametrize("core_name", ["cortex-m4", "cortex-m0plus", "rv32emc"])
def test_planes_are_exact_at_every_level(core_name: str, optimize: str) -> None:
    for chain in (1, 4, 8):
        graph = separable("int8", 0, chain, 6)
        units = all_planes(graph, all_planar(graph, by_two=core_name == "cortex-m4"))
        require_equal(graph, core_name, alignment=False, units=units, optimize=optimize)


def test_only_maps_that_one_depthwise_stage_reads_are_planar() -> None:
    graph = separable("int8", 0, 1, 6)
    planar = planar_maps(all_planar(graph, by_two=False))
    readers = {stage.source for stage in stages(fuse(graph)) if stage.lines}
    assert planar == readers
    assert len(planar) == 2
    narrow = separable("int8", 0, 8, 6)
    assert planar_maps(all_planar(narrow, by_two=False)) == set()


def test_a_map_that_something_else_reads_too_is_not_planar() -> None:
    g = MapGraph((6, 6, 4), "int8")
    bias = np.zeros(4, np.int64)
    g.add(Conv2d(np.zeros((4, 1, 1, 4), np.uint8), bias, FORMATS["int8"], Window((1, 1)), 1))
    one = g.requantize(0)
    window = Window((3, 3), (1, 1), (1, 1, 1, 1))
    g.add(Conv2d(np.zeros((4, 3, 3, 1), np.uint8), bias, FORMATS["int8"], window, 4))
    g.residual(one, g.requantize(0))
    graph = g.graph()
    assert planar_maps(all_planar(graph, by_two=False)) == set()


def test_a_plane_lies_where_its_source_was() -> None:
    """A channel's results take the place of its inputs, so a depthwise stage needs no second map."""
    graph = separable("int8", 0, 1, 6)
    made = generate(graph, core("cortex-m0plus"), "net", np.zeros((1, *graph.input.type.shape), np.uint8))
    of_planes = [u for u in made.units if isinstance(u, Stream) and u.stages[0].planes]
    assert of_planes
    for unit in of_planes:
        source, result = (f"{name}:map" for name in (unit.stages[0].source, unit.result))
        if result in made.plan.offsets:
            assert made.plan.offsets[source] == made.plan.offsets[result]


def test_a_planar_map_is_compared_as_it_lies() -> None:
    graph = separable("int8", 0, 1, 6)
    sample = inputs_of(graph)[:1]
    made = generate(graph, core("host"), "net", sample, units=all_planar(graph, by_two=False))
    assert first_difference(graph, made, core("host"), sample).startswith("no layer differs")
