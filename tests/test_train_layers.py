"""Activations and norms against numpy twins; networks as plain data."""

from collections import OrderedDict
from collections.abc import Callable

import numpy as np
import pytest
import torch
from torch import nn

from mcuexport.errors import RecipeError
from mcuexport.train.activations import FUNCTIONS, QuantActivation
from mcuexport.train.layers import QuantLinear
from mcuexport.train.models import LAYERS, NORMS, layer_config, mlp
from mcuexport.train.norms import DynamicShift, PowerOfTwoBatchNorm1d

SEED = 1
TABLES = [name for name, function in FUNCTIONS.items() if not function.fused]
FUSED = [name for name, function in FUNCTIONS.items() if function.fused]


def activation(name: str, scale: float, scale_in: float = 1.0) -> QuantActivation:
    layer = QuantActivation(name).double().eval()
    with torch.no_grad():
        layer.log2_scale.fill_(np.log2(scale))
        if not layer.fused:
            layer.log2_scale_in.fill_(np.log2(scale_in))
    return layer


TWINS: dict[str, Callable[[np.ndarray], np.ndarray]] = {
    "identity": lambda u: u,
    "relu": lambda u: np.maximum(u, 0),
    "leaky_relu": lambda u: np.where(u < 0, u / 8, u),
    "relu6": lambda u: np.clip(u, 0, 6),
    "hardtanh": lambda u: np.clip(u, -1, 1),
    "slope_hardtanh": lambda u: np.clip(u, -127 / 128, 127 / 128),
}


@pytest.mark.parametrize("name", FUSED)
def test_a_fused_activation_equals_its_numpy_twin(name: str) -> None:
    u = np.random.default_rng(SEED).normal(0, 3, 2000)
    layer = activation(name, 1 / 32)
    scale = layer.scale.item()
    expected = np.clip(np.floor(TWINS[name](u) / scale + 0.5), layer.lo, 127) * scale
    np.testing.assert_array_equal(layer(torch.tensor(u)).detach().numpy(), expected)


@pytest.mark.parametrize("name", TABLES)
def test_a_table_holds_what_the_forward_pass_computes(name: str) -> None:
    layer = activation(name, scale=0.02, scale_in=0.03)
    u = np.random.default_rng(SEED).normal(0, 3, 2000)
    p = np.clip(np.floor(u / layer.scale_in.item() + 0.5), -128, 127).astype(int)
    expected = layer.table()[p + 128] * layer.scale.item()
    np.testing.assert_array_equal(layer(torch.tensor(u)).detach().numpy(), expected)


@pytest.mark.parametrize("name", FUNCTIONS)
def test_an_activation_behind_a_dynamic_shift_is_a_table_over_its_steps(name: str) -> None:
    layer = QuantActivation(name, input_scale=2.0**-6).double()
    layer(torch.arange(-128, 128, dtype=torch.float64) * 2.0**-6)  # the first batch sets the scale
    layer.eval()
    every_step = torch.arange(-128, 128, dtype=torch.float64) * 2.0**-6
    result = layer(every_step).detach().numpy()
    np.testing.assert_array_equal(result, layer.table() * layer.scale.item())


def test_relu6_3_is_hardswish() -> None:
    u = torch.linspace(-5, 5, 101, dtype=torch.float64)
    torch.testing.assert_close(FUNCTIONS["relu6_3"].apply(u), FUNCTIONS["hardswish"].apply(u))


def test_the_first_training_batch_sets_the_scales_to_its_largest_value() -> None:
    layer = QuantActivation("relu")
    layer(torch.tensor([[-9.0, 1.0, 6.35]]))
    assert layer.scale.item() == pytest.approx(0.05)
    layer(torch.tensor([[100.0]]))
    assert layer.scale.item() == pytest.approx(0.05)


def dynamic_shift_in_integers(acc: np.ndarray, center: bool, relu: bool) -> np.ndarray:
    rows = []
    for v in acc.astype(object):  # whole numbers of any size
        v = len(v) * v - v.sum() if center else v
        v = np.maximum(v, 0) if relu else v
        k = -40
        while np.floor(float(abs(v).max()) * 2.0**-k + 0.5) > 127:
            k += 1
        rows.append(np.floor(v.astype(np.float64) * 2.0**-k + 0.5) if abs(v).max() else v)
    return np.array(rows, dtype=np.float64)


@pytest.mark.parametrize("function", ["relu", "identity"])
@pytest.mark.parametrize("center", [False, True])
def test_dynamic_shift_equals_its_integer_twin(center: bool, function: str) -> None:
    rng = np.random.default_rng(SEED)
    acc = rng.integers(-500_000, 500_000, (200, 16)) >> rng.integers(0, 18, (200, 1))
    edges = [[0] * 16, [127] + [0] * 15, [128] + [0] * 15, [255] + [-255] * 15, [-1] * 16, [509, 510] + [1] * 14]
    acc = np.concatenate([acc, edges])
    result = DynamicShift(center, function)(torch.tensor(acc * 2.0**-9))
    np.testing.assert_array_equal(result.numpy() * 64, dynamic_shift_in_integers(acc, center, function == "relu"))


def test_the_gradient_of_dynamic_shift_takes_the_shift_as_a_constant() -> None:
    v = torch.tensor([[100.0, -3.0, 37.0]], requires_grad=True)
    DynamicShift(function="relu")(v).sum().backward()
    assert v.grad is not None
    assert v.grad.tolist() == [[2.0**-6, 0.0, 2.0**-6]]


def test_dynamic_shift_refuses_a_function_that_needs_a_table() -> None:
    with pytest.raises(RecipeError) as error:
        DynamicShift(function="gelu")
    assert str(error.value) == "DynamicShift has relu or identity built in, not 'gelu'"


def test_a_shift_only_batch_norm_multiplies_by_signed_powers_of_two() -> None:
    norm = PowerOfTwoBatchNorm1d(3)
    with torch.no_grad():
        norm.weight.copy_(torch.tensor([1.0, -1.0, 0.3]))
    norm(torch.randn(500, 3, generator=torch.Generator().manual_seed(SEED)) * 5 + 1)
    assert norm.factor().tolist() == [0.25, -0.25, 0.0625]
    norm.eval()
    x = torch.ones(1, 3)
    assert torch.equal(norm(x), (x - norm.running_mean) * norm.factor() + norm.bias)


@pytest.mark.parametrize("function", FUNCTIONS)
@pytest.mark.parametrize("norm", NORMS)
def test_a_network_can_be_rebuilt_from_plain_data(norm: str, function: str) -> None:
    torch.manual_seed(SEED)
    model = mlp(16, [8, 8], 4, norm=norm, activation=function, norm_output=True)
    model(torch.rand(32, 16)).sum().backward()
    for layer in model.children():
        if isinstance(layer, QuantLinear):
            assert layer.weight.grad is not None
            assert layer.weight.grad.isfinite().all()
    layers = OrderedDict((name, LAYERS[type(m).__name__](**layer_config(m))) for name, m in model.named_children())
    rebuilt = nn.Sequential(layers)
    rebuilt.load_state_dict(model.state_dict())
    x = torch.rand(5, 4, 4, 1, dtype=torch.float64)
    assert torch.equal(model.double().eval()(x), rebuilt.double().eval()(x))


def test_a_network_needs_a_format_for_each_linear_layer() -> None:
    with pytest.raises(RecipeError) as error:
        mlp(16, [8, 8], 4, format=["sym4", "sym2"])
    assert str(error.value) == "format: 2 names for 3 linear layers"


def test_dynamic_shift_of_a_map_takes_a_sample_as_a_whole() -> None:
    v = torch.randn(5, 3, 4, 2, generator=torch.Generator().manual_seed(SEED))
    for center in (False, True):
        layer = DynamicShift(center, "identity")
        torch.testing.assert_close(layer(v).flatten(1), layer(v.flatten(1)), rtol=0, atol=0)
