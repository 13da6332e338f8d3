"""`mcuexport search`."""

import os
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from rich.console import Console
from rich.live import Live
from rich.text import Text

from .show import data_option, json_option, percent, print_json, print_table, size

if TYPE_CHECKING:
    from ..study.front import Final, Member
    from ..study.problem import Problem
    from ..study.search import Plan, Progress


class Amount(click.ParamType):  # type: ignore[type-arg]
    """A number that may end in k or M: of bytes k is 1,024, of cycles 1,000."""

    name = "amount"

    def __init__(self, thousand: int) -> None:
        self.thousand = thousand

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:
        found = re.fullmatch(r"(\d+(?:\.\d+)?)([kKmM]?)[bB]?", str(value))
        if not found or not float(found[1]):
            self.fail(f"{value!r} is no amount; write it as 12k or 8192", param, ctx)
        power: int = {"": 0, "k": 1, "m": 2}[found[2].lower()]
        amount: int = round(float(found[1]) * self.thousand**power)
        return amount


@click.command("search")
@click.option("--board", "board_name", required=True, help="Whose core the C is compiled and counted for.")
@click.option("--flash", "flash_bytes", type=Amount(1024), help="Of the model, as 12k; the board's if not given.")
@click.option("--ram", "ram_bytes", type=Amount(1024), help="Of the model, its stack, input and outputs, as 2k.")
@click.option("--cycles", type=Amount(1000), help="Of one inference, as 1M; any if not given.")
@data_option
@click.option("--data-set", default="mnist", show_default=True, help="A recipe's data.name.")
@click.option("--size", "image_size", type=click.IntRange(2, 256), help="Images are resized to SIZE x SIZE.")
@click.option("--crop", type=click.IntRange(2), help="Only the middle CROP x CROP pixels of images are resized.")
@click.option("--space", "space_path", type=click.Path(path_type=Path), help="A search space of your own, as TOML.")
@click.option("--trials", type=click.IntRange(1), help="Networks to train, all times together.  [default: 100]")
@click.option("--minutes", type=click.FloatRange(0, min_open=True), help="Time for trials; final training adds to it.")
@click.option("--held-out", default=1 / 6, show_default="1/6", type=click.FloatRange(0.01, 0.5), help="Judges trials.")
@click.option("--final-epochs", type=click.IntRange(0), help="Of the front; 0: none.  [default: 5 x a trial's]")
@click.option("--keep", default=8, show_default=True, type=click.IntRange(1), help="Members of the front to train.")
@click.option("--workers", type=click.IntRange(1), help="Processes; all cores if not given.")
@click.option("--seed", default=1, show_default=True, type=click.IntRange(0))
@click.option("--out", type=click.Path(path_type=Path), default=Path("runs/search"), show_default=True)
@click.option("--storage", help="An SQLAlchemy URL, as postgresql://..; a file in the folder of --out if not given.")
@click.option("--study", default="search", show_default=True, help="Name within the storage.")
@click.option("--ray", "ray_address", metavar="ADDRESS", help="Run trials on this Ray cluster, auto: the one here.")
@json_option
def command(
    board_name: str,
    flash_bytes: int | None,
    ram_bytes: int | None,
    cycles: int | None,
    data: str | None,
    data_set: str,
    image_size: int | None,
    crop: int | None,
    space_path: Path | None,
    trials: int | None,
    minutes: float | None,
    held_out: float,
    final_epochs: int | None,
    keep: int,
    workers: int | None,
    seed: int,
    out: Path,
    storage: str | None,
    study: str,
    ray_address: str | None,
    as_json: bool,
) -> None:
    """Networks are drawn from a space of architectures, widths, depths and formats, weighed exactly before they are
    trained, and trained for a few epochs.  Those that are best in accuracy, flash and cycles are trained for good.

    The same command goes on where it was interrupted.
    """
    from ..study.cost import Budget
    from ..study.front import worth_training
    from ..study.problem import Problem
    from ..study.search import Plan, run_finals, run_trials
    from ..study.space import load_space
    from ..study.storage import with_driver
    from ..targets import board
    from ..train.recipe_files import validated

    target = board(board_name)
    budget = Budget(flash_bytes or target.code.size_bytes, ram_bytes or target.data.size_bytes, cycles)
    space = load_space(space_path)
    source = validated({"data": {"name": data_set, "size": image_size, "crop": crop}}, "--data-set").data.model_dump()
    problem = Problem(target.name, budget, source, space.values, held_out, seed)
    out.mkdir(parents=True, exist_ok=True)
    url = with_driver(storage) if storage else f"sqlite:///{(out / 'study.db').resolve()}"
    trials = 100 if trials is None and minutes is None else trials
    plan = Plan(url, study, workers or os.cpu_count() or 1, trials, minutes, data, ray_address)
    members = _trials(problem, plan, run_trials)
    if not as_json:
        _print_front(problem, members)
    epochs = 5 * space.epochs if final_epochs is None else final_epochs
    finals: list[Final] = []
    if epochs:
        for final in run_finals(problem, worth_training(members, keep), epochs, plan, out / "front"):
            finals.append(final)
            click.echo(f"{final.checkpoint}: {percent(final.integer_accuracy)}", err=True)
    finals.sort(key=lambda final: final.cost.flash_bytes)
    if as_json:
        print_json({"front": members, "finals": finals})
    elif finals:
        _print_finals(problem, finals)
    _draw(out / "front.svg", problem, members, finals)


def _trials(problem: "Problem", plan: "Plan", run: Any) -> "list[Member]":
    line = Text("starting workers")

    def tell(now: "Progress") -> None:
        line.plain = (
            f"{now.trained} networks trained, {now.rejected} rejected by the budgets; "
            f"front: {now.front}, up to {percent(now.accuracy)} of the held-out part"
        )

    console = Console(stderr=True)
    with Live(line, console=console, refresh_per_second=1):
        members: list[Member] = run(problem, plan, tell, console.print)
    if not console.is_terminal:
        click.echo(err=True)  # behind the last state of the line
    return members


def _print_front(problem: "Problem", members: "list[Member]") -> None:
    rows = [
        (
            member.name,
            member.network,
            percent(member.accuracy),
            size(member.cost.flash_bytes),
            size(member.cost.ram_bytes),
            f"{member.cost.cycles:,}",
            member.cost.optimize,
        )
        for member in members
    ]
    columns = ("trial", "network", "held out", "flash", "RAM", "cycles", "--optimize")
    print_table(f"The front on {problem.board} ({problem.core.name}, gcc -Os), short training", columns, rows)


def _print_finals(problem: "Problem", finals: "list[Final]") -> None:
    rows = [
        (
            final.checkpoint,
            final.member.network,
            percent(final.integer_accuracy),
            final.torch_differs,
            size(final.cost.flash_bytes),
            size(final.cost.ram_bytes),
            f"{final.cost.cycles:,}",
            final.cost.optimize if final.fits else f"{final.cost.optimize}: beyond the budget",
        )
        for final in finals
    ]
    columns = ("checkpoint", "network", "test set", "torch differs", "flash", "RAM", "cycles", "--optimize")
    epochs, samples = finals[0].epochs, finals[0].test_samples
    print_table(f"Trained for {epochs} epochs; {samples:,} test samples, integers", columns, rows)
    goal = finals[-1].cost.optimize
    click.echo(f"\nmcuexport pack {finals[-1].checkpoint} --core {problem.core.name} --optimize {goal} -o net")


def _draw(path: Path, problem: "Problem", members: "list[Member]", finals: "list[Final]") -> None:
    from ..errors import ToolMissing
    from ..plots import draw

    groups = {"held out, short training": [(m.cost.flash_bytes, m.accuracy) for m in members]}
    if finals:
        groups["test set, final training"] = [(f.cost.flash_bytes, f.integer_accuracy) for f in finals]
    title = f"{problem.data['name']} on {problem.board}"
    try:
        draw(path, groups, title=title, x_label="flash, bytes", base=2, y_label="accuracy, %", joined=False)
    except ToolMissing as error:
        click.echo(f"no plot: {error}", err=True)
