"""`mcuexport check`."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from .show import json_option, print_json, print_table, size

if TYPE_CHECKING:
    from torch import Tensor, nn

    from ..checking import Checked, Limits


@click.command("check")
@click.argument("model", metavar="MODEL")
@click.option("--format", "format_name", default="sym4", show_default=True, help="Of a float model's weights.")
@click.option("--core", "core_name", help="Must fit the memories of this core's emulated machine.")
@click.option("--flash", "flash_bytes", type=click.IntRange(0), metavar="BYTES", help="Must fit this much flash.")
@click.option(
    "--ram", "ram_bytes", type=click.IntRange(0), metavar="BYTES", help="Must fit this much RAM, stack apart."
)
@json_option
def command(
    model: str, format_name: str, core_name: str | None, flash_bytes: int | None, ram_bytes: int | None, as_json: bool
) -> None:
    """MODEL is a checkpoint, or FILE.py:FUNCTION that returns a module and an example input.

    That file is run.  Exits 1 if anything will not export.
    """
    from ..checking import check, check_checkpoint
    from ..checkpoint import load
    from ..pack import weight_format
    from ..train.quantize import Rule

    limits = _limits(core_name, flash_bytes, ram_bytes)
    path, colon, function = model.rpartition(":")
    if model.endswith(".py") or (colon and path.endswith(".py")):
        module, example = made_by(Path(path or model), function if path else "")
        rules = (Rule(options={"format": weight_format(format_name).name}),)
        checked = check(module, example, name=Path(path).stem, rules=rules, limits=limits)
    else:
        checked = check_checkpoint(load(model), limits)
    if as_json:
        print_json(checked)
    else:
        print_checked(checked)


def _limits(core_name: str | None, flash_bytes: int | None, ram_bytes: int | None) -> "Limits | None":
    from dataclasses import replace

    from ..checking import Limits, limits_of
    from ..targets import core

    if core_name is None:
        return None if flash_bytes is None and ram_bytes is None else Limits(flash_bytes, ram_bytes)
    limits = limits_of(core(core_name))
    limits = limits if flash_bytes is None else replace(limits, flash_bytes=flash_bytes)
    return limits if ram_bytes is None else replace(limits, ram_bytes=ram_bytes)


def made_by(path: Path, function: str) -> "tuple[nn.Module, Tensor]":
    """(module, example input) that a function in a Python file returns.  Raises CheckpointError."""
    import runpy
    import sys

    from torch import Tensor, nn

    from ..errors import CheckpointError

    if not function:
        raise CheckpointError(f"{path}: name the function, as {path}:make; it returns a module and an example input")
    if not path.is_file():
        raise CheckpointError(f"{path}: no such file")
    sys.path.insert(0, str(path.parent))
    try:
        made = runpy.run_path(str(path)).get(function)
        result = made() if callable(made) else None
    except Exception as error:  # whatever the user's file raises
        reason = " ".join(str(error).split())
        raise CheckpointError(f"{path}:{function} raises {type(error).__name__}: {reason}") from error
    finally:
        sys.path.remove(str(path.parent))
    if made is None:
        raise CheckpointError(f"{path}: has no function {function}")
    if isinstance(result, tuple) and len(result) == 2:
        module, example = result
        if isinstance(module, nn.Module) and isinstance(example, Tensor):
            return module, example
    raise CheckpointError(f"{path}:{function} returns {type(result).__name__}; return (module, example input tensor)")


def print_checked(checked: "Checked") -> None:
    widths = list(dict.fromkeys(bits for layer in checked.layers for bits in layer.bytes_by_bits))
    columns = ("layer", "operators", "result", "weights", "format", *(f"{bits} bit" for bits in widths))
    rows = [
        (
            layer.layer,
            " ".join(layer.operators),
            "x".join(map(str, layer.result)),
            layer.weights or "-",
            layer.format or "-",
            *(layer.bytes_by_bits.get(bits, "-") for bits in widths),
        )
        for layer in checked.layers
    ]
    print_table(f"{checked.name} exports; bytes of weights at each width", columns, rows)
    least = f"no plan can need less than {size(checked.scratch_lower_bound_bytes)}"
    click.echo(f"\nscratch (RAM): {size(checked.scratch_bytes)} ({least})")
    for note in checked.notes:
        click.echo(f"note: {note}")
