"""(Graph, Core) to C: a dictionary of file names and texts, a function of its arguments alone.

Everything is decided here and only printed by the templates; this is the only user of jinja2.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from ..arena import Plan
from ..errors import GraphError
from ..graph import Graph, Node
from ..kernels import Kernel, depthwise_maps, find, is_portable, search_path, two_pixels, with_includes
from ..memory import Memory
from ..names import c_comment, c_string, require_identifier, unique_identifiers
from ..ops import Call, Constant, Conv2d, IntArray, Weights
from ..schedule import Unit, Whole, by_lines, without_lines
from ..streams import planned
from ..targets import Core
from ..version import VERSION
from .constants import C_TYPES, IDENTITY, EmittedConstant, crc32, emitted, graph_hash, packed, selftest_constants
from .pixels import tail_call
from .run import RunWriter
from .symbols import Symbols
from .templates import template

__all__ = [
    "C_TYPES",
    "IDENTITY",
    "EmittedConstant",
    "Generated",
    "crc32",
    "generate",
    "graph_hash",
    "packed",
    "weighted_calls",
]


@dataclass(frozen=True)
class Generated:
    """C sources by file name, the operators' constants in them, and the scratch they need.

    example_class: of the input in `<name>_example.h`.
    whole: indices of the graph's nodes whose results exist whole at some time, so that `<NAME>_AFTER` sees them.
    """

    name: str
    sources: dict[str, str]
    constants: tuple[EmittedConstant, ...]
    plan: Plan
    model_hash: str
    units: tuple[Unit, ...]
    whole: tuple[int, ...]
    example_class: int


def weighted_calls(graph: Graph, core: Core, *, portable: bool = False) -> dict[str, Call]:
    """The calls, by node, whose kernels read weights in a layout.  portable: of a model of the least code."""
    return _weighted(_calls(graph, (), core.multiplies or portable))


def _weighted(calls: Mapping[str, Call]) -> dict[str, Call]:
    return {node: c for node, c in calls.items() if any(_has_layout(v) for v in c.constants.values())}


def _has_layout(constant: Constant) -> bool:
    return isinstance(constant, Weights) and constant.words is None


def generate(
    graph: Graph,
    core: Core,
    name: str,
    examples: IntArray,
    units: tuple[Unit, ...] | None = None,
    kernels: Mapping[str, Kernel] | None = None,
) -> Generated:
    """C99 for `graph` under the symbol prefix `name`.

    examples: (k, *input shape), k >= 1, inputs of the self-test.  units: another schedule than the one that
    needs the least scratch; `separate(graph)` keeps every intermediate result whole.  kernels: by node, of those
    that `kernels.candidates` has for its call; without, the usual one.  Raises OutputError if `name` is no
    identifier, GraphError if the graph does not end in int32 outputs.
    """
    require_identifier(name)
    result = graph.types[graph.output]
    if result.dtype != "int32":
        last = graph.nodes[-1].layer
        raise GraphError(f"{graph.name}.{last}: ends in {result.dtype}; end in a layer, not an activation")
    given = (kernels or {}).values()
    lines = core.multiplies or is_portable(given)
    if units is None:
        by_two = _by_two(graph, core, kernels or {}, lines)
        maps = depthwise_maps(given, search_path(given, core.families, core.plain_families))
        runs, units, memory = planned(graph, by_two, lines, maps)
    else:
        units = units if lines else without_lines(units)
        runs, memory = graph, Memory(graph).plan(units)
    calls = _calls(runs, units, lines)
    usual = {node: find(f"mcx_{call.kernel}", core.families) for node, call in _weighted(calls).items()}
    chosen = usual | dict(kernels or {})
    calls |= {node: replace(calls[node], kernel=kernel.name.removeprefix("mcx_")) for node, kernel in chosen.items()}
    identifiers = dict(zip(calls, unique_identifiers(list(calls)), strict=True))
    layouts = {node: kernel.layout for node, kernel in chosen.items()}
    constants = emitted(calls, identifiers, name, layouts)
    always = {"mcx_argmax", "mcx_crc32", "mcx_memory"}
    symbols = Symbols(name, identifiers, {(c.node, c.key): c for c in constants}, always)
    writer = RunWriter(runs, units, memory, calls, symbols)
    functions, steps = writer.functions(), writer.steps()
    model_hash = graph_hash(graph)
    stored = (*constants, *selftest_constants(name, model_hash, examples, graph.run(examples)))
    example_class = int(graph.predict(examples[:1])[0])
    example = EmittedConstant("example", "", "", examples[0].reshape(-1))
    context = {
        "name": name,
        "NAME": name.upper(),
        "version": VERSION,
        "core": core.name,
        "title": c_comment(graph.name),
        "model_hash": model_hash,
        "input": graph.input,
        "input_c_type": C_TYPES[graph.input.type.dtype],
        "output_size": result.size,
        "output_scale": graph.output_scale,
        "labels": [c_string(label) for label in graph.labels],
        "scratch_bytes": memory.scratch_bytes,
        "weights_crc32": crc32(stored),
        "constants": stored,
        "functions": functions,
        "pointers": writer.pointers(),
        "steps": steps,
        "includes": sorted(symbols.used),
        "example_class": example_class,
        "example_lines": example.lines,
        "examples": len(examples),
    }
    sources = {f"{name}.{suffix}": template(f"model.{suffix}.j2").render(context) for suffix in ("h", "c")}
    families = search_path(chosen.values(), core.families, core.plain_families)
    headers = with_includes(symbols.used, families, [*chosen.values(), find("mcx_memory", core.families)])
    sources |= {kernel.file: kernel.text for kernel in headers.values()}
    sources[f"{name}_example.h"] = template("example.h.j2").render(context)
    whole = tuple(step.index for step in steps)
    return Generated(name, sources, constants, memory, model_hash, units, whole, example_class)


def _calls(graph: Graph, units: tuple[Unit, ...], lines: bool) -> dict[str, Call]:
    """lines: what can be made by lines is."""
    calls = {node.name: _call(graph, node, lines) for node in graph.nodes}
    for unit in units:
        if isinstance(unit, Whole):
            continue
        for stage in unit.stages:
            node = stage.anchor
            runs = unit.blocks(graph.types) or stage.slices
            if runs > 1 and isinstance(node.op, Conv2d):
                calls[node.name] = _call(graph, node, lines, runs)
            for later in stage.tail:
                calls[later.name] = tail_call(
                    stage, calls[node.name].variant, later, *(graph.types[name] for name in later.inputs)
                )
    return calls


def _call(graph: Graph, node: Node, lines: bool, *blocks: int) -> Call:
    types = [graph.types[name] for name in node.inputs]
    if lines and by_lines(graph, node):
        assert isinstance(node.op, Conv2d)
        return node.op.call_by_lines(types[0], *blocks)
    return node.op.call(*types, *blocks)


def _by_two(graph: Graph, core: Core, kernels: Mapping[str, Kernel], lines: bool) -> set[str]:
    """The convolutions by a dense kernel beside which the core has one that makes two pixels at once."""
    found = set()
    for node in graph.nodes:
        if isinstance(node.op, Conv2d) and node.op.groups == 1 and not (lines and by_lines(graph, node)):
            call = node.op.call(graph.types[node.inputs[0]])
            kernel = kernels.get(node.name) or find(f"mcx_{call.kernel}", core.families)
            if two_pixels(kernel, core.families):
                found.add(node.name)
    return found
