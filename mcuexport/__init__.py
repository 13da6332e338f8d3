"""mcuexport: PyTorch networks on microcontrollers, bit for bit what Python computed."""

from typing import Any

from .version import VERSION as __version__

__all__ = ["__version__", "check", "save"]


def __getattr__(name: str) -> Any:
    """`mcuexport.save` and `mcuexport.check`, imported when first used: they bring torch."""
    if name == "save":
        from .checkpoint import save

        return save
    if name == "check":
        from .checking import check

        return check
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
