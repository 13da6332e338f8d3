"""A model on a real board, behind its UART: frames, a link that survives noise, and what the firmware answers."""

from .device import Device, LayerRun, ModelRun, Welcome, connected
from .link import BoardFault, Link
from .ports import open_port, the_port
from .qemu import emulated

__all__ = ["BoardFault", "Device", "LayerRun", "Link", "ModelRun", "Welcome", "connected", "emulated", "open_port", "the_port"]
