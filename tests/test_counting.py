"""The counting emulator against programs counted by hand, and against QEMU."""

import re
import subprocess
from pathlib import Path

import numpy as np
import pytest

from mcuexport.bench import dense_kernel
from mcuexport.emulate.counting import Machine, Tally, count_model, link
from mcuexport.errors import TargetError
from mcuexport.kernels import find
from mcuexport.pack import FORMATS
from mcuexport.targets import core

ARM = """
__asm__(".syntax unified\\n .text\\n .thumb_func\\n .global f\\n .type f, %function\\n f:\\n"
        "{}\\n .size f, . - f\\n");
"""
RISCV = """
__asm__(".text\\n .global f\\n .type f, @function\\n f:\\n {}\\n .size f, . - f\\n");
"""


def program(core_name: str, *lines: str) -> Machine:
    template = ARM if core_name.startswith("cortex") else RISCV
    text = template.format("\\n ".join(lines))
    return Machine(link({"f.c": text}, core(core_name), keep=["f"]), core(core_name))


def tally(core_name: str, *lines: str) -> Tally:
    return program(core_name, *lines).call("f", 3, 0x20000000).total


def test_a_loop_on_a_cortex_m0plus() -> None:
    # three rounds: load 2, store 2, multiply 1, subtract 1, branch 2, 2 and 1; bx 2
    loop = ("1: ldr r2, [r1]", "str r2, [r1]", "muls r2, r0, r2", "subs r0, #1", "bne 1b", "bx lr")
    assert tally("cortex-m0plus", *loop) == Tally(16, 25, 3, 3, 4, 3)


def test_a_loop_on_a_cortex_m4() -> None:
    # a load after a load takes 1, not 2, unless it needs the other's result; a taken branch takes 3
    loop = ("1: ldr r2, [r1]", "ldr r3, [r1, #4]", "smlad r2, r2, r3, r2", "subs r0, #1", "bne 1b", "bx lr")
    assert tally("cortex-m4", *loop) == Tally(16, 3 * 5 + 3 + 3 + 1 + 3, 6, 0, 4, 3)
    assert tally("cortex-m4", "movs r0, #0", "mov r2, r1", "ldr r0, [r1]", "ldr r3, [r2, r0]", "bx lr").cycles == 9


def test_a_loop_on_rv32ec() -> None:
    loop = ("1: lw a2, 0(a1)", "sw a2, 0(a1)", "addi a0, a0, -1", "bnez a0, 1b", "ret")
    assert tally("rv32ec", *loop) == Tally(13, 3 * 4 + 3 + 3 + 1 + 3, 3, 3, 4, 0)


def test_instructions_that_an_it_block_skips_are_counted() -> None:
    lines = ("cmp r0, #3", "itte ne", "addne r0, #1", "addne r0, #1", "subeq r0, #1", "bx lr")
    assert tally("cortex-m4", *lines).instructions == 6


def test_several_registers_cost_one_more_than_they_are() -> None:
    lines = ("push {r4, r5, lr}", "ldm r1!, {r4, r5}", "pop {r4, r5, pc}")
    assert tally("cortex-m0plus", *lines).cycles == 4 + 3 + (4 + 2)


def test_the_stack_is_measured() -> None:
    assert program("cortex-m0plus", "push {r4, r5, r6, lr}", "pop {r4, r5, r6, pc}").call("f").stack_bytes == 16


def test_functions_are_told_apart() -> None:
    text = """
    __attribute__((noinline)) int g(int x);
    int f(int x);
    int g(int x) { return x * x + 1; }
    int f(int x) { return g(x) + 2; }
    """
    machine = Machine(link({"f.c": text}, core("cortex-m4"), keep=["f"]), core("cortex-m4"))
    profile = machine.call("f", 5)
    assert set(profile.functions) == {"f", "g"}
    assert sum(part.instructions for part in profile.functions.values()) == profile.total.instructions


def test_a_fault_says_where_and_shows_the_registers() -> None:
    machine = program("cortex-m4", "nop", "ldr r2, [r0]", "bx lr")
    pattern = r"f on cortex-m4: stopped at f\+0x0: read of 4 bytes at 0xf0000000 \(r0=0xf0000000, .*pc=0x[0-9a-f]{8}\)"
    with pytest.raises(TargetError, match=pattern):
        machine.call("f", 0xF0000000)


def test_a_write_to_constants_is_a_fault() -> None:
    with pytest.raises(TargetError, match="write to constant memory of 4 bytes at 0x08000000"):
        program("rv32ec", "sw a0, 0(a0)", "ret").call("f", 0x08000000)


def test_a_run_that_does_not_end_is_stopped() -> None:
    with pytest.raises(TargetError, match=r"f on rv32ec: stopped at f\+0x0: no end after"):
        program("rv32ec", "1: j 1b").call("f", limit=100_000)


def test_a_stack_without_end_is_a_fault() -> None:
    with pytest.raises(TargetError, match="write of 4 bytes at 0x2ff"):
        program("cortex-m0plus", "1: push {r0}", "b 1b").call("f")


def test_misaligned_accesses_are_reported() -> None:
    program_ = link({"f.c": "int f(int *p); int f(int *p) { return *p; }"}, core("rv32ec"), keep=["f"])
    machine = Machine(program_, core("rv32ec"), alignment=True)
    (access,) = machine.call("f", 0x20000002).misaligned
    assert (access.address, access.size_bytes, access.where) == (0x20000002, 4, "f+0x0")


def test_data_that_does_not_fit_is_refused_with_both_numbers() -> None:
    machine = program("cortex-m4", "bx lr")
    with pytest.raises(TargetError, match="cortex-m4: 16777220 bytes of data, the emulator has 16777216"):
        machine.place(bytes(16777220))


def test_layers_are_told_apart_and_add_up() -> None:
    text = """
    #include <stdint.h>
    void net_run(const uint8_t *input, int32_t *output, void *scratch);
    void net_run(const uint8_t *input, int32_t *output, void *scratch)
    {
        int32_t *const sums = scratch;
        for (uint32_t i = 0u; i < 10u; i++) { sums[i] = input[i]; }
        NET_AFTER(0, sums, 40);
        for (uint32_t i = 0u; i < 100u; i++) { sums[i % 10u] += 3 * sums[i % 7u]; }
        NET_AFTER(1, sums, 40);
        output[0] = sums[3];
    }
    """
    x = np.arange(20, dtype=np.uint8).reshape(2, 10)
    for name in ("cortex-m0plus", "cortex-m4", "rv32ec"):
        counted = count_model({"net.c": text}, "net", core(name), x, output_size=1, scratch_bytes=40)
        first, second, rest = counted.profiles[0].layers
        assert second.instructions > 3 * first.instructions > 0
        assert first + second + rest == counted.profiles[0].total
        assert counted.profiles[0].total == counted.profiles[1].total


def qemu_instructions(core_name: str, folder: Path, sources: dict[str, str], first: str, last: str) -> int:
    """Instructions QEMU executes between two labels: one line of its log each."""
    member = core(core_name)
    assert member.emulator is not None
    for file, text in {**sources, "start.S": QEMU_START[core_name]}.items():
        (folder / file).write_text(text)
    assert member.emulator.code is not None
    origin = hex(member.emulator.code.origin)
    command = [
        member.compiler,
        *member.flags,
        "-O2",
        *COUNTED_FLAGS,
        "-nostdlib",
        f"-Wl,-Ttext={origin}",
        "-Wl,-e,reset",
    ]
    subprocess.run([*command, "start.S", "f.c", "-lgcc", "-o", "f.elf"], cwd=folder, check=True)
    emulator = member.emulator
    quiet = ["-nographic", "-serial", "none", "-monitor", "none", "-singlestep", "-d", "exec,nochain", "-D", "log"]
    semihosting = ["-semihosting-config", "enable=on,target=native"]
    run = [
        emulator.program,
        "-machine",
        str(emulator.machine),
        *emulator.options,
        *quiet,
        *semihosting,
        "-kernel",
        "f.elf",
    ]
    subprocess.run(run, cwd=folder, timeout=60, check=False)
    nm = member.compiler.replace("gcc", "nm")
    symbols = subprocess.run([nm, "f.elf"], cwd=folder, capture_output=True, text=True, check=True).stdout
    address = {line.split()[-1]: int(line.split()[0], 16) for line in symbols.splitlines()}
    executed = [
        int(at, 16) for at in re.findall(r"^Trace.*?\[[0-9a-f]+/([0-9a-f]+)/", (folder / "log").read_text(), re.M)
    ]
    start, end = executed.index(address[first]), executed.index(address[last])
    return end - start - 1


COUNTED_FLAGS = ("-std=c99", "-ffreestanding", "-ffunction-sections", "-fdata-sections")
ARM_START = """
    .syntax unified
    .cpu {cpu}
    .thumb
    .word {stack}
    .word reset + 1
    .space 56
    .global reset
    .global call
    .global after
    .thumb_func
reset:
    {first}
    ldr r0, =f
call:
    blx r0
after:
    ldr r1, =0x20026
    movs r0, #0x18
    bkpt 0xab
    b after
"""
COPROCESSORS = "ldr r0, =0xE000ED88; ldr r1, =0xF00000; str r1, [r0]; dsb; isb"
QEMU_START = {
    "cortex-m4": ARM_START.format(cpu="cortex-m4", stack="0x20003000", first=""),
    "cortex-m0plus": ARM_START.format(cpu="cortex-m0plus", stack="0x20003000", first=""),
    "cortex-m55": ARM_START.format(cpu="cortex-m33", stack="0x30010000", first=""),
    "cortex-m55-helium": ARM_START.format(cpu="cortex-m33", stack="0x30010000", first=COPROCESSORS),
    "rv32ec": """
    .global reset
    .global call
    .global after
reset:
    la sp, 0x80100000
    la a5, f
call:
    jalr a5
after:
    li a0, 0x18
    li a1, 0x20026
    .option norvc
    .balign 16
    slli x0, x0, 0x1f
    ebreak
    srai x0, x0, 7
    j after
    """,
}


def kernel_program(core_name: str, format_name: str) -> dict[str, str]:
    """A dense kernel, and data for it; `f` calls it."""
    fmt = FORMATS[format_name]
    kernel = dense_kernel(fmt, core(core_name))
    codes = np.random.default_rng(3).integers(0, len(fmt.levels), (11, 45)).astype(np.uint8)
    words = find(f"mcx_{kernel.kernel}", kernel.core.families).layout.pack(codes, fmt)
    text = f"""
    #include "mcx_{kernel.kernel}.h"
    static const uint32_t words[] = {{{", ".join(map(str, words.tolist()))}}};
    static const int8_t x[45] = {{{", ".join(str(3 * i % 128) for i in range(45))}}};
    void f(void);
    void f(void)
    {{
        int32_t acc[11];
        mcx_{kernel.kernel}_u7(words, (const int32_t *)0, x, 45u, acc, 11u);
        __asm__ volatile("" : : "r"(acc) : "memory");
    }}
    """
    return {**kernel.headers, "f.c": text}


@pytest.mark.parametrize(
    ("core_name", "format_name"),
    [
        ("cortex-m4", "sym4"),
        ("cortex-m4", "sym2"),
        ("cortex-m0plus", "int4"),
        ("cortex-m0plus", "binary"),
        ("rv32ec", "sym2"),
        ("rv32ec", "ternary"),
    ],
)
def test_instructions_are_as_many_as_qemu_executes(core_name: str, format_name: str, tmp_path: Path) -> None:
    sources = kernel_program(core_name, format_name)
    machine = Machine(link(sources, core(core_name), keep=["f"]), core(core_name))
    assert machine.call("f").total.instructions == qemu_instructions(core_name, tmp_path, sources, "call", "after")
