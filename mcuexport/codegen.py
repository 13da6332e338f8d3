"""(Graph, Core) to C: a dictionary of file names and texts, a function of its arguments alone.

Everything is decided here and only printed by the templates; this is the only user of jinja2.
"""

import hashlib
import zlib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

import jinja2
import numpy as np

from . import arena
from .errors import GraphError
from .graph import INPUT, Graph, Node
from .kernels import find, with_includes
from .names import c_comment, c_string, require_identifier, unique_identifiers
from .ops import Argmax, Array, Call, Constant, IntArray
from .targets import Core
from .version import VERSION

C_TYPES = {"uint8": "uint8_t", "int8": "int8_t", "int16": "int16_t", "uint32": "uint32_t", "int32": "int32_t"}
VALUES_PER_LINE = {1: 24, 2: 16, 4: 10}


@dataclass(frozen=True)
class EmittedConstant:
    """One `static const` array: its C name and the numbers, in their stored type."""

    name: str
    node: str
    values: IntArray

    @property
    def bytes(self) -> int:
        return self.values.nbytes

    @property
    def c_type(self) -> str:
        return C_TYPES[self.values.dtype.name]

    @property
    def element_bits(self) -> int:
        return 8 * self.values.itemsize

    @property
    def lines(self) -> list[str]:
        """The initializer, several values to a line; words in hexadecimal."""
        text = [f"0x{v:08x}u" if self.c_type == "uint32_t" else str(v) for v in self.values.tolist()]
        width = VALUES_PER_LINE[self.values.itemsize]
        return [", ".join(text[i : i + width]) + "," for i in range(0, len(text), width)]


@dataclass(frozen=True)
class Generated:
    """C sources by file name, the constants in them, and the scratch they need."""

    name: str
    sources: dict[str, str]
    constants: tuple[EmittedConstant, ...]
    plan: arena.Plan
    model_hash: str


def generate(graph: Graph, core: Core, name: str, examples: IntArray) -> Generated:
    """C99 for `graph` under the symbol prefix `name`.

    examples: (k, *input shape), k >= 1, inputs of the self-test.  Raises OutputError if `name` is no
    identifier, GraphError if the graph does not end in int32 outputs.
    """
    require_identifier(name)
    result = graph.types[graph.output]
    if result.dtype != "int32":
        raise GraphError(f"{graph.name}.{graph.nodes[-1].layer}: ends in {result.dtype}; end in a layer, not an activation")
    calls = {node.name: node.op.call(*(graph.types[i] for i in node.inputs)) for node in graph.nodes}
    identifiers = dict(zip(calls, unique_identifiers(list(calls)), strict=True))
    constants = tuple(
        EmittedConstant(f"{name}_{identifiers[node]}_{key}", node, _stored(call, constant, core))
        for node, call in calls.items()
        for key, constant in call.constants.items()
    )
    predict = Argmax().call(result)
    kernels = with_includes({f"mcx_{c.kernel}" for c in (*calls.values(), predict)} | {"mcx_crc32"}, core.families)
    plan, model_hash = arena.plan(graph), graph_hash(graph)
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
        "scratch_bytes": plan.scratch_bytes,
        "weights_crc32": crc32(constants),
        "constants": constants,
        "buffers": [_buffer(graph, node, identifiers, plan) for node in graph.nodes[:-1]],
        "steps": [_step(graph, node, calls[node.name], identifiers, name) for node in graph.nodes],
        "includes": sorted({f"mcx_{c.kernel}" for c in (*calls.values(), predict)} | {"mcx_crc32"}),
        "golden_inputs": [_initializer(row) for row in examples],
        "golden_outputs": [_initializer(row) for row in graph.run(examples)],
    }
    sources = {f"{name}.{suffix}": _template(f"model.{suffix}.j2").render(context) for suffix in ("h", "c")}
    sources |= {kernel.file: kernel.text for kernel in kernels.values()}
    return Generated(name, sources, constants, plan, model_hash)


def graph_hash(graph: Graph) -> str:
    """64 bits of SHA-256, in hexadecimal, over all that decides the outputs; names do not count."""
    digest = hashlib.sha256()
    indices = {INPUT: 0} | {node.name: i for i, node in enumerate(graph.nodes, 1)}
    digest.update(repr(graph.input.type).encode())
    for node in graph.nodes:
        call = node.op.call(*(graph.types[i] for i in node.inputs))
        digest.update(repr((node.op.kind, [indices[i] for i in node.inputs], call.args)).encode())
        for key, constant in call.constants.items():
            content = constant.values if isinstance(constant, Array) else constant.fmt.decode(constant.codes)
            digest.update(f"{key}{content.shape}".encode() + content.astype("<i8").tobytes())
    return digest.hexdigest()[:16]


def crc32(constants: tuple[EmittedConstant, ...]) -> int:
    """CRC-32 of all constants in order, each number least significant byte first."""
    crc = 0
    for constant in constants:
        values = constant.values
        crc = zlib.crc32(values.astype(values.dtype.newbyteorder("<")).tobytes(), crc)
    return crc


def _stored(call: Call, constant: Constant, core: Core) -> IntArray:
    if isinstance(constant, Array):
        return constant.values.reshape(-1).astype(constant.dtype)
    return find(f"mcx_{call.kernel}", core.families).layout.pack(constant.codes, constant.fmt)


def _buffer(graph: Graph, node: Node, identifiers: dict[str, str], plan: arena.Plan) -> dict[str, Any]:
    """A pointer into the scratch."""
    return {
        "variable": _variable(node.name, identifiers),
        "c_type": C_TYPES[graph.types[node.name].dtype],
        "offset": plan.offsets[node.name],
    }


def _variable(node: str, identifiers: dict[str, str]) -> str:
    """The local name of a result; the suffix keeps it apart from keywords and from `input`, `output`, `scratch`."""
    return f"{identifiers[node]}_out"


def _step(graph: Graph, node: Node, call: Call, identifiers: dict[str, str], name: str) -> dict[str, Any]:
    """One statement of the run function."""
    x, y = (
        "input" if n == INPUT else "output" if n == graph.output else _variable(n, identifiers)
        for n in (node.inputs[0], node.name)
    )

    def argument(value: int | str | None) -> str:
        if isinstance(value, str):
            return {"x": x, "y": y}.get(value, f"{name}_{identifiers[node.name]}_{value}")
        return "NULL" if value is None else str(value)

    function = "_".join(part for part in ("mcx", call.kernel, call.variant) if part)
    return {
        "statement": f"{function}({', '.join(map(argument, call.args))});",
        "layer": c_comment(node.layer),
        "y": y,
        "bytes": graph.types[node.name].bytes,
    }


def _initializer(values: IntArray) -> str:
    return ", ".join(str(v) for v in np.asarray(values).reshape(-1).tolist())


@cache
def _template(name: str) -> jinja2.Template:
    environment = jinja2.Environment(
        undefined=jinja2.StrictUndefined, trim_blocks=True, lstrip_blocks=True, keep_trailing_newline=True, autoescape=False
    )
    return environment.from_string((files(__package__) / "templates" / name).read_text())
