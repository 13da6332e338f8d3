"""One training by several processes."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from mcuexport.checkpoint import load
from mcuexport.errors import RecipeError
from mcuexport.train.ranks import Ranks

TORCHRUN = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node", "2"]


def run(arguments: list[str], folder: Path) -> str:
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[1]), "OMP_NUM_THREADS": "1"}
    command = [*TORCHRUN, *arguments]
    return subprocess.run(command, cwd=folder, env=environment, stdout=subprocess.PIPE, text=True, check=True).stdout


def test_two_processes_hold_the_same_network_and_the_gradient_of_the_whole_batch(tmp_path: Path) -> None:
    run([str(Path(__file__).parent / "two_ranks.py"), str(tmp_path)], tmp_path)
    first, second = (json.loads((tmp_path / f"{rank}.json").read_text()) for rank in range(2))
    assert first == second
    assert first["count"] == 2
    assert first["gradient"] == [10.5, 11.5, 12.5]  # the means of the columns of 0 .. 23


def test_rank_0_alone_writes_and_prints(tmp_path: Path) -> None:
    settings = ["--set", "train.epochs=2", "--out", "two.pt"]
    printed = run(["-m", "mcuexport", "train", "digits", *settings], tmp_path)
    assert printed.count("two.pt: ") == 1
    assert len((tmp_path / "runs" / "two" / "metrics.jsonl").read_text().splitlines()) == 2
    accuracy = load(tmp_path / "two.pt").metrics["torch_accuracy"]
    assert f"{100 * accuracy:.2f} %" in printed


def test_tricks_are_for_one_process() -> None:
    Ranks().require(64, ["swa"])
    with pytest.raises(RecipeError) as error:
        Ranks(0, 2).require(64, ["swa", "mix"])
    assert str(error.value) == "swa: is for one process, here are 2; train without torchrun"


def test_a_batch_must_have_enough_for_every_process() -> None:
    with pytest.raises(RecipeError) as error:
        Ranks(0, 3).require(5)
    assert str(error.value) == "train.batch_size: 5 inputs are too few for 3 processes; set 6 or more"
