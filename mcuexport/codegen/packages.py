"""Generated C as what a community drops into its projects: the files that Arduino, CMake, Zephyr .. want around it.

A kind is a folder of templates/packages/; its templates have the paths of the files they make, PACKAGE standing for
the package's name.  The C lies in src/, several models side by side over one set of kernels.
"""

from collections.abc import Sequence
from pathlib import Path

from ..errors import OutputError
from ..version import VERSION
from . import Generated
from .templates import template

FOLDER = Path(__file__).parent.parent / "templates" / "packages"
KINDS = tuple(sorted(path.name for path in FOLDER.iterdir()))


def package(kind: str, models: Sequence[Generated]) -> dict[str, str]:
    """The files of a package, by path, named after the first of `models`.

    Raises OutputError for two models of one name, or generated for different cores.
    """
    names = [model.name for model in models]
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice is not None:
        raise OutputError(f"two models are called {twice}; give one of them another name")
    sources: dict[str, str] = {}
    for model in models:
        for name, text in model.sources.items():
            if sources.setdefault(f"src/{name}", text) != text:
                raise OutputError(f"{model.name}: needs another {name} than {names[0]}; generate both for one core")
    context = {
        "package": names[0],
        "version": VERSION,
        "tool_version": VERSION,
        "models": [{"name": m.name, "NAME": m.name.upper(), "example_class": m.example_class} for m in models],
    }
    paths = sorted(path.relative_to(FOLDER.parent) for path in (FOLDER / kind).rglob("*.j2"))
    made = {_output_path(path, names[0]): template(path.as_posix()).render(context) for path in paths}
    return sources | made


def _output_path(path: Path, package: str) -> str:
    return Path(*path.parts[2:]).as_posix().removesuffix(".j2").replace("PACKAGE", package)
