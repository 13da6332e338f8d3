"""Finished builds, kept in the user's cache folder under the hash of all that went into them."""

import hashlib
import json
import os
import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path

KEPT_BUILDS = 500


def _folder() -> Path:
    base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    folder = Path(base) / "mcuexport" / "builds"
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def _drop_oldest(folder: Path) -> None:
    ages = {}
    for entry in folder.iterdir():
        try:
            ages[entry] = entry.stat().st_mtime
        except FileNotFoundError:
            continue  # another process dropped it
    for entry in sorted(ages, key=ages.__getitem__)[:-KEPT_BUILDS]:
        shutil.rmtree(entry, ignore_errors=True)


def cached_folder(ingredients: object, fill: Callable[[Path], None]) -> Path:
    """The folder that `fill` filled for these `ingredients` (anything JSON can write), now or earlier.

    A folder appears under its final name only when it is complete, so processes may race.
    """
    folder = _folder()
    key = hashlib.sha256(json.dumps(ingredients, sort_keys=True).encode()).hexdigest()
    final = folder / key[:32]
    if final.is_dir():
        os.utime(final)
        return final
    with tempfile.TemporaryDirectory(dir=folder, prefix="building-") as scratch:
        draft = Path(scratch) / "draft"
        draft.mkdir()
        fill(draft)
        try:
            draft.rename(final)
        except OSError:
            if not final.is_dir():
                raise
    _drop_oldest(folder)
    return final
