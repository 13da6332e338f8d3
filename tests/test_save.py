"""`mcuexport.save` of a user's own module: what it keeps, and the one sentence for what cannot be exported."""

from pathlib import Path
from typing import Any

import pytest
import torch
from networks import X, two_layers
from numpy.testing import assert_array_equal
from torch import Tensor, nn

import mcuexport
from mcuexport.checkpoint import load, save
from mcuexport.errors import CheckpointError
from mcuexport.lower import lower
from mcuexport.train import QuantConv2d, QuantLinear
from mcuexport.train.activations import QuantActivation


class Own(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.body = nn.Sequential(QuantLinear(4, 6), QuantActivation("gelu"))
        self.head = QuantLinear(6, 3, "ternary")

    def forward(self, x: Tensor) -> Tensor:
        hidden = self.body(torch.flatten(x, 1))
        return self.head(hidden)


def test_an_own_module_with_its_own_forward_is_exported(tmp_path: Path) -> None:
    torch.manual_seed(2)
    model = Own()
    model.train()(X)
    mcuexport.save(model.eval(), X, tmp_path / "own.pt", name="own")
    checkpoint = load(tmp_path / "own.pt")
    assert [layer.layer for layer in checkpoint.layers] == ["flatten", "body.0", "body.1", "head"]
    with torch.no_grad():
        expected = model.double()(X.double()).numpy()
        assert_array_equal(checkpoint.module()(X.double()).numpy(), expected)
    graph = lower(checkpoint)
    assert {node.layer for node in graph.nodes} == {"body.0", "body.1", "head"}


def test_save_leaves_the_users_model_as_it_was(tmp_path: Path) -> None:
    model = two_layers().train()
    before = {key: value.clone() for key, value in model.state_dict().items()}
    save(model, X, tmp_path / "model.pt")
    assert model.training
    assert all(torch.equal(value, before[key]) for key, value in model.state_dict().items())


class Branching(Own):
    def forward(self, x: Tensor) -> Tensor:
        return self.head(self.body(x)) if x.sum() > 0 else self.head(self.body(-x))


class TwoInputs(Own):
    def forward(self, x: Tensor, y: Tensor) -> Tensor:
        return self.head(self.body(x))


class TwoOutputs(Own):
    def forward(self, x: Tensor) -> Any:
        hidden = self.body(x)
        return hidden, self.head(hidden)


class Early(Own):
    def forward(self, x: Tensor) -> Tensor:
        hidden = self.body(x)
        self.head(hidden)
        return hidden


class Nothing(Own):
    def forward(self, x: Tensor) -> Tensor:
        return x


class Foreign(Own):
    def forward(self, x: Tensor) -> Tensor:
        return self.head(torch.special.expit(self.body(x)))


class Method(Own):
    def forward(self, x: Tensor) -> Tensor:
        return self.head(self.body(x).clamp(0, 1))


class Constant(Own):
    def forward(self, x: Tensor) -> Tensor:
        return self.head(self.body(x)) + 1


class Doubled(Own):
    def forward(self, x: Tensor) -> Tensor:
        hidden = self.body(x)
        return torch.add(self.head(hidden), self.head(hidden), alpha=2)


class Failing(Own):
    def forward(self, x: Tensor) -> Tensor:
        raise KeyError("first line\nsecond line")


class Nested(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.stem = nn.Sequential(QuantLinear(4, 6), nn.Softplus())
        self.head = QuantLinear(6, 3)

    def forward(self, x: Tensor) -> Tensor:
        return self.head(self.stem(x))


def line_of(module: type[nn.Module], text: str) -> int:
    lines = Path(__file__).read_text().splitlines()
    start = next(i for i, line in enumerate(lines) if line.startswith(f"class {module.__name__}("))
    return next(i for i, line in enumerate(lines[start:], start + 1) if text in line)


REFUSED_MODELS: list[tuple[type[nn.Module], str]] = [  # what the sentence opens with; a hint follows
    (Branching, f"own: a condition depends on the data ({__file__}:{line_of(Branching, 'x.sum() > 0')}); use "),
    (TwoInputs, "own: forward takes more than one input; y is the second"),
    (TwoOutputs, "own: forward returns several values; return the outputs only"),
    (Early, "own: forward returns something other than its last layer's result"),
    (Nothing, "own: forward returns something other than its last layer's result"),
    (Foreign, f"own: special_expit has no integer form ({__file__}:{line_of(Foreign, 'expit')}); "),
    (Method, f"own: clamp has no integer form ({__file__}:{line_of(Method, 'clamp')}); use "),
    (Constant, f"own: add has no integer form ({__file__}:{line_of(Constant, '+ 1')}); use "),
    (Doubled, f"own: add has no integer form ({__file__}:{line_of(Doubled, 'alpha')}); use "),
    (Failing, f"own: forward cannot be traced ({__file__}:{line_of(Failing, 'KeyError')}): 'first line\\nsecond line'"),
    (Nested, f"own.stem.1: Softplus has no integer form ({__file__}:{line_of(Nested, 'self.head(self.stem')}); use "),
]


@pytest.mark.parametrize(("module", "sentence"), REFUSED_MODELS, ids=[module.__name__ for module, _ in REFUSED_MODELS])
def test_a_model_that_cannot_be_exported_is_refused(tmp_path: Path, module: type[nn.Module], sentence: str) -> None:
    with pytest.raises(CheckpointError) as caught:
        save(module(), X, tmp_path / "own.pt", name="own")
    assert str(caught.value).startswith(sentence)
    assert list(tmp_path.iterdir()) == []


class Pooled(nn.Module):
    def __init__(self, pool: nn.Module) -> None:
        super().__init__()
        self.body = nn.Sequential(QuantConv2d(1, 4, 3), QuantActivation("relu"), pool, nn.Flatten())
        self.head = QuantLinear(16, 3)

    def forward(self, x: Tensor) -> Tensor:
        return self.head(self.body(x))


@pytest.mark.parametrize(
    "pool",
    [nn.MaxPool2d(2, ceil_mode=True), nn.AvgPool2d(2, 2, 1, count_include_pad=False), nn.MaxPool2d(2, 1, 0, 2)],
    ids=str,
)
def test_an_option_of_a_layer_that_is_not_kept_is_found_out(tmp_path: Path, pool: nn.Module) -> None:
    """Whoever says no first: the tracer, or the comparison of the traced layers with the model."""
    torch.manual_seed(3)
    side = {"ceil_mode=True": 5, "count": 4, "dilation=2": 6}
    x = torch.rand(2, 1, *[next((n for key, n in side.items() if key in str(pool)), 4)] * 2)
    with pytest.raises(CheckpointError):
        save(Pooled(pool), x, tmp_path / "own.pt", name="own")
    assert list(tmp_path.iterdir()) == []


def test_an_example_that_the_model_does_not_take_is_refused(tmp_path: Path) -> None:
    with pytest.raises(CheckpointError) as caught:
        save(two_layers(), torch.zeros(2, 5), tmp_path / "two.pt", name="two")
    sentence = "two: forward fails on the example input: mat1 and mat2 shapes cannot be multiplied (2x5 and 4x6)"
    assert str(caught.value) == sentence


def test_a_model_without_quantized_layers_is_refused(tmp_path: Path) -> None:
    with pytest.raises(CheckpointError) as caught:
        save(nn.Sequential(nn.Flatten(), nn.Identity()), X, tmp_path / "own.pt", name="own")
    assert str(caught.value) == "own: no quantized layer (Flatten, Identity); use mcuexport.train.QuantLinear"


@pytest.mark.parametrize("value", [float("nan"), float("inf"), float("-inf")])
def test_a_model_with_a_weight_that_is_no_number_is_refused(tmp_path: Path, value: float) -> None:
    model = two_layers()
    with torch.no_grad():
        model[2].weight[1, 2:4] = value
    with pytest.raises(CheckpointError) as caught:
        save(model, X, tmp_path / "own.pt", name="own")
    assert str(caught.value) == "own.2: 2 of 18 values of weight are NaN or infinite; train again"
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("example", "options", "sentence"),
    [
        (
            X[0],
            {},
            "two: example_input has shape (4,); give (samples, features), (samples, channels, length) "
            "or (samples, channels, height, width)",
        ),
        (X[:0], {}, "two: no example input; the self-test needs one"),
        (X, {"input_scale": 0.0}, "two: input.scale: 0 is not in 2^-60 .. 2^60"),
        (X, {"input_scale": float("nan")}, "two: input.scale: nan is not in 2^-60 .. 2^60"),
        (X, {"input_zero_point": 256}, "two: input.zero_point: Input should be less than or equal to 255"),
        (X, {"input_dtype": "int16"}, "two: input.dtype: Input should be 'uint8' or 'int8'"),
        (X, {"labels": ("a", 1, "c")}, "two: labels.1: Input should be a valid string"),
        (X, {"labels": ("a", "b")}, "two: 2 labels for 3 outputs"),
        (X, {"metrics": {"m": [1]}}, "two: metrics.m: Input should be a valid number"),
        (X * float("nan"), {}, "two: 8 of 8 values of the example input are NaN or infinite"),
    ],
    ids=str,
)
def test_arguments_of_save_that_do_not_fit_are_refused(
    tmp_path: Path, example: Tensor, options: dict[str, Any], sentence: str
) -> None:
    with pytest.raises(CheckpointError) as caught:
        save(two_layers(), example, tmp_path / "two.pt", name="two", **options)
    assert str(caught.value) == sentence
    assert list(tmp_path.iterdir()) == []
