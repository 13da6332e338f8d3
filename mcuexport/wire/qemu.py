"""A board that is not there: QEMU's model of it, booted from reset, its UART or console a port of this computer."""

import os
import socket
import subprocess
import tty
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from ..emulate.tools import find_tool
from ..errors import TargetError
from ..targets import BOARDS, Board

PACKAGES = {
    "qemu-system-arm": "qemu-system-arm",
    "qemu-system-riscv32": "qemu-system-misc",
    "qemu-system-avr": "qemu-system-misc",
}


@contextmanager
def emulated(board: Board, program: Path, *, semihosting: bool = False) -> Iterator[str]:
    """Runs the ELF file `program`; the port, as pyserial names it.

    semihosting: the program was built for it, and its console is the port.
    Raises TargetError if QEMU has no such board, ToolMissing.
    """
    if board.machine is None or board.emulator is None or board.core.emulator is None:
        able = ", ".join(name for name, other in BOARDS.items() if other.machine)
        raise TargetError(f"{board.name}: QEMU does not know this board; it knows {able}")
    qemu = find_tool(board.emulator, PACKAGES[board.emulator])
    command = [qemu, "-machine", board.machine, *board.core.emulator.options, "-display", "none", "-monitor", "none"]
    command += [board.loader, str(program)]
    with (_console if semihosting else _uart)(board, command) as port:
        yield port


@contextmanager
def _uart(board: Board, command: Sequence[str]) -> Iterator[str]:
    """A socket that listens already, so that no two processes can want the same port number; QEMU boots the board
    when someone has connected."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        serials = ["-serial", "null"] * board.serial + ["-serial", "chardev:uart"]
        chardev = f"socket,id=uart,fd={listener.fileno()},server=on,wait=on,nodelay=on"
        with _running([*command, "-chardev", chardev, *serials], pass_fds=[listener.fileno()]):
            yield f"socket://127.0.0.1:{listener.getsockname()[1]}"


@contextmanager
def _console(board: Board, command: Sequence[str]) -> Iterator[str]:
    """A pseudo-terminal: QEMU's semihosting console is its standard input and output.  The end that is kept open here
    makes it wait, and not see an end, while nobody is connected."""
    main, secondary = os.openpty()
    tty.setraw(secondary)
    enabled = ["-serial", "null", "-semihosting-config", "enable=on,target=native"]
    try:
        with _running([*command, *enabled], stdin=main, stdout=main):
            yield os.ttyname(secondary)
    finally:
        os.close(main)
        os.close(secondary)


@contextmanager
def _running(command: Sequence[str], **options: Any) -> Iterator[None]:
    quiet = dict.fromkeys(("stdin", "stdout", "stderr"), subprocess.DEVNULL)
    machine = subprocess.Popen(command, **(quiet | options))
    try:
        yield
    finally:
        machine.kill()
        machine.wait()
