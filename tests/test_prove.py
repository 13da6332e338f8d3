"""Frama-C's Eva on generated C: no alarm on what is right, an alarm with its layer and line on each planted fault."""

import json
from dataclasses import replace

import pytest
from map_graphs import MapGraph
from small import generated, golden_graph
from test_cli import call

from mcuexport.codegen import Generated
from mcuexport.errors import ProofError, ToolMissing
from mcuexport.graph import Graph
from mcuexport.prove import Proof, prove


def convolutions() -> Graph:
    """Padding, groups, a stride, a depthwise layer, a pool, a branch that meets again."""
    g = MapGraph((5, 6, 2), "uint8")
    trunk = g.conv(4, fmt="ternary", padding=(1, 1, 1, 1), pad_value=3)
    g.conv(4, groups=4, fmt="sym2", padding=(1, 1, 1, 1))
    g.residual(trunk, g.newest)
    g.max_pool()
    g.conv(6, (1, 2), groups=2, fmt="nf4")
    return g.graph(3, "int8")


def planted(graph: Graph, old: str, new: str, file: str = "net.c") -> Generated:
    """C with one place changed."""
    good = generated(graph)
    assert good.sources[file].count(old) == 1
    return replace(good, sources={**good.sources, file: good.sources[file].replace(old, new)})


def the_alarm(proof: Proof) -> str:
    """What `prove` says and exits with."""
    with pytest.raises(ProofError) as caught:
        proof.require("golden")
    return str(caught.value)


@pytest.mark.parametrize("by_layer", [False, True])
def test_a_right_network_has_no_alarm_and_its_planned_ranges(by_layer: bool) -> None:
    graph = golden_graph()
    proof = prove(graph, generated(graph), by_layer)
    proof.require("golden")
    assert (proof.alarms, proof.assumed, proof.macs, proof.by_layer) == ((), (), 18, by_layer)
    assert proof.reached == proof.statements > 50
    assert [layer.layer for layer in proof.layers] == ["fc1", "act1", "act1", "fc2"]
    assert all(layer.found is not None for layer in proof.layers)
    assert proof.layers[0].found == proof.layers[0].planned


@pytest.mark.parametrize("by_layer", [False, True])
def test_convolutions_have_no_alarm(by_layer: bool) -> None:
    graph = convolutions()
    proof = prove(graph, generated(graph), by_layer)
    proof.require("maps")
    assert proof.reached == proof.statements


def test_an_overflow_is_an_alarm_with_its_layer_and_line() -> None:
    graph = golden_graph()
    said = the_alarm(prove(graph, planted(graph, "    8692, 8192, 7692,", "    2147483000, 8192, 7692,"), False))
    assert said.startswith("golden.act1: mcx_requantize.h:")
    assert ", called from net.c:" in said
    assert "signed overflow. assert" in said


@pytest.mark.parametrize(
    ("old", "new", "layer", "what"),
    [
        ("127, act1_out, 3)", "127, act1_out, 4)", "act1", "out of bounds read"),
        ("net_fc1_bias, input, 4, fc1_out, 3)", "net_fc1_bias, input, 5, fc1_out, 3)", "fc1", "out of bounds"),
        ("net_fc1_bias, input, 4, fc1_out, 3)", "net_fc1_bias, input, 4, fc1_out, 300)", "fc1", "out of bounds"),
        ("mcx_argmax(output, NET_OUTPUT_SIZE", "mcx_argmax(output, NET_OUTPUT_SIZE + 1", "argmax", "out of bounds"),
    ],
)
def test_a_wrong_index_is_an_alarm(old: str, new: str, layer: str, what: str) -> None:
    graph = golden_graph()
    said = the_alarm(prove(graph, planted(graph, old, new), False))
    assert said.startswith(f"golden.{layer}: mcx_")
    assert what in said or "pointer" in said


def test_a_read_of_what_was_not_written_is_an_alarm() -> None:
    graph = golden_graph()
    said = the_alarm(prove(graph, planted(graph, "input, 4, fc1_out, 3)", "input, 4, fc1_out, 2)"), False))
    assert said.startswith("golden.act1: mcx_requantize.h:")
    assert "accessing uninitialized left-value" in said


def test_a_result_that_a_conversion_cuts_off_is_an_alarm() -> None:
    graph = golden_graph()
    said = the_alarm(prove(graph, planted(graph, "14, 0, 127, act1_out", "14, 0, 255, act1_out"), False))
    assert said.startswith("golden.act1: mcx_requantize.h:")
    assert "signed downcast" in said


def test_a_result_beyond_the_planned_range_is_refused() -> None:
    graph = golden_graph()
    said = the_alarm(prove(graph, planted(graph, "14, 0, 127, act1_out", "14, -5, 127, act1_out"), False))
    assert said == "golden.act1: values in -5 .. 127 are possible, planned were 0 .. 127"


def test_layer_by_layer_the_range_of_each_patch_is_checked() -> None:
    graph = golden_graph()
    said = the_alarm(prove(graph, planted(graph, "14, 0, 127, act1_out", "14, -5, 127, act1_out"), True))
    assert "-5" in said or "assertion" in said


def test_the_command_prints_ranges_and_exits_0(tiny_checkpoint: object) -> None:
    result = call("prove", tiny_checkpoint, "--json")
    assert result.exit_code == 0
    proof = json.loads(result.stdout)
    assert (proof["alarms"], proof["by_layer"], proof["macs"]) == ([], False, 444)
    table = call("prove", tiny_checkpoint, "--by-layer").stdout
    assert "0 alarms for all inputs; layer by layer, each kernel once for its planned range; 444 multipl" in table


def test_a_missing_frama_c_is_named_with_its_package(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    with pytest.raises(ToolMissing) as caught:
        prove(golden_graph(), generated(golden_graph()))
    sentence = "frama-c is not installed; on Debian or Ubuntu: sudo apt-get install frama-c-base"
    assert str(caught.value) == sentence
