"""AVR: 16-bit int, constants in flash, kernels and cycles of its own."""

import re
import subprocess
from pathlib import Path

import numpy as np
import pytest
from networks import ALL_FORMATS, NETWORKS, lowered
from numpy.testing import assert_array_equal
from small import samples

from mcuexport.codegen import generate
from mcuexport.emulate import Built, build, run
from mcuexport.emulate.counting.avr import count_runs
from mcuexport.graph import Graph, Input, Node
from mcuexport.ops import Dense, IntArray, TensorType
from mcuexport.pack import FORMATS
from mcuexport.targets import core

AVR = core("avr")
TYPES = {"uint8": TensorType((1,), "uint8", 0, 255), "int8": TensorType((1,), "int8", -128, 127)}
# What an ATmega328P has, of what avr-objdump prints.
AVR5 = set(
    "adc add adiw and andi asr bld brcc brcs breq brge brlt brmi brne brpl brtc brts brvc brvs bst call clc cli clr clt"
    " com cp cpc cpi cpse dec eor fmul fmuls fmulsu icall ijmp in inc jmp ld ldd ldi lds lpm lsl lsr mov movw mul muls"
    " mulsu neg nop or ori out pop push rcall ret rjmp rol ror sbc sbci sbic sbis sbiw sbrc sbrs sec set st std sts sub"
    " subi swap tst".split()
)


def layer(fmt: str, inputs: int, dtype: str) -> Graph:
    """A dense layer, all its codes among the weights; its outputs are the accumulators."""
    random = np.random.default_rng(inputs)
    codes = random.integers(0, len(FORMATS[fmt].levels), (3, inputs)).astype(np.uint8)
    codes[1], codes[2] = np.argmax(FORMATS[fmt].levels), np.argmin(FORMATS[fmt].levels)
    kind = TYPES[dtype]
    node = Node("fc", Dense(codes, random.integers(-99, 99, 3), FORMATS[fmt]), ("input",), "fc")
    return Graph("avr", Input(TensorType((inputs,), kind.dtype, kind.lo, kind.hi), 1.0, 0), (node,))


def extremes(kind: TensorType) -> IntArray:
    x = samples(kind, 6)
    x[0], x[1] = kind.lo, kind.hi
    return x


@pytest.mark.parametrize("fmt", FORMATS)
@pytest.mark.parametrize("dtype", TYPES)
@pytest.mark.parametrize("inputs", [5, 97])
def test_every_format_is_exact_and_passes_its_self_test(fmt: str, dtype: str, inputs: int) -> None:
    graph = layer(fmt, inputs, dtype)
    x = extremes(graph.input.type)
    built = build(generate(graph, AVR, "net", x[:2]).sources, "net", AVR)
    assert_array_equal(run(built, x).outputs, graph.run(x))


@pytest.fixture(scope="module")
def network(tmp_path_factory: pytest.TempPathFactory) -> tuple[Graph, Built]:
    """All formats in one network, at -O2."""
    options = NETWORKS["batch_gelu_rescale"]
    graph, _ = lowered(tmp_path_factory.mktemp("network"), **ALL_FORMATS, **options)
    sources = generate(graph, AVR, "net", samples(graph.input.type, 2)).sources
    return graph, build(sources, "net", AVR, optimize="-O2")


def test_no_constant_is_in_ram(network: tuple[Graph, Built]) -> None:
    sizes = network[1].sizes
    assert sizes.ram_bytes == 0
    assert not {"__do_copy_data", "__do_clear_bss"} & set(sizes.calls)


def test_only_integer_functions_of_at_most_32_bits_are_called(network: tuple[Graph, Built]) -> None:
    helpers = {name for name in network[1].sizes.calls if not name.startswith("mem")}
    assert {name for name in helpers if not re.fullmatch(r"__u?mul(si|hisi|shisi|ohisi|usi|uhisi)3", name)} == set()


def test_code_has_only_the_instructions_of_the_chip(network: tuple[Graph, Built]) -> None:
    model = network[1].path.parent / "model" / "net.o"
    command = ["avr-objdump", "-d", "--no-show-raw-insn", str(model)]
    listing = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    used = {line.split("\t")[1].strip() for line in listing.splitlines() if re.match(r"\s*[0-9a-f]+:\t", line)}
    assert used
    assert used - AVR5 == set()


TOY_HEADER = """
#include <stdint.h>
#define TOY_INPUT_T uint8_t
#define TOY_INPUT_SIZE 1u
#define TOY_OUTPUT_SIZE 1u
#define TOY_SCRATCH_BYTES 0u
void toy_run(const uint8_t *input, int32_t *output, void *scratch);
int32_t toy_selftest(void *scratch);
"""
TOY = """
#include "toy.h"
void toy_run(const uint8_t *input, int32_t *output, void *scratch)
{{
    (void)scratch;
    *output = *input;
    __asm__ volatile("mcx_layer_end_0_1: {code} \\n mcx_layer_end_1_2:" ::: "r0", "r1", "r24", "r30", "r31", "memory");
    __asm__ volatile("clr r1");
}}
int32_t toy_selftest(void *scratch)
{{
    (void)scratch;
    return 0;
}}
"""


@pytest.mark.parametrize(
    ("code", "instructions", "cycles"),
    [
        ("nop", 1, 1),
        ("mul r24, r24", 1, 2),
        ("lpm r24, Z", 1, 3),
        ("rjmp .+0", 1, 2),
        ("push r24 \\n pop r24", 2, 4),
        ("ldi r24, 5 \\n 0: dec r24 \\n brne 0b", 11, 1 + 5 + 4 * 2 + 1),
        ("rcall 0f \\n rjmp 1f \\n 0: ret \\n 1:", 3, 3 + 4 + 2),
    ],
)
def test_cycles_are_those_of_the_instruction_set_manual(
    code: str, instructions: int, cycles: int, tmp_path: Path
) -> None:
    """Atmel-0856, AVR Instruction Set Manual; the second layer is the code."""
    sources = {"toy.h": TOY_HEADER, "toy.c": TOY.format(code=code)}
    built = build(sources, "toy", AVR, workdir=tmp_path)
    outputs, (profile,) = count_runs(built, np.array([[7]], np.uint8))
    assert outputs == [[7]]
    assert (profile.layers[1].instructions, profile.layers[1].cycles) == (instructions, cycles)


def test_a_copy_of_the_generated_c_for_other_cores_has_the_same_text(network: tuple[Graph, Built]) -> None:
    """Only the headers differ: net.c is a function of the layouts, which an AVR shares with the host."""
    graph = network[0]
    x = samples(graph.input.type, 2)
    host, avr = (generate(graph, core(name), "net", x).sources for name in ("host", "avr"))
    assert host["net.c"].replace(" for host,", " for avr,") == avr["net.c"]
    assert host["mcx_memory.h"] != avr["mcx_memory.h"]
