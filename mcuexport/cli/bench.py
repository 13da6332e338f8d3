"""`mcuexport bench`."""

from pathlib import Path

import click

from .choosing import choice_for, optimize_option
from .show import bitstream_option, json_option, percent, print_json, print_table


@click.command("bench")
@click.argument("what", metavar="MODEL.PT|kernels")
@click.option("--core", "core_name", help="One core; without it, those of docs/performance.md.")
@bitstream_option
@click.option("--markdown", is_flag=True, help="Of kernels: with layers and networks, the page docs/performance.md.")
@optimize_option
@json_option
def command(
    what: str, core_name: str | None, length: int | None, markdown: bool, goal: str | None, as_json: bool
) -> None:
    """Counted in an emulator, so two runs print the same; flash without wait states.  An AVR's cycles are exact.

    `kernels` in place of a checkpoint prints every weight format on every core.
    """
    if what == "kernels":
        _kernels(core_name, as_json, markdown)
    else:
        _model(Path(what), core_name, length, goal, as_json)


def _model(path: Path, core_name: str | None, length: int | None, goal: str | None, as_json: bool) -> None:
    from ..bench import CORES
    from ..checkpoint import load
    from ..cycles import measure_cycles
    from ..lower.bitstream import lower_to
    from ..targets import core

    checkpoint = load(path)
    graph = lower_to(checkpoint, length)
    targets = [core(name) for name in ([core_name] if core_name else CORES)]
    choices = [(target, choice_for(graph, target, checkpoint.examples, goal)) for target in targets]
    results = [
        measure_cycles(graph, target, checkpoint.examples, choice.kernels if choice else None)
        for target, choice in choices
    ]
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
    from ..bench import CORES, bench_bits, bench_kernels
    from ..targets import core

    cores = [core(core_name).name] if core_name else CORES
    rows = [*bench_kernels(cores=cores), *bench_bits(cores)]
    if as_json:
        print_json(rows)
        return
    if markdown:
        from ..bench_layers import bench_layers
        from ..bench_networks import bench_networks
        from ..performance import page

        click.echo(page(rows, list(bench_layers()), list(bench_networks())), nl=False)
        return
    columns = ("core", "format", "kernel", "shape", "family", "instructions", "cycles", "cycles/MAC", "best peer")
    table = [
        (
            row.core,
            row.format,
            row.kind,
            f"{row.inputs}x{row.outputs}",
            row.family,
            f"{row.instructions:,}",
            f"{row.cycles:,}",
            f"{row.cycles_per_mac:.2f}",
            "-" if row.peer is None else f"{row.peer:.1f}",
        )
        for row in rows
    ]
    print_table("Dense kernels, inputs 0 .. 127 (nonzero: 60 % zeros), whole calls", columns, table)
