"""Packages: built by each community's tool, or, where it cannot run here, checked by what its published schema asks.

test_package_tools.py has PlatformIO's packer and Espressif's component manager.
"""

import configparser
import json
import re
import subprocess
import xml.etree.ElementTree as ElementTree
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml
from click.testing import CliRunner
from small import STRICT, generated, golden_graph

from mcuexport import __version__
from mcuexport.cli import main
from mcuexport.codegen.packages import KINDS, package
from mcuexport.errors import OutputError
from mcuexport.output import read_generated, write_generated

MODELS = [generated(golden_graph(), "digits"), generated(golden_graph(), "gesture")]
PRINTED = "".join(f"{model.name}: class {model.example_class}\n" for model in MODELS)
Written = Callable[[str], Path]


@pytest.fixture
def written(tmp_path: Path) -> Written:
    def write(kind: str) -> Path:
        write_generated(tmp_path / kind, MODELS[0], package(kind, MODELS))
        return tmp_path / kind

    return write


def quietly(*command: object, cwd: Path | None = None) -> str:
    answer = subprocess.run([str(c) for c in command], cwd=cwd, capture_output=True, text=True, check=False)
    assert answer.returncode == 0, answer.stdout + answer.stderr
    return answer.stdout


@pytest.mark.parametrize("kind", KINDS)
def test_a_package_holds_both_models_over_one_set_of_kernels(kind: str) -> None:
    files = package(kind, MODELS)
    assert {f"src/{name}" for model in MODELS for name in model.sources} == {f for f in files if f.startswith("src/")}
    assert not any("{{" in text or "{%" in text for text in files.values())
    assert not any(line != line.rstrip() for text in files.values() for line in text.splitlines())
    assert all(text.endswith("\n") for text in files.values())
    assert any("gesture" in text for name, text in files.items() if not name.startswith("src/"))


@pytest.mark.parametrize("kind", KINDS)
def test_a_package_can_be_flashed_and_written_again(written: Written, kind: str) -> None:
    folder = written(kind)
    packed = read_generated(folder)
    assert (packed.name, packed.sources) == ("digits", MODELS[0].sources | MODELS[1].sources)
    assert written(kind) == folder


# Built by their tools


@pytest.mark.parametrize("how", ["add_subdirectory", "FetchContent"])
def test_cmake_builds_the_package_and_a_program_that_uses_it(written: Written, tmp_path: Path, how: str) -> None:
    library = written("cmake")
    take = {
        "add_subdirectory": f'add_subdirectory("{library}" library)',
        "FetchContent": f'include(FetchContent)\nFetchContent_Declare(nets SOURCE_DIR "{library}")\n'
        "FetchContent_MakeAvailable(nets)",
    }[how]
    user = tmp_path / "user"
    user.mkdir()
    (user / "main.c").write_text((library / "example" / "main.c").read_text())
    (user / "CMakeLists.txt").write_text(
        f"cmake_minimum_required(VERSION 3.14)\nproject(user C)\n{take}\nadd_executable(user main.c)\n"
        "target_link_libraries(user PRIVATE mcuexport::digits mcuexport::gesture)\n"
    )
    quietly("cmake", "-S", user, "-B", user / "build")
    quietly("cmake", "--build", user / "build")
    assert quietly(user / "build" / "user") == PRINTED


def test_cmake_runs_the_example_as_a_test(written: Written, tmp_path: Path) -> None:
    quietly("cmake", "-S", written("cmake"), "-B", tmp_path / "build", "-DDIGITS_EXAMPLE=ON")
    quietly("cmake", "--build", tmp_path / "build")
    assert "100% tests passed, 0 tests failed out of 1" in quietly("ctest", "--test-dir", tmp_path / "build")


ARDUINO = """
#include <cstdio>
#include <cstdlib>
struct Port {
    void begin(long) {}
    void print(const char *text) { std::fputs(text, stdout); }
    void println(long number) { std::printf("%ld\\n", number); }
} Serial;
void delay(unsigned long) { std::exit(0); }
#include "classify.ino"
int main() { setup(); for (;;) loop(); }
"""


@pytest.mark.parametrize("compiler", ["g++", "clang++"])
def test_the_sketch_compiles_as_the_arduino_builder_would_and_runs(
    written: Written, tmp_path: Path, compiler: str
) -> None:
    """C files as C, the sketch as C++ behind Arduino.h, here one of our own."""
    library = written("arduino")
    (tmp_path / "main.cpp").write_text(ARDUINO)
    for source in sorted((library / "src").glob("*.c")):
        quietly("gcc", *STRICT, "-std=gnu11", "-c", source, cwd=tmp_path)
    objects = [f"{model.name}.o" for model in MODELS]
    folders = ["-I", library / "src", "-I", library / "examples" / "classify"]
    quietly(compiler, "-Wall", "-Wextra", "-Werror", *folders, "main.cpp", *objects, "-o", "sketch", cwd=tmp_path)
    assert quietly(tmp_path / "sketch") == PRINTED


AVR_ARDUINO = """
struct Port {
    void begin(long);
    void print(const char *);
    void println(long);
} extern Serial;
void delay(unsigned long);
#include "classify.ino"
"""


def test_the_sketch_compiles_for_an_uno(tmp_path: Path) -> None:
    models = [generated(golden_graph(), name, "avr") for name in ("digits", "gesture")]
    write_generated(tmp_path / "library", models[0], package("arduino", models))
    (tmp_path / "main.cpp").write_text(AVR_ARDUINO)
    source = tmp_path / "library" / "src"
    flags = ["-mmcu=atmega328p", "-Os", "-Wall", "-Wextra", "-Werror", "-c"]
    quietly("avr-gcc", "-std=gnu11", *flags, *sorted(source.glob("*.c")), cwd=tmp_path)
    sketch = tmp_path / "library" / "examples" / "classify"
    quietly("avr-g++", "-std=gnu++11", *flags, "-I", source, "-I", sketch, "main.cpp", cwd=tmp_path)


# Metadata, by what the documentation of each asks


def test_library_properties_has_what_the_arduino_specification_asks(written: Written) -> None:
    """https://arduino.github.io/arduino-cli/latest/library-specification/"""
    parser = configparser.ConfigParser(delimiters=("=",))
    parser.read_string("[library]\n" + (written("arduino") / "library.properties").read_text())
    found = dict(parser["library"])
    assert set(found) == set(
        "name version author maintainer sentence paragraph category url architectures includes".split()
    )
    assert re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9 _.\-]{0,62}", found["name"])
    assert "arduino" not in found["name"].lower()
    assert re.fullmatch(r"\d+\.\d+\.\d+", found["version"])
    assert found["category"] in {
        *("Display", "Communication", "Signal Input/Output", "Sensors", "Device Control", "Timing"),
        *("Data Storage", "Data Processing", "Other"),
    }
    assert found["includes"].split(",") == ["digits.h", "gesture.h"]
    words = [line.split("\t") for line in (written("arduino") / "keywords.txt").read_text().splitlines()]
    assert {kind for _, kind in words} == {"KEYWORD2", "LITERAL1"}


def test_library_json_has_what_platformio_asks(written: Written) -> None:
    """https://docs.platformio.org/en/latest/manifests/library-json/"""
    library = written("platformio")
    found = json.loads((library / "library.json").read_text())
    known = "name version description keywords license frameworks platforms headers examples build".split()
    assert list(found) == known
    assert re.fullmatch(r"[a-zA-Z0-9][^/]{0,99}", found["name"])
    assert found["license"] == "0BSD"
    assert all((library / "src" / header).is_file() for header in found["headers"])
    (example,) = found["examples"]
    assert all((library / example["base"] / file).is_file() for file in example["files"])
    assert (library / found["build"]["srcDir"]).is_dir()
    sketch = library / example["base"] / "src" / "main.c"
    sources = [library / "src" / f"{model.name}.c" for model in MODELS]
    quietly("gcc", "-I", library / "src", sketch, *sources, "-o", library / "program")
    assert quietly(library / "program") == PRINTED


def yaml_of(path: Path) -> Any:
    return yaml.safe_load(path.read_text())


def conforms(value: Any, schema: Any) -> bool:
    """schema: a type, a list of one schema, or a map of keys; those that end in "!" are required, "*" is any other."""
    if isinstance(schema, type):
        return isinstance(value, schema)
    if isinstance(schema, list):
        return isinstance(value, list) and all(conforms(item, schema[0]) for item in value)
    known = {key.removesuffix("!"): inner for key, inner in schema.items()}
    required = {key.removesuffix("!") for key in schema if key.endswith("!")}
    return (
        isinstance(value, dict)
        and required <= set(value)
        and all(conforms(inner, known.get(key, known.get("*", bool))) for key, inner in value.items())
    )


# Of zephyr/scripts/zephyr_module.py, METADATA_SCHEMA, and scripts/schemas/twister/testsuite-schema.yaml: the keys of
# these files that such packages may have.
ZEPHYR_MODULE = {
    "name": str,
    "build": {"cmake": str, "kconfig": str, "cmake-ext": bool, "kconfig-ext": bool, "depends": [str]},
    "samples": [str],
    "tests": [str],
    "boards": [str],
}
ZEPHYR_TEST = {
    "build_only": bool,
    "filter": str,
    "harness": str,
    "harness_config": {"type": str, "ordered": bool, "repeat": int, "regex": [str]},
    "min_ram": int,
    "min_flash": int,
    "platform_allow": str,
    "integration_platforms": [str],
    "tags": str,
    "timeout": int,
}
ZEPHYR_SAMPLE = {"sample": {"name!": str, "description": str}, "common": ZEPHYR_TEST, "tests!": {"*": ZEPHYR_TEST}}


def test_zephyrs_schemas_know_every_key(written: Written) -> None:
    root = written("zephyr")
    sample = yaml_of(root / "samples" / "classify" / "sample.yaml")
    assert conforms(yaml_of(root / "zephyr" / "module.yml"), ZEPHYR_MODULE)
    assert conforms(sample, ZEPHYR_SAMPLE)
    assert not conforms(sample | {"no_such_key": 1}, ZEPHYR_SAMPLE)
    assert not conforms({"sample": {"name": "x"}}, ZEPHYR_SAMPLE)
    assert not conforms(sample | {"common": {"min_ram": "4"}}, ZEPHYR_SAMPLE)


def test_zephyr_finds_its_module(written: Written) -> None:
    """https://docs.zephyrproject.org/latest/develop/modules.html"""
    root = written("zephyr")
    module = yaml_of(root / "zephyr" / "module.yml")
    assert set(module) == {"name", "build", "samples"}
    assert (root / module["build"]["cmake"] / "CMakeLists.txt").is_file()
    assert (root / module["build"]["kconfig"]).is_file()
    symbols = re.findall(r"^config (\w+)$", (root / module["build"]["kconfig"]).read_text(), re.MULTILINE)
    assert symbols == ["MCUEXPORT_DIGITS", "MCUEXPORT_GESTURE"]
    cmake = (root / "zephyr" / "CMakeLists.txt").read_text()
    assert all(f"if(CONFIG_{symbol})" in cmake for symbol in symbols)
    sources = re.findall(r"zephyr_library_sources\((.+)\)", cmake)
    assert all((root / "zephyr" / source).is_file() for source in sources)
    assert len(sources) == 2
    sample = root / module["samples"][0] / "classify"
    assert (sample / "prj.conf").read_text() == "".join(f"CONFIG_{symbol}=y\n" for symbol in symbols)
    told = yaml_of(sample / "sample.yaml")
    assert set(told) == {"sample", "common", "tests"}
    assert [line for line in PRINTED.splitlines() if line not in told["common"]["harness_config"]["regex"]] == []


ZEPHYR_STAND_IN = """
cmake_minimum_required(VERSION 3.20)
project(zephyr C)
set(CONFIG_MCUEXPORT_DIGITS y)
macro(zephyr_library_named name)
  set(current ${{name}})
  add_library(${{name}} STATIC)
endmacro()
macro(zephyr_library_sources)
  target_sources(${{current}} PRIVATE ${{ARGV}})
endmacro()
macro(zephyr_include_directories)
  target_include_directories(${{current}} PUBLIC ${{ARGV}})
endmacro()
add_subdirectory("{module}" module)
"""


def test_cmake_reads_the_zephyr_module_and_builds_what_is_configured(written: Written, tmp_path: Path) -> None:
    (tmp_path / "CMakeLists.txt").write_text(ZEPHYR_STAND_IN.format(module=written("zephyr") / "zephyr"))
    quietly("cmake", "-S", tmp_path, "-B", tmp_path / "build")
    quietly("cmake", "--build", tmp_path / "build")
    assert [p.name for p in (tmp_path / "build").rglob("*.a")] == ["libmcuexport_digits.a"]


def test_esp_idf_finds_its_component(written: Written) -> None:
    """https://docs.espressif.com/projects/idf-component-manager/en/latest/reference/manifest_file.html"""
    root = written("esp-idf")
    manifest = yaml_of(root / "idf_component.yml")
    assert set(manifest) == {"version", "description", "license", "dependencies", "examples"}
    assert manifest["version"] == __version__
    assert manifest["dependencies"]["idf"] == ">=5.0"
    for example in manifest["examples"]:
        main_folder = root / example["path"] / "main"
        inside = yaml_of(main_folder / "idf_component.yml")["dependencies"]["digits"]["override_path"]
        assert (main_folder / inside).resolve() == root.resolve()
    text = (root / "CMakeLists.txt").read_text()
    sources = re.findall(r'"(src/\w+\.c)"', text)
    assert [(root / source).is_file() for source in sources] == [True, True]


def test_the_cmsis_pack_describes_files_that_are_there(written: Written) -> None:
    """https://open-cmsis-pack.github.io/Open-CMSIS-Pack-Spec/main/html/pdsc_package_pg.html"""
    root = written("cmsis-pack")
    tree = ElementTree.parse(root / "mcuexport.digits.pdsc").getroot()
    order = ["vendor", "name", "description", "url", "license", "licenseSets", "releases", "components"]
    assert [child.tag for child in tree] == order
    assert f"{tree.findtext('vendor')}.{tree.findtext('name')}" == "mcuexport.digits"
    assert (root / str(tree.findtext("license"))).is_file()
    components = tree.findall("components/component")
    assert [c.get("Csub") for c in components] == ["digits", "gesture"]
    assert all({"Cclass", "Cgroup", "Cversion"} <= set(c.attrib) for c in components)
    paths = [root / str(file.get("name")) for file in tree.iter("file")]
    assert all(path.exists() for path in paths)
    assert len(paths) == 6


# Of Open-CMSIS-Pack-Spec/schema/PACK.xsd, 1.7.36: attributes that an element must have, and the patterns of values.
PACK_REQUIRED = {
    "package": {"schemaVersion": r"\d+\.\d+(\.\d+)?"},
    "licenseSet": {"id": r".+"},
    "license": {"name": r".+", "title": r".+"},
    "release": {"version": r"\d+\.\d+\.\d+(-[0-9A-Za-z.-]+)?(\+[0-9A-Za-z.-]+)?"},
    "component": {"Cclass": r".+", "Cgroup": r".+", "Cversion": r"(0|[1-9]\d*)\.\d+(\.\d+)?(-[0-9A-Za-z.-]+)?"},
    "file": {"category": r"include|header|source", "name": r".+"},
}


def test_the_cmsis_pack_has_what_its_schema_requires(written: Written) -> None:
    tree = ElementTree.parse(written("cmsis-pack") / "mcuexport.digits.pdsc").getroot()
    for element in tree.iter():
        for name, pattern in PACK_REQUIRED.get(element.tag, {}).items():
            if not (element.tag == "license" and element.text):  # the file itself, beside the one of a set
                assert re.fullmatch(pattern, element.get(name, "")), (element.tag, name)
    assert re.fullmatch(r"[\-_A-Za-z0-9]+", str(tree.findtext("name")))
    assert all(str(file.get("name")).endswith("/") == (file.get("category") == "include") for file in tree.iter("file"))
    assert all(component.find("description") is not None for component in tree.iter("component"))


# Wrong use


def test_two_models_of_one_name_are_refused() -> None:
    with pytest.raises(OutputError, match=r"^two models are called digits; give one of them another name$"):
        package("cmake", [MODELS[0], MODELS[0]])


def test_models_for_different_cores_are_refused() -> None:
    other = generated(golden_graph(), "gesture", "cortex-m0")
    with pytest.raises(
        OutputError, match=r"^gesture: needs another mcx_\w+\.h than digits; generate both for one core$"
    ):
        package("cmake", [MODELS[0], other])


def test_pack_writes_packages(tiny_checkpoint: Path, tmp_path: Path) -> None:
    def call(*more: object) -> Any:
        arguments = ["pack", tiny_checkpoint, "-o", tmp_path / "out", *more]
        return CliRunner().invoke(main, [str(argument) for argument in arguments])

    assert call("--as", "arduino", "--name", "one", "--with", f"two={tiny_checkpoint}").exit_code == 0
    assert {"one.c", "two.c"} <= {path.name for path in (tmp_path / "out" / "src").iterdir()}
    for wrong, sentence in [
        (["--as", "ardiuno"], "'ardiuno' is none of c, arduino, cmake, cmsis-pack, esp-idf, platformio, zephyr"),
        (["--with", f"two={tiny_checkpoint}"], "only packages hold several models; add --as"),
        (["--as", "cmake", "--with", "two"], "must be NAME=MODEL.PT"),
    ]:
        result = call(*wrong)
        assert result.exit_code == 2
        assert sentence in result.stderr
