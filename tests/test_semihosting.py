"""Over a debug probe instead of a UART: QEMU answers the calls as a debugger does; debuggers are played by it."""

import os
import re
import stat
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from small import generated, golden_graph, samples

from mcuexport.cli import main
from mcuexport.emulate import build_board
from mcuexport.errors import TargetError, ToolMissing
from mcuexport.onboard import verify_on_board
from mcuexport.targets import BOARDS, board
from mcuexport.wire import BoardFault, connected, debugged, emulated
from mcuexport.wire.semihosting import DEBUGGERS

GRAPH = golden_graph()
C = generated(GRAPH)
EMULATED = [name for name, member in BOARDS.items() if member.machine and "bare" in member.parts]
# Takes a debugger's arguments, finds the TCP port in them, and is a board that runs under it.
DEBUGGER = """#!{python}
import os, re, socket, subprocess, sys
open({notes!r}, "w").write("\\n".join(sys.argv[1:]))
port = int(re.search(r"(?:tcp |telnet_port=)(\\d+)", " ".join(sys.argv))[1])
listener = socket.create_server(("127.0.0.1", port))
listener.accept()[0].close()  # whoever looks whether it is there
console = listener.accept()[0]
os.dup2(console.fileno(), 0)
os.dup2(console.fileno(), 1)
os.execvp("qemu-system-arm", ["qemu-system-arm", "-machine", "microbit", "-display", "none", "-monitor", "none",
    "-serial", "null", "-semihosting-config", "enable=on,target=native", "-kernel", {program!r}])
"""


@pytest.fixture
def tools(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder on PATH before all others, for programs that stand in."""
    folder = tmp_path / "bin"
    folder.mkdir()
    monkeypatch.setenv("PATH", f"{folder}{os.pathsep}{os.environ['PATH']}")
    return folder


def install(folder: Path, name: str, text: str) -> None:
    (folder / name).write_text(text)
    (folder / name).chmod(stat.S_IRWXU)


def call(*words: object) -> Result:
    return CliRunner().invoke(main, [str(word) for word in words])


@pytest.mark.parametrize("name", EMULATED)
def test_every_emulated_board_computes_the_graph_over_semihosting(name: str) -> None:
    target = board(name)
    program = build_board(C.sources, "net", target, semihosting=True)
    with emulated(target, program, semihosting=True) as port, connected(port) as device:
        assert verify_on_board(GRAPH, target, device, samples(GRAPH.input.type, 6)).outputs == 12


def test_the_console_can_be_left_and_taken_up_again() -> None:
    target = board("qemu-rv32imc")
    program = build_board(C.sources, "net", target, semihosting=True)
    with emulated(target, program, semihosting=True) as port:
        for _ in range(2):
            with connected(port) as device:
                assert device.welcome.board == "qemu-rv32imc"


def test_last_words_come_over_semihosting_too() -> None:
    target = board("microbit-v1")
    broken = C.sources["net.c"].replace("    /* act1 */\n", "    /* act1 */\n    __builtin_trap();\n", 1)
    program = build_board(C.sources | {"net.c": broken}, "net", target, semihosting=True)
    with emulated(target, program, semihosting=True) as port, connected(port) as device, pytest.raises(BoardFault):
        device.run(samples(GRAPH.input.type, 2)[0].tobytes(), traced=False)


@pytest.mark.parametrize("tool", DEBUGGERS)
def test_verify_starts_the_debugger_that_is_there(
    tiny_checkpoint: Path, tools: Path, tmp_path: Path, tool: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "net"
    assert call("pack", tiny_checkpoint, "-o", folder).exit_code == 0
    flashed = call("flash", folder, "--board", "microbit-v1", "--semihosting", "--dry-run", "--tool", "pyocd")
    assert flashed.exit_code == 0, flashed.output
    program = str(tmp_path / "net-microbit-v1" / "firmware.elf")
    notes = tmp_path / "notes"
    install(tools, tool, DEBUGGER.format(python=sys.executable, notes=str(notes), program=program))
    monkeypatch.setattr("mcuexport.wire.semihosting.DEBUGGERS", {tool: DEBUGGERS[tool]})
    options = ("--board", "microbit-v1", "--semihosting", "--samples", "3", "--probe", "P1")
    told = call("verify", tiny_checkpoint, *options)
    assert told.exit_code == 0, told.output
    assert told.stdout.startswith("microbit-v1    0 of 30 outputs differ (3 samples, every layer, self-test passed")
    words = notes.read_text().splitlines()
    if tool == "pyocd":
        assert words[:6] == ["run", "--no-wait", "--uid", "P1", "--target", "nrf51"]
    else:
        assert words[:6] == ["-f", "interface/cmsis-dap.cfg", "-f", "target/nrf51.cfg", "-c", "adapter serial P1"]
        assert re.search(
            r"; init; arm semihosting enable; arm semihosting_redirect tcp \d+ stdio; reset run$", words[7]
        )


def test_a_debugger_that_fails_is_quoted(tools: Path) -> None:
    install(tools, "pyocd", "#!/bin/sh\necho 'No available debug probes'\nexit 1\n")
    with pytest.raises(TargetError) as caught, debugged(board("microbit-v1")):
        pass
    assert str(caught.value) == "pyocd: does not get to microbit-v1\n  No available debug probes"


def test_a_missing_debugger_gets_its_install_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    with pytest.raises(ToolMissing) as caught, debugged(board("bluepill")):
        pass
    assert str(caught.value) == (
        "none of openocd, pyocd is installed: pip install pyocd, or sudo apt-get install openocd"
    )


def test_boards_without_semihosting_say_so() -> None:
    with pytest.raises(TargetError, match=r"^ch32v003: no debugger here answers its semihosting; use its UART$"):
        debugged(board("ch32v003")).__enter__()
    with pytest.raises(TargetError, match=r"^arduino-uno: its core knows no semihosting; leave --semihosting out$"):
        build_board(C.sources, "net", board("arduino-uno"), semihosting=True)
