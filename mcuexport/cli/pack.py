"""`mcuexport pack`."""

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click

from .choosing import choice_as_data, choice_for, kernels_for, optimize_option, print_choice
from .show import bitstream_option, json_option, percent, print_json, print_table, size

if TYPE_CHECKING:
    from ..codegen import Generated
    from ..graph import Graph
    from ..ops.stream import Storage
    from ..report import Report
    from ..targets import Core

# Whose code size is told when no core is asked for.
USUAL_CORE = "cortex-m0"


@click.command("pack")
@click.argument("checkpoint_path", metavar="MODEL.PT", type=click.Path(path_type=Path))
@click.option("-o", "--out", type=click.Path(path_type=Path), required=True, help="Folder for the C files.")
@click.option("--name", default="net", show_default=True, help="Prefix of every symbol and file.")
@click.option("--core", "core_name", help="Choose kernels for this core; without it, plain C99.")
@click.option("--board", "board_name", help="Choose kernels for this board's core, by what fits it.")
@bitstream_option
@click.option(
    "--storage",
    type=click.Choice(["probabilities", "streams"]),
    default="probabilities",
    show_default=True,
    help="Of a bitstream network's weights: 8 bits each, or LENGTH bits each and fewer cycles.",
)
@click.option("--as", "kind", default="c", help="c: the C alone; or a package: arduino, cmake, zephyr, .. .")
@click.option("--with", "others", metavar="NAME=MODEL.PT", multiple=True, help="Another model in the same package.")
@optimize_option
@json_option
def command(
    checkpoint_path: Path,
    out: Path,
    name: str,
    core_name: str | None,
    board_name: str | None,
    length: int | None,
    storage: "Storage",
    kind: str,
    others: tuple[str, ...],
    goal: str | None,
    as_json: bool,
) -> None:
    """Kernels are chosen by measure: compiled for the core, and counted in an emulator for the checkpoint's
    example inputs.  Packages are for Arduino, PlatformIO, CMake, Zephyr, ESP-IDF and CMSIS.
    """
    from ..checkpoint import load
    from ..codegen import generate
    from ..codegen.packages import KINDS, package
    from ..emulate.counting import COUNTED
    from ..lower import lower
    from ..lower.bitstream import lower_to
    from ..output import write_generated
    from ..targets import board, core

    if kind not in ("c", *KINDS):
        raise click.BadParameter(f"{kind!r} is none of c, {', '.join(KINDS)}", param_hint="--as")
    if others and kind == "c":
        raise click.BadParameter("only packages hold several models; add --as", param_hint="--with")
    if any("=" not in other for other in others):
        raise click.BadParameter("must be NAME=MODEL.PT", param_hint="--with")
    if core_name is not None and board_name is not None:
        raise click.BadParameter("a board has a core; name one of the two", param_hint="--core")
    on = None if board_name is None else board(board_name)
    target = core(core_name or "host") if on is None else on.core
    checkpoint = load(checkpoint_path)
    graph = lower_to(checkpoint, length, storage)
    choice = choice_for(graph, target, checkpoint.examples, goal, on)
    kernels = None if choice is None else choice.kernels
    generated = generate(graph, target, name, checkpoint.examples, kernels=kernels)
    compiled = core(USUAL_CORE) if target.name == "host" else target
    measured = measure(graph, generated, compiled)
    models = [generated]
    for other in others:
        other_name, _, path = other.partition("=")
        more = load(Path(path))
        graph_of_other = lower(more)
        chosen = kernels_for(graph_of_other, target, more.examples, goal)
        models.append(generate(graph_of_other, target, other_name, more.examples, kernels=chosen))
    write_generated(out, generated, None if kind == "c" else package(kind, models))
    if as_json:
        print_json(asdict(measured) | {"choice": None if choice is None else choice_as_data(choice)})
    else:
        if choice is not None:
            print_choice(choice, target, goal)
        elif measured.code_bytes is None and target.name in COUNTED:
            click.echo(f"Kernels for {target.name}: the usual ones; to choose by measure, install its compiler\n")
        print_report(checkpoint.name, measured, compiled)
        click.echo(f"\n{out}/{name}.h and {name}.c: compile {name}.c, call {name}_run() or {name}_predict().")


def measure(graph: "Graph", generated: "Generated", core: "Core") -> "Report":
    """The report, with code size if the core's compiler is there."""
    from ..emulate import build
    from ..errors import ToolMissing
    from ..report import report

    try:
        sizes = build(generated.sources, generated.name, core).sizes
    except ToolMissing:
        return report(graph, generated, None, None)
    return report(graph, generated, sizes, core.name)


def print_report(title: str, measured: "Report", core: "Core") -> None:
    """core: whose code was to be measured."""
    columns = ("layer", "weights", "format", "bytes", "padding", "other", "entropy", "of capacity")
    rows = [
        (
            r.layer,
            r.shape,
            r.format,
            r.weight_bytes,
            r.padding_bytes,
            r.other_bytes,
            f"{r.entropy_bits:.2f} b",
            percent(r.capacity_share),
        )
        for r in measured.layers
    ]
    print_table(title, columns, rows)
    code = f"{size(measured.code_bytes)} ({measured.code_core}, -Os)"
    if measured.code_bytes is None:
        code = f"not measured; sudo apt-get install {core.compiler_package}"
    least = f"no plan can need less than {size(measured.scratch_lower_bound_bytes)}"
    totals = [
        ("flash: weights", size(measured.weight_bytes)),
        ("flash: other constants", size(measured.other_bytes)),
        ("flash: code", code),
        ("flash", size(measured.flash_bytes)),
        ("scratch (RAM)", f"{size(measured.scratch_bytes)} ({least})"),
    ]
    click.echo()
    print_table("Total", ("", "size"), totals)
