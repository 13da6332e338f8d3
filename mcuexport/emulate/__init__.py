"""Builds generated C for a core and runs it there: on this computer, or on an emulated core."""

from .build import Built, board_footprint, build, build_board, model_sizes
from .host import HostModel, load_host
from .interface import Interface
from .run import Fault, RunResult, run
from .sizes import Footprint, Sizes, footprint, sizes

__all__ = [
    "Built",
    "Fault",
    "Footprint",
    "HostModel",
    "Interface",
    "RunResult",
    "Sizes",
    "board_footprint",
    "build",
    "build_board",
    "footprint",
    "load_host",
    "model_sizes",
    "run",
    "sizes",
]
