"""A board is a section of `boards.toml`: a core with flash, RAM, a UART and the programmers that can write it."""

from collections.abc import Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from importlib.resources import files

from ..errors import TargetError
from .core import CORES, Core
from .section import Region, Section, sections


@dataclass(frozen=True)
class Board:
    """A chip on a board, as our start-up code leaves it.

    parts: folders of the firmware that make it.  code, data: flash and RAM.  defines: macros for the parts.
    machine: QEMU's model of it, or None; serial: which of that machine's serial lines is the UART; emulator: QEMU's
    program; loader: its option for firmware.
    tools: programmers, the usual one first; names: how each of them calls the chip: a name, UF2's family number, or
    OpenOCD's scripts.
    """

    name: str
    summary: str
    core: Core
    parts: tuple[str, ...]
    code: Region
    data: Region
    clock_hz: int
    defines: tuple[str, ...]
    machine: str | None
    serial: int
    emulator: str | None
    loader: str
    tools: tuple[str, ...]
    names: Mapping[str, str | int | tuple[str, ...]]


def _called(section: Section, tool: str) -> str | int | tuple[str, ...]:
    """How a programmer calls the chip."""
    value = section.value(tool)
    if isinstance(value, list):
        return section.texts(tool)
    return section.number(tool) if isinstance(value, int) else section.text(tool)


def _board(name: str, section: Section) -> Board:
    core_name = section.text("core")
    if core_name not in CORES:
        raise TargetError(f"{section.where}: core must be one of {', '.join(CORES)}, got {core_name!r:.80}")
    core = CORES[core_name]
    program = None if core.emulator is None else core.emulator.program
    tools = section.texts("tools")
    board = Board(
        name=name,
        summary=section.text("summary"),
        core=core,
        parts=section.texts("parts"),
        code=section.region("code"),
        data=section.region("data"),
        clock_hz=section.number("clock_hz"),
        defines=section.texts("defines"),
        machine=section.text("machine") if "machine" in section else None,
        serial=section.number("serial", 0),
        emulator=section.text("emulator") if "emulator" in section else program,
        loader=section.text("loader", "-kernel"),
        tools=tools,
        names={tool: _called(section, tool) for tool in tools if tool in section},
    )
    section.require_nothing_else()
    return board


def parse_boards(text: str) -> dict[str, Board]:
    """The boards of a TOML file by name.  Raises TargetError that names section and key."""
    return {name: _board(name, section) for name, section in sections(text, "boards.toml")}


BOARDS = parse_boards((files(__package__) / "boards.toml").read_text("utf-8"))


def board(name: str) -> Board:
    """The board of that name.  Raises TargetError with the nearest names if there is none."""
    if name in BOARDS:
        return BOARDS[name]
    if name.startswith("esp"):
        raise TargetError(
            f"unknown board {name!r:.80}: its boot loader is ESP-IDF's; pack --as esp-idf, then idf.py flash"
        )
    near = get_close_matches(name, BOARDS, cutoff=0.5) or list(BOARDS)
    raise TargetError(f"unknown board {name!r:.80}: did you mean {' or '.join(near)}?")
