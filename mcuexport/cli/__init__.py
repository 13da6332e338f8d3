"""The command line: one file per command, loaded when it is called, so that `--help` is quick.

Only this package prints.  An error is one sentence on stderr and exit status 1; wrong usage is 2.
"""

import importlib
import sys
from typing import Any

import click

from ..errors import McuexportError
from ..version import VERSION

COMMANDS = {
    "demo": "Train, pack, verify and report a small network; needs no data set and no board.",
    "check": "Say what of a model will not export, before it is trained; what the rest costs.",
    "train": "Train what a recipe says and write a checkpoint.",
    "sweep": "Train a grid of recipes, resumably; accuracy and loss against the bits of the weights.",
    "search": "Search for networks that are best within a board's flash, RAM and cycles.",
    "eval": "Accuracy of the torch network and of the integers, and where they differ.",
    "sensitivity": "Accuracy with one layer at a time in each weight format.",
    "bitstream": "Draw what stream length buys a bitstream network, and what flipped bits cost.",
    "reorder": "Put hidden units in an order in which weights compress better, and say how much.",
    "pack": "Write C for a checkpoint, and say what it costs.",
    "verify": "Run the C, here, on an emulated core or on a board, and compare every output.",
    "flash": "Build firmware around packed C and write it to a board.",
    "prove": "Prove for all inputs that the C has no undefined behaviour.",
    "identify": "Say whether a firmware holds the model of a checkpoint.",
    "bench": "Instructions, modelled cycles and stack, layer by layer.",
    "formats": "The weight formats.",
    "cores": "The cores that models are compiled for.",
    "boards": "The boards that firmware is made for.",
}


class _Failure(click.ClickException):
    exit_code = 1

    def show(self, file: Any = None) -> None:
        click.echo(f"error: {self.message}", file=sys.stderr)


class _Commands(click.Group):
    """Finds `mcuexport.cli.<name>` only when it is called."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        command: click.Command = importlib.import_module(f".{cmd_name}", __name__).command
        more = (command.help or "").removeprefix(COMMANDS[cmd_name]).lstrip()  # its own, whether asked before or not
        command.help = f"{COMMANDS[cmd_name]}\n\n{more}"
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except McuexportError as error:
            raise _Failure(str(error)) from error
        except BrokenPipeError:
            raise  # whoever read our output has enough
        except OSError as error:
            raise _Failure(f"{error.filename or 'a file'}: {error.strerror or error}") from error


@click.group(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(VERSION, prog_name="mcuexport")
def main() -> None:
    """PyTorch networks on microcontrollers: 1- to 8-bit weights, plain C99, bit for bit what Python computed."""
