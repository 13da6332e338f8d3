"""Builds generated C for a core and runs it there: on this computer, or on an emulated core."""

from .build import Built, build, model_sizes
from .host import HostModel, load_host
from .interface import Interface
from .run import Fault, RunResult, run
from .sizes import Sizes, sizes

__all__ = [
    "Built",
    "Fault",
    "HostModel",
    "Interface",
    "RunResult",
    "Sizes",
    "build",
    "load_host",
    "model_sizes",
    "run",
    "sizes",
]
