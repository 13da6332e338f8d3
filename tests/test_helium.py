"""Kernels for Helium against numpy, in QEMU: Unicorn has no core with it."""

from itertools import product

import numpy as np
import pytest
from helium_calls import HELIUM, DenseCall, accumulators
from test_kernels import INPUTS, RANGES, WEIGHTS, bias_of, codes_of, expected, inputs_of

from mcuexport.kernels import find
from mcuexport.pack import FORMATS

DENSE = ("int8", "sym4", "int4", "sym2", "ternary", "binary")
SHAPES = (
    *((1, 1), (2, 3), (3, 2), (15, 4), (16, 5), (17, 10), (31, 17), (32, 33), (33, 31), (64, 10), (65, 1), (100, 15)),
    *((127, 16), (300, 9), (27, 64), (70, 80)),
)


@pytest.mark.parametrize("optimize", ["-O2", "-Os", "-O0"])
@pytest.mark.parametrize("name", DENSE)
def test_dense_is_exact(name: str, optimize: str) -> None:
    fmt, layout = FORMATS[name], find(f"mcx_dense_{name}", HELIUM.families).layout
    calls, wanted = [], []
    for variant, (inputs, outputs), weights, values in product(RANGES, SHAPES, WEIGHTS, INPUTS):
        if optimize != "-O2" and (weights != "random" or values == "sparse"):
            continue
        codes, bias = codes_of(fmt, outputs, inputs, weights), bias_of(outputs, values)
        x = inputs_of(variant, inputs, values)
        calls.append(DenseCall(variant, layout.pack(codes, fmt), x, outputs, bias, inputs % 4))
        wanted.append(expected(fmt, codes, x, bias))
    for made, right in zip(accumulators(name, calls, optimize), wanted, strict=True):
        np.testing.assert_array_equal(made, right)
