"""`bench kernels`: every dense kernel on every core, in cycles per multiply-accumulate, peers' figures beside.

Weights and inputs are random with a fixed seed; inputs are 0 .. 127 and uniform, but 60 % of those
of kernels that pass over zeros are zero.  Whole calls are counted.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from .emulate.counting import BitsKernel, DenseKernel
from .kernels import OWN_KINDS, candidates, find, with_includes
from .pack import FORMATS, WeightFormat, pack_bits
from .targets import Core, core

CORES = ("cortex-m4", "cortex-m3", "cortex-m0plus", "rv32emc", "rv32ec")
ZEROS = 0.6
SHAPES = ((256, 64), (1024, 256), (64, 64), (64, 10))

# Cycles per MAC of peers' fully connected layers, -O3, 256 -> 64, same cost tables: docs/performance.md names them.
PEERS = {
    "cortex-m4": {"binary": 11.2, "ternary": 9.7, "sym2": 9.5, "sym4": 5.9, "int4": 4.4, "fp130": 8.9, "int8": 2.6},
    "cortex-m0plus": {
        "binary": 12.4,
        "ternary": 14.0,
        "sym2": 14.1,
        "sym4": 9.5,
        "int4": 7.9,
        "fp130": 12.4,
        "int8": 6.8,
    },
    "rv32emc": {"binary": 10.7, "ternary": 10.7, "sym2": 11.0, "sym4": 12.4, "int4": 10.2, "fp130": 10.3, "int8": 8.0},
    "rv32ec": {"binary": 10.7, "ternary": 10.8, "sym2": 11.0, "sym4": 28.0, "fp130": 10.3, "int8": 173.2},
}


@dataclass(frozen=True)
class KernelRow:
    """One kernel and shape on one core.  peer: the best peer's cycles per MAC, None where none is known."""

    format: str
    core: str
    kind: str
    family: str
    variant: str
    inputs: int
    outputs: int
    instructions: int
    cycles: int
    stack_bytes: int
    weight_bytes: int
    peer: float | None

    @property
    def name(self) -> str:
        """As in the stored table of instruction counts."""
        kind = "" if self.kind == "usual" else f" {self.kind}"
        return f"{self.core} {self.format}{kind} {self.variant} {self.inputs}x{self.outputs}"

    @property
    def cycles_per_mac(self) -> float:
        return self.cycles / (self.inputs * self.outputs)


def kinds(fmt: WeightFormat, target: Core) -> list[str]:
    """The kinds of dense kernels that a core's families have for a format."""
    return [kind for kind in candidates(f"mcx_dense_{fmt.name}", target.families) if kind in OWN_KINDS]


def dense_kernel(fmt: WeightFormat, target: Core, optimize: str = "-O2", kind: str = "usual") -> DenseKernel:
    """The dense kernel of a format that a core's search path leads to."""
    name = candidates(f"mcx_dense_{fmt.name}", target.families)[kind].name
    headers = {kernel.file: kernel.text for kernel in with_includes([name], target.families).values()}
    return DenseKernel(name.removeprefix("mcx_"), headers, target, optimize)


def bench_kernels(
    formats: Sequence[str] = tuple(FORMATS),
    cores: Sequence[str] = CORES,
    shapes: Sequence[tuple[int, int]] = SHAPES,
    variants: Sequence[str] = ("u7",),
) -> Iterator[KernelRow]:
    """A row for every format, core, variant and shape (inputs, outputs), always the same.

    Raises TargetError for an unknown core or code that does not build, ToolMissing.
    """
    for core_name in cores:
        for name in formats:
            for kind in kinds(FORMATS[name], core(core_name)):
                kernel = dense_kernel(FORMATS[name], core(core_name), kind=kind)
                for variant in variants:
                    for inputs, outputs in shapes:
                        yield _row(kernel, FORMATS[name], kind, variant, inputs, outputs)


def _row(kernel: DenseKernel, fmt: WeightFormat, kind: str, variant: str, inputs: int, outputs: int) -> KernelRow:
    random = np.random.default_rng(inputs * outputs)
    codes = random.integers(0, len(fmt.levels), (outputs, inputs)).astype(np.uint8)
    values = random.integers(0, 128, inputs)
    if kind == "nonzero":
        values[random.permutation(inputs)[: round(ZEROS * inputs)]] = 0
    x = values.astype(np.uint8) if variant == "u8" else values.astype(np.int8)
    found = candidates(f"mcx_dense_{fmt.name}", kernel.core.families)[kind]
    words = found.layout.pack(codes, fmt)
    acc, profile = kernel.call(variant, words, x, outputs)
    if not np.array_equal(acc, fmt.decode(codes) @ x.astype(np.int32)):
        raise AssertionError(f"{fmt.name} on {kernel.core.name} differs from its definition")
    return KernelRow(
        format=fmt.name,
        core=kernel.core.name,
        kind=kind,
        family=found.family,
        variant=variant,
        inputs=inputs,
        outputs=outputs,
        instructions=profile.total.instructions,
        cycles=profile.total.cycles,
        stack_bytes=profile.stack_bytes,
        weight_bytes=words.nbytes,
        peer=PEERS.get(kernel.core.name, {}).get(fmt.name),
    )


def bits_kernel(target: Core, optimize: str = "-O2") -> BitsKernel:
    """The dense kernel on bits that a core's search path leads to."""
    headers = {kernel.file: kernel.text for kernel in with_includes(["mcx_dense_bits"], target.families).values()}
    return BitsKernel(headers, target, optimize)


def bench_bits(cores: Sequence[str] = CORES, shapes: Sequence[tuple[int, int]] = SHAPES) -> Iterator[KernelRow]:
    """A row for every core and shape (inputs, outputs): binary weights on random bits, the slowest kind there is."""
    for core_name in cores:
        kernel = bits_kernel(core(core_name))
        found = find("mcx_dense_bits", kernel.core.families)
        for inputs, outputs in shapes:
            random = np.random.default_rng(inputs * outputs)
            codes = random.integers(0, 2, (outputs, inputs)).astype(np.uint8)
            x = random.integers(0, 2, inputs)
            words = found.layout.pack(codes, FORMATS["binary"])
            acc, profile = kernel.call(words, codes.sum(axis=1, dtype=np.uint16), pack_bits(x > 0), inputs, inputs)
            if not np.array_equal(acc, FORMATS["binary"].decode(codes) @ (2 * x - 1)):
                raise AssertionError(f"bits on {core_name} differ from their definition")
            yield KernelRow(
                format="binary on bits",
                core=core_name,
                family=found.family,
                kind="usual",
                variant="bit",
                inputs=inputs,
                outputs=outputs,
                instructions=profile.total.instructions,
                cycles=profile.total.cycles,
                stack_bytes=profile.stack_bytes,
                weight_bytes=words.nbytes,
                peer=None,
            )
