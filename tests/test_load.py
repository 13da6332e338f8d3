"""Files that are no checkpoint, or whose content lies: one sentence each, and nothing in them is executed."""

import os
import pickle
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from networks import X, two_layers
from small import samples

from mcuexport.checkpoint import load, save, write
from mcuexport.errors import CheckpointError, McuexportError
from mcuexport.lower import lower
from mcuexport.train import LAYERS

HOW = "make one with `mcuexport train` or `mcuexport.save(model, example_input, path)`"
KNOWN = ", ".join(LAYERS)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    save(two_layers(), X, tmp_path / "good.pt", name="two", labels=("a", "b", "c"))
    return tmp_path / "good.pt"


def content(path: Path) -> dict[str, Any]:
    return torch.load(path, weights_only=True)


def refusal(path: Path) -> str:
    with pytest.raises(CheckpointError) as caught:
        load(path)
    assert "\n" not in str(caught.value)
    return str(caught.value)


def test_a_missing_file_is_told(tmp_path: Path) -> None:
    assert refusal(tmp_path / "no.pt") == f"{tmp_path / 'no.pt'}: no such file; {HOW}"


def test_a_folder_is_told(tmp_path: Path) -> None:
    assert refusal(tmp_path) == f"{tmp_path}: is a folder, not a checkpoint; {HOW}"


@pytest.mark.parametrize("size", [0, 1, 3, 4, 30, 100, 1000, -1000, -100, -22, -1])
def test_a_truncated_file_is_told_with_its_size(path: Path, size: int) -> None:
    whole = path.read_bytes()
    path.write_bytes(whole[:size])
    assert refusal(path) == f"{path}: truncated, or no torch file ({len(whole[:size])} bytes); {HOW}"


@pytest.mark.parametrize(
    "data",
    [b"\x7fELF" + bytes(100), b"hello world\n", b"PK\x03\x04" + bytes(60), bytes(range(256)), b"\x80\x02.", b"{}"],
)
def test_a_foreign_file_is_told(tmp_path: Path, data: bytes) -> None:
    (tmp_path / "x.pt").write_bytes(data)
    message = refusal(tmp_path / "x.pt")
    assert message.startswith(f"{tmp_path / 'x.pt'}: ")
    assert message.endswith(HOW)


def test_one_damaged_byte_never_ends_in_a_traceback(path: Path) -> None:
    """Every 37th byte inverted: refused with a sentence, or read if it was one that says nothing."""
    whole = path.read_bytes()
    for position in range(0, len(whole), 37):
        damaged = bytearray(whole)
        damaged[position] ^= 0xFF
        path.write_bytes(damaged)
        try:
            lower(load(path))
        except McuexportError:
            continue


class Bomb:
    def __init__(self, mark: Path) -> None:
        self.mark = mark

    def __reduce__(self) -> Any:
        return os.mkdir, (str(self.mark),)


@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
def test_a_pickle_is_refused_and_never_executed(tmp_path: Path, protocol: int) -> None:
    target, mark = tmp_path / "bomb.pt", tmp_path / "executed"
    target.write_bytes(pickle.dumps(Bomb(mark), protocol))
    refusal(target)
    assert not mark.exists()


@pytest.mark.parametrize("where", ["alone", "inside"])
@pytest.mark.parametrize("zipped", [True, False])
def test_a_pickle_in_a_torch_file_is_refused_and_never_executed(
    tmp_path: Path, path: Path, where: str, zipped: bool
) -> None:
    target, mark = tmp_path / "bomb.pt", tmp_path / "executed"
    bomb: Any = Bomb(mark) if where == "alone" else {**content(path), "recipe": {"x": Bomb(mark)}}
    torch.save(bomb, target, _use_new_zipfile_serialization=zipped)
    sentence = "holds pickled Python objects, which could run code, and is not read"
    assert refusal(target) == f"{target}: {sentence}; {HOW}"
    assert not mark.exists()


def test_a_pickled_module_is_refused(tmp_path: Path) -> None:
    torch.save(two_layers(), tmp_path / "module.pt")
    sentence = "holds pickled Python objects, which could run code, and is not read"
    assert refusal(tmp_path / "module.pt") == f"{tmp_path / 'module.pt'}: {sentence}; {HOW}"


@pytest.mark.parametrize(
    "thing", [two_layers().state_dict(), {}, [1, 2], torch.zeros(3), "mcuexport", None, {"format": 1}]
)
def test_a_torch_file_of_something_else_is_told(tmp_path: Path, thing: Any) -> None:
    torch.save(thing, tmp_path / "x.pt")
    sentence = "a torch file, but not of mcuexport (a bare state dict?)"
    assert refusal(tmp_path / "x.pt") == f"{tmp_path / 'x.pt'}: {sentence}; {HOW}"


@pytest.mark.parametrize("version", [2, 99, 0, "1", None, 1.5])
def test_another_version_is_told(path: Path, version: Any) -> None:
    write(path, {**content(path), "version": version})
    sentence = f"checkpoint version {version!r}, this mcuexport reads version 1; upgrade mcuexport"
    assert refusal(path) == f"{path}: {sentence}"


# Files of the right kind whose content lies


def changed(path: Path, change: Callable[[dict[str, Any]], Any]) -> Path:
    data = content(path)
    change(data)
    write(path, data)
    return path


def layer(data: dict[str, Any], index: int = 0) -> dict[str, Any]:
    found: dict[str, Any] = data["layers"][index]
    return found


def put(*place: Any, value: Any) -> Callable[[dict[str, Any]], None]:
    def change(data: Any) -> None:
        for key in place[:-1]:
            data = data[key]
        data[place[-1]] = value

    return change


LIES: list[tuple[Callable[[dict[str, Any]], Any], str]] = [
    (put("extra", value=1), "{path}: extra: Extra inputs are not permitted; the file is damaged"),
    (lambda d: d.pop("name"), "{path}: name: Field required; the file is damaged"),
    (put("layers", value=()), "{path}: two: no quantized layer (none); use mcuexport.train.QuantLinear"),
    (put("input", "shape", value=(5,)), "{path}: two: examples do not have the input's type and shape"),
    (put("input", "dtype", value="int8"), "{path}: two: examples do not have the input's type and shape"),
    (
        put("layers", 2, "state", "weight", value=torch.full((3, 6), float("nan"))),
        "{path}: two.2: 18 of 18 values of weight are NaN or infinite; train again",
    ),
    (put("layers", 0, "state", "weight", value=torch.zeros(6, 5)), "two.0: 6x4 weights are declared, 6x5 stored"),
    (put("layers", 0, "config", "in_features", value=10**9), "two.0: 6x1000000000 weights are declared, 6x4 stored"),
    (put("layers", 0, "state", value={}), "two.0: 6x4 weights are declared, none stored"),
    (put("layers", 0, "kind", value="Linear"), f"two.0: unknown layer type 'Linear'; known: {KNOWN}"),
    (
        put("layers", 0, "state", "quantizer.scale", value=torch.zeros(1, 1)),
        "{path}: two.0: quantizer.scale holds a scale that is not in 2^-60 .. 2^60; train again",
    ),
    (
        put("layers", 1, "state", "log2_scale", value=torch.tensor(-5000.0)),
        "{path}: two.1: log2_scale holds a scale that is not in 2^-60 .. 2^60; train again",
    ),
    (
        put("layers", 2, "inputs", value=("nowhere",)),
        "{path}: two.2: reads nowhere, which no earlier layer makes; the file is damaged",
    ),
    (
        put("layers", 0, "inputs", value=("_2",)),
        "{path}: two.0: reads _2, which no earlier layer makes; the file is damaged",
    ),
    (put("layers", 0, "inputs", value=()), "{path}: two.0: reads nothing; the file is damaged"),
    (put("layers", 1, "name", value="_0"), "{path}: two.1: two layers are called _0; the file is damaged"),
]


@pytest.mark.parametrize(("change", "sentence"), LIES, ids=[sentence for _, sentence in LIES])
def test_a_file_whose_content_lies_is_refused(path: Path, change: Callable[[Any], Any], sentence: str) -> None:
    changed(path, change)
    with pytest.raises(McuexportError) as caught:
        lower(load(path))
    assert str(caught.value) == sentence.format(path=path)


@pytest.mark.parametrize(
    "change",
    [
        put("layers", 0, "config", value={}),
        put("layers", 0, "config", "format", value="sym9"),
        put("layers", 0, "config", "format", value=7),
        put("layers", 0, "config", "in_features", value="4"),
        put("layers", 0, "config", "nonsense", value=1),
        put("layers", 0, "config", "clip", value="nonsense"),
        put("layers", 0, "state", "weight", value=torch.zeros(6, 4, dtype=torch.complex64)),
        put("layers", 0, "state", "quantizer.scale", value=torch.zeros(1, 1)),
        put("layers", 0, "state", "quantizer.scale", value=torch.full((1, 1), -1.0)),
        put("layers", 0, "state", "quantizer.scale", value=torch.zeros(2, 2)),
        put("layers", 1, "config", "function", value="nonsense"),
        put("layers", 1, "config", "function", value=["relu"]),
        put("layers", 1, "config", "slope_shift", value=-99),
        put("layers", 1, "state", "log2_scale", value=torch.tensor(5000.0)),
        put("layers", 1, "state", "log2_scale", value=torch.tensor(-5000.0)),
        put("layers", 1, "kind", value="BatchNorm1d"),
        put("layers", 1, "kind", value="DynamicShift"),
        put("layers", 1, "inputs", value=("_0", "_0")),
        put("layers", 0, "kind", value="QuantConv2d"),
        put("input", "scale", value=1e300),
        put("input", "scale", value=5e-324),
        put("examples", value=torch.zeros(2, 4)),
        put("labels", value=("x" * 5000,)),
    ],
)
def test_a_lie_never_ends_in_a_traceback(path: Path, change: Callable[[Any], Any]) -> None:
    changed(path, change)
    try:
        graph = lower(load(path))
    except McuexportError:
        return
    graph.run(samples(graph.input.type, 4))
