"""What a model takes on an emulated core, layer by layer: instructions exactly, cycles by the core's cost table."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from .codegen import generate
from .emulate.counting import Tally, count_model
from .errors import ParityError
from .graph import Graph, Node
from .kernels import Kernel
from .ops import Conv2d, Dense, IntArray
from .targets import Core


@dataclass(frozen=True)
class LayerCycles:
    """One step of the C, which may be several fused layers.  nodes: of the graph.  macs: multiply-accumulates of
    its weights."""

    layers: str
    nodes: tuple[str, ...]
    macs: int
    instructions: int
    cycles: int

    @property
    def cycles_per_mac(self) -> float | None:
        """None where there are no weights."""
        return self.cycles / self.macs if self.macs else None


@dataclass(frozen=True)
class ModelCycles:
    """One run, of the input with the most cycles among those tried.  stack_bytes: of `<name>_run`."""

    core: str
    layers: tuple[LayerCycles, ...]
    total: LayerCycles
    stack_bytes: int
    scratch_bytes: int
    weight_bytes: int


def measure_cycles(
    graph: Graph, core: Core, x: IntArray, kernels: Mapping[str, Kernel] | None = None, optimize: str = "-O2"
) -> ModelCycles:
    """Counts generated C on `core` for inputs (n, *shape), and checks its outputs.  kernels: as `generate` takes them;
    optimize: of the compiler.

    Raises TargetError for the host, code that faults or does not end; ParityError if an output differs.
    """
    generated = generate(graph, core, "net", x[:1], kernels=kernels)
    counted = count_model(
        generated.sources,
        "net",
        core,
        x.reshape(len(x), -1),
        output_size=graph.types[graph.output].size,
        scratch_bytes=generated.plan.scratch_bytes,
        layers=[node.layer for node in graph.nodes],
        optimize=optimize,
    )
    if not np.array_equal(counted.outputs, graph.run(x)):
        raise ParityError(f"{graph.name}: outputs differ on {core.name}; mcuexport verify says where")
    slowest = max(counted.profiles, key=lambda profile: profile.total.cycles)
    index = {node.name: i for i, node in enumerate(graph.nodes)}
    starts = [
        0,
        *(index[unit.result] + 1 for unit in generated.units),
    ]  # what runs behind a mark counts for the next index
    layers = tuple(
        _row(
            ", ".join(dict.fromkeys(node.layer for node in unit.nodes)),
            tuple(node.name for node in unit.nodes),
            sum(macs(graph, node) for node in unit.nodes),
            slowest.layers[start],
        )
        for unit, start in zip(generated.units, starts, strict=False)
    )
    return ModelCycles(
        core=core.name,
        layers=layers,
        total=_row("total", tuple(index), sum(layer.macs for layer in layers), slowest.total),
        stack_bytes=slowest.stack_bytes,
        scratch_bytes=generated.plan.scratch_bytes,
        weight_bytes=sum(c.bytes for c in generated.constants),
    )


def macs(graph: Graph, node: Node) -> int:
    """Multiply-accumulates of one operator for one sample; padding counts."""
    if isinstance(node.op, Dense):
        return int(node.op.codes.size)
    if isinstance(node.op, Conv2d):
        rows, columns, _ = graph.types[node.name].shape
        return int(node.op.codes.size) * rows * columns
    return 0


def _row(layers: str, nodes: tuple[str, ...], count: int, tally: Tally) -> LayerCycles:
    return LayerCycles(layers, nodes, count, tally.instructions, tally.cycles)
