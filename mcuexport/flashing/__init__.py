"""From an ELF file onto a board: image files, and the programmers that write them."""

from .image import image_files
from .programmers import PROGRAMMERS, Flashing, execute, plan_flashing

__all__ = ["PROGRAMMERS", "Flashing", "execute", "image_files", "plan_flashing"]
