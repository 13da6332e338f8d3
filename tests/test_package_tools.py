"""Packages, by the very tools of their communities: PlatformIO's packer, Espressif's component manager."""

import subprocess
import sys
import tarfile
from pathlib import Path

import pytest
from small import generated, golden_graph

from mcuexport import __version__
from mcuexport.codegen.packages import package
from mcuexport.output import write_generated

MODELS = [generated(golden_graph(), "digits"), generated(golden_graph(), "gesture")]
# PlatformIO asks the network for SPDX's list of licences; it gets the one that `packaging` ships, the rest is its own.
PIO = """
import sys
from packaging.licenses._spdx import LICENSES
from platformio.__main__ import main
from platformio.package.manifest.schema import ManifestSchema
listed = {"licenses": [{"licenseId": entry["id"]} for entry in LICENSES.values()]}
ManifestSchema.load_spdx_licenses = staticmethod(lambda: listed)
sys.exit(main(["pio", *sys.argv[1:]]))
"""


def written(folder: Path, kind: str) -> Path:
    write_generated(folder, MODELS[0], package(kind, MODELS))
    return folder


def pio(home: Path, *arguments: object) -> subprocess.CompletedProcess[str]:
    words = [sys.executable, "-c", PIO, *map(str, arguments)]
    environment = {"PLATFORMIO_CORE_DIR": str(home), "PATH": "/usr/bin:/bin", "HOME": str(home), "CI": "true"}
    return subprocess.run(words, capture_output=True, text=True, check=False, env=environment)


def test_platformio_packs_the_library(tmp_path: Path) -> None:
    answer = pio(tmp_path / "home", "pkg", "pack", written(tmp_path / "p", "platformio"), "-o", tmp_path / "p.tar.gz")
    assert answer.returncode == 0, answer.stdout + answer.stderr
    with tarfile.open(tmp_path / "p.tar.gz") as archive:
        names = set(archive.getnames())
    assert {"library.json", "src/digits.c", "src/gesture.h", "examples/classify/src/main.c"} <= names


@pytest.mark.parametrize(
    ("right", "wrong", "complaint"),
    [
        ('"license": "0BSD"', '"license": "0BSDX"', "Invalid SPDX license identifier"),
        (f'"version": "{__version__}"', '"version": "one"', "Invalid semantic versioning format"),
    ],
)
def test_platformio_would_have_complained(tmp_path: Path, right: str, wrong: str, complaint: str) -> None:
    manifest = written(tmp_path / "p", "platformio") / "library.json"
    text = manifest.read_text()
    assert right in text
    manifest.write_text(text.replace(right, wrong))
    answer = pio(tmp_path / "home", "pkg", "pack", manifest.parent, "-o", tmp_path / "p.tar.gz")
    assert answer.returncode != 0
    assert complaint in answer.stdout + answer.stderr


def compote(folder: Path) -> subprocess.CompletedProcess[str]:
    words = [str(Path(sys.executable).parent / "compote"), "component", "pack", "--name", "digits"]
    return subprocess.run(words, cwd=folder, capture_output=True, text=True, check=False)


def test_espressifs_component_manager_packs_the_component_and_its_example(tmp_path: Path) -> None:
    folder = written(tmp_path / "e", "esp-idf")
    answer = compote(folder)
    assert answer.returncode == 0, answer.stdout + answer.stderr
    with tarfile.open(folder / "dist" / f"digits_{__version__}.tgz") as archive:
        names = {name.removeprefix("./") for name in archive.getnames()}
    assert {"idf_component.yml", "CMakeLists.txt", "src/digits.c", "src/gesture.c"} <= names


def test_espressifs_component_manager_would_have_complained(tmp_path: Path) -> None:
    manifest = written(tmp_path / "e", "esp-idf") / "idf_component.yml"
    manifest.write_text(manifest.read_text().replace(f'version: "{__version__}"', 'version: "one"'))
    answer = compote(manifest.parent)
    assert answer.returncode != 0
    assert "one" in answer.stdout + answer.stderr
