"""mcuexport: PyTorch networks on microcontrollers, bit for bit what Python computed."""

from typing import Any

from .version import VERSION as __version__

__all__ = ["__version__", "save"]


def __getattr__(name: str) -> Any:
    """`mcuexport.save`, imported when first used: it brings torch."""
    if name == "save":
        from .checkpoint import save

        return save
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
