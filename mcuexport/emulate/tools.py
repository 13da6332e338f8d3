"""The programs we call: found on PATH, run with argument lists, their complaints made into sentences."""

import re
import shutil
import subprocess
from collections.abc import Sequence
from functools import cache
from pathlib import Path

from ..errors import TargetError, ToolMissing

_COMPLAINT = re.compile(
    r"error|undefined reference|will not fit|overflowed|ASSERT|not within region|less than", re.IGNORECASE
)


def find_tool(program: str, package: str) -> str:
    """The full path of `program`.  Raises ToolMissing with the Debian `package` that brings it."""
    path = shutil.which(program)
    if path is None:
        raise ToolMissing(f"{program} is not installed; on Debian or Ubuntu: sudo apt-get install {package}")
    return path


@cache
def version(path: str) -> str:
    """What the program at `path` says of itself in its first line."""
    answer = subprocess.run([path, "--version"], capture_output=True, text=True, check=False)
    return answer.stdout.partition("\n")[0]


def compile_in(folder: Path, command: Sequence[str], what: str) -> None:
    """Runs a compiler or linker in `folder`.  Raises TargetError with `what` and its first errors."""
    answer = subprocess.run(command, cwd=folder, capture_output=True, errors="replace", check=False)
    if answer.returncode != 0:
        lines = answer.stderr.splitlines()
        errors = [line for line in lines if _COMPLAINT.search(line)] or lines
        raise TargetError("\n  ".join([f"{what}: {Path(command[0]).name} failed", *errors[:5]]))
