"""Runs compiled code on an emulated core in this process and counts what it takes."""

from .build import link
from .costs import COUNTED
from .kernel import BitsKernel, DenseKernel
from .machine import Machine
from .model import Counted, count_model
from .profile import Misaligned, Profile, Tally
from .program import Program, load_program

__all__ = [
    "COUNTED",
    "BitsKernel",
    "Counted",
    "DenseKernel",
    "Machine",
    "Misaligned",
    "Profile",
    "Program",
    "Tally",
    "count_model",
    "link",
    "load_program",
]
