"""Formats that change by epoch: what is in force when, and that nothing of it is left at the end."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from mcuexport.errors import RecipeError
from mcuexport.train.loop import Trained, build_model, train
from mcuexport.train.metrics import EpochMetrics
from mcuexport.train.recipe import Before, Recipe
from mcuexport.train.recipe_files import validated
from mcuexport.train.switching import FormatSwitch
from mcuexport.train.tricks.clip import quantized_layers
from mcuexport.train.unquantized import unquantized

FLOAT_THEN_INT8 = [{"epoch": 2, "format": "float"}, {"epoch": 3, "format": "int8"}]


def recipe(before: list[dict[str, Any]], **training: Any) -> Recipe:
    model = {"hidden": [12], "format": "sym2"}
    return validated({"model": model, "train": {"epochs": 4, "before": before, **training}}, "tiny")


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Trained:
    return train(recipe(FLOAT_THEN_INT8), run_dir=tmp_path_factory.mktemp("whole"))


def test_each_epoch_has_its_format_and_the_last_the_models_own(trained: Trained) -> None:
    entropies = [metrics.layers[0].entropy for metrics in trained.metrics]
    assert entropies[1] > 4 > 2 >= max(entropies[2:])  # 8 bits, then 2
    assert {layer.quantizer.format.name for layer in quantized_layers(trained.model)} == {"sym2"}


def test_float_epochs_round_neither_weights_nor_activations(trained: Trained) -> None:
    model = build_model(trained.recipe, trained.data).eval()
    x = torch.rand(5, 8, 8, generator=torch.Generator().manual_seed(1))[:, None]
    switch = FormatSwitch(model, [Before(epoch=2, format="float")])
    switch.begin(1)
    found = model(x)
    switch.begin(2)
    quantized = model(x)
    with unquantized(model):
        np.testing.assert_array_equal(found.detach().numpy(), model(x).detach().numpy())
    assert (found != quantized).any()


def test_a_run_resumed_in_a_float_epoch_ends_like_an_uninterrupted_one(trained: Trained, tmp_path: Path) -> None:
    def stop(metrics: EpochMetrics) -> None:
        if metrics.epoch == 1:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        train(trained.recipe, run_dir=tmp_path, report=stop)
    resumed = train(trained.recipe, run_dir=tmp_path, resume=True).model.state_dict()
    for name, expected in trained.model.state_dict().items():
        np.testing.assert_array_equal(resumed[name].numpy(), expected.numpy(), err_msg=name)


def test_the_best_epoch_is_one_with_the_models_own_format(tmp_path: Path) -> None:
    settings = recipe([{"epoch": 4, "format": "float"}], validation=0.2, learning_rate=1e-5)
    last = train(settings, run_dir=tmp_path)
    state = torch.load(tmp_path / "state.pt", weights_only=True)
    assert state["best"] == last.metrics[-1].validation_accuracy
    np.testing.assert_array_equal(state["best_state"]["fc1.weight"], state["model"]["fc1.weight"])


@pytest.mark.parametrize(
    ("before", "sentence"),
    [
        ([(3, "int8"), (2, "sym4")], "train: before: epochs must rise and end at most with epoch 4, got [3, 2]"),
        ([(5, "int8")], "train: before: epochs must rise and end at most with epoch 4, got [5]"),
        ([(2, "int9")], "train.before.0.format: unknown weight format 'int9'; did you mean int8?"),
    ],
)
def test_impossible_switches_are_refused(before: list[tuple[int, str]], sentence: str) -> None:
    with pytest.raises(RecipeError) as error:
        recipe([{"epoch": epoch, "format": name} for epoch, name in before])
    assert sentence in str(error.value)


def test_a_binary_network_keeps_its_method() -> None:
    with pytest.raises(RecipeError) as error:
        validated(
            {
                "model": {"architecture": "resnet20", "format": ["int8", "binary", "int8"]},
                "train": {"before": FLOAT_THEN_INT8},
            },
            "mine",
        )
    assert "train.before: resnet20's weights are those of its method throughout" in str(error.value)
