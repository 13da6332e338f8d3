"""Flashing: sizes, files, and the very command, with programmers that only note what they were asked."""

import json
import os
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from small import generated, golden_graph

from mcuexport.cli import main
from mcuexport.flashing import DRIVE, programmers
from mcuexport.output import write_generated
from mcuexport.targets import BOARDS


@pytest.fixture
def packed(tmp_path: Path) -> Path:
    folder = tmp_path / "my net"
    write_generated(folder, generated(golden_graph()))
    return folder


@pytest.fixture
def tools(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder on PATH, the only one beside the compilers'; programmers that lie among those are not seen."""
    folder = tmp_path / "bin"
    folder.mkdir()
    monkeypatch.setenv("PATH", f"{folder}{os.pathsep}/usr/bin{os.pathsep}/bin")
    there = programmers._is_here
    monkeypatch.setattr(
        programmers, "_is_here", lambda tool: there(tool) if tool == DRIVE else (folder / tool).exists()
    )
    return folder


def install(folder: Path, name: str, body: str = "") -> Path:
    """A program that notes its arguments, one to a line, and then does `body`; where it notes them."""
    notes = folder / f"{name}.txt"
    (folder / name).write_text(f'#!/bin/sh\nprintf "%s\\n" "$@" >> "{notes}"\n{body}\n')
    (folder / name).chmod(0o755)
    return notes


def flash(*arguments: object) -> Any:
    return CliRunner().invoke(main, ["flash", *map(str, arguments)])


def error(*arguments: object) -> str:
    result = flash(*arguments)
    assert result.exit_code == 1, result.output
    return str(result.stderr).removeprefix("error: ").removesuffix("\n")


def test_a_dry_run_shows_sizes_files_and_the_command(packed: Path, tools: Path) -> None:
    result = flash(packed, "--board", "bluepill", "--dry-run", "--tool", "st-flash")
    assert result.exit_code == 0, result.output
    lines = result.stdout.splitlines()
    assert lines[0].startswith("flash  ")
    assert lines[0].endswith(" B of 65,536 B")
    assert " of 20,480 B, " in lines[1]
    out = packed.with_name("my net-bluepill")
    assert lines[3] == f"$ st-flash --reset write '{out}/firmware.bin' 0x8000000"
    assert sorted(path.name for path in out.iterdir()) == ["firmware.bin", "firmware.elf", "firmware.hex"]


def test_the_first_programmer_that_is_installed_is_called(packed: Path, tools: Path) -> None:
    notes = install(tools, "openocd")
    assert flash(packed, "--board", "bluepill").exit_code == 0
    hexes = packed.with_name("my net-bluepill") / "firmware.elf"
    expected = [
        "-f",
        "interface/stlink.cfg",
        "-f",
        "target/stm32f1x.cfg",
        "-c",
        f"program {{{hexes}}} verify reset exit",
    ]
    assert notes.read_text().splitlines() == expected


def test_a_missing_programmer_gets_its_install_line(packed: Path, tools: Path) -> None:
    assert error(packed, "--board", "microbit-v1") == (
        "pyocd is not installed: pip install pyocd; any of pyocd, probe-rs, openocd will do"
    )


def test_two_probes_are_one_too_many(packed: Path, tools: Path) -> None:
    listing = 'case "$1" in json) echo \'{"boards": [{"unique_id": "A1"}, {"unique_id": "B2"}]}\';; esac'
    notes = install(tools, "pyocd", listing)
    assert error(packed, "--board", "microbit-v1") == "microbit-v1: 2 probes, A1, B2; choose one with --probe"
    notes.unlink()
    assert flash(packed, "--board", "microbit-v1", "--probe", "B2").exit_code == 0
    assert notes.read_text().splitlines()[:5] == ["load", "--uid", "B2", "--target", "nrf51"]


def test_a_programmer_that_cannot_choose_says_so(packed: Path, tools: Path) -> None:
    install(tools, "minichlink")
    assert error(packed, "--board", "ch32v003", "--probe", "X") == (
        "minichlink: cannot choose a probe; unplug the other one, or use another --tool"
    )


def test_a_board_that_is_written_over_its_port_takes_the_only_one(
    packed: Path, tools: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("mcuexport.wire.ports.usb_ports", list)
    write_generated(packed, generated(golden_graph(), core_name="avr"))
    notes = install(tools, "avrdude")
    sentence = "no serial port on USB; plug the board in, or name its port with --port"
    assert error(packed, "--board", "arduino-uno") == sentence
    monkeypatch.setattr("mcuexport.wire.ports.usb_ports", lambda: ["/dev/ttyACM0"])
    assert flash(packed, "--board", "arduino-uno").exit_code == 0
    assert flash(packed, "--board", "arduino-uno", "--port", "COM7").exit_code == 0
    assert [line for line in notes.read_text().splitlines() if line in ("/dev/ttyACM0", "COM7", "PORT")] == [
        "/dev/ttyACM0",
        "COM7",
    ]


def test_a_failing_programmer_is_quoted(packed: Path, tools: Path) -> None:
    install(tools, "probe-rs", 'case "$1" in download) echo "Error: no probe found" >&2; exit 3;; esac')
    assert error(packed, "--board", "nucleo-f446re") == "probe-rs: failed with status 3\n  Error: no probe found"


def test_a_drive_gets_the_uf2_file(packed: Path, tools: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(programmers, "DRIVES", (f"{tmp_path}/media/{{label}}",))
    sentence = "pico: no drive; hold BOOTSEL while you plug the board in"
    assert error(packed, "--board", "pico", "--tool", "uf2") == sentence
    drive = tmp_path / "media" / "RPI-RP2"
    drive.mkdir(parents=True)
    shown = flash(packed, "--board", "pico")
    assert shown.exit_code == 0
    assert f"firmware.uf2' {drive}\n" in shown.stdout
    assert (drive / "firmware.uf2").read_bytes() == (packed.with_name("my net-pico") / "firmware.uf2").read_bytes()
    (tmp_path / "media" / "RP2350").mkdir()
    assert "pico: 2 drives, " in error(packed, "--board", "pico")


def test_another_boards_programmer_and_an_emulated_board_are_refused(packed: Path, tools: Path) -> None:
    assert error(packed, "--board", "pico2", "--tool", "st-flash") == (
        "pico2: 'st-flash' does not write it; uf2, picotool, probe-rs do"
    )
    assert "qemu-rv32imc: is emulated" in error(packed, "--board", "qemu-rv32imc")


def test_a_folder_that_is_not_packed_is_refused(tmp_path: Path) -> None:
    assert error(tmp_path, "--board", "pico").startswith(f"{tmp_path}: is no folder that `mcuexport pack` wrote (")


def test_json_holds_sizes_files_and_commands(packed: Path, tools: Path) -> None:
    found = json.loads(flash(packed, "--board", "ch32v003", "--dry-run", "--json").stdout)
    out = packed.with_name("my net-ch32v003")
    assert found["plan"]["commands"] == [["minichlink", "-w", f"{out}/firmware.bin", "flash", "-b"]]
    assert found["footprint"]["flash_bytes"] == (out / "firmware.bin").stat().st_size


def test_boards_tells_what_a_model_takes_of_each(tiny_checkpoint: Path) -> None:
    arguments = ["boards", str(tiny_checkpoint), "--board", "ch32v003", "--board", "microbit-v1"]
    text = CliRunner().invoke(main, [*arguments, "--markdown"]).stdout
    head, line, ch32v003, _ = text.splitlines()
    assert head.startswith("| board | flash: the core's kernels | portable kernels | of |")
    assert line == "| --- | --: | --: | --: | --: | --: |"
    found = json.loads(CliRunner().invoke(main, [*arguments, "--json"]).stdout)[0]
    flash, portable = (found[kind]["flash_bytes"] for kind in ("fast", "portable"))
    ram = found["portable"]["ram_bytes"]
    assert ch32v003 == f"| ch32v003 | {flash:,} B | {portable:,} B | 16 KB | {ram:,} B | 2 KB |"


def test_boards_lists_every_board() -> None:
    assert [entry["name"] for entry in json.loads(CliRunner().invoke(main, ["boards", "--json"]).stdout)] == list(
        BOARDS
    )
    assert "microbit-v1" in CliRunner().invoke(main, ["boards"]).stdout
