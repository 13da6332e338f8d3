"""A board that is not there: QEMU's model of it, booted from reset, its UART on a local socket."""

import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ..emulate.tools import find_tool
from ..errors import TargetError
from ..targets import BOARDS, Board

PACKAGES = {
    "qemu-system-arm": "qemu-system-arm",
    "qemu-system-riscv32": "qemu-system-misc",
    "qemu-system-avr": "qemu-system-misc",
}


@contextmanager
def emulated(board: Board, program: Path) -> Iterator[str]:
    """Runs the ELF file `program`; the port, as pyserial names it.

    QEMU gets a socket that listens already, so that no two processes can want the same port number; it boots the
    board when someone has connected.
    Raises TargetError if QEMU has no such board, ToolMissing.
    """
    if board.machine is None or board.emulator is None or board.core.emulator is None:
        able = ", ".join(name for name, other in BOARDS.items() if other.machine)
        raise TargetError(f"{board.name}: QEMU does not know this board; it knows {able}")
    qemu = find_tool(board.emulator, PACKAGES[board.emulator])
    with socket.create_server(("127.0.0.1", 0)) as listener:
        serials = ["-serial", "null"] * board.serial + ["-serial", "chardev:uart"]
        chardev = f"socket,id=uart,fd={listener.fileno()},server=on,wait=on,nodelay=on"
        command = [qemu, "-machine", board.machine, *board.core.emulator.options]
        command += ["-display", "none", "-monitor", "none", "-chardev", chardev, *serials, board.loader, str(program)]
        machine = subprocess.Popen(
            command,
            pass_fds=[listener.fileno()],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        try:
            yield f"socket://127.0.0.1:{listener.getsockname()[1]}"
        finally:
            machine.kill()
            machine.wait()
