"""The zoo: sizes as published, and C that equals the integers, for every member in every weight format."""

from functools import cache

import numpy as np
import pytest
import torch
from exact import assert_exact, checkpoint_in_memory, make_dyadic
from numpy.typing import NDArray
from torch import nn

from mcuexport.checkpoint import Checkpoint
from mcuexport.codegen import Generated, generate
from mcuexport.errors import RecipeError
from mcuexport.graph import Graph
from mcuexport.lower import lower
from mcuexport.ops import Conv2d, Dense
from mcuexport.pack import FORMATS
from mcuexport.parity import verify
from mcuexport.report import report
from mcuexport.targets import core
from mcuexport.train import ZOO, Formats, Scale
from mcuexport.train.residual import RESIDUALS

SMALL = [name for name in ZOO if name not in ("mobilenet-v1", "resnet8", "autoencoder")]
SAMPLES = {"mobilenet-v1": 1, "resnet8": 2}


def model(name: str, formats: Formats, seed: int = 1) -> nn.Module:
    """A member with random weights, and statistics and activation ranges of random inputs."""
    member = ZOO[name]
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        made = member.build(member.outputs, formats)
        for module in made.modules():
            if isinstance(module, nn.BatchNorm1d | nn.BatchNorm2d):
                nn.init.normal_(module.weight, 1.0, 0.3)
                nn.init.normal_(module.bias, 0.2, 0.3)
        made.train()
        with torch.no_grad():
            for _ in range(2):
                made(torch.randint(0, 256, (4, *member.shape)) / 255)
    return made.eval()


@cache
def integers(name: str, formats: Formats) -> tuple[Checkpoint, Graph]:
    options = {"input_scale": 1 / 255, "input_zero_point": 0}
    checkpoint = checkpoint_in_memory(model(name, formats), ZOO[name].shape, **options)
    return checkpoint, lower(checkpoint)


def samples(graph: Graph, count: int) -> NDArray[np.uint8]:
    return np.random.default_rng(2).integers(0, 256, (count, *graph.input.type.shape)).astype(np.uint8)


def only(name: str) -> Formats:
    return Formats(first=name, middle=name, last=name)


@pytest.mark.parametrize("weights", FORMATS)
@pytest.mark.parametrize("name", ZOO)
def test_the_c_of_every_member_equals_its_integers_in_every_format(name: str, weights: str) -> None:
    checkpoint, graph = integers(name, only(weights))
    x = samples(graph, SAMPLES.get(name, 4))
    outputs = graph.run(x)
    assert len(np.unique(outputs)) > 1
    result = verify(graph, core("host"), "net", checkpoint.examples, x)
    assert result.outputs == outputs.size


MIXED = Formats()


@pytest.mark.parametrize("name", SMALL)
def test_small_members_run_on_an_emulated_cortex_m0_with_16_kb(name: str) -> None:
    checkpoint, graph = integers(name, MIXED)
    assert verify(graph, core("cortex-m0"), "net", checkpoint.examples, samples(graph, 2)).samples == 2


@pytest.mark.parametrize("name", ZOO)
def test_every_member_runs_on_an_emulated_cortex_m4(name: str) -> None:
    checkpoint, graph = integers(name, MIXED)
    assert verify(graph, core("cortex-m4"), "net", checkpoint.examples, samples(graph, 1)).samples == 1


# Multiply-accumulates: for the four of MLPerf Tiny as published (Banbury et al. 2021).
MACS = {
    "cnn": 226_688,
    "depthwise-cnn": 236_416,
    "separable-cnn": 165_664,
    "mobilenet-v1": 7_489_664,
    "ds-cnn": 2_656_768,
    "resnet8": 12_501_632,
    "autoencoder": 264_192,
    "cnn1d": 138_432,
    "residual-mlp": 25_216,
}
WEIGHTS = {
    "cnn": 14_288,
    "depthwise-cnn": 33_088,
    "separable-cnn": 8_304,
    "mobilenet-v1": 208_112,
    "ds-cnn": 22_016,
    "resnet8": 77_360,
    "autoencoder": 264_192,
    "cnn1d": 6_192,
    "residual-mlp": 25_216,
}


def macs(graph: Graph) -> int:
    found = 0
    for node in graph.nodes:
        if isinstance(node.op, Conv2d | Dense):
            height, width = graph.types[node.name].shape[:2] if isinstance(node.op, Conv2d) else (1, 1)
            found += node.op.codes.size * height * width
    return found


@pytest.mark.parametrize("name", ZOO)
def test_sizes_are_the_published_ones(name: str) -> None:
    _, graph = integers(name, MIXED)
    weights = sum(node.op.codes.size for node in graph.nodes if isinstance(node.op, Conv2d | Dense))
    assert (macs(graph), weights) == (MACS[name], WEIGHTS[name])


def generated(name: str, formats: Formats) -> tuple[Graph, Generated]:
    checkpoint, graph = integers(name, formats)
    return graph, generate(graph, core("host"), "net", checkpoint.examples)


def test_the_depthwise_network_takes_as_many_bytes_as_bitnetmcus() -> None:
    graph, made = generated("depthwise-cnn", Formats("int8", "sym2", "sym4"))
    measured = report(graph, made, None, None)
    assert sum(layer.weight_bytes - layer.padding_bytes for layer in measured.layers) == 11_264
    by_channel = [constant for constant in made.constants if constant.key != "weights"]
    assert {constant.key for constant in by_channel} == {"scaling"}
    assert sum(constant.values.size for constant in by_channel) == 3 * 64 + 96 + 64


OTHER_SHAPES = {
    "cnn": (3, 20, 14),
    "depthwise-cnn": (2, 15, 20),
    "mobilenet-v1": (1, 33, 40),
    "ds-cnn": (1, 16, 16),
    "resnet8": (1, 17, 12),
    "cnn1d": (6, 50),
    "residual-mlp": (40,),
}


@pytest.mark.parametrize("name", OTHER_SHAPES)
def test_a_member_takes_other_shapes_and_numbers_of_classes(name: str) -> None:
    made = ZOO[name].build(5, Formats(), shape=OTHER_SHAPES[name])
    graph = lower(checkpoint_in_memory(made, OTHER_SHAPES[name]))
    assert graph.types[graph.output].size == 5
    x = torch.zeros(1, *OTHER_SHAPES[name])
    assert made(x).shape == (1, 5)


MAPS = "(channels, height, width)"
REFUSED = [
    ("cnn", (64,), f"cnn takes inputs {MAPS}, got (features,): (64,)"),
    ("cnn", (1, 4, 4), "cnn: conv2 gets a map of 1x1, nothing of it is left; use larger inputs"),
    ("depthwise-cnn", (1, 8, 8), "depthwise-cnn: conv3 gets a map of 2x2, nothing of it is left; use larger inputs"),
    ("mobilenet-v1", (3, 128), f"mobilenet-v1 takes inputs {MAPS}, got (channels, length): (3, 128)"),
    ("ds-cnn", (1, 49, 1), "ds-cnn: needs maps at least 2 wide, got 49x1"),
    ("resnet8", (1024,), f"resnet8 takes inputs {MAPS}, got (features,): (1024,)"),
    ("autoencoder", (12,), "autoencoder gives back its 12 inputs, 5 outputs are asked for"),
    ("cnn1d", (1, 8, 8), f"cnn1d takes inputs (channels, length), got {MAPS}: (1, 8, 8)"),
]


@pytest.mark.parametrize(("name", "shape", "sentence"), REFUSED)
def test_a_shape_that_does_not_fit_is_refused(name: str, shape: tuple[int, ...], sentence: str) -> None:
    with pytest.raises(RecipeError) as error:
        ZOO[name].build(5, Formats(), shape=shape)
    assert str(error.value) == sentence


def test_a_residual_network_has_three_blocks() -> None:
    with pytest.raises(RecipeError) as error:
        ZOO["resnet8"].build(5, Formats(), channels=[8, 16])
    assert str(error.value) == "resnet8 takes the channels of three blocks, got 2"


def test_blocks_of_a_residual_mlp_are_alike() -> None:
    with pytest.raises(RecipeError) as error:
        ZOO["residual-mlp"].build(5, Formats(), hidden=[8, 16])
    assert str(error.value) == "residual-mlp: blocks keep their size, so hidden sizes must be alike, got [8, 16]"


@pytest.mark.parametrize("learned_scale", [False, True])
@pytest.mark.parametrize("residual", RESIDUALS)
def test_every_residual_block_is_exact(residual: str, learned_scale: bool) -> None:
    options = {"hidden": [8, 8, 8], "residual": residual, "learned_scale": learned_scale}
    made = make_dyadic(ZOO["residual-mlp"].build(5, Formats(), **options, shape=(6,)))
    for module in made.modules():
        if isinstance(module, Scale):
            nn.init.constant_(module.factor, -0.5)
    graph = assert_exact(made, (6,))
    assert [node.op.kind for node in graph.nodes].count("add") == 2
