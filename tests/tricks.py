"""Small trainings on digits for the tests of tricks: a base recipe, interrupted runs, the integers of the result."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import nn

from mcuexport.checkpoint import load, save_trained
from mcuexport.graph import Graph
from mcuexport.lower import lower
from mcuexport.parity import verify
from mcuexport.targets import core
from mcuexport.train import Recipe, Trained, train
from mcuexport.train.batches import Inputs
from mcuexport.train.data import Dataset, Source, load_dataset
from mcuexport.train.layers import QuantLayer
from mcuexport.train.loop import build_model
from mcuexport.train.metrics import EpochMetrics
from mcuexport.train.recipe_files import validated
from mcuexport.train.tricks import Run, begin_tricks

DIGITS = load_dataset(Source("digits"))
TEACHER = "[model]\nhidden = [24]\nformat = 'int8'\n[train]\nepochs = 2\n"
MLP = {"hidden": [16, 12], "format": "int4"}
CNN = {"architecture": "cnn", "channels": [6, 8], "pool_after": [1], "format": "int4"}


class InterruptedRunError(Exception):
    pass


def recipe(sections: dict[str, Any], model: dict[str, Any] = MLP, **train_settings: Any) -> Recipe:
    return validated({"model": model, "train": {"epochs": 4, "batch_size": 64, **train_settings}, **sections}, "test")


def interrupted(wanted: Recipe, run_dir: Path, after: tuple[int, ...] = (1, 3)) -> Trained:
    """Trains with a break behind each of some epochs."""
    for number, last in enumerate(after):

        def report(metrics: EpochMetrics, last: int = last) -> None:
            if metrics.epoch == last:
                raise InterruptedRunError

        with pytest.raises(InterruptedRunError):
            train(wanted, run_dir=run_dir, resume=number > 0, report=report)
    return train(wanted, run_dir=run_dir, resume=True)


def assert_same(found: Trained, expected: Trained) -> None:
    states = found.model.state_dict(), expected.model.state_dict()
    assert states[0].keys() == states[1].keys()
    for name, value in states[1].items():
        np.testing.assert_array_equal(states[0][name].numpy(), value.numpy(), err_msg=name)


def integers(trained: Trained, folder: Path) -> Graph:
    """The graph of what was trained, by way of a checkpoint; its C on this computer equals it on test samples."""
    save_trained(trained, "net", folder / "net.pt")
    checkpoint = load(folder / "net.pt")
    graph = lower(checkpoint)
    verify(graph, core("host"), "net", checkpoint.examples, trained.data.device_test_x[:50])
    return graph


def random_images(count: int, size: int = 8) -> torch.Tensor:
    return torch.rand(count, 1, size, size, generator=torch.Generator().manual_seed(4))


def begun(wanted: Recipe, data: Dataset = DIGITS) -> tuple[nn.Module, Any]:
    """The model and the one trick of a recipe, as at the start of a training."""
    model = build_model(wanted, data)
    (trick,) = begin_tricks(Run(wanted, Inputs(data, "cpu"), model, "cpu", lambda other, name: train(other)))
    return model, trick


def quant_layers(trained: Trained) -> list[QuantLayer]:
    return [layer for layer in trained.model.modules() if isinstance(layer, QuantLayer)]
