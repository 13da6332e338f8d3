"""Dense kernels of every family against numpy: on this computer in plain C, on emulated cores as they ship."""

import json
import subprocess
from collections.abc import Iterable, Iterator
from dataclasses import replace
from itertools import product
from pathlib import Path

import cffi
import numpy as np
import pytest
from numpy.typing import NDArray

from mcuexport.bench import bench_kernels, dense_kernel, kinds
from mcuexport.kernels import OWN_KINDS, Kernel, candidates, find, with_includes
from mcuexport.pack import FORMATS, Layout, WeightFormat
from mcuexport.targets import core

Ints = NDArray[np.integer]

GOLDEN = Path(__file__).parent / "golden" / "instruction_counts.json"
PORTABLE = ("dsp", "mul", "lut")
CORES = ("cortex-m0plus", "cortex-m3", "cortex-m4", "rv32emc", "rv32ec")
RANGES = {"u7": (0, 127), "u8": (0, 255), "s8": (-128, 127)}
SHAPES = ((1, 1), (3, 2), (8, 8), (9, 10), (17, 5), (33, 13), (64, 10), (255, 3), (300, 9), (530, 2))
WEIGHTS = ("random", "highest", "lowest", "alternating")
INPUTS = ("random", "highest", "lowest", "sparse")
STRICT = "-Wall -Wextra -Wpedantic -Wconversion -Wsign-conversion -Wshadow -Wstrict-prototypes -Werror".split()


def of_cores(cores: Iterable[str]) -> list[tuple[str, str, str]]:
    """(core, format, kind) of every dense kernel."""
    return [(c, fmt.name, kind) for c in cores for fmt in FORMATS.values() for kind in kinds(fmt, core(c))]


def levels_of(kind: str) -> tuple[str, ...]:
    """At which levels of optimization a kind is tried; variations share most of their C with the usual kernels."""
    return ("-O2", "-Os", "-O0") if kind == "usual" else ("-O2", "-O0")


def codes_of(fmt: WeightFormat, outputs: int, inputs: int, kind: str) -> NDArray[np.uint8]:
    order = np.argsort(fmt.levels)
    codes = np.random.default_rng(outputs * inputs).integers(0, len(order), (outputs, inputs)).astype(np.uint8)
    if kind != "random":
        codes[:] = order[0] if kind == "lowest" else order[-1]
    if kind == "alternating":
        codes[1::2] = order[0]
    return codes


def inputs_of(variant: str, count: int, kind: str) -> NDArray[np.uint8] | NDArray[np.int8]:
    lowest, highest = RANGES[variant]
    random = np.random.default_rng(count)
    x = random.integers(lowest, highest + 1, count)
    if kind == "sparse":
        x[random.random(count) < 0.6] = 0
    if kind in ("highest", "lowest"):
        x[:] = highest if kind == "highest" else lowest
    return x.astype(np.uint8) if variant == "u8" else x.astype(np.int8)


def cases() -> Iterator[tuple[str, tuple[int, int], str, str]]:
    """Variant, (inputs, outputs), kinds of weights and inputs."""
    yield from product(RANGES, SHAPES, WEIGHTS, INPUTS)


def bias_of(outputs: int, kind: str) -> NDArray[np.int32] | None:
    return np.arange(-7, outputs - 7, dtype=np.int32) * 1001 if kind == "random" else None


def expected(fmt: WeightFormat, codes: NDArray[np.uint8], x: Ints, bias: NDArray[np.int32] | None) -> Ints:
    products: Ints = fmt.decode(codes).astype(np.int64) @ x.astype(np.int64)
    return products if bias is None else products + bias


PLAIN_C = [
    (family, name, kind)
    for family in PORTABLE
    for name in FORMATS
    for kind in candidates(f"mcx_dense_{name}", (family, "generic"))
    if kind in OWN_KINDS
]


@pytest.fixture(scope="session", params=PLAIN_C, ids="_".join)
def portable(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Kernel, WeightFormat, object]:
    """(kernel, format, its plain C as a library with sanitizers that trap)."""
    family, name, kind = request.param
    folder = tmp_path_factory.mktemp(f"{family}_{name}")
    kernel = candidates(f"mcx_dense_{name}", (family, "generic"))[kind]
    kernels = with_includes([kernel.name], (family, "generic"))
    for header in kernels.values():
        (folder / header.file).write_text(header.text)
    ffi = cffi.FFI()
    wrappers, arguments = [f'#include "{kernel.file}"\n'], "weights, bias, x, inputs, acc, outputs"
    for variant in RANGES:
        head = (
            f"void call_{variant}(const uint32_t *weights, const int32_t *bias, "
            f"const {'uint8_t' if variant == 'u8' else 'int8_t'} *x, uint32_t inputs, int32_t *acc, uint32_t outputs)"
        )
        ffi.cdef(f"{head};")
        wrappers.append(f"{head};\n{head}\n{{\n    {kernel.name}_{variant}({arguments});\n}}\n")
    (folder / "kernel.c").write_text("".join(wrappers))
    subprocess.run(["gcc", "-std=c99", *STRICT, "-O2", "-c", "kernel.c"], cwd=folder, check=True)
    trap = ["-fsanitize=undefined", "-fsanitize-undefined-trap-on-error"]
    command = ["gcc", "-std=c99", "-O1", *trap, "-fPIC", "-shared", "kernel.c", "-o", "kernel.so"]
    subprocess.run(command, cwd=folder, check=True)
    return kernel, FORMATS[name], (ffi, ffi.dlopen(str(folder / "kernel.so")))


def test_plain_c_of_every_family_is_exact(portable: tuple[Kernel, WeightFormat, tuple[cffi.FFI, object]]) -> None:
    kernel, fmt, (ffi, library) = portable
    layout = kernel.layout
    for variant, (inputs, outputs), weights, kind in cases():
        codes, bias = codes_of(fmt, outputs, inputs, weights), bias_of(outputs, kind)
        x = inputs_of(variant, inputs, kind)
        words, acc = layout.pack(codes, fmt), np.full(outputs + 2, 12345, np.int32)
        c_type = "uint8_t *" if variant == "u8" else "int8_t *"
        getattr(library, f"call_{variant}")(
            ffi.from_buffer("uint32_t *", words),
            ffi.NULL if bias is None else ffi.from_buffer("int32_t *", bias),
            ffi.from_buffer(c_type, x),
            inputs,
            ffi.cast("int32_t *", ffi.from_buffer(acc)) + 1,
            outputs,
        )
        np.testing.assert_array_equal(acc[1:-1], expected(fmt, codes, x, bias))
        assert acc[0] == acc[-1] == 12345


def layout_of(fmt: WeightFormat, core_name: str, kind: str) -> Layout:
    return candidates(f"mcx_dense_{fmt.name}", core(core_name).families)[kind].layout


@pytest.mark.parametrize(
    ("core_name", "name", "kind", "optimize"),
    [(*which, level) for which in of_cores(CORES) for level in levels_of(which[2])],
)
def test_every_core_is_exact(core_name: str, name: str, kind: str, optimize: str) -> None:
    fmt = FORMATS[name]
    kernel = dense_kernel(fmt, core(core_name), optimize, kind)
    layout = layout_of(fmt, core_name, kind)
    for variant, (inputs, outputs), weights, values in cases():
        if optimize != "-O2" and (weights != "random" or values == "sparse"):
            continue
        if kind != "usual" and weights in ("lowest", "alternating"):
            continue
        codes, bias = codes_of(fmt, outputs, inputs, weights), bias_of(outputs, values)
        x = inputs_of(variant, inputs, values)
        acc, _ = kernel.call(variant, layout.pack(codes, fmt), x, outputs, bias=bias, offset=inputs % 4)
        np.testing.assert_array_equal(acc, expected(fmt, codes, x, bias))


@pytest.mark.parametrize("name", ["binary", "sym2", "sym4", "int8"])
@pytest.mark.parametrize("optimize", ["-O2", "-Os", "-O0"])
def test_the_look_up_of_the_slow_multiplier_is_exact(name: str, optimize: str) -> None:
    """One format for each number of planes; the other formats are the plain C that is tested above."""
    kernel = dense_kernel(FORMATS[name], core("cortex-m0plus-mul32"), optimize)
    layout = find(f"mcx_dense_{name}", kernel.core.families).layout
    for variant, (inputs, outputs), kind in product(
        RANGES, ((1, 1), (33, 13), (64, 10)), ("random", "highest", "lowest")
    ):
        codes, x = codes_of(FORMATS[name], outputs, inputs, kind), inputs_of(variant, inputs, kind)
        acc, _ = kernel.call(variant, layout.pack(codes, FORMATS[name]), x, outputs, offset=inputs % 4)
        np.testing.assert_array_equal(acc, expected(FORMATS[name], codes, x, None))


@pytest.mark.parametrize(("core_name", "name", "kind"), of_cores(("cortex-m0plus", "rv32emc", "rv32ec")))
def test_no_access_is_misaligned_where_cores_fault(core_name: str, name: str, kind: str) -> None:
    fmt = FORMATS[name]
    kernel = replace(dense_kernel(fmt, core(core_name), kind=kind), alignment=True)
    layout = layout_of(fmt, core_name, kind)
    for offset, variant in product(range(4), RANGES):
        codes = codes_of(fmt, 11, 39, "random")
        _, profile = kernel.call(variant, layout.pack(codes, fmt), inputs_of(variant, 39, "random"), 11, offset=offset)
        assert profile.misaligned == ()


@pytest.mark.parametrize(("core_name", "name", "kind"), of_cores(("cortex-m0plus", "cortex-m4")))
def test_clang_takes_the_instructions_of_the_arm_families(tmp_path: Path, core_name: str, name: str, kind: str) -> None:
    kernel = dense_kernel(FORMATS[name], core(core_name), kind=kind)
    for file, text in kernel.headers.items():
        (tmp_path / file).write_text(text)
    used = f"const void *const used[] = {{{', '.join(f'(void *)mcx_{kernel.kernel}_{v}' for v in RANGES)}}};"
    (tmp_path / "kernel.c").write_text(f'#include "mcx_{kernel.kernel}.h"\n{used}\n')
    target = ["--target=arm-none-eabi", f"-mcpu={core_name}", "-mthumb", "-mfloat-abi=soft"]
    for level in ("-O2", "-Os", "-O0"):
        command = ["clang", *target, "-std=c99", "-ffreestanding", level, "-c", "kernel.c"]
        subprocess.run(command, cwd=tmp_path, check=True)


def test_multiplication_without_a_multiplier_is_exact(tmp_path: Path) -> None:
    (tmp_path / "mcx_multiply.h").write_text(find("mcx_multiply", ("rv32",)).text)
    ffi = cffi.FFI()
    ffi.cdef("int32_t call(int32_t x, int16_t m);")
    body = '#include "mcx_multiply.h"\nint32_t call(int32_t, int16_t);\n'
    (tmp_path / "call.c").write_text(
        f"{body}int32_t call(int32_t x, int16_t m)\n{{\n    return mcx_multiply(x, m);\n}}\n"
    )
    command = ["gcc", "-std=c99", *STRICT, "-O1", "-fsanitize=undefined", "-fsanitize-undefined-trap-on-error"]
    subprocess.run([*command, "-fPIC", "-shared", "call.c", "-o", "call.so"], cwd=tmp_path, check=True)
    library = ffi.dlopen(str(tmp_path / "call.so"))
    random = np.random.default_rng(5)
    for m in (0, 1, -1, 32767, -32767, *random.integers(-32767, 32768, 200).tolist()):
        limit = (2**31 - 1) // max(abs(m), 1)
        for x in (0, limit, -limit, *random.integers(-limit, limit, 20).tolist()):
            assert library.call(x, m) == x * m


def test_instruction_counts_have_not_grown() -> None:
    stored = json.loads(GOLDEN.read_text())
    now = {row.name: row.instructions for row in bench_kernels(shapes=((256, 64), (64, 10)), variants=("u7", "s8"))}
    assert set(now) == set(stored), "run python -m tests.golden_counts to store new kernels"
    grown = [f"{name}: {stored[name]} -> {count}" for name, count in now.items() if count > 1.02 * stored[name]]
    assert grown == []
