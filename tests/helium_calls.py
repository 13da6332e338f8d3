"""Calls of dense kernels for Helium in QEMU, which alone knows it: many of them are the samples of one program.

The program stands where a model does in the parity runner: a sample is a call with all its arguments, its output what
the call wrote, and behind that the runner's paint.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

from mcuexport.emulate import Built, build, run
from mcuexport.kernels import find, with_includes
from mcuexport.targets import core

HELIUM = core("cortex-m55-helium")
SAMPLE_BYTES = 1 << 13
MOST_OUTPUTS = 101

_HEADER = f"""
#include <stdint.h>
#define NET_INPUT_T uint8_t
#define NET_INPUT_SIZE {SAMPLE_BYTES}
#define NET_OUTPUT_SIZE {MOST_OUTPUTS}
#define NET_SCRATCH_BYTES {SAMPLE_BYTES + 16}
void net_run(const uint8_t *input, int32_t *output, void *scratch);
int32_t net_selftest(void *scratch);
"""
# Six words of arguments: variant, inputs, outputs, where the bias is, or 0, where the inputs are and the weights.
_SOURCE = """
#include "net.h"
#include "{file}"
int32_t net_selftest(void *scratch)
{{
    return scratch == (void *)0;
}}
void net_run(const uint8_t *input, int32_t *output, void *scratch)
{{
    uint8_t *const bytes = scratch;
    for (uint32_t i = 0u; i < NET_INPUT_SIZE; i++) {{
        bytes[i] = input[i];
    }}
    const uint32_t *const arguments = scratch;
    const int32_t *const bias = arguments[3] == 0u ? (const int32_t *)0 : (const int32_t *)(bytes + arguments[3]);
    const uint32_t inputs = arguments[1], outputs = arguments[2];
    const void *const x = bytes + arguments[4], *const weights = bytes + arguments[5];
    if (arguments[0] == 0u) {{
        {name}_u7(weights, bias, x, inputs, output, outputs);
    }} else if (arguments[0] == 1u) {{
        {name}_u8(weights, bias, x, inputs, output, outputs);
    }} else {{
        {name}_s8(weights, bias, x, inputs, output, outputs);
    }}
}}
"""
VARIANTS = ("u7", "u8", "s8")


def dense_sources(fmt: str) -> dict[str, str]:
    """A program around the dense kernel of a format."""
    kernel = find(f"mcx_dense_{fmt}", HELIUM.families)
    text = _SOURCE.format(file=kernel.file, name=kernel.name)
    headers = with_includes([kernel.name], HELIUM.families).values()
    return {"net.h": _HEADER, "net.c": text} | {header.file: header.text for header in headers}


@cache
def dense_program(fmt: str, optimize: str) -> Built:
    return build(dense_sources(fmt), "net", HELIUM, optimize=optimize)


@dataclass(frozen=True)
class DenseCall:
    """offset: bytes by which the inputs, and weights that are bytes, are off a multiple of four."""

    variant: str
    words: NDArray[np.uint32] | NDArray[np.int8]
    x: NDArray[np.uint8] | NDArray[np.int8]
    outputs: int
    bias: NDArray[np.int32] | None = None
    offset: int = 0

    @property
    def sample(self) -> NDArray[np.uint8]:
        """As the program takes it."""
        bytes_ = np.zeros(SAMPLE_BYTES, np.uint8)

        def place(array: NDArray[np.integer], at: int) -> int:
            data = np.frombuffer(array.tobytes(), np.uint8)
            assert at + data.size <= SAMPLE_BYTES
            bytes_[at : at + data.size] = data
            return at + data.size

        bias_at = 24
        x_at = bias_at + (0 if self.bias is None else 4 * self.outputs) + self.offset
        end = place(self.x, x_at)
        weights_at = -(-end // 4) * 4 + (self.offset if self.words.dtype == np.int8 else 0)
        place(self.words, weights_at)
        arguments = [VARIANTS.index(self.variant), self.x.size, self.outputs, 0, x_at, weights_at]
        if self.bias is not None:
            arguments[3] = bias_at
            place(self.bias, bias_at)
        place(np.array(arguments, np.int32), 0)
        return bytes_


def accumulators(fmt: str, calls: Sequence[DenseCall], optimize: str) -> list[NDArray[np.int32]]:
    """What each call wrote.  Raises AssertionError if one wrote behind its outputs."""
    outputs = run(dense_program(fmt, optimize), np.stack([call.sample for call in calls])).outputs
    paint = outputs[0][-1]
    for made, call in zip(outputs, calls, strict=True):
        assert (made[call.outputs :] == paint).all()
    return [made[: call.outputs] for made, call in zip(outputs, calls, strict=True)]
