"""The emulators: how a program is linked to run in each, and the command that runs it."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from ..targets import Core, Emulator, Region
from . import simavr, tools

FIRMWARE = Path(__file__).parent.parent / "firmware"
RUNNER_STACK = 1024


@dataclass(frozen=True)
class Way:
    """link_flags: of the memories for code and data, where there are any, and the least bytes of stack.

    command: that runs a program, of a model whose name is given too.
    """

    link_flags: Callable[[Region | None, Region | None, int], tuple[str, ...]]
    command: Callable[[Emulator, str, str], list[str]]


def link_flags(core: Core) -> tuple[str, ...]:
    """For the last step of a parity runner's build."""
    return () if core.emulator is None else link_flags_for(core, core.emulator.code, core.emulator.data, RUNNER_STACK)


def link_flags_for(core: Core, code: Region | None, data: Region | None, stack_bytes: int) -> tuple[str, ...]:
    """For the last step of a build for an emulated core, or a chip of the kind, with other memories."""
    assert core.emulator is not None
    return WAYS[core.emulator.program].link_flags(code, data, stack_bytes)


def command(core: Core, program: Path, name: str) -> list[str]:
    """Runs the parity runner of model `name`.  Raises ToolMissing."""
    if core.emulator is None:
        return [str(program)]
    return WAYS[core.emulator.program].command(core.emulator, str(program), name)


def _symbols(**values: int) -> tuple[str, ...]:
    return tuple(f"-Wl,--defsym={symbol}={value:#x}" for symbol, value in values.items())


def _link_bare(code: Region | None, data: Region | None, stack_bytes: int) -> tuple[str, ...]:
    assert code is not None
    assert data is not None
    symbols = _symbols(
        CODE_ORIGIN=code.origin,
        CODE_BYTES=code.size_bytes,
        DATA_ORIGIN=data.origin,
        DATA_BYTES=data.size_bytes,
        STACK_BYTES=stack_bytes,
    )
    return ("-nostdlib", "-Wl,--gc-sections", *symbols, "-T", str(FIRMWARE / "bare" / "bare.ld"), "-lgcc")


def _qemu_system(emulator: Emulator, program: str, name: str) -> list[str]:
    qemu = tools.find_tool(emulator.program, emulator.package)
    quiet = ["-nographic", "-serial", "none", "-monitor", "none"]
    semihosting = ["-semihosting-config", "enable=on,target=native"]
    return [qemu, "-machine", str(emulator.machine), *emulator.options, *quiet, *semihosting, "-kernel", program]


def _link_static(code: Region | None, data: Region | None, stack_bytes: int) -> tuple[str, ...]:
    return ("-static",)


def _qemu_user(emulator: Emulator, program: str, name: str) -> list[str]:
    return [tools.find_tool(emulator.program, emulator.package), *emulator.options, program]


def _link_avr(code: Region | None, data: Region | None, stack_bytes: int) -> tuple[str, ...]:
    """avr-libc's start-up and link script, told the chip's sizes; the stack's part is left free."""
    assert code is not None
    assert data is not None
    sizes = _symbols(
        __TEXT_REGION_LENGTH__=code.size_bytes,
        __DATA_REGION_ORIGIN__=data.origin,
        __DATA_REGION_LENGTH__=data.size_bytes,
    )
    return ("-Wl,--gc-sections", *sizes)


def _simavr(emulator: Emulator, program: str, name: str) -> list[str]:
    return [simavr.program(emulator), program, str(emulator.machine), f"{name}_run"]


WAYS = {
    "qemu-system-arm": Way(_link_bare, _qemu_system),
    "qemu-system-riscv32": Way(_link_bare, _qemu_system),
    "qemu-ppc": Way(_link_static, _qemu_user),
    "simavr": Way(_link_avr, _simavr),
}
