"""A section of `cores.toml` or `boards.toml`, read key by key: what is missing, wrong or unknown is named."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, TypeVar

from ..errors import TargetError
from ..toml import parse_toml

T = TypeVar("T")


@dataclass(frozen=True)
class Region:
    """A memory: its first address and its size."""

    origin: int
    size_bytes: int


@dataclass
class Section:
    """where: file and section, for messages.  Each method takes a key and raises TargetError if its value is wrong."""

    where: str
    values: dict[str, Any]
    read: set[str] = field(default_factory=set)

    def __contains__(self, key: str) -> bool:
        return key in self.values

    def value(self, key: str) -> Any:
        self.read.add(key)
        if key not in self.values:
            raise TargetError(f"{self.where}: no {key}")
        return self.values[key]

    def text(self, key: str, default: str | None = None) -> str:
        value = self.value(key) if default is None or key in self else default
        return self._of(str, key, value, "a text")

    def number(self, key: str, default: int | None = None) -> int:
        value = self.value(key) if default is None or key in self else default
        return self._of(int, key, value, "a whole number")

    def texts(self, key: str, default: tuple[str, ...] | None = None) -> tuple[str, ...]:
        value = self.value(key) if default is None or key in self else list(default)
        members = self._of(list, key, value, "a list of texts")
        return tuple(self._of(str, key, member, "a list of texts") for member in members)

    def region(self, key: str) -> Region:
        value = self._of(list, key, self.value(key), "[origin, bytes]")
        sound = len(value) == 2 and all(type(number) is int and 0 <= number < 1 << 32 for number in value)
        if not sound or not value[1]:
            raise TargetError(f"{self.where}: {key} must be [origin, bytes] of 32 bits, got {value!r:.80}")
        return Region(*value)

    def require_nothing_else(self) -> None:
        """Raises TargetError for a key that nothing has read."""
        for key in self.values.keys() - self.read:
            raise TargetError(f"{self.where}: unknown key {key!r:.80}")

    def _of(self, kind: type[T], key: str, value: Any, what: str) -> T:
        if not isinstance(value, kind) or isinstance(value, bool):
            raise TargetError(f"{self.where}: {key} must be {what}, got {value!r:.80}")
        return value


def sections(text: str, file: str) -> Iterator[tuple[str, Section]]:
    """The sections of a TOML file by name.  Raises TargetError."""
    try:
        tables = parse_toml(text)
    except ValueError as error:
        raise TargetError(f"{file}: {error}") from None
    for name, values in tables.items():
        if not isinstance(values, dict):
            raise TargetError(f"{file}: {name!r:.80} must be a section")
        yield name, Section(f"{file}: {name:.80}", values)
