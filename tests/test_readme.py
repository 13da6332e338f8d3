"""What the README shows works as it stands there."""

import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

from mcuexport.checkpoint import load
from mcuexport.cli import COMMANDS, main
from mcuexport.emulate import load_host
from mcuexport.lower import lower
from mcuexport.parity import verify
from mcuexport.targets import core
from mcuexport.train.recipe_files import shipped_recipes

README = (Path(__file__).parent.parent / "README.md").read_text("utf-8")


def blocks(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", README, re.DOTALL)


def test_the_python_block_makes_a_checkpoint_whose_c_equals_it(tmp_path: Path) -> None:
    (block,) = blocks("python")
    subprocess.run([sys.executable, "-c", block], cwd=tmp_path, check=True, timeout=300)
    checkpoint = load(tmp_path / "mine.pt")
    x = np.random.default_rng(1).integers(0, 256, (50, 8, 8, 1)).astype(np.uint8)
    assert verify(lower(checkpoint), core("host"), "net", checkpoint.examples, x).outputs == 500


def test_the_c_block_compiles_against_a_packed_model(tmp_path: Path, tiny_checkpoint: Path) -> None:
    packed = CliRunner().invoke(main, ["pack", str(tiny_checkpoint), "-o", str(tmp_path / "net")])
    assert packed.exit_code == 0, packed.output
    (block,) = blocks("c")
    (tmp_path / "user.c").write_text(block)
    flags = ["-std=c99", "-Wall", "-Wextra", "-Werror", "-I", str(tmp_path / "net"), "-c"]
    subprocess.run(["gcc", *flags, str(tmp_path / "user.c"), "-o", str(tmp_path / "user.o")], check=True)
    sources = {path.name: path.read_text() for path in (tmp_path / "net").glob("*.[ch]")}
    assert load_host(sources, "net").selftest() == 0


@pytest.mark.parametrize(
    "line", [line for block in blocks("console") for line in block.splitlines() if "$ mcu" in line]
)
def test_console_lines_name_real_commands_and_options(line: str) -> None:
    command, *arguments = line.removeprefix("$ mcuexport ").split()
    shown = CliRunner().invoke(main, [command, "--help"])
    assert shown.exit_code == 0
    assert all(argument in shown.output for argument in arguments if argument.startswith("--"))


def test_every_command_and_every_mnist_recipe_is_told() -> None:
    assert [name for name in COMMANDS if f"mcuexport {name}" not in README] == []
    assert [name for name in shipped_recipes() if name not in README] == []
