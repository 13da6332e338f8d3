"""Trains every point of a grid, on all cores; those that are recorded already are not trained again."""

import json
import tempfile
import time
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from functools import lru_cache
from itertools import islice
from multiprocessing import get_context
from pathlib import Path
from statistics import fmean
from typing import Any

import torch
from torch.nn import functional

from ..errors import WorkersDied
from ..evaluate import by_graph
from ..lower import lower
from ..train.batches import real_values
from ..train.data import Dataset, Source, load_dataset
from ..train.loop import train
from ..train.recipe import Data, Recipe
from ..train.tricks.clip import quantized_layers
from ..train.tricks.teachers import teacher_recipe
from .cost import checkpoint_of
from .grid import SEED, Grid
from .processes import end_with_parent
from .records import Record, Records
from .teachers import taught_by, teacher_files, train_teacher
from .trial import use_one_thread

Point = dict[str, Any]


def run_sweep(
    grid: Grid,
    records: Records,
    workers: int,
    data_dir: str | None = None,
    tell: Callable[[int, int], None] = lambda done, of: None,
) -> None:
    """Trains what is missing, teachers first.  tell: how many are done, of how many.

    Raises WorkersDied if a process is killed; what was recorded stays, and the same again goes on.
    """
    points = list(grid.points())
    missing = [point for point in points if records.find(point) is None]
    done = len(points) - len(missing)
    tell(done, len(points))
    if not missing:
        return
    files = teacher_files(map(grid.recipe, points), records.path.parent / "teachers")
    untrained = [(teacher_recipe(name), path) for name, path in files.items() if not path.exists()]
    context = get_context("spawn")
    with ProcessPoolExecutor(min(workers, len(missing)), context, initializer=end_with_parent) as pool:

        def submit(count: int) -> dict[Future[Record], Point]:
            recipes = ((taught_by(grid.recipe(point), files), point) for point in islice(waiting, count))
            return {pool.submit(run_point, recipe, data_dir): point for recipe, point in recipes}

        try:
            for teacher in [pool.submit(train_teacher, recipe, path, data_dir) for recipe, path in untrained]:
                teacher.result()
            waiting = iter(missing)
            running = submit(2 * workers)
            while running:
                ended, _ = wait(running, return_when=FIRST_COMPLETED)
                for future in ended:
                    records.add(running.pop(future), future.result())
                    done += 1
                    tell(done, len(points))
                    running |= submit(1)
        except BrokenProcessPool:
            raise WorkersDied(f"a worker died with {done} of {len(points)} done; the same command goes on") from None
        finally:
            pool.shutdown(wait=False, cancel_futures=True)


def run_point(recipe: Recipe, data_dir: str | None) -> Record:
    """Trains a recipe and looks at the test set, once."""
    use_one_thread()
    started = time.perf_counter()
    data = _data(recipe.data.model_dump_json(), data_dir)
    with tempfile.TemporaryDirectory() as folder:
        trained = train(recipe, run_dir=Path(folder), save_every=recipe.train.epochs, data=data)
    graph = lower(checkpoint_of(trained.model, data))
    layers = quantized_layers(trained.model)
    return Record(
        weights=sum(layer.weight.numel() for layer in layers),
        weight_bits=round(sum(layer.weight.numel() * layer.quantizer.format.stored_bits for layer in layers)),
        accuracy=float((by_graph(graph, data.device_test_x) == data.test_y).mean()),
        test_loss=_loss(trained.model, data),
        train_loss=trained.metrics[-1].loss,
        seconds=time.perf_counter() - started,
    )


@lru_cache(maxsize=2)
def _data(section: str, data_dir: str | None) -> Dataset:
    """Loaded once by each process."""
    values = Data.model_validate_json(section).model_dump()
    return load_dataset(Source(folder=None if data_dir is None else Path(data_dir), **values))


@torch.no_grad()
def _loss(model: torch.nn.Module, data: Dataset) -> float:
    x, y = torch.from_numpy(data.test_x), torch.from_numpy(data.test_y)
    parts = zip(torch.split(x, 2000), torch.split(y, 2000), strict=True)
    total = sum(functional.cross_entropy(model(real_values(a, data)), b, reduction="sum") for a, b in parts)
    return float(total) / len(y)


@dataclass(frozen=True)
class Row:
    """A point of the grid, over its seeds.  point: without the seed.  Accuracies are parts of 1."""

    point: Point
    seeds: int
    weights: int
    weight_bits: int
    accuracy: float
    lowest_accuracy: float
    highest_accuracy: float
    test_loss: float
    train_loss: float


def summary(grid: Grid, records: Records) -> list[Row]:
    """A row for each point whose trainings are recorded, in the order of the grid."""
    groups: dict[str, tuple[Point, list[Record]]] = {}
    for point in grid.points():
        record = records.find(point)
        rest = {key: value for key, value in point.items() if key != SEED}
        if record is not None:
            groups.setdefault(json.dumps(rest), (rest, []))[1].append(record)
    return [_row(point, found) for point, found in groups.values()]


def _row(point: Point, found: Sequence[Record]) -> Row:
    accuracies = [record.accuracy for record in found]
    return Row(
        point=point,
        seeds=len(found),
        weights=found[0].weights,
        weight_bits=found[0].weight_bits,
        accuracy=fmean(accuracies),
        lowest_accuracy=min(accuracies),
        highest_accuracy=max(accuracies),
        test_loss=fmean(record.test_loss for record in found),
        train_loss=fmean(record.train_loss for record in found),
    )


def lines(rows: Iterable[Row], value: Callable[[Row], float]) -> dict[str, list[tuple[float, float]]]:
    """Points (weight_bits, value) by what distinguishes rows of equal shape, for a plot against the bits."""
    found: dict[str, list[tuple[float, float]]] = {}
    for row in rows:
        name = ", ".join(told(key, v) for key, v in row.point.items() if key not in ("model.hidden", "model.channels"))
        found.setdefault(name or "all", []).append((row.weight_bits, value(row)))
    return {name: sorted(points) for name, points in found.items()}


def told(key: str, value: object) -> str:
    """A value of an axis in a few words; a section that is empty is left out of the recipe."""
    if isinstance(value, dict):
        return f"{'with' if value else 'without'} {key}"
    if isinstance(value, list):
        return "-".join(map(str, value))
    return f"{value} {key.rpartition('.')[2]}" if isinstance(value, int | float) else str(value)
