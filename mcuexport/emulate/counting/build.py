"""Links C for a core into a program of nothing but that C, kept in the user's cache."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from ...targets import CORES, Core
from ..cache import cached_folder
from ..emulators import FIRMWARE
from ..tools import compile_in, find_tool, version
from .program import Program, load_program

_FLAGS = ("-std=c99", "-ffreestanding", "-ffunction-sections", "-fdata-sections")
_SCRIPT = Path(__file__).parent / "link.ld"
_MEMORY = FIRMWARE / "bare" / "memory.c"

# Unicorn has no Cortex-M55: counted is what its relative would run, without low-overhead loops.
_BUILT_FOR = {"cortex-m55": "cortex-m33"}


def link(
    sources: Mapping[str, str],
    core: Core,
    *,
    optimize: str = "-O2",
    flags: Sequence[str] = (),
    keep: Sequence[str] = (),
) -> Program:
    """The program of all `.c` files among `sources` (file name to text).

    flags: further ones for the compiler.  keep: functions to keep with what they call; all where it is empty.
    Raises TargetError with the compiler's first errors, ToolMissing.
    """
    built_for = CORES[_BUILT_FOR[core.name]] if core.name in _BUILT_FOR else core
    compiler = find_tool(core.compiler, core.compiler_package)
    files = [*(name for name in sources if name.endswith(".c")), str(_MEMORY)]
    roots = [f"-Wl,--undefined={name}" for name in keep]
    drop = ["-Wl,--gc-sections", f"-Wl,--entry={keep[0]}"] if keep else ["-Wl,--entry=0"]
    command = [compiler, *_FLAGS, *built_for.flags, optimize, *flags, *files, "-nostdlib", "-T", str(_SCRIPT)]
    command += [*drop, *roots, "-lgcc", "-o", "program"]
    texts = [dict(sources), _SCRIPT.read_text(), _MEMORY.read_text()]
    folder = cached_folder(
        ["counting", command, version(compiler), texts],
        lambda to: _fill(to, sources, command, core),
    )
    return load_program(folder / "program")


def _fill(folder: Path, sources: Mapping[str, str], command: Sequence[str], core: Core) -> None:
    for name, text in sources.items():
        (folder / name).write_text(text, "utf-8")
    compile_in(folder, command, f"code for {core.name}")
