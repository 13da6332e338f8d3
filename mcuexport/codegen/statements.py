"""C statements as data: a line, or a header with a body.  `lines` prints them; nothing is decided here."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

INDENT = "    "


@dataclass(frozen=True)
class Block:
    """`header { body }`; a header that opens with "else" continues the block before it."""

    header: str
    body: tuple["Statement", ...]


Statement = str | Block


def block(header: str, body: Iterable[Statement]) -> Block:
    return Block(header, tuple(body))


def count(variable: str, end: int, body: Iterable[Statement]) -> Block:
    """A loop of `variable` over 0 .. end - 1."""
    return block(f"for (uint32_t {variable} = 0u; {variable} < {end}u; {variable}++)", body)


def lines(statements: Iterable[Statement], depth: int = 0) -> Iterator[str]:
    """The text, line by line."""
    printed: list[str] = []
    for statement in statements:
        if isinstance(statement, str):
            printed.append(f"{INDENT * depth}{statement}" if statement else "")
            continue
        if statement.header.startswith("else"):
            printed[-1] += f" {statement.header} {{"
        else:
            printed.append(INDENT * depth + f"{statement.header} {{".lstrip())
        printed += lines(statement.body, depth + 1)
        printed.append(f"{INDENT * depth}}}")
    yield from printed
