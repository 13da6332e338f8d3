"""Maps of bits: the kernel on every core, how bits lie in words, and graphs that keep them packed."""

import json
import subprocess
from pathlib import Path

import numpy as np
import pytest
from map_graphs import MapGraph
from numpy.typing import NDArray
from test_instruction_sets import ARMV6M, RV32E

from mcuexport.bench import bench_bits, bits_kernel
from mcuexport.codegen import generate
from mcuexport.emulate import load_host
from mcuexport.errors import ParityError
from mcuexport.graph import Graph
from mcuexport.kernels import find
from mcuexport.ops import Conv2d, Dense, Flip, TensorType, Threshold, Unpack, Window
from mcuexport.pack import FORMATS, bit_words, pack_bits
from mcuexport.parity import verify
from mcuexport.report import report
from mcuexport.schedule import separate
from mcuexport.targets import core

GOLDEN = Path(__file__).parent / "golden" / "bits_counts.json"
CORES = ("cortex-m0plus", "cortex-m3", "cortex-m4", "rv32emc", "rv32ec")
BINARY = FORMATS["binary"]


def test_the_first_channel_is_the_lowest_bit_and_each_pixel_begins_a_word() -> None:
    kind = TensorType((1, 2, 33), "bit", -1, 1)
    x = np.full((1, 1, 2, 33), -1, np.int8)
    x[0, 0, 0, [0, 5, 32]], x[0, 0, 1, 31] = 1, 1
    np.testing.assert_array_equal(kind.stored(x), [[0b100001, 1, 1 << 31, 0]])
    assert (kind.stored_channels, kind.elements, kind.bytes) == (2, 4, 16)


@pytest.mark.parametrize("channels", [1, 31, 32, 33, 64, 100])
def test_bits_that_fill_up_a_word_are_zero_and_the_others_come_back(channels: int) -> None:
    bits = np.random.default_rng(channels).random((5, channels)) < 0.5
    words = pack_bits(bits)
    unpacked = np.unpackbits(words.astype("<u4").view(np.uint8), axis=1, bitorder="little")
    assert words.shape == (5, bit_words(channels))
    np.testing.assert_array_equal(unpacked[:, :channels], bits)
    assert not unpacked[:, channels:].any()


# The kernel


DENSITIES = (0.0, 0.1, 0.5, 0.9, 1.0)
"""Parts of the inputs that are 1; above one half the kernel counts the others."""


@pytest.mark.parametrize("optimize", ["-O2", "-Os", "-O0"])
@pytest.mark.parametrize("core_name", CORES)
def test_every_core_is_exact(core_name: str, optimize: str) -> None:
    kernel = bits_kernel(core(core_name), optimize)
    layout = find("mcx_dense_bits", kernel.core.families).layout
    for pixels, run, outputs in (
        (1, 1, 1),
        (3, 33, 2),
        (1, 248, 31),
        (1, 249, 33),
        (4, 64, 5),
        (9, 40, 64),
        (16, 64, 3),
    ):
        inputs, random = pixels * run, np.random.default_rng(outputs)
        codes = random.integers(0, 2, (outputs, inputs)).astype(np.uint8)
        bias = np.arange(outputs, dtype=np.int32) * 1001 - 7
        for density in DENSITIES:
            x = random.random((pixels, run)) < density
            words = layout.pack(codes, BINARY), codes.sum(axis=1, dtype=np.uint16), pack_bits(x).reshape(-1)
            acc, _ = kernel.call(*words, inputs, run, bias=bias)
            np.testing.assert_array_equal(acc, BINARY.decode(codes) @ np.where(x.reshape(-1), 1, -1) + bias)


@pytest.mark.parametrize("core_name", ["cortex-m0plus", "rv32ec"])
def test_the_kernel_has_only_instructions_of_its_core(core_name: str) -> None:
    machine = bits_kernel(core(core_name), "-Os").machine
    objdump = machine.core.compiler.replace("gcc", "objdump")
    command = [objdump, "-d", "--no-show-raw-insn", "-j", ".text", str(machine.program.path)]
    lines = subprocess.run(command, capture_output=True, text=True, check=True).stdout.splitlines()
    used = {line.split("\t")[1].strip().removesuffix(".n") for line in lines if line.count("\t") and ":\t" in line}
    allowed = ARMV6M if core_name.startswith("cortex") else RV32E
    assert {name for name in used if not name.startswith(".")} - allowed == set()
    assert not [name for name in machine.program.symbols if "popcount" in name]


def test_instruction_counts_have_not_grown() -> None:
    stored = json.loads(GOLDEN.read_text())
    now = {row.name: row.instructions for row in bench_bits(shapes=((256, 64), (64, 10)))}
    assert set(now) == set(stored)
    assert [f"{name}: {stored[name]} -> {count}" for name, count in now.items() if count > 1.02 * stored[name]] == []


# Graphs


class BitGraph(MapGraph):
    """Layers on bits."""

    def threshold(self) -> str:
        """At the median of each channel over some inputs, so that the bits say something."""
        x = np.random.default_rng(9).integers(self.input.type.lo, self.input.type.hi + 1, (8, *self.input.type.shape))
        x = x.astype(self.input.type.dtype)
        values = Graph("part", self.input, tuple(self.nodes)).run(x) if self.nodes else x
        limit = np.median(values.reshape(-1, values.shape[-1]), axis=0).astype(np.int64)
        return self.add(Threshold(limit, self.rng.integers(0, 2, limit.size)))

    def bit_conv(self, outputs: int, kernel: int = 3, padding: int = 1, stride: int = 1, groups: int = 1) -> str:
        shape = (outputs, kernel, kernel, self.types[self.newest].shape[2] // groups)
        window = Window((kernel, kernel), (stride, stride), (padding,) * 4)
        codes = self.rng.integers(0, 2, shape).astype(np.uint8)
        self.add(Conv2d(codes, self.rng.integers(-3, 3, outputs), BINARY, window, groups, -1))
        return self.threshold()


def bit_network() -> Graph:
    """Every way that bits can go: words that are full and not, groups, a pool, flips, bytes again, a flattened map."""
    g = BitGraph((8, 8, 3), "uint8")
    g.conv(40, fmt="binary")
    g.threshold()
    g.bit_conv(64)
    g.max_pool()
    g.add(Flip(g.rng.integers(0, 2, 64)))
    g.bit_conv(70, groups=2)
    g.bit_conv(33, padding=0)
    g.add(Unpack())
    g.conv(9, (1, 1))
    g.threshold()
    size = g.types[g.newest].size
    g.add(Dense(g.rng.integers(0, 2, (50, size)).astype(np.uint8), np.zeros(50, np.int64), BINARY))
    g.threshold()
    g.add(Dense(g.rng.integers(0, 2, (10, 50)).astype(np.uint8), np.arange(10), BINARY))
    return Graph("bits", g.input, tuple(g.nodes))


def samples(graph: Graph, count: int = 6) -> NDArray[np.uint8]:
    return np.random.default_rng(5).integers(0, 256, (count, *graph.input.type.shape)).astype(np.uint8)


@pytest.mark.parametrize("core_name", ["host", "cortex-m0", "cortex-m4", "rv32ec"])
def test_a_network_of_bits_is_exact(core_name: str) -> None:
    graph = bit_network()
    x = samples(graph)
    assert len(np.unique(graph.run(x), axis=0)) == len(x)
    assert verify(graph, core(core_name), "net", x[:1], x).samples == len(x)


def test_every_map_of_bits_is_exact_when_it_exists_whole() -> None:
    graph = bit_network()
    x = samples(graph, 3)
    generated = generate(graph, core("host"), "net", x, units=separate(graph))
    np.testing.assert_array_equal(load_host(generated.sources, "net").run(x.reshape(3, -1)), graph.run(x))


def test_a_wrong_word_is_found_and_named(monkeypatch: pytest.MonkeyPatch) -> None:
    g = BitGraph((20,), "int8")
    g.threshold()
    graph = g.graph(3, "binary")
    right = Threshold.run
    monkeypatch.setattr(Threshold, "run", lambda op, x: -right(op, x))
    x = np.random.default_rng(5).integers(-128, 128, (2, 20)).astype(np.int8)
    with pytest.raises(ParityError, match=r"threshold0 \(threshold\), word 0: Python -?\d+, C -?\d+"):
        verify(graph, core("host"), "net", x, x)


def test_bits_that_fill_up_words_are_told_as_padding() -> None:
    graph = bit_network()
    generated = generate(graph, core("host"), "net", samples(graph, 1))
    layers = {layer.layer: layer for layer in report(graph, generated, None, None).layers}
    full, partial = layers["conv2d3"], layers["conv2d7"]  # 64 outputs; 70 in two groups, each a block of 32 and 3
    assert (full.shape, full.weight_bytes, full.padding_bytes) == ("64x360", 2 * 361 * 4, 8)
    assert (partial.shape, partial.weight_bytes) == ("70x288", 2 * 2 * 289 * 4)


def test_a_padded_word_costs_no_exactness_in_any_combination() -> None:
    """Channels and positions around the size of a word."""
    for channels, outputs in ((1, 33), (31, 1), (32, 32), (33, 31)):
        g = BitGraph((3, 4, channels), "int8", seed=channels)
        g.threshold()
        g.bit_conv(outputs)
        size = g.types[g.newest].size
        g.add(Dense(g.rng.integers(0, 2, (3, size)).astype(np.uint8), np.zeros(3, np.int64), BINARY))
        graph = Graph("bits", g.input, tuple(g.nodes))
        x = np.random.default_rng(1).integers(-128, 128, (3, 3, 4, channels)).astype(np.int8)
        verify(graph, core("host"), "net", x[:1], x)
