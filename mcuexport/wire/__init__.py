"""A model on a board, behind its UART or a debug probe: frames, a link that survives noise, the firmware's answers."""

from .device import Device, LayerRun, ModelRun, Welcome, connected
from .link import BoardFault, Link
from .ports import open_port, the_port
from .qemu import emulated
from .semihosting import debugged

__all__ = [
    "BoardFault",
    "Device",
    "LayerRun",
    "Link",
    "ModelRun",
    "Welcome",
    "connected",
    "debugged",
    "emulated",
    "open_port",
    "the_port",
]
