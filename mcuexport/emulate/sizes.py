"""What a model takes of the chip, from its object file: start-up code and the runner are not counted."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from elftools.elf.constants import SH_FLAGS
from elftools.elf.elffile import ELFFile
from elftools.elf.sections import Section, Symbol, SymbolTableSection

from ..targets import Board

# Least bytes of stack on a board, little more than a small model needs: what a run really takes is painted and told.
BOARD_STACK = 256
_NAMED = ("STT_FUNC", "STT_OBJECT")


@dataclass(frozen=True)
class Sizes:
    """code_bytes: instructions.  const_bytes: weights, tables, strings.  ram_bytes: variables, 0 in our C.

    symbols: bytes of each function and array.  calls: functions that the linker has to add, such as memset or
    a division; their code is not counted.
    """

    code_bytes: int
    const_bytes: int
    ram_bytes: int
    symbols: dict[str, int]
    calls: tuple[str, ...]

    @property
    def flash_bytes(self) -> int:
        return self.code_bytes + self.const_bytes


def _kind(section: Section) -> str | None:
    flags = section["sh_flags"]
    if not flags & SH_FLAGS.SHF_ALLOC or section["sh_type"] not in ("SHT_PROGBITS", "SHT_NOBITS"):
        return None
    if section.name == ".eh_frame":
        return None
    if flags & SH_FLAGS.SHF_EXECINSTR:
        return "code"
    return "ram" if flags & SH_FLAGS.SHF_WRITE else "const"


def _symbols(elf: ELFFile) -> Iterator[Symbol]:
    for section in elf.iter_sections():
        if isinstance(section, SymbolTableSection):
            yield from section.iter_symbols()


def sizes(object_file: Path) -> Sizes:
    """The sizes of an object file: of all functions in it, whether a user calls them or not."""
    totals = {"code": 0, "const": 0, "ram": 0, None: 0}
    with object_file.open("rb") as stream:
        elf = ELFFile(stream)
        for section in elf.iter_sections():
            totals[_kind(section)] += section["sh_size"]
        symbols = {s.name: s["st_size"] for s in _symbols(elf) if s["st_info"]["type"] in _NAMED}
        calls = {s.name for s in _symbols(elf) if s["st_shndx"] == "SHN_UNDEF" and s.name}
    return Sizes(totals["code"], totals["const"], totals["ram"], symbols, tuple(sorted(calls)))


@dataclass(frozen=True)
class Footprint:
    """Bytes of a board that firmware takes: flash with the variables' first values, RAM without the stack."""

    flash_bytes: int
    ram_bytes: int

    def fits(self, board: Board) -> bool:
        """Whether the board has as much, and `BOARD_STACK` besides."""
        left = board.data.size_bytes - self.ram_bytes
        return self.flash_bytes <= board.code.size_bytes and left >= BOARD_STACK


def footprint(program: Path) -> Footprint:
    """The footprint of a linked program."""
    with program.open("rb") as stream:
        bytes_of = {section.name: int(section["sh_size"]) for section in ELFFile(stream).iter_sections()}
    data, bss = bytes_of.get(".data", 0), bytes_of.get(".bss", 0)
    return Footprint(bytes_of.get(".text", 0) + data, data + bss)
