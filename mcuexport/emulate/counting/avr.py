"""Counts a generated model on an AVR: exactly, since simavr counts cycles itself.

The parity runner runs, so that its link and start-up are a chip's; only calls of `<name>_run` are counted.
"""

from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
from numpy.typing import NDArray

from ..build import Built
from ..interface import Inputs
from ..run import run_in
from .profile import Profile, Tally, add_up
from .program import load_program


def count_runs(built: Built, inputs: Inputs) -> tuple[NDArray[np.int32], tuple[Profile, ...]]:
    """Outputs (N, output_size) and a profile per sample, of a program with marks at the ends of its layers.

    Raises TargetError for other inputs, a fault or an endless run; ToolMissing.
    """
    marks = load_program(built.path).marks
    with TemporaryDirectory() as temporary:
        folder = Path(temporary)
        np.array(marks, "<u4").tofile(folder / "marks.bin")
        result = run_in(folder, built, inputs)
        layers = max(layer for _, layer in marks) + 2
        counts = np.fromfile(folder / "counts.bin", "<u8").reshape(len(inputs), layers, 2)
    assert result.stack_bytes is not None
    return result.outputs, tuple(_profile(sample, result.stack_bytes) for sample in counts)


def _profile(sample: NDArray[np.uint64], stack_bytes: int) -> Profile:
    layers = tuple(Tally(instructions, cycles) for instructions, cycles in sample.tolist())
    return Profile(add_up(layers), layers, {}, stack_bytes, (), 0)
