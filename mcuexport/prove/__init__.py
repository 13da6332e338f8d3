"""Proves, for every input, that a model's C has no undefined behaviour: Frama-C's Eva on the generated files.

Eva (Blazy, Bühler, Yakobowski: Structuring abstract interpreters through state and value abstractions, VMCAI 2017)
runs the C with sets of values in place of values.  Every input byte is unconstrained, the scratch is uninitialised
and exactly as large as the header says, weights are exact, and every loop is unrolled.  No alarm is a proof of: no
overflow, no access outside an object, no read of what was not written, no result cut off by a conversion.
"""

import os
import tempfile
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path

from ..codegen import Generated
from ..errors import ProofError
from ..graph import Graph
from ..ops import Conv2d, Dense
from .entry import DenseCall, Rows, dense_calls, dense_entry, dependent, layers_entry, rows_of, whole_entry
from .eva import END, Alarm, Answer, Range, run_eva

WHOLE_MACS = 300_000  # some 0.6 ms each
BY_WP = {
    ("mcx_dynamic_shift.h", "loop invariant got status unknown"),
    ("mcx_dynamic_shift.h", "assertion 'in_reach' got status unknown"),
}
"""What Eva leaves open and WP proves, once for all networks, as it speaks of no weight: see docs/proof.md."""


@dataclass(frozen=True)
class LayerProof:
    """Some layers up to a result that exists whole.

    planned, found: the range of the result's values, the planner's and Eva's; found is None if Eva did not come so
    far.  compared: false behind a table, where Eva's may be wider.  seconds: of Eva's time.
    """

    layer: str
    planned: Range
    found: Range | None
    compared: bool
    seconds: float


@dataclass(frozen=True)
class Proof:
    """by_layer: the dense kernels were proven apart, each once.  reached, statements: of the functions that run.

    by_wp: assertions of a kernel that Eva takes as they are.
    """

    by_layer: bool
    macs: int
    layers: tuple[LayerProof, ...]
    alarms: tuple[Alarm, ...]
    by_wp: tuple[Alarm, ...]
    reached: int
    statements: int
    seconds: float

    def require(self, model: str) -> None:
        """Raises ProofError with the first alarm, or the first range that is wider than planned."""
        for alarm in self.alarms:
            caller = "" if alarm.caller in (None, alarm.place) else f", called from {alarm.caller}"
            raise ProofError(f"{model}.{alarm.layer}: {alarm.place}{caller}: {alarm.text}")
        for layer in self.layers:
            if layer.found is None:
                raise ProofError(f"{model}.{layer.layer}: the analysis did not come so far; see the alarms before it")
            if layer.compared and not (layer.planned[0] <= layer.found[0] and layer.found[1] <= layer.planned[1]):
                found, planned = (f"{lo} .. {hi}" for lo, hi in (layer.found, layer.planned))
                raise ProofError(f"{model}.{layer.layer}: values in {found} are possible, planned were {planned}")


def multiplications(graph: Graph) -> int:
    """Weights that are multiplied for one sample."""
    total = 0
    for node in graph.nodes:
        if isinstance(node.op, Conv2d):
            rows, columns, _ = graph.types[node.name].shape
            total += node.op.codes.size * rows * columns
        elif isinstance(node.op, Dense):
            total += node.op.codes.size
    return total


def prove(graph: Graph, generated: Generated, by_layer: bool | None = None) -> Proof:
    """Eva on the plain C that was generated of `graph` for the host.

    by_layer: prove each dense kernel once, with the layer's weights and the planned range of its input, and then the
    network with a kernel's proven ranges in place of its loops; None: if the whole would take longer than minutes.
    Raises ToolMissing, TargetError if Frama-C fails; alarms are in the result, see `Proof.require`.
    """
    macs = multiplications(graph)
    by_layer = macs > WHOLE_MACS if by_layer is None else by_layer
    apart: Answer | None = None
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        for file_name, text in generated.sources.items():
            (folder / file_name).write_text(text, "utf-8")
        if by_layer:
            calls = dense_calls(graph, generated)
            apart = _prove_apart(folder, generated, calls)
            if any(len(apart.ranges.get(call.mark, ())) < call.groups * call.outputs for call in calls):
                return _proof(graph, generated, macs, Answer(), apart)
            entry = layers_entry(graph, generated, calls, apart.ranges)
        else:
            entry = whole_entry(graph, generated)
        answer = run_eva(folder, entry, generated.name)
    return _proof(graph, generated, macs, answer, apart)


def _prove_apart(folder: Path, generated: Generated, calls: Sequence[DenseCall]) -> Answer:
    """The rows of all dense kernels, on all processors; their accumulators' ranges in order, by the calls' marks."""
    pieces, jobs = rows_of(calls), os.cpu_count() or 1
    parts = [part for part in (pieces[job::jobs] for job in range(jobs)) if part]

    def run(job: int) -> Answer:
        return run_eva(folder, dense_entry(generated, parts[job]), generated.name, f"rows{job}.c")

    start = time.monotonic()
    with ThreadPoolExecutor(jobs) as pool:
        answers = list(pool.map(run, range(len(parts))))
    whole = Answer(total=time.monotonic() - start)
    for part, answer in zip(parts, answers, strict=True):
        whole.alarms += _of_calls(part, answer)
    by_mark = {mark: answer for answer in answers for mark in answer.ranges}
    for rows in pieces:
        if rows.mark in by_mark:
            mark, answer = rows.call.mark, by_mark[rows.mark]
            whole.ranges.setdefault(mark, []).extend(answer.ranges[rows.mark])
            whole.seconds[mark] = whole.seconds.get(mark, 0.0) + answer.seconds[rows.mark]
    return whole


def _of_calls(part: Sequence[Rows], answer: Answer) -> list[Alarm]:
    """Alarms with the mark of their call: those behind the last mark stopped the analysis of the next rows."""
    calls = {rows.mark: rows.call.mark for rows in part}
    stopped = next((call for mark, call in calls.items() if mark not in answer.ranges), part[-1].call.mark)
    return [replace(alarm, layer=calls.get(alarm.layer, stopped)) for alarm in answer.alarms]


def _proof(graph: Graph, generated: Generated, macs: int, answer: Answer, apart: Answer | None) -> Proof:
    layers, wider = [], dependent(graph)
    for unit, index in zip(generated.units, generated.whole, strict=True):
        result = graph.types[unit.result]
        mark = f"after_{index}"
        layer = ", ".join(dict.fromkeys(node.layer for node in unit.nodes))
        seconds = answer.seconds.get(mark, 0.0)
        seconds += sum(apart.seconds.get(f"dense_{node.name}", 0.0) for node in unit.nodes) if apart else 0.0
        planned, compared = (result.lo, result.hi), unit.result not in wider
        layers.append(LayerProof(layer, planned, answer.range(mark), compared, round(seconds, 2)))
    found = [] if apart is None else _named(apart, {f"dense_{node.name}": node.layer for node in graph.nodes})
    found += _named(answer, {f"after_{i}": layer.layer for i, layer in zip(generated.whole, layers, strict=True)})
    by_wp = tuple(alarm for alarm in found if (alarm.place.partition(":")[0], alarm.kind) in BY_WP)
    return Proof(
        by_layer=apart is not None,
        macs=macs,
        layers=tuple(layers),
        alarms=tuple(alarm for alarm in found if alarm not in by_wp),
        by_wp=by_wp,
        reached=answer.reached,
        statements=answer.statements,
        seconds=round(answer.total + (apart.total if apart else 0.0), 1),
    )


def _named(answer: Answer, layers: dict[str, str]) -> list[Alarm]:
    """Its alarms, with layers in place of marks: those behind the last mark stopped the analysis of the next layer.

    Behind the last layer is the index of the largest output.
    """
    names = {**layers, END: "argmax"}
    stopped = next((name for mark, name in names.items() if mark not in answer.ranges), "argmax")
    return [replace(alarm, layer=names.get(alarm.layer, stopped)) for alarm in answer.alarms]
