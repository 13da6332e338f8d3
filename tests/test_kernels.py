"""Dense kernels of every family against numpy: on this computer in plain C, on emulated cores as they ship."""

import json
import subprocess
from collections.abc import Iterator
from dataclasses import replace
from itertools import product
from pathlib import Path

import cffi
import numpy as np
import pytest
from numpy.typing import NDArray

from mcuexport.bench import bench_kernels, dense_kernel
from mcuexport.emulate.counting import DenseKernel
from mcuexport.kernels import find, with_includes
from mcuexport.pack import FORMATS, WeightFormat
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


@pytest.fixture(scope="session", params=[(family, name) for family in PORTABLE for name in FORMATS])
def portable(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> tuple[str, WeightFormat, object]:
    """(family, format, its plain C as a library with sanitizers that trap)."""
    family, name = request.param
    folder = tmp_path_factory.mktemp(f"{family}_{name}")
    kernels = with_includes([f"mcx_dense_{name}"], (family, "generic"))
    for kernel in kernels.values():
        (folder / kernel.file).write_text(kernel.text)
    ffi = cffi.FFI()
    wrappers, arguments = [f'#include "mcx_dense_{name}.h"\n'], "weights, bias, x, inputs, acc, outputs"
    for variant in RANGES:
        head = (
            f"void call_{variant}(const uint32_t *weights, const int32_t *bias, "
            f"const {'uint8_t' if variant == 'u8' else 'int8_t'} *x, uint32_t inputs, int32_t *acc, uint32_t outputs)"
        )
        ffi.cdef(f"{head};")
        wrappers.append(f"{head};\n{head}\n{{\n    mcx_dense_{name}_{variant}({arguments});\n}}\n")
    (folder / "kernel.c").write_text("".join(wrappers))
    subprocess.run(["gcc", "-std=c99", *STRICT, "-O2", "-c", "kernel.c"], cwd=folder, check=True)
    trap = ["-fsanitize=undefined", "-fsanitize-undefined-trap-on-error"]
    command = ["gcc", "-std=c99", "-O1", *trap, "-fPIC", "-shared", "kernel.c", "-o", "kernel.so"]
    subprocess.run(command, cwd=folder, check=True)
    return family, FORMATS[name], (ffi, ffi.dlopen(str(folder / "kernel.so")))


def test_plain_c_of_every_family_is_exact(portable: tuple[str, WeightFormat, tuple[cffi.FFI, object]]) -> None:
    family, fmt, (ffi, library) = portable
    layout = find(f"mcx_dense_{fmt.name}", (family, "generic")).layout
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


@pytest.fixture(scope="session")
def kernels() -> dict[tuple[str, str, str], DenseKernel]:
    """Compiled once, by core, format and optimization."""
    return {}


@pytest.mark.parametrize("core_name", CORES)
@pytest.mark.parametrize("fmt", FORMATS.values(), ids=lambda fmt: fmt.name)
@pytest.mark.parametrize("optimize", ["-O2", "-Os", "-O0"])
def test_every_core_is_exact(core_name: str, fmt: WeightFormat, optimize: str) -> None:
    kernel = dense_kernel(fmt, core(core_name), optimize)
    layout = find(f"mcx_dense_{fmt.name}", kernel.core.families).layout
    for variant, (inputs, outputs), weights, kind in cases():
        if optimize != "-O2" and (weights != "random" or kind == "sparse"):
            continue
        codes, bias = codes_of(fmt, outputs, inputs, weights), bias_of(outputs, kind)
        x = inputs_of(variant, inputs, kind)
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


@pytest.mark.parametrize("core_name", ["cortex-m0plus", "rv32emc", "rv32ec"])
@pytest.mark.parametrize("fmt", FORMATS.values(), ids=lambda fmt: fmt.name)
def test_no_access_is_misaligned_where_cores_fault(core_name: str, fmt: WeightFormat) -> None:
    kernel = replace(dense_kernel(fmt, core(core_name)), alignment=True)
    layout = find(f"mcx_dense_{fmt.name}", kernel.core.families).layout
    for offset, variant in product(range(4), RANGES):
        codes = codes_of(fmt, 11, 39, "random")
        _, profile = kernel.call(variant, layout.pack(codes, fmt), inputs_of(variant, 39, "random"), 11, offset=offset)
        assert profile.misaligned == ()


@pytest.mark.parametrize("fmt", FORMATS.values(), ids=lambda fmt: fmt.name)
def test_clang_takes_the_instructions_of_the_arm_families(tmp_path: Path, fmt: WeightFormat) -> None:
    for name in ("cortex-m0plus", "cortex-m4"):
        kernel = dense_kernel(fmt, core(name))
        for file, text in kernel.headers.items():
            (tmp_path / file).write_text(text)
        used = f"const void *const used[] = {{{', '.join(f'(void *)mcx_dense_{fmt.name}_{v}' for v in RANGES)}}};"
        (tmp_path / "kernel.c").write_text(f'#include "mcx_dense_{fmt.name}.h"\n{used}\n')
        target = ["--target=arm-none-eabi", f"-mcpu={name}", "-mthumb", "-mfloat-abi=soft"]
        for level in ("-O2", "-Os", "-O0"):
            command = ["clang", *target, "-std=c99", "-ffreestanding", level, "-c", "kernel.c"]
            subprocess.run(command, cwd=tmp_path, check=True)


def test_instruction_counts_have_not_grown() -> None:
    stored = json.loads(GOLDEN.read_text())
    now = {row.name: row.instructions for row in bench_kernels(shapes=((256, 64), (64, 10)), variants=("u7", "s8"))}
    assert set(now) == set(stored), "run python -m tests.golden_counts to store new kernels"
    grown = [f"{name}: {stored[name]} -> {count}" for name, count in now.items() if count > 1.02 * stored[name]]
    assert grown == []
