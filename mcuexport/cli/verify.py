"""`mcuexport verify`."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click

from .choosing import kernels_for, optimize_option
from .show import bitstream_option, data_option, json_option, print_json, print_table

if TYPE_CHECKING:
    from ..checkpoint import Checkpoint
    from ..graph import Graph
    from ..onboard import OnBoard
    from ..ops import IntArray
    from ..targets import Board


QEMU = "qemu"


@click.command("verify")
@click.argument("checkpoint_path", metavar="MODEL.PT", type=click.Path(path_type=Path))
@click.option(
    "--core",
    "core_name",
    help="host, the default, a core, or all; with --port qemu, whose kernels, if not what fits the board.",
)
@click.option("--samples", default="100", show_default=True, help="How many test samples, or all.")
@click.option("--board", "board_name", help="A board with our firmware on it, instead of a core.")
@click.option("--port", help="The board's serial port, if not the only one on USB; qemu emulates the board.")
@click.option("--semihosting", is_flag=True, help="Over the debug probe: firmware by `flash --semihosting`.")
@click.option("--probe", help="Which debug probe, if several are connected.")
@bitstream_option
@data_option
@optimize_option
@json_option
def command(
    checkpoint_path: Path,
    core_name: str | None,
    samples: str,
    board_name: str | None,
    port: str | None,
    semihosting: bool,
    probe: str | None,
    length: int | None,
    data: str | None,
    goal: str | None,
    as_json: bool,
) -> None:
    """Exits 1 on the first output that differs and names the first layer that does."""
    from ..checkpoint import load
    from ..evaluate import test_set
    from ..lower.bitstream import lower_to
    from ..parity import verify
    from ..targets import CORES, board, core

    if samples != "all" and not (samples.isdecimal() and int(samples) > 0):
        raise click.BadParameter(f"{samples!r} is neither a number above 0 nor `all`", param_hint="--samples")
    on = None if board_name is None else board(board_name)
    if on is not None and core_name == "all":
        raise click.BadParameter("all cores, or one board", param_hint="--core")
    cores = list(CORES.values()) if core_name == "all" else [core(core_name or "host")]
    checkpoint = load(checkpoint_path)
    graph = lower_to(checkpoint, length)
    x, _ = test_set(checkpoint, data)
    x = x if samples == "all" else x[: int(samples)]
    if on is not None:
        with _running(checkpoint, graph, on, port, core_name, goal, semihosting=semihosting, probe=probe) as url:
            told = _on_board(graph, on, url, x)
        print_json(told) if as_json else _print_on_board(told, emulated=port == QEMU)
        return
    results = []
    for target in cores:
        kernels = kernels_for(graph, target, checkpoint.examples, goal)
        results.append(verify(graph, target, "net", checkpoint.examples, x, kernels))
        if not as_json:
            last = results[-1]
            stack = "" if last.stack_bytes is None else f", stack {last.stack_bytes} B"
            click.echo(f"{last.core:14} 0 of {last.outputs} outputs differ ({last.samples} samples{stack})")
    if as_json:
        print_json(results)


@contextmanager
def _running(
    checkpoint: "Checkpoint",
    graph: "Graph",
    board: "Board",
    port: str | None,
    core_name: str | None,
    goal: str | None,
    *,
    semihosting: bool,
    probe: str | None,
) -> Iterator[str]:
    """The port of the board, which QEMU or a debugger may have to start."""
    from ..codegen import generate
    from ..emulate import build_board
    from ..targets import core
    from ..wire import debugged, emulated, the_port

    if port == QEMU:
        target, fitting = (board.core, board) if core_name is None else (core(core_name), None)
        kernels = kernels_for(graph, target, checkpoint.examples, goal, fitting)
        sources = generate(graph, target, "net", checkpoint.examples, kernels=kernels).sources
        program = build_board(sources, "net", board, semihosting=semihosting)
        with emulated(board, program, semihosting=semihosting) as url:
            yield url
    elif semihosting and port is None:
        with debugged(board, probe) as url:
            yield url
    else:
        yield the_port(port)


def _on_board(graph: "Graph", board: "Board", url: str, x: "IntArray") -> "OnBoard":
    from ..onboard import verify_on_board
    from ..wire import connected

    with connected(url) as device:
        return verify_on_board(graph, board, device, x)


def _print_on_board(told: "OnBoard", *, emulated: bool) -> None:
    selftest = "self-test passed, " if told.selftest else ""
    click.echo(
        f"{told.board:14} 0 of {told.outputs} outputs differ ({told.samples} samples, every layer, {selftest}"
        f"stack {told.stack_bytes} B)"
    )
    if told.resent or told.reconnected:
        click.echo(f"{'':14} {told.resent} requests sent again, {told.reconnected} times reconnected")
    if not emulated:  # QEMU's counters do not count cycles
        rows = [(layer.layers, f"{layer.cycles:,}") for layer in told.layers]
        ms = 1e3 * told.cycles / told.clock_hz
        rows.append(("total", f"{told.cycles:,} ({ms:.2f} ms at {told.clock_hz / 1e6:g} MHz)"))
        print_table("Measured on the board", ("layer", "cycles"), rows)
