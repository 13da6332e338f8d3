"""The files that programmers take, made of an ELF file's segments: HEX, BIN, and UF2 where the board reads it."""

import io
from pathlib import Path

from elftools.elf.elffile import ELFFile
from intelhex import IntelHex

from ..targets import Board
from .uf2 import uf2

ERASED = 0xFF


def image_files(program: Path, board: Board) -> dict[str, bytes]:
    """By suffix: elf, hex, bin, and uf2 for a board that has a family of it."""
    content = program.read_bytes()
    image = IntelHex()
    for segment in ELFFile(io.BytesIO(content)).iter_segments("PT_LOAD"):
        if segment["p_filesz"]:
            image.frombytes(segment.data(), segment["p_paddr"])
    text = io.StringIO()
    image.write_hex_file(text)
    image.padding = ERASED
    files = {"elf": content, "hex": text.getvalue().encode(), "bin": image.tobinstr()}
    family = board.names.get("uf2")
    if isinstance(family, int):
        files["uf2"] = uf2(files["bin"], image.minaddr(), family)
    return files
