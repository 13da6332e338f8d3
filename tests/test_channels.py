"""Channels that are 0 can be left out, and hidden units change places, and every output stays the same integer."""

from copy import deepcopy
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from exact import checkpoint_in_memory, inputs
from torch import nn
from tricks import begun, integers, quant_layers, recipe

from mcuexport.errors import RecipeError
from mcuexport.graph import Graph
from mcuexport.lower import lower
from mcuexport.ops import Conv2d, Dense
from mcuexport.parity import verify
from mcuexport.targets import core
from mcuexport.train import ZOO, Add, Concat, Formats, QuantActivation, QuantLinear, QuantPReLU, mlp, train
from mcuexport.train.channels import NORMS, ChannelMap, put_back
from mcuexport.train.trace import trace

FORMATS = Formats("int8", "int4", "int4")


class Joined(nn.Module):
    """A concatenation, a PReLU with a slope for each channel, and a sum of two branches."""

    def __init__(self) -> None:
        super().__init__()
        self.a, self.norm_a, self.act_a = QuantLinear(6, 8, "int4"), nn.BatchNorm1d(8), QuantPReLU(8)
        self.b, self.norm_b, self.act_b = QuantLinear(6, 5, "int4"), nn.BatchNorm1d(5), QuantActivation("tanh")
        self.concat, self.add, self.act = Concat(), Add(), QuantActivation("relu")
        self.c, self.norm_c, self.act_c = QuantLinear(13, 7, "int4"), nn.BatchNorm1d(7), QuantActivation("identity")
        self.d, self.norm_d, self.act_d = QuantLinear(13, 7, "int4"), nn.BatchNorm1d(7), QuantActivation("relu")
        self.last = QuantLinear(7, 3, "int4", bias=True)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        joined = self.concat(self.act_a(self.norm_a(self.a(x))), self.act_b(self.norm_b(self.b(x))))
        c, d = self.act_c(self.norm_c(self.c(joined))), self.act_d(self.norm_d(self.d(joined)))
        result: torch.Tensor = self.last(self.act(self.add(c, d)))
        return result


NETWORKS: dict[str, tuple[Any, tuple[int, ...]]] = {
    "mlp": (lambda: mlp(20, [12, 8], 5, "int4"), (20,)),
    "mlp without norms": (lambda: mlp(20, [12, 8], 5, "int4", norm="none", bias=True), (20,)),
    "mlp with rms norm": (lambda: mlp(20, [12, 8], 5, "int4", norm="rms"), (20,)),
    "mlp of powers of two": (lambda: mlp(20, [12, 8], 5, "int4", power_of_two=True), (20,)),
    "joined": (Joined, (6,)),
    "cnn": (lambda: ZOO["cnn"].build(5, FORMATS, channels=[6, 8], pool_after=[2], shape=(2, 9, 8)), (2, 9, 8)),
    "depthwise-cnn": (lambda: ZOO["depthwise-cnn"].build(5, FORMATS, width=6, hidden=(12, 8)), (1, 16, 16)),
    "ds-cnn": (lambda: ZOO["ds-cnn"].build(5, FORMATS, width=8, pairs=2, shape=(1, 20, 10)), (1, 20, 10)),
    "resnet8": (lambda: ZOO["resnet8"].build(5, FORMATS, channels=[6, 6, 8], shape=(3, 8, 8)), (3, 8, 8)),
    "cnn1d": (lambda: ZOO["cnn1d"].build(5, FORMATS, channels=[6, 8], shape=(3, 40)), (3, 40)),
    "residual-mlp": (lambda: ZOO["residual-mlp"].build(5, FORMATS, hidden=[9, 9, 9], shape=(12,)), (12,)),
}


def network(name: str) -> tuple[nn.Module, tuple[int, ...]]:
    """A network with random weights, and statistics and activation ranges of random inputs."""
    build, shape = NETWORKS[name]
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(2)
        model = build()
        for module in model.modules():
            if isinstance(module, nn.BatchNorm1d | nn.BatchNorm2d):
                nn.init.normal_(module.weight, 1.0, 0.3)
                nn.init.normal_(module.bias, 0.2, 0.3)
        model.train()
        for _ in range(2):
            model(torch.rand(16, *shape))
    return model.eval(), shape


def mapped(model: nn.Module, shape: tuple[int, ...]) -> ChannelMap:
    return ChannelMap(trace(model, "net"), torch.zeros(2, *shape))


def changed(model: nn.Module, channels: ChannelMap, chosen: dict[str, torch.Tensor]) -> nn.Module:
    result = deepcopy(model)
    put_back(result, channels.layers, channels.select(chosen))
    return result


@torch.no_grad()
def zeroed(model: nn.Module, channels: ChannelMap, gone: dict[str, torch.Tensor]) -> nn.Module:
    """Channels at 0 by their norms, or by their weights where there is none."""
    result = deepcopy(model)
    normed = {layer.inputs[0] for layer in channels.layers if layer.kind in NORMS}
    for layer in channels.layers:
        (space, *more) = channels.axes[layer.name].spaces
        makes = layer.kind in NORMS or (layer.kind.startswith("Quant") and "weight" in layer.state)
        if makes and layer.name not in normed and not more and space.root.layer in gone:
            module = result.get_submodule(layer.layer)
            for parameter in (module.weight, module.bias):
                if isinstance(parameter, nn.Parameter):
                    parameter[gone[space.root.layer]] = 0
    return result


def as_graph(model: nn.Module, shape: tuple[int, ...]) -> Graph:
    return lower(checkpoint_in_memory(model, shape, input_scale=2.0**-8, input_zero_point=0))


def parts(channels: ChannelMap) -> tuple[dict[str, torch.Tensor], dict[str, torch.Tensor]]:
    """Some of the channels of each space, in any order, and the rest."""
    random = torch.Generator().manual_seed(3)
    orders = {space.layer: torch.randperm(space.size, generator=random) for space in channels.free}
    return {name: o[: len(o) // 2 + 1] for name, o in orders.items()}, {
        n: o[len(o) // 2 + 1 :] for n, o in orders.items()
    }


@pytest.mark.parametrize("name", [name for name in NETWORKS if "powers" not in name])  # 0 is no power of two
def test_channels_of_zeros_are_gone_and_no_output_changes(name: str) -> None:
    model, shape = network(name)
    channels = mapped(model, shape)
    kept, gone = parts(channels)
    before, after = as_graph(zeroed(model, channels, gone), shape), as_graph(changed(model, channels, kept), shape)
    x = inputs(before)
    np.testing.assert_array_equal(after.run(x), before.run(x))
    assert after.output_scale == before.output_scale
    checkpoint = checkpoint_in_memory(changed(model, channels, kept), shape)
    verify(after, core("host"), "net", checkpoint.examples, x)

    def weights(graph: Graph) -> int:
        return sum(node.op.codes.size for node in graph.nodes if isinstance(node.op, Conv2d | Dense))

    assert weights(after) < 0.75 * weights(before)


@pytest.mark.parametrize("name", NETWORKS)
def test_channels_in_another_order_change_no_output(name: str) -> None:
    model, shape = network(name)
    channels = mapped(model, shape)
    kept, gone = parts(channels)
    orders = {space: torch.cat([kept[space], gone[space]]) for space in kept}
    before, after = as_graph(model, shape), as_graph(changed(model, channels, orders), shape)
    x = inputs(before)
    np.testing.assert_array_equal(after.run(x), before.run(x))


SPACES = {
    "mlp": {"fc1": 12, "fc2": 8},
    "joined": {"a": 8, "b": 5, "c": 7},
    "depthwise-cnn": {"conv1.conv": 6, "fc1": 12, "fc2": 8},
    "resnet8": {"conv.conv": 6, "block1.conv1.conv": 6, "block2.conv1.conv": 6, "block2.conv2.conv": 6,
                "block3.conv1.conv": 8, "block3.conv2.conv": 8},
    "residual-mlp": {"block1.fc": 9},
}  # fmt: skip


@pytest.mark.parametrize("name", SPACES)
def test_what_is_added_or_reached_through_depthwise_layers_belongs_together(name: str) -> None:
    found = {space.layer: space.size for space in mapped(*network(name)).free}
    assert found == SPACES[name]


@pytest.mark.parametrize(
    "model",
    [
        mlp(8, [6], 3, "int4", activation="sigmoid"),
        mlp(8, [6], 3, "int4", norm="layer"),
        nn.Sequential(fc := QuantLinear(6, 6, "int4"), act := QuantActivation(), fc, act, QuantLinear(6, 3)),
    ],
    ids=["sigmoid(0) is not 0", "layer norm counts all", "weights used twice"],
)
def test_channels_that_others_notice_stay(model: nn.Module) -> None:
    size = next(module.in_features for module in model.modules() if isinstance(module, QuantLinear))
    assert mapped(model.eval(), (size,)).free == []


# Training

MODELS: dict[str, dict[str, Any]] = {
    "mlp": {"hidden": [16, 12], "format": "sym4"},
    "mlp without norms": {"hidden": [16, 12], "format": "int4", "norm": "none", "bias": True},
    "mlp with rms norm": {"hidden": [16, 12], "format": "int4", "norm": "rms"},
    "cnn": {"architecture": "cnn", "channels": [6, 8], "pool_after": [1]},
    "resnet8": {"architecture": "resnet8", "channels": [4, 4, 8]},
    "residual-mlp": {"architecture": "residual-mlp", "hidden": [12, 12], "residual": "sum", "learned_scale": True},
}


@pytest.mark.parametrize("name", MODELS)
def test_a_trained_network_has_lost_the_share_of_every_layer(name: str, tmp_path: Path) -> None:
    wanted = recipe({"prune_channels": {"share": 0.5, "epoch": 1}}, MODELS[name], epochs=2)
    trained = train(wanted, run_dir=tmp_path)
    before = [layer.weight for layer in begun(wanted)[0].modules() if hasattr(layer, "quantizer")]
    for old, layer in zip(before[:-1], quant_layers(trained), strict=False):
        assert len(layer.weight) == len(old) // 2
    graph = integers(trained, tmp_path)
    assert [len(node.op.codes) for node in graph.nodes if isinstance(node.op, Conv2d | Dense)][-1] == 10


def test_by_network_the_smallest_of_all_go_and_each_layer_keeps_one() -> None:
    _, trick = begun(recipe({"prune_channels": {"share": 0.5, "by": "network"}}))
    first, second = trick.scores["fc1"], trick.scores["fc2"]
    first.data.copy_(torch.arange(16) + 100)
    second.data.copy_(torch.arange(12))
    kept = trick._kept()
    assert kept["fc1"].sum() + kept["fc2"].sum() == 15
    assert kept["fc2"].nonzero().tolist() == [[11]]
    assert kept["fc1"].nonzero().flatten().tolist() == list(range(2, 16))


@torch.no_grad()
@pytest.mark.parametrize("name", MODELS)
def test_folded_masks_and_removed_channels_compute_what_the_masked_network_did(name: str) -> None:
    """Where factors go into norms; into weights they change the rounding."""
    model, trick = begun(recipe({"prune_channels": {"share": 0.5, "epoch": 2}}, {**MODELS[name], "format": "int8"}))
    x = torch.rand(32, 1, 8, 8, generator=torch.Generator().manual_seed(1)).double()
    model.double().train()(x)
    for number, score in enumerate(trick.scores.values()):
        score.copy_(0.5 + torch.rand(len(score), generator=torch.Generator().manual_seed(number)))
    kept = trick._kept()
    soft = {path: score.clone() for path, score in trick.scores.items()}
    for path, score in trick.scores.items():
        score.mul_(kept[path])
    masked = model.eval()(x)
    for path, score in trick.scores.items():
        score.copy_(soft[path])
    assert not trick.settled(2)
    assert not trick.end_epoch(1)
    assert trick.end_epoch(2)
    assert trick.settled(2)
    if MODELS[name].get("norm", "batch") == "batch":
        torch.testing.assert_close(model(x), masked)


def test_the_loss_has_the_masks_l1_norm() -> None:
    _, trick = begun(recipe({"prune_channels": {"share": 0.5, "penalty": 0.01}}))
    assert trick.loss(torch.tensor(1.0), torch.zeros(1), torch.zeros(1)).item() == pytest.approx(1 + 0.01 * 28)


def test_a_network_of_which_nothing_can_go_is_refused(tmp_path: Path) -> None:
    with pytest.raises(RecipeError) as error:
        train(recipe({"prune_channels": {"share": 0.5}}, {"norm": "layer"}), run_dir=tmp_path)
    assert str(error.value) == "prune_channels: no layer has channels that could go; norm = layer counts them all"
