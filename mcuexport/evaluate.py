"""How good a network is, and how far the integers are from the torch network that was trained."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from .checkpoint import Checkpoint
from .errors import DataError
from .graph import Graph
from .ops import IntArray
from .train.data import Source, load_dataset
from .train.recipe import validated

BATCH = 2000


@dataclass(frozen=True)
class Evaluation:
    """Parts of 1 for accuracies; `differing`: samples whose predicted class is not the same."""

    samples: int
    torch_accuracy: float
    integer_accuracy: float
    differing: int


def test_set(checkpoint: Checkpoint, folder: str | None) -> tuple[IntArray, NDArray[np.int64]]:
    """The test part, (inputs, labels), of the data the checkpoint's recipe names; its files may lie in `folder`.

    Raises DataError if there is no recipe, or the data is not what the network takes; RecipeError.
    """
    if "data" not in checkpoint.recipe:
        raise DataError(f"{checkpoint.name}: its checkpoint names no data set; train it with a recipe")
    recipe = validated({"data": checkpoint.recipe["data"]}, checkpoint.name)
    data = load_dataset(Source(folder=None if folder is None else Path(folder), **recipe.data.model_dump()))
    kind, x = checkpoint.input.type, data.device_test_x
    if x.shape[1:] != kind.shape or x.dtype != kind.dtype:
        found = f"{x.dtype} {x.shape[1:]}"
        raise DataError(f"{checkpoint.name} takes {kind.dtype} inputs {kind.shape}, {data.name} has {found}")
    return x, data.test_y


def evaluate(checkpoint: Checkpoint, graph: Graph, x: IntArray, y: NDArray[np.int64]) -> Evaluation:
    """Torch (fake-quantized, float64) against the integer graph on inputs (n, *shape) with labels (n,)."""
    module = checkpoint.module()
    by_torch, by_integers = [], []
    for start in range(0, len(x), BATCH):
        batch = x[start : start + BATCH]
        with torch.no_grad():
            by_torch.append(module(checkpoint.to_real(batch)).argmax(1).numpy())
        by_integers.append(graph.predict(batch))
    torch_classes, integer_classes = np.concatenate(by_torch), np.concatenate(by_integers)
    return Evaluation(
        samples=len(x),
        torch_accuracy=float((torch_classes == y).mean()),
        integer_accuracy=float((integer_classes == y).mean()),
        differing=int((torch_classes != integer_classes).sum()),
    )
