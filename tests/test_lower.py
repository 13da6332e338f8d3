"""From torch to integers: every layer type, each case with one rounding, and what is refused."""

from collections import OrderedDict
from collections.abc import Callable

import numpy as np
import pytest
import torch
from exact import assert_exact, checkpoint_in_memory, inputs, lowered, make_dyadic
from torch import Tensor, nn

from mcuexport.errors import CheckpointError, GraphError, RecipeError
from mcuexport.lower import LOWERERS, lower_all
from mcuexport.lower.fold import prelu, requantization
from mcuexport.ops import TensorType
from mcuexport.train import (
    Add,
    Concat,
    DynamicShift,
    QuantActivation,
    QuantClamp,
    QuantConv1d,
    QuantConv2d,
    QuantLinear,
    QuantPReLU,
    Scale,
)
from mcuexport.train.activations import FUNCTIONS
from mcuexport.train.exchange import ACTIVATIONS
from mcuexport.train.models import LAYERS

IMAGE, SIGNAL, FEATURES = (2, 8, 8), (3, 16), (12,)


def conv(inputs: int, outputs: int, size: int = 3, **options: object) -> QuantConv2d:
    return QuantConv2d(inputs, outputs, size, format="int4", **options)


def ending(channels: int, function: str = "identity") -> list[nn.Module]:
    return [nn.AdaptiveAvgPool2d(1), QuantActivation(function), nn.Flatten(), QuantLinear(channels, 3, "int4")]


def net(*layers: nn.Module) -> nn.Sequential:
    return nn.Sequential(*layers)


class Joined(nn.Module):
    """Two branches of a convolution, `join`, and what follows."""

    def __init__(self, join: Callable[..., Tensor], *behind: nn.Module) -> None:
        super().__init__()
        self.join = join
        self.a = net(conv(2, 4, padding=1), QuantActivation())
        self.b = net(conv(2, 4, padding=1), nn.BatchNorm2d(4), QuantActivation("identity"))
        self.scale, self.minus = Scale(0.5), Scale(-2.0)
        self.behind = net(*behind)

    def forward(self, x: Tensor) -> Tensor:
        return self.behind(self.join(self, self.a(x), self.b(x)))


class One(Joined):
    """One branch."""

    def forward(self, x: Tensor) -> Tensor:
        return self.behind(self.join(self, self.a(x)))


RELU_END = [QuantActivation(), *ending(4)]
EXACT: dict[str, tuple[Callable[[], nn.Module], tuple[int, ...]]] = {
    "dense": (lambda: net(QuantLinear(12, 5, "int8", bias=True)), FEATURES),
    "dense_batch_norm_last": (lambda: net(QuantLinear(12, 5, "int8"), nn.BatchNorm1d(5)), FEATURES),
    "conv_batch_norm": (lambda: net(conv(2, 4, padding=1), nn.BatchNorm2d(4), QuantActivation(), *ending(4)), IMAGE),
    "batch_norm_without_affine": (
        lambda: net(conv(2, 4, padding=1), nn.BatchNorm2d(4, affine=False), *RELU_END),
        IMAGE,
    ),
    "batch_norm_behind_an_activation": (
        lambda: net(conv(2, 4, padding=1), QuantActivation(), nn.BatchNorm2d(4), *RELU_END),
        IMAGE,
    ),
    "batch_norm_on_the_input": (lambda: net(nn.BatchNorm2d(2), QuantActivation("identity"), *ending(2)), IMAGE),
    "strided_dilated_grouped": (
        lambda: net(
            conv(2, 8, (3, 2), stride=(2, 1), dilation=(1, 3), groups=2),
            QuantActivation(),
            nn.Flatten(),
            QuantLinear(120, 3, "sym2"),
        ),
        IMAGE,
    ),
    "depthwise_pointwise": (
        lambda: net(conv(2, 2, groups=2, padding=1), QuantActivation(), conv(2, 6, 1), QuantActivation(), *ending(6)),
        IMAGE,
    ),
    "same_padding": (lambda: net(conv(2, 4, 5, padding="same"), *RELU_END), IMAGE),
    "valid_padding": (
        lambda: net(conv(2, 4, 5, padding="valid"), QuantActivation(), nn.AvgPool2d(4), *ending(4)[1:]),
        IMAGE,
    ),
    "pools": (
        lambda: net(conv(2, 4, padding=1), QuantActivation(), nn.MaxPool2d(3, 1, 1), nn.AvgPool2d(2), *RELU_END),
        IMAGE,
    ),
    "signal": (
        lambda: net(
            QuantConv1d(3, 4, 5, 2, 2, format="int4"),
            QuantActivation(),
            nn.MaxPool1d(2),
            nn.AdaptiveAvgPool1d(1),
            QuantActivation("identity"),
            nn.Flatten(),
            QuantLinear(4, 3, "int4"),
        ),
        SIGNAL,
    ),
    "add": (lambda: Joined(lambda s, a, b: a + b, *RELU_END), IMAGE),
    "add_in_place": (lambda: Joined(lambda s, a, b: a.__iadd__(b), *RELU_END), IMAGE),
    "add_to_itself": (lambda: One(lambda s, a: torch.add(a, a), *RELU_END), IMAGE),
    "add_scaled": (lambda: Joined(lambda s, a, b: s.scale(a) + s.minus(b), *RELU_END), IMAGE),
    "add_then_table": (lambda: Joined(lambda s, a, b: a + b, QuantActivation("gelu"), *ending(4)), IMAGE),
    "add_then_identity_then_leaky": (
        lambda: Joined(lambda s, a, b: a + b, QuantActivation("identity"), QuantActivation("leaky_relu"), *ending(4)),
        IMAGE,
    ),
    "concat": (lambda: Joined(lambda s, a, b: torch.cat([b, a], 1), QuantActivation(), *ending(8)), IMAGE),
    "concat_of_itself": (lambda: One(lambda s, a: torch.cat([a, a], dim=1), *ending(8)), IMAGE),
    "concat_scaled": (lambda: Joined(lambda s, a, b: torch.cat((s.minus(b), a), 1), *RELU_END[:1], *ending(8)), IMAGE),
    "view": (
        lambda: One(lambda s, a: a.contiguous().view(a.size(0), -1), QuantLinear(256, 3, "int4")),
        IMAGE,
    ),
    "reshape_by_shape": (
        lambda: One(lambda s, a: a.reshape(a.shape[0], -1), QuantLinear(256, 3, "int4")),
        IMAGE,
    ),
    "view_by_number": (
        lambda: One(lambda s, a: a.reshape(-1, 256), QuantLinear(256, 3, "int4")),
        IMAGE,
    ),
}


@pytest.mark.parametrize("name", EXACT)
def test_torch_integers_and_c_agree_in_every_bit(name: str) -> None:
    make, shape = EXACT[name]
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(1)
        model = make()
    assert_exact(make_dyadic(model), shape)


@pytest.mark.parametrize("channels", [1, 4])
def test_a_prelu_rounds_once_whatever_its_slopes(channels: int) -> None:
    activation = QuantPReLU(channels)
    activation.slope.data.copy_(torch.tensor([0.75, -0.5, 1.25, 0.0])[:channels])
    graph = assert_exact(make_dyadic(net(conv(2, 4, padding=1), nn.BatchNorm2d(4), activation, *ending(4))), IMAGE)
    assert "requantize_prelu" in [node.op.kind for node in graph.nodes]


@pytest.mark.parametrize(("low", "high"), [(-1, 6), (0.5, 2), (-4, -1), (-3, 3)])
def test_a_clamp_is_part_of_the_requantization(low: float, high: float) -> None:
    clamp = QuantClamp(low, high)
    assert (clamp.lo, clamp.hi) == (round(low * 127 / clamp.limit), round(high * 127 / clamp.limit))
    checkpoint = checkpoint_in_memory(make_dyadic(net(conv(2, 4, padding=1), clamp, *ending(4))), IMAGE)
    graph, _ = lower_all(checkpoint)
    assert graph is not None
    x = inputs(graph)
    found = next(result for node, result in graph.steps(x) if node.op.kind == "requantize")
    with torch.no_grad():
        real = checkpoint.module().layers[0](checkpoint.to_real(x))
    wanted = np.clip(np.floor(real.clamp(low, high).numpy() / clamp.scale.item() + 0.5), clamp.lo, clamp.hi)
    # The scale is no power of two: a value that lies on the edge of two steps may take either.
    assert np.abs(found - wanted.transpose(0, 2, 3, 1)).max() <= 1
    assert (found.min(), found.max()) == (clamp.lo, clamp.hi)


def test_the_layers_that_can_be_stored_are_those_that_can_be_lowered() -> None:
    assert set(LOWERERS) == set(LAYERS)


def test_every_function_of_an_exchanged_activation_is_known() -> None:
    made = [make(layer() if layer is not nn.LeakyReLU else layer(0.5)) for layer, make in ACTIVATIONS.items()]
    assert {activation.function for activation in made} <= set(FUNCTIONS)


@pytest.mark.parametrize("offset", [-2000.0, -1000.0, 1000.0])
@pytest.mark.parametrize("factor", [0.25, 0.3])
def test_a_large_offset_is_not_cut_before_a_leak_is_applied(factor: float, offset: float) -> None:
    acc = TensorType((2,), "int32", -400, 400)
    op = requantization(np.full(2, factor), np.full(2, offset), acc, -128, 127, 3)
    x = np.array([[-400, 399]])
    v = x * factor + offset
    wanted = np.clip(np.floor(np.where(v < 0, v / 8, v) + 0.5), -128, 127)
    assert np.abs(op.run(x) - wanted).max() <= 1


@pytest.mark.parametrize("offset", [-2000.0, -300.0, 0.0, 300.0])
def test_a_large_offset_is_not_cut_before_a_slope_is_applied(offset: float) -> None:
    acc = TensorType((3,), "int32", -400, 400)
    slope = np.array([0.01, -0.25, 2.0])
    op = prelu(np.full(3, 0.3), np.full(3, offset), slope, acc, -128, 127)
    x = np.array([[-400] * 3, [-7] * 3, [400] * 3])
    v = x * 0.3 + offset
    wanted = np.clip(np.floor(np.where(v < 0, v * slope, v) + 0.5), -128, 127)
    assert np.abs(op.run(x) - wanted).max() <= 1


def test_a_batch_norm_that_begins_at_zero_gives_its_bias() -> None:
    norm = nn.BatchNorm2d(4)
    norm.weight.data.zero_()
    graph = lowered(make_dyadic(net(conv(2, 4, padding=1), norm, QuantActivation(), *ending(4))).eval(), IMAGE)
    norm.weight.data.zero_()
    norm.bias.data.copy_(torch.tensor([0.0, 1.0, -1.0, 2.0]))
    graph = lowered(net(conv(2, 4, padding=1), norm, QuantActivation(), *ending(4)), IMAGE)
    result = next(y for node, y in graph.steps(inputs(graph)) if node.op.kind == "requantize")
    np.testing.assert_array_equal(np.unique(result.reshape(-1, 4), axis=0), [[0, 32, 0, 64]])


def test_a_map_of_another_scale_by_a_power_of_two_is_requantized_by_multiplication() -> None:
    steps = QuantActivation(power_of_two=True), QuantActivation("identity", power_of_two=True)
    model = make_dyadic(net(conv(2, 4, padding=1), *steps, *ending(4)))
    model[2].log2_scale.data.fill_(-2)
    assert_exact(model, IMAGE)


def test_a_sum_that_a_convolution_reads_holds_the_worst_case() -> None:
    model = make_dyadic(Joined(lambda s, a, b: a + b, conv(4, 3, 8), nn.Flatten()))
    graph = lowered(model, IMAGE)
    values = {node.name: y.astype(int) for node, y in graph.steps(inputs(graph))}
    add = next(node for node in graph.nodes if node.op.kind == "add")
    a, b = (values[name] for name in add.inputs)
    np.testing.assert_array_equal(values[add.name], np.clip((a + b + 1) >> 1, -128, 127))


class InputJoined(nn.Module):
    """The model's input beside a convolution of it."""

    def __init__(self) -> None:
        super().__init__()
        self.a, self.fc = net(conv(2, 2, padding=1), QuantActivation()), QuantLinear(256, 3, "int4")

    def forward(self, x: Tensor) -> Tensor:
        return self.fc(torch.flatten(torch.cat([x, self.a(x)], 1), 1))


def test_a_concatenated_input_of_bytes_is_not_clamped() -> None:
    model = make_dyadic(InputJoined())
    model.a[1].log2_scale.data.fill_(-6)
    graph = lowered(model, IMAGE)
    values = {node.name: y for node, y in graph.steps(inputs(graph))}
    concat = next(node for node in graph.nodes if node.op.kind == "concat")
    image = values[concat.inputs[0]].astype(int)
    assert (image[0].max(), image[1].min()) == (-5, 127)  # (0 - 9) and (255 - 9) steps of 246 / 127


REFUSED: dict[str, tuple[Callable[[], nn.Module], tuple[int, ...], str]] = {
    "two layers without an activation": (
        lambda: net(QuantLinear(12, 5), QuantLinear(5, 3)),
        FEATURES,
        "net.1: needs 8-bit inputs, 0 gives none; "
        "put a QuantActivation behind it (function `identity` if there is none)",
    ),
    "wrong number of features": (
        lambda: net(QuantLinear(13, 5)),
        FEATURES,
        "net.0: weights take 13 inputs, got 12",
    ),
    "wrong channels": (lambda: net(conv(3, 4), *RELU_END), IMAGE, "net.0: weights take 3 channels, got 2"),
    "added maps of two shapes": (
        lambda: Joined(lambda s, a, b: a + s.behind[0](b), nn.MaxPool2d(2), QuantActivation()),
        IMAGE,
        "net.add: adds maps of one shape, got 8x8x4 and 4x4x4",
    ),
    "joined maps of two sizes": (
        lambda: Joined(lambda s, a, b: torch.cat([a, s.behind[0](b)], 1), nn.MaxPool2d(2), QuantActivation()),
        IMAGE,
        "net.cat: joins maps that differ in channels only, got 8x8x4 and 4x4x4",
    ),
    "leak behind a sum": (
        lambda: Joined(lambda s, a, b: a + b, QuantPReLU(4), *ending(4)),
        IMAGE,
        "net.behind.0: PReLU cannot follow add; put a QuantActivation behind it (function `identity` if there is none)"
        " between them",
    ),
    "slopes of another number": (
        lambda: net(conv(2, 4), QuantPReLU(3), *ending(4)),
        IMAGE,
        "net.1: has 3 slopes, its input 4 channels",
    ),
    "statistics of another number": (
        lambda: net(conv(2, 4), nn.BatchNorm2d(3), *RELU_END),
        IMAGE,
        "net.1: has 3 channels, its input 4",
    ),
    "a branch times zero": (
        lambda: net(conv(2, 4), QuantActivation(), Scale(0.0), *ending(4)),
        IMAGE,
        "net.2: its factor is 0, so its branch is lost; leave the branch out or begin with another factor",
    ),
    "an activation at the end": (
        lambda: net(QuantLinear(12, 5), QuantActivation()),
        FEATURES,
        "net.1: is the result, but no layer with weights; end in one, without an activation",
    ),
    "an average that is not global": (
        lambda: net(conv(2, 4), QuantActivation(), nn.AdaptiveAvgPool2d(2), *RELU_END),
        IMAGE,
        "net.2: average of output size 2: only the global average, output size 1, has an integer form",
    ),
    "a window larger than the map": (
        lambda: net(conv(2, 4, 9), *RELU_END),
        IMAGE,
        "net.0: window 9x9 is larger than the padded map 8x8",
    ),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_has_no_integer_form_is_refused_with_a_sentence(case: str) -> None:
    make, shape, sentence = REFUSED[case]
    with pytest.raises(GraphError) as error:
        lowered(make().eval(), shape)
    assert str(error.value) == sentence


def test_independent_problems_are_all_found() -> None:
    model = Joined(lambda s, a, b: a + b, QuantActivation())
    model.a[0], model.b[0] = conv(5, 4), conv(6, 4)
    _, problems = lower_all(checkpoint_in_memory(model, IMAGE))
    assert [str(error) for _, error in problems] == [
        "net.a.0: weights take 5 channels, got 2",
        "net.b.0: weights take 6 channels, got 2",
    ]


LOST = [
    (nn.MaxPool2d(2, ceil_mode=True), "ceil_mode", "True", "False"),
    (nn.MaxPool2d(2, dilation=2), "dilation", "2", "1"),
    (nn.AvgPool2d(2, padding=1, count_include_pad=False), "count_include_pad", "False", "True"),
    (nn.AvgPool2d(2, divisor_override=3), "divisor_override", "3", "None"),
    (nn.BatchNorm2d(4, track_running_stats=False), "track_running_stats", "False", "True"),
]


@pytest.mark.parametrize(("layer", "option", "value", "instead"), LOST)
def test_an_option_that_would_be_lost_is_refused(layer: nn.Module, option: str, value: str, instead: str) -> None:
    named = OrderedDict(conv=conv(2, 4, padding=1), act=QuantActivation(), layer=layer)
    with pytest.raises(CheckpointError) as error:
        lowered(nn.Sequential(named), IMAGE)
    kind = type(layer).__name__
    assert str(error.value) == f"net.layer: {kind} with {option}={value} has no integer form; use {option}={instead}"


def test_a_clamp_without_room_is_refused() -> None:
    with pytest.raises(RecipeError) as error:
        QuantClamp(2, 2)
    assert str(error.value) == "QuantClamp needs a minimum below its maximum, got 2 and 2"


def test_joints_of_ones_own_are_the_operators(tmp_path: object) -> None:
    model = Joined(lambda s, a, b: a + b, *RELU_END)
    joint = Joined(lambda s, a, b: s.joint(a, b), *RELU_END)
    joint.joint = Add()
    joint.load_state_dict(model.state_dict())
    x = inputs(lowered(model, IMAGE))
    np.testing.assert_array_equal(lowered(model, IMAGE).run(x), lowered(joint, IMAGE).run(x))
    assert isinstance(Concat()(torch.zeros(1, 2), torch.ones(1, 1)), Tensor)


@pytest.mark.parametrize("center", [True, False])
def test_a_norm_behind_an_average_loses_no_zero_point(center: bool) -> None:
    """Sums take no bias; only centering does without one."""
    model = net(nn.AvgPool2d(2), DynamicShift(center, "identity"), nn.Flatten(), QuantLinear(8, 3)).eval()
    make_dyadic(model)
    if center:
        assert_exact(model, (2, 4, 4))
        return
    with pytest.raises(GraphError) as error:
        lowered(model, (2, 4, 4))
    assert str(error.value) == (
        "net.1: gives sums to which nothing is added, but its input has zero point 9; put a QuantActivation behind it "
        "(function `identity` if there is none)"
    )
