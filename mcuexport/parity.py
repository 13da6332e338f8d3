"""Is the C equal to the integer graph?  Every output of every sample, on the host or on an emulated core."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from .codegen import C_TYPES, Generated, generate
from .emulate import Fault, RunResult, build, load_host, run
from .errors import ParityError, TargetError
from .graph import Graph
from .kernels import Kernel
from .ops import IntArray
from .schedule import planar_maps
from .targets import Core

SECONDS_PER_SAMPLE = 2.0
SECONDS_TO_START = 60.0


@dataclass(frozen=True)
class Parity:
    """outputs: how many were compared, all equal.  stack_bytes: of `<name>_run`, None on the host."""

    core: str
    samples: int
    outputs: int
    stack_bytes: int | None


def verify(
    graph: Graph,
    core: Core,
    name: str,
    examples: IntArray,
    x: IntArray,
    kernels: Mapping[str, Kernel] | None = None,
) -> Parity:
    """Runs generated C on `core` for inputs (n, *shape) and compares with the graph.

    kernels: as `generate` takes them.  Raises ParityError that names the first layers that differ, with both
    values; TargetError if the code does not build or run, ToolMissing with what to install.
    """
    generated = generate(graph, core, name, examples, kernels=kernels)
    expected = graph.run(x)
    flat = x.reshape(len(x), -1)
    stack_bytes = None
    selftest = 0
    if core.emulator is None:
        model = load_host(generated.sources, name)
        outputs, selftest = model.run(flat), model.selftest()
    else:
        result = _emulate(graph, generated, core, flat)
        outputs, stack_bytes = result.outputs, result.stack_bytes
    wrong = np.flatnonzero((outputs != expected).any(axis=1))
    if wrong.size:
        sample = x[wrong[:1]]
        raise ParityError(
            f"{graph.name}: {int((outputs != expected).sum())} of {expected.size} outputs differ on {core.name}, "
            f"first in sample {wrong[0]}: {first_difference(graph, generated, core, sample)}"
        )
    if selftest:
        raise ParityError(f"{graph.name}: all outputs are equal on {core.name}, yet {name}_selftest returns {selftest}")
    return Parity(core.name, len(x), expected.size, stack_bytes)


def _emulate(graph: Graph, generated: Generated, core: Core, flat: IntArray) -> RunResult:
    """Runs all samples.  Raises TargetError, for a fault with the layer it is in: found by a second run that counts."""
    limit = SECONDS_TO_START + SECONDS_PER_SAMPLE * len(flat)
    try:
        return _run(generated, core, flat, limit)
    except Fault as fault:
        try:
            _run(generated, core, flat, limit, _count_operators(generated.name))
        except Fault as counted:
            layer = graph.nodes[min(counted.operators_done, len(graph.nodes) - 1)].layer
            raise TargetError(f"{graph.name}.{layer}: {fault}") from fault
        raise


def _run(generated: Generated, core: Core, flat: IntArray, time_limit_s: float, *flags: str) -> RunResult:
    built = build(generated.sources, generated.name, core, extra_flags=("-DMCX_SELFTEST=0", *flags))
    return run(built, flat, time_limit_s=time_limit_s)


def _count_operators(name: str) -> str:
    """A compiler flag: the runner learns how many operators have ended."""
    count = "extern volatile uint32_t mcx_operators_done;mcx_operators_done=(index)+1u;"
    return f"-D{name.upper()}_AFTER(index,result,bytes)=do{{{count}}}while(0)"


def first_difference(graph: Graph, generated: Generated, core: Core, sample: IntArray) -> str:
    """The first result that is not the graph's, by the layers that made it, with its first element's two values.

    Fused layers have one result, the last one's.  It is read back in pieces of the output's size: the
    hook behind it copies a piece into the output and returns.
    """
    planar = planar_maps(generated.units)
    results = {}
    for node, result in graph.steps(sample):
        stored = np.swapaxes(result, -1, -2) if node.name in planar else graph.types[node.name].stored(result)
        results[node.name] = stored.reshape(-1).astype(np.int32).astype(np.int64)
    indices = {node.name: index for index, node in enumerate(graph.nodes)}
    pieces = graph.types[graph.output].size
    for unit in generated.units:
        expected = results[unit.result]
        for start in range(0, expected.size, pieces):
            part = expected[start : start + pieces]
            hook = _hook(generated.name, indices[unit.result], graph.types[unit.result].dtype, start, part.size)
            found = _run(generated, core, sample.reshape(1, -1), SECONDS_TO_START, hook).outputs[0, : part.size]
            different = np.flatnonzero(found != part)
            if different.size:
                at = int(different[0])
                what = "word" if graph.types[unit.result].dtype == "bit" else "element"
                kinds = ", ".join(f"{node.layer} ({node.op.kind})" for node in unit.nodes)
                return f"{kinds}, {what} {start + at}: Python {part[at]}, C {found[at]}"
    return "no layer differs when run alone; the difference does not repeat"


def _hook(name: str, index: int, dtype: str, start: int, count: int) -> str:
    """A compiler flag: after operator `index`, its elements from `start` on become the output."""
    copy = f"output[p]=(int32_t)((const {C_TYPES[dtype]}*)(const void*)(result))[{start}u+p];"
    body = f"if((index)=={index}){{for(uint32_t p=0u;p<{count}u;p++){{{copy}}}return;}}"
    return f"-D{name.upper()}_AFTER(index,result,bytes)={body}"
