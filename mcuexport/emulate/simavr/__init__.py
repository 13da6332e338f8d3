"""Our program around simavr's library: compiled on this computer when it is first needed."""

from pathlib import Path

from ...errors import TargetError, ToolMissing
from ...targets import Emulator, core
from ..cache import cached_folder
from ..tools import compile_in, find_tool, version

SOURCE = Path(__file__).parent / "simavr.c"


def program(emulator: Emulator) -> str:
    """The path of simavr.c, compiled.  Raises ToolMissing without simavr's library or a host compiler."""
    find_tool(emulator.program, emulator.package)
    host = core("host")
    compiler = find_tool(host.compiler, host.compiler_package)
    command = [compiler, "-std=c99", "-O2", str(SOURCE), "-lsimavr", "-o", "simavr"]
    try:
        folder = cached_folder(
            ["simavr", version(compiler), command, SOURCE.read_text()],
            lambda to: compile_in(to, command, "the AVR emulator"),
        )
    except TargetError as error:
        raise ToolMissing(f"{error}\n  on Debian or Ubuntu: sudo apt-get install {emulator.package}") from error
    return str(folder / "simavr")
