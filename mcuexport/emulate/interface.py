"""What a model takes and gives, read from the object file of `firmware/src/interface.c`."""

import struct
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from elftools.elf.elffile import ELFFile
from elftools.elf.sections import SymbolTableSection
from numpy.typing import DTypeLike, NDArray

from ..errors import TargetError

Inputs = NDArray[np.uint8] | NDArray[np.int8]


@dataclass(frozen=True)
class Interface:
    """The sizes that a model's header declares.

    input_size, output_size: elements of a sample, logits.  input_signed: int8 rather than uint8.
    byte_order: of the numbers a program of that core writes, "<" or ">".
    """

    input_size: int
    input_signed: bool
    output_size: int
    scratch_bytes: int
    byte_order: str

    @property
    def input_dtype(self) -> DTypeLike:
        return np.int8 if self.input_signed else np.uint8

    def check(self, inputs: Inputs, name: str) -> None:
        """Raises TargetError unless `inputs` are (N, input_size) of the model's own type."""
        expected = np.dtype(self.input_dtype)
        if inputs.dtype != expected or inputs.ndim != 2 or inputs.shape[1] != self.input_size:
            raise TargetError(
                f"{name}: takes (N, {self.input_size}) of {expected}, got {inputs.shape} of {inputs.dtype}"
            )


def read_interface(object_file: Path) -> Interface:
    """The interface that the preprocessor found in the model's header."""
    with object_file.open("rb") as stream:
        elf = ELFFile(stream)
        table = elf.get_section_by_name(".symtab")
        assert isinstance(table, SymbolTableSection)
        symbol = next(s for s in table.iter_symbols() if s.name == "mcx_interface")
        data = elf.get_section(symbol["st_shndx"]).data()[symbol["st_value"] :]
        order = "<" if elf.little_endian else ">"
        words = struct.unpack_from(f"{order}4I", data)
    return Interface(words[0], bool(words[1]), words[2], words[3], order)
