"""Frama-C's Eva on generated C: no alarm on what is right, an alarm with its layer and line on each planted fault."""

import json
import os
import re
import subprocess
from dataclasses import replace
from importlib.resources import files
from pathlib import Path

import pytest
from map_graphs import MapGraph
from networks import lowered
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
    assert (proof.alarms, proof.by_wp, proof.macs, proof.by_layer) == ((), (), 18, by_layer)
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
    said = the_alarm(prove(graph, planted(graph, "    10, 0, -7,", "    2147400, 0, -7,"), False))
    assert said.startswith("golden.act1: mcx_multiply.h:")
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
    said = the_alarm(prove(graph, planted(graph, "7, 0, 127, act1_out", "7, 0, 255, act1_out"), False))
    assert said.startswith("golden.act1: mcx_requantize.h:")
    assert "signed downcast" in said


def test_a_result_beyond_the_planned_range_is_refused() -> None:
    graph = golden_graph()
    said = the_alarm(prove(graph, planted(graph, "7, 0, 127, act1_out", "7, -5, 127, act1_out"), False))
    assert said == "golden.act1: values in -5 .. 127 are possible, planned were 0 .. 127"


def test_layer_by_layer_the_range_of_each_patch_is_checked() -> None:
    graph = golden_graph()
    said = the_alarm(prove(graph, planted(graph, "7, 0, 127, act1_out", "7, -5, 127, act1_out"), True))
    assert "-5" in said or "assertion" in said


def test_rows_are_proven_in_pieces_and_their_ranges_put_together(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("mcuexport.prove.entry.FEWEST_ROWS", 2)
    monkeypatch.setattr("mcuexport.prove.entry.PIECE_MACS", 1)
    graph = convolutions()
    proof = prove(graph, generated(graph), True)
    proof.require("maps")
    assert all(layer.found == layer.planned for layer in proof.layers)


def test_a_row_that_does_not_end_at_the_next_is_an_alarm() -> None:
    graph = golden_graph()
    bad = planted(graph, "x += count;", "x += count; (*weights)++;", "mcx_dense.h")
    assert "assertion" in the_alarm(prove(graph, bad, True))


# Dynamic shifts: Eva takes from WP that no value is larger than the largest


@pytest.mark.parametrize("norm", ["rms", "layer"])
def test_dynamic_shifts_have_no_alarm_and_their_planned_ranges(norm: str, tmp_path: Path) -> None:
    graph, _ = lowered(tmp_path, shape=(12,), hidden=[24], outputs=3, format="sym4", norm=norm)
    proof = prove(graph, generated(graph), False)
    proof.require("shifts")
    assert {alarm.place.partition(":")[0] for alarm in proof.by_wp} == {"mcx_dynamic_shift.h"}
    assert len(proof.by_wp) == 2
    assert all(layer.compared and layer.found == layer.planned for layer in proof.layers)


def wp_on_dynamic_shift(folder: Path, seconds: int, old: str = "", new: str = "") -> tuple[int, int]:
    """(goals that WP proves with Z3, goals) of the kernel's assertions, with one place changed."""
    kernels = files("mcuexport") / "templates" / "kernels" / "generic"
    for name in ("mcx_dynamic_shift.h", "mcx_round.h"):
        (folder / name).write_text((kernels / name).read_text().replace(old, new))
    (folder / "entry.c").write_text('#include "mcx_dynamic_shift.h"\nint main(void) { return 0; }\n')
    here = os.environ | {"WHY3CONFIG": str(folder / "why3.conf"), "PWD": str(folder)}
    subprocess.run(["why3", "config", "detect"], cwd=folder, env=here, check=True, capture_output=True)
    command = [
        "frama-c",
        "-machdep=gcc_x86_32",
        "-wp",
        "-wp-prover=z3",
        f"-wp-timeout={seconds}",
        "-cpp-extra-args=-I.",
    ]
    command += ["-wp-fct=mcx_dynamic_shift", "entry.c"]
    answer = subprocess.run(command, cwd=folder, env=here, check=True, capture_output=True, text=True)
    (found,) = re.findall(r"Proved goals: +(\d+) / (\d+)", answer.stdout)
    return int(found[0]), int(found[1])


def test_wp_proves_that_no_value_is_larger_than_the_largest(tmp_path: Path) -> None:
    proven, goals = wp_on_dynamic_shift(tmp_path, 60)
    assert proven == goals > 10


def test_wp_does_not_prove_it_of_a_wrong_maximum(tmp_path: Path) -> None:
    proven, goals = wp_on_dynamic_shift(tmp_path, 3, "relu != 0u ? 0 : -v", "0")
    assert proven < goals


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
