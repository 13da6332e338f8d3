"""A board is a section of `boards.toml`: a core with flash, RAM, a UART and the programmers that can write it."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from importlib.resources import files
from typing import Any

from ..errors import TargetError
from .core import CORES, Core, Region


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


def _name(value: str | int | list[str]) -> str | int | tuple[str, ...]:
    return tuple(value) if isinstance(value, list) else value


def _board(name: str, section: Mapping[str, Any]) -> Board:
    core = CORES[section["core"]]
    return Board(
        name=name,
        summary=section["summary"],
        core=core,
        parts=tuple(section["parts"]),
        code=Region(*section["code"]),
        data=Region(*section["data"]),
        clock_hz=section["clock_hz"],
        defines=tuple(section["defines"]),
        machine=section.get("machine"),
        serial=section.get("serial", 0),
        emulator=section.get("emulator", core.emulator and core.emulator.program),
        loader=section.get("loader", "-kernel"),
        tools=tuple(section["tools"]),
        names={tool: _name(section[tool]) for tool in section["tools"] if tool in section},
    )


def _read_boards() -> dict[str, Board]:
    text = (files(__package__) / "boards.toml").read_text("utf-8")
    return {name: _board(name, section) for name, section in tomllib.loads(text).items()}


BOARDS = _read_boards()


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
