"""A linked program as the counting emulator sees it: bytes to load, functions, and the ends of layers.

Our link places code and constants at `CODE`; variables, inputs and outputs lie in `DATA`.
"""

import re
from bisect import bisect_right
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from elftools.elf.constants import SH_FLAGS
from elftools.elf.elffile import ELFFile
from elftools.elf.sections import SymbolTableSection

from ...targets import Region

CODE = Region(0x08000000, 0x01000000)
DATA = Region(0x20000000, 0x01000000)
STACK = Region(0x30000000, 0x00010000)
_MARK = re.compile(r"mcx_layer_end_(\d+)_\d+")


@dataclass(frozen=True)
class Program:
    """segments: (address, bytes) to load.  symbols: address by name, Thumb's low bit removed.

    functions: (address, size, name), ascending.  marks: (address, layer) where a layer's code ends.
    """

    path: Path
    segments: tuple[tuple[int, bytes], ...]
    symbols: dict[str, int]
    functions: tuple[tuple[int, int, str], ...]
    marks: tuple[tuple[int, int], ...]

    @cached_property
    def _starts(self) -> list[int]:
        return [address for address, _, _ in self.functions]

    def place(self, address: int) -> str:
        """`function+0x12` of an address; the bare address where no function is."""
        index = bisect_right(self._starts, address) - 1
        if index >= 0:
            start, size, name = self.functions[index]
            if address < start + max(size, 1):
                return f"{name}+{address - start:#x}"
        return f"{address:#x}"

    def function(self, address: int) -> str:
        """The name of the function an address is in."""
        return self.place(address).partition("+")[0]


def load_program(path: Path) -> Program:
    """The program of an ELF file."""
    with path.open("rb") as stream:
        elf = ELFFile(stream)
        segments = []
        for section in elf.iter_sections():
            if section["sh_flags"] & SH_FLAGS.SHF_ALLOC and section["sh_type"] != "SHT_NOBITS" and section["sh_size"]:
                segments.append((section["sh_addr"], section.data()))
        table = elf.get_section_by_name(".symtab")
        assert isinstance(table, SymbolTableSection)
        thumb = 1 if elf["e_machine"] == "EM_ARM" else 0
        functions, symbols, marks = [], {}, []
        for symbol in table.iter_symbols():
            address = symbol["st_value"]
            if match := _MARK.fullmatch(symbol.name):
                marks.append((address & ~thumb, int(match[1])))
            elif symbol["st_info"]["type"] == "STT_FUNC":
                functions.append((address & ~thumb, symbol["st_size"], symbol.name))
                symbols[symbol.name] = address & ~thumb
            elif symbol.name:
                symbols.setdefault(symbol.name, address)
    return Program(path, tuple(segments), symbols, tuple(sorted(functions)), tuple(sorted(marks)))
