"""`mcuexport verify`."""

from pathlib import Path

import click

from .choosing import choice_for, optimize_option
from .show import bitstream_option, data_option, json_option, print_json


@click.command("verify")
@click.argument("checkpoint_path", metavar="MODEL.PT", type=click.Path(path_type=Path))
@click.option("--core", "core_name", default="host", show_default=True, help="host, a core, or all.")
@click.option("--samples", default="100", show_default=True, help="How many test samples, or all.")
@bitstream_option
@data_option
@optimize_option
@json_option
def command(
    checkpoint_path: Path,
    core_name: str,
    samples: str,
    length: int | None,
    data: str | None,
    goal: str | None,
    as_json: bool,
) -> None:
    """Exits 1 on the first output that differs and names the first layer that does."""
    from ..checkpoint import load
    from ..evaluate import test_set
    from ..lower.bitstream import lower_to
    from ..parity import verify
    from ..targets import CORES, core

    if samples != "all" and not (samples.isdecimal() and int(samples) > 0):
        raise click.BadParameter(f"{samples!r} is neither a number above 0 nor `all`", param_hint="--samples")
    cores = list(CORES.values()) if core_name == "all" else [core(core_name)]
    checkpoint = load(checkpoint_path)
    graph = lower_to(checkpoint, length)
    x, _ = test_set(checkpoint, data)
    x = x if samples == "all" else x[: int(samples)]
    results = []
    for target in cores:
        choice = choice_for(graph, target, checkpoint.examples, goal)
        kernels = None if choice is None else choice.kernels
        results.append(verify(graph, target, "net", checkpoint.examples, x, kernels))
        if not as_json:
            last = results[-1]
            stack = "" if last.stack_bytes is None else f", stack {last.stack_bytes} B"
            click.echo(f"{last.core:14} 0 of {last.outputs} outputs differ ({last.samples} samples{stack})")
    if as_json:
        print_json(results)
