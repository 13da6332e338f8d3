"""A core is a section of `cores.toml`: how to compile for it, and the emulated machine that runs it."""

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from importlib.resources import files
from typing import Any

from ..errors import TargetError


@dataclass(frozen=True)
class Region:
    """A memory: its first address and its size."""

    origin: int
    size_bytes: int


@dataclass(frozen=True)
class Emulator:
    """A program that runs firmware for a core, as the machine it stands for.

    package: the Debian packages of `program`.  options: further arguments.  firmware: the folders of our code
    around a model.

    machine: what is emulated; None where a program runs as under an operating system, which has no memories of
    its own either.  code, data: the memories for code and constants, and for variables and the stack.
    """

    program: str
    package: str
    options: tuple[str, ...]
    firmware: tuple[str, ...]
    machine: str | None
    code: Region | None
    data: Region | None


@dataclass(frozen=True)
class Core:
    """A processor that models compile for.

    families: the kernels' search path, most specific first, "generic" last.  compiler_package: the Debian
    package of `compiler`.  emulator: None for the host, which runs what it compiles.
    """

    name: str
    summary: str
    families: tuple[str, ...]
    compiler: str
    compiler_package: str
    flags: tuple[str, ...]
    emulator: Emulator | None


def _emulator(section: Mapping[str, Any]) -> Emulator | None:
    if "emulator" not in section:
        return None
    return Emulator(
        program=section["emulator"],
        package=section["emulator_package"],
        options=tuple(section.get("options", ())),
        firmware=tuple(section["firmware"]),
        machine=section.get("machine"),
        code=_region(section.get("code")),
        data=_region(section.get("data")),
    )


def _region(pair: Sequence[int] | None) -> Region | None:
    return None if pair is None else Region(*pair)


def _core(name: str, section: Mapping[str, Any]) -> Core:
    return Core(
        name=name,
        summary=section["summary"],
        families=tuple(section["families"]),
        compiler=section["compiler"],
        compiler_package=section["compiler_package"],
        flags=tuple(section["flags"]),
        emulator=_emulator(section),
    )


def _read_cores() -> dict[str, Core]:
    text = (files(__package__) / "cores.toml").read_text("utf-8")
    return {name: _core(name, section) for name, section in tomllib.loads(text).items()}


CORES = _read_cores()


def core(name: str) -> Core:
    """The core of that name.  Raises TargetError with the nearest names if there is none."""
    if name in CORES:
        return CORES[name]
    near = get_close_matches(name, CORES) or list(CORES)
    raise TargetError(f"unknown core {name!r:.80}: did you mean {' or '.join(near)}?")
