"""The house: who imports whom, who prints, which files a member of a registry must have."""

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from small import golden_graph, samples

import mcuexport
from mcuexport.kernels import GENERIC, VARIATIONS, find
from mcuexport.ops import OPS
from mcuexport.pack import FORMATS, LAYOUTS
from mcuexport.targets import CORES, core

PACKAGE = Path(mcuexport.__file__).parent
KERNELS = PACKAGE / "templates" / "kernels"
FILES = sorted(path for path in PACKAGE.rglob("*.py"))
HEADERS = sorted(KERNELS.rglob("*.h"))

# The only ones in kernels: files are selected instead.  What a compiler must have, and how an assembler spells.
GCC_OPTIMIZES = ("#if defined(__clang__) || !defined(__OPTIMIZE__)", "#ifndef __OPTIMIZE__")
CONDITIONS = {"#if (-3 >> 1) != -2", "#ifdef __clang__", *GCC_OPTIMIZES}

# What a part may import of the package; the first prefix that fits a file decides.
NOTHING: set[str] = set()
INTEGERS = {
    "errors",
    "version",
    "names",
    "pack",
    "ops",
    "graph",
    "arena",
    "schedule",
    "streams",
    "memory",
    "planar",
    "upright",
    "kernels",
}
LOWERING = {"checkpoint", "graph", "ops", "names"}
TRAINING = {"errors", "pack", "toml", "train"}
ARROWS: dict[str, set[str]] = {
    "__main__": {"cli"},
    "__init__": {"version", "checkpoint", "checking", "train"},
    "errors": NOTHING,
    "version": NOTHING,
    "names": {"errors"},
    "pack": {"errors"},
    "bitstream": {"errors"},
    "ops": {"errors", "pack", "bitstream"},
    "graph": {"errors", "pack", "ops"},
    "schedule": {"errors", "ops", "graph"},
    "upright": {"errors", "ops", "graph"},
    "planar": {"ops", "arena", "schedule", "memory"},
    "streams": {"errors", "ops", "graph", "arena", "schedule", "memory", "planar", "upright"},
    "arena": {"errors", "ops", "graph"},
    "memory": {"errors", "ops", "graph", "arena", "schedule"},
    "toml": NOTHING,
    "targets": {"errors", "toml"},
    "kernels": {"errors", "pack"},
    "codegen": INTEGERS | {"targets"},
    "emulate": {"errors", "targets"},
    "flashing": {"errors", "targets"},
    "wire": {"errors", "targets", "emulate"},
    "onboard": INTEGERS | {"codegen", "targets", "wire"},
    "lower": TRAINING | LOWERING,
    "train": TRAINING,
    "train.tricks.teachers": TRAINING | {"checkpoint"},
    "checkpoint_data": NOTHING,
    "checkpoint_rules": {"errors", "graph", "train", "checkpoint_data"},
    "checkpoint": {"errors", "ops", "graph", "train", "checkpoint_data", "checkpoint_rules"},
    "output": {"errors", "version", "codegen"},
    "report": INTEGERS | {"codegen", "emulate", "targets"},
    "parity": INTEGERS | {"codegen", "emulate", "targets"},
    "prove": INTEGERS | {"codegen", "emulate", "targets"},
    "identify": INTEGERS | {"codegen", "targets"},
    "bench": INTEGERS | {"codegen", "emulate", "targets", "report"},
    "bench_layers": INTEGERS | {"targets", "bench", "cycles"},
    "bench_networks": {"targets", "cycles", "checkpoint", "lower", "train"},
    "performance": {"bench", "bench_layers", "bench_networks"},
    "entropy": {"graph", "ops", "pack"},
    "cycles": INTEGERS | {"codegen", "emulate", "targets", "report"},
    "choice": INTEGERS | {"codegen", "cycles", "emulate", "targets", "report"},
    "fitting": INTEGERS | {"choice", "codegen", "emulate", "targets"},
    "checking": INTEGERS | {"codegen", "emulate", "targets", "report", "checkpoint", "train", "lower", "choice"},
    "evaluate": {"errors", "ops", "graph", "checkpoint", "train"},
    "soft_errors": {"ops", "graph", "bitstream"},
    "plots": {"errors"},
    "study": INTEGERS
    | {"codegen", "emulate", "targets", "report", "checkpoint", "train", "lower", "choice", "cycles", "evaluate"},
}


def module_name(path: Path) -> str:
    return ".".join(path.relative_to(PACKAGE).with_suffix("").parts)


def imports(path: Path) -> Iterator[str]:
    """Absolute names of all that a file imports, inside functions too, but not for type checking alone."""
    package = ("mcuexport", *path.relative_to(PACKAGE).parent.parts)
    tree = ast.parse(path.read_text("utf-8"))
    unreal = {id(n) for block in ast.walk(tree) if _is_type_checking(block) for n in ast.walk(block)}
    for node in ast.walk(tree):
        if id(node) in unreal:
            continue
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            start = package[: len(package) - node.level + 1] if node.level else ()
            stem = ".".join((*start, *([node.module] if node.module else [])))
            yield from ([stem] if node.module else [f"{stem}.{alias.name}" for alias in node.names])


def _is_type_checking(node: ast.AST) -> bool:
    return isinstance(node, ast.If) and isinstance(node.test, ast.Name) and node.test.id == "TYPE_CHECKING"


def part_of(module: str) -> str | None:
    """The longest part in `ARROWS` that holds a module."""
    fitting = [part for part in ARROWS if module == part or module.startswith(f"{part}.")]
    return max(fitting, key=len, default=None)


@pytest.mark.parametrize("path", FILES, ids=module_name)
def test_a_part_imports_only_what_its_arrows_allow(path: Path) -> None:
    module = module_name(path).removesuffix(".__init__")
    if module.startswith("cli"):
        return
    part = part_of(module)
    assert part is not None, f"{module} has no place in the design: add it to ARROWS and to docs/DESIGN.md"
    allowed = ARROWS[part] | {part.split(".")[0]}
    inside = {name.split(".")[1] for name in imports(path) if name.startswith("mcuexport.")}
    assert inside <= allowed


@pytest.mark.parametrize(
    ("library", "homes"),
    [
        ("torch", ("train", "lower", "checkpoint", "checking", "evaluate", "study", "cli")),
        ("jinja2", ("codegen",)),
        ("click", ("cli",)),
        ("rich", ("cli",)),
        ("cffi", ("emulate",)),
        ("elftools", ("emulate", "flashing")),
        ("serial", ("wire",)),
        ("intelhex", ("flashing",)),
        ("pydantic", ("train", "checkpoint")),
        ("sklearn", ("train",)),
        ("matplotlib", ("plots",)),
        ("optuna", ("study",)),
        ("ray", ("study.cluster",)),
        ("sqlalchemy", ("study",)),
    ],
)
def test_a_library_is_used_only_where_it_belongs(library: str, homes: tuple[str, ...]) -> None:
    users = [module_name(path) for path in FILES if library in {name.split(".")[0] for name in imports(path)}]
    assert users
    assert [user for user in users if not user.startswith(homes)] == []


@pytest.mark.parametrize("path", FILES, ids=module_name)
def test_only_the_command_line_prints_and_exits(path: Path) -> None:
    calls = [node.func for node in ast.walk(ast.parse(path.read_text("utf-8"))) if isinstance(node, ast.Call)]
    names = {call.id for call in calls if isinstance(call, ast.Name)}
    attributes = {ast.unparse(call) for call in calls if isinstance(call, ast.Attribute)}
    forbidden = {
        "print",
        "exit",
        "quit",
        "input",
        "eval",
        "exec",
        "sys.exit",
        "pickle.load",
        "pickle.loads",
        "os.system",
    }
    assert not (names | attributes) & forbidden or module_name(path).startswith("cli")


@pytest.mark.parametrize("path", FILES, ids=module_name)
def test_a_file_opens_with_its_concept_and_stays_short(path: Path) -> None:
    text = path.read_text("utf-8")
    assert ast.get_docstring(ast.parse(text)), "no docstring"
    assert len(text.splitlines()) <= 300


@pytest.mark.parametrize("path", FILES, ids=module_name)
def test_checkpoints_are_read_with_weights_only(path: Path) -> None:
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Call) and ast.unparse(node.func) == "torch.load":
            assert "weights_only=True" in [ast.unparse(keyword) for keyword in node.keywords]


@pytest.mark.parametrize(
    "arguments", [["--help"], ["--version"], ["pack", "--help"], ["train", "--help"], ["nonsense"]]
)
def test_help_needs_neither_torch_nor_numpy(arguments: list[str]) -> None:
    program = (
        "import sys\nfrom mcuexport.cli import main\n"
        f"try:\n    main({arguments})\nexcept SystemExit:\n    pass\n"
        "heavy = {'torch', 'numpy', 'pydantic', 'sklearn', 'jinja2', 'serial'}\n"
        "print(sorted(heavy & set(sys.modules)), file=sys.stderr)"
    )
    answer = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert answer.stderr.splitlines()[-1] == "[]"


# Kernels


@pytest.mark.parametrize("name", FORMATS)
def test_every_format_has_a_generic_dense_kernel(name: str) -> None:
    kernel = find(f"mcx_dense_{name}", (GENERIC,))
    assert kernel.layout.name == "rows"


@pytest.mark.parametrize("kind", OPS)
def test_every_operator_has_a_generic_kernel(kind: str) -> None:
    dense = ["dense_int8", "dense_bits"]
    stems = {"conv2d": [*dense, "levels_int8"], "dense": dense, "stream_conv2d": ["stream_dense"]}.get(kind, [kind])
    assert all((KERNELS / GENERIC / f"mcx_{stem}.h").is_file() for stem in stems)


@pytest.mark.parametrize("path", HEADERS, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_every_kernel_is_plain_c_with_a_licence_and_a_guard(path: Path) -> None:
    text = path.read_text("ascii")
    guard = f"{path.stem.upper()}_H"
    assert text.startswith("/* ")
    assert "\n * SPDX-License-Identifier: 0BSD\n */\n" in text
    assert f"#ifndef {guard}\n#define {guard}\n" in text
    assert not any(mark in text for mark in ("{{ ", " }}", "{% ", " %}", "\t", "\r", "malloc", "float ", "double "))
    conditions = {line for line in text.splitlines() if line.startswith("#if")} - {f"#ifndef {guard}"}
    assert conditions <= CONDITIONS


@pytest.mark.parametrize("path", HEADERS, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_every_kernel_of_a_family_overrides_another_or_serves_one(path: Path) -> None:
    overrides = [h for h in HEADERS if h.name == path.name and h.parent != path.parent]
    users = [h for h in HEADERS if f'#include "{path.name}"' in h.read_text()]
    is_variation = path.stem.endswith(tuple(f"_{variation}" for variation in VARIATIONS))
    assert overrides or users or is_variation or path.parent.name == GENERIC or _makes_two_pixels(path)


def _makes_two_pixels(path: Path) -> bool:
    """Beside a dense kernel, whose weights it reads as they lie."""
    fmt = path.stem.removeprefix("mcx_pixels_")
    if fmt not in FORMATS:
        return False
    return find(path.stem, (path.parent.name,)).layout == find(f"mcx_dense_{fmt}", (path.parent.name,)).layout


@pytest.mark.parametrize("path", HEADERS, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_every_layout_that_a_kernel_names_exists(path: Path) -> None:
    kernel = find(path.stem, (path.parent.name,))
    if "Layout:" in kernel.text:
        assert kernel.layout.name in LAYOUTS
    else:
        assert not path.stem.startswith("mcx_dense_") or path.stem.removeprefix("mcx_dense_") not in FORMATS


@pytest.mark.parametrize("template", ["model.c.j2", "model.h.j2"])
def test_templates_only_print(template: str) -> None:
    """No arithmetic and no calls: what is printed was decided in Python."""
    text = (PACKAGE / "templates" / template).read_text()
    assert "{% set" not in text
    assert "{% macro" not in text
    assert "SPDX-License-Identifier: 0BSD" in text


def test_every_c_source_of_ours_has_its_licence_line() -> None:
    sources = [p for p in (PACKAGE / "firmware").rglob("*") if p.suffix in (".c", ".h", ".ld")]
    assert sources
    assert [p.name for p in sources if "SPDX-License-Identifier: 0BSD" not in p.read_text()] == []


@pytest.mark.parametrize("name", CORES)
def test_every_core_generates_and_its_kernels_are_found(name: str) -> None:
    from mcuexport.codegen import generate

    graph = golden_graph()
    assert generate(graph, core(name), "net", samples(graph.input.type, 2)).sources
