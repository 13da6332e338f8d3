"""Faults planted into kernels: the comparison with numpy finds each, on inputs at the ends of their range."""

from dataclasses import replace

import numpy as np
import pytest
from small import samples

from mcuexport.codegen import generate
from mcuexport.emulate import build, load_host, run
from mcuexport.graph import Graph, Input, Node
from mcuexport.ops import Dense, TensorType
from mcuexport.pack import FORMATS
from mcuexport.targets import CORES


def layer(fmt: str) -> Graph:
    """512 inputs of 0 .. 255; outputs with the largest weights, with the least, with any."""
    weights = FORMATS[fmt]
    codes = np.random.default_rng(3).integers(0, len(weights.levels), (9, 512)).astype(np.uint8)
    codes[:4], codes[4] = np.argmax(weights.levels), np.argmin(weights.levels)
    source = Input(TensorType((512,), "uint8", 0, 255), 1.0, 0)
    return Graph("layer", source, (Node("fc", Dense(codes, np.zeros(9, np.int64), weights), ("input",), "fc"),))


def wrong_outputs(where: str, fmt: str, file: str, old: str, new: str) -> int:
    """Outputs that are not numpy's, of C in which `old` was replaced; on a core, or a family's plain C on the host."""
    graph = layer(fmt)
    x = samples(graph.input.type, 20)
    target = CORES.get(where) or replace(CORES["host"], families=tuple(dict.fromkeys((where, "generic"))))
    made = generate(graph, target, "net", x[2:4])
    assert made.sources[file].count(old) == 1
    sources = {**made.sources, file: made.sources[file].replace(old, new)}
    if target.emulator is None:
        outputs = load_host(sources, "net").run(x)
    else:
        outputs = run(build(sources, "net", target, extra_flags=("-DMCX_SELFTEST=0",)), x).outputs
    return int((outputs != graph.run(x)).sum())


FAULTS = {
    "wrong flush period, mul sym4": ("mul", "sym4", "mcx_dense_sym4.h", "(sym4, u8, uint8_t, mcx_lanes4, 4u, 4u", "5u"),
    "wrong flush period, mul sym2": (
        "mul",
        "sym2",
        "mcx_dense_sym2.h",
        "(sym2, u8, uint8_t, mcx_lanes2, 8u, 8u",
        "33u",
    ),
    "wrong flush period, cortex-m4 sym4": (
        "cortex-m4",
        "sym4",
        "mcx_dense_sym4.h",
        "(sym4, u8, uint8_t, mcx_nibble_pairs, 8u, 32u",
        "1u << 20",
    ),
    "wrong offset, mul sym4": (
        "mul",
        "sym4",
        "mcx_dense_sym4.h",
        "(sym4, u8, uint8_t, mcx_lanes4, 4u, 4u, 2, -15",
        "-14",
    ),
    "wrong offset, cortex-m55-helium sym4": (
        "cortex-m55-helium",
        "sym4",
        "mcx_dense_sym4.h",
        '(sym4, u8, uint8_t, "u8", 2u, -15',
        "-14",
    ),
    "wrong unpack, generic sym4": ("generic", "sym4", "mcx_levels_sym4.h", "2 * (int32_t)code - 15", "14"),
    "wrong unpack, generic sym2": ("generic", "sym2", "mcx_dense_sym2.h", "DENSE_OF_EVEN_LEVELS(sym2, 2u", "4u"),
    "wrong unpack, generic ternary": ("generic", "ternary", "mcx_dense_ternary.h", "fraction *= 3u", "2u"),
}


@pytest.mark.parametrize("name", FAULTS)
def test_a_planted_fault_is_found(name: str) -> None:
    family, fmt, file, old, last = FAULTS[name]
    new = f"{old.rpartition(' ')[0]} {last}"
    assert wrong_outputs(family, fmt, file, old, old) == 0
    assert wrong_outputs(family, fmt, file, old, new) > 0
