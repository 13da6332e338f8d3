"""The index of the largest value: a class from logits."""

from dataclasses import dataclass
from math import prod
from typing import ClassVar

import numpy as np

from .base import Call, IntArray, Locality, TensorType, require_dtype


@dataclass(frozen=True)
class Argmax:
    """Index of the largest of n int32 values; the first of equals."""

    kind: ClassVar[str] = "argmax"
    locality: ClassVar[Locality] = "whole"

    def output(self, x: TensorType) -> TensorType:
        require_dtype(x, "int32")
        return TensorType((1,), "int32", 0, x.size - 1)

    def run(self, x: IntArray) -> IntArray:
        return np.asarray(x.reshape(len(x), prod(x.shape[1:])).argmax(axis=-1, keepdims=True), np.int32)

    def call(self, x: TensorType) -> Call:
        return Call("argmax", ("x", x.size, "y"))
