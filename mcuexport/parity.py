"""Is the C equal to the integer graph?  Every output of every sample, on the host or on an emulated core."""

from dataclasses import dataclass

import numpy as np

from .codegen import Generated, generate
from .emulate import build, load_host, run
from .errors import ParityError
from .graph import Graph
from .ops import IntArray
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


def verify(graph: Graph, core: Core, name: str, examples: IntArray, x: IntArray) -> Parity:
    """Runs generated C on `core` for inputs (n, *shape) and compares with the graph.

    Raises ParityError that names the first layer that differs, with both values; TargetError if the
    code does not build or run, ToolMissing with what to install.
    """
    generated = generate(graph, core, name, examples)
    expected = graph.run(x)
    flat = x.reshape(len(x), -1)
    stack_bytes = None
    selftest = 0
    if core.emulator is None:
        model = load_host(generated.sources, name)
        outputs, selftest = model.run(flat), model.selftest()
    else:
        built = build(generated.sources, name, core, extra_flags=("-DMCX_SELFTEST=0",))
        result = run(built, flat, time_limit_s=SECONDS_TO_START + SECONDS_PER_SAMPLE * len(x))
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


def first_difference(graph: Graph, generated: Generated, core: Core, sample: IntArray) -> str:
    """The first layer whose result is not the graph's, with the first element's two values.

    Every result is read back in pieces of the output's size: the hook after each operator copies a
    piece into the output and returns.
    """
    pieces = graph.types[graph.output].size
    for index, (node, result) in enumerate(graph.steps(sample)):
        expected = result.reshape(-1).astype(np.int64)
        c_type = f"const {graph.types[node.name].dtype}_t"
        for start in range(0, expected.size, pieces):
            count = min(pieces, expected.size - start)
            hook = (
                f"-D{generated.name.upper()}_AFTER(index,result,bytes)="
                f"if((index)=={index}){{for(uint32_t p=0u;p<{count}u;p++)"
                f"{{output[p]=(({c_type}*)(const void*)(result))[{start}u+p];}}return;}}"
            )
            built = build(generated.sources, generated.name, core, extra_flags=(hook, "-DMCX_SELFTEST=0"))
            found = run(built, sample.reshape(1, -1)).outputs[0, :count]
            different = np.flatnonzero(found != expected[start : start + count])
            if different.size:
                at = start + int(different[0])
                return (
                    f"layer {node.layer} ({node.op.kind}), element {at}: Python {expected[at]}, C {found[different[0]]}"
                )
    return "no layer differs when run alone; the difference does not repeat"
