"""Calls one dense kernel on an emulated core: what its outputs are and what they take."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from ...targets import Core
from .build import link
from .machine import Machine
from .profile import Profile
from .program import Program

C_TYPES = {"u7": "int8_t", "u8": "uint8_t", "s8": "int8_t"}
_HEAD = "const uint32_t *weights, const int32_t *bias, const {type} *x, uint32_t inputs, int32_t *acc, uint32_t outputs"
_WRAPPER = """
void call_{variant}({head});
void call_{variant}({head})
{{
    mcx_{kernel}_{variant}(weights, bias, x, inputs, acc, outputs);
}}
"""
_BITS = """
#include "mcx_dense_bits.h"
typedef struct {
    const uint32_t *weights, *x;
    const int32_t *bias;
    const uint16_t *ones;
    uint32_t words, run, inputs;
} given_t;
void call_bits(const given_t *g, int32_t *acc, uint32_t outputs);
void call_bits(const given_t *g, int32_t *acc, uint32_t outputs)
{
    mcx_dense_bits(g->weights, g->bias, g->ones, g->x, g->words, g->run, g->inputs, acc, outputs);
}
"""
_GUARD = bytes(16 * [0xEE])


@dataclass(frozen=True)
class DenseKernel:
    """`mcx_<kernel>_<variant>` among `headers` (file name to text), compiled for a core.

    The whole call is counted: a wrapper passes its arguments on.  alignment: report misaligned accesses.
    """

    kernel: str
    headers: Mapping[str, str]
    core: Core
    optimize: str = "-O2"
    variants: tuple[str, ...] = ("u7", "u8", "s8")
    alignment: bool = False

    @cached_property
    def program(self) -> Program:
        wrappers = [
            _WRAPPER.format(variant=v, kernel=self.kernel, head=_HEAD.format(type=C_TYPES[v])) for v in self.variants
        ]
        text = "".join([f'#include "mcx_{self.kernel}.h"\n', *wrappers])
        keep = [f"call_{variant}" for variant in self.variants]
        return link({**self.headers, "kernel.c": text}, self.core, optimize=self.optimize, keep=keep)

    @cached_property
    def machine(self) -> Machine:
        return Machine(self.program, self.core, alignment=self.alignment)

    def call(
        self,
        variant: str,
        weights: NDArray[np.uint32],
        x: NDArray[np.uint8] | NDArray[np.int8],
        outputs: int,
        *,
        bias: NDArray[np.int32] | None = None,
        offset: int = 0,
    ) -> tuple[NDArray[np.int32], Profile]:
        """Accumulators and counts.  offset: bytes by which x is off a multiple of four.

        Raises TargetError if the kernel writes outside its accumulators, faults, or does not end.
        """
        machine = self.machine
        machine.forget()
        at_weights = machine.place(weights.tobytes())
        at_bias = 0 if bias is None else machine.place(bias.astype("<i4").tobytes())
        at_x = machine.place(bytes(offset) + x.tobytes()) + offset
        at_acc = machine.place(_GUARD + bytes(4 * outputs) + _GUARD) + len(_GUARD)
        profile = machine.call(f"call_{variant}", at_weights, at_bias, at_x, x.size, at_acc, outputs)
        machine.require_guards(at_acc, 4 * outputs, _GUARD)
        return np.frombuffer(machine.read(at_acc, 4 * outputs), "<i4").astype(np.int32), profile


@dataclass(frozen=True)
class BitsKernel:
    """`mcx_dense_bits` among `headers`, compiled for a core, as `DenseKernel` is."""

    headers: Mapping[str, str]
    core: Core
    optimize: str = "-O2"
    alignment: bool = False

    @cached_property
    def machine(self) -> Machine:
        program = link({**self.headers, "kernel.c": _BITS}, self.core, optimize=self.optimize, keep=["call_bits"])
        return Machine(program, self.core, alignment=self.alignment)

    def call(
        self,
        weights: NDArray[np.uint32],
        ones: NDArray[np.uint16],
        x: NDArray[np.uint32],
        inputs: int,
        run: int,
        *,
        bias: NDArray[np.int32] | None = None,
    ) -> tuple[NDArray[np.int32], Profile]:
        """Accumulators and counts, for packed weights and their ones (outputs,), bits x in pixels of `run` channels.

        Raises TargetError as `DenseKernel.call` does.
        """
        machine, outputs = self.machine, ones.size
        machine.forget()
        parts = (weights, x, np.zeros(0) if bias is None else bias.astype("<i4"), ones.astype("<u2"))
        at = [machine.place(part.tobytes()) for part in parts]
        at[2] = 0 if bias is None else at[2]
        given = machine.place(np.array([*at, x.size, run, inputs], "<u4").tobytes())
        at_acc = machine.place(_GUARD + bytes(4 * outputs) + _GUARD) + len(_GUARD)
        profile = machine.call("call_bits", given, at_acc, outputs)
        machine.require_guards(at_acc, 4 * outputs, _GUARD)
        return np.frombuffer(machine.read(at_acc, 4 * outputs), "<i4").astype(np.int32), profile
