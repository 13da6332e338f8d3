"""What models are compiled for."""

from .board import BOARDS, Board, board
from .core import CORES, Core, Emulator, Region, core

__all__ = ["BOARDS", "CORES", "Board", "Core", "Emulator", "Region", "board", "core"]
