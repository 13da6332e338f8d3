"""`mcuexport sweep`."""

import csv
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TimeRemainingColumn

from .show import data_option, json_option, percent, print_json, print_table

if TYPE_CHECKING:
    from ..study.grid import Grid
    from ..study.records import Records
    from ..study.sweep import Row


@click.command("sweep")
@click.argument("spec", metavar="SPEC")
@data_option
@click.option("--out", type=click.Path(path_type=Path), help="Folder of results and plots.  [default: runs/NAME]")
@click.option("--workers", type=click.IntRange(1), help="Processes; all cores if not given.")
@click.option("--csv", "as_csv", is_flag=True, help="Print CSV.")
@click.option("--markdown", is_flag=True, help="Print a table in Markdown.")
@json_option
def command(
    spec: str, data: str | None, out: Path | None, workers: int | None, as_csv: bool, markdown: bool, as_json: bool
) -> None:
    """SPEC is a TOML file of a base recipe and a grid, or the name of one that comes with mcuexport, as
    capacity or residuals (another name lists them all).

    What is done stands in OUT/study.db: the same command goes on where it was interrupted.
    """
    from ..study.grid import load_grid
    from ..study.records import Records
    from ..study.sweep import run_sweep, summary

    grid = load_grid(spec)
    out = out or Path("runs") / Path(spec).stem
    out.mkdir(parents=True, exist_ok=True)
    records = Records(out / "study.db", grid)
    bar = Progress("sweep", BarColumn(), MofNCompleteColumn(), TimeRemainingColumn(), console=Console(stderr=True))
    with bar:
        task = bar.add_task("sweep", total=None)
        run_sweep(
            grid,
            records,
            workers or os.cpu_count() or 1,
            data,
            lambda done, of: bar.update(task, completed=done, total=of),
        )
    rows = summary(grid, records)
    _draw(out, grid, rows)
    if as_json:
        print_json(rows)
    elif as_csv:
        _print_csv(grid, records)
    else:
        _print(rows, markdown)


def _print(rows: "list[Row]", markdown: bool) -> None:
    from ..study.sweep import told

    axes = list(rows[0].point)
    columns = (*axes, "seeds", "weights", "bits", "accuracy", "lowest", "highest", "test loss", "training loss")
    cells = [
        (
            *(told(key, value) for key, value in row.point.items()),
            row.seeds,
            f"{row.weights:,}",
            f"{row.weight_bits:,}",
            percent(row.accuracy),
            percent(row.lowest_accuracy),
            percent(row.highest_accuracy),
            f"{row.test_loss:.4f}",
            f"{row.train_loss:.4f}",
        )
        for row in rows
    ]
    if markdown:
        rule = ["---"] * len(axes) + ["--:"] * (len(columns) - len(axes))
        click.echo("\n".join(f"| {' | '.join(map(str, line))} |" for line in (columns, rule, *cells)))
    else:
        print_table("Integers on the test set; means over the seeds", columns, cells)


def _print_csv(grid: "Grid", records: "Records") -> None:
    """Every training, its seed among the columns."""
    from dataclasses import asdict

    from ..study.records import COLUMNS

    writer = csv.writer(sys.stdout, lineterminator="\n")
    writer.writerow((*grid.axes, *COLUMNS))
    for point in grid.points():
        record = records.find(point)
        if record is not None:
            writer.writerow((*point.values(), *asdict(record).values()))


def _draw(out: Path, grid: "Grid", rows: "list[Row]") -> None:
    from ..errors import ToolMissing
    from ..plots import draw
    from ..study.sweep import lines

    title, x_label = f"{Path(grid.name).stem}: means over the seeds", "bits of all weights"
    accuracy, loss = lines(rows, lambda r: r.accuracy), lines(rows, lambda r: r.test_loss)
    try:
        draw(out / "accuracy.svg", accuracy, title=title, x_label=x_label, base=2)
        draw(out / "loss.svg", loss, title=title, x_label=x_label, base=2, y_label="test loss", factor=1)
    except ToolMissing as error:
        click.echo(f"no plot: {error}", err=True)
