"""Finding the files of a data set: in the folder given, in $MCUEXPORT_DATA, in the cache, else on the net.

A downloaded file is checked against its published checksum and only then takes its place.
"""

import hashlib
import os
import urllib.error
import urllib.request
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from ...errors import DataError

Progress = Callable[[str, int, int], None]
"""Told (file name, bytes so far, bytes in all or 0) while a file is fetched."""

TIMEOUT_SECONDS = 30
BLOCK_BYTES = 1 << 16
LARGEST_BYTES = 1 << 30


@dataclass(frozen=True)
class RemoteFile:
    """A file that can be fetched: its name, where from, and its checksum as `algorithm:hexadecimal`."""

    name: str
    url: str
    checksum: str


def silent(name: str, done: int, total: int) -> None:
    """No progress report."""


def cache_folder() -> Path:
    """`$XDG_CACHE_HOME/mcuexport`, or `~/.cache/mcuexport`."""
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "mcuexport"


def find_file(file: RemoteFile, dataset: str, folder: Path | None, progress: Progress = silent) -> Path:
    """Where the file lies; fetched if need be.

    A folder that was named (by argument, else by the environment) must hold the file, in itself or in
    `folder/dataset`, as it is or without `.gz`; there is no download then.
    """
    return find_any((file.name, file.name.removesuffix(".gz")), file, dataset, folder, progress)


def find_any(
    names: Sequence[str], file: RemoteFile, dataset: str, folder: Path | None, progress: Progress = silent
) -> Path:
    """The first of `names` that lies in the folder; where no folder was named, `file` is fetched if need be."""
    named = folder or (Path(os.environ["MCUEXPORT_DATA"]) if os.environ.get("MCUEXPORT_DATA") else None)
    if named is not None:
        for place in (named / dataset, named):
            for name in names:
                if (place / name).is_file():
                    return place / name
        raise DataError(f"{dataset}: {file.name} is neither in {named / dataset} nor in {named}")
    path = cache_folder() / dataset / file.name
    return path if path.is_file() else _fetch(file, dataset, path, progress)


def _fetch(file: RemoteFile, dataset: str, path: Path, progress: Progress) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(f"{path.name}.{os.getpid()}.part")
    try:
        found = _download(file, partial, progress)
        if found != file.checksum:
            raise DataError(f"{dataset}: {file.url} has {found}, published is {file.checksum}; not kept")
        os.replace(partial, path)
    except (urllib.error.URLError, TimeoutError, ConnectionError) as error:
        reason = getattr(error, "reason", error)
        raise DataError(
            f"{dataset}: cannot fetch {file.url} ({reason}); put {file.name} into a folder and name it"
            " with --data or MCUEXPORT_DATA"
        ) from None
    finally:
        partial.unlink(missing_ok=True)
    return path


def _download(file: RemoteFile, partial: Path, progress: Progress) -> str:
    """Writes the file and returns its checksum."""
    algorithm = file.checksum.partition(":")[0]
    digest = hashlib.new(algorithm, usedforsecurity=algorithm != "md5")
    done = 0
    with urllib.request.urlopen(file.url, timeout=TIMEOUT_SECONDS) as reply, partial.open("wb") as target:
        total = int(reply.headers.get("Content-Length") or 0)
        while block := reply.read(BLOCK_BYTES):
            done += len(block)
            if done > LARGEST_BYTES:
                raise DataError(f"{file.url}: more than {LARGEST_BYTES} bytes; not kept")
            digest.update(block)
            target.write(block)
            progress(file.name, done, total)
    return f"{algorithm}:{digest.hexdigest()}"
