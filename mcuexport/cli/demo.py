"""`mcuexport demo`."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from .show import percent, print_table, size

if TYPE_CHECKING:
    from ..graph import Graph
    from ..ops import IntArray

CORES = ("host", "cortex-m0", "cortex-m4")


@click.command("demo")
@click.option("--out", type=click.Path(path_type=Path), default=Path("runs/demo"), show_default=True, help="Folder.")
def command(out: Path) -> None:
    """On scikit-learn's 8x8 digits, which are installed with it."""
    from ..checkpoint import load
    from ..codegen import generate
    from ..evaluate import evaluate, test_set
    from ..lower import lower
    from ..output import write_generated
    from ..targets import core
    from ..train.recipe_files import load_recipe
    from .pack import USUAL_CORE, measure, print_report
    from .train import train_and_save

    path = out / "model.pt"
    train_and_save(load_recipe("digits"), "digits", path, None, out / "run")
    checkpoint = load(path)
    graph = lower(checkpoint)
    x, y = test_set(checkpoint, None)
    quality = evaluate(checkpoint, graph, x, y)
    generated = generate(graph, core("host"), "net", checkpoint.examples)
    write_generated(out / "net", generated)
    measured = measure(graph, generated, core(USUAL_CORE))
    click.echo()
    print_report("digits", measured, core(USUAL_CORE))
    rows = [
        ("integer accuracy", percent(quality.integer_accuracy)),
        ("torch accuracy (fake-quantized)", percent(quality.torch_accuracy)),
        ("predictions that differ", f"{quality.differing} of {quality.samples}"),
        ("flash", size(measured.flash_bytes)),
        ("scratch (RAM)", size(measured.scratch_bytes)),
        *((f"C on {name}", _parity(graph, name, checkpoint.examples, x)) for name in CORES),
    ]
    click.echo()
    print_table("Result", ("", "value"), rows)
    click.echo(f"\nThe checkpoint is {path}, the C is {out / 'net'}/net.h and net.c.  Next: mcuexport train --help")


def _parity(graph: "Graph", core_name: str, examples: "IntArray", x: "IntArray") -> str:
    from ..errors import ToolMissing
    from ..parity import verify
    from ..targets import core

    try:
        result = verify(graph, core(core_name), "net", examples, x)
    except ToolMissing as missing:
        return f"not run: {missing}"
    return f"0 of {result.outputs} outputs differ ({result.samples} samples)"
