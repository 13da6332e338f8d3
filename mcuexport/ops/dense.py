"""Fully connected layer: integer weights times integer activations, accumulated exactly.

Of binary weights on bits only the signs count: the C adds no products, it counts agreements.
"""

from dataclasses import dataclass
from functools import cached_property
from typing import ClassVar

import numpy as np

from ..pack import Codes, WeightFormat
from .base import (
    Array,
    Call,
    Constant,
    IntArray,
    Locality,
    TensorType,
    Weights,
    dense_variant,
    on_bits,
    require,
    require_weighted,
)
from .bounds import accumulator_range
from .exact import matmul


@dataclass(frozen=True, eq=False)
class Dense:
    """``acc[o] = bias[o] + sum_i level[o, i] * x[i]`` in int32.

    codes: (out, in) codes of `fmt`.  bias: (out,) integers in units of the accumulator.
    Input uint8 or int8 (in,), or any shape of that many elements, read in memory order; bits if `fmt` is binary.
    Raises OverflowRisk if some input could drive a row, or a partial sum of it, out of int32.
    """

    kind: ClassVar[str] = "dense"
    locality: ClassVar[Locality] = "whole"
    codes: Codes
    bias: IntArray
    fmt: WeightFormat

    def __post_init__(self) -> None:
        outputs, _ = self.codes.shape
        require(self.bias.shape == (outputs,), f"{outputs} outputs need as many biases, got {self.bias.shape}")

    @cached_property
    def levels(self) -> IntArray:
        return self.fmt.decode(self.codes)

    def output(self, x: TensorType) -> TensorType:
        outputs, inputs = self.codes.shape
        require_weighted(x, self.fmt, inputs)
        require(x.size == inputs, f"weights take {inputs} inputs, got {x.size} ({'x'.join(map(str, x.shape))})")
        lowest, highest = self.range(x)
        return TensorType((outputs,), "int32", lowest, highest)

    def range(self, x: TensorType) -> tuple[int, int]:
        """(lowest, highest) of the result over all inputs of a type; raises OverflowRisk."""
        return accumulator_range(self.levels, self.bias, x)

    def run(self, x: IntArray) -> IntArray:
        bound = 255 * int(np.abs(self.levels).sum(axis=1).max())
        return matmul(x.reshape(-1, self.codes.shape[1]), self.levels, bound) + self.bias.astype(np.int32)

    def call(self, x: TensorType) -> Call:
        outputs, inputs = self.codes.shape
        if x.dtype == "bit":
            return on_bits(self.codes, self.fmt, self.bias, x.elements, x.shape[-1])
        constants: dict[str, Constant] = {"weights": Weights(self.codes, self.fmt)}
        if self.bias.any():
            constants["bias"] = Array(self.bias, "int32")
        args = ("weights", "bias" if "bias" in constants else None, "x", inputs, "y", outputs)
        return Call(f"dense_{self.fmt.name}", args, dense_variant(x), constants)
