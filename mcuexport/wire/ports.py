"""Serial ports: which one to use, and what is wrong with one that does not open."""

import errno

import serial
from serial.tools.list_ports import comports

from ..errors import TargetError

BAUD = 115200
_REASONS = {
    errno.ENOENT: "no such port",
    errno.EACCES: "no permission; on Debian or Ubuntu: sudo usermod -a -G dialout $USER, then log in anew",
    errno.EBUSY: "busy; close the terminal or debugger that holds it",
    errno.EAGAIN: "busy; close the terminal or debugger that holds it",
    errno.ENXIO: "no device behind it any more; plug the board in",
}


def usb_ports() -> list[str]:
    """The ports that hang on a USB cable, as boards do."""
    return sorted(port.device for port in comports() if port.vid is not None)


def the_port(asked: str | None) -> str:
    """`asked`, or the only USB port.  Raises TargetError if there is none, or more than one to choose from."""
    if asked is not None:
        return asked
    found = usb_ports()
    if len(found) == 1:
        return found[0]
    if not found:
        raise TargetError("no serial port on USB; plug the board in, or name its port with --port")
    raise TargetError(f"{len(found)} serial ports on USB, {', '.join(found)}; name the board's with --port")


def open_port(name: str) -> serial.Serial:
    """The port, ours alone: a device, or pyserial's socket://host:port.  Raises TargetError with the reason."""
    try:
        port = serial.serial_for_url(name, BAUD, do_not_open=True, timeout=0.05)
        if not name.startswith("socket:"):
            port.exclusive = True
        port.open()
    except (serial.SerialException, ValueError) as error:
        number = getattr(error, "errno", None)
        reason = _REASONS.get(number or 0) or str(error)
        others = [other for other in usb_ports() if other != name]
        there = f"; USB ports here: {', '.join(others)}" if number == errno.ENOENT and others else ""
        raise TargetError(f"{name}: {reason}{there}") from error
    return port
