"""The state of a training run on disk: all that the next epoch depends on, replaced atomically.

run_dir/recipe.json    the recipe, every value written out
run_dir/state.pt       tensors and plain data: model, average, optimizer, tricks, random state, epoch, best
run_dir/metrics.jsonl  a line for each epoch
"""

import os
import warnings
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import torch
from pydantic import ValidationError

from ..errors import CheckpointError, RecipeError
from .recipe import Recipe

VERSION = 2


def save_state(run_dir: Path, state: dict[str, Any]) -> None:
    """Writes `state.pt` beside the old one and then puts it in its place."""
    write_atomically(run_dir / "state.pt", lambda path: torch.save({"version": VERSION, **state}, path))


def load_state(run_dir: Path, recipe: Recipe) -> dict[str, Any] | None:
    """The saved state; None of a run that was interrupted before its first.

    Raises RecipeError where it belongs to another recipe, CheckpointError if there is none or it cannot be read.
    """
    saved_recipe = run_dir / "recipe.json"
    if not saved_recipe.is_file():
        raise CheckpointError(f"{run_dir}: there is no run to resume here")
    try:
        saved = Recipe.model_validate_json(saved_recipe.read_bytes())
    except ValidationError:
        raise CheckpointError(f"{saved_recipe}: damaged; begin a run in another folder") from None
    _refuse_other_recipe(saved, recipe, run_dir)
    if not (run_dir / "state.pt").exists():
        return None
    try:
        state = read_tensors(run_dir / "state.pt")
    except CheckpointError:
        raise
    except Exception as error:  # whatever a damaged file makes torch raise
        raise CheckpointError(f"{run_dir / 'state.pt'}: cannot be read ({type(error).__name__})") from None
    if not isinstance(state, dict) or state.get("version") != VERSION:
        raise CheckpointError(f"{run_dir / 'state.pt'}: no training state of version {VERSION}")
    return state


@contextmanager
def restoring(run_dir: Path) -> Iterator[None]:
    """Raises CheckpointError where what is saved is not what the network and its tricks take."""
    try:
        yield
    except (KeyError, RuntimeError, TypeError, ValueError, AttributeError):
        raise CheckpointError(f"{run_dir / 'state.pt'}: no state of this network; begin anew") from None


def read_tensors(path: Path) -> Any:
    """What torch has saved, tensors and plain data, executing nothing.

    Raises CheckpointError if the archive unpacks to more than the file has, as torch never compresses; for other
    damage whatever torch raises.
    """
    with path.open("rb") as stream:
        if zipfile.is_zipfile(stream):
            with zipfile.ZipFile(stream) as archive:
                promised = sum(member.file_size for member in archive.infolist())
            if promised > path.stat().st_size:
                raise CheckpointError(f"{path}: unpacks to {promised} bytes, but has {path.stat().st_size}")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return torch.load(path, map_location="cpu", weights_only=True)


def write_recipe(run_dir: Path, recipe: Recipe) -> None:
    """Writes `recipe.json`."""
    text = recipe.model_dump_json(indent=2) + "\n"
    write_atomically(run_dir / "recipe.json", lambda path: path.write_text(text, "utf-8"))


def write_atomically(path: Path, write: Any) -> None:
    """Lets `write` fill a temporary file in the same folder, which then replaces `path`."""
    partial = path.with_name(f"{path.name}.{os.getpid()}.part")
    try:
        write(partial)
        os.replace(partial, path)
    finally:
        partial.unlink(missing_ok=True)


def _refuse_other_recipe(saved: Recipe, recipe: Recipe, run_dir: Path) -> None:
    before, now = saved.model_dump(), recipe.model_dump()
    for section, values in now.items():
        for key, value in values.items():
            if before[section][key] != value:
                raise RecipeError(
                    f"{section}.{key}: {run_dir} was begun with {before[section][key]!r}, now it is {value!r}; "
                    "resume with the same recipe or choose another folder"
                )
