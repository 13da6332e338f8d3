"""Sweeps: what is trained, what a killed one leaves, and what is said of a wrong one."""

import csv
import io
import json
import os
import signal
import sqlite3
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from mcuexport.checkpoint import load
from mcuexport.cli import main
from mcuexport.errors import CheckpointError, OutputError, RecipeError
from mcuexport.study.grid import Grid, load_grid, parse_grid, shipped_sweeps
from mcuexport.study.records import Record, Records
from mcuexport.study.sweep import run_point, run_sweep, summary

SPEC = """
recipe = "digits"
[set]
"train.epochs" = 1
[grid]
"augment" = [{}, { shift = 0.05 }]
"train.seed" = [1, 2]
"""
VALUES: dict[str, Any] = {"recipe": "digits", "set": {"train.epochs": 1}, "grid": {"model.hidden": [[8], [16]]}}


def grid(**changes: Any) -> Grid:
    return parse_grid({**VALUES, **changes}, "small", Path())


def record(accuracy: float = 0.5) -> Record:
    return Record(weights=1, weight_bits=4, accuracy=accuracy, test_loss=1.0, train_loss=1.0, seconds=0.1)


@pytest.mark.parametrize("name", shipped_sweeps())
def test_every_point_of_a_sweep_that_ships_is_a_recipe(name: str) -> None:
    assert len(list(load_grid(name).points())) >= 3


def test_a_section_in_the_grid_replaces_the_whole_of_it() -> None:
    made = grid(set={"augment.rotation": 5}, grid={"augment": [{}, {"shift": 0.1}]})
    recipes = [made.recipe(point) for point in made.points()]
    assert [recipe.augment.distorts for recipe in recipes] == [False, True]
    assert recipes[1].augment.rotation == 0


def test_a_variant_has_a_name_and_sets_several_keys() -> None:
    variants = {"small": {"model.hidden": [8], "train.epochs": 3}, "large": {"model.hidden": [16]}}
    made = grid(variants=variants, grid={"train.seed": [1, 2]})
    points = list(made.points())
    assert points[1] == {"variant": "small", "train.seed": 2}
    recipes = [made.recipe(point) for point in points]
    assert [recipe.model.hidden for recipe in recipes] == [[8], [8], [16], [16]]
    assert [recipe.train.epochs for recipe in recipes] == [3, 3, 1, 1]


def test_recipes_are_variants() -> None:
    made = grid(recipe=["digits", "mnist-1k"], grid={})
    recipes = [made.recipe(point) for point in made.points()]
    assert [(recipe.data.name, recipe.train.epochs) for recipe in recipes] == [("digits", 1), ("mnist", 1)]


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"grids": {}}, "small: grids: no such key (keys: recipe, set, variants, grid)"),
        ({"grid": {}}, 'small: write recipe = "NAME" and a table [grid] of lists'),
        (
            {"recipe": ["digits", "mnist-1k"], "variants": {"a": {}}},
            "small: variants: are of one recipe, here are 2",
        ),
        ({"recipe": 5}, 'small: write recipe = "NAME" and a table [grid] of lists'),
        ({"recipe": ["digits", "digits"]}, "small: grid.variant: a value stands twice"),
        ({"variants": {"a": 1}}, "small: variants.a: is no table of settings"),
        ({"grid": {"train.seed": 1}}, "small: grid.train.seed: is no list of values"),
        ({"grid": {"train.seed": [1, 1]}}, "small: grid.train.seed: a value stands twice"),
        ({"grid": {"model.hiden": [[3]]}}, "small: model.hiden: no such key; did you mean model.hidden?"),
        (
            {"grid": {"train.seed": list(range(400)), "train.epochs": list(range(1, 300))}},
            "small: 119,600 trainings; a sweep has at most 100,000",
        ),
    ],
)
def test_what_is_wrong_with_a_sweep_is_said_by_name(changes: dict[str, Any], sentence: str) -> None:
    with pytest.raises(RecipeError) as error:
        grid(**changes)
    assert str(error.value) == sentence


def test_an_unknown_sweep_is_told_with_those_that_ship() -> None:
    with pytest.raises(RecipeError) as error:
        load_grid("capcity")
    known = ", ".join(shipped_sweeps())
    assert str(error.value) == f"capcity: cannot be read (No such file or directory); sweeps that ship: {known}"


def test_results_of_another_sweep_are_refused_by_name(tmp_path: Path) -> None:
    Records(tmp_path / "study.db", grid())
    with pytest.raises(OutputError) as error:
        Records(tmp_path / "study.db", grid(set={"train.epochs": 2}))
    assert str(error.value) == (
        f"{tmp_path / 'study.db'}: holds another sweep, with base.train.epochs = 1, now it is 2; "
        "name another folder with --out"
    )


def test_a_file_that_is_no_database_is_refused(tmp_path: Path) -> None:
    (tmp_path / "study.db").write_text("something else, and long enough to be looked at as a database " * 20)
    with pytest.raises(OutputError, match="is no sweep's results"):
        Records(tmp_path / "study.db", grid())


def test_means_and_spread_are_over_the_seeds(tmp_path: Path) -> None:
    made = grid(grid={"model.hidden": [[8], [16]], "train.seed": [1, 2, 3]})
    records = Records(tmp_path / "study.db", made)
    for point, accuracy in zip(made.points(), (0.25, 0.5, 0.75, 1.0), strict=False):
        records.add(point, record(accuracy))
    first, second = summary(made, records)
    assert (first.point, first.seeds) == ({"model.hidden": [8]}, 3)
    assert (first.accuracy, first.lowest_accuracy, first.highest_accuracy) == (0.5, 0.25, 0.75)
    assert (second.point, second.seeds, second.accuracy) == ({"model.hidden": [16]}, 1, 1.0)


def test_a_point_is_recorded_once(tmp_path: Path) -> None:
    made = grid()
    records = Records(tmp_path / "study.db", made)
    point = next(made.points())
    records.add(point, record())
    with pytest.raises(OutputError, match="another sweep writes to it, too"):
        records.add(point, record())
    assert records.find(point) == record()


def test_the_bits_are_those_of_the_weights_as_stored() -> None:
    found = run_point(grid(set={"train.epochs": 1, "model.format": "ternary"}).recipe({"model.hidden": [8]}), None)
    assert found.weights == 64 * 8 + 8 * 10
    assert found.weight_bits == round(1.6 * found.weights)


def test_a_killed_sweep_leaves_whole_rows_and_goes_on_to_the_same_results(tmp_path: Path) -> None:
    (tmp_path / "spec.toml").write_text(SPEC)
    whole = _sweep(tmp_path, "whole").stdout
    command = [sys.executable, "-m", "mcuexport", "sweep", "spec.toml", "--out", "killed", "--workers", "1"]
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[1])}
    process = subprocess.Popen(command, cwd=tmp_path, env=environment, stdout=subprocess.DEVNULL)
    while process.poll() is None and _rows(tmp_path / "killed" / "study.db") < 1:
        time.sleep(0.05)
    process.send_signal(signal.SIGKILL)
    process.wait()
    assert 1 <= _rows(tmp_path / "killed" / "study.db") < 4
    assert _without_seconds(_sweep(tmp_path, "killed").stdout) == _without_seconds(whole)
    assert (tmp_path / "killed" / "accuracy.svg").read_bytes() == (tmp_path / "whole" / "accuracy.svg").read_bytes()


def _sweep(folder: Path, out: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "mcuexport", "sweep", "spec.toml", "--out", out, "--workers", "2", "--csv"]
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[1])}
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=True)


def _without_seconds(text: str) -> list[list[str]]:
    rows = list(csv.reader(io.StringIO(text)))
    assert rows[0][-1] == "seconds"
    assert len(rows) == 5
    return [row[:-1] for row in rows]


def _rows(path: Path) -> int:
    try:
        with sqlite3.connect(f"file:{path}?mode=ro", uri=True) as database:
            return int(database.execute("SELECT count(*) FROM results").fetchone()[0])
    except sqlite3.OperationalError:
        return 0


def test_a_teacher_that_trainings_have_in_common_is_trained_once(tmp_path: Path) -> None:
    teacher = tmp_path / "large.toml"
    teacher.write_text('[data]\nname = "digits"\n[model]\nhidden = [32]\n[train]\nepochs = 1\n')
    made = grid(grid={"distill.teachers": [[str(teacher)]], "train.seed": [1, 2]})
    records = Records(tmp_path / "study.db", made)
    run_sweep(made, records, workers=2)
    (checkpoint,) = (tmp_path / "teachers").iterdir()
    assert load(checkpoint).recipe["model"]["hidden"] == [32]
    for point in made.points():
        found, alone = records.find(point), run_point(made.recipe(point), None)
        assert found is not None
        assert replace(found, seconds=0) == replace(alone, seconds=0)


def test_a_sweep_that_goes_on_has_its_teachers_already(tmp_path: Path) -> None:
    made = grid(grid={"distill.teachers": [["mnist-1k"]], "train.seed": [1, 2]})
    (tmp_path / "teachers").mkdir()
    (tmp_path / "teachers" / "1-mnist-1k.pt").write_text("of another time")
    with pytest.raises(CheckpointError, match=r"1-mnist-1k\.pt"):  # read, not trained again
        run_sweep(made, Records(tmp_path / "study.db", made), workers=1)


def test_a_teacher_with_teachers_of_its_own_is_refused_before_any_training(tmp_path: Path) -> None:
    made = grid(grid={"distill.teachers": [["mnist-1k", "mnist-cnn-6k"]], "train.seed": [1]})
    with pytest.raises(RecipeError) as error:
        run_sweep(made, Records(tmp_path / "study.db", made), workers=1)
    assert str(error.value) == (
        "distill.teachers: mnist-cnn-6k has teachers of its own; train it first and name its checkpoint"
    )
    assert not (tmp_path / "teachers").exists()


def test_the_command_prints_its_rows_as_a_table_in_markdown_and_as_json(tmp_path: Path) -> None:
    spec = tmp_path / "spec.toml"
    spec.write_text(SPEC)
    made = load_grid(str(spec))
    (tmp_path / "out").mkdir()
    records = Records(tmp_path / "out" / "study.db", made)
    for point in made.points():
        records.add(point, record())
    command = ["sweep", str(spec), "--out", str(tmp_path / "out")]
    assert "without augment" in CliRunner().invoke(main, command).stdout
    markdown = CliRunner().invoke(main, [*command, "--markdown"]).stdout.splitlines()
    assert markdown[2] == "| without augment | 2 | 1 | 4 | 50.00 % | 50.00 % | 50.00 % | 1.0000 | 1.0000 |"
    assert len(json.loads(CliRunner().invoke(main, [*command, "--json"]).stdout)) == 2
