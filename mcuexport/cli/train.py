"""`mcuexport train`."""

from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import click
from rich.console import Console, Group
from rich.live import Live
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TimeRemainingColumn
from rich.text import Text

from .show import data_option, json_option, percent, print_json, print_table

if TYPE_CHECKING:
    from ..train.loop import Trained
    from ..train.metrics import EpochMetrics, Report
    from ..train.recipe import Recipe
    from ..train.saturation import Stage


@click.command("train")
@click.argument("recipe_name", metavar="RECIPE")
@click.option("--out", type=click.Path(path_type=Path), default=Path("model.pt"), show_default=True)
@data_option
@click.option("--set", "settings", multiple=True, metavar="KEY=VALUE", help="Override a key, as train.epochs=5.")
@click.option("--run", "run_dir", type=click.Path(path_type=Path), help="Folder of metrics and resume state.")
@click.option("--resume", is_flag=True, help="Go on where the run in that folder was interrupted.")
@click.option("--device", type=click.Choice(["cpu", "cuda"]), default="cpu", show_default=True, help="Where to train.")
@click.option(
    "--save-every",
    default=1,
    show_default=True,
    type=click.IntRange(1),
    help="Epochs between two savings of the resume state.",
)
@click.option(
    "--print-every", default=0, metavar="N", type=click.IntRange(0), help="A line on stderr every N epochs, for logs."
)
@click.option("--threads", default=1, show_default=True, help="Of torch; small networks are fastest with one.")
@click.option(
    "--tensorboard", "with_tensorboard", is_flag=True, help="Write TensorBoard events to the run folder, too."
)
@json_option
def command(
    recipe_name: str,
    out: Path,
    data: str | None,
    settings: tuple[str, ...],
    run_dir: Path | None,
    resume: bool,
    device: str,
    save_every: int,
    print_every: int,
    threads: int,
    with_tensorboard: bool,
    as_json: bool,
) -> None:
    """RECIPE is a TOML file, or the name of one that comes with mcuexport (an unknown name lists them).

    Under `torchrun -m mcuexport train ..` many processes train one model.
    """
    from ..train.metrics import tensorboard
    from ..train.ranks import joined
    from ..train.recipe_files import load_recipe, with_settings

    recipe = with_settings(load_recipe(recipe_name), dict(_pair(setting) for setting in settings))
    run_dir = run_dir or Path("runs") / out.stem
    name = Path(recipe_name).stem
    with joined(device) as ranks:
        reports = [tensorboard(run_dir)] if with_tensorboard and ranks.leads else []
        reports += [_lines(print_every)] if print_every and ranks.leads else []
        trained = train_and_save(
            recipe, name, out, data, run_dir, resume, threads, reports, device, save_every, leads=ranks.leads
        )
    if not ranks.leads:
        return
    if as_json:
        stages = {"stages": trained.stages} if trained.stages else {}
        print_json(
            {"checkpoint": str(out), "torch_accuracy": trained.accuracy, "epochs": len(trained.metrics), **stages}
        )
    else:
        if trained.stages:
            _print_stages(trained.stages)
        click.echo(
            f"{out}: {percent(trained.accuracy)} of {len(trained.data.test_y)} test samples (torch, fake-quantized)"
        )


def _pair(setting: str) -> tuple[str, str]:
    key, equals, value = setting.partition("=")
    if not equals:
        raise click.BadParameter(f"{setting!r} is not KEY=VALUE", param_hint="--set")
    return key, value


def train_and_save(
    recipe: "Recipe",
    name: str,
    out: Path,
    data: str | None,
    run_dir: Path,
    resume: bool = False,
    threads: int = 1,
    reports: "Sequence[Report]" = (),
    device: str = "cpu",
    save_every: int = 1,
    *,
    leads: bool = True,
) -> "Trained":
    """Trains with a progress bar and writes the checkpoint; does neither if another process leads."""
    import torch

    from ..checkpoint import save_trained
    from ..train.loop import train
    from ..train.stages import train_for_bitstream

    torch.set_num_threads(threads)
    figures = "{task.fields[figures]}"
    bar = Progress("{task.description}", BarColumn(), MofNCompleteColumn(), TimeRemainingColumn(), figures)
    layers = Text()
    task = bar.add_task(f"training {name}", total=recipe.train.epochs + recipe.bitstream.fine_tune_epochs, figures="")
    run = partial(
        train_for_bitstream if recipe.bitstream.fine_tune_epochs else train, device=device, save_every=save_every
    )

    def show(metrics: "EpochMetrics") -> None:
        now = f"loss {metrics.loss:.3f}  accuracy {percent(metrics.train_accuracy)}"
        bar.update(task, completed=metrics.epoch, figures=now)
        layers.plain = _layer_figures(metrics)
        for report in reports:
            report(metrics)

    with Live(Group(bar, layers), console=Console(stderr=True, quiet=not leads)):  # stdout is for the result
        folder = None if data is None else Path(data)
        trained = run(recipe, folder, run_dir, resume, show)
    if leads:
        save_trained(trained, name, out)
    return trained


def _print_stages(stages: "Sequence[Stage]") -> None:
    """Accuracy, and parameters beyond +-1 by layer, after each stage of training for bitstreams."""
    rows = [
        (
            stage.name,
            percent(stage.float_accuracy),
            percent(stage.accuracy),
            *(f"{found.saturated} of {found.parameters} (<= {found.largest:.2f})" for found in stage.layers),
        )
        for stage in stages
    ]
    columns = ("stage", "float", "8 bits", *(f"{layer.layer}: beyond +-1" for layer in stages[0].layers))
    print_table("Test accuracy, and parameters that no bitstream holds", columns, rows)


def _lines(every: int) -> "Report":
    """A report that writes a line for every so many epochs to stderr."""

    def report(metrics: "EpochMetrics") -> None:
        if metrics.epoch % every == 0 or metrics.epoch == metrics.epochs:
            held_out = metrics.validation_accuracy
            figures = f"loss {metrics.loss:.3f}, accuracy {percent(metrics.train_accuracy)}"
            validation = "" if held_out is None else f", held out {percent(held_out)}"
            click.echo(
                f"epoch {metrics.epoch} of {metrics.epochs}: {figures}{validation}, {metrics.seconds:.0f} s", err=True
            )

    return report


def _layer_figures(metrics: "EpochMetrics") -> str:
    """The largest weight each layer can hold, and the entropy of its levels."""
    return "w_clip, bits per weight:  " + "  ".join(f"{m.name} {m.w_clip:.2f}, {m.entropy:.2f}" for m in metrics.layers)
