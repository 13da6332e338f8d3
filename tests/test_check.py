"""`mcuexport check` and `mcuexport.check`: every problem with its place and the alternative, then what it costs."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from click.testing import CliRunner, Result
from torch import Tensor, nn
from torch.nn import functional

import mcuexport
from mcuexport.checking import Limits, check, limits_of
from mcuexport.checkpoint import load
from mcuexport.cli import main
from mcuexport.codegen import generate
from mcuexport.errors import CheckpointError, TargetError
from mcuexport.lower import lower
from mcuexport.report import report
from mcuexport.targets import core
from mcuexport.train import Rule
from mcuexport.train.alternatives import ALTERNATIVES

IMAGE = torch.rand(2, 1, 8, 8)


class Forward(nn.Module):
    """A network whose forward is given: ``function(module, x)``."""

    def __init__(self, function: Callable[..., Tensor]) -> None:
        super().__init__()
        self.function = function
        self.conv, self.fc = nn.Conv2d(1, 4, 3, padding=1), nn.Linear(256, 10)
        self.relu, self.factor = nn.ReLU(), nn.Parameter(torch.ones(1))
        self.pool, self.small = nn.AdaptiveAvgPool2d(1), nn.Linear(4, 10)

    def forward(self, x: Tensor) -> Tensor:
        return self.function(self, x)


def here(function: Callable[..., Tensor], line: int = 0) -> str:
    return f"({__file__}:{function.__code__.co_firstlineno + line})"


def refusal(model: nn.Module, example: Tensor = IMAGE) -> list[str]:
    with pytest.raises(CheckpointError) as error:
        check(model, example, name="net")
    return str(error.value).splitlines()


def end(m: Forward, x: Tensor) -> Tensor:
    return m.fc(torch.flatten(m.relu(m.conv(x)), 1))


USE = "has no integer form"
AS_A_LAYER = "as a layer of the module, so that its 8-bit scale has a place"
ONE_LINE: dict[str, tuple[Callable[..., Tensor], str]] = {
    "relu": (lambda m, x: end(m, functional.relu(x)), f"relu {USE} {{}}; use nn.ReLU() {AS_A_LAYER}"),
    "relu method": (lambda m, x: end(m, x.relu()), f"relu {USE} {{}}; use nn.ReLU() {AS_A_LAYER}"),
    "clamp": (lambda m, x: end(m, x.clamp(0, 1)), f"clamp {USE} {{}}; use nn.Hardtanh(minimum, maximum) {AS_A_LAYER}"),
    "mul": (
        lambda m, x: end(m, m.conv(x) * m.factor),
        f"mul {USE} {{}}; use mcuexport.train.Scale() for a learned factor, the weights before it for a constant one; "
        "branches meet by + or torch.cat",
    ),
    "sub": (
        lambda m, x: end(m, x - m.factor),
        f"sub {USE} {{}}; use mcuexport.train.Scale(-1.0) on the branch to be subtracted, then +",
    ),
    "add a constant": (
        lambda m, x: end(m, x + 1),
        f"add {USE} {{}}; use x + y with two branches of one shape; a constant is the bias of a layer",
    ),
    "add a multiple": (
        lambda m, x: end(m, torch.add(x, x, alpha=2)),
        f"add {USE} {{}}; use x + y with two branches of one shape; a constant is the bias of a layer",
    ),
    "mean": (
        lambda m, x: m.small(m.relu(m.conv(x)).mean((2, 3))),
        f"mean {USE} {{}}; use nn.AdaptiveAvgPool2d(1) as a layer, then nn.Flatten()",
    ),
    "flatten of the samples": (
        lambda m, x: m.fc(torch.flatten(m.relu(m.conv(x)))),
        f"flatten {USE} {{}}; use torch.flatten(x, 1): the first axis is the samples'",
    ),
    "cat along the height": (
        lambda m, x: end(m, torch.cat([x, x], 2)),
        f"cat {USE} {{}}; use torch.cat(.., 1): the channels side by side",
    ),
    "permute": (
        lambda m, x: end(m, x.permute(0, 1, 3, 2)),
        f"permute {USE} {{}}; use nn.Flatten() or torch.flatten(x, 1) before a linear layer; maps keep their axes",
    ),
    "slice": (
        lambda m, x: end(m, x[:, :, 1:]),
        f"getitem {USE} {{}}; use one convolution or linear layer for each part",
    ),
    "softmax": (
        lambda m, x: functional.softmax(end(m, x), 1),
        f"softmax {USE} {{}}; use the outputs before it, the largest stays the largest; "
        "in training it belongs to the loss (nn.CrossEntropyLoss)",
    ),
    "shape arithmetic": (
        lambda m, x: m.fc(m.relu(m.conv(x)).view(x.shape[0], 4 * x.shape[2] * x.shape[3])),
        "the forward pass computes with a tensor's shape {}; shapes are fixed on the device: "
        "write numbers, or torch.flatten(x, 1)",
    ),
    "a condition": (
        lambda m, x: end(m, x) if x.sum() > 0 else end(m, x + x),
        "a condition depends on the data {}; use an attribute of the module, or compute both branches and add them",
    ),
    "number of samples": (
        lambda m, x: end(m, x) if len(x) else x,
        "forward cannot be traced {}: 'len' is not supported in symbolic tracing by default. "
        "If you want this call to be recorded, please call torch.fx.wrap('len') at module scope",
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", ONE_LINE)
def test_what_will_not_export_is_named_with_its_line_and_the_alternative(case: str) -> None:
    function, sentence = ONE_LINE[case]
    lines = refusal(Forward(function))
    assert lines[:1] == ["net: " + sentence.format(_line_of(case))]


def _line_of(case: str) -> str:
    """The place of a lambda in this file: that of its own code, which may begin a line below its name."""
    return here(ONE_LINE[case][0])


def everything_wrong(m: Forward, x: Tensor) -> Tensor:
    y = functional.relu(m.conv(x))
    z = y * y
    if z.mean() > 0:
        z = z + y
    y = z
    y += m.factor
    return functional.log_softmax(m.fc((y + z).view(z.size(0), -1)), 1)


def test_everything_is_named_at_once() -> None:
    place = [here(everything_wrong, line) for line in range(8)]
    assert refusal(Forward(everything_wrong)) == [
        f"net: a condition depends on the data {place[3]}; use an attribute of the module, "
        "or compute both branches and add them",
        f"net: += changes a value in place {place[6]} that is read again {place[7]}; "
        "use inplace=False, or y = y + x instead of y += x",
        f"net: relu {USE} {place[1]}; use nn.ReLU() {AS_A_LAYER}",
        f"net: {ONE_LINE['mul'][1].format(place[2])}",
        f"net: iadd {USE} {place[6]}; use x + y with two branches of one shape; a constant is the bias of a layer",
        f"net: log_softmax {USE} {place[7]}; use the outputs before it, the largest stays the largest; "
        "in training it belongs to the loss (nn.CrossEntropyLoss)",
    ]


class Layers(nn.Module):
    """Modules without an integer form, in a module of their own."""

    def __init__(self) -> None:
        super().__init__()
        self.body = nn.Sequential(nn.Conv2d(1, 4, 3, padding_mode="reflect"), nn.GroupNorm(2, 4), nn.LeakyReLU(0.2))
        self.pool, self.fc = nn.MaxPool2d(2, ceil_mode=True), nn.Linear(36, 10)

    def forward(self, x: Tensor) -> Tensor:
        return self.fc(torch.flatten(self.pool(self.body(x)), 1))


def test_layers_are_named_by_their_path_once_each() -> None:
    place = f"({__file__}:{Layers.forward.__code__.co_firstlineno + 1})"
    assert refusal(Layers()) == [
        "net.body.0: padding_mode 'reflect' has no integer form; use 'zeros'",
        "net.body.2: LeakyReLU has the slope 0.2, which is no power of two from 2^-7 to 2^-1; "
        "use nn.LeakyReLU(2**-7), another of these, or nn.PReLU(), which learns any slope",
        f"net.body.1: GroupNorm {USE} {place}; use nn.BatchNorm1d or nn.BatchNorm2d behind the convolution "
        "or linear layer: it costs the device nothing",
        f"net.pool: MaxPool2d with ceil_mode=True {USE}; use ceil_mode=False {place}",
    ]


def test_shapes_that_do_not_fit_are_told_with_both_numbers() -> None:
    assert refusal(Forward(end), torch.rand(1, 1, 9, 8)) == [
        f"net.fc: weights take 256 inputs, got 288 {here(end, 1)}",
    ]
    assert refusal(Forward(end), torch.rand(1, 3, 8, 8)) == [
        f"net.conv: weights take 1 channels, got 3 {here(end, 1)}",
    ]


def test_a_missing_flatten_is_found_by_running_the_model() -> None:
    model = nn.Sequential(nn.Linear(64, 10))
    assert refusal(model, torch.rand(1, 1, 8, 8)) == [
        "net: forward fails on the example input: mat1 and mat2 shapes cannot be multiplied (8x8 and 64x10)"
    ]


def test_a_model_that_exports_is_listed_with_its_integer_form() -> None:
    model = Forward(lambda m, x: m.small(torch.flatten(m.pool(m.relu(m.conv(x))), 1)))
    before = str(model)
    checked = check(model, IMAGE, name="net")
    assert str(model) == before
    found = [(layer.layer, layer.operators, layer.result, layer.weights, layer.format) for layer in checked.layers]
    assert found == [
        ("conv", ("conv2d",), (8, 8, 4), 36, "sym4"),
        ("relu", ("requantize",), (8, 8, 4), 0, ""),
        ("pool.layer", ("sum_pool",), (1, 1, 4), 0, ""),
        ("pool.act", ("requantize_shift",), (1, 1, 4), 0, ""),  # by 64 positions
        ("small", ("dense",), (10,), 40, "sym4"),
    ]
    assert checked.layers[0].bytes_by_bits == {"1": 8, "1.6": 8, "2": 12, "4": 20, "4.57": 24, "8": 36}
    assert checked.scratch_bytes >= checked.scratch_lower_bound_bytes > 0
    assert checked.notes == ()


@pytest.mark.parametrize("name", ["int8", "sym2", "binary"])
def test_bytes_by_width_are_those_of_the_generated_arrays(name: str, tmp_path: Path) -> None:
    model = Forward(lambda m, x: m.small(torch.flatten(m.pool(m.relu(m.conv(x))), 1)))
    rules = [Rule(options={"format": name})]
    checked = check(model, IMAGE, rules=rules)
    from mcuexport.train import quantize_

    quantize_(model, rules)
    mcuexport.save(model, IMAGE, tmp_path / "m.pt")
    checkpoint = load(tmp_path / "m.pt")
    graph = lower(checkpoint)
    measured = report(graph, generate(graph, core("host"), "net", checkpoint.examples), None, None)
    width = {"int8": "8", "sym2": "2", "binary": "1"}[name]
    expected = [layer.weight_bytes for layer in measured.layers]
    assert [layer.bytes_by_bits[width] for layer in checked.layers if layer.weights] == expected


def shared(m: Forward, x: Tensor) -> Tensor:
    x = m.relu(m.conv(x))
    return m.fc(torch.flatten(m.relu(x) + x, 1))


def test_what_could_be_better_is_a_note() -> None:
    assert check(Forward(shared), IMAGE, name="net").notes == (
        "relu: is called 2 times with one scale; a module for each call is more accurate",
        f"add {here(shared, 2)}: no activation reads it, so its scale is that of the worst case; "
        'QuantActivation("identity") behind it learns a better one',
    )


def test_a_network_that_does_not_fit_says_what_by_how_much_and_where() -> None:
    with pytest.raises(TargetError) as error:
        check(Forward(end), IMAGE, name="net", limits=Limits(flash_bytes=1000, ram_bytes=300))
    flash, ram = str(error.value).splitlines()
    needed = int(flash.split()[2])
    assert flash == (
        f"net: needs {needed} bytes of flash, the limit is 1000: {needed - 1000} too many; "
        "the largest layer is fc with 1280 bytes of sym4 weights"
    )
    scratch = check(Forward(end), IMAGE).scratch_bytes
    assert ram == (
        f"net: needs {scratch + 104} bytes of RAM, the limit is 300: {scratch - 196} too many (scratch {scratch}, "
        "input 64, outputs 40, stack not counted); the largest map is made by relu: 8x8x4, 256 bytes"
    )


def test_the_host_has_no_memories_to_fit() -> None:
    with pytest.raises(TargetError) as error:
        limits_of(core("host"))
    assert str(error.value) == "host: has no memories of its own; name another core, or the bytes"


FILE = """
import torch
from torch import nn


def good():
    return nn.Sequential(nn.Flatten(), nn.Linear(64, 8), nn.ReLU(), nn.Linear(8, 10)), torch.rand(2, 1, 8, 8)


def large():
    return nn.Sequential(nn.Flatten(), nn.Linear(4096, 256), nn.ReLU(), nn.Linear(256, 10)), torch.rand(2, 1, 64, 64)


def bad():
    return nn.Sequential(nn.LSTM(3, 4), nn.Softmax(1)), torch.rand(2, 5, 3)


def raises():
    raise KeyError("no weights")


def number():
    return 3
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "mine.py"
    path.write_text(FILE)
    return path


def invoke(*arguments: str) -> Result:
    return CliRunner().invoke(main, ["check", *arguments])


def test_the_command_takes_a_function_of_a_file(file: Path) -> None:
    answer = invoke(f"{file}:good", "--format", "2bitsym", "--json")
    assert answer.exit_code == 0
    found = json.loads(answer.output)
    assert [(layer["layer"], layer["format"]) for layer in found["layers"] if layer["weights"]] == [
        ("1", "sym2"),
        ("3", "sym2"),
    ]


def test_the_command_takes_a_checkpoint(tiny_checkpoint: Path) -> None:
    answer = invoke(str(tiny_checkpoint))
    assert answer.exit_code == 0
    assert "tiny exports" in answer.output
    assert "scratch (RAM): " in answer.output


def test_the_command_says_what_does_not_fit_a_core(file: Path) -> None:
    answer = invoke(f"{file}:large", "--core", "cortex-m0", "--format", "int8")
    assert answer.exit_code == 1
    assert "mine: needs 105" in answer.stderr
    assert "bytes of flash, the limit is 262144: " in answer.stderr
    assert "the largest layer is 1 with 1048576 bytes of int8 weights" in answer.stderr
    assert invoke(f"{file}:good", "--core", "cortex-m0").exit_code == 0


@pytest.mark.parametrize(
    ("function", "sentence"),
    [
        (
            ":bad",
            "mine: nothing to quantize: 0 layers can be, no rule asks for one\n"
            "mine.0: LSTM has no integer form; use nn.Conv1d over the last samples; a network with a state has no form "
            "here\nmine.1: Softmax has no integer form; use the outputs before it, the largest stays the largest; "
            "in training it belongs to the loss (nn.CrossEntropyLoss)",
        ),
        (":raises", "{}:raises raises KeyError: 'no weights'"),
        (":number", "{}:number returns int; return (module, example input tensor)"),
        (":other", "{}: has no function other"),
        ("", "{0}: name the function, as {0}:make; it returns a module and an example input"),
    ],
)
def test_the_command_refuses_what_it_cannot_check(file: Path, function: str, sentence: str) -> None:
    answer = invoke(f"{file}{function}")
    assert answer.exit_code == 1
    assert answer.stderr == "error: " + sentence.format(file) + "\n"


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    answer = invoke(f"{tmp_path}/none.py:make")
    assert (answer.exit_code, answer.stderr) == (1, f"error: {tmp_path}/none.py: no such file\n")


def test_every_alternative_is_a_clause() -> None:
    for name, text in ALTERNATIVES.items():
        assert text, name
        assert not text.endswith("."), name
