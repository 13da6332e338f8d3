"""Training for bitstreams in three stages, so that every parameter ends in [-1, 1].

1. train with batch norm, under the saturation penalty;
2. merge the norms into weights and biases, clip what is left beyond +-1;
3. fine-tune with norms spliced back in, then merge and clip again.
"""

from dataclasses import replace
from pathlib import Path

import numpy as np
import torch
from torch import nn

from ..errors import RecipeError
from .batches import real_values
from .data import Dataset, Progress
from .data import silent as no_progress
from .loop import Trained, accuracy, train
from .merging import merge_conv_bn, rebn
from .metrics import EpochMetrics, Report, silent
from .recipe import Recipe
from .saturation import Stage, desaturate, saturation
from .unquantized import unquantized

CALIBRATION_SAMPLES = 1000


def train_for_bitstream(
    recipe: Recipe,
    data_dir: Path | None = None,
    run_dir: Path = Path("runs/latest"),
    resume: bool = False,
    report: Report = silent,
    progress: Progress = no_progress,
    device: str = "cpu",
    save_every: int = 1,
) -> Trained:
    """All stages of a recipe with `bitstream.fine_tune_epochs`; arguments as of `train`.

    The result has a `Stage` for each step, with the parameters beyond +-1 by layer.
    """
    if not recipe.bitstream.fine_tune_epochs:
        raise RecipeError("bitstream.fine_tune_epochs is 0, so there is no third stage; set it to 1 or more")
    stages: list[Stage] = []
    before, total = recipe.train.epochs, recipe.train.epochs + recipe.bitstream.fine_tune_epochs
    first = train(
        recipe,
        data_dir,
        run_dir / "stage1",
        resume,
        _counting_from(0, total, report),
        progress,
        None,
        device,
        save_every,
    )
    model, data = first.model, first.data
    stages.append(_stage("batch norm", model, data))
    _merge(model, data, stages, "")

    # Spread over the training set; its order may be by class.
    picked = np.linspace(0, len(data.train_x) - 1, min(CALIBRATION_SAMPLES, len(data.train_x))).astype(np.int64)
    rebn(model, real_values(torch.from_numpy(data.train_x[picked]), data))
    settings = {"epochs": recipe.bitstream.fine_tune_epochs, "learning_rate": recipe.bitstream.fine_tune_learning_rate}
    tuning = recipe.model_copy(update={"train": recipe.train.model_copy(update=settings)})
    tuning_dir = run_dir / "stage3"
    resume = resume and (tuning_dir / "state.pt").exists()
    counted = _counting_from(before, total, report)
    second = train(tuning, data_dir, tuning_dir, resume, counted, progress, model, device, save_every)
    stages.append(_stage("fine-tuned", second.model, data))
    _merge(second.model, data, stages, " again")
    return Trained(second.model, recipe, data, first.metrics + second.metrics, stages[-1].accuracy, tuple(stages))


def _counting_from(done: int, total: int, report: Report) -> Report:
    """A report that counts the epochs of all stages."""

    def shifted(metrics: EpochMetrics) -> None:
        report(replace(metrics, epoch=metrics.epoch + done, epochs=total))

    return shifted


def _merge(model: nn.Module, data: Dataset, stages: list[Stage], again: str) -> None:
    merge_conv_bn(model)
    stages.append(_stage(f"merged{again}", model, data))
    desaturate(model)
    stages.append(_stage(f"desaturated{again}", model, data))


def _stage(name: str, model: nn.Module, data: Dataset) -> Stage:
    with unquantized(model):
        in_float = accuracy(model, data.test_x, data.test_y, data)
    return Stage(name, in_float, accuracy(model, data.test_x, data.test_y, data), saturation(model))
