"""The same checkpoint gives the same bytes anywhere; a killed run leaves whole files and is resumed."""

import json
import os
import signal
import subprocess
import sys
import time
from ast import literal_eval
from pathlib import Path

import torch
from networks import checkpoint_of, like_trained

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


KILLED_PACKS = """
import os, signal, sys, time
from pathlib import Path
from mcuexport import output
from mcuexport.cli import main

KILLS = 40
out, *checkpoints = map(Path, sys.argv[1:])
reader, writer = os.pipe()
write_folder = output.write_folder

def announced(*arguments):
    os.write(writer, b".")
    return write_folder(*arguments)

def pack(checkpoint, folder):
    main(["pack", str(checkpoint), "-o", str(folder), "--name", "net"], standalone_mode=False)

def show(killed, folder):
    held = {path.name: path.read_text() for path in folder.iterdir()} if folder.exists() else None
    print(repr((killed, held)), flush=True)
    return held

for checkpoint in checkpoints:
    pack(checkpoint, out)
    held = show(False, out)
output.write_folder = announced
start = time.perf_counter()
write_folder(out.with_name("measured"), held)
took = time.perf_counter() - start
for kill in range(KILLS):
    child = os.fork()
    if child == 0:
        pack(checkpoints[kill % 2], out)
        os._exit(0)
    os.read(reader, 1)
    time.sleep(1.5 * took * kill / KILLS)
    os.kill(child, signal.SIGKILL)
    show(os.WIFSIGNALED(os.waitpid(child, 0)[1]), out)
pack(checkpoints[0], out)
show(False, out)
"""


def test_a_killed_pack_leaves_the_old_folder_or_the_new_one_whole(tmp_path: Path) -> None:
    """kill -9 at 40 moments while the files are written, over an output of another checkpoint; then pack works."""
    paths = [tmp_path / "0.pt", tmp_path / "1.pt"]
    for number, path in enumerate(paths):
        checkpoint_of(*like_trained((8, 8, 1), [6 + number], 10), path)
    command = [sys.executable, "-c", KILLED_PACKS, tmp_path / "out", *paths]
    answer = subprocess.run(command, check=True, capture_output=True, text=True, timeout=300)
    seen = [literal_eval(line) for line in answer.stdout.splitlines() if line.startswith("(")]
    whole, after, last = [held for _, held in seen[:2]], seen[2:-1], seen[-1][1]
    assert whole[0] != whole[1]
    assert all(held in (*whole, None) for _, held in after)
    assert sum(held is None for _, held in after) < 8  # between two renames
    assert sum(killed for killed, _ in after) > 10
    assert all(files in [held for _, held in after] for files in whole)
    assert last == whole[0]
