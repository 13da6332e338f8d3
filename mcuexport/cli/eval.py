"""`mcuexport eval`."""

from pathlib import Path

import click

from .show import data_option, json_option, percent, print_json, print_table


@click.command("eval")
@click.argument("checkpoint_path", metavar="MODEL.PT", type=click.Path(path_type=Path))
@data_option
@json_option
def command(checkpoint_path: Path, data: str | None, as_json: bool) -> None:
    """The integer graph is what the chip computes; its accuracy is the one to quote."""
    from ..checkpoint import load
    from ..evaluate import evaluate, test_set
    from ..lower import lower

    checkpoint = load(checkpoint_path)
    graph = lower(checkpoint)
    result = evaluate(checkpoint, graph, *test_set(checkpoint, data))
    if as_json:
        print_json(result)
        return
    rows = [
        ("integer accuracy", percent(result.integer_accuracy)),
        ("torch accuracy (fake-quantized)", percent(result.torch_accuracy)),
        ("predictions that differ", f"{result.differing} of {result.samples}"),
    ]
    print_table(f"{checkpoint.name} on {result.samples} test samples", ("", "value"), rows)
