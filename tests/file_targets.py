"""Everything that reads a file of a user's: a good file of each kind, and the call that reads it."""

import gzip
import io
import json
import struct
import tempfile
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from networks import checkpoint_of, like_trained

from mcuexport.checkpoint import load
from mcuexport.identify import model_hashes
from mcuexport.lower import lower
from mcuexport.output import write_folder
from mcuexport.train.data import Source, load_dataset
from mcuexport.train.data.idx import read_idx
from mcuexport.train.recipe_files import load_recipe


@dataclass(frozen=True)
class Target:
    """good: the content of a right file.  read: takes a path, raises McuexportError or nothing."""

    good: Callable[[], bytes]
    read: Callable[[Path], object]
    file: str = "file"


def _checkpoint() -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "model.pt"
        checkpoint_of(*like_trained((4,), [3], 2), path)
        return path.read_bytes()


def _idx() -> bytes:
    return struct.pack(">4I", 0x803, 3, 4, 4) + bytes(range(48))


def _npz() -> bytes:
    stream = io.BytesIO()
    np.savez_compressed(stream, x=np.arange(40.0).reshape(20, 2), y=np.arange(20) % 3, labels=np.array(["a", "b", "c"]))
    return stream.getvalue()


def _emnist() -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        for part, count in (("train", 4), ("test", 2)):
            images = struct.pack(">4I", 0x803, count, 28, 28) + bytes(784 * count)
            labels = struct.pack(">2I", 0x801, count) + bytes(range(1, count + 1))
            for kind, content in (("images-idx3", images), ("labels-idx1", labels)):
                archive.writestr(f"gzip/emnist-letters-{part}-{kind}-ubyte.gz", gzip.compress(content))
    return stream.getvalue()


def _data(name: str) -> Callable[[Path], object]:
    return lambda path: load_dataset(Source(name, path.parent, file=path.name))


TARGETS = {
    "checkpoint": Target(_checkpoint, lambda path: lower(load(path))),
    "recipe": Target(
        lambda: b'[data]\nname = "mnist"\n[model]\nhidden = [64, 64]\nformat = "sym4"\n[train]\nepochs = 3\n',
        load_recipe,
    ),
    "idx": Target(_idx, lambda path: read_idx(path, 3)),
    "idx.gz": Target(lambda: gzip.compress(_idx(), mtime=0), lambda path: read_idx(path, 3)),
    "csv": Target(
        lambda: b"a,b,label\n" + b"".join(b"%d,%d.5,%c\n" % (i, 9 - i, 97 + i % 3) for i in range(12)), _data("csv")
    ),
    "npz": Target(_npz, _data("npz")),
    "emnist": Target(_emnist, _data("emnist-letters"), "gzip.zip"),
    "manifest": Target(
        lambda: json.dumps({"files": ["net.c"]}).encode(), lambda path: write_folder(path.parent, {}), "mcuexport.json"
    ),
    "firmware": Target(lambda: b"\x7fELF" + b"mcuexport model 0123456789abcdef\0", model_hashes),
}
