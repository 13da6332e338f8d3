"""The block counter of hooks.c, compiled for this computer and called by Unicorn without passing through Python."""

import ctypes
from functools import cache
from pathlib import Path

from ...targets import core
from ..cache import cached_folder
from ..tools import compile_in, find_tool

SLOTS = 16384
MAX_MARKS = 4096
MAX_MISALIGNED = 16
_SOURCE = Path(__file__).parent / "hooks.c"


class Slot(ctypes.Structure):
    """`slot_t` of hooks.c."""

    _fields_ = [
        ("address", ctypes.c_uint32),
        ("size", ctypes.c_uint32),
        ("layer", ctypes.c_uint32),
        ("next_layer", ctypes.c_uint32),
        ("executed", ctypes.c_uint64),
        ("fell_through", ctypes.c_uint64),
    ]


class Counter(ctypes.Structure):
    """`counter_t` of hooks.c."""

    _fields_ = [
        ("slots", Slot * SLOTS),
        ("mark_addresses", ctypes.c_uint32 * MAX_MARKS),
        ("mark_layers", ctypes.c_uint32 * MAX_MARKS),
        ("marks", ctypes.c_uint32),
        ("layer", ctypes.c_uint32),
        ("current", ctypes.c_uint32),
        ("used", ctypes.c_uint32),
        ("halfwords", ctypes.c_uint64),
        ("limit", ctypes.c_uint64),
        ("stopped", ctypes.c_uint32),
        ("misaligned", ctypes.c_uint32),
        ("misaligned_address", ctypes.c_uint32 * MAX_MISALIGNED),
        ("misaligned_block", ctypes.c_uint32 * MAX_MISALIGNED),
        ("misaligned_size", ctypes.c_uint32 * MAX_MISALIGNED),
        ("stop", ctypes.c_void_p),
    ]


@cache
def library() -> ctypes.CDLL:
    """The compiled hooks.  Raises ToolMissing if this computer has no C compiler."""
    host = core("host")
    compiler = find_tool(host.compiler, host.compiler_package)
    command = [compiler, "-std=c99", "-O2", "-fPIC", "-shared", str(_SOURCE), "-o", "hooks.so"]
    folder = cached_folder(
        ["counting hooks", command, _SOURCE.read_text()],
        lambda to: compile_in(to, command, "the counting hooks"),
    )
    hooks = ctypes.CDLL(str(folder / "hooks.so"))
    hooks.counter_bytes.restype = ctypes.c_size_t
    assert hooks.counter_bytes() == ctypes.sizeof(Counter)
    return hooks
