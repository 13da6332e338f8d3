"""Runs a built model over samples, here or in QEMU."""

import re
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ..errors import TargetError
from .build import Built
from .emulators import command
from .interface import Inputs

_DONE = re.compile(r", operators done: (0x[0-9a-f]{8})")  # as firmware says it
# What says most in a sanitizer's or our own report; else its last lines do.
_TELLING = ("SUMMARY:", "runtime error:", "HardFault", "trap at", "fault at")


class Fault(TargetError):
    """A run that ended in a fault.  operators_done: of the model; 0 in a build that does not count them."""

    def __init__(self, message: str, operators_done: int) -> None:
        super().__init__(message)
        self.operators_done = operators_done


@dataclass(frozen=True)
class RunResult:
    """outputs: (N, output_size), int32.

    stack_bytes: what the deepest call of `<name>_run` took of the stack; None on the host.
    """

    outputs: NDArray[np.int32]
    stack_bytes: int | None


def run(built: Built, inputs: Inputs, *, time_limit_s: float = 60.0) -> RunResult:
    """The outputs for `inputs` (N, input_size), uint8 or int8 as the model takes them.

    Raises TargetError for other inputs, a non-zero exit status or the time limit, Fault for a fault; ToolMissing.
    """
    with tempfile.TemporaryDirectory() as folder:
        return run_in(Path(folder), built, inputs, time_limit_s=time_limit_s)


def run_in(folder: Path, built: Built, inputs: Inputs, *, time_limit_s: float = 60.0) -> RunResult:
    """As `run`; the program's files stay in `folder`."""
    built.interface.check(inputs, built.name)
    inputs.tofile(folder / "input.bin")
    _execute(built, folder, time_limit_s)
    order = built.interface.byte_order
    outputs = np.fromfile(folder / "output.bin", f"{order}i4").astype(np.int32)
    stack = folder / "stack.bin"
    stack_bytes = int(np.fromfile(stack, f"{order}u4")[0]) if stack.exists() else None
    return RunResult(outputs.reshape(len(inputs), built.interface.output_size), stack_bytes)


def _execute(built: Built, folder: Path, time_limit_s: float) -> None:
    what = f"{built.name} on {built.core.name}"
    try:
        answer = subprocess.run(
            command(built.core, built.path, built.name),
            cwd=folder,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            timeout=time_limit_s,
            check=False,
        )
    except subprocess.TimeoutExpired as expired:
        raise TargetError(f"{what}: still running after the limit of {time_limit_s:g} s") from expired
    if answer.returncode != 0:
        words = _last_words(answer.stdout.decode("utf-8", "replace"))
        message = f"{what}: stopped with {_ending(answer.returncode)}: {_DONE.sub('', words)}"
        done = _DONE.search(words)
        raise TargetError(message) if done is None else Fault(message, int(done[1], 16))


def _ending(returncode: int) -> str:
    return f"signal {-returncode}" if returncode < 0 else f"status {returncode}"


def _last_words(text: str) -> str:
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    telling = [line for line in lines if any(mark in line for mark in _TELLING)]
    return "; ".join((telling or lines or ["it said nothing"])[-3:])
