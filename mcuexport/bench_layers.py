"""Convolutions as whole layers, in cycles per multiply-accumulate, with the requantization behind them.

Weights and inputs are random with a fixed seed.  A layer is counted as it stands in a model: rows, patches, the
dense kernel on each pixel, int8 results.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from .bench import CORES
from .cycles import measure_cycles
from .graph import Graph, Input, Node
from .ops import Concat, Conv2d, Dense, Requantize, TensorType, Window
from .pack import FORMATS, WeightFormat
from .targets import core

LAYER_FORMATS = ("int8", "sym4", "sym2")


@dataclass(frozen=True)
class Layer:
    """A convolution.  shape: of its input; peers: the best peer's cycles per MAC by (core, format)."""

    name: str
    shape: tuple[int, int, int]
    outputs: int
    kernel: tuple[int, int]
    depthwise: bool = False
    dtype: str = "int8"
    peers: tuple[tuple[str, str, float], ...] = ()

    def peer(self, core_name: str, fmt: str) -> float | None:
        return {(where, what): figure for where, what, figure in self.peers}.get((core_name, fmt))

    def graph(self, fmt: WeightFormat) -> Graph:
        """The convolution, its requantization, and a dense layer of one output, since graphs end in accumulators.

        A depthwise one stands as in a network: a pointwise one makes its map; what is behind it takes so much scratch
        that the two are not streamed.
        """
        random = np.random.default_rng(self.outputs * self.shape[2])
        kind = TensorType(self.shape, self.dtype, 0, 255 if self.dtype == "uint8" else 127)
        nodes: list[Node] = []

        def conv(name: str, source: str, x: TensorType, kernel: tuple[int, int], groups: int) -> TensorType:
            shape = (self.outputs, *kernel, x.shape[2] // groups)
            codes = random.integers(0, len(fmt.levels), shape).astype(np.uint8)
            made = Conv2d(codes, np.zeros(self.outputs, np.int64), fmt, Window(kernel), groups)
            acc = made.output(x)
            multiplier = min(2**15 - 1, 2**29 // acc.magnitude)
            shift = max(1, (acc.magnitude * multiplier).bit_length() - 9)
            constants = multiplier - np.arange(self.outputs) % 2, np.zeros(self.outputs, np.int64)
            act = Requantize(*constants, shift, 0, 127)
            nodes.extend((Node(name, made, (source,), name), Node(f"{name}_act", act, (name,), name)))
            return act.output(acc)

        if self.depthwise:
            x = conv("conv", "before_act", conv("before", "input", kind, (1, 1), 1), self.kernel, self.outputs)
            wide = Concat()
            nodes.append(Node("wide", wide, ("conv_act",) * 3, "wide"))
            result = wide.output(x, x, x)
        else:
            result = conv("conv", "input", kind, self.kernel, 1)
        last = Dense(np.zeros((1, result.size), np.uint8), np.zeros(1, np.int64), FORMATS["binary"])
        return Graph(self.name, Input(kind, 1.0, 0), (*nodes, Node("last", last, (nodes[-1].name,), "last")))

    def inputs(self) -> np.ndarray[tuple[int, ...], np.dtype[np.uint8 | np.int8]]:
        random = np.random.default_rng(self.shape[0])
        return random.integers(0, 256 if self.dtype == "uint8" else 128, (1, *self.shape)).astype(self.dtype)


# Peers, -O3, same cost tables: CMSIS-NN, CMix-NN, TinyEngine on the Cortex-M4, CMSIS-NN on the M0+, NNoM on RISC-V.
LAYERS = (
    Layer(
        "3x3, 1 to 16 channels",
        (16, 16, 1),
        16,
        (3, 3),
        dtype="uint8",
        peers=(
            ("cortex-m4", "int8", 13.9),
            ("cortex-m4", "sym4", 16.7),
            ("cortex-m0plus", "int8", 30.1),
            ("cortex-m0plus", "sym4", 29.6),
            ("rv32emc", "int8", 50.5),
            ("rv32ec", "int8", 261.9),
        ),
    ),
    Layer(
        "3x3, 16 to 16 channels",
        (16, 16, 16),
        16,
        (3, 3),
        peers=(
            ("cortex-m4", "int8", 2.6),
            ("cortex-m4", "sym4", 3.0),
            ("cortex-m4", "sym2", 3.1),
            ("cortex-m0plus", "int8", 10.7),
            ("cortex-m0plus", "sym4", 11.3),
            ("rv32emc", "int8", 13.5),
            ("rv32ec", "int8", 179.8),
        ),
    ),
    Layer("3x3, 64 to 64 channels", (16, 16, 64), 64, (3, 3)),
    Layer(
        "depthwise 3x3, 64 channels",
        (16, 16, 64),
        64,
        (3, 3),
        depthwise=True,
        peers=(
            ("cortex-m4", "int8", 10.3),
            ("cortex-m4", "sym4", 19.5),
            ("cortex-m0plus", "int8", 59.1),
            ("cortex-m0plus", "sym4", 39.8),
            ("rv32emc", "int8", 44.2),
            ("rv32ec", "int8", 263.4),
        ),
    ),
    Layer("1x1, 64 to 64 channels", (14, 14, 64), 64, (1, 1), peers=(("cortex-m4", "int8", 2.7),)),
    Layer("1-D, 5 wide, 16 to 32 channels", (1, 128, 16), 32, (1, 5)),
)


@dataclass(frozen=True)
class LayerRow:
    """One layer on one core, with its requantization.  peer: the best peer's cycles per MAC, None if none is known."""

    layer: str
    format: str
    core: str
    macs: int
    instructions: int
    cycles: int
    peer: float | None

    @property
    def name(self) -> str:
        """As in the stored table of instruction counts."""
        return f"{self.core} {self.format} {self.layer}"

    @property
    def cycles_per_mac(self) -> float:
        return self.cycles / self.macs


def bench_layers(
    formats: Sequence[str] = LAYER_FORMATS, cores: Sequence[str] = CORES, layers: Sequence[Layer] = LAYERS
) -> Iterator[LayerRow]:
    """A row for every layer, format and core, always the same.  Raises TargetError, ToolMissing."""
    for layer in layers:
        for fmt in formats:
            for name in cores:
                counted = measure_cycles(layer.graph(FORMATS[fmt]), core(name), layer.inputs())
                found = next(row for row in counted.layers if row.layers == "conv")
                peer = layer.peer(name, fmt)
                yield LayerRow(layer.name, fmt, name, found.macs, found.instructions, found.cycles, peer)
