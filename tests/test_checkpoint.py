"""The checkpoint: what it keeps, for our own networks, and how it is written."""

import re
import struct
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from networks import X, checkpoint_of, like_trained, two_layers
from numpy.testing import assert_array_equal
from small import samples

from mcuexport.checkpoint import Checkpoint, from_real, load, save, to_real, write
from mcuexport.codegen import graph_hash
from mcuexport.graph import Input
from mcuexport.lower import lower
from mcuexport.ops import TensorType
from mcuexport.pack import FORMATS


@pytest.fixture
def path(tmp_path: Path) -> Path:
    save(two_layers(), X, tmp_path / "good.pt", name="two", labels=("a", "b", "c"))
    return tmp_path / "good.pt"


def content(path: Path) -> dict[str, Any]:
    return torch.load(path, weights_only=True)


# What is kept


@pytest.mark.parametrize("fmt", FORMATS)
@pytest.mark.parametrize("norm", ["batch", "rms", "none"])
def test_the_graph_of_a_saved_network_is_the_same_after_a_second_journey(tmp_path: Path, fmt: str, norm: str) -> None:
    first = checkpoint_of(*like_trained(format=fmt, norm=norm, bias=norm == "none"), tmp_path / "a.pt")
    write(tmp_path / "b.pt", content(tmp_path / "a.pt"))
    graphs = [lower(first), lower(load(tmp_path / "b.pt"))]
    assert graph_hash(graphs[0]) == graph_hash(graphs[1])
    x = samples(first.input.type, 50)
    assert_array_equal(graphs[0].run(x), graphs[1].run(x))


def test_the_module_read_back_computes_what_was_saved(path: Path) -> None:
    with torch.no_grad():
        expected = two_layers().double()(X.double())
        assert_array_equal(load(path).module()(X.double()).numpy(), expected.numpy())


def test_everything_around_the_layers_is_kept(tmp_path: Path) -> None:
    save(
        two_layers(),
        X,
        tmp_path / "model.pt",
        name="my net",
        input_scale=0.5,
        input_zero_point=-3,
        input_dtype="int8",
        labels=("a", "Ä", ""),
        recipe={"data": {"name": "digits"}, "numbers": [1, 2.5, None, True]},
        metrics={"torch_accuracy": 0.5},
    )
    found = load(tmp_path / "model.pt")
    assert (found.name, found.labels) == ("my net", ("a", "Ä", ""))
    assert found.input == Input(TensorType((4,), "int8", -128, 127), 0.5, -3)
    assert found.recipe == {"data": {"name": "digits"}, "numbers": [1, 2.5, None, True]}
    assert found.metrics == {"torch_accuracy": 0.5}
    assert_array_equal(found.examples, from_real(X[:2], found.input))


@pytest.mark.parametrize(("dtype", "zero_point"), [("uint8", 0), ("uint8", 128), ("int8", -7)])
@pytest.mark.parametrize("shape", [(5,), (3, 4, 2), (1, 1, 1)])
def test_every_input_of_the_device_has_a_real_value_and_back(
    dtype: str, zero_point: int, shape: tuple[int, ...]
) -> None:
    limits = np.iinfo(dtype)
    source = Input(TensorType(shape, dtype, limits.min, limits.max), 0.1, zero_point)
    x = samples(source.type, 300)
    assert_array_equal(from_real(to_real(x, source), source), x)
    real = to_real(x, source)
    if len(shape) == 3:
        assert real.shape == (300, shape[2], shape[0], shape[1])
        assert real[7, 1 % shape[2], 0, 0] == (int(x[7, 0, 0, 1 % shape[2]]) - zero_point) * 0.1


def test_reals_outside_the_range_are_clamped_and_halves_go_up() -> None:
    source = Input(TensorType((4,), "uint8", 0, 255), 0.5, 10)
    assert_array_equal(from_real(torch.tensor([[-99.0, 999.0, 0.25, -0.25]]), source), [[0, 255, 11, 10]])


def test_the_same_model_gives_the_same_graph_whatever_the_threads_and_the_mode(tmp_path: Path) -> None:
    model = two_layers()
    save(model, X, tmp_path / "a.pt")
    model.train()
    save(model, X, tmp_path / "b.pt")
    assert graph_hash(lower(load(tmp_path / "a.pt"))) == graph_hash(lower(load(tmp_path / "b.pt")))


# Writing


def test_a_failed_write_leaves_no_file_and_keeps_the_old_one(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = path.read_bytes()

    def fail(content: Any, file: Any) -> None:
        assert file.write(b"half") == 4
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(torch, "save", fail)
    for target in (path, path.parent / "new.pt"):
        with pytest.raises(OSError, match="No space left on device"):
            save(two_layers(), X, target)
    assert path.read_bytes() == before
    assert list(path.parent.iterdir()) == [path]


def test_folders_above_a_checkpoint_are_made_and_it_has_usual_rights(tmp_path: Path) -> None:
    target = tmp_path / "a" / "b" / "model.pt"
    save(two_layers(), X, target)
    (tmp_path / "usual").touch()
    assert target.stat().st_mode == (tmp_path / "usual").stat().st_mode
    assert isinstance(load(str(target)), Checkpoint)


def test_a_checkpoint_holds_no_code_and_no_path(path: Path) -> None:
    data = path.read_bytes()
    assert struct.pack("<I", 0x04034B50) == data[:4]
    assert not re.search(rb"mcuexport\.train|QuantLinear\n|/tmp|/root|/home", data)
