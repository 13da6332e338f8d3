"""Binary training: what each method computes, its gradients, and that the integers are what torch computes."""

import re
from collections import OrderedDict
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch
from exact import assert_exact, checkpoint_in_memory, inputs, lowered, make_dyadic
from torch import Tensor, nn

from mcuexport.checkpoint import load, save, save_trained
from mcuexport.errors import CheckpointError, GraphError, McuexportError, RecipeError, ToolMissing
from mcuexport.evaluate import evaluate
from mcuexport.lower import lower
from mcuexport.parity import verify
from mcuexport.targets import core
from mcuexport.train import (
    QuantActivation,
    QuantConv2d,
    QuantLinear,
    load_recipe,
    shipped_recipes,
    train,
    with_settings,
)
from mcuexport.train.augment import crop_and_flip
from mcuexport.train.binary import (
    ESTIMATORS,
    METHODS,
    BinarizeConv2d,
    BinarizeLinear,
    Method,
    SignActivation,
    Thermometer,
    UnitActivation,
    method,
)
from mcuexport.train.binary.estimators import round_gradient, unit_steps
from mcuexport.train.binary.weights import BinaryConnect, DoReFaWeights, LibraWeights, XnorNet
from mcuexport.train.binary_zoo import BINARY_ZOO
from mcuexport.train.recipe import Augment
from mcuexport.train.zoo_blocks import Formats

X = torch.tensor([-3.0, -1.0, -0.5, -0.0, 0.0, 0.25, 1.0, 1.5], dtype=torch.float64)


def gradient(f: Callable[[Tensor], Tensor], x: Tensor) -> Tensor:
    x = x.clone().requires_grad_()
    f(x).sum().backward()  # type: ignore[no-untyped-call]
    assert x.grad is not None
    return x.grad


# Estimators

SLOPES: dict[str, Callable[[float], float]] = {
    "identity": lambda x: 1.0,
    "clipped": lambda x: float(abs(x) <= 1),
    "stochastic": lambda x: float(abs(x) <= 1),
    "tanh": lambda x: 1 - np.tanh(x) ** 2,
    "error_decay": lambda x: 1 - np.tanh(0.1 * x) ** 2,  # at the beginning k t = 1
}


@pytest.mark.parametrize("name", ESTIMATORS)
def test_every_estimator_is_the_sign_and_has_the_gradient_of_its_docstring(name: str) -> None:
    estimator = ESTIMATORS[name]().eval()
    assert estimator(X).tolist() == [-1, -1, -1, 1, 1, 1, 1, 1]
    torch.testing.assert_close(gradient(estimator.train(), X), torch.tensor([SLOPES[name](float(x)) for x in X]).to(X))


def test_a_stochastic_sign_is_up_as_often_as_its_formula_says() -> None:
    with torch.random.fork_rng():
        torch.manual_seed(1)
        drawn = ESTIMATORS["stochastic"]()(torch.tensor([-1.0, -0.5, 0.0, 0.5, 1.0]).expand(20000, 5))
    up = (drawn == 1).double().mean(dim=0)
    assert up[0] == 0 and up[4] == 1
    torch.testing.assert_close(up, torch.tensor([0, 0.25, 0.5, 0.75, 1]).double(), atol=0.02, rtol=0)


@pytest.mark.parametrize(("progress", "k", "t"), [(0.0, 10.0, 0.1), (0.5, 1.0, 1.0), (1.0, 1.0, 10.0)])
def test_error_decay_goes_from_the_identity_to_the_sign(progress: float, k: float, t: float) -> None:
    estimator = ESTIMATORS["error_decay"]()
    estimator.progress = progress
    torch.testing.assert_close(gradient(estimator, X), k * t * (1 - torch.tanh(t * X) ** 2))


def test_unit_steps_round_half_up_between_zero_and_one() -> None:
    x = torch.tensor([-0.5, 0.0, 0.16, 0.17, 0.5, 0.84, 1.0, 2.0], dtype=torch.float64)
    assert (3 * unit_steps(x, 2)).round().tolist() == [0, 0, 0, 1, 2, 3, 3, 3]
    assert gradient(lambda v: unit_steps(v, 2), x).tolist() == [0, 0, 1, 1, 1, 1, 0, 0]
    assert unit_steps(torch.tensor([0.49, 0.5]), 1).tolist() == [0, 1]


def test_gradients_of_few_bits_take_few_values_and_keep_their_mean() -> None:
    x = torch.zeros(1, 4000, dtype=torch.float64, requires_grad=True)
    wanted = torch.linspace(-1, 1, 4000, dtype=torch.float64)
    with torch.random.fork_rng():
        torch.manual_seed(2)
        (round_gradient(x, 2) * wanted).sum().backward()  # type: ignore[no-untyped-call]
    assert x.grad is not None
    np.testing.assert_allclose(np.unique(x.grad.numpy()), [-1, -1 / 3, 1 / 3, 1])
    assert abs(float((x.grad[0] - wanted).mean())) < 0.02


# Weights


def weights(seed: int = 3) -> Tensor:
    return torch.randn(4, 9, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


def test_xnor_scales_each_output_by_its_mean_magnitude() -> None:
    w = weights()
    torch.testing.assert_close(XnorNet()(w), w.abs().mean(dim=1, keepdim=True) * torch.where(w >= 0, 1.0, -1.0))


def test_irnet_balances_and_scales_by_a_power_of_two() -> None:
    w = weights() + 5
    v = (w - w.mean(dim=1, keepdim=True)) / w.std(dim=1, keepdim=True)
    scale = 2.0 ** torch.floor(torch.log2(v.abs().mean(dim=1, keepdim=True)) + 0.5)
    torch.testing.assert_close(LibraWeights()(w), scale * torch.where(v >= 0, 1.0, -1.0))
    assert not bool((LibraWeights()(w) > 0).all())


@pytest.mark.parametrize(("bits", "levels"), [(2, 3), (4, 15)])
def test_dorefa_weights_are_levels_of_a_format(bits: int, levels: int) -> None:
    w = weights()
    layer = BinarizeLinear(9, 4, DoReFaWeights(bits))
    layer.weight.data = w.float()
    steps = torch.floor((2**bits - 1) * (torch.tanh(w) / (2 * torch.tanh(w).abs().max()) + 0.5) + 0.5)
    np.testing.assert_array_equal(layer.levels(), 2 * steps - (2**bits - 1))
    assert float(layer.scale) == pytest.approx(1 / levels)


def test_binaryconnect_clamps_weights_behind_a_step() -> None:
    layer = BinarizeLinear(3, 1, BinaryConnect())
    layer.weight.data = torch.tensor([[-2.0, 0.5, 3.0]])
    layer.after_step()
    assert layer.weight.tolist() == [[-1.0, 0.5, 1.0]]


def test_a_mapping_of_ones_own_is_one_function() -> None:
    def mine(weight: Tensor) -> Tensor:
        return torch.sign(weight) * weight.abs().amax(dim=1, keepdim=True)

    layer = BinarizeLinear(9, 4, mine, bias=True)
    layer.weight.data = weights().float()
    x = torch.where(weights(5) > 0, 1.0, -1.0).float()
    torch.testing.assert_close(layer(x), x @ mine(layer.weight).T + layer.bias)
    np.testing.assert_array_equal(layer.levels(), torch.sign(layer.weight.detach()))
    graph = lowered(nn.Sequential(QuantLinear(6, 9), SignActivation(), layer).eval(), (6,))
    assert [node.op.kind for node in graph.nodes] == ["dense", "threshold", "dense", "requantize"]


def test_a_mapping_that_is_not_binary_is_refused(tmp_path: Path) -> None:
    layer = BinarizeLinear(2, 1, lambda weight: weight)
    layer.weight.data = torch.tensor([[1.0, 0.25]])
    sentence = "net.0: its mapping gives 0.25 among the weights, not levels of binary times one scale"
    with pytest.raises(CheckpointError, match=f"^{re.escape(sentence)}$"):
        save(nn.Sequential(layer), torch.ones(2, 2), tmp_path / "net.pt", name="net")


@pytest.mark.parametrize(("inputs_are", "lowest"), [("sign", "-1"), ("unit", "0")])
def test_inputs_that_are_not_binary_are_refused(inputs_are: str, lowest: str) -> None:
    layer = BinarizeLinear(2, 1, inputs=inputs_are)  # type: ignore[arg-type]
    sentence = f'BinarizeLinear takes {lowest} and 1, got 0.5; put a SignActivation before it, or say inputs="int8"'
    with pytest.raises(RecipeError, match=f"^{re.escape(sentence)}$"):
        layer(torch.tensor([[1.0, 0.5]]))


@pytest.mark.parametrize(
    ("sentence", "make"),
    [
        (f"unknown method 'xor' (methods: {', '.join(METHODS)})", lambda: method("xor")),
        ("bits are DoReFa's, xnor has one", lambda: method("xnor", (1, 1, 6))),
        ("DoReFa weights of 3 bits have no format here; use [1, 2, 4]", lambda: method("dorefa", (3, 1, 6))),
        ("DoReFa bits: activations 1 to 7, gradients 1 to 32; got 8 and 6", lambda: method("dorefa", (1, 8, 6))),
        ("UnitActivation has 2 to 7 bits, got 1", lambda: UnitActivation(1)),
        ("Thermometer needs 1 level or more, got 0", lambda: Thermometer(3, 0)),
        ("inputs are one of sign, unit, int8, got 'bits'", lambda: BinarizeLinear(1, 1, inputs="bits")),
    ],
)
def test_what_does_not_exist_is_refused_with_a_sentence(sentence: str, make: Callable[[], object]) -> None:
    with pytest.raises(RecipeError, match=f"^{re.escape(sentence)}$"):
        make()


# Lowering: every bit is the device's


def net(*layers: nn.Module) -> nn.Sequential:
    return nn.Sequential(OrderedDict((f"layer{i}", layer) for i, layer in enumerate(layers)))


def dyadic(*layers: nn.Module, seed: int = 1) -> nn.Module:
    """Scales and statistics such that float64 is exact, batch norms of both signs."""
    made = make_dyadic(net(*layers), seed)
    for module in made.modules():  # half a step away from ties between an accumulator and its threshold
        if isinstance(module, nn.BatchNorm1d | nn.BatchNorm2d):
            module.bias.data += 2.0**-7
    return made


def head(features: int) -> tuple[nn.Module, ...]:
    return nn.Flatten(), BinarizeLinear(features, 5)


def bn(channels: int) -> nn.BatchNorm2d:
    return nn.BatchNorm2d(channels)


EXACT: dict[str, Callable[[], tuple[nn.Module, ...]]] = {
    "norm, sign": lambda: (QuantConv2d(2, 7, 3), bn(7), SignActivation(), *head(7 * 4 * 4)),
    "binary convolution, padded": lambda: (
        QuantConv2d(2, 33, 3),
        bn(33),
        SignActivation(),
        BinarizeConv2d(33, 9, 3, 1, 1),
        bn(9),
        SignActivation(),
        *head(9 * 16),
    ),
    "first layer binary": lambda: (BinarizeConv2d(2, 7, 3, inputs="int8"), bn(7), SignActivation(), *head(112)),
    "norm, pool, sign": lambda: (QuantConv2d(2, 7, 3), bn(7), nn.MaxPool2d(2), SignActivation(), *head(28)),
    "pool, norm, sign": lambda: (QuantConv2d(2, 7, 3), nn.MaxPool2d(2), bn(7), SignActivation(), *head(28)),
    "sign, pool": lambda: (QuantConv2d(2, 7, 3), bn(7), SignActivation(), nn.MaxPool2d(2), *head(28)),
    "norm, pool, 8 bits, sign": lambda: (
        QuantConv2d(2, 7, 3),
        bn(7),
        nn.MaxPool2d(2),
        QuantActivation("hardtanh", power_of_two=True),
        SignActivation(),
        *head(28),
    ),
    "sign of the input": lambda: (SignActivation(), BinarizeConv2d(2, 5, 3, 1, 1), bn(5), SignActivation(), *head(180)),
    "norm behind 8 bits": lambda: (
        QuantConv2d(2, 7, 3),
        QuantActivation("relu"),
        bn(7),
        SignActivation(),
        *head(112),
    ),
    "zeros and ones": lambda: (
        QuantConv2d(2, 7, 3),
        bn(7),
        SignActivation(unit=True),
        BinarizeConv2d(7, 6, 3, 1, 1, inputs="unit"),
        bn(6),
        SignActivation(unit=True),
        nn.Flatten(),
        BinarizeLinear(96, 5, inputs="unit"),
    ),
    "8-bit layer on bits": lambda: (
        QuantConv2d(2, 7, 3),
        bn(7),
        SignActivation(),
        QuantConv2d(7, 6, 3, padding=1, padding_value=-1.0, format="sym4"),
        bn(6),
        SignActivation(),
        nn.Flatten(),
        QuantLinear(96, 5, bias=True),
    ),
    "average of bits": lambda: (
        QuantConv2d(2, 7, 3),
        bn(7),
        SignActivation(),
        nn.AvgPool2d(2),
        QuantActivation("identity"),
        nn.Flatten(),
        QuantLinear(28, 5),
    ),
    "groups of bits": lambda: (
        QuantConv2d(2, 64, 3),
        bn(64),
        SignActivation(),
        BinarizeConv2d(64, 6, 3, 1, 1, groups=2),
        bn(6),
        SignActivation(),
        BinarizeConv2d(6, 6, 3, 1, 1, groups=6),
        bn(6),
        SignActivation(),
        *head(96),
    ),
    "thermometer": lambda: (
        Thermometer(2, 3),
        BinarizeConv2d(6, 5, 3, 1, 1),
        bn(5),
        SignActivation(),
        *head(180),
    ),
}


@pytest.mark.parametrize("name", EXACT)
def test_bits_are_those_of_torch_and_of_c(name: str) -> None:
    graph = assert_exact(dyadic(*EXACT[name]()), (2, 6, 6))
    assert any(node.op.kind == "threshold" for node in graph.nodes)


def test_a_pool_before_a_norm_that_turns_signs_is_turned_back() -> None:
    model = dyadic(*EXACT["pool, norm, sign"]())
    signs = torch.tensor([1.0, -1, 1, -1, 1, -1, 1])
    model.layer2.weight.data = model.layer2.weight.abs() * signs  # type: ignore[operator,union-attr]
    graph = assert_exact(model, (2, 6, 6))
    assert [node.op.kind for node in graph.nodes] == ["conv2d", "threshold", "max_pool", "flip", "dense"]


def test_a_residual_stream_is_8_bits_and_what_convolutions_read_one() -> None:
    from mcuexport.train.binary_zoo import BinaryBlock

    block = BinaryBlock(4, 4, 1, Formats(), METHODS["clipped"], separable=False)
    model = dyadic(QuantConv2d(2, 4, 3, padding=1), bn(4), QuantActivation("hardtanh", power_of_two=True), block)
    model.append(nn.Flatten()).append(QuantLinear(4 * 36, 3))  # type: ignore[operator]
    block.out = QuantActivation("hardtanh", power_of_two=True)
    graph = lowered(model.eval(), (2, 6, 6))
    kinds = [node.op.kind for node in graph.nodes]
    assert kinds == ["conv2d", "requantize", "threshold", "conv2d", "requantize", "add", "dense"]
    x = inputs(graph)
    verify(graph, core("host"), "net", x[:1], x)


@pytest.mark.parametrize(
    ("sentence", "layers"),
    [
        (
            "net.layer2: pads with 0, its inputs are one bit, -1 or 1; padding_value=-1, as in BinarizeConv2d",
            lambda: (QuantConv2d(2, 4, 3), SignActivation(), QuantConv2d(4, 4, 3, padding=1, format="binary")),
        ),
        (
            "net.layer1: pads with -1, its inputs are in steps of 0.03125; put a SignActivation before it, or use "
            'padding_value=0 (BinarizeConv2d: inputs="int8")',
            lambda: (
                QuantActivation("identity", input_scale=None),
                QuantConv2d(2, 4, 3, padding=1, padding_value=-1.01, format="binary"),
            ),
        ),
        (
            "net.layer3: turns the sign of what layer1 pools; put the pool behind it",
            lambda: (QuantConv2d(2, 4, 3), nn.MaxPool2d(2), bn(4), QuantActivation(), nn.Flatten(), QuantLinear(16, 2)),
        ),
    ],
)
def test_networks_without_an_integer_form_are_refused(
    sentence: str, layers: Callable[[], tuple[nn.Module, ...]]
) -> None:
    model = net(*layers())
    for module in model.modules():
        if isinstance(module, QuantActivation):
            module.log2_scale.data.fill_(-5.0)
        if isinstance(module, nn.BatchNorm2d):
            module.weight.data.fill_(-1.0)
    with pytest.raises(GraphError) as caught:
        lowered(model.eval(), (2, 6, 6))
    assert str(caught.value).replace("-1.01", "-1") == sentence


# Networks


SMALL: dict[str, dict[str, object]] = {
    "binary-mlp": {"hidden": (40, 33)},
    "vgg-small": {"channels": (16, 16, 33), "pool_after": (2, 3)},
    "alexnet": {"channels": (16, 40), "pool_after": (1, 2), "dense": (20,)},
    "resnet20": {"channels": (8, 16)},
    "resnet18": {"channels": (8, 33)},
}


def trained_a_little(name: str, formats: Formats, how: Method, **options: object) -> nn.Module:
    shape = (3, 16, 16) if BINARY_ZOO[name].shape[0] == 3 else (1, 12, 12)
    with torch.random.fork_rng():
        torch.manual_seed(1)
        made = BINARY_ZOO[name].build(10, formats, how, shape=shape, **{**SMALL[name], **options})
        for module in made.modules():
            if isinstance(module, nn.BatchNorm1d | nn.BatchNorm2d):
                nn.init.normal_(module.weight, 0.5, 0.5)
                nn.init.normal_(module.bias, 0.0, 0.3)
        for _ in range(2):
            made(torch.randint(0, 256, (4, *shape)) / 256).square().sum().backward()
    assert all(p.grad is None or bool(torch.isfinite(p.grad).all()) for p in made.parameters())
    return made.eval()


CASES = [
    *(("binary-mlp", name, Formats("binary", "binary", "binary"), {}) for name in METHODS),
    *((name, "irnet", Formats("int8", "binary", "int8"), {}) for name in BINARY_ZOO),
    ("vgg-small", "dorefa", Formats("binary", "binary", "int8"), {"thermometer": 3}),
    ("resnet20", "xnor", Formats("int8", "binary", "int8"), {"separable": True}),
]


@pytest.mark.parametrize(("name", "how", "formats", "options"), CASES)
def test_the_c_of_every_network_and_method_equals_its_integers(
    name: str, how: str, formats: Formats, options: dict[str, object]
) -> None:
    model = trained_a_little(name, formats, METHODS[how], **options)
    shape = (3, 16, 16) if BINARY_ZOO[name].shape[0] == 3 else (1, 12, 12)
    checkpoint = checkpoint_in_memory(model, shape, input_scale=1 / 256, input_zero_point=0)
    graph = lower(checkpoint)
    x = inputs(graph, 4)
    assert len(np.unique(graph.run(x), axis=0)) > 1
    verify(graph, core("host"), "net", checkpoint.examples, x)


def test_int8_activations_take_the_place_of_bits() -> None:
    how = METHODS["irnet"].with_int8_activations()
    model = trained_a_little("resnet20", Formats("int8", "binary", "int8"), how)
    graph = lower(checkpoint_in_memory(model, (3, 16, 16), input_scale=1 / 256, input_zero_point=0))
    assert "threshold" not in {node.op.kind for node in graph.nodes}


@pytest.mark.parametrize("name", [name for name in shipped_recipes() if "-1w" in name])
def test_shipped_recipes_build_their_networks(name: str) -> None:
    recipe = load_recipe(name)
    formats = Formats(*recipe.model.format)
    made = BINARY_ZOO[recipe.model.architecture].build(10, formats, recipe.model.binary_method())
    sizes = {"resnet20": 0.27e6, "resnet18": 11e6, "vgg-small": 4.6e6, "alexnet": 7e6}
    count = sum(p.numel() for p in made.parameters())
    assert 0.8 < count / sizes[recipe.model.architecture] < 1.3


DIGITS = {
    "data.name": "digits",
    "data.size": "8",
    "train.epochs": "8",
    "train.batch_size": "64",
    "model.hidden": "[64]",
    "model.thermometer": "0",
}


def test_a_recipe_trains_verifies_and_resumes_to_the_same(tmp_path: Path) -> None:
    recipe = with_settings(load_recipe("mnist-binary-mlp"), {**DIGITS, "model.method": "xnor"})
    whole = train(recipe, run_dir=tmp_path / "whole")

    class Interrupted(Exception):
        pass

    def stop(metrics: object) -> None:
        raise Interrupted

    with pytest.raises(Interrupted):
        train(recipe, run_dir=tmp_path / "parts", report=stop)
    resumed = train(recipe, run_dir=tmp_path / "parts", resume=True)
    for name, value in whole.model.state_dict().items():
        assert torch.equal(value, resumed.model.state_dict()[name]), name
    save_trained(whole, "digits", tmp_path / "net.pt")
    checkpoint = load(tmp_path / "net.pt")
    graph = lower(checkpoint)
    result = evaluate(checkpoint, graph, whole.data.test_x, whole.data.test_y)
    assert result.integer_accuracy > 0.8
    assert result.differing <= 1
    verify(graph, core("cortex-m0"), "net", checkpoint.examples, whole.data.test_x[:20])


@pytest.mark.parametrize(
    ("key", "value", "sentence"),
    [
        ("model.method", "xnorr", "unknown method 'xnorr' (methods: "),
        ("model.format", '["int8", "sym4", "int8"]', "binary-mlp: its middle layers are the method's"),
        ("model.separable", "true", "binary-mlp takes no separable"),
        ("model.bits", "[1, 1, 6]", "bits are DoReFa's, irnet has one"),
    ],
)
def test_recipes_that_do_not_fit_are_refused(key: str, value: str, sentence: str) -> None:
    with pytest.raises(McuexportError, match=re.escape(sentence)):
        with_settings(load_recipe("mnist-binary-mlp"), {key: value})


def test_mixed_precision_and_warm_up_train(tmp_path: Path) -> None:
    more = {"train.precision": "bfloat16", "train.warmup_epochs": "1.0", "train.optimizer": "sgd"}
    trained = train(with_settings(load_recipe("mnist-binary-mlp"), {**DIGITS, **more}), run_dir=tmp_path)
    assert trained.accuracy > 0.3
    assert all(p.dtype == torch.float32 for p in trained.model.parameters())


@pytest.mark.skipif(torch.cuda.is_available(), reason="says what happens where there is no CUDA device")
def test_a_cuda_device_that_is_not_there_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(ToolMissing, match=r"^cuda is asked for, but torch .* finds no CUDA device; use --device cpu$"):
        train(load_recipe("digits"), run_dir=tmp_path, device="cuda")


def test_crops_and_mirrored_images_are_parts_of_the_image_in_black() -> None:
    images = torch.randint(1, 256, (64, 6, 5, 3), generator=torch.Generator().manual_seed(1)).to(torch.uint8)
    moved = crop_and_flip(images, Augment(crop=2, flip=True), torch.Generator().manual_seed(2))
    found = set()
    for image, result in zip(images, moved, strict=True):
        padded = nn.functional.pad(image, (0, 0, 2, 2, 2, 2))
        for flip in (False, True):
            for dy in range(5):
                for dx in range(5):
                    part = padded[dy : dy + 6, dx : dx + 5]
                    if torch.equal(result, part.flip(1) if flip else part):
                        found.add((flip, dy, dx))
    assert len(found) > 25
    assert {flip for flip, _, _ in found} == {False, True}
