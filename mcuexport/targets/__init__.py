"""What models are compiled for."""

from .core import CORES, Core, Emulator, Region, core

__all__ = ["CORES", "Core", "Emulator", "Region", "core"]
