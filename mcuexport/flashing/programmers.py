"""Programs that write boards: their commands as argument lists, and how to get the ones that are missing."""

import re
import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from ..errors import TargetError, ToolMissing
from ..targets import Board


@dataclass(frozen=True)
class Programmer:
    """A program on PATH.

    install: how to get it.  commands: what to run; {chip} is the board's own name for it, {elf} {hex} {bin} {uf2}
    {port} the files and the serial port, {choice} the words of `choice` if a probe is named.  listing: the command
    that lists probes, probe_pattern: where their names are in its text.
    """

    install: str
    commands: tuple[tuple[str, ...], ...]
    choice: tuple[str, ...] = ()
    listing: tuple[str, ...] = ()
    probe_pattern: str = ""


PROGRAMMERS = {
    "pyocd": Programmer(
        "pip install pyocd",
        (("pyocd", "load", "{choice}", "--target", "{chip}", "{hex}"),),
        choice=("--uid", "{probe}"),
        listing=("pyocd", "json", "--probes"),
        probe_pattern=r'"unique_id":\s*"([^"]+)"',
    ),
    "probe-rs": Programmer(
        "see https://probe.rs/docs/getting-started/installation",
        (
            ("probe-rs", "download", "{choice}", "--chip", "{chip}", "{elf}"),
            ("probe-rs", "reset", "{choice}", "--chip", "{chip}"),
        ),
        choice=("--probe", "{probe}"),
        listing=("probe-rs", "list"),
        probe_pattern=r"-- (\S+:\S+)",
    ),
    "openocd": Programmer(
        "sudo apt-get install openocd",
        (("openocd", "{chip}", "{choice}", "-c", "program {{{elf}}} verify reset exit"),),
        choice=("-c", "adapter serial {probe}"),
    ),
    "st-flash": Programmer(
        "sudo apt-get install stlink-tools",
        (("st-flash", "{choice}", "--reset", "write", "{bin}", "{origin}"),),
        choice=("--serial", "{probe}"),
        listing=("st-info", "--probe"),
        probe_pattern=r"serial:\s*(\S+)",
    ),
    "picotool": Programmer(
        "see https://github.com/raspberrypi/picotool", (("picotool", "load", "--force", "--execute", "{uf2}"),)
    ),
    "minichlink": Programmer(
        "see https://github.com/cnlohr/ch32fun, folder minichlink", (("minichlink", "-w", "{bin}", "flash", "-b"),)
    ),
    "wlink": Programmer(
        "see https://github.com/ch32-rs/wlink (wchisp cannot write these chips)",
        (("wlink", "flash", "--chip", "{chip}", "{bin}"),),
    ),
    "avrdude": Programmer(
        "sudo apt-get install avrdude",
        (("avrdude", "-p", "{chip}", "-c", "arduino", "-P", "{port}", "-b", "115200", "-U", "flash:w:{hex}:i"),),
    ),
}
# A board that shows up as a drive needs no program: its UF2 file is copied there.
DRIVE = "uf2"
DRIVES = ("/media/*/{label}", "/run/media/*/{label}", "/Volumes/{label}")
LABELS = ("RPI-RP2", "RP2350")


@dataclass(frozen=True)
class Flashing:
    """What writes the board: commands to run, or a drive to copy a file to.

    needs_port: the commands want a serial port, and none was named.
    """

    tool: str
    commands: tuple[tuple[str, ...], ...]
    copy_to: Path | None = None
    needs_port: bool = False


def plan_flashing(
    board: Board, files: Mapping[str, Path], tool: str | None, probe: str | None, port: str | None, *, dry: bool
) -> Flashing:
    """The commands that write `files` (by suffix) with `tool`, or the first of the board's that is here.

    dry: nothing will run, so nothing need be installed or plugged in.
    Raises TargetError for an emulated board, another board's tool, several probes; ToolMissing.
    """
    if not board.tools:
        raise TargetError(f"{board.name}: is emulated; mcuexport verify MODEL.PT --board {board.name} --port qemu")
    if tool is not None and tool not in board.tools:
        raise TargetError(f"{board.name}: {tool!r:.40} does not write it; {', '.join(board.tools)} do")
    if tool is None:
        tool = next((name for name in board.tools if _is_here(name)), board.tools[0])
    if tool == DRIVE:
        return Flashing(DRIVE, (), None if dry else _drive(board))
    programmer = PROGRAMMERS[tool]
    if not dry and not _is_here(tool):
        raise ToolMissing(f"{tool} is not installed: {programmer.install}; any of {', '.join(board.tools)} will do")
    if not dry and probe is None:
        _require_one_probe(board, tool)
    fields = {suffix: str(path) for suffix, path in files.items()}
    fields |= {"origin": f"{board.code.origin:#x}", "port": port or "PORT"}
    commands = tuple(_command(template, board, tool, fields, probe) for template in programmer.commands)
    needs_port = port is None and any("{port}" in template for template in programmer.commands)
    return Flashing(tool, commands, needs_port=needs_port)


def execute(plan: Flashing, files: Mapping[str, Path]) -> None:
    """Writes the board.  Raises TargetError with the programmer's last words if it fails."""
    if plan.copy_to is not None:
        shutil.copy(files[DRIVE], plan.copy_to)
    for words in plan.commands:
        answer = subprocess.run(words, capture_output=True, text=True, errors="replace", check=False)
        if answer.returncode != 0:
            said = [line for line in (answer.stdout + answer.stderr).splitlines() if line.strip()][-5:]
            raise TargetError("\n  ".join([f"{plan.tool}: failed with status {answer.returncode}", *said]))


def _command(
    template: tuple[str, ...], board: Board, tool: str, fields: Mapping[str, str], probe: str | None
) -> tuple[str, ...]:
    choice, chip = PROGRAMMERS[tool].choice, board.names.get(tool, "")
    if probe is not None and not choice:
        raise TargetError(f"{tool}: cannot choose a probe; unplug the other one, or use another --tool")
    scripts = [word for script in chip for word in ("-f", script)] if isinstance(chip, tuple) else [str(chip)]
    lists = {"{chip}": scripts, "{choice}": [] if probe is None else [part.format(probe=probe) for part in choice]}
    words: list[str] = []
    for word in template:
        words += lists[word] if word in lists else [word.format(**fields)]
    return tuple(words)


def _is_here(tool: str) -> bool:
    return bool(_drives()) if tool == DRIVE else shutil.which(tool) is not None


def _drives() -> list[Path]:
    patterns = [pattern.format(label=label) for pattern in DRIVES for label in LABELS]
    return [path for pattern in patterns for path in sorted(Path("/").glob(pattern.lstrip("/")))]


def _drive(board: Board) -> Path:
    found = _drives()
    if not found:
        raise TargetError(f"{board.name}: no drive; hold BOOTSEL while you plug the board in")
    if len(found) > 1:
        raise TargetError(f"{board.name}: {len(found)} drives, {', '.join(map(str, found))}; unplug all but one board")
    return found[0]


def _require_one_probe(board: Board, tool: str) -> None:
    programmer = PROGRAMMERS[tool]
    if not programmer.listing or shutil.which(programmer.listing[0]) is None:
        return
    answer = subprocess.run(programmer.listing, capture_output=True, text=True, errors="replace", check=False)
    found = list(dict.fromkeys(re.findall(programmer.probe_pattern, answer.stdout)))
    if len(found) > 1:
        raise TargetError(f"{board.name}: {len(found)} probes, {', '.join(found)}; choose one with --probe")
