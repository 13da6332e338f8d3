"""Quantization-aware training, from a recipe to a trained network.  Reads top to bottom."""

import inspect
import time
from collections.abc import Sequence
from copy import deepcopy
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import ArrayLike
from torch import nn
from torch.nn import functional

from ..errors import RecipeError, ToolMissing
from .batches import Inputs, real_values, renew_statistics
from .binary import BinarizeConv2d, BinarizeLinear, Estimator
from .data import Dataset, Progress, Source, load_dataset
from .data import silent as no_progress
from .metrics import EpochMetrics, Report, append_json_line, keep_lines, layer_metrics, silent
from .models import mlp
from .precision import mixed_precision
from .ranks import present_ranks
from .recipe import ARCHITECTURE_KEYS, NETWORKS, Recipe
from .saturation import SaturationPenalty, Stage
from .schedule import learning_rate
from .state import load_state, restoring, save_state, write_recipe
from .switching import FormatSwitch
from .tricks import Run, Trick, begin_tricks, switched_on
from .tricks.clip import layers_to_scale
from .zoo_blocks import Formats

MOMENTUM = 0.9


@dataclass(frozen=True)
class Trained:
    """model: in eval mode, float32.  accuracy: on the test set, of the fake-quantized model, computed once.

    stages: of training for bitstreams.
    """

    model: nn.Module
    recipe: Recipe
    data: Dataset
    metrics: tuple[EpochMetrics, ...]
    accuracy: float
    stages: tuple[Stage, ...] = ()


@torch.random.fork_rng()
def train(
    recipe: Recipe,
    data_dir: Path | None = None,
    run_dir: Path = Path("runs/latest"),
    resume: bool = False,
    report: Report = silent,
    progress: Progress = no_progress,
    begin: nn.Module | None = None,
    device: str = "cpu",
    save_every: int = 1,
    data: Dataset | None = None,
) -> Trained:
    """Trains what the recipe says; the state after each epoch lies in `run_dir`.

    resume: goes on after the last whole epoch there, to the same result as without the interruption.
    report: told of every epoch.  progress: told of bytes, where data must be fetched.
    begin: a model to go on from, in place of the recipe's own; it is changed.
    device: cpu or cuda, where model and data lie.  save_every: epochs between two savings of the state.
    data: in place of the recipe's, as many trainings in one process share them.
    Where torchrun started this process among others, all train one model: see `ranks`.
    Raises ToolMissing for a device that is not there, RecipeError for a trick that does not fit the network.
    """

    def train_before(other: Recipe, name: str) -> Trained:
        """Another recipe's training, which a trick begins with; its state lies in a folder within `run_dir`."""
        folder = run_dir / name
        done = resume and (folder / "recipe.json").exists()
        return train(other, data_dir, folder, done, progress=progress, device=device, save_every=save_every)

    require_device(device)
    settings, ranks = recipe.train, present_ranks()
    ranks.require(settings.batch_size, switched_on(recipe))
    if data is None:
        data = load_dataset(Source(folder=data_dir, **recipe.data.model_dump()), progress)
    kept, held_x, held_y = data.split(settings.validation, settings.seed)

    run_dir.mkdir(parents=True, exist_ok=True)
    state = load_state(run_dir, recipe) if resume else None
    if not resume and ranks.leads:
        write_recipe(run_dir, recipe)

    model = (build_model(recipe, data) if begin is None else begin).to(device)
    inputs = Inputs(kept, device)
    tricks = begin_tricks(Run(recipe, inputs, model, device, train_before))
    penalty = SaturationPenalty(model) if recipe.bitstream.penalty else None
    generator = torch.Generator().manual_seed(settings.seed)
    history: list[EpochMetrics] = []
    first, best, best_state = 1, -1.0, model.state_dict()

    if state is not None:
        with restoring(run_dir):
            for trick, saved in zip(tricks, state["tricks"], strict=True):
                trick.load_state_dict(saved)
    average = deepcopy(model) if settings.average else model  # what is kept
    switches = [FormatSwitch(changed, settings.before) for changed in {model, average}]
    optimizer = build_optimizer(model, tricks, recipe)
    learner = ranks.learner(model, some_idle=bool(settings.before))
    if state is not None:
        with restoring(run_dir):
            model.load_state_dict(state["model"])
            average.load_state_dict(state["average"])
            optimizer.load_state_dict(state["optimizer"])
            generator.set_state(state["generator"])
            first, best, best_state = int(state["epoch"]) + 1, float(state["best"]), state["best_state"]
    if ranks.leads:
        keep_lines(run_dir / "metrics.jsonl", first - 1)

    labels = torch.from_numpy(kept.train_y).to(device)
    scaler = torch.amp.GradScaler(device, enabled=settings.precision == "float16")
    for epoch in range(first, settings.epochs + 1):
        started = time.perf_counter()
        inputs.begin_epoch(recipe, epoch, generator)
        order = torch.randperm(len(inputs.now), generator=generator).to(device)
        batches = torch.split(order, settings.batch_size)
        if len(batches) > 1 and len(batches[-1]) < settings.batch_size:
            batches = batches[:-1]  # batch norm wants them alike; the order differs every epoch
        loss_sum, hits, seen = torch.zeros((), device=device), torch.zeros((), device=device), 0

        torch.manual_seed(settings.seed + epoch + 1_000_003 * ranks.rank)  # what layers draw
        for switch in switches:
            switch.begin(epoch)
        begin_epoch(model, (epoch - 1) / settings.epochs)
        for trick in tricks:
            trick.begin_epoch(epoch)
        model.train()
        for number, batch in enumerate(batches):
            now = epoch - 1 + number / len(batches)
            rate = learning_rate(now, settings)
            part = ranks.part(batch)
            x, wanted = real_values(inputs.now[part], data), labels[part]
            for trick in tricks:
                rate = trick.learning_rate(now, rate)
                x, wanted = trick.batch(x, wanted, part)
            for group in optimizer.param_groups:
                group["lr"] = rate
            with mixed_precision(settings.precision, device):
                logits = learner(x)  # (batch, classes)
            logits = logits.float()
            loss = functional.cross_entropy(logits, wanted, label_smoothing=settings.label_smoothing)
            for trick in tricks:
                loss = trick.loss(loss, x, logits)
            if penalty is not None:
                loss = loss + recipe.bitstream.penalty * penalty()
            loss = ranks.weighed(loss, part, batch)
            optimizer.zero_grad()
            torch.autograd.backward(scaler.scale(loss))
            scaler.step(optimizer)
            scaler.update()
            after_step(model)
            for trick in tricks:
                trick.after_step(epoch - 1 + (number + 1) / len(batches))
            if number == 0:
                ranks.share(model)  # scales that this batch was the first to set
            if average is not model:
                update_average(average, model, settings.average)
            loss_sum += loss.detach() * len(batch) / ranks.count
            hits += (logits.argmax(1) == labels[part]).sum()
            seen += len(batch)

        ranks.share(model)
        ranks.share(average)
        reformed = [trick.end_epoch(epoch) for trick in tricks]
        if any(reformed):
            average = deepcopy(model) if settings.average else model
            optimizer = build_optimizer(model, tricks, recipe)
        for layer in layers_to_scale(model, recipe, epoch):
            layer.update_scale()
        if average is not model:
            update_average(average, model, keep=1.0)  # the new scales
        validation = accuracy(average, held_x, held_y, data) if len(held_x) else None
        settled = epoch >= switches[0].settled and all(trick.settled(epoch) for trick in tricks)
        if validation is None or (settled and validation > best):
            best = -1.0 if validation is None else validation
            best_state = {name: value.clone() for name, value in average.state_dict().items()}

        metrics = EpochMetrics(
            epoch=epoch,
            epochs=settings.epochs,
            loss=float(ranks.total(loss_sum)) / seen,
            train_accuracy=float(ranks.total(hits)) / seen,
            validation_accuracy=validation,
            learning_rate=rate,
            seconds=time.perf_counter() - started,
            layers=layer_metrics(average),
        )
        if ranks.leads:
            append_json_line(run_dir / "metrics.jsonl", metrics)
        if ranks.leads and (epoch % save_every == 0 or epoch == settings.epochs):
            state = {
                "epoch": epoch,
                "model": model.state_dict(),
                "average": average.state_dict(),
                "optimizer": optimizer.state_dict(),
                "generator": generator.get_state(),
                "best": best,
                "best_state": best_state,
                "tricks": [trick.state_dict() for trick in tricks],
            }
            save_state(run_dir, state)
        history.append(metrics)
        report(metrics)

    average.load_state_dict(best_state)
    for trick in tricks:
        trick.finish(average)
    if settings.renew_statistics or recipe.swa.on:
        renew_statistics(average, inputs, recipe)
    average.eval()
    reached = accuracy(average, data.test_x, data.test_y, data)
    return Trained(average.cpu(), recipe, data, tuple(history), reached)


def require_device(device: str) -> None:
    """Raises ToolMissing for a CUDA device that torch does not find."""
    if device.startswith("cuda") and not torch.cuda.is_available():
        raise ToolMissing(
            f"{device} is asked for, but torch {torch.__version__} finds no CUDA device; use --device cpu"
        )


def begin_epoch(model: nn.Module, progress: float) -> None:
    """Tells estimators whose gradient changes how far the training is, a part of 1."""
    for module in model.modules():
        if isinstance(module, Estimator):
            module.progress = progress


@torch.no_grad()
def after_step(model: nn.Module) -> None:
    """What methods do to weights behind a step of the optimizer."""
    for module in model.modules():
        if isinstance(module, BinarizeLinear | BinarizeConv2d):
            module.after_step()


def build_model(recipe: Recipe, data: Dataset) -> nn.Module:
    """The network of a recipe for a data set, its weights drawn from the recipe's seed."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(recipe.train.seed)
        if recipe.model.architecture == "mlp":
            if recipe.model.input_norm and len(data.shape) != 3:
                raise RecipeError(f"model.input_norm takes images, {data.name} has inputs {data.shape}")
            options = recipe.model.model_dump(include=set(inspect.signature(mlp).parameters))
            return mlp(data.inputs, outputs=len(data.labels), **options)
        places = [recipe.model.format] * 3 if isinstance(recipe.model.format, str) else recipe.model.format
        by_place = dict(zip(("first", "middle", "last"), places, strict=True))
        formats = Formats(**by_place, per_output=recipe.model.per_output, clip=recipe.model.clip)
        shape = (data.shape[-1], *data.shape[:-1])  # channels first
        member = NETWORKS[recipe.model.architecture]
        taken = inspect.signature(member.build).parameters
        binary = "method" in taken
        options = recipe.model.model_dump(
            include=set(taken) & ARCHITECTURE_KEYS, exclude_none=True, exclude_defaults=not binary
        )
        if binary:
            options["method"] = recipe.model.binary_method()
        return member.build(len(data.labels), formats, shape=shape, **options)


def build_optimizer(model: nn.Module, tricks: Sequence[Trick], recipe: Recipe) -> torch.optim.Optimizer:
    """SGD, Adam or AdamW; only matrices decay, never scales, biases or norms."""
    settings, parameters = recipe.train, [*model.parameters(), *(p for trick in tricks for p in trick.parameters())]
    matrices = [p for p in parameters if p.dim() > 1]
    others = [p for p in parameters if p.dim() <= 1]
    groups = [{"params": matrices, "weight_decay": settings.weight_decay}, {"params": others, "weight_decay": 0.0}]
    if settings.optimizer == "sgd":
        return torch.optim.SGD(groups, lr=settings.learning_rate, momentum=MOMENTUM)
    kind = torch.optim.Adam if settings.optimizer == "adam" else torch.optim.AdamW
    return kind(groups, lr=settings.learning_rate, fused=True)


@torch.no_grad()
def update_average(average: nn.Module, model: nn.Module, keep: float) -> None:
    """Moves every parameter a share of 1 - keep towards the model's; the rest of the state is copied."""
    torch._foreach_lerp_(list(average.parameters()), list(model.parameters()), 1 - keep)
    for old, new in zip(average.buffers(), model.buffers(), strict=True):
        old.copy_(new)


@torch.no_grad()
def accuracy(model: nn.Module, inputs: ArrayLike, labels: ArrayLike, data: Dataset) -> float:
    """The part of integer inputs whose largest logit is at their label."""
    model.eval()
    device = next(model.parameters()).device
    x, y = torch.from_numpy(np.asarray(inputs)).to(device), torch.from_numpy(np.asarray(labels)).to(device)
    found = torch.cat([model(real_values(part, data)).argmax(1) for part in torch.split(x, 2000)])
    return float((found == y).double().mean())
