"""The commands of a build, decided before any of them runs, so that their hash can name the result."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from ..errors import TargetError
from ..targets import Board, Core, Region
from . import tools
from .emulators import FIRMWARE, link_flags, link_flags_for
from .sizes import BOARD_STACK

COMMON_FLAGS = ("-std=c99", "-ffreestanding", "-ffunction-sections", "-fdata-sections")
IN_RAM = ('-DMCX_CODE=__attribute__((section(".data.code")))', "-Wl,--no-warn-rwx-segments")
SANITIZER_FLAGS = ("-g", "-fsanitize=address,undefined", "-fno-sanitize-recover=all", "-DMCX_GUARD_WORDS=0u")


@dataclass(frozen=True)
class BuildPlan:
    """compiler: its full path.  flags: for compiling and linking alike.  include: folders of our headers.
    link_flags: for the last step.

    firmware: our sources around the model, relative to `FIRMWARE`.  code, data: the memories it must fit, if any.
    """

    core_name: str
    compiler: str
    flags: tuple[str, ...]
    include: tuple[str, ...]
    link_flags: tuple[str, ...]
    firmware: tuple[str, ...]
    code: Region | None = None
    data: Region | None = None

    def ingredients(self, sources: Mapping[str, str], name: str) -> list[object]:
        """Everything that the result depends on, as plain data."""
        ours = {str(path.relative_to(FIRMWARE)): _digest(path) for path in sorted(FIRMWARE.rglob("*.[chl]*"))}
        return [
            name,
            dict(sources),
            self.compiler,
            tools.version(self.compiler),
            self.flags,
            self.link_flags,
            self.firmware,
            ours,
        ]


def _digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def find_compiler(core: Core, compiler: str | None) -> str:
    """The full path of `compiler`, or of the core's own.  Raises ToolMissing."""
    if compiler is None or compiler == core.compiler:
        return tools.find_tool(core.compiler, core.compiler_package)
    return tools.find_tool(compiler, compiler)


def runner_plan(core: Core, compiler: str, flags: Sequence[str], sanitize: bool) -> BuildPlan:
    """The parity runner: stdio and sanitizers on the host, semihosting and our start-up elsewhere."""
    if sanitize and core.emulator is not None:
        raise TargetError(f"{core.name}: sanitizers run on the host only; use core host")
    sanitizers = SANITIZER_FLAGS if sanitize else ()
    return BuildPlan(
        core_name=core.name,
        compiler=compiler,
        flags=(*COMMON_FLAGS, *core.flags, *flags, *sanitizers),
        include=_include(_runner_folders(core)),
        link_flags=link_flags(core),
        firmware=("src/main.c", "src/interface.c", *_sources(_runner_folders(core))),
        code=None if core.emulator is None else core.emulator.code,
        data=None if core.emulator is None else core.emulator.data,
    )


def board_plan(
    board: Board,
    compiler: str,
    flags: Sequence[str],
    name: str,
    app: str,
    *,
    hot: bool = False,
    semihosting: bool = False,
) -> BuildPlan:
    """Firmware for a board, from reset on.

    app: "serial" serves model `name` over the UART and hooks into it, "example" is an application.  hot: the model's
    code runs from RAM.  semihosting: a debugger's console stands for the UART.  Raises TargetError if none can.
    """
    folders = (app, *(_semihosting(board) if semihosting else board.parts))
    macros = (f'MCX_BOARD_NAME="{board.name}"', f"CLOCK_HZ={board.clock_hz}u", *board.defines)
    hook = (f"-D{name.upper()}_AFTER=mcx_serial_after", "-include", str(FIRMWARE / "serial" / "after.h"))
    return BuildPlan(
        core_name=board.name,
        compiler=compiler,
        flags=(
            *COMMON_FLAGS,
            *board.core.flags,
            *flags,
            *(f"-D{macro}" for macro in macros),
            *(hook if app == "serial" else ()),
            *(IN_RAM if hot else ()),
        ),
        include=(*_include(folders), "../model"),
        link_flags=link_flags_for(board.core, board.code, board.data, BOARD_STACK),
        firmware=("src/interface.c", *_sources(folders)),
        code=board.code,
        data=board.data,
    )


def _semihosting(board: Board) -> tuple[str, ...]:
    if "bare" not in board.parts:
        raise TargetError(f"{board.name}: its core knows no semihosting; leave --semihosting out")
    return tuple("uarts/semihosting" if part.startswith("uarts/") else part for part in board.parts)


def shared_plan(host: Core, compiler: str) -> BuildPlan:
    """The shared library that `load_host` opens."""
    return BuildPlan(
        core_name=host.name,
        compiler=compiler,
        flags=(*COMMON_FLAGS, *host.flags, "-O2", "-fPIC"),
        include=(str(FIRMWARE / "src"),),
        link_flags=("-shared",),
        firmware=("src/interface.c", "host/shared.c"),
    )


def _runner_folders(core: Core) -> tuple[str, ...]:
    return ("host",) if core.emulator is None else core.emulator.firmware


def _sources(folders: Sequence[str]) -> tuple[str, ...]:
    ours = (path for folder in folders for path in sorted((FIRMWARE / folder).glob("*.c")))
    return tuple(str(path.relative_to(FIRMWARE)) for path in ours if path.name != "shared.c")


def _include(folders: Sequence[str]) -> tuple[str, ...]:
    return tuple(str(FIRMWARE / folder) for folder in ("src", *folders))
