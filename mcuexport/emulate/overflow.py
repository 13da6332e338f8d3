"""What to say when a program does not fit: how much it takes, how much there is, what is largest."""

import re
from pathlib import Path

from ..errors import DoesNotFit
from ..targets import CORES
from .interface import read_interface
from .plan import BuildPlan
from .sizes import sizes

_OVERFLOW = re.compile(r"region .(\w+). overflowed by (\d+) bytes?")
_OUTSIDE = re.compile(r"address (0x\w+) of .* is not within region .data.")
_ARRAY = re.compile(r"size of array .(\w+). is too large")


def too_large(name: str, plan: BuildPlan, complaint: str, model: Path, interface: Path) -> DoesNotFit | None:
    """The error behind the complaint of a compiler or linker; None if it is about something else.

    model, interface: the object files of the model and of `firmware/src/interface.c`.
    """
    if plan.code is None or plan.data is None:
        return None
    machine = CORES[plan.core_name].emulator if plan.core_name in CORES else None
    where = plan.core_name if machine is None else f"{plan.core_name} ({machine.machine})"
    if found := _ARRAY.search(complaint):
        return DoesNotFit(f"{name}: {found[1]} takes more than {where} can address: use fewer bits or a smaller layer")
    if found := _OUTSIDE.search(complaint):
        taken, kind, memory = int(found[1], 16) - plan.data.origin, "RAM", plan.data
    elif found := _OVERFLOW.search(complaint):
        kind, memory = ("flash", plan.code) if found[1].lower() in ("code", "text") else ("RAM", plan.data)
        taken = memory.size_bytes + int(found[2])
    else:
        return None
    reason = _largest_part(model) if kind == "flash" else _buffers(interface)
    return DoesNotFit(
        f"{name}: takes {taken:,} B of {kind} with the program around it, {where} has {memory.size_bytes:,} B; {reason}"
    )


def _largest_part(model: Path) -> str:
    symbols = sizes(model).symbols
    largest = max(symbols, key=symbols.__getitem__)
    return f"the largest part is {largest}, {symbols[largest]:,} B: use fewer bits or a smaller layer"


def _buffers(interface: Path) -> str:
    found = read_interface(interface)
    sizes_ = f"scratch {found.scratch_bytes:,} B, input {found.input_size:,} B, output {4 * found.output_size:,} B"
    return f"{sizes_}: use smaller maps"
