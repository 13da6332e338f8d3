"""Writes generated files: all of them or none, and never into a folder that holds something else."""

import json
import os
import shutil
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from .codegen import Generated
from .errors import OutputError
from .version import VERSION

MANIFEST = "mcuexport.json"
UNREADABLE = (OSError, ValueError, KeyError, TypeError, RecursionError)
"""What reading a manifest that is none of ours can raise."""


def write_generated(folder: Path, generated: Generated, files: Mapping[str, str] | None = None) -> None:
    """Puts the C sources and a manifest into `folder`, replacing an earlier output of ours.

    files: instead of the sources alone, a package that holds them.
    Raises OutputError if `folder` is a file or holds anything that is not listed in a manifest of ours.
    """
    files = generated.sources if files is None else files
    manifest = {
        "mcuexport": VERSION,
        "name": generated.name,
        "model_hash": generated.model_hash,
        "files": sorted(files),
    }
    write_folder(folder, {**files, MANIFEST: json.dumps(manifest, indent=2) + "\n"})


@dataclass(frozen=True)
class Packed:
    """What a folder of ours holds.  name: of the (first) model.  sources: C files by name."""

    name: str
    sources: dict[str, str]


def read_generated(folder: Path) -> Packed:
    """What `write_generated` wrote.  Raises OutputError if `folder` is not one of ours, or a file is gone."""
    try:
        manifest = json.loads((folder / MANIFEST).read_text("utf-8"))
        names = [PurePosixPath(name) for name in manifest["files"]]
        ours = [name for name in names if name.parts[:-1] in ((), ("src",)) and name.suffix in (".c", ".h")]
        return Packed(manifest["name"], {name.name: (folder / name).read_text("utf-8") for name in ours})
    except UNREADABLE as error:
        raise OutputError(f"{folder}: is no folder that `mcuexport pack` wrote ({error}); pack first") from error


def write_folder(folder: Path, files: Mapping[str, str]) -> None:
    """Makes `folder` hold exactly `files`; a failure leaves what was there, and no mixture of old and new."""
    _require_ours(folder)
    folder = folder.resolve()
    folder.parent.mkdir(parents=True, exist_ok=True)
    draft = Path(tempfile.mkdtemp(dir=folder.parent, prefix=f".{folder.name}-"))
    try:
        for name, text in files.items():
            (draft / name).parent.mkdir(parents=True, exist_ok=True)
            (draft / name).write_text(text, encoding="utf-8", newline="\n")
        draft.chmod(0o777 & ~_umask())
        _exchange(draft, folder)
    except BaseException:
        shutil.rmtree(draft, ignore_errors=True)
        raise


def _exchange(draft: Path, folder: Path) -> None:
    """Renames `draft` to `folder`, whose old content goes only when the new is there."""
    old = draft.with_name(f"{draft.name}-old")
    existed = folder.exists()
    if existed:
        os.rename(folder, old)
    try:
        os.rename(draft, folder)
    except BaseException:
        if existed:
            os.rename(old, folder)
        raise
    if existed:
        shutil.rmtree(old, ignore_errors=True)


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask


def _require_ours(folder: Path) -> None:
    if not folder.exists():
        return
    if not folder.is_dir():
        raise OutputError(f"{folder}: is a file; name a new folder")
    if Path.cwd().is_relative_to(folder.resolve()):
        raise OutputError(f"{folder}: is the folder you are in, and would be replaced; name a folder inside it")
    entries = [entry for entry in folder.rglob("*") if not entry.is_dir() or not any(entry.iterdir())]
    found = {entry.relative_to(folder).as_posix() for entry in entries}
    if not found:
        return
    try:
        ours = {*json.loads((folder / MANIFEST).read_text("utf-8"))["files"], MANIFEST}
    except UNREADABLE:
        raise OutputError(f"{folder}: holds other files, such as {sorted(found)[0]}; name a new folder") from None
    if found - ours:
        raise OutputError(f"{folder}: holds {sorted(found - ours)[0]}, which is not ours; move it or name a new folder")
