"""From a checkpoint to its bitstream network and its C; what is refused; what flipped bits do."""

from collections import OrderedDict
from pathlib import Path

import numpy as np
import pytest
import torch
from c_selftests import failures
from exact import checkpoint_in_memory
from map_graphs import MapGraph
from small import samples
from test_ops_conv import CONVOLUTIONS
from torch import nn

from mcuexport.checkpoint import Checkpoint
from mcuexport.codegen import generate
from mcuexport.errors import GraphError, OverflowRisk
from mcuexport.graph import Graph, Input, Node
from mcuexport.lower import lower
from mcuexport.lower.bitstream import lower_bitstream, lower_to
from mcuexport.ops import Conv2d, Dense, MaxPool, Op, Requantize, StreamConv2d, StreamDense, TensorType
from mcuexport.ops.stream import Storage
from mcuexport.pack import FORMATS
from mcuexport.parity import verify
from mcuexport.report import report
from mcuexport.soft_errors import predict_with_flips
from mcuexport.targets import core
from mcuexport.train import Add, QuantActivation, QuantConv1d, QuantConv2d, QuantLinear

STORAGES: tuple[Storage, ...] = ("probabilities", "streams")
OPTIONS = {"format": "int8", "clip": "unit"}
HARDTANH = "slope_hardtanh"


def network(**layers: nn.Module) -> nn.Sequential:
    """Random parameters within +-1."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(8)
        model = nn.Sequential(OrderedDict(layers))
        for parameter in model.parameters():
            if parameter.ndim:
                nn.init.uniform_(parameter, -0.9, 0.9)
    return model.eval()


def cnn() -> nn.Sequential:
    return network(
        conv=QuantConv2d(1, 4, 3, padding=1, bias=True, **OPTIONS),
        act1=QuantActivation(HARDTANH),
        pool=nn.MaxPool2d(2),
        depthwise=QuantConv2d(4, 4, 3, groups=4, **OPTIONS),
        drop=nn.Dropout(),
        act2=QuantActivation("hardtanh"),
        average=nn.AvgPool2d(2),
        act3=QuantActivation(HARDTANH),
        flatten=nn.Flatten(),
        fc=QuantLinear(4, 3, bias=True, **OPTIONS),
    )


def checkpoint(model: nn.Module, shape: tuple[int, ...] = (1, 8, 8), **options: object) -> Checkpoint:
    return checkpoint_in_memory(model, shape, **{"input_scale": 2.0**-8, "input_zero_point": 0, **options})


def kinds(graph: Graph) -> list[str]:
    return [f"{node.layer} {node.op.kind}" for node in graph.nodes]


# Meaning


def test_each_layer_has_its_operator_and_names_its_bits() -> None:
    graph = lower_bitstream(checkpoint(cnn()), 256, "streams")
    assert kinds(graph) == [
        "conv requantize",
        "conv stream_conv2d",
        "act1 requantize_shift",
        "pool max_pool",
        "depthwise stream_conv2d",
        "act2 requantize_shift",
        "average sum_pool",
        "average requantize_shift",
        "fc stream_dense",
    ]
    streams = [node.op for node in graph.nodes if isinstance(node.op, StreamDense | StreamConv2d)]
    assert {(op.length, op.storage) for op in streams} == {(256, "streams")}


def test_the_output_is_near_the_real_sum_and_nearer_with_longer_streams() -> None:
    model = network(fc=QuantLinear(50, 6, bias=True, **OPTIONS))
    made = checkpoint(model, (50,))
    x = np.random.default_rng(1).integers(0, 256, (200, 50)).astype(np.uint8)
    with torch.no_grad():
        expected = made.module()(made.to_real(x)).numpy()
    errors = []
    for length in (64, 512, 4096):
        graph = lower_bitstream(made, length)
        assert graph.output_scale == 1 / length
        errors.append(np.abs(graph.run(x) / length - expected).max())
    assert errors[0] > errors[1] > errors[2]
    assert errors[2] < 50 * 2**-8  # half a step of the input, weights below 1
    assert errors[0] < 2


def test_without_a_length_it_is_the_integer_graph() -> None:
    made = checkpoint(cnn())
    assert kinds(lower_to(made, None)) == kinds(lower(made))
    assert kinds(lower_to(made, 64)) == kinds(lower_bitstream(made, 64))


def test_inputs_saturate_where_only_their_type_goes_beyond_one() -> None:
    made = checkpoint(network(fc=QuantLinear(2, 1, **OPTIONS)), (2,), input_scale=1 / 16)
    graph = lower_bitstream(made, 1024)
    x = np.array([[16, 0], [255, 0]], np.uint8)
    assert graph.run(x)[0] == graph.run(x)[1]


# C


@pytest.mark.parametrize("storage", STORAGES)
def test_c_equals_numpy_for_every_kind_of_convolution(storage: Storage, tmp_path: Path) -> None:
    models = []
    for name in ("padded", "strided", "spread", "pointwise_strided", "grouped", "depthwise_padded"):
        channels, arguments = CONVOLUTIONS[name]
        g = MapGraph((7, 8, channels), "int8")
        g.conv(fmt="int8", **arguments)  # type: ignore[arg-type]
        plain = g.graph(3, "int8")
        nodes = tuple(Node(n.name, streamed(n.op, 64, storage), n.inputs, n.layer) for n in plain.nodes)
        nodes = tuple(Node(n.name, fitting(n.op), n.inputs, n.layer) for n in nodes)
        graph = Graph("streams", plain.input, nodes)
        models.append(generate(graph, core("host"), name, samples(graph.input.type, 4)))
    assert failures(models, tmp_path) == ""


def streamed(op: Op, length: int, storage: Storage) -> Op:
    if isinstance(op, Conv2d):
        return StreamConv2d(op.codes, op.bias, op.fmt, op.window, op.groups, op.pad_value, length, storage)
    return StreamDense(op.codes, op.bias, op.fmt, length, storage) if isinstance(op, Dense) else op


def fitting(op: Op) -> Op:
    """Counters are smaller than accumulators."""
    return Requantize(op.multiplier, op.offset, 12, -128, 127) if isinstance(op, Requantize) else op


@pytest.mark.parametrize("storage", STORAGES)
@pytest.mark.parametrize("length", [32, 96, 544, 4096])
def test_c_equals_numpy_at_any_length(length: int, storage: Storage, tmp_path: Path) -> None:
    models = []
    for inputs in (1, 28, 57):
        graph = lower_bitstream(checkpoint(network(fc=QuantLinear(inputs, 3, bias=True, **OPTIONS)), (inputs,)), length)
        graph = Graph(
            "net",
            graph.input,
            tuple(Node(n.name, streamed(n.op, length, storage), n.inputs, n.layer) for n in graph.nodes),
        )
        models.append(generate(graph, core("host"), f"net{inputs}", samples(graph.input.type, 6)))
    assert failures(models, tmp_path) == ""


def test_every_pair_of_values_gives_the_same_count_in_c(tmp_path: Path) -> None:
    """One input, 255 outputs: all products of a length."""
    source = TensorType((1,), "int8", -128, 127)
    codes = np.arange(255, dtype=np.uint8)[:, None]
    for storage in STORAGES:
        op = StreamDense(codes, np.zeros(255, np.int64), FORMATS["int8"], 96, storage)
        graph = Graph("all", Input(source, 1.0, 0), (Node("fc", op, ("input",), "fc"),))
        every = np.arange(-128, 128, dtype=np.int8)[:, None]
        assert verify(graph, core("host"), "all", every[:1], every).outputs == 256 * 255


@pytest.mark.parametrize("core_name", ["cortex-m0", "rv32ec", "avr", "powerpc"])
@pytest.mark.parametrize("storage", STORAGES)
def test_an_emulated_core_equals_numpy(core_name: str, storage: Storage) -> None:
    made = checkpoint(cnn())
    graph = lower_bitstream(made, 64, storage)
    verify(graph, core(core_name), "net", made.examples, samples(graph.input.type, 4))


def test_the_report_counts_weights_in_either_storage() -> None:
    made = checkpoint(cnn())
    bytes_of = {}
    for storage in STORAGES:
        graph = lower_bitstream(made, 256, storage)
        found = report(graph, generate(graph, core("host"), "net", made.examples), None, None)
        assert [layer.layer for layer in found.layers] == ["conv", "depthwise", "fc"]
        bytes_of[storage] = [layer.weight_bytes for layer in found.layers]
    assert bytes_of == {"probabilities": [48, 48, 12], "streams": [36 * 32, 36 * 32, 12 * 32]}


# Refusals


@pytest.mark.parametrize(
    ("model", "text"),
    [
        (
            network(fc=QuantLinear(4, 2, **OPTIONS), act=QuantActivation("relu"), last=QuantLinear(2, 2, **OPTIONS)),
            "net.act: relu has no bitstream meaning; use hardtanh or slope_hardtanh",
        ),
        (
            network(fc=QuantLinear(4, 2, **OPTIONS), norm=nn.BatchNorm1d(2)),
            "net.norm: batch norm has no bitstream meaning; call mcuexport.train.merge_conv_bn(model), then "
            "desaturate(model), and save",
        ),
    ],
)
def test_a_layer_without_a_bitstream_meaning_is_refused_in_these_words(model: nn.Module, text: str) -> None:
    with pytest.raises(GraphError) as error:
        lower_bitstream(checkpoint(model, (4,)), 64)
    assert str(error.value) == text


class Residual(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.fc, self.act, self.add = QuantLinear(4, 4, **OPTIONS), QuantActivation(HARDTANH), Add()
        self.last = QuantLinear(4, 2, **OPTIONS)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        y = self.act(self.fc(x))
        result: torch.Tensor = self.last(self.add(y, y))
        return result


def test_an_addition_of_branches_is_refused() -> None:
    text = "^net.add: Add has no bitstream meaning; use dense layers, convolutions, pools and hardtanh$"
    with pytest.raises(GraphError, match=text):
        lower_bitstream(checkpoint(Residual().eval(), (4,)), 64)


def test_parameters_beyond_one_are_counted_and_refused() -> None:
    model = network(fc=QuantLinear(4, 3, bias=True, **OPTIONS))
    with torch.no_grad():
        model.fc.weight[0, :2] = torch.tensor([1.5, -2.25])
        model.fc.weight[1, 1] = 1.0
        model.fc.bias[2] = -1.01
    with pytest.raises(GraphError) as error:
        lower_bitstream(checkpoint(model, (4,)), 64)
    assert str(error.value) == (
        "net.fc: 3 of 15 parameters are beyond +-1, the largest is 2.25; train with a recipe that has [bitstream] "
        "fine_tune_epochs, or call mcuexport.train.desaturate(model) and save"
    )


def test_a_length_that_is_no_multiple_of_32_is_refused() -> None:
    with pytest.raises(GraphError, match=r"^net.fc: stream length 100 is no multiple of 32; use 96 or 128$"):
        lower_bitstream(checkpoint(network(fc=QuantLinear(4, 3, **OPTIONS)), (4,)), 100)


def test_example_inputs_beyond_one_are_refused() -> None:
    made = checkpoint(network(fc=QuantLinear(4, 3, **OPTIONS)), (4,), input_scale=1.0, input_zero_point=3)
    made.examples = np.array([[0, 3, 4, 9]], np.uint8)
    with pytest.raises(GraphError) as error:
        lower_bitstream(made, 64)
    assert str(error.value) == (
        "net: example inputs run from -3 to 6, a bitstream holds -1 to 1; bring the inputs there and train again"
    )


def test_only_int8_weights_and_counters_of_32_bits_are_streams() -> None:
    kind = TensorType((4,), "int8", -128, 127)
    with pytest.raises(GraphError, match=r"^weights of streams are int8, got sym4$"):
        StreamDense(np.zeros((1, 4), np.uint8), np.zeros(1, np.int64), FORMATS["sym4"])
    fitting = StreamDense(np.zeros((1, 4), np.uint8), np.array([2**31 - 1 - 128]), FORMATS["int8"], 32)
    assert fitting.output(kind).magnitude <= 2**31 - 1
    with pytest.raises(OverflowRisk):
        StreamDense(np.zeros((1, 4), np.uint8), np.array([2**31 - 128]), FORMATS["int8"], 32).output(kind)
    with pytest.raises(GraphError, match=r"^takes int8, got uint8$"):
        fitting.output(TensorType((4,), "uint8", 0, 255))


# Soft errors


def test_without_flips_both_networks_predict_as_they_do() -> None:
    made = checkpoint(cnn())
    x = samples(made.input.type, 60)
    for graph in (lower(made), lower_bitstream(made, 96)):
        np.testing.assert_array_equal(predict_with_flips(graph, 0.0, x), graph.predict(x))


def test_flips_change_predictions_and_are_the_same_each_time() -> None:
    made = checkpoint(cnn())
    x = np.random.default_rng(3).integers(0, 256, (60, *made.input.type.shape)).astype(np.uint8)
    for graph in (lower(made), lower_bitstream(made, 96)):
        flipped = predict_with_flips(graph, 0.4, x)
        assert (flipped != graph.predict(x)).any()
        np.testing.assert_array_equal(predict_with_flips(graph, 0.4, x), flipped)
        assert (predict_with_flips(graph, 0.4, x, seed=2) != flipped).any()


def test_1d_convolutions_have_a_bitstream_meaning() -> None:
    model = network(
        conv=QuantConv1d(2, 3, 3, **OPTIONS),
        act=QuantActivation(HARDTANH),
        pool=nn.MaxPool1d(2),
        flatten=nn.Flatten(),
        fc=QuantLinear(9, 2, **OPTIONS),
    )
    graph = lower_bitstream(checkpoint(model, (2, 8)), 64)
    assert any(isinstance(node.op, MaxPool) for node in graph.nodes)
    verify(graph, core("host"), "net", samples(graph.input.type, 2), samples(graph.input.type, 9))
