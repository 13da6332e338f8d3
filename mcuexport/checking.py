"""Will it export?  Asked before training: every operation that will not, not only the first; and what it costs."""

from collections.abc import Sequence
from copy import deepcopy
from dataclasses import dataclass, field, replace
from typing import Literal

import numpy as np
import torch
from torch import Tensor, nn

from .checkpoint import Checkpoint, checkpoint_data
from .choice import default_choice
from .codegen import Generated, generate, packed
from .emulate import Sizes, build
from .errors import CheckpointError, TargetError, ToolMissing
from .graph import Graph, Node
from .kernels import Kernel, find
from .lower import ACTIVATION_LAYERS, lower_all
from .ops import Conv2d, IntArray, Weights
from .pack import FORMATS, ROWS
from .report import report
from .schedule import by_lines
from .targets import Core, core
from .train.layers import QuantLayer
from .train.parametrized import quantized_kind
from .train.quantize import Quantization, Rule, try_to_quantize
from .train.trace import Trace, trace_all, within

WIDTHS = tuple(sorted({fmt.stored_bits for fmt in FORMATS.values()}))
USUAL_CORE = "cortex-m0"


@dataclass(frozen=True)
class LayerCheck:
    """One layer.  operators: what carries it out.  bytes_by_bits: of its weights in words, at each width there is."""

    layer: str
    operators: tuple[str, ...]
    result: tuple[int, ...]
    weights: int = 0
    format: str = ""
    bytes_by_bits: dict[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class Checked:
    """A model that exports.  notes: what exports, but could be better."""

    name: str
    layers: tuple[LayerCheck, ...]
    scratch_bytes: int
    scratch_lower_bound_bytes: int
    notes: tuple[str, ...]


@dataclass(frozen=True)
class Limits:
    """The memory of a chip, bytes; None does not count.  core: whose code is counted."""

    flash_bytes: int | None = None
    ram_bytes: int | None = None
    core: str = USUAL_CORE


def limits_of(target: Core) -> Limits:
    """The memories of a core's emulated machine.  Raises TargetError for a core that has none, such as the host."""
    machine = target.emulator
    if machine is None or machine.code is None or machine.data is None:
        raise TargetError(f"{target.name}: has no memories of its own; name another core, or the bytes")
    return Limits(machine.code.size_bytes, machine.data.size_bytes, target.name)


def check(
    model: nn.Module,
    example_input: Tensor,
    *,
    name: str = "model",
    rules: Sequence[Rule] = (Rule(),),
    input_scale: float = 1 / 255,
    input_zero_point: int = 0,
    input_dtype: Literal["uint8", "int8"] = "uint8",
    limits: Limits | None = None,
) -> Checked:
    """What `model` will be on the device; a float model as `quantize_` with `rules` would make it.

    `model` itself is not changed.  Raises CheckpointError with a line for everything that will not export,
    TargetError if it does not fit the limits.
    """
    model = deepcopy(model).eval()
    problems: list[str] = []
    if not any(issubclass(quantized_kind(module), QuantLayer) for module in model.modules()):
        problems = [within(name, str(p)) for p in try_to_quantize(model, rules, Quantization(model))]
    traced = trace_all(model, name)
    told = {problem.partition(": ")[0] for problem in problems} - {name}
    problems += [problem for problem in traced.problems if problem.partition(": ")[0] not in told]
    if problems:
        raise CheckpointError("\n".join(dict.fromkeys(problems)))
    checkpoint = Checkpoint(
        checkpoint_data(
            traced.layers,
            example_input,
            name=name,
            input_scale=input_scale,
            input_zero_point=input_zero_point,
            input_dtype=input_dtype,
        )
    )
    checked = check_checkpoint(checkpoint, limits, traced)
    _run(model, example_input, name)
    return checked


def check_checkpoint(checkpoint: Checkpoint, limits: Limits | None = None, traced: Trace | None = None) -> Checked:
    """As `check`, for a checkpoint; traced: what is known of its source."""
    graph, problems = lower_all(checkpoint)
    traced = traced or Trace(list(checkpoint.layers))
    if problems or graph is None:
        sentences = (f"{error}{traced.places.get(layer, '')}" for layer, error in problems)
        raise CheckpointError("\n".join(dict.fromkeys(sentences)))
    target = core("host" if limits is None else limits.core)
    kernels = {} if limits is None else _kernels(graph, target, checkpoint.examples)
    generated = generate(graph, target, "net", checkpoint.examples, kernels=kernels)
    if limits is not None:
        _require_room(graph, generated, target, limits)
    return Checked(
        name=checkpoint.name,
        layers=_layers(graph),
        scratch_bytes=generated.plan.scratch_bytes,
        scratch_lower_bound_bytes=generated.plan.lower_bound_bytes,
        notes=tuple(_notes(traced)),
    )


@torch.no_grad()
def _run(model: nn.Module, example_input: Tensor, name: str) -> None:
    try:
        model(example_input.to(next(model.parameters())))
    except Exception as error:  # whatever the user's forward raises
        reason = " ".join(str(error).split())
        raise CheckpointError(f"{name}: forward fails on the example input: {reason}") from error


def _layers(graph: Graph) -> tuple[LayerCheck, ...]:
    found: dict[str, LayerCheck] = {}
    for node in graph.nodes:
        result = graph.types[node.name].shape
        old = found.get(node.layer, LayerCheck(node.layer, (), result))
        new = replace(old, operators=(*old.operators, node.op.kind), result=result)
        weights = _weights(graph, node)
        if weights is not None:
            new = replace(
                new,
                weights=weights.codes.size,
                format=weights.fmt.name,
                bytes_by_bits={f"{bits:.3g}": _bytes(graph, node, weights, bits) for bits in WIDTHS},
            )
        found[node.layer] = new
    return tuple(found.values())


def _weights(graph: Graph, node: Node) -> Weights | None:
    constants = node.op.call(*(graph.types[name] for name in node.inputs)).constants.values()
    return next((constant for constant in constants if isinstance(constant, Weights)), None)


def _bytes(graph: Graph, node: Node, weights: Weights, bits: float) -> int:
    """Of a node's weights in a format of that width, as plain C stores them."""
    fmt = next(fmt for fmt in FORMATS.values() if fmt.stored_bits == bits)
    if isinstance(node.op, Conv2d) and by_lines(graph, node):
        op = replace(node.op, codes=np.zeros_like(node.op.codes), fmt=fmt)
        call = op.call_by_lines(graph.types[node.inputs[0]])
        (lines,) = (constant for constant in call.constants.values() if isinstance(constant, Weights))
        return packed(lines, find(f"mcx_{call.kernel}", core("host").families).layout).nbytes
    groups = np.split(np.zeros_like(weights.codes), weights.groups)
    return sum(ROWS.pack(codes, fmt).nbytes for codes in groups)


def _notes(traced: Trace) -> list[str]:
    notes = []
    calls: dict[str, int] = {}
    readers: dict[str, set[str]] = {}
    for layer in traced.layers:
        calls[layer.layer] = calls.get(layer.layer, 0) + (layer.kind in ACTIVATION_LAYERS)
        for name in layer.inputs:
            readers.setdefault(name, set()).add(layer.kind)
    for path, count in calls.items():
        if count > 1:
            notes.append(f"{path}: is called {count} times with one scale; a module for each call is more accurate")
    for layer in traced.layers:
        if layer.kind in ("Add", "Concat") and readers.get(layer.name, set()) - ACTIVATION_LAYERS:
            place = traced.places.get(layer.name, "")
            notes.append(
                f"{layer.layer}{place}: no activation reads it, so its scale is that of the worst case; "
                'QuantActivation("identity") behind it learns a better one'
            )
    return notes


def _require_room(graph: Graph, generated: Generated, target: Core, limits: Limits) -> None:
    """Raises TargetError that says what is too large, by how much, and for which layer most."""
    problems = []
    measured = report(graph, generated, _sizes(generated, target), target.name)
    flash = measured.weight_bytes + measured.other_bytes + (measured.code_bytes or 0)
    if limits.flash_bytes is not None and flash > limits.flash_bytes:
        largest = max(measured.layers, key=lambda layer: layer.weight_bytes)
        problems.append(
            f"{_excess('flash', flash, limits.flash_bytes)}; the largest layer is {largest.layer} with "
            f"{largest.weight_bytes} bytes of {largest.format} weights"
        )
    given, result = graph.input.type.bytes, graph.types[graph.output].bytes
    ram = generated.plan.scratch_bytes + given + result
    if limits.ram_bytes is not None and ram > limits.ram_bytes:
        parts = f"scratch {generated.plan.scratch_bytes}, input {given}, outputs {result}, stack not counted"
        problems.append(f"{_excess('RAM', ram, limits.ram_bytes)} ({parts}){_largest_map(graph, generated)}")
    if problems:
        raise TargetError("\n".join(f"{graph.name}: {problem}" for problem in problems))


def _excess(what: str, needed: int, limit: int) -> str:
    return f"needs {needed} bytes of {what}, the limit is {limit}: {needed - limit} too many"


def _largest_map(graph: Graph, generated: Generated) -> str:
    names = [unit.result for unit in generated.units if unit.result != graph.output]
    if not names:
        return ""
    largest = max(names, key=lambda name: graph.types[name].bytes)
    layer = next(node.layer for node in graph.nodes if node.name == largest)
    shape = "x".join(map(str, graph.types[largest].shape))
    return f"; the largest map is made by {layer}: {shape}, {graph.types[largest].bytes} bytes"


def _kernels(graph: Graph, target: Core, examples: IntArray) -> dict[str, Kernel]:
    """Those that `pack` would choose; the usual ones if that cannot be told."""
    try:
        choice = default_choice(graph, target, examples)
    except TargetError:  # it does not fit the emulated machine
        return {}
    return {} if choice is None else choice.kernels


def _sizes(generated: Generated, target: Core) -> Sizes | None:
    try:
        return build(generated.sources, generated.name, target).sizes
    except (ToolMissing, TargetError):  # no compiler, or it does not fit the emulated machine: weights alone count
        return None
