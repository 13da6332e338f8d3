"""All rows of a channel of a 3x3 depthwise convolution at once: every shape that a map and its padding can have."""

import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
import pytest
from counted import require_equal
from map_graphs import by_lines

from mcuexport.emulate.counting.build import link
from mcuexport.emulate.counting.machine import Machine
from mcuexport.emulate.counting.program import DATA
from mcuexport.kernels import with_includes
from mcuexport.ops import IntArray
from mcuexport.planar import in_planes
from mcuexport.schedule import fuse, stages
from mcuexport.targets import core

CORE_NAMES = ("cortex-m0", "cortex-m0plus", "cortex-m3", "cortex-m4", "rv32emc", "rv32imc")
LEVELS = {"depthwise3x3_int8": np.int8, "depthwise3x3": np.int16}
INPUTS = {"u8": (0, 255), "s8": (-128, 127)}
CHANNELS = 3
GUARD = bytes(64 * [0xEE])
STRICT = ("-Wall", "-Wextra", "-Wpedantic", "-Wconversion", "-Wsign-conversion", "-Wshadow", "-Werror")

# mcuexport writes literal sizes into calls; here they come from memory, so that one program has all shapes.
CALL = """
#include "mcx_{kernel}.h"
typedef struct {{
    uint32_t height, size, top, lines, width, pixel, channel, stride, left, columns;
}} {kernel}_{variant}_t;
void {kernel}_{variant}(const void *x, const void *levels, int32_t *acc, const {kernel}_{variant}_t *g);
void {kernel}_{variant}(const void *x, const void *levels, int32_t *acc, const {kernel}_{variant}_t *g)
{{
    mcx_{kernel}_plane_{variant}(x, g->height, g->size, g->top, g->lines, g->width, g->pixel, g->channel, levels,
                                 g->stride, g->left, acc, g->columns);
}}
"""


@dataclass(frozen=True)
class Shape:
    """A map, its padding above, below, left and right, and the stride."""

    height: int
    width: int
    padding: tuple[int, int, int, int]
    stride: int
    planar: bool

    @property
    def made(self) -> tuple[int, int]:
        top, bottom, left, right = self.padding
        high, wide = self.height + top + bottom, self.width + left + right
        return (high - 3) // self.stride + 1, (wide - 3) // self.stride + 1

    def numbers(self, channel: int) -> list[int]:
        """As the call's struct has them."""
        pixel, at = (1, channel * self.width) if self.planar else (CHANNELS, channel)
        top, _, left, _ = self.padding
        size, (lines, columns) = self.width * CHANNELS, self.made
        return [self.height, size, top, lines, self.width, pixel, at, self.stride, left, columns]

    def stored(self, x: IntArray) -> IntArray:
        """x: (height, width, channels)."""
        return x.transpose(0, 2, 1) if self.planar else x

    def expected(self, x: IntArray, nine: IntArray) -> IntArray:
        """x: (height, width).  nine: (3, 3)."""
        top, bottom, left, right = self.padding
        padded = np.pad(x.astype(np.int64), ((top, bottom), (left, right)))
        windows = np.lib.stride_tricks.sliding_window_view(padded, (3, 3))[:: self.stride, :: self.stride]
        found: IntArray = (windows * nine).sum((2, 3))
        return found


def shapes() -> Iterator[Shape]:
    """Small maps with every padding, a few large ones; planar in turns."""
    paddings = [tuple((bits >> i) & 1 for i in range(4)) for bits in range(16)]
    sizes = [(h, w) for h in range(1, 7) for w in range(1, 7)] + [(3, 40), (40, 3), (9, 28), (14, 14)]
    for number, (height, width) in enumerate(sizes):
        for bits, padding in enumerate(paddings):
            top, bottom, left, right = padding
            if height + top + bottom >= 3 and width + left + right >= 3:
                for stride in (1, 2):
                    yield Shape(height, width, (top, bottom, left, right), stride, (number + bits) % 2 == 0)


def sources(core_name: str) -> dict[str, str]:
    headers = with_includes([f"mcx_{kernel}" for kernel in LEVELS], core(core_name).families)
    calls = "".join(CALL.format(kernel=kernel, variant=variant) for kernel in LEVELS for variant in INPUTS)
    return {**{kernel.file: kernel.text for kernel in headers.values()}, "kernel.c": calls}


@cache
def machine(core_name: str, optimize: str) -> Machine:
    keep = [f"{kernel}_{variant}" for kernel in LEVELS for variant in INPUTS]
    return Machine(
        link(sources(core_name), core(core_name), optimize=optimize, flags=STRICT, keep=keep), core(core_name)
    )


def require_exact(emulated: Machine, shape: Shape, kernel: str, variant: str, random: np.random.Generator) -> None:
    """Maps lie at both ends of the memory, so that a read before or behind them is a fault."""
    lo, hi = INPUTS[variant]
    x = random.choice([lo, hi, *random.integers(lo, hi + 1, 4)], (shape.height, shape.width, CHANNELS))
    channel = int(random.integers(CHANNELS))
    nine = random.choice([-128, 127, *random.integers(-128, 128, 4)], (3, 3))
    bytes_of_x = shape.stored(x).astype(np.uint8 if variant == "u8" else np.int8).tobytes()
    expected = shape.expected(x[:, :, channel], nine)
    ends = [DATA.origin, DATA.origin + DATA.size_bytes - len(bytes_of_x)]
    for at_x in ends:
        emulated.forget()
        emulated.place(bytes(len(bytes_of_x)))
        at_levels = emulated.place(nine.astype(LEVELS[kernel]).tobytes())
        at_numbers = emulated.place(np.array(shape.numbers(channel), "<u4").tobytes())
        at_acc = emulated.place(GUARD + bytes(4 * expected.size) + GUARD) + len(GUARD)
        emulated.write(at_x, bytes_of_x)
        emulated.call(f"{kernel}_{variant}", at_x, at_levels, at_acc, at_numbers)
        emulated.require_guards(at_acc, 4 * expected.size, GUARD)
        found = np.frombuffer(emulated.read(at_acc, 4 * expected.size), "<i4").reshape(expected.shape)
        np.testing.assert_array_equal(found, expected, f"{shape} {kernel} {variant}")
        assert emulated.read(at_x, len(bytes_of_x)) == bytes_of_x


@pytest.mark.parametrize("core_name", CORE_NAMES)
def test_planes_of_every_shape_are_exact(core_name: str) -> None:
    random = np.random.default_rng(7)
    for shape in shapes():
        for variant in INPUTS:
            require_exact(machine(core_name, "-O2"), shape, str(random.choice(list(LEVELS))), variant, random)


@pytest.mark.parametrize("optimize", ["-O0", "-Os", "-O3"])
@pytest.mark.parametrize("core_name", ["cortex-m0plus", "cortex-m3", "rv32emc"])
def test_planes_are_exact_at_every_level(core_name: str, optimize: str) -> None:
    random = np.random.default_rng(8)
    for shape in shapes():
        kernel, variant = random.choice(list(LEVELS)), random.choice(list(INPUTS))
        require_exact(machine(core_name, optimize), shape, str(kernel), str(variant), random)


@pytest.mark.parametrize("optimize", ["-O0", "-Os", "-O2", "-O3"])
@pytest.mark.parametrize("core_name", ["cortex-m0plus", "cortex-m3"])
def test_clang_takes_planes_without_a_warning(tmp_path: Path, core_name: str, optimize: str) -> None:
    for file, text in sources(core_name).items():
        (tmp_path / file).write_text(text)
    target = ["--target=arm-none-eabi", f"-mcpu={core_name}", "-mthumb", "-mfloat-abi=soft", "-ffreestanding"]
    subprocess.run(["clang", *target, "-std=c99", *STRICT, optimize, "-c", "kernel.c"], cwd=tmp_path, check=True)


@pytest.mark.parametrize("fmt", ["int8", "sym4"])
@pytest.mark.parametrize("core_name", ["cortex-m0plus", "cortex-m3", "cortex-m4", "rv32emc"])
def test_models_by_planes_are_exact(core_name: str, fmt: str) -> None:
    for lo in (0, -128):
        graph = by_lines(fmt, lo)
        units = tuple(in_planes(unit, graph.types) for unit in fuse(graph))
        assert any(stage.planes for stage in stages(units))
        require_equal(graph, core_name, alignment=False, units=units)
