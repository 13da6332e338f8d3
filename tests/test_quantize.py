"""Quantizers on a module of one's own: who gets which, and that they come off again."""

from collections.abc import Callable

import numpy as np
import pytest
import torch
from exact import assert_exact, checkpoint_in_memory, inputs, lowered, make_dyadic
from torch import Tensor, nn
from torch.nn import functional

from mcuexport.errors import CheckpointError, McuexportError, RecipeError
from mcuexport.train import QuantActivation, QuantClamp, QuantLinear, QuantPReLU, Rule, quantize_
from mcuexport.train.exchange import ACTIVATIONS
from mcuexport.train.layers import WeightQuantizer

IMAGE = (2, 8, 8)


class Block(nn.Module):
    def __init__(self, channels: int) -> None:
        super().__init__()
        self.conv1, self.norm1 = nn.Conv2d(channels, channels, 3, padding=1), nn.BatchNorm2d(channels)
        self.conv2, self.norm2 = nn.Conv2d(channels, channels, 3, padding=1), nn.BatchNorm2d(channels)
        self.relu = nn.ReLU(inplace=True)  # called twice, as in many networks

    def forward(self, x: Tensor) -> Tensor:
        y = self.norm2(self.conv2(self.relu(self.norm1(self.conv1(x)))))
        y += x
        return self.relu(y)


class Network(nn.Module):
    def __init__(self, act: type[nn.Module] = nn.ReLU) -> None:
        super().__init__()
        self.first = nn.Sequential(nn.Conv2d(2, 4, 3, padding=1), nn.BatchNorm2d(4), act())
        self.block1, self.block2 = Block(4), Block(4)
        self.pool, self.last = nn.AdaptiveAvgPool2d(1), nn.Linear(4, 3)

    def forward(self, x: Tensor) -> Tensor:
        return self.last(torch.flatten(self.pool(self.block2(self.block1(self.first(x)))), 1))


def formats(model: nn.Module) -> dict[str, str]:
    """The format of each layer by its path, of those that have one."""
    return {
        path.split(".parametrizations")[0]: module.format.name
        for path, module in model.named_modules()
        if isinstance(module, WeightQuantizer)
    }


def test_of_several_rules_that_match_the_last_one_counts() -> None:
    model = Network()
    rules = [
        Rule(options={"format": "sym4"}),
        Rule(kind=nn.Linear, options={"format": "int4"}),
        Rule(name="block2.*", options={"format": "sym2"}),
        Rule(position=0, options={"format": "int8"}),
        Rule(name="*.conv2", position=-2, quantize=True, options={"format": "ternary"}),
    ]
    quantize_(model, rules)
    assert formats(model) == {
        "first.0": "int8",
        "block1.conv1": "sym4",
        "block1.conv2": "sym4",
        "block2.conv1": "sym2",
        "block2.conv2": "ternary",
        "last": "int4",
    }


def test_a_rule_can_leave_a_layer_alone() -> None:
    model = Network()
    quantize_(model, [Rule(), Rule(name="last", quantize=False)])
    assert "last" not in formats(model)


def test_restore_gives_back_modules_and_float_weights() -> None:
    torch.manual_seed(1)
    model = Network()
    before, names = {k: v.clone() for k, v in model.state_dict().items()}, [str(m) for m in model.modules()]
    quantization = quantize_(model)
    assert not torch.equal(model.last.weight, before["last.weight"])
    quantization.restore()
    assert [str(m) for m in model.modules()] == names
    for key, value in model.state_dict().items():
        np.testing.assert_array_equal(value.numpy(), before[key].numpy())


def test_a_residual_network_with_own_forwards_is_exact() -> None:
    torch.manual_seed(1)
    model = Network()
    quantize_(model, [Rule(options={"format": "int4"})])
    graph = assert_exact(make_dyadic(model), IMAGE)
    assert [node.op.kind for node in graph.nodes].count("add") == 2


def test_scales_follow_the_weights_only_when_asked() -> None:
    model = Network()
    quantization = quantize_(model)
    quantizer = model.last.parametrizations.weight[0]
    before = quantizer.scale.clone()
    model.last.parametrizations.weight.original.data.mul_(2)
    assert torch.equal(quantizer.scale, before)
    quantization.update_scales()
    torch.testing.assert_close(quantizer.scale, 2 * before)


def test_new_activations_have_the_mode_of_what_they_replace() -> None:
    model = Network().eval()
    quantize_(model)
    assert not any(module.training for module in model.modules())
    model(torch.rand(2, *IMAGE))
    assert not any(bool(m.initialised) for m in model.modules() if isinstance(m, QuantActivation))


def test_an_activation_shared_by_name_gets_a_scale_for_each_place() -> None:
    act = nn.ReLU()
    model = nn.Sequential(nn.Linear(12, 8), act, nn.Linear(8, 8), act, nn.Linear(8, 3))
    quantize_(model)
    assert isinstance(model[1], QuantActivation)
    assert isinstance(model[3], QuantActivation)
    assert model[1] is not model[3]
    assert len(lowered(model, (12,)).nodes) == 5


ALIKE: dict[str, Callable[[], nn.Module]] = {
    "relu": nn.ReLU,
    "relu6": nn.ReLU6,
    "leaky": lambda: nn.LeakyReLU(2.0**-2),
    "prelu": lambda: nn.PReLU(4, 0.125),
    "hardtanh": nn.Hardtanh,
    "clamp": lambda: nn.Hardtanh(-2, 4),
    "gelu": nn.GELU,
    "gelu_tanh": lambda: nn.GELU("tanh"),
    "silu": nn.SiLU,
    "elu": nn.ELU,
    "hardswish": nn.Hardswish,
    "tanh": nn.Tanh,
    "sigmoid": nn.Sigmoid,
}


@pytest.mark.parametrize("name", ALIKE)
def test_an_exchanged_activation_computes_the_same_function(name: str) -> None:
    layer = ALIKE[name]()
    made = ACTIVATIONS[type(layer)](layer)
    u = torch.linspace(-9, 9, 400, dtype=torch.float64).reshape(25, 4, 4)
    torch.testing.assert_close(made.double().apply_function(u), layer.double()(u))


@pytest.mark.parametrize("name", ALIKE)
def test_every_exchanged_activation_exports(name: str) -> None:
    torch.manual_seed(1)
    model = nn.Sequential(nn.Conv2d(2, 4, 3), nn.BatchNorm2d(4), ALIKE[name](), nn.Flatten(), nn.Linear(144, 3))
    quantize_(model)
    model.train()
    for _ in range(2):
        model(torch.rand(8, *IMAGE))
    lowered(model, IMAGE)


def test_hardtanh_of_other_bounds_becomes_a_clamp_and_prelu_keeps_its_slopes() -> None:
    model = nn.Sequential(nn.Linear(12, 4), nn.Hardtanh(-1, 3), nn.Linear(4, 4), nn.PReLU(4, 0.5), nn.Linear(4, 2))
    quantize_(model)
    assert isinstance(model[1], QuantClamp)
    assert (model[1].minimum, model[1].maximum) == (-1.0, 3.0)
    assert isinstance(model[3], QuantPReLU)
    assert model[3].slope.tolist() == [0.5] * 4


class LeakBehindSum(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.a, self.b, self.act = nn.Linear(12, 6), nn.Linear(12, 6), nn.PReLU(6)
        self.last = nn.Linear(6, 2)

    def forward(self, x: Tensor) -> Tensor:
        return self.last(self.act(self.a(x) + self.b(x)))


def test_a_slope_behind_a_sum_gets_8_bits_before_it() -> None:
    model = LeakBehindSum()
    quantize_(model)
    assert [type(m).__name__ for m in model.act] == ["QuantActivation", "QuantPReLU"]
    lowered(model, (12,))


def test_a_module_of_own_quantized_layers_gets_its_activations_exchanged() -> None:
    model = nn.Sequential(QuantLinear(12, 6), nn.ReLU(), QuantLinear(6, 2))
    quantize_(model)
    assert isinstance(model[1], QuantActivation)


def leaky(slope: float) -> nn.Module:
    return nn.Sequential(nn.Linear(4, 4), nn.LeakyReLU(slope), nn.Linear(4, 4))


class Overwritten(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.conv, self.relu = nn.Conv2d(2, 2, 3, padding=1), nn.ReLU(inplace=True)

    def forward(self, x: Tensor) -> Tensor:
        return self.conv(self.relu(x)) + x


REFUSED: dict[str, tuple[Callable[[], nn.Module], list[Rule], str]] = {
    "a rule that matches nothing": (
        lambda: nn.Sequential(nn.Linear(4, 4)),
        [Rule(), Rule(name="layer9.*", kind=nn.Conv2d, position=3)],
        "the rule for 'layer9.*' of kind Conv2d at position 3 matches none of the 1 layers that can be quantized: 0",
    ),
    "a position beyond the last layer": (
        lambda: nn.Sequential(nn.Linear(4, 4), nn.Linear(4, 4)),
        [Rule(position=3)],
        "the rule for '*' at position 3 matches none of the 2 layers that can be quantized: 0, 1",
    ),
    "nothing to quantize": (
        lambda: nn.Sequential(nn.ReLU()),
        [Rule()],
        "nothing to quantize: 0 layers can be, no rule asks for one",
    ),
    "an unknown option": (
        lambda: nn.Sequential(nn.Linear(4, 4)),
        [Rule(options={"bits": 4})],
        "0: options are format, per_output, clip, clip_factor, power_of_two; got bits",
    ),
    "an unknown format": (
        lambda: nn.Sequential(nn.Linear(4, 4)),
        [Rule(options={"format": "sym3"})],
        "0: unknown weight format 'sym3'; did you mean sym4? "
        "(formats: binary, ternary, sym2, sym4, int4, fp130, nf4, radix23, int8)",
    ),
    "a slope that is no power of two": (
        lambda: leaky(0.01),
        [Rule()],
        "1: LeakyReLU has the slope 0.01, which is no power of two from 2^-7 to 2^-1; "
        "use nn.LeakyReLU(2**-7), another of these, or nn.PReLU(), which learns any slope",
    ),
    "a slope of 1": (
        lambda: leaky(1.0),
        [Rule()],
        "1: LeakyReLU has the slope 1, which is no power of two from 2^-7 to 2^-1; "
        "use nn.LeakyReLU(2**-7), another of these, or nn.PReLU(), which learns any slope",
    ),
    "another alpha": (
        lambda: nn.Sequential(nn.Linear(4, 4), nn.ELU(0.5)),
        [Rule()],
        "1: ELU has alpha 0.5; use alpha 1, or nn.PReLU()",
    ),
    "reflected padding": (
        lambda: nn.Sequential(nn.Conv2d(2, 4, 3, padding=1, padding_mode="reflect")),
        [Rule()],
        "0: padding_mode 'reflect' has no integer form; use 'zeros'",
    ),
    "padding that is not the same on both sides": (
        lambda: nn.Sequential(nn.Conv2d(2, 4, 2, padding="same")),
        [Rule()],
        '0: padding is "same" (odd kernels, stride 1), "valid" or numbers, got \'same\'',
    ),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_cannot_be_quantized_is_refused_and_the_model_stays_as_it_was(case: str) -> None:
    make, rules, sentence = REFUSED[case]
    model = make()
    before = str(model)
    with pytest.raises(RecipeError) as error:
        quantize_(model, rules)
    assert str(error.value) == sentence
    assert str(model) == before


def test_a_value_overwritten_in_place_and_read_again_is_refused() -> None:
    with pytest.raises(CheckpointError) as error:
        quantize_(Overwritten())
    line = Overwritten.forward.__code__.co_firstlineno + 1
    assert str(error.value) == (
        f"relu: ReLU changes a value in place ({__file__}:{line}) that is read again ({__file__}:{line}); "
        "use inplace=False, or y = y + x instead of y += x"
    )


def test_all_problems_are_named_at_once() -> None:
    model = nn.Sequential(nn.Conv2d(2, 4, 3, padding_mode="circular"), nn.ELU(2.0), nn.Flatten(), nn.Linear(4, 4))
    with pytest.raises(McuexportError) as error:
        quantize_(model)
    assert str(error.value).splitlines() == [
        "0: padding_mode 'circular' has no integer form; use 'zeros'",
        "1: ELU has alpha 2; use alpha 1, or nn.PReLU()",
    ]


def test_a_parametrized_checkpoint_holds_the_float_weights() -> None:
    model = nn.Sequential(nn.Linear(12, 3))
    weights = model[0].weight.detach().clone()
    quantize_(model)
    np.testing.assert_array_equal(checkpoint_in_memory(model, (12,)).layers[0].state["weight"].numpy(), weights.numpy())
    assert inputs(lowered(model, (12,))).shape == (12, 12)
    assert functional.linear(torch.zeros(1, 12), model[0].weight).shape == (1, 3)
