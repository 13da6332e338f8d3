"""How good a network is, and how far the integers are from the torch network that was trained."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from .checkpoint import Checkpoint
from .errors import DataError
from .graph import Graph
from .ops import IntArray
from .train.data import Source, load_dataset
from .train.recipe_files import validated
from .train.unquantized import unquantized

BATCH = 2000


@dataclass(frozen=True)
class Evaluation:
    """Parts of 1 for accuracies; `differing`: samples whose predicted class is not the same."""

    samples: int
    torch_accuracy: float
    integer_accuracy: float
    differing: int


@dataclass(frozen=True)
class BitstreamEvaluation:
    """Parts of 1 for accuracies; `differing`: samples whose class is not that of the 8-bit network."""

    samples: int
    length: int
    float_accuracy: float
    integer_accuracy: float
    bitstream_accuracy: float
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
    torch_classes, integer_classes = by_torch(checkpoint, checkpoint.module(), x), by_graph(graph, x)
    return Evaluation(
        samples=len(x),
        torch_accuracy=float((torch_classes == y).mean()),
        integer_accuracy=float((integer_classes == y).mean()),
        differing=int((torch_classes != integer_classes).sum()),
    )


def evaluate_bitstream(
    checkpoint: Checkpoint, graph: Graph, streams: Graph, length: int, x: IntArray, y: NDArray[np.int64]
) -> BitstreamEvaluation:
    """The bitstream network `streams` against the integer graph, and the float network that both come from."""
    module = checkpoint.module()
    with unquantized(module):
        float_classes = by_torch(checkpoint, module, x)
    integer_classes, stream_classes = by_graph(graph, x), by_graph(streams, x)
    return BitstreamEvaluation(
        samples=len(x),
        length=length,
        float_accuracy=float((float_classes == y).mean()),
        integer_accuracy=float((integer_classes == y).mean()),
        bitstream_accuracy=float((stream_classes == y).mean()),
        differing=int((stream_classes != integer_classes).sum()),
    )


def by_torch(checkpoint: Checkpoint, module: nn.Module, x: IntArray) -> NDArray[np.int64]:
    """The class of each input by a torch network."""
    with torch.no_grad():
        parts = [module(checkpoint.to_real(batch)).argmax(1).numpy() for batch in _batches(x)]
    return np.concatenate(parts)


def by_graph(graph: Graph, x: IntArray) -> NDArray[np.int64]:
    """The class of each input by a graph."""
    return np.concatenate([graph.predict(batch) for batch in _batches(x)])


def _batches(x: IntArray) -> list[IntArray]:
    return [x[start : start + BATCH] for start in range(0, len(x), BATCH)]
