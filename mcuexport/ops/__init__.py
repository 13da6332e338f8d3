"""Integer operators.  To add one: a file here, an entry in `OPS`, a kernel of its name in C."""

from .argmax import Argmax
from .base import Array, Call, Constant, IntArray, Op, TensorType, Weights
from .dense import Dense
from .dynamic_shift import DynamicShift
from .requantize import Requantize, RequantizeShift, shift_half_up
from .table import Table

OPS: dict[str, type[Op]] = {
    op.kind: op for op in (Dense, Requantize, RequantizeShift, DynamicShift, Table, Argmax)
}

__all__ = [
    "OPS",
    "Argmax",
    "Array",
    "Call",
    "Constant",
    "Dense",
    "DynamicShift",
    "IntArray",
    "Op",
    "Requantize",
    "RequantizeShift",
    "Table",
    "TensorType",
    "Weights",
    "shift_half_up",
]
