"""The arrays of a model: their C names, stored values, checksum, and the hash of what the model computes."""

import hashlib
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, fields

import numpy as np

from ..graph import INPUT, Graph
from ..ops import Array, Call, Constant, IntArray, Op, Weights
from ..pack import Layout, WeightFormat

C_TYPES = {
    "uint8": "uint8_t",
    "int8": "int8_t",
    "int16": "int16_t",
    "uint16": "uint16_t",
    "uint32": "uint32_t",
    "int32": "int32_t",
    "bit": "uint32_t",
}
IDENTITY = b"mcuexport model "
"""Stands before the hash in a firmware; not in the symbol table, so that it survives `strip` and objcopy."""
VALUES_PER_LINE = {1: 24, 2: 16, 4: 10}


@dataclass(frozen=True)
class EmittedConstant:
    """One `static MCX_CONST` array: its C name and the numbers, in their stored type.

    key: its name in the operator's `Call`.
    """

    name: str
    node: str
    key: str
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


def emitted(
    calls: Mapping[str, Call], identifiers: Mapping[str, str], name: str, layouts: Mapping[str, Layout]
) -> tuple[EmittedConstant, ...]:
    """All constants of the operators' calls, in order, under the prefix `name`; layouts: of weights, by node."""
    return tuple(
        EmittedConstant(f"{name}_{identifiers[node]}_{key}", node, key, _stored(constant, layouts.get(node)))
        for node, call in calls.items()
        for key, constant in call.constants.items()
    )


def _stored(constant: Constant, layout: Layout | None) -> IntArray:
    if isinstance(constant, Array):
        return constant.values.reshape(-1).astype(constant.dtype)
    return packed(constant, layout)


def packed(weights: Weights, layout: Layout | None) -> IntArray:
    """The words of all groups; layout: None if they are ready."""
    if weights.words is not None:
        return weights.words
    assert layout is not None
    groups = np.split(weights.codes, weights.groups)
    return np.concatenate([layout.pack(codes, weights.fmt) for codes in groups])


def selftest_constants(name: str, model_hash: str, inputs: IntArray, outputs: IntArray) -> tuple[EmittedConstant, ...]:
    """What only the self-test reads: the model's identity as text, stored inputs and their outputs."""
    text = np.frombuffer(IDENTITY + model_hash.encode() + b"\0", np.uint8)
    stored = {"identity": text, "golden_inputs": inputs, "golden_outputs": outputs}
    return tuple(EmittedConstant(f"{name}_{key}", "", key, v.reshape(-1)) for key, v in stored.items())


def crc32(constants: tuple[EmittedConstant, ...]) -> int:
    """CRC-32 of all constants in order, each number least significant byte first."""
    crc = 0
    for constant in constants:
        values = constant.values
        crc = zlib.crc32(values.astype(values.dtype.newbyteorder("<")).tobytes(), crc)
    return crc


def graph_hash(graph: Graph) -> str:
    """64 bits of SHA-256, in hexadecimal, over all that decides the outputs; names do not count."""
    digest = hashlib.sha256()
    indices = {INPUT: 0} | {node.name: i for i, node in enumerate(graph.nodes, 1)}
    digest.update(repr(graph.input.type).encode())
    for node in graph.nodes:
        digest.update(repr((node.op.kind, [indices[i] for i in node.inputs])).encode())
        digest.update(_content(node.op))
    return digest.hexdigest()[:16]


def _content(op: Op) -> bytes:
    """The operator's fields: arrays by their numbers, weights by the levels their codes stand for."""
    parts = []
    for field in fields(op):  # type: ignore[arg-type]
        value = getattr(op, field.name)
        if isinstance(value, WeightFormat):
            value = value.levels
        if isinstance(value, np.ndarray):
            parts.append(f"{field.name}{value.shape}".encode() + value.astype("<i8").tobytes())
        else:
            parts.append(f"{field.name}={value!r};".encode())
    return b"".join(parts)
