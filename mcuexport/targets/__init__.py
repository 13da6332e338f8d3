"""What models are compiled for."""

from .board import BOARDS, Board, board
from .core import CORES, Core, Emulator, core
from .section import Region

__all__ = ["BOARDS", "CORES", "Board", "Core", "Emulator", "Region", "board", "core"]
