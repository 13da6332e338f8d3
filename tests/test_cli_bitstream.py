"""The commands on bitstream networks: what they print, write and refuse."""

import json
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner
from networks import checkpoint_of, like_trained
from test_cli import error, good, parsed

from mcuexport.checkpoint import load
from mcuexport.cli import main
from mcuexport.evaluate import test_set as inputs_and_labels
from mcuexport.lower import lower
from mcuexport.lower.bitstream import lower_bitstream

PICTURES = ("net-flips.svg", "net-length.svg")


@pytest.fixture(scope="module")
def network(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Of digits, with random weights in [-1, 1]."""
    path = tmp_path_factory.mktemp("bitstream") / "net.pt"
    options = {"norm": "none", "activation": "hardtanh", "format": "int8", "clip": "unit"}
    model, source = like_trained((8, 8, 1), [6], 10, zero_point=0, scale=2.0**-8, **options)
    checkpoint_of(model, source, path, name="net", recipe={"data": {"name": "digits"}})
    return path


def test_eval_prints_the_bitstream_network_beside_the_8_bit_one(network: Path) -> None:
    text = good("eval", network, "--bitstream", 128)
    assert "net on 360 test samples" in text
    assert "bitstream accuracy, 128 bits" in text
    found = parsed("eval", network, "--bitstream", 4096)
    assert (found["length"], found["samples"]) == (4096, 360)
    checkpoint = load(network)
    x, y = inputs_and_labels(checkpoint, None)
    classes = lower_bitstream(checkpoint, 4096).predict(x)
    assert found["bitstream_accuracy"] == float((classes == y).mean())
    assert found["differing"] == int((classes != lower(checkpoint).predict(x)).sum())


def test_a_wrong_length_is_an_error(network: Path) -> None:
    text = "net.fc1: stream length 100 is no multiple of 32; use 96 or 128"
    assert error("eval", network, "--bitstream", 100) == text
    assert error("bitstream", network, "-o", network.parent / "none", "--length", 100) == text


def test_verify_and_pack_take_a_bitstream_network(network: Path, tmp_path: Path) -> None:
    assert "0 of 100 outputs differ (10 samples)" in good("verify", network, "--bitstream", 64, "--samples", 10)
    sizes = {}
    for storage in ("probabilities", "streams"):
        options = ("--bitstream", 64, "--storage", storage)
        sizes[storage] = parsed("pack", network, "-o", tmp_path / storage, *options)["weight_bytes"]
    assert sizes == {"probabilities": 6 * 64 + 10 * 8, "streams": (6 * 64 + 10 * 6) * 8}
    assert (tmp_path / "streams" / "mcx_stream_dense_ready.h").is_file()


def test_pictures_are_drawn_the_same_each_time(network: Path, tmp_path: Path) -> None:
    text = good("bitstream", network, "-o", tmp_path / "a", "--samples", 20, "--length", 64)
    assert "stream length" in text
    assert "Flipped bits, 20 samples" in text
    good("bitstream", network, "-o", tmp_path / "b", "--samples", 20, "--length", 64)
    for name in PICTURES:
        drawn = (tmp_path / "a" / name).read_text()
        assert "8-bit integers" in drawn
        assert drawn == (tmp_path / "b" / name).read_text()


def test_without_matplotlib_the_extra_is_named(network: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    text = error("bitstream", network, "-o", tmp_path, "--samples", 5, "--length", 32)
    assert text == "matplotlib is not installed; pip install 'mcuexport[plots]'"


def test_training_prints_what_each_stage_left(tmp_path: Path) -> None:
    options = ("--set", "train.epochs=1", "--set", "bitstream.fine_tune_epochs=1", "--run", tmp_path / "run")
    arguments = ["train", "digits-bitstream", "--out", tmp_path / "net.pt", *options]
    result = CliRunner().invoke(main, [str(a) for a in arguments])
    assert result.exit_code == 0
    for words in ("desaturated again", "fc1: beyond +-1", "0 of 2080 (<= "):
        assert words in result.stdout
    as_json = CliRunner().invoke(main, [str(a) for a in (*arguments, "--json", "--resume")])
    stages = json.loads(as_json.stdout)["stages"]
    assert [layer["saturated"] for layer in stages[-1]["layers"]] == [0, 0]
