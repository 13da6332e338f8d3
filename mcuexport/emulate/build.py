"""Compiles a model's C and our own around it, and keeps the result."""

import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from ..errors import DoesNotFit, TargetError
from ..targets import Board, Core
from .cache import cached_folder
from .emulators import FIRMWARE
from .interface import Interface, read_interface
from .overflow import too_large
from .plan import COMMON_FLAGS, BuildPlan, board_plan, find_compiler, runner_plan
from .sizes import Footprint, Sizes, footprint, sizes
from .tools import compile_in, find_tool, version

PROGRAM = "program"
INTERFACE_OBJECT = "runner/interface.o"
PLENTY = 1 << 24  # of flash and RAM, to see how much is needed


@dataclass(frozen=True)
class Built:
    """A program for one core.

    path: the ELF file or executable.  sizes: the model's own, without the runner.
    """

    path: Path
    name: str
    core: Core
    sizes: Sizes
    interface: Interface


def build(
    sources: Mapping[str, str],
    name: str,
    core: Core,
    *,
    optimize: str = "-Os",
    extra_flags: Sequence[str] = (),
    compiler: str | None = None,
    sanitize: bool = False,
    workdir: Path | None = None,
) -> Built:
    """The parity runner of model `name` for `core`, from the user's cache if it was built before.

    sources: file name to text, `<name>.c` and `<name>.h` among them.  compiler: instead of the core's own.
    sanitize: with address and undefined-behaviour checks, on the host only.  workdir: a folder to build in,
    instead of the cache.
    Raises TargetError with the compiler's first errors, ToolMissing.
    """
    plan = runner_plan(core, find_compiler(core, compiler), (optimize, *extra_flags), sanitize)
    if workdir is None:
        folder = make_cached(plan, sources, name)
    else:
        folder = Path(tempfile.mkdtemp(dir=workdir))
        _make(folder, plan, sources, name)
    model_sizes = sizes(folder / "model" / f"{name}.o")
    return Built(folder / PROGRAM, name, core, model_sizes, read_interface(folder / INTERFACE_OBJECT))


def model_sizes(sources: Mapping[str, str], name: str, core: Core) -> Sizes:
    """The sizes that `build` tells, with nothing built but the model."""
    compiler = find_tool(core.compiler, core.compiler_package)
    command = [compiler, *COMMON_FLAGS, *core.flags, "-Os", "-c", f"{name}.c", "-o", "model.o"]

    def fill(folder: Path) -> None:
        for file_name, text in sources.items():
            (folder / file_name).write_text(text, "utf-8")
        compile_in(folder, command, f"{name} for {core.name}")

    return sizes(cached_folder(["sizes", command, version(compiler), dict(sources)], fill) / "model.o")


def build_board(
    sources: Mapping[str, str],
    name: str,
    board: Board,
    app: str = "serial",
    *,
    hot: bool = False,
    semihosting: bool = False,
) -> Path:
    """The ELF file of firmware around model `name`, from the user's cache if it was built before.

    app: "serial", which `verify` talks to, or "example", which classifies what the UART receives.  hot: the model's
    code runs from RAM, for chips whose flash waits.  semihosting: over a debug probe instead of the UART.
    Raises TargetError with the compiler's first errors, or with both numbers if it does not fit; ToolMissing.
    """
    flags = {"hot": hot, "semihosting": semihosting}
    plan = board_plan(board, find_compiler(board.core, None), ("-Os",), name, app, **flags)
    return make_cached(plan, sources, name) / PROGRAM


def board_footprint(sources: Mapping[str, str], name: str, board: Board, app: str = "serial") -> Footprint:
    """What the firmware takes, whether the board has as much or not.  Raises TargetError, ToolMissing."""
    try:
        return footprint(build_board(sources, name, board, app))
    except DoesNotFit:
        code, data = (replace(region, size_bytes=PLENTY) for region in (board.code, board.data))
        return footprint(build_board(sources, name, replace(board, code=code, data=data), app))


def make_cached(plan: BuildPlan, sources: Mapping[str, str], name: str) -> Path:
    """The folder of a build: `PROGRAM`, the model's sources and object in model/, our objects in runner/."""
    return cached_folder(plan.ingredients(sources, name), lambda folder: _make(folder, plan, sources, name))


def _make(folder: Path, plan: BuildPlan, sources: Mapping[str, str], name: str) -> None:
    what = f"{name} for {plan.core_name}"
    compiler = [plan.compiler, *plan.flags]
    model, runner = folder / "model", folder / "runner"
    model.mkdir()
    runner.mkdir()
    for file_name, text in sources.items():
        (model / file_name).write_text(text, "utf-8")
    ours = [str(FIRMWARE / source) for source in plan.firmware]
    objects = [f"model/{name}.o", *(f"runner/{Path(source).stem}.o" for source in plan.firmware)]
    try:
        compile_in(model, [*compiler, "-c", f"{name}.c"], what)
        compile_in(runner, [*compiler, *_model_flags(plan, name), "-c", *ours], what)
        compile_in(folder, [*compiler, *objects, *plan.link_flags, "-o", PROGRAM], what)
    except TargetError as error:
        size = too_large(name, plan, str(error), folder / objects[0], folder / INTERFACE_OBJECT)
        if size is None:
            raise
        raise size from error


def _model_flags(plan: BuildPlan, name: str) -> list[str]:
    names = [f"-DMCX_MODEL={name}", f"-DMCX_MODEL_MACROS={name.upper()}"]
    names += [f"-DMCX_MODEL_HEADER=<model/{name}.h>", f"-DMCX_EXAMPLE_HEADER=<model/{name}_example.h>"]
    return [*names, "-I..", *(f"-I{folder}" for folder in plan.include)]
