"""Fake quantization computes the device's integers; its gradients look through the rounding."""

import numpy as np
import pytest
import torch

from mcuexport.pack import FORMATS
from mcuexport.train.layers import QuantLinear
from mcuexport.train.quantizers import fake_quantize, nearest_levels, power_of_two, round_half_up, sorted_levels

SEED = 1


@pytest.mark.parametrize("per_output", [False, True])
@pytest.mark.parametrize("name", FORMATS)
def test_fake_quantized_weights_equal_the_table_of_the_format(name: str, per_output: bool) -> None:
    torch.manual_seed(SEED)
    layer = QuantLinear(48, 32, name, per_output=per_output)
    fmt = FORMATS[name]
    units = layer.weight.detach().double().numpy() / layer.scale.double().numpy()
    expected = fmt.decode(fmt.quantize(units))
    np.testing.assert_array_equal(layer.levels().numpy(), expected)
    identity = layer.double()(torch.eye(48, dtype=torch.float64)).detach().numpy().T
    np.testing.assert_array_equal(identity, expected * layer.scale.double().numpy())


@pytest.mark.parametrize("name", FORMATS)
def test_a_weight_between_two_levels_takes_the_larger(name: str) -> None:
    fmt = FORMATS[name]
    layer = QuantLinear(len(fmt.thresholds), 1, name)
    with torch.no_grad():
        layer.scale.fill_(0.25)
        layer.weight.copy_(torch.tensor(fmt.thresholds * 0.25))
    np.testing.assert_array_equal(layer.levels().numpy()[0], fmt.sorted_levels[1:])


def test_weights_receive_the_gradient_of_the_quantized_weights() -> None:
    layer = QuantLinear(3, 2, "sym2")
    x = torch.tensor([[1.0, -2.0, 0.5]])
    layer(x).sum().backward()
    assert layer.weight.grad is not None
    np.testing.assert_array_equal(layer.weight.grad.numpy(), np.repeat(x.numpy(), 2, axis=0))


def test_rounding_takes_a_half_upwards_for_negative_numbers_too() -> None:
    halves = torch.tensor([-2.5, -1.5, -0.5, 0.5, 1.5, 2.5])
    assert round_half_up(halves).tolist() == [-2, -1, 0, 1, 2, 3]


def test_power_of_two_keeps_the_sign_and_rounds_in_the_logarithm() -> None:
    values = torch.tensor([1.0, 1.4, 1.5, -3.0, 0.0])
    assert power_of_two(values).tolist() == [1.0, 1.0, 2.0, -4.0, 2.0**-32]


@pytest.mark.parametrize(("low", "high"), [(0, 127), (-128, 127)])
def test_fake_quantize_equals_its_numpy_twin(low: int, high: int) -> None:
    values = np.random.default_rng(SEED).normal(0, 3, 1000)
    values[:4] = [0.5 * 0.03, -0.5 * 0.03, 1e9, -1e9]
    expected = np.clip(np.floor(values / 0.03 + 0.5), low, high) * 0.03
    result = fake_quantize(torch.tensor(values), torch.tensor(0.03, dtype=torch.float64), low, high)
    np.testing.assert_array_equal(result.numpy(), expected)


def test_fake_quantize_has_the_gradients_of_learned_step_size() -> None:
    values = torch.tensor([-1.0, 0.0, 0.26, 0.6, 63.5, 200.0], requires_grad=True)  # 0 and 63.5: the bounds
    scale = torch.tensor(0.5, requires_grad=True)
    fake_quantize(values, scale, 0, 127).sum().backward()
    assert values.grad is not None
    assert scale.grad is not None
    assert values.grad.tolist() == [0, 1, 1, 1, 1, 0]
    by_scale = 0 + 0 + (1 - 0.52) + (1 - 1.2) + 0 + 127
    assert scale.grad.item() == pytest.approx(by_scale / (6 * 127) ** 0.5)


@pytest.mark.parametrize("name", FORMATS)
def test_levels_are_those_of_the_format_beside_every_threshold(name: str) -> None:
    """The nearest float64 below, on and above each threshold, at two scales."""
    levels = sorted_levels(FORMATS[name])
    thresholds = (levels[:-1] + levels[1:]) / 2
    inf = torch.full_like(thresholds, torch.inf)
    units = torch.cat([thresholds, torch.nextafter(thresholds, inf), torch.nextafter(thresholds, -inf)])
    units = torch.cat([units, torch.tensor([-1e-17, 1e-17, -1e9, 1e9], dtype=torch.float64)])
    expected = levels[torch.bucketize(units, thresholds, right=True)]
    for scale in (1.0, 2.0**20):  # a smaller one would lose the smallest of them
        found = nearest_levels(units * scale, torch.tensor(scale, dtype=torch.float64), levels)
        assert torch.equal(found, expected)
