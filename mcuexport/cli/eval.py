"""`mcuexport eval`."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from .show import bitstream_option, data_option, json_option, percent, print_json, print_table

if TYPE_CHECKING:
    from ..evaluate import BitstreamEvaluation


@click.command("eval")
@click.argument("checkpoint_path", metavar="MODEL.PT", type=click.Path(path_type=Path))
@bitstream_option
@data_option
@json_option
def command(checkpoint_path: Path, length: int | None, data: str | None, as_json: bool) -> None:
    """The integer graph is what the chip computes; its accuracy is the one to quote."""
    from ..checkpoint import load
    from ..evaluate import evaluate, evaluate_bitstream, test_set
    from ..lower import lower
    from ..lower.bitstream import lower_bitstream

    checkpoint = load(checkpoint_path)
    graph = lower(checkpoint)
    if length is not None:
        streams = lower_bitstream(checkpoint, length)
        found = evaluate_bitstream(checkpoint, graph, streams, length, *test_set(checkpoint, data))
        _print_bitstream(checkpoint.name, found, as_json)
        return
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


def _print_bitstream(name: str, found: "BitstreamEvaluation", as_json: bool) -> None:
    if as_json:
        print_json(found)
        return
    rows = [
        (f"bitstream accuracy, {found.length} bits", percent(found.bitstream_accuracy)),
        ("8-bit integer accuracy", percent(found.integer_accuracy)),
        ("float accuracy", percent(found.float_accuracy)),
        ("predictions that differ from 8 bits", f"{found.differing} of {found.samples}"),
    ]
    print_table(f"{name} on {found.samples} test samples", ("", "value"), rows)
