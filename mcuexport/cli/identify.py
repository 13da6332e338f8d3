"""`mcuexport identify`."""

from pathlib import Path

import click

from .show import json_option, print_json

FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.command("identify")
@click.argument("firmware", metavar="FIRMWARE.ELF", type=FILE)
@click.argument("checkpoint_path", metavar="MODEL.PT", type=click.Path(path_type=Path))
@json_option
def command(firmware: Path, checkpoint_path: Path, as_json: bool) -> None:
    """An ELF file, stripped or not, or a plain image of the flash.  Exits 1 if they do not belong together."""
    from ..checkpoint import load
    from ..codegen import graph_hash
    from ..errors import TargetError
    from ..identify import model_hashes
    from ..lower import lower

    expected = graph_hash(lower(load(checkpoint_path)))
    found = model_hashes(firmware)
    if as_json:
        print_json({"belong_together": expected in found, "checkpoint": expected, "firmware": found})
    elif expected in found:
        click.echo(f"{firmware} holds the model of {checkpoint_path}: {expected}")
    if expected not in found:
        raise TargetError(f"{firmware}: holds model {', '.join(found)}, but {checkpoint_path} is {expected}")
