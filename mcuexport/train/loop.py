"""Quantization-aware training, from a recipe to a trained network.  Reads top to bottom."""

import inspect
import time
from copy import deepcopy
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import ArrayLike
from torch import Tensor, nn
from torch.nn import functional

from ..errors import CheckpointError, RecipeError, ToolMissing
from .augment import augment, crop_and_flip
from .binary import BinarizeConv2d, BinarizeLinear, Estimator
from .data import Dataset, Progress, Source, load_dataset
from .data import silent as no_progress
from .layers import QuantLayer
from .metrics import EpochMetrics, Report, append_json_line, keep_lines, layer_metrics, silent
from .models import mlp
from .ranks import present_ranks
from .recipe import NETWORKS, Recipe
from .saturation import SaturationPenalty, Stage
from .schedule import learning_rate
from .state import load_state, save_state, write_recipe
from .switching import FormatSwitch
from .zoo_blocks import Formats

MOMENTUM = 0.9
PRECISIONS = {"float32": torch.float32, "bfloat16": torch.bfloat16, "float16": torch.float16}


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
    Raises ToolMissing for a device that is not there.
    """
    require_device(device)
    settings, ranks = recipe.train, present_ranks()
    ranks.require(settings.batch_size)
    if data is None:
        data = load_dataset(Source(folder=data_dir, **recipe.data.model_dump()), progress)
    kept, held_x, held_y = data.split(settings.validation, settings.seed)

    model = (build_model(recipe, data) if begin is None else begin).to(device)
    average = deepcopy(model) if settings.average else model  # what is kept
    switches = [FormatSwitch(changed, settings.before) for changed in {model, average}]
    penalty = SaturationPenalty(model) if recipe.bitstream.penalty else None
    optimizer = build_optimizer(model, recipe)
    generator = torch.Generator().manual_seed(settings.seed)
    history: list[EpochMetrics] = []
    first, best, best_state = 1, -1.0, model.state_dict()

    run_dir.mkdir(parents=True, exist_ok=True)
    learner = ranks.learner(model, some_idle=bool(settings.before))
    if resume:
        try:
            state = load_state(run_dir, recipe)
            model.load_state_dict(state["model"])
            average.load_state_dict(state["average"])
            optimizer.load_state_dict(state["optimizer"])
            generator.set_state(state["generator"])
            first, best, best_state = int(state["epoch"]) + 1, float(state["best"]), state["best_state"]
        except (KeyError, RuntimeError, TypeError, ValueError, AttributeError):
            raise CheckpointError(f"{run_dir / 'state.pt'}: no state of this network; begin anew") from None
    elif ranks.leads:
        write_recipe(run_dir, recipe)
    if ranks.leads:
        keep_lines(run_dir / "metrics.jsonl", first - 1)

    labels = torch.from_numpy(kept.train_y).to(device)
    inputs = Inputs(kept, device)
    scaler = torch.amp.GradScaler(device, enabled=settings.precision == "float16")
    for epoch in range(first, settings.epochs + 1):
        started = time.perf_counter()
        images = epoch_images(inputs, recipe, epoch, generator)
        order = torch.randperm(len(images), generator=generator).to(device)
        batches = torch.split(order, settings.batch_size)
        if len(batches) > 1 and len(batches[-1]) < settings.batch_size:
            batches = batches[:-1]  # batch norm wants them alike; the order differs every epoch
        loss_sum, hits, seen = torch.zeros((), device=device), torch.zeros((), device=device), 0

        torch.manual_seed(settings.seed + epoch + 1_000_003 * ranks.rank)  # what layers draw
        for switch in switches:
            switch.begin(epoch)
        begin_epoch(model, (epoch - 1) / settings.epochs)
        model.train()
        for number, batch in enumerate(batches):
            rate = learning_rate(epoch - 1 + number / len(batches), settings)
            for group in optimizer.param_groups:
                group["lr"] = rate
            part = ranks.part(batch)
            with torch.autocast(device, PRECISIONS[settings.precision], settings.precision != "float32"):
                logits = learner(real_values(images[part], data))  # (batch, classes)
            logits = logits.float()
            loss = functional.cross_entropy(logits, labels[part], label_smoothing=settings.label_smoothing)
            if penalty is not None:
                loss = loss + recipe.bitstream.penalty * penalty()
            loss = ranks.weighed(loss, part, batch)
            optimizer.zero_grad()
            torch.autograd.backward(scaler.scale(loss))
            scaler.step(optimizer)
            scaler.update()
            after_step(model)
            if number == 0:
                ranks.share(model)  # scales that this batch was the first to set
            if average is not model:
                update_average(average, model, settings.average)
            loss_sum += loss.detach() * len(batch) / ranks.count
            hits += (logits.argmax(1) == labels[part]).sum()
            seen += len(batch)

        ranks.share(model)
        ranks.share(average)
        if settings.freeze_clip_epoch is None or epoch < settings.freeze_clip_epoch:
            for layer in quantized_layers(model):
                layer.update_scale()
            if average is not model:
                update_average(average, model, keep=1.0)  # the new scales
        validation = accuracy(average, held_x, held_y, data) if len(held_x) else None
        if validation is None or (epoch >= switches[0].settled and validation > best):
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
            }
            save_state(run_dir, state)
        history.append(metrics)
        report(metrics)

    average.load_state_dict(best_state)
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
            options = recipe.model.model_dump(include=set(inspect.signature(mlp).parameters))
            return mlp(data.inputs, outputs=len(data.labels), **options)
        places = [recipe.model.format] * 3 if isinstance(recipe.model.format, str) else recipe.model.format
        by_place = dict(zip(("first", "middle", "last"), places, strict=True))
        formats = Formats(**by_place, per_output=recipe.model.per_output, clip=recipe.model.clip)
        options = recipe.model.model_dump(include={"channels", "pool_after", "activation"}, exclude_defaults=True)
        shape = (data.shape[-1], *data.shape[:-1])  # channels first
        member = NETWORKS[recipe.model.architecture]
        taken = inspect.signature(member.build).parameters
        if "method" in taken:
            keys = {"channels", "pool_after", "hidden", "separable", "thermometer"} & set(taken)
            options = recipe.model.model_dump(include=keys, exclude_none=True)
            options["method"] = recipe.model.binary_method()
        return member.build(len(data.labels), formats, shape=shape, **options)


def build_optimizer(model: nn.Module, recipe: Recipe) -> torch.optim.Optimizer:
    """SGD, Adam or AdamW; only matrices decay, never scales, biases or norms."""
    settings = recipe.train
    matrices = [p for p in model.parameters() if p.dim() > 1]
    others = [p for p in model.parameters() if p.dim() <= 1]
    groups = [{"params": matrices, "weight_decay": settings.weight_decay}, {"params": others, "weight_decay": 0.0}]
    if settings.optimizer == "sgd":
        return torch.optim.SGD(groups, lr=settings.learning_rate, momentum=MOMENTUM)
    kind = torch.optim.Adam if settings.optimizer == "adam" else torch.optim.AdamW
    return kind(groups, lr=settings.learning_rate, fused=True)


def quantized_layers(model: nn.Module) -> list[QuantLayer]:
    """The layers whose weights are quantized."""
    return [layer for layer in model.modules() if isinstance(layer, QuantLayer)]


class Inputs:
    """The training inputs of a data set in the memory of a device, and before they were resized, if they were."""

    def __init__(self, data: Dataset, device: str) -> None:
        self.data = data
        self.sized = torch.from_numpy(data.train_x).to(device)
        self.source = self.sized if data.train_source is None else torch.from_numpy(data.train_source)


def epoch_images(inputs: Inputs, recipe: Recipe, epoch: int, generator: torch.Generator) -> Tensor:
    """The training inputs of one epoch, integers: freshly distorted, if the recipe wants it."""
    settings, images = recipe.augment, inputs.sized
    moves = bool(settings.crop or settings.flip)
    if not (settings.distorts or moves) or epoch > recipe.train.epochs - settings.plain_epochs:
        return images
    if images.ndim != 4 or images.dtype != torch.uint8:
        raise RecipeError(f"augment: {inputs.data.name} holds no uint8 images (N, H, W, C) that could be distorted")
    if settings.distorts:
        source = inputs.source if settings.before_resize else images
        images = augment(source.cpu(), settings, images.shape[1], generator).to(images.device)
    return crop_and_flip(images, settings, generator) if moves else images


def real_values(inputs: Tensor, data: Dataset) -> Tensor:
    """What integers stand for, (q - zero_point) * scale in float32; channels, the last axis, come second."""
    real = (inputs.float() - data.zero_point) * data.scale
    return real.movedim(-1, 1)


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
