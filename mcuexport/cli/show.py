"""How commands print: a table for people, JSON for programs."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict, is_dataclass
from typing import Any

import click
from rich.console import Console
from rich.table import Table

json_option = click.option("--json", "as_json", is_flag=True, help="Print JSON instead of tables.")
data_option = click.option(
    "--data",
    type=click.Path(path_type=str),
    envvar="MCUEXPORT_DATA",
    help="Folder with the data set's files; without it they are downloaded.",
)

bitstream_option = click.option(
    "--bitstream", "length", type=int, metavar="LENGTH", help="As a bitstream network, LENGTH bits to a value."
)


def print_json(value: Any) -> None:
    """Dataclasses become objects."""
    click.echo(json.dumps(value, default=_plain, indent=2))


def _plain(value: Any) -> Any:
    if is_dataclass(value) and not isinstance(value, type):
        return asdict(value)
    raise TypeError(f"{type(value).__name__} is not JSON")


def print_table(title: str, columns: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """The first column and text to the left, numbers to the right."""
    rows = [tuple(row) for row in rows]
    table = Table(title=title, title_justify="left", title_style="bold", box=None, pad_edge=False)
    for index, column in enumerate(columns):
        numeric = index > 0 and all(_is_figure(str(row[index])) for row in rows)
        table.add_column(column, justify="right" if numeric else "left", no_wrap=True)
    for row in rows:
        table.add_row(*(_escape(str(cell)) for cell in row))
    Console(width=None if Console().is_terminal else 140).print(table)


def _is_figure(text: str) -> bool:
    return text in ("", "-") or text[0].isdigit() or text[0] == "-"


def _escape(text: str) -> str:
    return text.replace("[", "\\[")


def percent(share: float) -> str:
    return f"{100 * share:.2f} %"


def size(count: int | None) -> str:
    return "-" if count is None else f"{count:,} B"
