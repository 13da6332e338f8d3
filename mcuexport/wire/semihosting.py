"""A board behind a debug probe: a debugger answers its semihosting calls and moves the console to a local socket."""

import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from ..errors import TargetError, ToolMissing
from ..targets import Board

START_S = 15.0


def _openocd(board: Board, probe: str | None, port: int) -> list[str]:
    scripts = board.names["openocd"]
    assert isinstance(scripts, tuple)
    only_us = "gdb_port disabled; tcl_port disabled; telnet_port disabled"
    answer = f"init; arm semihosting enable; arm semihosting_redirect tcp {port} stdio; reset run"
    words = ["openocd", *(word for script in scripts for word in ("-f", script))]
    words += [] if probe is None else ["-c", f"adapter serial {probe}"]
    return [*words, "-c", f"{only_us}; {answer}"]


def _pyocd(board: Board, probe: str | None, port: int) -> list[str]:
    choice = [] if probe is None else ["--uid", probe]
    return ["pyocd", "run", "--no-wait", *choice, "--target", str(board.names["pyocd"]), "-O", f"telnet_port={port}"]


DEBUGGERS: dict[str, Callable[[Board, str | None, int], list[str]]] = {"pyocd": _pyocd, "openocd": _openocd}
INSTALL = "pip install pyocd, or sudo apt-get install openocd"


@contextmanager
def debugged(board: Board, probe: str | None = None) -> Iterator[str]:
    """Resets the board and runs what is on it under a debugger; the port of its console, as pyserial names it.

    probe: which debug probe, if several are connected.
    Raises TargetError if no debugger knows the board, or with the debugger's last words; ToolMissing.
    """
    able = [tool for tool in board.tools if tool in DEBUGGERS and tool in board.names]
    if not able:
        raise TargetError(f"{board.name}: no debugger here answers its semihosting; use its UART")
    tool = next((name for name in able if shutil.which(name)), None)
    if tool is None:
        raise ToolMissing(f"none of {', '.join(able)} is installed: {INSTALL}")
    port = _free_port()
    with tempfile.TemporaryFile() as log:
        command = DEBUGGERS[tool](board, probe, port)
        debugger = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=subprocess.STDOUT)
        try:
            if not _listens(port, debugger):
                log.seek(0)
                said = [line for line in log.read().decode("utf-8", "replace").splitlines() if line.strip()][-5:]
                raise TargetError("\n  ".join([f"{tool}: does not get to {board.name}", *said]))
            yield f"socket://127.0.0.1:{port}"
        finally:
            debugger.kill()
            debugger.wait()


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


def _listens(port: int, debugger: "subprocess.Popen[bytes]") -> bool:
    """Whether the console gets there before the debugger ends or the time does."""
    deadline = time.monotonic() + START_S
    while debugger.poll() is None and time.monotonic() < deadline:
        try:
            socket.create_connection(("127.0.0.1", port)).close()
            return True
        except OSError:
            time.sleep(0.1)
    return False
