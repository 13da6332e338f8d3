"""Integer operators.  To add one: a file here, an entry in `OPS`, a kernel of its name in C."""

from .add import Add
from .argmax import Argmax
from .base import (
    DTYPE_BYTES,
    INPUT_VARIANT,
    Argument,
    Array,
    Call,
    Constant,
    IntArray,
    Locality,
    Offset,
    Op,
    TensorType,
    Weights,
    dense_variant,
    pixel,
)
from .bits import Binarize, Flip, Threshold, Unpack
from .concat import Concat
from .conv2d import Conv2d, channel_block
from .dense import Dense
from .dynamic_shift import DynamicShift
from .max_pool import MaxPool
from .requantize import STEP_BITS, Requantize, RequantizeShift, shift_half_up
from .requantize_prelu import RequantizePRelu
from .stream import StreamConv2d, StreamDense
from .sum_pool import SumPool
from .table import Table
from .window import Window

OPS: dict[str, type[Op]] = {
    op.kind: op
    for op in (
        Dense,
        Conv2d,
        StreamDense,
        StreamConv2d,
        Requantize,
        RequantizeShift,
        RequantizePRelu,
        DynamicShift,
        Table,
        MaxPool,
        SumPool,
        Add,
        Concat,
        Argmax,
        Threshold,
        Binarize,
        Flip,
        Unpack,
    )
}

__all__ = [
    "DTYPE_BYTES",
    "INPUT_VARIANT",
    "OPS",
    "STEP_BITS",
    "Add",
    "Argmax",
    "Argument",
    "Array",
    "Binarize",
    "Call",
    "Concat",
    "Constant",
    "Conv2d",
    "Dense",
    "DynamicShift",
    "Flip",
    "IntArray",
    "Locality",
    "MaxPool",
    "Offset",
    "Op",
    "Requantize",
    "RequantizePRelu",
    "RequantizeShift",
    "StreamConv2d",
    "StreamDense",
    "SumPool",
    "Table",
    "TensorType",
    "Threshold",
    "Unpack",
    "Weights",
    "Window",
    "channel_block",
    "dense_variant",
    "pixel",
    "shift_half_up",
]
