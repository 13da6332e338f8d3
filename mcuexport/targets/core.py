"""A core is a section of `cores.toml`: how to compile for it, and the emulated machine that runs it."""

from dataclasses import dataclass
from difflib import get_close_matches
from importlib.resources import files

from ..errors import TargetError
from .section import Region, Section, sections


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

    @property
    def multiplies(self) -> bool:
        """Whether a multiplication costs about as much as an addition; if not, tables take its place."""
        return "lut" not in self.families or "mul" in self.families

    @property
    def plain_families(self) -> tuple[str, ...]:
        """Where a model of plain C finds its kernels: the least code first, and what stands for products stays."""
        return ("small", "generic") if self.multiplies else ("small", *self.families)


def _emulator(section: Section) -> Emulator | None:
    if "emulator" not in section:
        return None
    return Emulator(
        program=section.text("emulator"),
        package=section.text("emulator_package"),
        options=section.texts("options", ()),
        firmware=section.texts("firmware"),
        machine=section.text("machine") if "machine" in section else None,
        code=section.region("code") if "code" in section else None,
        data=section.region("data") if "data" in section else None,
    )


def _core(name: str, section: Section) -> Core:
    core = Core(
        name=name,
        summary=section.text("summary"),
        families=section.texts("families"),
        compiler=section.text("compiler"),
        compiler_package=section.text("compiler_package"),
        flags=section.texts("flags"),
        emulator=_emulator(section),
    )
    section.require_nothing_else()
    return core


def parse_cores(text: str) -> dict[str, Core]:
    """The cores of a TOML file by name.  Raises TargetError that names section and key."""
    return {name: _core(name, section) for name, section in sections(text, "cores.toml")}


CORES = parse_cores((files(__package__) / "cores.toml").read_text("utf-8"))


def core(name: str) -> Core:
    """The core of that name.  Raises TargetError with the nearest names if there is none."""
    if name in CORES:
        return CORES[name]
    near = get_close_matches(name, CORES) or list(CORES)
    raise TargetError(f"unknown core {name!r:.80}: did you mean {' or '.join(near)}?")
