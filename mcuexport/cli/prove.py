"""`mcuexport prove`."""

from pathlib import Path

import click

from .show import json_option, print_json, print_table


@click.command("prove")
@click.argument("checkpoint_path", metavar="MODEL.PT", type=click.Path(path_type=Path))
@click.option(
    "--whole/--by-layer",
    default=None,
    help="One analysis of everything, or each dense kernel once and then the rest; without it, by the size.",
)
@json_option
def command(checkpoint_path: Path, whole: bool | None, as_json: bool) -> None:
    """Frama-C's Eva, for all inputs at once.  Exits 1 on any alarm and names the layer and the C line.

    It covers the plain C that `pack` writes without --core; the kernels of a core are compared with it in tests.
    """
    from ..checkpoint import load
    from ..codegen import generate
    from ..lower import lower
    from ..prove import prove
    from ..targets import core

    checkpoint = load(checkpoint_path)
    graph = lower(checkpoint)
    generated = generate(graph, core("host"), "net", checkpoint.examples)
    proof = prove(graph, generated, None if whole is None else not whole)
    if as_json:
        print_json(proof)
    else:
        columns = ("layer", "planned", "proven", "seconds")
        rows = [(p.layer, _text(p.planned), _text(p.found), f"{p.seconds:.1f}") for p in proof.layers]
        print_table(f"{checkpoint.name}: ranges of results", columns, rows)
        for alarm in proof.by_wp:
            click.echo(f"proven by WP, see docs/proof.md: {alarm.layer}: {alarm.place}: {alarm.text}")
        how = (
            "layer by layer, each kernel once for its planned range" if proof.by_layer else "the whole network at once"
        )
        click.echo(
            f"\n{len(proof.alarms)} alarms for all inputs; {how}; {proof.macs:,} multiplications, "
            f"{proof.reached} of {proof.statements} statements reached, {proof.seconds:.0f} s"
        )
    proof.require(checkpoint.name)


def _text(values: tuple[int, int] | None) -> str:
    return "not reached" if values is None else f"{values[0]:,} .. {values[1]:,}"
