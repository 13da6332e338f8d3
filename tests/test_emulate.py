"""Builds and runs: a small model of our own, on the host and on every emulated core, equal to numpy.

The model multiplies seven inputs by weights through its scratch; its outputs are the sum of the products
and minus the sum of the inputs.  Tests replace its body by faulty ones.
"""

import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.testing import assert_array_equal
from numpy.typing import NDArray

from mcuexport.emulate import Built, build, load_host, run
from mcuexport.emulate.cache import cached_folder
from mcuexport.emulate.emulators import FIRMWARE, RUNNER_STACK
from mcuexport.errors import TargetError, ToolMissing
from mcuexport.targets import CORES, core

Sources = dict[str, str]
MACHINES = [name for name, member in CORES.items() if member.emulator is not None and member.emulator.machine]
STRICT = ["-Wall", "-Wextra", "-Wpedantic", "-Wconversion", "-Wsign-conversion", "-Wshadow", "-Wstrict-prototypes"]
STRICT += ["-Werror"]
WEIGHTS = np.array([1, -2, 3, -4, 5, -6, 7])

HEADER = """
#ifndef TOY_H
#define TOY_H
#include <stdint.h>
#define TOY_INPUT_T {input_t}
#define TOY_INPUT_SIZE 7u
#define TOY_OUTPUT_SIZE 2u
#define TOY_SCRATCH_BYTES 28u
void toy_run(const TOY_INPUT_T *input, int32_t *output, void *scratch);
int32_t toy_predict(const TOY_INPUT_T *input, void *scratch);
int32_t toy_selftest(void *scratch);
#endif
"""

SUM = """
    int32_t *const products = scratch;
    output[0] = output[1] = 0;
    for (uint32_t i = 0u; i < TOY_INPUT_SIZE; i++) {
        products[i] = toy_weights[i] * input[i];
        output[1] -= input[i];
    }
    for (uint32_t i = 0u; i < TOY_INPUT_SIZE; i++) {
        output[0] += products[i];
    }
"""

SOURCE = """
#include "toy.h"

static const int16_t toy_weights[7] = {{1, -2, 3, -4, 5, -6, 7}};
{declarations}
void toy_run(const TOY_INPUT_T *input, int32_t *output, void *scratch)
{{
    {body}
}}

int32_t toy_predict(const TOY_INPUT_T *input, void *scratch)
{{
    int32_t output[TOY_OUTPUT_SIZE];
    toy_run(input, output, scratch);
    return output[1] > output[0] ? 1 : 0;
}}

int32_t toy_selftest(void *scratch)
{{
    (void)scratch;
    return {verdict};
}}
"""


def toy(body: str = SUM, *, input_t: str = "uint8_t", declarations: str = "", verdict: int = 0) -> Sources:
    source = SOURCE.format(declarations=declarations, body=body, verdict=verdict)
    return {"toy.h": HEADER.format(input_t=input_t), "toy.c": source}


def samples(count: int, dtype: type[np.integer[Any]] = np.uint8) -> Any:
    limits = np.iinfo(dtype)
    inputs = np.random.default_rng(7).integers(limits.min, limits.max + 1, (count, 7)).astype(dtype)
    inputs[:2] = [[limits.min], [limits.max]]
    return inputs


def expected(inputs: NDArray[Any]) -> NDArray[Any]:
    wide = inputs.astype(np.int32)
    return np.stack([wide @ WEIGHTS, -wide.sum(axis=1)], axis=1)


def failure(built: Built, **limits: float) -> str:
    with pytest.raises(TargetError) as caught:
        run(built, samples(3), **limits)
    return str(caught.value)


@pytest.fixture(autouse=True, scope="module")
def empty_cache(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_CACHE_HOME", str(tmp_path_factory.mktemp("cache")))
        yield


@pytest.mark.parametrize("name", CORES)
@pytest.mark.parametrize("dtype", [np.uint8, np.int8])
def test_every_core_computes_what_numpy_computes(name: str, dtype: type[np.integer[Any]]) -> None:
    inputs = samples(200, dtype)
    result = run(build(toy(input_t=f"{np.dtype(dtype)}_t"), "toy", core(name)), inputs)
    assert result.outputs.dtype == np.int32
    assert_array_equal(result.outputs, expected(inputs))


@pytest.mark.parametrize("compiler", ["gcc", "clang"])
@pytest.mark.parametrize("optimize", ["-O0", "-O3"])
@pytest.mark.parametrize("sanitize", [False, True])
def test_the_host_computes_what_numpy_computes(compiler: str, optimize: str, sanitize: bool) -> None:
    inputs = samples(20)
    built = build(toy(), "toy", core("host"), compiler=compiler, optimize=optimize, sanitize=sanitize)
    result = run(built, inputs)
    assert_array_equal(result.outputs, expected(inputs))
    assert result.stack_bytes is None


def test_a_shared_library_computes_what_numpy_computes() -> None:
    inputs = samples(10_000)
    model = load_host(toy(), "toy")
    assert_array_equal(model.run(inputs), expected(inputs))
    assert_array_equal(model.run(inputs[::-3]), expected(inputs[::-3]))
    assert_array_equal(model.predict(inputs), expected(inputs).argmax(axis=1))
    assert model.selftest() == 0


def test_no_samples_give_no_outputs() -> None:
    assert run(build(toy(), "toy", core("cortex-m0")), samples(3)[:0]).outputs.shape == (0, 2)
    assert load_host(toy(), "toy").run(samples(3)[:0]).shape == (0, 2)


@pytest.mark.parametrize("inputs", [samples(3, np.int8), samples(3)[:, :6], samples(3)[0]])
def test_inputs_of_another_shape_or_type_are_refused(inputs: NDArray[Any]) -> None:
    sentence = f"toy: takes (N, 7) of uint8, got {inputs.shape} of {inputs.dtype}"
    with pytest.raises(TargetError, match=re.escape(sentence)):
        run(build(toy(), "toy", core("host")), inputs)
    with pytest.raises(TargetError, match=re.escape(sentence)):
        load_host(toy(), "toy").run(inputs)


@pytest.mark.parametrize("name", ["model", "board", "host", "runner"])
def test_a_model_may_have_the_name_of_a_file_of_ours(name: str) -> None:
    sources = {file.replace("toy", name): re.sub("toy", name, text) for file, text in toy().items()}
    sources = {file: text.replace("TOY", name.upper()) for file, text in sources.items()}
    assert_array_equal(run(build(sources, name, core("cortex-m0")), samples(3)).outputs, expected(samples(3)))
    assert_array_equal(run(build(sources, name, core("host")), samples(3)).outputs, expected(samples(3)))
    assert_array_equal(load_host(sources, name).run(samples(3)), expected(samples(3)))


def test_the_makefile_builds_the_same_program(tmp_path: Path) -> None:
    for file, text in toy().items():
        (tmp_path / file).write_text(text)
    samples(20).tofile(tmp_path / "input.bin")
    for name in ["host", "cortex-m33", "avr", "powerpc"]:
        command = ["make", "-s", "-C", str(FIRMWARE), f"CORE={name}", f"MODEL={tmp_path}", "NAME=toy", "size", "run"]
        answer = subprocess.run(command, capture_output=True, text=True, check=True)
        outputs = np.fromfile(tmp_path / "output.bin", ">i4" if name == "powerpc" else "<i4").reshape(20, 2)
        assert_array_equal(outputs, expected(samples(20)))
        assert "toy.o" in answer.stdout


@pytest.mark.parametrize(("name", "compiler"), [("cortex-m0", None), ("host", "gcc"), ("host", "clang")])
@pytest.mark.parametrize("sanitize", [False, True])
def test_our_own_c_is_free_of_warnings(name: str, compiler: str | None, sanitize: bool) -> None:
    if name == "host" or not sanitize:
        build(toy(), "toy", core(name), compiler=compiler, extra_flags=STRICT, sanitize=sanitize)


# Faults and overruns


@pytest.mark.parametrize("name", CORES)
def test_a_write_behind_the_scratch_is_an_error(name: str) -> None:
    built = build(toy("((int32_t *)scratch)[7] = input[0]; output[0] = 0;"), "toy", core(name))
    assert failure(built) == f"toy on {name}: stopped with status 65: the model wrote behind its scratch"


@pytest.mark.parametrize("name", CORES)
def test_a_write_behind_the_output_is_an_error(name: str) -> None:
    built = build(toy("output[2] = input[0]; (void)scratch;"), "toy", core(name))
    assert failure(built) == f"toy on {name}: stopped with status 66: the model wrote behind its output"


@pytest.mark.parametrize("name", MACHINES)
def test_a_stack_that_overflows_is_an_error(name: str) -> None:
    body = """
    volatile uint8_t big[20000];
    for (uint32_t i = 0u; i < sizeof big; i++) {
        big[i] = input[0];
    }
    output[0] = big[0];
    (void)scratch;
    """
    overflow = "status 67: the stack overflowed"
    off_the_memory = "signal 6: qemu: fatal: Lockup: .*"  # where the RAM ends there: the fault cannot be stacked
    message = failure(build(toy(body), "toy", core(name)))
    assert re.fullmatch(f"toy on {name}: stopped with ({overflow}|{off_the_memory})", message)


@pytest.mark.parametrize("name", MACHINES)
def test_a_fault_ends_the_emulator_and_says_where(name: str) -> None:
    built = build(toy("__builtin_trap();"), "toy", core(name))
    assert re.fullmatch(
        rf"toy on {name}: stopped with status 68: (HardFault|trap) at 0x[0-9a-f]{{8}} \(.*=.*\)", failure(built)
    )


def test_an_unaligned_load_is_a_fault_on_a_cortex_m0() -> None:
    body = "output[0] = *(const volatile int32_t *)((const char *)scratch + 1); (void)input;"
    message = failure(build(toy(body), "toy", core("cortex-m0")))
    assert message.startswith("toy on cortex-m0: stopped with status 68: HardFault at 0x")


def test_inputs_are_not_aligned_so_that_no_kernel_counts_on_it() -> None:
    body = "output[0] = *(const volatile int32_t *)(const void *)input; (void)scratch;"
    assert "HardFault" in failure(build(toy(body), "toy", core("cortex-m0")))


@pytest.mark.parametrize("compiler", ["gcc", "clang"])
@pytest.mark.parametrize(
    ("body", "words"),
    [
        ("output[0] = toy_weights[input[1]]; (void)scratch;", "out of bounds|global-buffer-overflow"),
        ("output[0] = *(input + 7 + (input[0] & 0)); (void)scratch;", "global-buffer-overflow"),
        ("output[0] = ((int32_t *)scratch)[7]; (void)input;", "global-buffer-overflow"),
        ("output[0] = 0x7fffffff; output[0] += input[0] | 1; (void)scratch;", "signed integer overflow"),
    ],
    ids=["weights", "input", "scratch", "overflow"],
)
def test_sanitizers_report_a_planted_mistake(compiler: str, body: str, words: str) -> None:
    built = build(toy(body), "toy", core("host"), compiler=compiler, sanitize=True)
    assert re.search(words, failure(built))


def test_sanitizers_are_for_the_host_only() -> None:
    with pytest.raises(TargetError, match=r"^cortex-m0: sanitizers run on the host only; use core host$"):
        build(toy(), "toy", core("cortex-m0"), sanitize=True)


@pytest.mark.parametrize("name", ["host", "cortex-m0", "cortex-m33", "avr", "powerpc"])
def test_a_model_that_never_ends_meets_the_time_limit(name: str) -> None:
    built = build(toy("for (;;) { *(volatile int32_t *)scratch = input[0]; }"), "toy", core(name))
    assert failure(built, time_limit_s=1) == f"toy on {name}: still running after the limit of 1 s"


@pytest.mark.parametrize("name", ["host", "cortex-m4"])
def test_a_failed_selftest_ends_with_its_own_code(name: str) -> None:
    message = failure(build(toy(verdict=-3), "toy", core(name)))
    assert message == f"toy on {name}: stopped with status 253: the model's self-test failed"


def test_a_crash_on_the_host_names_its_signal() -> None:
    built = build(toy("__builtin_trap();"), "toy", core("host"))
    assert re.fullmatch("toy on host: stopped with signal [0-9]+: it said nothing", failure(built))


# Figures


@pytest.mark.parametrize("name", MACHINES)
def test_the_stack_of_the_deepest_run_is_measured(name: str) -> None:
    body = """
    volatile uint8_t buffer[600];
    buffer[input[0] == 255u ? 0 : 500] = 1u;
    output[0] = 0;
    (void)scratch;
    """
    deep = run(build(toy(body), "toy", core(name)), samples(3)).stack_bytes
    assert deep is not None
    assert 600 <= deep <= 640


@pytest.mark.parametrize("name", CORES)
def test_sizes_are_those_of_the_model_alone(name: str) -> None:
    tables = "extern const int32_t toy_table[25];\nconst int32_t toy_table[25] = {1, 2};\n"
    sizes = build(toy(declarations=tables), "toy", core(name)).sizes
    assert sizes.symbols["toy_table"] == 100
    assert sizes.symbols["toy_weights"] == 14
    assert sizes.const_bytes == 114
    assert sizes.ram_bytes == 0
    functions = sum(bytes_ for symbol, bytes_ in sizes.symbols.items() if symbol.startswith("toy_"))
    assert functions - 114 == sizes.code_bytes or name == "host"
    assert 0 < sizes.code_bytes < 400
    in_ram = "__do_copy_data"  # what avr-gcc does with constants of plain C
    assert sizes.calls == {"rv32ec": ("__mulsi3",), "avr": (in_ram,)}.get(name, ())


def test_written_variables_count_as_ram() -> None:
    globals_ = "extern int32_t toy_state[3], toy_zero[5];\nint32_t toy_state[3] = {1}, toy_zero[5];\n"
    assert build(toy(declarations=globals_), "toy", core("cortex-m0")).sizes.ram_bytes == 32


def test_functions_that_the_compiler_calls_are_there_and_named() -> None:
    body = """
    unsigned char *const bytes = scratch;
    memset(bytes, 9, 4u + (input[0] & 1u));
    memcpy(bytes + 8, toy_weights, 14u);
    memmove(bytes + 10, bytes + 8, 12u);
    memmove(bytes, bytes + 2, 6u);
    output[0] = memcmp(bytes + 10, toy_weights, 12u) == 0 ? bytes[1] : -1;
    output[1] = memcmp(bytes + 8, toy_weights, 14u) != 0 ? input[1] / (1 + input[2]) : -1;
    """
    declarations = """
    #include <stddef.h>
    void *memcpy(void *to, const void *from, size_t bytes);
    void *memmove(void *to, const void *from, size_t bytes);
    void *memset(void *to, int value, size_t bytes);
    int memcmp(const void *left, const void *right, size_t bytes);
    """
    built = build(toy(body, declarations=declarations), "toy", core("cortex-m0"))
    inputs = samples(20)
    outputs = run(built, inputs).outputs
    assert_array_equal(outputs[:, 0], np.full(20, 9))
    assert_array_equal(outputs[:, 1], inputs[:, 1] // (1 + inputs[:, 2].astype(np.int32)))
    assert {"memcpy", "memmove", "memset", "memcmp", "__aeabi_idiv"} <= set(built.sizes.calls)


# Tools and cache


def test_a_compile_error_is_told_in_the_compilers_words() -> None:
    with pytest.raises(TargetError) as caught:
        build(toy("output[0] = nonsense;"), "toy", core("cortex-m4"))
    first, second = str(caught.value).splitlines()[:2]
    assert first == "toy for cortex-m4: arm-none-eabi-gcc failed"
    assert re.search(r"^  toy\.c:\d+:\d+: error: .nonsense. undeclared", second)


@pytest.mark.parametrize("name", ["cortex-m0", "rv32ec", "avr"])
def test_scratch_larger_than_the_ram_is_told_with_both_numbers(name: str) -> None:
    emulator = core(name).emulator
    assert emulator is not None
    assert emulator.data is not None
    scratch = emulator.data.size_bytes + 1000
    sources = toy()
    sources["toy.h"] = sources["toy.h"].replace("SCRATCH_BYTES 28u", f"SCRATCH_BYTES {scratch}u")
    sentence = (
        rf"toy: takes ([0-9,]+) B of RAM with the program around it, {name} \({emulator.machine}\) has "
        f"{emulator.data.size_bytes:,} B; scratch {scratch:,} B, input 7 B, output 8 B: use smaller maps"
    )
    with pytest.raises(TargetError, match=f"^{sentence}$") as caught:
        build(sources, "toy", core(name))
    taken = re.match(sentence, str(caught.value))
    assert taken is not None
    program = int(taken[1].replace(",", "")) - scratch  # with the stack that the linker keeps free, except on AVR
    assert 0 < program < RUNNER_STACK + 1000


@pytest.mark.parametrize("name", ["cortex-m0", "avr"])
def test_constants_larger_than_the_flash_are_told_with_the_largest(name: str) -> None:
    count, space = {"cortex-m0": (80_000, ""), "avr": (7_900, "__flash")}[name]
    tables = f"extern const {space} int32_t toy_table[{count}];\nconst {space} int32_t toy_table[{count}] = {{1, 2}};\n"
    body = SUM + "output[0] += toy_table[input[0]];"
    more = "" if name == "cortex-m0" else tables.replace("toy_table", "toy_other").replace(str(count), "999")
    body += "" if name == "cortex-m0" else "output[0] += toy_other[input[0]];"
    with pytest.raises(TargetError, match="of flash") as caught:
        build(toy(body, declarations=tables + more), "toy", core(name))
    assert f"the largest part is toy_table, {4 * count:,} B: use fewer bits or a smaller layer" in str(caught.value)


def test_an_array_that_an_avr_cannot_address_is_named() -> None:
    tables = "extern const __flash int32_t toy_table[8200];\nconst __flash int32_t toy_table[8200] = {1, 2};\n"
    with pytest.raises(TargetError) as caught:
        build(toy(declarations=tables), "toy", core("avr"))
    assert str(caught.value) == (
        "toy: toy_table takes more than avr (atmega328p) can address: use fewer bits or a smaller layer"
    )


def test_a_missing_program_is_named_with_its_package(monkeypatch: pytest.MonkeyPatch) -> None:
    built, on_avr = build(toy(), "toy", core("cortex-m0")), build(toy(), "toy", core("avr"))
    monkeypatch.setenv("PATH", "")
    with pytest.raises(ToolMissing) as caught:
        build(toy(), "toy", core("cortex-m0"))
    assert str(caught.value) == (
        "arm-none-eabi-gcc is not installed; on Debian or Ubuntu: sudo apt-get install gcc-arm-none-eabi"
    )
    with pytest.raises(ToolMissing, match=r"^clang is not installed; .* sudo apt-get install clang$"):
        build(toy(), "toy", core("host"), compiler="clang")
    with pytest.raises(ToolMissing, match=r"sudo apt-get install qemu-system-arm$"):
        run(built, samples(3))
    with pytest.raises(ToolMissing, match=r"sudo apt-get install gcc$"):
        load_host(toy(), "toy")
    with pytest.raises(ToolMissing, match=r"avr-gcc is not installed; .* sudo apt-get install gcc-avr avr-libc$"):
        build(toy(), "toy", core("avr"))
    with pytest.raises(ToolMissing, match=r"^simavr is not installed; .* sudo apt-get install simavr libsimavr-dev"):
        run(on_avr, samples(3))


def test_the_same_sources_and_flags_are_built_once() -> None:
    host = core("host")
    first = build(toy(), "toy", host)
    assert build(toy(), "toy", host).path == first.path
    assert build(toy(), "toy", host, optimize="-O1").path != first.path
    assert build(toy(verdict=1), "toy", host).path != first.path


def test_a_failed_build_leaves_nothing_in_the_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    with pytest.raises(TargetError):
        build(toy("nonsense"), "toy", core("host"))
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []


def test_the_cache_drops_its_oldest_builds(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.setattr("mcuexport.emulate.cache.KEPT_BUILDS", 2)
    folders = [cached_folder(number, lambda folder: None) for number in range(4)]
    assert [folder.is_dir() for folder in folders] == [False, False, True, True]


def test_a_build_in_a_folder_of_the_callers_leaves_the_cache_alone(tmp_path: Path) -> None:
    built = build(toy(), "toy", core("host"), workdir=tmp_path)
    assert built.path.is_relative_to(tmp_path)
    assert_array_equal(run(built, samples(3)).outputs, expected(samples(3)))
