"""The same checkpoint gives the same bytes anywhere; a killed run leaves whole files and is resumed."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import torch

from mcuexport.checkpoint import save_trained
from mcuexport.train.loop import train
from mcuexport.train.recipe_files import parse_recipe
from mcuexport.train.state import load_state

PROGRAM = [sys.executable, "-c", "from mcuexport.cli import main; main(prog_name='mcuexport')"]
RECIPE = """[data]
name = "digits"
[model]
hidden = [6]
format = "sym2"
[train]
epochs = {epochs}
seed = 5
"""


def packed(checkpoint: Path, folder: Path, **environment: str) -> dict[str, bytes]:
    """What `pack` writes, when started in `folder`."""
    folder.mkdir()
    command = [*PROGRAM, "pack", str(checkpoint), "-o", "out", "--core", "cortex-m4"]
    subprocess.run(command, cwd=folder, env=os.environ | environment, check=True, capture_output=True)
    return {path.name: path.read_bytes() for path in (folder / "out").iterdir()}


def test_hash_seed_locale_and_folder_change_no_byte(tmp_path: Path, tiny_checkpoint: Path) -> None:
    one = packed(tiny_checkpoint, tmp_path / "a", PYTHONHASHSEED="1", LC_ALL="C", TZ="UTC")
    other = packed(
        tiny_checkpoint, tmp_path / "ä b", PYTHONHASHSEED="2", LC_ALL="tr_TR.UTF-8", PYTHONUTF8="0", TZ="Asia/Tokyo"
    )
    assert one == other
    assert len(one) > 5


def test_training_with_a_seed_repeats(tmp_path: Path) -> None:
    for name in ("one", "two"):
        recipe = parse_recipe(RECIPE.format(epochs=2), "recipe")
        save_trained(train(recipe, run_dir=tmp_path / f"{name} run"), "digits", tmp_path / f"{name}.pt")
    assert (tmp_path / "one.pt").read_bytes() == (tmp_path / "two.pt").read_bytes()


def test_a_killed_training_leaves_whole_files_and_is_resumed(tmp_path: Path) -> None:
    """kill -9 as soon as a state is there, and once more some time after the resumed run has replaced it."""
    text = RECIPE.format(epochs=4000)
    (tmp_path / "recipe.toml").write_text(text)
    run, model = tmp_path / "run", tmp_path / "model.pt"
    command = [*PROGRAM, "train", str(tmp_path / "recipe.toml"), "--run", str(run), "--out", str(model)]
    epochs = [0]
    for resume in ([], ["--resume"]):
        before = (run / "state.pt").stat().st_mtime_ns if resume else 0
        process = subprocess.Popen([*command, *resume], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        while process.poll() is None:
            if (run / "state.pt").exists() and (run / "state.pt").stat().st_mtime_ns != before:
                break
            time.sleep(0.003)
        time.sleep(0.1 * len(resume))
        process.kill()
        assert process.wait() == -signal.SIGKILL
        epochs.append(load_state(run, parse_recipe(text, "recipe"))["epoch"])
        assert not model.exists()
    assert epochs == sorted(set(epochs))
    assert all(json.loads(line) for line in (run / "metrics.jsonl").read_text().splitlines())


def test_a_killed_write_leaves_the_old_file(tmp_path: Path) -> None:
    """kill -9 while a checkpoint is written over and over: what lies there is always one of them, whole."""
    program = (
        "import sys, torch; from pathlib import Path; from mcuexport.checkpoint import write\n"
        "n = 0\n"
        "while True:\n"
        "    n += 1; write(Path(sys.argv[1]), {'n': torch.full((300_000,), n)})\n"
    )
    path = tmp_path / "model.pt"
    process = subprocess.Popen([sys.executable, "-c", program, str(path)])
    try:
        while not path.exists():
            time.sleep(0.01)
        for _ in range(10):
            content = torch.load(path, weights_only=True)["n"]
            assert (content == content[0]).all()
    finally:
        process.kill()
        process.wait()
    content = torch.load(path, weights_only=True)["n"]
    assert (content == content[0]).all()
