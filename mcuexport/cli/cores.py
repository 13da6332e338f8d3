"""`mcuexport cores`."""

import shutil

import click

from ..targets import CORES
from .show import json_option, print_json, print_table


@click.command("cores")
@json_option
def command(as_json: bool) -> None:
    """Compilers and emulators that are not installed are marked."""
    if as_json:
        print_json(list(CORES.values()))
        return
    rows = [
        (c.name, c.summary, _tool(c.compiler), "-" if c.emulator is None else _tool(c.emulator.program))
        for c in CORES.values()
    ]
    print_table("Cores", ("name", "what", "compiler", "emulator"), rows)


def _tool(program: str) -> str:
    return program if shutil.which(program) else f"{program} (missing)"
