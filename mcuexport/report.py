"""What a model costs on the chip, layer by layer, exactly: nothing here is estimated."""

from dataclasses import dataclass, replace

from .codegen import Generated
from .emulate import Sizes
from .graph import Graph
from .ops import Weights


@dataclass(frozen=True)
class LayerReport:
    """One layer of weights.

    weight_bytes: the words, `padding_bytes` of them only to fill up the last word of a row.
    other_bytes: biases, and the multipliers and tables of the activation behind it.  entropy_bits: per
    weight; capacity_share: of the most that the format could carry, a part of 1.
    """

    layer: str
    shape: str
    format: str
    weight_bytes: int
    padding_bytes: int
    other_bytes: int
    entropy_bits: float
    capacity_share: float


@dataclass(frozen=True)
class Report:
    """Flash is weights, other constants and code of `<name>_run` and `<name>_predict`; the self-test is apart."""

    layers: tuple[LayerReport, ...]
    weight_bytes: int
    other_bytes: int
    scratch_bytes: int
    scratch_lower_bound_bytes: int
    code_bytes: int | None
    code_core: str | None

    @property
    def flash_bytes(self) -> int | None:
        return None if self.code_bytes is None else self.weight_bytes + self.other_bytes + self.code_bytes


def report(graph: Graph, generated: Generated, sizes: Sizes | None, core_name: str | None) -> Report:
    """The report of generated C; `sizes` of its object file for `core_name`, if it was compiled."""
    layers: list[LayerReport] = []
    for node in graph.nodes:
        constants = {c.name: c for c in generated.constants if c.node == node.name}
        call = node.op.call(*(graph.types[i] for i in node.inputs))
        packed = [(key, value) for key, value in call.constants.items() if isinstance(value, Weights)]
        for key, weights in packed:
            words = next(constants.pop(name) for name in list(constants) if name.endswith(f"_{key}"))
            layers.append(_layer(node.layer, weights, words.bytes))
        others = sum(constant.bytes for constant in constants.values())
        if layers:  # what follows a layer of weights is counted with it
            layers[-1] = replace(layers[-1], other_bytes=layers[-1].other_bytes + others)
    code = None if sizes is None else _code_bytes(generated, sizes)
    return Report(
        layers=tuple(layers),
        weight_bytes=sum(layer.weight_bytes for layer in layers),
        other_bytes=sum(layer.other_bytes for layer in layers),
        scratch_bytes=generated.plan.scratch_bytes,
        scratch_lower_bound_bytes=generated.plan.lower_bound_bytes,
        code_bytes=code,
        code_core=core_name,
    )


def _layer(layer: str, weights: Weights, weight_bytes: int) -> LayerReport:
    fmt, codes = weights.fmt, weights.codes
    entropy = fmt.entropy(fmt.decode(codes))
    return LayerReport(
        layer=layer,
        shape="x".join(map(str, codes.shape)),
        format=fmt.name,
        weight_bytes=weight_bytes,
        padding_bytes=0 if weights.words is not None else weight_bytes - -(-4 * codes.size // fmt.coding.per_word),
        other_bytes=0,
        entropy_bits=entropy,
        capacity_share=entropy / fmt.capacity_bits,
    )


def _code_bytes(generated: Generated, sizes: Sizes) -> int:
    """Functions and the tables of kernels, less what only the self-test uses and the model's own constants."""
    selftest = (*(f"{generated.name}_{part}" for part in ("selftest", "golden_", "identity")), "mcx_crc32")
    constants = {constant.name for constant in generated.constants}
    return sum(
        size
        for symbol, size in sizes.symbols.items()
        if not symbol.startswith(selftest) and symbol.partition(".")[0] not in constants
    )
