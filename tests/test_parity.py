"""The ladder: torch, the integer graph, C of every compiler and level, sanitizers, every emulated core."""

import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from networks import ALL_FORMATS, NETWORKS, lowered
from numpy.testing import assert_array_equal
from small import flat, generated, golden_graph, samples

from mcuexport import parity
from mcuexport.checkpoint import to_real
from mcuexport.codegen import Generated
from mcuexport.emulate import build, load_host, run
from mcuexport.errors import ParityError, TargetError
from mcuexport.evaluate import evaluate
from mcuexport.graph import Graph, Input, Node
from mcuexport.ops import Dense, Requantize, RequantizeShift, TensorType
from mcuexport.pack import FORMATS
from mcuexport.targets import CORES, core
from mcuexport.train.activations import FUNCTIONS

KINDS: dict[str, dict[str, Any]] = {
    "batch": {"norm": "batch"},
    "batch_output": {"norm": "batch", "norm_output": True},
    "rms": {"norm": "rms"},
    "layer": {"norm": "layer"},
    "none": {"norm": "none", "bias": True, "per_output": True},
    "power_of_two": {"norm": "batch", "power_of_two": True},
}
# Every format meets every kind; every activation, both ways there are for it.
PAIRS = [
    (fmt, kind, list(FUNCTIONS)[(3 * i + 5 * j) % len(FUNCTIONS)])
    for i, fmt in enumerate(FORMATS)
    for j, kind in enumerate(KINDS)
]
PAIRS += [("int4", kind, function) for kind in ("batch", "rms") for function in FUNCTIONS]


def difficult(kind: TensorType, count: int = 120, seed: int = 8) -> Any:
    """Random inputs, the extremes, single ones among zeros, and inputs of few different values."""
    x = samples(kind, count, seed).reshape(count, -1)
    x[2 : 2 + count // 4] = kind.lo
    for i in range(count // 4):
        x[2 + i, i % kind.size] = kind.hi
    x[count // 2 : count // 2 + 9] = np.random.default_rng(seed).choice([kind.lo, kind.hi], (9, kind.size))
    return x.reshape(count, *kind.shape)


@pytest.mark.parametrize(("fmt", "kind", "function"), sorted(set(PAIRS)))
def test_c_on_the_host_computes_the_graph(tmp_path: Path, fmt: str, kind: str, function: str) -> None:
    graph, _ = lowered(tmp_path, format=fmt, activation=function, seed=len(fmt + kind + function), **KINDS[kind])
    x = difficult(graph.input.type)
    model = load_host(generated(graph).sources, "net")
    assert_array_equal(model.run(flat(x)), graph.run(x))
    assert_array_equal(model.predict(flat(x)), graph.predict(x))
    assert model.selftest() == 0


@pytest.mark.parametrize("inputs", [1, 2, 3, 4, 5, 7, 8, 9, 19, 20, 21, 31, 32, 33, 63, 64, 65])
def test_every_format_takes_any_number_of_inputs(inputs: int) -> None:
    """All formats in one network each of whose layers has that many inputs."""
    rng = np.random.default_rng(inputs)
    nodes, last = [], "input"
    for fmt in FORMATS.values():
        codes = rng.integers(0, len(fmt.levels), (inputs, inputs)).astype(np.uint8)
        dense = Dense(codes, rng.integers(-99, 99, inputs), fmt)
        scale = np.full(inputs, 30000 // max(1, fmt.max_level))
        nodes.append(Node(fmt.name, dense, (last,), fmt.name))
        nodes.append(Node(f"{fmt.name}_act", Requantize(scale, 0 * scale, 18, -128, 127, 4), (fmt.name,), fmt.name))
        last = f"{fmt.name}_act"
    nodes.append(Node("end", replace(dense, fmt=FORMATS["int8"]), (last,), "end"))
    graph = Graph("sizes", Input(TensorType((inputs,), "int8", -128, 127), 1.0, 0), tuple(nodes))
    x = difficult(graph.input.type)
    model = load_host(generated(graph).sources, "net")
    assert_array_equal(model.run(x), graph.run(x))


LEVELS = [(compiler, level) for compiler in ("gcc", "clang") for level in ("-O0", "-O1", "-O2", "-O3", "-Os")]


@pytest.fixture(scope="module", params=NETWORKS)
def network(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Graph:
    return lowered(tmp_path_factory.mktemp("network"), **ALL_FORMATS, **NETWORKS[request.param])[0]


@pytest.mark.parametrize(("compiler", "optimize"), LEVELS)
def test_every_compiler_and_level_computes_the_graph(network: Graph, compiler: str, optimize: str) -> None:
    x = difficult(network.input.type)
    built = build(generated(network).sources, "net", core("host"), compiler=compiler, optimize=optimize)
    assert_array_equal(run(built, flat(x)).outputs, network.run(x))


@pytest.mark.parametrize("compiler", ["gcc", "clang"])
def test_sanitizers_have_nothing_to_report(network: Graph, compiler: str) -> None:
    x = difficult(network.input.type)
    built = build(generated(network).sources, "net", core("host"), compiler=compiler, optimize="-O1", sanitize=True)
    assert_array_equal(run(built, flat(x)).outputs, network.run(x))


def at_the_bound(op: Dense | Requantize | RequantizeShift) -> Graph:
    """A graph whose first accumulators reach what `op` just takes."""
    first = Dense(FORMATS["int8"].encode(np.array([[127, -127]] * 2)), np.array([2**20, -(2**20)]), FORMATS["int8"])
    last = Dense(FORMATS["int8"].encode(np.eye(2, dtype=np.int64)), np.zeros(2, np.int64), FORMATS["int8"])
    nodes = (Node("a", first, ("input",), "a"), Node("b", op, ("a",), "b"), Node("c", last, ("b",), "c"))
    return Graph("bound", Input(TensorType((2,), "uint8", 0, 255), 1.0, 0), nodes)


ACC = 2**20 + 127 * 255  # the largest accumulator of `at_the_bound`
STEPS = (2**31 - 1 - 1000 * ACC) >> 16  # offsets in 128ths of a step, at a shift of 23, that 32 bits still admit
LIMITS: dict[str, Callable[[int], Requantize | RequantizeShift]] = {
    "plain": lambda s: Requantize(
        np.array([s * 1000] * 2), np.array([s * (2**31 - 1 - 1000 * ACC - 2**23)] * 2), 24, -128, 127
    ),
    "words": lambda s: Requantize(np.array([s * 1000] * 2), np.array([s * ((STEPS << 16) - 2**22)] * 2), 23, -128, 127),
    "pre_shift": lambda s: Requantize(np.array([s * 32767] * 2), np.array([s * 37] * 2), 24, -128, 127, 5),
    "leaky": lambda s: Requantize(
        np.array([s] * 2), np.array([s * (2**31 - 1 - ACC - 2**30)] * 2), 24, -128, 127, 0, 7
    ),
    "shift": lambda s: RequantizeShift(
        np.array([s] * 2), np.array([s * (2**31 - 1 - ACC - 2**30)] * 2), np.array([31, 20]), -128, 127
    ),
}


@pytest.mark.parametrize("name", LIMITS)
@pytest.mark.parametrize("sign", [1, -1])
def test_sums_at_the_bound_of_32_bits_are_right_and_defined(name: str, sign: int) -> None:
    graph = at_the_bound(LIMITS[name](sign))
    x = difficult(graph.input.type)
    for compiler in ("gcc", "clang"):
        built = build(generated(graph).sources, "net", core("host"), compiler=compiler, sanitize=True)
        assert_array_equal(run(built, x).outputs, graph.run(x))


@pytest.mark.parametrize("sign", [1, -1])
def test_an_accumulator_at_the_bound_of_32_bits_is_right_and_defined(sign: int) -> None:
    """Signed inputs reach the bound from both sides; the last layer's outputs are the accumulators."""
    level = np.array([[sign * 127, -127, 127], [1, 2, 3]])
    dense = Dense(FORMATS["int8"].encode(level), np.array([sign * (2**31 - 1 - 128 * 127 * 3), 0]), FORMATS["int8"])
    graph = Graph("bound", Input(TensorType((3,), "int8", -128, 127), 1.0, 0), (Node("a", dense, ("input",), "a"),))
    x = difficult(graph.input.type)
    for compiler in ("gcc", "clang"):
        built = build(generated(graph).sources, "net", core("host"), compiler=compiler, sanitize=True)
        assert_array_equal(run(built, x).outputs, graph.run(x))


@pytest.mark.parametrize("core_name", CORES)
def test_every_core_computes_the_graph(network: Graph, core_name: str) -> None:
    x = difficult(network.input.type, 40)
    found = parity.verify(network, core(core_name), "net", x[-2:], x)
    assert (found.core, found.samples, found.outputs) == (core_name, 40, 200)
    emulator = core(core_name).emulator
    assert (found.stack_bytes is None) == (emulator is None or emulator.machine is None)


# A wrong C is found


def planted(monkeypatch: pytest.MonkeyPatch, change: Callable[[dict[str, str]], dict[str, str]]) -> None:
    """Changes the sources that parity generates, however often it does."""
    original = parity.generate

    def generate(*arguments: Any, **options: Any) -> Generated:
        made = original(*arguments, **options)
        return replace(made, sources=change(made.sources))

    monkeypatch.setattr(parity, "generate", generate)


def off_by_one_weight(array: str) -> Callable[[dict[str, str]], dict[str, str]]:
    """Changes the code of the first weight of an array by one bit."""

    def change(sources: dict[str, str]) -> dict[str, str]:
        text, count = re.subn(
            rf"(\w+ {array}\[\d+\] = \{{\s+)0x([0-9a-f]+)u",
            lambda m: f"{m[1]}0x{int(m[2], 16) ^ 1:08x}u",
            sources["net.c"],
        )
        assert count == 1
        return {**sources, "net.c": text}

    return change


@pytest.mark.parametrize("core_name", ["host", "cortex-m0"])
def test_a_wrong_weight_is_named_with_its_layer_and_both_values(
    monkeypatch: pytest.MonkeyPatch, core_name: str
) -> None:
    graph = golden_graph()
    last = graph.nodes[3].op
    assert isinstance(last, Dense)
    codes = last.codes.copy()
    codes[0, 0] ^= 1
    wrong = replace(graph, nodes=(*graph.nodes[:3], replace(graph.nodes[3], op=replace(last, codes=codes))))
    x = difficult(graph.input.type, 30)
    right, found = graph.run(x), wrong.run(x)
    bad = np.flatnonzero((right != found).any(axis=1))
    planted(monkeypatch, off_by_one_weight("net_fc2_weights"))
    with pytest.raises(ParityError) as caught:
        parity.verify(graph, core(core_name), "net", x[-2:], x)
    assert str(caught.value) == (
        f"golden: {bad.size} of 60 outputs differ on {core_name}, first in sample {bad[0]}: "
        f"fc2 (dense), element 0: Python {right[bad[0], 0]}, C {found[bad[0], 0]}"
    )


def test_a_wrong_kernel_is_named_with_the_first_layer_that_it_spoils(monkeypatch: pytest.MonkeyPatch) -> None:
    graph = golden_graph()
    scaling = graph.nodes[1].op
    assert isinstance(scaling, Requantize)
    wrong = replace(graph, nodes=(graph.nodes[0], replace(graph.nodes[1], op=replace(scaling, hi=3)), *graph.nodes[2:]))
    x = difficult(graph.input.type, 30)

    def clamp_lower(sources: dict[str, str]) -> dict[str, str]:
        kernel = sources["mcx_requantize.h"]
        assert "lo, hi)" in kernel
        return {**sources, "mcx_requantize.h": kernel.replace("lo, hi)", "lo, hi > 3 ? 3 : hi)")}

    planted(monkeypatch, clamp_lower)
    different = graph.run(x) != wrong.run(x)
    sample = int(np.flatnonzero(different.any(axis=1))[0])
    right, found = (list(g.steps(x[sample : sample + 1]))[1][1][0] for g in (graph, wrong))
    element = int(np.flatnonzero(right != found)[0])
    with pytest.raises(ParityError) as caught:
        parity.verify(graph, core("host"), "net", x[-2:], x)
    assert str(caught.value) == (
        f"golden: {different.sum()} of 60 outputs differ on host, first in sample {sample}: "
        f"act1 (requantize), element {element}: Python {right[element]}, C {found[element]}"
    )


@pytest.mark.parametrize("core_name", ["cortex-m0", "cortex-m33", "rv32ec", "avr"])
def test_a_fault_is_told_with_its_layer_address_and_registers(monkeypatch: pytest.MonkeyPatch, core_name: str) -> None:
    def trap(sources: dict[str, str]) -> dict[str, str]:
        text, count = re.subn(r"( +mcx_dense_sym2_u7\(net_fc2)", r"    __builtin_trap();\n\1", sources["net.c"])
        assert count == 1
        return {**sources, "net.c": text}

    planted(monkeypatch, trap)
    graph = golden_graph()
    with pytest.raises(TargetError) as caught:
        parity.verify(graph, core(core_name), "net", samples(graph.input.type, 2), samples(graph.input.type, 3))
    sentence = (
        rf"golden\.fc2: net on {core_name}: stopped with status 68: (HardFault|trap) at 0x[0-9a-f]{{8}} \(.*=0x.*\)"
    )
    assert re.fullmatch(sentence, str(caught.value))


def test_a_self_test_that_fails_beside_equal_outputs_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    planted(monkeypatch, lambda sources: {**sources, "net.c": sources["net.c"].replace("return 0;", "return -7;")})
    graph = golden_graph()
    with pytest.raises(ParityError) as caught:
        parity.verify(graph, core("host"), "net", samples(graph.input.type, 2), samples(graph.input.type, 9))
    assert str(caught.value) == "golden: all outputs are equal on host, yet net_selftest returns -7"


# torch and the integers


@pytest.mark.parametrize("fmt", FORMATS)
@pytest.mark.parametrize("kind", ["rms", "layer"])
@pytest.mark.parametrize("function", ["relu", "gelu"])
def test_networks_of_dynamic_shifts_are_torch_exactly(tmp_path: Path, fmt: str, kind: str, function: str) -> None:
    graph, checkpoint = lowered(tmp_path, format=fmt, activation=function, **KINDS[kind])
    x = difficult(graph.input.type, 500)
    with torch.no_grad():
        real = checkpoint.module()(to_real(x, graph.input)).numpy()
    assert_array_equal(graph.run(x) * graph.output_scale, real)


@pytest.mark.parametrize("fmt", FORMATS)
@pytest.mark.parametrize("kind", ["batch", "none", "power_of_two"])
def test_predictions_differ_from_torch_only_next_to_ties(tmp_path: Path, fmt: str, kind: str) -> None:
    """As DESIGN says: an activation may move by one step, so only two logits that close may change places."""
    graph, checkpoint = lowered(tmp_path, hidden=(24, 16), format=fmt, **KINDS[kind])
    x = samples(graph.input.type, 2000)
    with torch.no_grad():
        real = checkpoint.module()(to_real(x, graph.input)).numpy()
    labels = real.argmax(axis=1)
    differing = np.flatnonzero(graph.predict(x) != labels)
    gaps = np.diff(np.sort(real[differing], axis=1), axis=1)[:, -1:]
    assert differing.size <= 20
    assert (gaps <= 0.02 * np.abs(real).max()).all()
    assert evaluate(checkpoint, graph, x, labels).differing == differing.size
    assert evaluate(checkpoint, graph, x, labels).torch_accuracy == 1.0
