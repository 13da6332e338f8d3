"""Kernels that Eva cannot read, with assembler in them: every code at every place of a block, on emulated cores.

Exhaustive over (code, position among nine of 12 inputs), with inputs at the ends of their range: no proof for all
inputs, but each unpacking is seen with each code, and each sum with the largest neighbours.
"""

from itertools import product

import numpy as np
import pytest

from mcuexport.bench import dense_kernel
from mcuexport.kernels import find
from mcuexport.pack import FORMATS, WeightFormat
from mcuexport.targets import core

INPUTS = 12  # more than any group of a kernel: 8 at most
RANGES = {"u7": (0, 127, np.int8), "u8": (0, 255, np.uint8), "s8": (-128, 127, np.int8)}
CORES = ("cortex-m0plus", "cortex-m4", "rv32emc", "rv32ec")  # armv6m and mul, armv7em and dsp, rv32m, rv32 and lut


@pytest.mark.parametrize("core_name", CORES)
@pytest.mark.parametrize("fmt", FORMATS.values(), ids=lambda fmt: fmt.name)
def test_every_code_is_right_at_every_place(core_name: str, fmt: WeightFormat) -> None:
    kernel = dense_kernel(fmt, core(core_name))
    layout = find(f"mcx_dense_{fmt.name}", kernel.core.families).layout
    count = len(fmt.levels)
    for variant, place in product(RANGES, range(9)):
        lo, hi, dtype = RANGES[variant]
        codes = np.tile(np.random.default_rng(place).integers(0, count, INPUTS), (count, 1)).astype(np.uint8)
        codes[:, place] = np.arange(count)
        alone = np.where(np.arange(INPUTS) == place, lo or hi, 0)
        for x in (np.full(INPUTS, hi), np.full(INPUTS, lo), alone):
            acc, _ = kernel.call(variant, layout.pack(codes, fmt), x.astype(dtype), count)
            np.testing.assert_array_equal(acc, fmt.decode(codes).astype(np.int64) @ x)
