"""The command line: what each command prints, its exit status, and one sentence for what goes wrong."""

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import torch
from click.testing import CliRunner, Result

from mcuexport import __version__
from mcuexport.cli import COMMANDS, main
from mcuexport.pack import FORMATS
from mcuexport.targets import CORES

PROGRAM = [sys.executable, "-c", "from mcuexport.cli import main; main(prog_name='mcuexport')"]
HOW = "make one with `mcuexport train` or `mcuexport.save(model, example_input, path)`"


def call(*arguments: object) -> Result:
    result = CliRunner().invoke(main, [str(argument) for argument in arguments], prog_name="mcuexport")
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result


def good(*arguments: object) -> str:
    result = call(*arguments)
    assert (result.exit_code, result.stderr) == (0, "")
    return result.stdout


def error(*arguments: object) -> str:
    """The sentence on stderr of a call that ends with status 1."""
    result = call(*arguments)
    assert result.exit_code == 1
    assert result.stdout == ""
    assert result.stderr.startswith("error: ")
    assert result.stderr.endswith("\n")
    return result.stderr.removeprefix("error: ").removesuffix("\n")


def parsed(*arguments: object) -> Any:
    return json.loads(good(*arguments, "--json"))


# Without a checkpoint


def test_help_lists_every_command_with_its_sentence() -> None:
    text = " ".join(good("--help").split())
    for name, sentence in COMMANDS.items():
        assert f"{name} {sentence}" in text


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_has_help_that_opens_with_its_sentence(name: str) -> None:
    text = good(name, "--help")
    assert text.startswith(f"Usage: mcuexport {name} [OPTIONS]")
    assert COMMANDS[name] in " ".join(text.split())
    assert good(name, "-h") == text


def test_the_version_is_the_packages() -> None:
    assert good("--version") == f"mcuexport, version {__version__}\n"


def test_formats_are_listed() -> None:
    assert all(name in good("formats") for name in FORMATS)
    listed = parsed("formats")
    assert [entry["name"] for entry in listed] == list(FORMATS)
    assert [entry["levels"] for entry in listed] == [list(fmt.levels) for fmt in FORMATS.values()]


def test_cores_are_listed_and_missing_tools_marked(monkeypatch: pytest.MonkeyPatch) -> None:
    assert all(name in good("cores") for name in CORES)
    assert [entry["name"] for entry in parsed("cores")] == list(CORES)
    monkeypatch.setenv("PATH", "")
    assert "arm-none-eabi-gcc (missing)" in good("cores")


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["nonsense"], "No such command 'nonsense'."),
        (["pack"], "Missing argument 'MODEL.PT'."),
        (["pack", "x.pt"], "Missing option '-o' / '--out'."),
        (["formats", "--nonsense"], "No such option"),
        (["verify", "x.pt", "--samples", "0"], "'0' is neither a number above 0 nor `all`"),
        (["verify", "x.pt", "--samples", "-3"], "'-3' is neither a number above 0 nor `all`"),
        (["verify", "x.pt", "--samples", "some"], "'some' is neither a number above 0 nor `all`"),
        (["train", "digits", "--set", "train.epochs"], "'train.epochs' is not KEY=VALUE"),
        (["train", "digits", "--threads", "many"], "'many' is not a valid integer."),
    ],
)
def test_wrong_usage_exits_2_with_a_hint(arguments: list[str], sentence: str) -> None:
    result = call(*arguments)
    assert result.exit_code == 2
    assert result.stdout == ""
    assert sentence in result.stderr
    assert "Traceback" not in result.stderr


def test_no_command_shows_the_help() -> None:
    assert "Usage: mcuexport" in call().output


# With a checkpoint


def test_pack_writes_c_and_says_what_it_costs(tiny_checkpoint: Path, tmp_path: Path) -> None:
    text = good("pack", tiny_checkpoint, "-o", tmp_path / "c")
    assert {"net.c", "net.h", "mcuexport.json"} <= {path.name for path in (tmp_path / "c").iterdir()}
    assert re.search(r"^fc1 +6x64 +sym4 +192 +0 ", text, re.MULTILINE)
    assert re.search(r"^fc2 +10x6 +sym4 +40 +10 ", text, re.MULTILINE)
    assert f"{tmp_path / 'c'}/net.h and net.c: compile net.c, call net_run() or net_predict()." in text
    assert all(word in text for word in ("flash: weights", "232 B", "flash: code", "scratch (RAM)", "entropy"))


def test_the_report_adds_up(tiny_checkpoint: Path, tmp_path: Path) -> None:
    report = parsed("pack", tiny_checkpoint, "-o", tmp_path / "c")
    assert report["weight_bytes"] == sum(layer["weight_bytes"] for layer in report["layers"]) == 232
    assert report["other_bytes"] == sum(layer["other_bytes"] for layer in report["layers"])
    assert report["code_core"] == "cortex-m0"
    assert 100 < report["code_bytes"] < 3000
    assert report["scratch_lower_bound_bytes"] <= report["scratch_bytes"]
    assert all(0 < layer["capacity_share"] <= 1 for layer in report["layers"])


def test_pack_is_a_function_of_its_arguments(tiny_checkpoint: Path, tmp_path: Path) -> None:
    for folder in ("a", "b"):
        good("pack", tiny_checkpoint, "-o", tmp_path / folder, "--name", "model", "--core", "cortex-m4")
    found = [{p.name: p.read_bytes() for p in (tmp_path / folder).iterdir()} for folder in ("a", "b")]
    assert found[0] == found[1]
    assert "model.c" in found[0]


def test_pack_without_the_compiler_leaves_only_the_code_size_open(
    tiny_checkpoint: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", "")
    assert "not measured; sudo apt-get install gcc-arm-none-eabi" in good("pack", tiny_checkpoint, "-o", tmp_path / "c")
    text = good("pack", tiny_checkpoint, "-o", tmp_path / "rv32", "--core", "rv32ec")
    assert "Kernels for rv32ec: the usual ones; to choose by measure, install its compiler" in text
    assert "not measured; sudo apt-get install gcc-riscv64-unknown-elf" in text
    report = parsed("pack", tiny_checkpoint, "-o", tmp_path / "d")
    assert (report["code_bytes"], report["code_core"], report["weight_bytes"]) == (None, None, 232)


def test_eval_compares_torch_and_integers(tiny_checkpoint: Path) -> None:
    found = parsed("eval", tiny_checkpoint)
    assert set(found) == {"samples", "torch_accuracy", "integer_accuracy", "differing"}
    assert found["samples"] == 360
    assert found["differing"] <= 4
    text = good("eval", tiny_checkpoint)
    assert text.startswith("tiny on 360 test samples")
    assert f"{100 * found['integer_accuracy']:.2f} %" in text


def test_pack_prints_the_kernels_it_chose_and_verify_runs_them(tiny_checkpoint: Path, tmp_path: Path) -> None:
    arguments = (tiny_checkpoint, "--core", "cortex-m0plus", "--optimize", "size")
    text = good("pack", *arguments, "-o", tmp_path / "c")
    assert "Kernels for cortex-m0plus" in text
    assert re.search(r"portable +generic +[\d,]+ +[\d,]+ +chosen", text)
    assert re.search(r"size, the least flash: [\d,]+ B of flash \(-Os\), [\d,]+ cycles \(-O2\)", text)
    found = parsed("pack", *arguments, "-o", tmp_path / "d")
    assert found["choice"]["flash_bytes"] == found["weight_bytes"] + found["other_bytes"] + found["code_bytes"]
    assert "0 of 50 outputs differ" in good("verify", *arguments, "--samples", "5")


def test_the_host_has_no_cycles_to_choose_by(tiny_checkpoint: Path, tmp_path: Path) -> None:
    sentence = error("pack", tiny_checkpoint, "-o", tmp_path / "c", "--optimize", "speed")
    assert sentence.startswith("host has no cost table, so it cannot be counted")


def test_verify_tells_how_many_outputs_differ(tiny_checkpoint: Path) -> None:
    assert good("verify", tiny_checkpoint) == "host           0 of 1000 outputs differ (100 samples)\n"
    (found,) = parsed("verify", tiny_checkpoint, "--samples", "all")
    assert found == {"core": "host", "samples": 360, "outputs": 3600, "stack_bytes": None}


def test_verify_runs_every_core(tiny_checkpoint: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One core chooses its kernels, which takes the time; the others take their usual ones."""
    monkeypatch.setattr("mcuexport.choice.COUNTED", {"cortex-m0"})
    found = parsed("verify", tiny_checkpoint, "--core", "all", "--samples", "3")
    assert [entry["core"] for entry in found] == list(CORES)
    assert all(entry["outputs"] == 30 for entry in found)


def test_train_writes_a_checkpoint_that_packs(tmp_path: Path) -> None:
    settings = ["train.epochs=1", "model.hidden=[8]", 'model.format="ternary"', "train.batch_size=256"]
    options = [part for setting in settings for part in ("--set", setting)]
    out, run = tmp_path / "m.pt", tmp_path / "run"
    found = call("train", "digits", "--out", out, "--run", run, *options)
    assert found.exit_code == 0
    assert re.search(rf"{re.escape(out.name)}: \d+\.\d\d % of 360 test samples", found.stdout.replace("\n", ""))
    assert parsed("pack", out, "-o", tmp_path / "c")["layers"][0]["format"] == "ternary"
    assert len((run / "metrics.jsonl").read_text().splitlines()) == 1


def test_train_prints_nothing_but_json_if_asked_for_it(tmp_path: Path) -> None:
    options = ["--set", "train.epochs=1", "--set", "model.hidden=[4]", "--run", tmp_path / "run"]
    found = json.loads(call("train", "digits", "--out", tmp_path / "m.pt", "--json", *options).stdout)
    assert found["checkpoint"] == str(tmp_path / "m.pt")
    assert found["epochs"] == 1
    assert 0 <= found["torch_accuracy"] <= 1


# What goes wrong


def test_a_missing_checkpoint_is_one_sentence_for_every_command(tmp_path: Path) -> None:
    path = tmp_path / "no.pt"
    sentence = f"{path}: no such file; {HOW}"
    assert error("pack", path, "-o", tmp_path / "c") == sentence
    assert error("eval", path) == sentence
    assert error("verify", path) == sentence
    assert list(tmp_path.iterdir()) == []


def test_a_bare_state_dict_is_one_sentence(tmp_path: Path) -> None:
    torch.save({"weight": torch.zeros(2)}, tmp_path / "x.pt")
    sentence = f"{tmp_path / 'x.pt'}: a torch file, but not of mcuexport (a bare state dict?); {HOW}"
    assert error("pack", tmp_path / "x.pt", "-o", tmp_path / "c") == sentence
    assert not (tmp_path / "c").exists()


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("while", "'while' is a keyword or reserved in C or C++; choose another name, such as while_net"),
        ("9", "'9' is no C identifier: use letters, digits and _, a letter first, 63 at most"),
        ("", "'' is no C identifier: use letters, digits and _, a letter first, 63 at most"),
        ("../net", "'../net' is no C identifier: use letters, digits and _, a letter first, 63 at most"),
        ("string", "'string' is the name of a C header, string.h; choose another name, such as string_net"),
    ],
)
def test_a_name_that_c_does_not_allow_is_refused(
    tiny_checkpoint: Path, tmp_path: Path, name: str, sentence: str
) -> None:
    assert error("pack", tiny_checkpoint, "-o", tmp_path / "c", "--name", name) == sentence
    assert list(tmp_path.iterdir()) == []


def test_a_folder_of_something_else_is_refused(tiny_checkpoint: Path, tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("mine")
    sentence = f"{tmp_path}: holds other files, such as mine.txt; name a new folder"
    assert error("pack", tiny_checkpoint, "-o", tmp_path) == sentence
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]


@pytest.mark.parametrize("command", ["pack", "verify"])
def test_an_unknown_core_is_met_with_the_nearest(tiny_checkpoint: Path, tmp_path: Path, command: str) -> None:
    out = ["-o", tmp_path / "c"] if command == "pack" else []
    sentence = error(command, tiny_checkpoint, "--core", "cortex-m34", *out)
    assert re.fullmatch("unknown core 'cortex-m34': did you mean cortex-m.*", sentence)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("core", "program", "package"),
    [("host", "gcc", "gcc"), ("cortex-m0", "arm-none-eabi-gcc", "gcc-arm-none-eabi")],
)
def test_a_missing_compiler_is_named_with_its_package(
    tiny_checkpoint: Path, monkeypatch: pytest.MonkeyPatch, core: str, program: str, package: str
) -> None:
    monkeypatch.setenv("PATH", "")
    sentence = f"{program} is not installed; on Debian or Ubuntu: sudo apt-get install {package}"
    assert error("verify", tiny_checkpoint, "--core", core) == sentence


def test_a_data_folder_that_does_not_fit_is_one_sentence(tiny_checkpoint: Path, tmp_path: Path) -> None:
    data = torch.load(tiny_checkpoint, weights_only=True)
    torch.save({**data, "recipe": {}}, tmp_path / "a.pt")
    assert error("eval", tmp_path / "a.pt") == "tiny: its checkpoint names no data set; train it with a recipe"
    torch.save({**data, "recipe": {"data": {"name": "digits", "size": 9}}}, tmp_path / "b.pt")
    assert error("verify", tmp_path / "b.pt") == "tiny takes uint8 inputs (8, 8, 1), digits has uint8 (9, 9, 1)"


@pytest.mark.parametrize(
    "data", [{"name": "nonsense"}, {"size": 1}, [], "digits", {"name": "digits", "nonsense": 1}, None]
)
def test_a_recipe_in_a_checkpoint_that_lies_is_one_sentence(tiny_checkpoint: Path, tmp_path: Path, data: Any) -> None:
    content = torch.load(tiny_checkpoint, weights_only=True)
    torch.save({**content, "recipe": {"data": data}}, tmp_path / "a.pt")
    assert error("eval", tmp_path / "a.pt").startswith("tiny: data")


def test_an_unknown_recipe_and_a_wrong_key_are_one_sentence(tmp_path: Path) -> None:
    sentence = error("train", "digist", "--out", tmp_path / "m.pt", "--run", tmp_path / "run")
    assert sentence.startswith("digist: cannot be read (No such file or directory), and no recipe is called so; ")
    assert "did you mean digits?" in sentence
    options = ["--out", tmp_path / "m.pt", "--run", tmp_path / "run", "--set", "train.epoch=1"]
    assert error("train", "digits", *options) == "--set: train.epoch: no such key; did you mean train.epochs?"
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("place", ["pack", "train"])
def test_a_place_that_cannot_be_written_is_one_sentence(tiny_checkpoint: Path, tmp_path: Path, place: str) -> None:
    (tmp_path / "file").write_text("")
    inside = tmp_path / "file" / "deeper"
    if place == "pack":
        assert error("pack", tiny_checkpoint, "-o", inside).startswith(f"{tmp_path}/file")
    else:
        result = call("train", "digits", "--run", inside, "--set", "train.epochs=1", "--out", tmp_path / "m.pt")
        assert result.exit_code == 1
        assert result.stderr.splitlines()[-1].startswith("error: ")
    assert [path.name for path in tmp_path.iterdir()] == ["file"]


# As a program of its own


def test_the_program_prints_an_error_without_a_traceback(tmp_path: Path) -> None:
    command = [*PROGRAM, "pack", "no.pt", "-o", "c"]
    answer = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert (answer.returncode, answer.stdout) == (1, "")
    assert answer.stderr == f"error: no.pt: no such file; {HOW}\n"


def test_a_reader_that_has_enough_is_no_error() -> None:
    command = f"{sys.executable} -c 'from mcuexport.cli import main; main()' formats --json | head -c 1"
    answer = subprocess.run(["bash", "-c", command], capture_output=True, text=True, check=False)
    assert (answer.stdout, answer.stderr) == ("[", "")
