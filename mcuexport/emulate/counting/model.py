"""Counts a generated model, sample by sample, with its layers told apart.

The generated C calls `<NAME>_AFTER` behind every operator.  Here it is an assembler label and nothing else: it
adds no instruction, but keeps the compiler from moving memory accesses across it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ...errors import TargetError
from ...targets import Core
from ..build import build
from ..interface import Inputs
from .avr import count_runs
from .build import link
from .machine import Machine
from .profile import Profile


@dataclass(frozen=True)
class Counted:
    """outputs: (N, outputs), int32.  profiles: one per sample."""

    outputs: NDArray[np.int32]
    profiles: tuple[Profile, ...]


def count_model(
    sources: Mapping[str, str],
    name: str,
    core: Core,
    inputs: Inputs,
    *,
    output_size: int,
    scratch_bytes: int,
    layers: Sequence[str] = (),
    optimize: str = "-O2",
    alignment: bool = False,
) -> Counted:
    """Runs `<name>_run` of generated C for each of `inputs` (N, input_size).

    layers: names of the operators in order, for messages.  alignment: report misaligned accesses, which is slow.
    Raises TargetError for code that does not build, faults or does not end; ToolMissing.
    """
    if not len(inputs):
        raise TargetError(f"{name} on {core.name}: no samples to count")
    mark = f'-D{name.upper()}_AFTER(i,r,n)=__asm__ volatile("mcx_layer_end_" #i "_%=:" ::: "memory")'
    if core.emulator is not None and core.emulator.program == "simavr":
        flags = (mark, "-DMCX_SELFTEST=0")
        return Counted(*count_runs(build(sources, name, core, optimize=optimize, extra_flags=flags), inputs))
    program = link(sources, core, optimize=optimize, flags=[mark], keep=[f"{name}_run"])
    machine = Machine(program, core, layers, alignment=alignment)
    x, y = machine.place(bytes(inputs.shape[1])), machine.place(bytes(4 * output_size))
    scratch = machine.place(bytes(scratch_bytes), align=8)
    rows, profiles = [], []
    for sample in inputs:
        machine.write(x, sample.tobytes())
        profiles.append(machine.call(f"{name}_run", x, y, scratch))
        rows.append(np.frombuffer(machine.read(y, 4 * output_size), "<i4").astype(np.int32))
    return Counted(np.stack(rows), tuple(profiles))
