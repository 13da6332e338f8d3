"""`mcuexport boards`."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from ..targets import BOARDS, CORES, Board, board
from .show import json_option, print_json, print_table

if TYPE_CHECKING:
    from ..emulate import Footprint

COLUMNS = ("board", "what", "core", "flash", "RAM", "QEMU", "programmers")
FITTING = ("board", "flash: the core's kernels", "portable kernels", "of", "RAM without stack", "of")


@click.command("boards")
@click.argument("checkpoint_path", metavar="[MODEL.PT]", required=False, type=click.Path(path_type=Path))
@click.option("--board", "names", multiple=True, help="Only this one; may be repeated.")
@click.option("--markdown", is_flag=True, help="The table as docs/boards.md has it.")
@json_option
def command(checkpoint_path: Path | None, names: tuple[str, ...], markdown: bool, as_json: bool) -> None:
    """With a model: what firmware around it takes of each board, start-up, UART and protocol included."""
    boards = [board(name) for name in names] or list(BOARDS.values())
    if checkpoint_path is None:
        if as_json:
            print_json(boards)
        else:
            print_table("Boards", COLUMNS, map(_row, boards))
        return
    found = _footprints(checkpoint_path, boards)
    if as_json:
        print_json(
            [{"board": b.name, "fast": two[0], "portable": two[1]} for b, two in zip(boards, found, strict=True)]
        )
        return
    rows = [_fitting(b, *two) for b, two in zip(boards, found, strict=True)]
    if markdown:
        click.echo("\n".join(f"| {' | '.join(cells)} |" for cells in (FITTING, ("---", *["--:"] * 5), *rows)))
    else:
        print_table(f"{checkpoint_path} on a board", FITTING, rows)


def _row(b: Board) -> tuple[str, ...]:
    memories = (f"{region.size_bytes // 1024:,} KB" for region in (b.code, b.data))
    return (b.name, b.summary, b.core.name, *memories, b.machine or "", ", ".join(b.tools))


def _footprints(checkpoint_path: Path, boards: list[Board]) -> "list[tuple[Footprint, Footprint]]":
    """For each board: with its core's kernels, and with portable ones."""
    from ..checkpoint import load
    from ..codegen import generate
    from ..emulate import board_footprint
    from ..lower import lower

    checkpoint = load(checkpoint_path)
    graph = lower(checkpoint)
    portable = generate(graph, CORES["host"], "net", checkpoint.examples).sources
    cores = {b.core.name: b.core for b in boards}
    fast = {name: generate(graph, core, "net", checkpoint.examples).sources for name, core in cores.items()}
    return [(board_footprint(fast[b.core.name], "net", b), board_footprint(portable, "net", b)) for b in boards]


def _fitting(b: Board, fast: "Footprint", portable: "Footprint") -> tuple[str, ...]:
    def told(needs: "Footprint") -> str:
        return f"{needs.flash_bytes:,} B" if needs.fits(b) else f"{needs.flash_bytes:,} B: too large"

    limits = [f"{region.size_bytes // 1024:,} KB" for region in (b.code, b.data)]
    return (b.name, told(fast), told(portable), limits[0], f"{min(fast.ram_bytes, portable.ram_bytes):,} B", limits[1])
