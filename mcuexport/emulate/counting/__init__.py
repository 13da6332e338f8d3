"""Runs compiled code on an emulated core in this process and counts what it takes."""

from .machine import Machine
from .profile import Misaligned, Profile, Tally
from .program import Program, load_program

__all__ = ["Machine", "Misaligned", "Profile", "Program", "Tally", "load_program"]
