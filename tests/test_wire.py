"""Boards over the wire: frames, links, and real firmware in QEMU behind a line that is not to be trusted."""

import json
import re
import subprocess
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from functools import partial
from pathlib import Path

import numpy as np
import pytest
import serial
from click.testing import CliRunner, Result
from elftools.elf.elffile import ELFFile
from file_targets import ANSWERS, converse
from fuzz_firmware import build_firmware, conversation
from hypothesis import given
from hypothesis import strategies as st
from networks import lowered
from noisy_line import NoisyLine
from small import generated, golden_graph, samples

from mcuexport.cli import main
from mcuexport.emulate import build_board
from mcuexport.errors import ParityError, TargetError
from mcuexport.graph import Graph
from mcuexport.onboard import verify_on_board
from mcuexport.targets import BOARDS, board
from mcuexport.wire import Device, Link, connected, emulated, open_port, ports, the_port
from mcuexport.wire.frames import END, decode, encode

EMULATED = [name for name, member in BOARDS.items() if member.machine is not None]


def build(graph: Graph, name: str, app: str = "serial") -> Path:
    """With portable kernels, but for the AVR, whose constants need instructions of their own."""
    core_name = "avr" if board(name).core.name == "avr" else "host"
    return build_board(generated(graph, core_name=core_name).sources, "net", board(name), app)


@pytest.fixture(scope="module")
def network(tmp_path_factory: pytest.TempPathFactory) -> Graph:
    return lowered(
        tmp_path_factory.mktemp("network"), shape=(8, 8, 1), hidden=[12, 11], format=["sym4", "int8", "sym2"]
    )[0]


# Frames


@given(st.binary(min_size=1, max_size=80))
def test_a_frame_holds_what_was_put_in(content: bytes) -> None:
    frame = encode(content)
    assert frame[:1] == frame[-1:] == END
    assert END not in frame[1:-1]
    assert decode(frame) == content


@given(st.binary(min_size=1, max_size=60), st.data())
def test_a_frame_with_a_changed_byte_is_none(content: bytes, data: st.DataObject) -> None:
    frame = bytearray(encode(content)[1:-1])
    at = data.draw(st.integers(0, len(frame) - 1))
    frame[at] ^= data.draw(st.integers(1, 255))
    assert decode(bytes(frame)) in (None, content)  # the same, if a DB that nothing follows was made of it


def test_nothing_is_no_frame() -> None:
    assert [decode(frame) for frame in (b"", END, END + END, b"abc", b"\0\0\0\0")] == [None] * 5


# What a board answers


@pytest.mark.parametrize(("at", "answer"), [(0, b"H\1\2"), (3, b"L\4"), (4, b"R\4 short"), (5, b"O\5" + bytes(9))])
def test_an_answer_of_another_length_is_of_another_version(at: int, answer: bytes) -> None:
    content = END.join([*ANSWERS[:at], answer, *ANSWERS[at + 1 :]])
    with pytest.raises(TargetError, match=r"^board: firmware of another version; flash it again$"):
        converse(content)


# What the firmware receives


def test_no_frame_leads_the_firmware_astray(tmp_path: Path) -> None:
    """One request of each kind, cut off, too long, and 2,000 random ones, half with a right CRC."""
    program = build_firmware(tmp_path, "gcc")
    numbers = np.random.default_rng(1)
    frames = [conversation()]
    for _ in range(2000):
        body = numbers.bytes(int(numbers.integers(1, 90)))
        frames.append(bytes([len(body)]) + bytes([numbers.choice(list(b"HSRWOT"))]) + body[1:])
    (tmp_path / "frames").write_bytes(b"".join(frames))
    answer = subprocess.run([program, tmp_path / "frames"], capture_output=True, text=True, check=False)
    assert (answer.returncode, answer.stderr) == (0, "")
    assert int(answer.stdout) > 10_000  # bytes that it has answered


# Ports


def test_the_only_usb_port_is_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ports, "usb_ports", lambda: ["/dev/ttyACM0"])
    assert the_port(None) == "/dev/ttyACM0"
    assert the_port("COM7") == "COM7"


@pytest.mark.parametrize(
    ("found", "sentence"),
    [
        ([], "no serial port on USB; plug the board in, or name its port with --port"),
        (["A0", "A1"], "2 serial ports on USB, A0, A1; name the board's with --port"),
    ],
)
def test_no_port_and_two_ports_are_sentences(monkeypatch: pytest.MonkeyPatch, found: list[str], sentence: str) -> None:
    monkeypatch.setattr(ports, "usb_ports", lambda: found)
    with pytest.raises(TargetError) as caught:
        the_port(None)
    assert str(caught.value) == sentence


def test_a_missing_port_names_those_that_are_there(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ports, "usb_ports", lambda: ["/dev/ttyACM3"])
    with pytest.raises(TargetError, match=r"^/dev/ttyNOPE: no such port; USB ports here: /dev/ttyACM3$"):
        open_port("/dev/ttyNOPE")


def test_a_port_that_another_program_holds_is_busy() -> None:
    import os

    main, secondary = os.openpty()
    name = os.ttyname(secondary)
    holder = serial.Serial(name, exclusive=True)
    with pytest.raises(TargetError, match=f"^{name}: busy; close the terminal or debugger that holds it$"):
        open_port(name)
    holder.close()
    os.close(main)
    os.close(secondary)


# Real firmware, from reset


@pytest.mark.parametrize("name", EMULATED)
def test_every_emulated_board_computes_the_graph(network: Graph, name: str) -> None:
    x = samples(network.input.type, 6)
    with emulated(board(name), build(network, name)) as url, connected(url) as device:
        told = verify_on_board(network, board(name), device, x)
    assert (told.board, told.samples, told.outputs) == (name, 6, 30)
    assert told.selftest == ("MCX_SELFTEST=0" not in board(name).defines)
    assert [layer.layers for layer in told.layers] == [node.layer for node in network.nodes]
    assert 0 < told.stack_bytes < 1024


@pytest.mark.parametrize(
    "name", ["microbit-v1", "stm32vldiscovery", "nucleo-f446re", "qemu-an505", "qemu-rv32ec", "arduino-uno"]
)
def test_the_example_classifies_its_stored_input_and_what_it_receives(network: Graph, name: str) -> None:
    c = generated(network)
    x = samples(network.input.type, 8)
    expected = "".join(f"class {label}\r\n" for label in network.predict(x))
    with emulated(board(name), build(network, name, "example")) as url:
        port = open_port(url)
        port.timeout = 10
        first = f"{name}, stored input: class {c.example_class}\r\n"
        assert port.read(len(first)).decode() == first
        port.write(x.tobytes())
        assert port.read(len(expected)).decode() == expected
        port.close()


@pytest.mark.parametrize("name", ["microbit-v1", "qemu-rv32ec"])
def test_a_model_runs_from_ram(name: str) -> None:
    graph, target = golden_graph(), board(name)
    program = build_board(generated(graph).sources, "net", target, hot=True)
    with program.open("rb") as stream:
        (run,) = ELFFile(stream).get_section_by_name(".symtab").get_symbol_by_name("net_run")
    assert 0 <= run["st_value"] - target.data.origin < target.data.size_bytes
    with emulated(target, program) as url, connected(url) as device:
        assert verify_on_board(graph, target, device, samples(graph.input.type, 5)).outputs == 10


def test_verify_tells_what_a_board_computed(tiny_checkpoint: Path) -> None:
    def call(*more: str) -> Result:
        return CliRunner().invoke(main, ["verify", str(tiny_checkpoint), "--board", "microbit-v1", *more])

    found = call("--port", "qemu", "--core", "host", "--samples", "3")
    assert found.exit_code == 0, found.output
    told = r"microbit-v1    0 of 30 outputs differ \(3 samples, every layer, self-test passed, stack \d+ B\)\n"
    assert re.match(told, found.stdout)
    (layers,) = [json.loads(call("--port", "qemu", "--core", "host", "--samples", "1", "--json").stdout)["layers"]]
    assert [layer["layers"] for layer in layers] == ["fc1", "act1", "fc2"]
    wrong = call("--port", "qemu", "--core", "all")
    assert (wrong.exit_code, "all cores, or one board" in wrong.stderr) == (2, True)
    missing = call("--port", "/dev/ttyNOPE")
    assert (missing.exit_code, missing.stderr) == (1, "error: /dev/ttyNOPE: no such port\n")


class Machine:
    """A board in QEMU behind a noisy line."""

    def __init__(self, graph: Graph, name: str, **options: float) -> None:
        self.board, self.program, self.line = board(name), build(graph, name), NoisyLine(**options)
        self._running = ExitStack()
        self.start()

    def start(self) -> None:
        self.line.to(self._running.enter_context(emulated(self.board, self.program)))

    def reset(self) -> None:
        self._running.close()
        self.start()

    def close(self) -> None:
        self.line.close()
        self._running.close()


Start = Callable[..., Machine]


@pytest.fixture
def start(network: Graph) -> Iterator[Start]:
    machines: list[Machine] = []

    def begin(name: str, **options: float) -> Machine:
        machines.append(Machine(network, name, **options))
        return machines[-1]

    yield begin
    for machine in machines:
        machine.close()


@pytest.mark.parametrize("name", ["microbit-v1", "qemu-rv32ec"])
def test_noise_and_a_lost_connection_change_nothing(network: Graph, start: Start, name: str) -> None:
    machine = start(name, noise=1 / 1500, breaks=6000)
    with connected(machine.line.url) as device:
        told = verify_on_board(network, machine.board, device, samples(network.input.type, 100))
    assert told.outputs == 500
    assert machine.line.hurt > 5
    assert machine.line.broken == 1
    assert told.reconnected == 1
    assert told.resent > 3


def test_a_reset_in_mid_run_is_made_good(network: Graph, start: Start) -> None:
    machine = start("microbit-v1")
    x = samples(network.input.type, 40)
    expected = network.run(x)
    with connected(machine.line.url) as device:
        for i, sample in enumerate(x):
            if i == 20:
                device._write(sample.tobytes())
                machine.reset()
            assert device.run(sample.tobytes(), traced=True).outputs.tolist() == expected[i].tolist()


def test_a_run_after_a_reset_asks_for_its_input_again(network: Graph, start: Start) -> None:
    machine = start("microbit-v1")
    with connected(machine.line.url) as device:
        assert device.link.ask(b"R", b"\x01\x02\x03\x04\x00") == [b"R"]


def test_firmware_of_another_model_is_refused(network: Graph, start: Start) -> None:
    machine, other = start("microbit-v1"), golden_graph()
    with connected(machine.line.url) as device, pytest.raises(TargetError) as caught:
        verify_on_board(other, machine.board, device, samples(other.input.type, 2))
    ours, theirs = generated(other).model_hash, generated(network).model_hash
    assert str(caught.value).endswith(f"has model {theirs}, not {ours} (golden); pack and flash this one")


def test_firmware_of_another_board_is_refused(network: Graph, start: Start) -> None:
    machine = start("microbit-v1")
    with connected(machine.line.url) as device, pytest.raises(TargetError) as caught:
        verify_on_board(network, board("bluepill"), device, samples(network.input.type, 2))
    assert "has firmware for microbit-v1, not bluepill; name that board, or flash anew" in str(caught.value)


def test_the_first_layer_that_differs_is_named(network: Graph, tmp_path: Path) -> None:
    target = board("microbit-v1")
    c = generated(network)
    weights = next(constant for constant in c.constants if constant.node == network.nodes[2].name)
    head, body = c.sources["net.c"].split(f"{weights.name}[{weights.values.size}] = {{\n", 1)
    first = body.split(",", 1)[0]
    changed = f"    0x{int(first.strip().rstrip('u'), 16) ^ 1:08x}u"
    broken = f"{head}{weights.name}[{weights.values.size}] = {{\n{changed},{body.split(',', 1)[1]}"
    program = build_board(c.sources | {"net.c": broken}, "net", target)
    with emulated(target, program) as url, connected(url) as device, pytest.raises(ParityError) as caught:
        verify_on_board(network, target, device, samples(network.input.type, 20))
    assert f"differs on microbit-v1, first in {network.nodes[2].layer}" in str(caught.value)


BAD_LUCK = {
    "__builtin_trap();": r"a fault at 0x\w{8}",
    "extern volatile uint32_t link_stack_limit[]; link_stack_limit[0] = 0u;": "the stack overflowed",
}


@pytest.mark.parametrize("name", ["microbit-v1", "qemu-rv32ec"])
@pytest.mark.parametrize("line", BAD_LUCK)
def test_a_board_that_stops_says_why_and_in_which_layer(name: str, line: str) -> None:
    graph, target = golden_graph(), board(name)
    c = generated(graph)
    assert "    /* act1 */\n" in c.sources["net.c"]
    broken = c.sources["net.c"].replace("    /* act1 */\n", f"    /* act1 */\n    {line}\n", 1)
    program = build_board(c.sources | {"net.c": broken}, "net", target)
    with emulated(target, program) as url, connected(url) as device, pytest.raises(TargetError) as caught:
        verify_on_board(graph, target, device, samples(graph.input.type, 2))
    where = "golden" if "overflowed" in BAD_LUCK[line] else r"golden\.act1"
    sentence = rf"{where}: socket://\S+: the board stopped: {BAD_LUCK[line]}; reset it"
    assert re.fullmatch(sentence, str(caught.value))


def test_firmware_of_another_version_is_refused() -> None:
    class Old:
        name = "/dev/ttyACM0"

        def ask(self, kind: bytes, longest_s: float) -> list[bytes]:
            return [kind + b"\1" + bytes(12) + b"0123456789abcdef microbit-v1"]

    with pytest.raises(TargetError, match=r"^/dev/ttyACM0: firmware of another version; flash it again$"):
        Device(Old())  # type: ignore[arg-type]


def test_a_silent_port_is_one_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("mcuexport.wire.device.HELLO_S", 0.5)
    line = NoisyLine()
    with pytest.raises(TargetError, match="no answer to 'H'; is our firmware on the board"):
        Device(Link(partial(open_port, line.url), line.url))
    line.close()


def test_a_port_that_does_not_come_back_is_one_sentence(network: Graph, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("mcuexport.wire.link.RECONNECT_S", 0.3)
    line = NoisyLine()
    link = Link(partial(open_port, line.url), line.url)
    line.close()
    with pytest.raises(TargetError, match=r"it was lost and did not come back in 0\.3 s$"):
        link.ask(b"H")


def test_a_board_that_qemu_does_not_know_is_one_sentence() -> None:
    with pytest.raises(TargetError, match=r"^pico: QEMU does not know this board; it knows stm32vldiscovery, "):
        emulated(board("pico"), Path("x")).__enter__()


def test_outputs_vary(network: Graph) -> None:
    """Else the tests above would compare the same output over and over."""
    assert len(np.unique(network.run(samples(network.input.type, 100)), axis=0)) > 50
