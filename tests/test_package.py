"""The wheel: everything that runs on a user's machine is in it, and nothing else."""

import ast
import email
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

import pytest

import mcuexport
from mcuexport import __version__
from mcuexport.cli import COMMANDS

ROOT = Path(__file__).parent.parent
PACKAGE = Path(mcuexport.__file__).parent


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> zipfile.ZipFile:
    folder = tmp_path_factory.mktemp("wheel")
    options = ["--no-deps", "--no-build-isolation", "--no-index", "--no-cache-dir", "--quiet"]
    command = [sys.executable, "-m", "pip", "wheel", *options, "--wheel-dir", str(folder), str(ROOT)]
    answer = subprocess.run(command, capture_output=True, text=True, check=False)
    assert answer.returncode == 0, answer.stderr
    (file,) = folder.iterdir()
    assert file.name == f"mcuexport-{__version__}-py3-none-any.whl"
    return zipfile.ZipFile(file)


def test_every_file_of_the_package_is_in_the_wheel(wheel: zipfile.ZipFile) -> None:
    ours = {str(path.relative_to(PACKAGE.parent)) for path in PACKAGE.rglob("*") if path.is_file()}
    ours = {name for name in ours if "__pycache__" not in name}
    assert {name for name in wheel.namelist() if name.startswith("mcuexport/")} == ours


@pytest.mark.parametrize(
    "pattern",
    [
        "templates/model.c.j2",
        "templates/kernels/generic/mcx_dense_sym4.h",
        "train/recipes/digits.toml",
        "study/spaces/default.toml",
        "study/sweeps/capacity.toml",
        "targets/cores.toml",
        "firmware/Makefile",
        "firmware/src/main.c",
        "cli/pack.py",
    ],
)
def test_what_is_no_python_is_in_the_wheel(wheel: zipfile.ZipFile, pattern: str) -> None:
    assert f"mcuexport/{pattern}" in wheel.namelist()


def test_nothing_else_is_in_the_wheel(wheel: zipfile.ZipFile) -> None:
    tops = {name.split("/")[0] for name in wheel.namelist()}
    assert tops == {"mcuexport", f"mcuexport-{__version__}.dist-info"}


def test_the_wheel_says_its_name_licences_and_command(wheel: zipfile.ZipFile) -> None:
    info = f"mcuexport-{__version__}.dist-info"
    metadata = email.message_from_bytes(wheel.read(f"{info}/METADATA"))
    assert (metadata["Name"], metadata["Version"], metadata["License-Expression"]) == ("mcuexport", __version__, "MIT")
    assert metadata.get_all("License-File") == ["LICENSE", "LICENSE-0BSD"]
    assert "mcuexport = mcuexport.cli:main" in wheel.read(f"{info}/entry_points.txt").decode()


def test_every_command_that_is_listed_has_its_file() -> None:
    assert all((PACKAGE / "cli" / f"{name}.py").is_file() for name in COMMANDS)


def test_the_build_back_end_is_among_the_tools_of_developers() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    (needed,) = project["build-system"]["requires"]
    assert needed in project["project"]["optional-dependencies"]["dev"]


DISTRIBUTIONS = {"elftools": "pyelftools", "serial": "pyserial", "sklearn": "scikit-learn"}


def test_what_modules_import_when_they_are_loaded_is_installed_with_the_package() -> None:
    """What only an extra installs is imported where it is used, and its absence told there."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    installed = {dependency.partition(">")[0] for dependency in project["dependencies"]}
    found = set()
    for path in PACKAGE.rglob("*.py"):
        for node in ast.parse(path.read_text("utf-8")).body:
            if isinstance(node, ast.Import):
                found |= {alias.name.partition(".")[0] for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and not node.level and node.module is not None:
                found.add(node.module.partition(".")[0])
    others = {DISTRIBUTIONS.get(name, name) for name in found - sys.stdlib_module_names}
    assert {"torch", "unicorn"} <= others <= installed
