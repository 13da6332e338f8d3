"""Post-training quantization and sensitivity, on scikit-learn's digits."""

import json
from collections.abc import Callable
from copy import deepcopy
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from click.testing import CliRunner
from exact import lowered
from torch import Tensor, nn
from torch.nn import functional

import mcuexport
from mcuexport.cli import main
from mcuexport.errors import DataError, RecipeError
from mcuexport.train import QuantActivation, Rule, post_training_quantize, quantize_, sensitivity
from mcuexport.train.data import Source, load_dataset
from mcuexport.train.parametrized import quantizer_of
from mcuexport.train.ptq import calibrate

EPOCHS = 8


@dataclass(frozen=True)
class Digits:
    x: Tensor
    y: Tensor
    test_x: Tensor
    test_y: Tensor
    scale: float

    def accuracy(self, model: nn.Module) -> float:
        return float((model.eval()(self.test_x).argmax(1) == self.test_y).double().mean())


@pytest.fixture(scope="module")
def digits() -> Digits:
    data = load_dataset(Source("digits"))
    x, test_x = (torch.from_numpy(x[:, None, :, :, 0]) * data.scale for x in (data.train_x, data.test_x))
    return Digits(x, torch.from_numpy(data.train_y), test_x, torch.from_numpy(data.test_y), data.scale)


def train(model: nn.Module, digits: Digits, after_epoch: Callable[[], None] = lambda: None) -> nn.Module:
    generator = torch.Generator().manual_seed(2)
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-2)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, EPOCHS)
    for _ in range(EPOCHS):
        model.train()
        for batch in torch.split(torch.randperm(len(digits.x), generator=generator), 128):
            loss = functional.cross_entropy(model(digits.x[batch]), digits.y[batch])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
        schedule.step()
        after_epoch()
    return model.eval()


def network() -> nn.Module:
    torch.manual_seed(1)
    dense = [nn.Linear(64, 32, bias=False), nn.BatchNorm1d(32), nn.ReLU()]
    return nn.Sequential(
        nn.Flatten(), *dense, nn.Linear(32, 32, bias=False), nn.BatchNorm1d(32), nn.GELU(), nn.Linear(32, 10)
    )


def rules(name: str) -> list[Rule]:
    return [Rule(options={"format": name, "per_output": True})]


@pytest.fixture(scope="module")
def trained(digits: Digits) -> nn.Module:
    return train(network(), digits)


def quantized(trained: nn.Module, digits: Digits, name: str, **options: Any) -> nn.Module:
    model = deepcopy(trained)
    post_training_quantize(model, digits.x[:300], rules(name), input_scale=digits.scale, **options)
    return model


@pytest.mark.parametrize("activations", ["mse", "max"])
def test_8_bits_without_training_stay_within_a_point_of_float(
    trained: nn.Module, digits: Digits, activations: str
) -> None:
    assert digits.accuracy(trained) > 0.97
    model = quantized(trained, digits, "int8", activations=activations)
    assert digits.accuracy(model) >= digits.accuracy(trained) - 0.01


@pytest.mark.parametrize("name", ["sym2", "binary"])
def test_2_bits_and_fewer_need_training(trained: nn.Module, digits: Digits, name: str) -> None:
    model = network()
    quantization = quantize_(model, rules(name))
    train(model, digits, quantization.update_scales)
    assert digits.accuracy(quantized(trained, digits, name)) < digits.accuracy(model) - 0.02


def test_the_integers_of_a_post_training_quantized_network_are_as_good(
    trained: nn.Module, digits: Digits, tmp_path: Path
) -> None:
    model = quantized(trained, digits, "int8")
    mcuexport.save(model, digits.test_x[:2], tmp_path / "m.pt", input_scale=digits.scale)
    from mcuexport.checkpoint import load
    from mcuexport.lower import lower

    x = (digits.test_x / digits.scale).to(torch.uint8).permute(0, 2, 3, 1).numpy()
    classes = lower(load(tmp_path / "m.pt")).predict(x)
    assert abs((classes == digits.test_y.numpy()).mean() - digits.accuracy(model)) <= 0.006


@pytest.mark.parametrize("name", ["sym4", "int4", "sym2"])
def test_scales_by_channel_save_a_network_whose_channels_differ_widely(
    trained: nn.Module, digits: Digits, name: str
) -> None:
    """Up to 2^6 between the channels of the first layer; the second layer's weights undo it."""
    uneven = deepcopy(trained)
    factors = torch.exp2(-6 * torch.rand(32, generator=torch.Generator().manual_seed(3)))
    for parameter in uneven[2].parameters():  # type: ignore[index]
        parameter.data.mul_(factors)
    uneven[4].weight.data.div_(factors)  # type: ignore[index]
    apart, common = (quantized(uneven, digits, name, per_channel=choice) for choice in (True, False))
    assert digits.accuracy(apart) > digits.accuracy(common) + 0.02


def test_restore_takes_everything_off(trained: nn.Module, digits: Digits) -> None:
    model = deepcopy(trained)
    done = post_training_quantize(model, digits.x[:100], input_scale=digits.scale)
    done.restore()
    for key, value in model.state_dict().items():
        np.testing.assert_array_equal(value.numpy(), trained.state_dict()[key].numpy())


def test_weights_that_are_not_trained_have_scales_of_least_error_unless_the_rule_says_another(digits: Digits) -> None:
    rule_of_first = [Rule(options={"format": "sym2"}), Rule(position=0, options={"clip": "octav"})]
    model = nn.Sequential(nn.Flatten(), nn.Linear(64, 16), nn.ReLU(), nn.Linear(16, 10))
    post_training_quantize(model, digits.x[:100], rule_of_first, input_scale=digits.scale)
    assert [quantizer_of(model[layer]).clip for layer in (1, 3)] == ["octav", "mse"]


def test_least_squares_clips_an_outlier_and_the_largest_value_does_not() -> None:
    u = torch.linspace(0, 1, 100_000)
    u[0] = 2.0
    scales = {}
    for rule in ("mse", "max"):
        activation = QuantActivation("relu").eval()
        calibrate(activation, u, rule)
        scales[rule] = activation.scale.item() * 127
    assert scales["max"] == pytest.approx(2.0)
    assert 1 <= scales["mse"] < 1.5


def test_an_activation_called_twice_keeps_the_larger_scale(digits: Digits) -> None:
    class Twice(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.a, self.b, self.act = nn.Linear(4, 4, bias=False), nn.Linear(4, 2), nn.ReLU()
            self.a.weight.data.copy_(torch.eye(4))

        def forward(self, x: Tensor) -> Tensor:
            y = self.act(self.a(x))
            return self.b(self.act(self.a(0.25 * y) if self.training else y))

    model = Twice()
    post_training_quantize(model, torch.rand(50, 4), activations="max")
    assert model.act.scale.item() * 127 == pytest.approx(1.0, rel=0.05)


GOOD = torch.rand(5, 1, 8, 8)
REFUSED = {
    "empty": (GOOD[:0], "calibration data are (samples, *shape) with at least one sample, got (0, 1, 8, 8)"),
    "no samples": (GOOD[0, 0, 0], "calibration data are (samples, *shape) with at least one sample, got (8,)"),
    "nan": (torch.where(GOOD[2, 0, 3, 3] == GOOD, torch.nan, GOOD), "1 of 320 calibration values are NaN or infinite"),
    "out of range": (
        torch.tensor([[[[-1.5, 3.0]]]]),
        "calibration data run from -1.5 to 3, but uint8 inputs hold 0 to 1; "
        "give the input_scale and input_zero_point that the device's inputs have",
    ),
    "wrong shape": (
        torch.rand(5, 1, 9, 8),
        "the model does not take calibration data of shape (1, 9, 8): "
        "mat1 and mat2 shapes cannot be multiplied (1x72 and 64x32)",
    ),
}


@pytest.mark.parametrize("case", REFUSED)
def test_calibration_data_that_do_not_fit_are_refused_and_nothing_is_changed(case: str) -> None:
    x, sentence = REFUSED[case]
    model = network()
    before = str(model)
    with pytest.raises(DataError) as error:
        post_training_quantize(model, x)
    assert str(error.value) == sentence
    assert str(model) == before


def test_sensitivity_has_a_row_for_each_layer_and_leaves_the_model_alone(trained: nn.Module, digits: Digits) -> None:
    model = quantized(trained, digits, "sym4")
    before = {key: value.clone() for key, value in model.state_dict().items()}
    rows = sensitivity(model, digits.test_x[:100], digits.test_y[:100], ["int8", "binary"])
    assert [(row.layer, row.weights) for row in rows] == [("1", 2048), ("4", 1024), ("7", 320)]
    assert len({row.accuracy["int8"] for row in rows}) == 1
    assert rows[0].accuracy["binary"] < rows[0].accuracy["int8"] - 0.1
    for key, value in model.state_dict().items():
        np.testing.assert_array_equal(value.numpy(), before[key].numpy())


def test_sensitivity_of_a_float_model_is_refused(trained: nn.Module, digits: Digits) -> None:
    with pytest.raises(RecipeError) as error:
        sensitivity(trained, digits.test_x, digits.test_y, ["int8"])
    assert str(error.value) == (
        "no layer has quantized weights; call post_training_quantize(model, calibration_x) first"
    )


def test_the_command_names_the_users_layers(tiny_checkpoint: Path) -> None:
    arguments = ["sensitivity", str(tiny_checkpoint), "--formats", "8bit,sym2", "--samples", "50", "--json"]
    answer = CliRunner().invoke(main, arguments)
    rows = json.loads(answer.output)
    assert [row["layer"] for row in rows] == ["fc1", "fc2"]
    assert set(rows[0]["accuracy"]) == {"int8", "sym2"}


def test_a_network_quantized_in_float64_exports(digits: Digits) -> None:
    model = network().double()
    post_training_quantize(model, digits.x[:50].double(), input_scale=digits.scale)
    assert lowered(model, (1, 8, 8)).nodes
