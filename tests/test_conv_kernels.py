"""Convolutions on emulated cores: odd shapes, edges, both ways to make a row; nothing is misaligned where it faults."""

import json
import subprocess
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from counted import inputs_of, require_equal
from golden_counts import LAYERS_PATH, guarded_layers
from map_graphs import AROUND, MapGraph, by_lines, separable

from mcuexport.codegen import generate
from mcuexport.graph import Graph
from mcuexport.kernels import candidates, with_includes
from mcuexport.ops import Conv2d, Requantize, Window
from mcuexport.pack import FORMATS
from mcuexport.targets import core


def odd_shapes(fmt: str, lo: int) -> Graph:
    """Widths, channels and outputs that are no multiples of what kernels take at once.  lo: of hidden results."""
    g = MapGraph((7, 9, 3), "uint8", seed=len(fmt) - lo)

    def conv(outputs: int, kernel: tuple[int, int] = (3, 3), **more: object) -> None:
        g.conv(outputs, kernel, fmt=fmt, **more)  # type: ignore[arg-type]
        g.nodes.pop()
        g.newest = g.nodes[-1].name
        g.requantize(lo)

    conv(11, padding=AROUND, pad_value=131)
    conv(11, padding=AROUND, groups=11)
    conv(8, (1, 1))
    conv(8, groups=8, stride=(1, 2))
    conv(14, (2, 3), padding=(0, 1, 1, 1), dilation=(1, 2))
    g.max_pool()
    conv(6, (1, 1))
    return g.graph(fmt=fmt)


# Rows of 3x3 windows, one after the other: the first one's width, then stride, left and right padding of each.
LINES = (
    (9, ((1, 1, 1), (1, 0, 1), (1, 1, 0), (1, 0, 0), (1, 1, 1), (1, 1, 0))),
    (4, ((1, 1, 1), (1, 0, 1), (1, 1, 1), (1, 1, 0), (1, 1, 1), (1, 0, 1), (1, 1, 1))),
    (13, ((2, 1, 1), (2, 0, 0), (2, 1, 1), (2, 1, 1), (2, 1, 1))),
    (12, ((2, 1, 1), (2, 0, 1), (2, 1, 0))),
    (10, ((2, 1, 0), (2, 0, 1), (2, 0, 1))),
    (14, ((2, 0, 0), (2, 1, 0), (2, 0, 0))),
)


def lines(fmt: str, lo: int, chain: int, height: int) -> Graph:
    """One of LINES, of three channels, one with all levels at one end; the rows above and below the map are padding."""
    width, windows = LINES[chain]
    g = MapGraph((height, width, 3), "int8" if lo else "uint8", seed=chain)
    for stride, left, right in windows:
        codes = g.rng.integers(0, len(FORMATS[fmt].levels), (3, 3, 3, 1)).astype(np.uint8)
        codes[1] = len(FORMATS[fmt].levels) - 1 if height % 2 else 0
        window = Window((3, 3), (1, stride), (1, 1, left, right))
        g.add(Conv2d(codes, np.zeros(3, np.int64), FORMATS[fmt], window, 3))
        g.requantize(lo)
    return g.graph(fmt=fmt)


def wide(fmt: str) -> Graph:
    """More inputs than one part of the widened ones holds, accumulators as the result, all codes at one end."""
    g = MapGraph((3, 5, 33), "int8")
    for name, code in (("lowest", 0), ("highest", len(FORMATS[fmt].levels) - 1)):
        codes = np.full((5, 3, 3, 33), code, np.uint8)
        g.add(Conv2d(codes, np.arange(5) - 2, FORMATS[fmt], Window((3, 3), (1, 1), AROUND)), "input", name=name)
        g.requantize()
    g.residual(g.nodes[1].name, g.nodes[3].name)
    return g.graph(outputs=3, fmt=fmt)


def requantized(
    g: MapGraph, fmt: str, outputs: int, window: Window, lo: int, pre_shift: int, *, parts: bool = False
) -> None:
    """A convolution without bias, the first codes of which are all at one end, and its requantization."""
    last = len(FORMATS[fmt].levels) - 1
    codes = g.rng.integers(0, last + 1, (outputs, *window.kernel, g.types[g.newest].shape[2])).astype(np.uint8)
    codes[:4], codes[4:8] = 0, last
    g.add(Conv2d(codes, np.zeros(outputs, np.int64), FORMATS[fmt], window, 1, 131 if g.newest == "input" else 0))
    shifted = max(1, (g.types[g.newest].magnitude + (1 << pre_shift >> 1)) >> pre_shift)
    largest = min(2**15 - 1, 2**29 // shifted)
    shift = max(1, (shifted * largest // 500).bit_length())
    if parts and shift > 23 - pre_shift:
        largest, shift = max(1, largest >> (shift - 23 + pre_shift)), 23 - pre_shift
    multiplier = g.rng.integers(-largest, largest + 1, outputs)
    multiplier[:2], multiplier[2:4] = largest, -largest
    offset = g.rng.integers(-(2**shift) * 50, 2**shift * 50, outputs)
    offset = offset >> (shift - 7) << (shift - 7) if parts else offset
    g.add(Requantize(multiplier, offset, shift, lo, 127, pre_shift))


# Of an image: height, width, stride, padding, and what follows the convolution.
IMAGES: tuple[tuple[int, int, int, tuple[int, int, int, int], str], ...] = (
    (5, 7, 1, AROUND, ""),
    (3, 4, 1, (0, 0, 0, 0), ""),
    (3, 3, 1, AROUND, "pool"),
    (6, 10, 1, AROUND, "pool"),
    (6, 9, 2, AROUND, "depthwise"),
    (7, 8, 2, (0, 1, 0, 1), "depthwise"),
    (4, 12, 2, (1, 0, 1, 0), ""),
    (4, 6, 1, (2, 2, 2, 2), "depthwise"),
    (8, 8, 1, AROUND, "residual"),
)


def image(fmt: str, lo: int, pre_shift: int, shape: int) -> Graph:
    """A convolution of three unsigned channels, as of an image, and one of IMAGES."""
    height, width, stride, padding, then = IMAGES[shape]
    g = MapGraph((height, width, 3), "uint8", seed=shape)
    outputs = 16 if then == "depthwise" else 12 if shape % 2 else 8
    requantized(g, fmt, outputs, Window((3, 3), (stride, stride), padding), lo, pre_shift)
    if then == "pool":
        g.max_pool()
    if then == "depthwise":
        g.conv(g.types[g.newest].shape[2], groups=g.types[g.newest].shape[2], fmt=fmt)
    if then == "residual":
        one = g.newest
        requantized(g, fmt, 8, Window((3, 3), padding=AROUND), lo, pre_shift)
        g.residual(one, g.newest)
    return g.graph(fmt=fmt)


def by_fours(fmt: str, lo: int, pre_shift: int, *, parts: bool = False) -> Graph:
    """Multiples of four outputs without bias, requantized at once: gathered and as they lie, up to 256 inputs, whose
    codes are all at one end for the first outputs; odd widths, strides, a pool, a residual.  parts: offsets are whole
    128ths of a step, and the last results have a sign."""
    g = MapGraph((5, 7, 4), "uint8", seed=len(fmt) - lo + pre_shift)

    def conv(outputs: int, kernel: tuple[int, int], stride: int = 1, lo: int = lo) -> None:
        window = Window(kernel, (stride, stride), (1, 1, 1, 1) if kernel == (3, 3) else (0, 0, 0, 0))
        requantized(g, fmt, outputs, window, lo, pre_shift, parts=parts)

    conv(12, (3, 3))
    conv(28, (1, 1))
    one = g.newest
    conv(28, (1, 1))
    g.residual(one, g.newest)
    conv(16, (3, 3))
    g.max_pool()
    conv(256, (1, 1))
    conv(8, (1, 1))
    conv(4, (1, 1), stride=2, lo=-128 if parts else lo)
    return g.graph(fmt=fmt)


SHAPES: dict[str, Callable[[], Graph]] = {
    "odd": lambda: odd_shapes("int4", 0),
    "lines": lambda: by_lines("int8", 0),
    "both": lambda: by_lines("int8", 0, hidden=5),
    "parts": lambda: by_fours("int8", 0, 2, parts=True),
    "image": lambda: image("sym4", -128, 3, 5),
    "planar": lambda: separable("int8", 0, 7, 9),
}


LEVELS = ("-O0", "-Og", "-O1", "-O2", "-O3", "-Os")


def write_sources(graph: Graph, core_name: str, folder: Path) -> None:
    for file, text in generate(graph, core(core_name), "net", inputs_of(graph)).sources.items():
        (folder / file).write_text(text)


@pytest.mark.parametrize("fmt", ["int8", "int4", "sym4", "sym2"])
@pytest.mark.parametrize("core_name", ["cortex-m4", "cortex-m0plus", "rv32emc", "rv32ec"])
def test_odd_shapes_are_exact(core_name: str, fmt: str) -> None:
    for lo in (0, -128):
        require_equal(odd_shapes(fmt, lo), core_name, alignment=core_name != "cortex-m4" and fmt == "sym4")


@pytest.mark.parametrize("pre_shift", [0, 1, 5, 16])
@pytest.mark.parametrize("fmt", ["int8", "int4", "sym4"])
def test_blocks_of_four_outputs_are_exact(fmt: str, pre_shift: int) -> None:
    for lo in (0, -128):
        graph = by_fours(fmt, lo, pre_shift)
        made = generate(graph, core("cortex-m4"), "net", inputs_of(graph))
        assert f"mcx_pixels_{fmt}_fours_" in made.sources["net.c"]
        require_equal(graph, "cortex-m4", alignment=False)


@pytest.mark.parametrize("shape", range(len(IMAGES)))
@pytest.mark.parametrize("fmt", ["int8", "int4", "sym4"])
def test_images_read_where_they_are_are_exact(fmt: str, shape: int) -> None:
    for lo, pre_shift in ((0, 2), (-128, 0)):
        graph = image(fmt, lo, pre_shift, shape)
        made = generate(graph, core("cortex-m4"), "net", inputs_of(graph))
        assert f"mcx_pixels_{fmt}_rgb_u8(" in made.sources["net.c"]
        require_equal(graph, "cortex-m4", alignment=False)


@pytest.mark.parametrize("pre_shift", [0, 1, 2, 3])
def test_blocks_of_four_outputs_by_parts_of_a_step_are_exact(pre_shift: int) -> None:
    for lo in (0, -128):
        graph = by_fours("int8", lo, pre_shift, parts=True)
        made = generate(graph, core("cortex-m4"), "net", inputs_of(graph))
        assert made.sources["net.c"].count("mcx_pixels_int8_parts_u") >= (1 if lo else 3)
        require_equal(graph, "cortex-m4", alignment=False)


@pytest.mark.parametrize("parts", [False, True], ids=["fours", "parts"])
@pytest.mark.parametrize("level", ["-O0", "-Os", "-O2"])
def test_blocks_of_four_outputs_are_exact_at_every_level(level: str, parts: bool) -> None:
    """Unoptimized, they are plain C."""
    require_equal(by_fours("int8", 0, 2, parts=parts), "cortex-m4", alignment=False, optimize=level)


def test_255_times_256_at_the_ends_of_four_bits_fits() -> None:
    for fmt in ("int8", "int4", "sym4"):
        g = MapGraph((1, 4, 256), "uint8")
        codes = np.full((8, 1, 1, 256), len(FORMATS[fmt].levels) - 1, np.uint8)
        codes[4:] = 0
        g.add(Conv2d(codes, np.zeros(8, np.int64), FORMATS[fmt], Window((1, 1))))
        shift = max(1, (g.types[g.newest].magnitude >> 16).bit_length())
        g.add(Requantize(np.full(8, 100), np.arange(8) - 4, shift + 6, -128, 127, 16))
        require_equal(g.graph(fmt=fmt), "cortex-m4", alignment=False)


@pytest.mark.parametrize("fmt", ["int8", "sym4", "fp130"])
@pytest.mark.parametrize("core_name", ["cortex-m4", "cortex-m0plus", "rv32emc", "rv32ec"])
def test_rows_of_one_channel_are_exact(core_name: str, fmt: str) -> None:
    for lo in (0, -128):
        require_equal(by_lines(fmt, lo), core_name, alignment=core_name != "cortex-m4" and fmt == "int8")


@pytest.mark.parametrize("fmt", ["int8", "sym4"])
@pytest.mark.parametrize("core_name", ["cortex-m4", "cortex-m0plus", "rv32emc"])
def test_rows_of_every_width_and_padding_are_exact(core_name: str, fmt: str) -> None:
    for chain in range(len(LINES)):
        for lo, height in ((0, 3), (-128, 1)):
            require_equal(lines(fmt, lo, chain, height), core_name, alignment=False)


@pytest.mark.parametrize("optimize", ["-O0", "-Os"])
@pytest.mark.parametrize("core_name", ["cortex-m4", "cortex-m0plus", "rv32emc"])
def test_rows_of_one_channel_are_exact_at_every_level(core_name: str, optimize: str) -> None:
    for chain, lo in ((0, 0), (1, -128), (2, 0), (4, -128)):
        require_equal(lines("int8", lo, chain, 2), core_name, alignment=False, optimize=optimize)


@pytest.mark.parametrize("fmt", ["int8", "int4", "sym4"])
@pytest.mark.parametrize("core_name", ["cortex-m4", "cortex-m0plus"])
def test_many_inputs_at_the_edges_of_their_range_are_exact(core_name: str, fmt: str) -> None:
    require_equal(wide(fmt), core_name, alignment=False)


def test_two_pixels_are_made_at_once_only_where_a_kernel_can() -> None:
    graph = odd_shapes("int8", 0)
    pairs = {
        name: generate(graph, core(name), "net", inputs_of(graph)).sources["net.c"].count("mcx_pixels_int8_")
        for name in ("cortex-m4", "cortex-m0plus", "host")
    }
    assert pairs == {"cortex-m4": 3, "cortex-m0plus": 0, "host": 0}


@pytest.mark.parametrize("shapes", SHAPES)
@pytest.mark.parametrize("core_name", ["cortex-m0plus", "cortex-m4"])
def test_every_level_of_both_compilers_takes_the_arm_families(tmp_path: Path, core_name: str, shapes: str) -> None:
    write_sources(SHAPES[shapes](), core_name, tmp_path)
    target = ["--target=arm-none-eabi", f"-mcpu={core_name}", "-mthumb", "-mfloat-abi=soft"]
    for level in ("-O2", "-Os", "-O0"):
        command = ["clang", *target, "-std=c99", "-ffreestanding", level, "-c", "net.c"]
        subprocess.run(command, cwd=tmp_path, check=True)
    for level in ("-O2", "-Os", "-O0"):
        compiler = ["arm-none-eabi-gcc", f"-mcpu={core_name}", "-mthumb", "-std=c99", "-ffreestanding", level]
        subprocess.run([*compiler, "-c", "net.c"], cwd=tmp_path, check=True)
        subprocess.run([*compiler, "-E", "-Werror", "net.c", "-o", "net.i"], cwd=tmp_path, check=True)  # no macro twice


@pytest.mark.parametrize("shapes", ["odd", "lines", "parts", "image", "planar"])
@pytest.mark.parametrize("flags", [("-mfloat-abi=hard", "-mfpu=fpv4-sp-d16"), ("-fno-omit-frame-pointer",)])
def test_assembler_leaves_gcc_the_registers_that_users_flags_take(
    tmp_path: Path, flags: tuple[str, ...], shapes: str
) -> None:
    write_sources(SHAPES[shapes](), "cortex-m4", tmp_path)
    for level in LEVELS:
        command = ["arm-none-eabi-gcc", "-mcpu=cortex-m4", "-mthumb", *flags, "-std=c99", "-ffreestanding", level]
        subprocess.run([*command, "-c", "net.c"], cwd=tmp_path, check=True)


@pytest.mark.parametrize("level", LEVELS)
def test_every_kernel_leaves_gcc_the_registers_that_an_fpu_takes(tmp_path: Path, level: str) -> None:
    families = core("cortex-m4").families
    others = ("depthwise", "depthwise3x3_int8_requantized", "depthwise3x3_requantized", "requantize_line")
    names = {f"mcx_{name}" for name in others} | {f"mcx_dense_{fmt}" for fmt in FORMATS}
    names |= {kernel.name for fmt in FORMATS for kernel in candidates(f"mcx_dense_{fmt}", families).values()}
    names |= {f"mcx_pixels_{fmt}" for fmt in ("int8", "int4", "sym4")}
    for name in sorted(names):
        (tmp_path / name).mkdir()
        for kernel in with_includes([name], families).values():
            (tmp_path / name / kernel.file).write_text(kernel.text)
        (tmp_path / name / "all.c").write_text(f'#include "{name}.h"\n')
        command = ["arm-none-eabi-gcc", "-mcpu=cortex-m4", "-mthumb", "-mfloat-abi=hard", "-mfpu=fpv4-sp-d16"]
        command += ["-std=c99", "-ffreestanding", "-fkeep-inline-functions", level, "-c", "all.c"]
        subprocess.run(command, cwd=tmp_path / name, check=True)


def test_instruction_counts_of_layers_have_not_grown() -> None:
    stored = json.loads(LAYERS_PATH.read_text())
    now = {row.name: row.instructions for row in guarded_layers()}
    assert set(now) == set(stored), "run python -m tests.golden_counts to store new layers"
    grown = [f"{name}: {stored[name]} -> {count}" for name, count in now.items() if count > 1.02 * stored[name]]
    assert grown == []


def test_two_pixels_are_exact_by_blocks_of_channels() -> None:
    g = MapGraph((12, 13, 2), "uint8")
    g.conv(24, fmt="int8")
    g.conv(24, groups=24)
    g.max_pool()
    graph = g.graph()
    source = generate(graph, core("cortex-m4"), "net", inputs_of(graph)).sources["net.c"]
    assert "uint32_t block" in source
    assert "mcx_pixels_int8_" in source
    require_equal(graph, "cortex-m4", alignment=False)
