"""Whether a graph's C gives its integers where instructions are counted."""

import numpy as np

from mcuexport.codegen import generate
from mcuexport.emulate.counting import count_model
from mcuexport.graph import Graph
from mcuexport.schedule import Unit
from mcuexport.targets import core


def inputs_of(graph: Graph) -> np.ndarray:
    """Random inputs, and both ends of their range."""
    kind = graph.input.type
    edges = [np.full(kind.shape, v) for v in (kind.lo, kind.hi)]
    random = np.random.default_rng(4).integers(kind.lo, kind.hi + 1, kind.shape)
    return np.stack([random, *edges]).astype(kind.dtype)


def require_equal(
    graph: Graph, core_name: str, *, alignment: bool, optimize: str = "-O2", units: tuple[Unit, ...] | None = None
) -> None:
    """alignment: no access may be misaligned.  units: the schedule, if not the best one."""
    x = inputs_of(graph)
    made = generate(graph, core(core_name), "net", x[:1], units=units)
    counted = count_model(
        made.sources,
        "net",
        core(core_name),
        x.reshape(len(x), -1),
        output_size=graph.types[graph.output].size,
        scratch_bytes=made.plan.scratch_bytes,
        alignment=alignment,
        optimize=optimize,
    )
    np.testing.assert_array_equal(counted.outputs, graph.run(x))
    assert not alignment or all(profile.misaligned == () for profile in counted.profiles)
