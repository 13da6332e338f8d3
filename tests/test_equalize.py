"""Activation scales by channel: the float function stays, the integers are exact, uneven channels lose nothing."""

from collections.abc import Sequence
from copy import deepcopy
from dataclasses import dataclass

import numpy as np
import pytest
import torch
from exact import checkpoint_in_memory
from torch import Tensor, nn

from mcuexport.lower import lower
from mcuexport.parity import verify
from mcuexport.targets import core
from mcuexport.train import post_training_quantize, quantize_
from mcuexport.train.equalize import calls_of_layers, equalize
from mcuexport.train.parametrized import float_weight

BITS = 6


class Network(nn.Module):
    """Every kind of layer that channels go through on their way to weights; and two that share them."""

    def __init__(self) -> None:
        super().__init__()
        self.conv1, self.norm1, self.act1 = nn.Conv2d(1, 12, 3, bias=False), nn.BatchNorm2d(12), nn.ReLU()
        self.depthwise, self.norm2, self.act2 = nn.Conv2d(12, 12, 3, groups=12), nn.BatchNorm2d(12), nn.PReLU(12)
        self.pool = nn.MaxPool2d(2)
        self.left, self.right = nn.Conv2d(12, 12, 1, groups=3), nn.Conv2d(12, 12, 1)
        self.act3, self.act4 = nn.LeakyReLU(0.125), nn.GELU()
        self.average, self.flatten = nn.AvgPool2d(2), nn.Flatten()
        self.last = nn.Linear(24, 5)

    def forward(self, x: Tensor) -> Tensor:
        x = self.act1(self.norm1(self.conv1(x)))
        x = self.pool(self.act2(self.norm2(self.depthwise(x))))
        y = torch.cat((self.act3(self.left(x)), self.act4(self.right(x))), 1)
        return self.last(self.flatten(self.average(y)))


@dataclass(frozen=True)
class Case:
    model: nn.Module
    x: Tensor


@pytest.fixture(scope="module")
def case() -> Case:
    """Statistics of its own, then channels that differ by up to 2^BITS and weights that undo it."""
    torch.manual_seed(1)
    model, x = Network(), torch.randint(0, 256, (200, 1, 8, 8)) / 255
    nn.init.normal_(model.norm1.bias)
    nn.init.normal_(model.norm2.bias)
    with torch.no_grad():
        model.train()(x)
        spread(model.norm1, [model.depthwise])
        spread(model.norm2, [model.left, model.right])
    return Case(model.eval(), x)


def spread(norm: nn.BatchNorm2d, readers: Sequence[nn.Conv2d]) -> None:
    factors = torch.exp2(-BITS * torch.rand(norm.num_features))
    norm.weight.data.mul_(factors)
    norm.bias.data.mul_(factors)
    for layer in readers:
        rows = factors.reshape(layer.groups, -1).repeat_interleave(layer.out_channels // layer.groups, 0)
        layer.weight.data.div_(rows[:, :, None, None])


def error(model: nn.Module, case: Case) -> float:
    with torch.no_grad():
        return float((model(case.x) - case.model(case.x)).square().mean())


def test_8_bits_with_scales_by_channel_lose_much_less_where_channels_differ_widely(case: Case) -> None:
    apart, common = deepcopy(case.model), deepcopy(case.model)
    post_training_quantize(apart, case.x[:100])
    post_training_quantize(common, case.x[:100], per_channel=False)
    assert error(apart, case) < error(common, case) / 4


def test_the_float_function_stays_the_same_to_the_bit(case: Case) -> None:
    model, plain = deepcopy(case.model), deepcopy(case.model)
    with torch.no_grad():
        calls = calls_of_layers(model, case.x[:50])
        equalize(model, calls, quantize_(model))
    state = model.state_dict()
    changed = set()
    for key, value in plain.state_dict().items():
        new = state.get(key.replace("weight", "parametrizations.weight.original"), state.get(key, value))
        if not torch.equal(new, value):
            changed.add(key)
        value.copy_(new)
    readers = {"depthwise.weight", "left.weight", "right.weight"}
    assert changed == {"norm1.weight", "norm1.bias", "norm2.weight", "norm2.bias", *readers}
    assert torch.equal(plain(case.x), case.model(case.x))


def test_restore_gives_the_same_bits_back(case: Case) -> None:
    model = deepcopy(case.model)
    done = post_training_quantize(model, case.x[:50])
    assert not torch.equal(model.norm1.weight, case.model.norm1.weight)  # type: ignore[arg-type]
    done.restore()
    found = model.state_dict()
    for key, value in case.model.state_dict().items():
        np.testing.assert_array_equal(found[key].numpy(), value.numpy())


@pytest.mark.parametrize("core_name", ["host", "cortex-m0"])
def test_c_with_scales_by_channel_equals_the_integers(case: Case, core_name: str) -> None:
    model = deepcopy(case.model)
    post_training_quantize(model, case.x[:50])
    checkpoint = checkpoint_in_memory(model, (1, 8, 8), input_scale=1 / 255)
    x = (case.x[:4] * 255).round().to(torch.uint8).permute(0, 2, 3, 1).numpy()
    result = verify(lower(checkpoint), core(core_name), "net", checkpoint.examples, x)
    assert result.outputs == 20


def test_without_it_the_weights_stay(case: Case) -> None:
    model = deepcopy(case.model)
    post_training_quantize(model, case.x[:50], per_channel=False)
    assert torch.equal(float_weight(model.depthwise), case.model.depthwise.weight)  # type: ignore[arg-type]
