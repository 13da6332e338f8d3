"""TOML that a user or a contributor wrote: everything that can be wrong with it is a ValueError."""

import tomllib
from typing import Any


def parse_toml(text: str) -> dict[str, Any]:
    """The tables of a TOML text.  Raises ValueError for other text, and for whole numbers of more than 64 bits."""
    try:
        tables = tomllib.loads(text)
        _require_64_bits(tables)
    except RecursionError:
        raise ValueError("nested too deeply") from None
    return tables


def _require_64_bits(value: Any) -> None:
    """TOML promises no more, and Python does not print a number of thousands of digits."""
    if isinstance(value, int) and value.bit_length() > 63:
        raise ValueError(f"a whole number of {value.bit_length()} bits; 64 are the most")
    if isinstance(value, dict | list):
        for member in value.values() if isinstance(value, dict) else value:
            _require_64_bits(member)
