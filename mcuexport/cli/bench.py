"""`mcuexport bench`."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from .show import bitstream_option, json_option, percent, print_json, print_table

if TYPE_CHECKING:
    from ..bench import KernelRow


@click.command("bench")
@click.argument("what", metavar="MODEL.PT|kernels")
@click.option("--core", "core_name", help="One core; without it, those of docs/performance.md.")
@bitstream_option
@click.option("--markdown", is_flag=True, help="Of kernels: one table, peers beside, for documentation.")
@json_option
def command(what: str, core_name: str | None, length: int | None, markdown: bool, as_json: bool) -> None:
    """Counted in an emulator, so two runs print the same; flash without wait states.  An AVR's cycles are exact.

    `kernels` in place of a checkpoint prints every weight format on every core.
    """
    if what == "kernels":
        _kernels(core_name, as_json, markdown)
    else:
        _model(Path(what), core_name, length, as_json)


def _model(path: Path, core_name: str | None, length: int | None, as_json: bool) -> None:
    from ..bench import CORES
    from ..checkpoint import load
    from ..cycles import measure_cycles
    from ..lower.bitstream import lower_to
    from ..targets import core

    checkpoint = load(path)
    graph = lower_to(checkpoint, length)
    targets = [core(name) for name in ([core_name] if core_name else CORES)]
    results = [measure_cycles(graph, target, checkpoint.examples) for target in targets]
    if as_json:
        print_json(results)
        return
    columns = ("layers", "MACs", "instructions", "cycles", "cycles/MAC", "share")
    for result in results:
        rows = [
            (
                row.layers,
                f"{row.macs:,}",
                f"{row.instructions:,}",
                f"{row.cycles:,}",
                "-" if row.cycles_per_mac is None else f"{row.cycles_per_mac:.2f}",
                percent(row.cycles / result.total.cycles),
            )
            for row in (*result.layers, result.total)
        ]
        print_table(f"{checkpoint.name} on {result.core}", columns, rows)
        click.echo(f"stack {result.stack_bytes:,} B, scratch {result.scratch_bytes:,} B\n")


def _kernels(core_name: str | None, as_json: bool, markdown: bool) -> None:
    from ..bench import CORES, bench_kernels
    from ..targets import core

    rows = list(bench_kernels(cores=[core(core_name).name] if core_name else CORES))
    if as_json:
        print_json(rows)
        return
    if markdown:
        click.echo(_markdown(rows), nl=False)
        return
    columns = ("core", "format", "shape", "kernel", "instructions", "cycles", "cycles/MAC", "best peer")
    table = [
        (
            row.core,
            row.format,
            f"{row.inputs}x{row.outputs}",
            row.family,
            f"{row.instructions:,}",
            f"{row.cycles:,}",
            f"{row.cycles_per_mac:.2f}",
            "-" if row.peer is None else f"{row.peer:.1f}",
        )
        for row in rows
    ]
    print_table("Dense kernels, inputs 0 .. 127, whole calls", columns, table)


def _markdown(rows: "list[KernelRow]") -> str:
    """Cycles per MAC by format and core: shapes separated by slashes, the best peer in brackets."""
    cores = list(dict.fromkeys(row.core for row in rows))
    shapes = list(dict.fromkeys((row.inputs, row.outputs) for row in rows))
    lines = [
        "# Dense kernels",
        "",
        "Modelled cycles per multiply-accumulate of whole calls, inputs 0 .. 127, gcc -O2, zero wait states; in",
        "brackets the best of the peers measured with the same cost tables at 256x64 (BitNetMCU, CMSIS-NN, NNoM).",
        f"Shapes: {' / '.join(f'{inputs}x{outputs}' for inputs, outputs in shapes)}.  `make bench` writes this file.",
        "",
        "| format | " + " | ".join(cores) + " |",
        "|---|" + "--:|" * len(cores),
    ]
    for name in dict.fromkeys(row.format for row in rows):
        cells = []
        for core in cores:
            found = [row for row in rows if (row.format, row.core) == (name, core)]
            peer = "" if found[0].peer is None else f" ({found[0].peer:.1f})"
            cells.append(" / ".join(f"{row.cycles_per_mac:.2f}" for row in found) + peer)
        lines.append(f"| {name} | " + " | ".join(cells) + " |")
    return "\n".join(lines) + "\n"
