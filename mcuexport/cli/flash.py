"""`mcuexport flash`."""

import shlex
from pathlib import Path

import click

from .show import json_option, print_json, size


@click.command("flash")
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path))
@click.option("--board", "board_name", required=True, help="What `mcuexport boards` lists.")
@click.option("-o", "--out", type=click.Path(path_type=Path), help="Folder for the image files, if not DIR-BOARD.")
@click.option("--tool", help="Programmer, if not the first of the board's that is installed.")
@click.option("--probe", help="Which debug probe, if several are connected.")
@click.option("--port", help="Serial port, for boards that are written over it.")
@click.option("--example", is_flag=True, help="An application, instead of what verify talks to.")
@click.option("--hot-in-ram", "hot", is_flag=True, help="Run the model from RAM, where flash makes the core wait.")
@click.option("--semihosting", is_flag=True, help="Talk over the debug probe, not the UART.")
@click.option("--dry-run", is_flag=True, help="Build and show the command; write nothing to the board.")
@json_option
def command(
    folder: Path,
    board_name: str,
    out: Path | None,
    tool: str | None,
    probe: str | None,
    port: str | None,
    example: bool,
    hot: bool,
    semihosting: bool,
    dry_run: bool,
    as_json: bool,
) -> None:
    """DIR is what `mcuexport pack` wrote."""
    from ..emulate import build_board, footprint
    from ..errors import DoesNotFit
    from ..flashing import DRIVE, execute, image_files, plan_flashing
    from ..output import read_generated
    from ..targets import board
    from ..wire import the_port

    target = board(board_name)
    packed = read_generated(folder)
    app = "example" if example else "serial"
    try:
        program = build_board(packed.sources, packed.name, target, app, hot=hot, semihosting=semihosting)
    except DoesNotFit as error:
        raise DoesNotFit(f"{error}, or let `mcuexport pack --board {target.name}` choose the kernels") from error
    needs = footprint(program)
    out = out or folder.with_name(f"{folder.resolve().name}-{target.name}")
    out.mkdir(parents=True, exist_ok=True)
    files = {suffix: out / f"firmware.{suffix}" for suffix in image_files(program, target)}
    for suffix, content in image_files(program, target).items():
        files[suffix].write_bytes(content)
    plan = plan_flashing(target, files, tool, probe, port, dry=dry_run)
    if plan.needs_port and not dry_run:
        plan = plan_flashing(target, files, plan.tool, probe, the_port(None), dry=dry_run)
    if as_json:
        print_json({"board": target.name, "footprint": needs, "files": list(map(str, files.values())), "plan": plan})
    else:
        left = target.data.size_bytes - needs.ram_bytes
        click.echo(f"flash  {size(needs.flash_bytes)} of {size(target.code.size_bytes)}")
        click.echo(f"RAM    {size(needs.ram_bytes)} of {size(target.data.size_bytes)}, {size(left)} left for the stack")
        click.echo(f"files  {', '.join(map(str, files.values()))}")
        if plan.tool == DRIVE:
            click.echo(f"$ cp {shlex.quote(str(files[DRIVE]))} {plan.copy_to or 'DRIVE'}")
        for words in plan.commands:
            click.echo(f"$ {shlex.join(words)}")
    if not dry_run:
        execute(plan, files)
        how = " --semihosting" if semihosting else ""
        then = "" if example else f"; mcuexport verify MODEL.PT --board {target.name}{how}"
        click.echo(f"{target.name} is written{then}", err=as_json)
