"""Kernels for Helium against numpy, in QEMU: Unicorn has no core with it."""

import re
import subprocess
from functools import cache
from itertools import product
from pathlib import Path

import numpy as np
import pytest
from helium_calls import HELIUM, DenseCall, accumulators, dense_sources
from map_graphs import MapGraph
from small import STRICT_C
from test_conv_kernels import by_fours, by_lines, odd_shapes, wide
from test_conv_kernels import inputs_of as map_inputs
from test_counting import qemu_instructions
from test_kernels import INPUTS, RANGES, WEIGHTS, bias_of, codes_of, expected, inputs_of

from mcuexport.codegen import generate
from mcuexport.emulate import build, run
from mcuexport.graph import Graph
from mcuexport.kernels import find, with_includes
from mcuexport.pack import FORMATS
from mcuexport.targets import core

DESIGN = Path(__file__).parent.parent / "docs" / "DESIGN.md"
DENSE = ("binary", "ternary", "sym2", "sym4", "int4", "int8")
SHAPES = (
    *((1, 1), (2, 3), (3, 2), (15, 4), (16, 5), (17, 10), (31, 17), (32, 33), (33, 31), (64, 10), (65, 1), (100, 15)),
    *((127, 16), (300, 9), (27, 64), (70, 80)),
)
FLOAT = re.compile(r"\bv\w+\.f(16|32|64)\b|__aeabi_[fd]")


@pytest.mark.parametrize("optimize", ["-O2", "-Os", "-O0"])
@pytest.mark.parametrize("name", DENSE)
def test_dense_is_exact(name: str, optimize: str) -> None:
    fmt, layout = FORMATS[name], find(f"mcx_dense_{name}", HELIUM.families).layout
    calls, wanted = [], []
    for variant, (inputs, outputs), weights, values in product(RANGES, SHAPES, WEIGHTS, INPUTS):
        if optimize != "-O2" and (weights != "random" or values == "sparse"):
            continue
        codes, bias = codes_of(fmt, outputs, inputs, weights), bias_of(outputs, values)
        x = inputs_of(variant, inputs, values)
        calls.append(DenseCall(variant, layout.pack(codes, fmt), x, outputs, bias, inputs % 4))
        wanted.append(expected(fmt, codes, x, bias))
    for made, right in zip(accumulators(name, calls, optimize), wanted, strict=True):
        np.testing.assert_array_equal(made, right)


@pytest.mark.parametrize("name", DENSE)
def test_every_code_is_right_at_every_place(name: str) -> None:
    """Of 67 inputs, more than 64 and no multiple of 4; an output for each code, 100 at once."""
    fmt, layout = FORMATS[name], find(f"mcx_dense_{name}", HELIUM.families).layout
    calls, wanted = [], []
    for variant, place, first in product(RANGES, range(67), range(0, len(fmt.levels), 100)):
        some = np.arange(first, min(first + 100, len(fmt.levels)), dtype=np.uint8)
        codes = np.tile(np.random.default_rng(place).integers(0, len(fmt.levels), 67).astype(np.uint8), (some.size, 1))
        codes[:, place] = some
        x = inputs_of(variant, 67, "highest")
        calls.append(DenseCall(variant, layout.pack(codes, fmt), x, some.size))
        wanted.append(expected(fmt, codes, x, None))
    for made, right in zip(accumulators(name, calls, "-O2"), wanted, strict=True):
        np.testing.assert_array_equal(made, right)


def mlp() -> Graph:
    g = MapGraph((49,), "uint8")
    g.dense(33, "int8")
    g.dense(17, "sym4")
    g.dense(31, "ternary")
    return g.graph(10, "sym2")


NETWORKS = {
    "mlp": mlp,
    "wide": lambda: wide("int8"),
    "pre-shift 0": lambda: by_fours("int8", 0, 0),
    "pre-shift 1": lambda: by_fours("sym4", -128, 1),
    "pre-shift 16": lambda: by_fours("int8", 0, 16),
    "lines": lambda: by_lines("int8", 0, hidden=5),
    "lines below zero": lambda: by_lines("sym4", -128),
} | {f"odd {name}": lambda name=name: odd_shapes(name, 0 if len(name) % 2 else -128) for name in FORMATS}


@cache
def network(name: str) -> Graph:
    graph: Graph = NETWORKS[name]()
    return graph


def sources(name: str, core_name: str = "cortex-m55-helium") -> dict[str, str]:
    graph = network(name)
    return dict(generate(graph, core(core_name), "net", map_inputs(graph)[:2]).sources)


def require_equal(name: str, optimize: str) -> None:
    x = map_inputs(network(name))
    built = build(sources(name), "net", HELIUM, optimize=optimize)
    np.testing.assert_array_equal(run(built, x.reshape(len(x), -1)).outputs, network(name).run(x))


@pytest.mark.parametrize("name", NETWORKS)
def test_networks_are_exact(name: str) -> None:
    """Of every format, those of other families too, and of every kind of layer that has kernels for Helium."""
    require_equal(name, "-O2")


@pytest.mark.parametrize("optimize", ["-O0", "-Os"])
@pytest.mark.parametrize("name", ["mlp", "odd int8", "odd sym4", "lines"])
def test_networks_are_exact_at_other_levels(name: str, optimize: str) -> None:
    require_equal(name, optimize)


def assembler(folder: Path, files: dict[str, str], *flags: str) -> str:
    """What gcc makes of net.c."""
    for file, text in files.items():
        (folder / file).write_text(text)
    command = [HELIUM.compiler, *HELIUM.flags, "-ffreestanding", "-S", *flags, "net.c"]
    subprocess.run(command, cwd=folder, check=True)
    return (folder / "net.s").read_text()


@pytest.mark.parametrize("level", ["-O2", "-Os"])
@pytest.mark.parametrize("name", DENSE)
def test_dense_is_made_of_vectors(tmp_path: Path, name: str, level: str) -> None:
    text = assembler(tmp_path, dense_sources(name), level)
    assert len(re.findall(r"\bvaddvat\." if name == "binary" else r"\bvmladava\.", text)) >= 8
    assert len(re.findall(r"\bletp\b", text)) >= 2
    assert not FLOAT.search(text)


@pytest.mark.parametrize("name", NETWORKS)
def test_networks_are_strict_c_and_have_no_float(tmp_path: Path, name: str) -> None:
    assert not FLOAT.search(assembler(tmp_path, sources(name), *STRICT_C, "-O2"))


@pytest.mark.parametrize("name", ["mlp", "odd int8", "lines", "lines below zero"])
@pytest.mark.parametrize("level", ["-O2", "-Os", "-O0"])
def test_clang_takes_helium(tmp_path: Path, name: str, level: str) -> None:
    for file, text in sources(name).items():
        (tmp_path / file).write_text(text)
    target = ["--target=arm-none-eabi", "-mcpu=cortex-m55+nofp", "-mthumb", "-mfloat-abi=hard", "-ffreestanding"]
    for language in (["-std=c99"], ["-x", "c++", "-std=c++17"]):
        subprocess.run(["clang", *target, *language, level, "-c", "net.c"], cwd=tmp_path, check=True)


def addresses(core_name: str, *names: str) -> list[str]:
    """Of functions of a program that runs the MLP."""
    path = build(sources("mlp", core_name), "net", core(core_name)).path
    command = [core(core_name).compiler.replace("gcc", "nm"), str(path)]
    listing = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    found = {line.split()[-1]: line.split()[0] for line in listing.splitlines()}
    return [found[name] for name in names]


@pytest.mark.parametrize("core_name", ["cortex-m4", "cortex-m55", "cortex-m55-helium"])
def test_only_helium_has_more_to_do_after_reset(core_name: str) -> None:
    reset, run_ = addresses(core_name, "startup_reset", "startup_run")
    assert (reset == run_) == (core_name != HELIUM.name)


def counted_kernel(core_name: str, name: str, inputs: int, outputs: int) -> dict[str, str]:
    """A dense kernel and data for it; `f` calls it."""
    fmt, kernel = FORMATS[name], find(f"mcx_dense_{name}", core(core_name).families)
    words = kernel.layout.pack(codes_of(fmt, outputs, inputs, "random"), fmt)
    c_type = "int8_t" if words.dtype == np.int8 else "uint32_t"
    text = f"""
    #include "{kernel.file}"
    static const {c_type} words[] = {{{", ".join(map(str, words.tolist()))}}};
    static const int8_t x[] = {{{", ".join(map(str, inputs_of("u7", inputs, "random")))}}};
    void f(void);
    void f(void)
    {{
        int32_t acc[{outputs}];
        {kernel.name}_u7(words, (const int32_t *)0, x, {inputs}u, acc, {outputs}u);
        __asm__ volatile("" : : "r"(acc) : "memory");
    }}
    """
    headers = with_includes([kernel.name], core(core_name).families).values()
    return {"f.c": text} | {header.file: header.text for header in headers}


@pytest.mark.parametrize("which", ["x", "words"])
@pytest.mark.parametrize("name", DENSE)
def test_nothing_is_read_behind_the_end(tmp_path: Path, name: str, which: str) -> None:
    """Inputs, or weights, are the last bytes of the machine's memory; 33 are whole vectors and a rest of any format."""
    assert HELIUM.emulator is not None and HELIUM.emulator.data is not None
    end = HELIUM.emulator.data.origin + HELIUM.emulator.data.size_bytes
    files = counted_kernel(HELIUM.name, name, 33, 5)
    copy = f"""
        uint8_t *const last = (uint8_t *)({end}u - sizeof {which});
        for (uint32_t i = 0u; i < sizeof {which}; i++) {{
            last[i] = ((const uint8_t *){which})[i];
        }}
    """
    given = "(const int8_t *)last" if which == "x" else "(const void *)last"
    call = re.sub(rf"(_u7\(.*?)\b{which}\b", rf"\1{given}", files["f.c"])
    files["f.c"] = call.replace("        int32_t acc", f"{copy}        int32_t acc")
    assert qemu_instructions(HELIUM.name, tmp_path, files, "call", "after") > 0


@cache
def convolution(name: str) -> Graph:
    """3x3, 16 channels to 16, on a map of 6x6, requantized; then the same to int32."""
    g = MapGraph((6, 6, 16), "int8")
    for _ in range(2):
        g.conv(16, fmt=name, padding=(1, 1, 1, 1))
    return Graph("conv", g.input, tuple(g.nodes[:-1]))


def counted_convolution(core_name: str, name: str) -> dict[str, str]:
    graph = convolution(name)
    made = generate(graph, core(core_name), "net", map_inputs(graph)[:1])
    text = f"""
    #include "net.c"
    void f(void);
    void f(void)
    {{
        static int8_t input[576];
        static int32_t output[576];
        static uint32_t scratch[{made.plan.scratch_bytes // 4 + 1}];
        net_run(input, output, scratch);
    }}
    """
    return {**made.sources, "f.c": text}


COUNTED = [(name, shape) for name in DENSE for shape in ((256, 64), (1024, 256))] + [
    (name, None) for name in ("int8", "sym4")
]


@pytest.mark.parametrize(("name", "shape"), COUNTED)
def test_the_instructions_in_the_design_are_those_of_qemu(
    tmp_path: Path, name: str, shape: tuple[int, int] | None
) -> None:
    per_product = []
    for core_name in ("cortex-m55-helium", "cortex-m55"):
        files = counted_convolution(core_name, name) if shape is None else counted_kernel(core_name, name, *shape)
        folder = tmp_path / core_name
        folder.mkdir()
        products = 2 * 36 * 9 * 16 * 16 if shape is None else shape[0] * shape[1]
        per_product.append(qemu_instructions(core_name, folder, files, "call", "after") / products)
    what = "twice 3x3, 16 to 16 channels, 6x6" if shape is None else f"{shape[0]} to {shape[1]}"
    (row,) = re.findall(rf"^\| {name} \| {what} \| (\S+) \| (\S+) \|$", DESIGN.read_text(), re.MULTILINE)
    assert per_product == pytest.approx([float(stored) for stored in row], rel=0.02, abs=0.005)
