"""What training tells about an epoch; written as a line of JSON each, and to TensorBoard if wanted."""

import json
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path

from torch import nn

from ..errors import ToolMissing
from .layers import QuantLayer
from .state import write_atomically


@dataclass(frozen=True)
class LayerMetrics:
    """w_clip: the largest weight that can be represented.  entropy: of the levels in use, bits per weight."""

    name: str
    w_clip: float
    entropy: float


@dataclass(frozen=True)
class EpochMetrics:
    """One epoch of `epochs`, counted from 1.

    loss, train_accuracy: means over the (distorted) batches while they were learned.
    validation_accuracy: on the held-out part of the training set, None without one.
    Accuracies are parts of 1.  The test set is no part of this.
    """

    epoch: int
    epochs: int
    loss: float
    train_accuracy: float
    validation_accuracy: float | None
    learning_rate: float
    seconds: float
    layers: tuple[LayerMetrics, ...]


Report = Callable[[EpochMetrics], None]


def silent(metrics: EpochMetrics) -> None:
    """No report."""


def layer_metrics(model: nn.Module) -> tuple[LayerMetrics, ...]:
    """Of every layer with quantized weights, in order."""
    return tuple(
        LayerMetrics(name, layer.w_clip, layer.entropy())
        for name, layer in model.named_modules()
        if isinstance(layer, QuantLayer)
    )


def append_json_line(path: Path, metrics: EpochMetrics) -> None:
    """One epoch, one line."""
    with path.open("a", encoding="utf-8") as stream:
        stream.write(json.dumps(asdict(metrics)) + "\n")


def keep_lines(path: Path, count: int) -> None:
    """Cuts a file of metrics down to its first lines: those of the epochs that a resumed run has done."""
    if path.exists():
        lines = path.read_bytes().splitlines(keepends=True)[:count]
        write_atomically(path, lambda partial: partial.write_bytes(b"".join(lines)))


def tensorboard(folder: Path) -> Report:
    """A report that writes TensorBoard events into `folder`.  Raises ToolMissing."""
    try:
        from torch.utils.tensorboard import SummaryWriter
    except ImportError:
        raise ToolMissing("TensorBoard is not installed; pip install tensorboard") from None
    writer = SummaryWriter(str(folder))

    def report(metrics: EpochMetrics) -> None:
        values = {"loss": metrics.loss, "accuracy/train": metrics.train_accuracy, "lr": metrics.learning_rate}
        if metrics.validation_accuracy is not None:
            values["accuracy/validation"] = metrics.validation_accuracy
        for layer in metrics.layers:
            values |= {f"w_clip/{layer.name}": layer.w_clip, f"entropy/{layer.name}": layer.entropy}
        for name, value in values.items():
            writer.add_scalar(name, value, metrics.epoch)
        writer.flush()

    return report
