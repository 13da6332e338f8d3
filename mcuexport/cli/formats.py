"""`mcuexport formats`."""

import click

from ..pack import FORMATS
from .show import json_option, print_json, print_table


@click.command("formats")
@json_option
def command(as_json: bool) -> None:
    if as_json:
        fields = ("name", "aliases", "levels", "stored_bits", "capacity_bits")
        print_json([{field: getattr(fmt, field) for field in fields} for fmt in FORMATS.values()])
        return
    rows = [(f.name, f"{f.stored_bits:.3g}", f.summary, ", ".join(f.aliases)) for f in FORMATS.values()]
    print_table("Weight formats", ("name", "bits", "levels", "also called"), rows)
