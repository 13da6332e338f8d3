"""From an ELF file onto a board: image files, and the programmers that write them."""

from .image import image_files
from .programmers import DRIVE, PROGRAMMERS, Flashing, execute, plan_flashing

__all__ = ["DRIVE", "PROGRAMMERS", "Flashing", "execute", "image_files", "plan_flashing"]
