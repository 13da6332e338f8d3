"""`mcuexport sensitivity`."""

from pathlib import Path

import click

from .show import data_option, json_option, percent, print_json, print_table


@click.command("sensitivity")
@click.argument("checkpoint_path", metavar="MODEL.PT", type=click.Path(path_type=Path))
@click.option("--formats", help="Comma-separated names; without it, all.")
@click.option("--samples", type=click.IntRange(1), help="How many test samples; without it, all.")
@data_option
@json_option
def command(checkpoint_path: Path, formats: str | None, samples: int | None, data: str | None, as_json: bool) -> None:
    """All other layers are in int8, all without training; what training recovers is not in this table."""
    from dataclasses import replace

    import torch

    from ..checkpoint import load
    from ..evaluate import test_set
    from ..pack import FORMATS, weight_format
    from ..train.ptq import sensitivity

    names = [weight_format(name.strip()).name for name in formats.split(",")] if formats else list(FORMATS)
    checkpoint = load(checkpoint_path)
    x, y = test_set(checkpoint, data)
    x, y = x[:samples], y[:samples]
    module = checkpoint.module()
    rows = [
        replace(row, layer=checkpoint.layers[int(row.layer.removeprefix("layers."))].layer)
        for row in sensitivity(module.float(), checkpoint.to_real(x).float(), torch.from_numpy(y), names)
    ]
    if as_json:
        print_json(rows)
        return
    columns = ("layer", "weights", *names)
    table = [(row.layer, row.weights, *(percent(row.accuracy[name]) for name in names)) for row in rows]
    print_table(f"{checkpoint.name}: accuracy on {len(x)} test samples, one layer at a time", columns, table)
