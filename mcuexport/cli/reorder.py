"""`mcuexport reorder`."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from .show import json_option, print_json, print_table

if TYPE_CHECKING:
    from ..entropy import LayerEntropy


@click.command("reorder")
@click.argument("checkpoint_path", metavar="MODEL.PT", type=click.Path(path_type=Path))
@click.option("--out", type=click.Path(path_type=Path), help="Write the reordered checkpoint; without it, only tell.")
@json_option
def command(checkpoint_path: Path, out: Path | None, as_json: bool) -> None:
    """Every output stays the same integer; flash shrinks only where the image itself is compressed, as over the air."""
    import numpy as np

    from ..checkpoint import Checkpoint, load, write
    from ..entropy import weight_entropies
    from ..errors import GraphError
    from ..lower import lower
    from ..train.reorder import reordered

    checkpoint = load(checkpoint_path)
    layers = reordered(checkpoint.layers, checkpoint.to_real(checkpoint.examples).float())
    pairs = zip(checkpoint.data.layers, layers, strict=True)
    data = checkpoint.data.model_copy(update={"layers": tuple(type(was)(**vars(now)) for was, now in pairs)})
    old, new = lower(checkpoint), lower(Checkpoint(data))
    if not np.array_equal(old.run(checkpoint.examples), new.run(checkpoint.examples)):
        raise GraphError(f"{checkpoint.name}: reordered, its outputs differ; please report this")
    if out is not None:
        write(out, data.model_dump())
    before, after = weight_entropies(old), weight_entropies(new)
    if as_json:
        print_json({"before": before, "after": after})
        return
    columns = ("layer", "format", "weights", "order 0", "order 1", "packed", "zlib", "lzma")
    rows = [_row(a, b) for a, b in zip(before, after, strict=True)]
    print_table(f"{checkpoint.name}: bits per weight and bytes, before > reordered", columns, rows)


def _row(a: "LayerEntropy", b: "LayerEntropy") -> tuple[object, ...]:
    entropies = (f"{a.order_0:.3f}", f"{a.order_1:.3f} > {b.order_1:.3f}")
    return a.layer, a.format, a.weights, *entropies, a.packed, f"{a.zlib} > {b.zlib}", f"{a.lzma} > {b.lzma}"
