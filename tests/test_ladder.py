"""Further tools on generated C: gcc's analyzer, cppcheck with its MISRA C:2012 addon, the compiler's stack bounds."""

import re
import subprocess
from functools import cache
from pathlib import Path

import pytest
from map_graphs import MapGraph
from small import generated, golden_graph, samples

from mcuexport.emulate import build, run
from mcuexport.graph import Graph
from mcuexport.pack import FORMATS
from mcuexport.targets import core

MISRA = Path(__file__).parent.parent / "docs" / "misra.md"
_ROW = re.compile(r"^\| (\d+\.\d+) \|", re.MULTILINE)
_FOUND = re.compile(r"\[misra-c2012-(\d+\.\d+)\]$", re.MULTILINE)
_FUNCTION = re.compile(r'node: { title: "([^"]+)" label: "[^"]*?(\d+) bytes \(static\)')
_CALL = re.compile(r'edge: { sourcename: "([^"]+)" targetname: "([^"]+)"')


def every_kind() -> Graph:
    """Every weight format and most operators, with padding, groups, strides and a branch."""
    g = MapGraph((7, 8, 2), "uint8")
    trunk = g.conv(4, fmt="ternary", padding=(1, 1, 1, 1), pad_value=3)
    g.conv(4, groups=4, fmt="sym2", padding=(1, 1, 1, 1))
    g.residual(trunk, g.newest)
    g.max_pool()
    for number, fmt in enumerate(FORMATS):
        g.conv(4 + 2 * number, (1, 1), groups=2 if number == 2 else 1, fmt=fmt)
    g.global_average()
    return g.graph(3, "int8")


@cache
def sources(name: str) -> dict[str, str]:
    return dict(generated({"golden": golden_graph, "maps": every_kind}[name]()).sources)


def written(name: str, folder: Path) -> Path:
    for file, text in sources(name).items():
        (folder / file).write_text(text)
    return folder


@pytest.mark.parametrize("name", ["golden", "maps"])
def test_gccs_analyzer_has_nothing_to_report(name: str, tmp_path: Path) -> None:
    command = ["gcc", "-std=c99", "-O2", "-Wall", "-Wextra", "-fanalyzer", "-Werror", "-c", "net.c"]
    answer = subprocess.run(command, cwd=written(name, tmp_path), capture_output=True, text=True, check=False)
    assert (answer.returncode, answer.stderr) == (0, "")


def test_cppcheck_finds_only_the_deviations_that_are_explained(tmp_path: Path) -> None:
    command = ["cppcheck", "--addon=misra", "--std=c99", "--platform=unix32", "--quiet", "--force"]
    command += ["--enable=warning,style,performance,portability", "--template={file}:{line}: {message} [{id}]", "net.c"]
    found, other = set(), []
    for name in ("golden", "maps"):
        folder = tmp_path / name
        folder.mkdir()
        answer = subprocess.run(command, cwd=written(name, folder), capture_output=True, text=True, check=True)
        found |= set(_FOUND.findall(answer.stderr))
        other += [line for line in answer.stderr.splitlines() if "[" in line and "[misra" not in line]
    assert other == []
    assert found == set(_ROW.findall(MISRA.read_text()))


@pytest.mark.parametrize("name", ["golden", "maps"])
def test_the_measured_stack_is_what_the_compiler_promises(name: str, tmp_path: Path) -> None:
    graph = {"golden": golden_graph, "maps": every_kind}[name]()
    made, target = generated(graph, core_name="cortex-m0"), core("cortex-m0")
    for file, text in made.sources.items():
        (tmp_path / file).write_text(text)
    flags = ["-std=c99", "-ffreestanding", "-Os", *target.flags, "-fcallgraph-info=su"]
    subprocess.run([target.compiler, *flags, "-c", "net.c"], cwd=tmp_path, check=True)
    text = (tmp_path / "net.ci").read_text()
    frames = {function: int(size) for function, size in _FUNCTION.findall(text)}
    calls = [(caller, callee) for caller, callee in _CALL.findall(text) if callee in frames]

    def depth(function: str) -> int:
        return frames[function] + max((depth(callee) for caller, callee in calls if caller == function), default=0)

    x = samples(graph.input.type, 3)
    measured = run(build(made.sources, "net", target), x.reshape(len(x), -1)).stack_bytes
    assert measured is not None
    assert frames["net_run"] <= measured <= depth("net_run")
