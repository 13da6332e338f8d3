"""What a model takes of the chip, from its object file: start-up code and the runner are not counted."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from elftools.elf.constants import SH_FLAGS
from elftools.elf.elffile import ELFFile
from elftools.elf.sections import Section, Symbol, SymbolTableSection

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
