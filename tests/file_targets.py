"""What a user, a download or a board gives: a good one of each kind, and the call that reads it."""

import gzip
import io
import json
import struct
import tarfile
import tempfile
import zipfile
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from importlib.resources import files
from pathlib import Path
from unittest.mock import patch

import numpy as np
import torch
from networks import checkpoint_of, like_trained
from PIL import Image

from mcuexport.checkpoint import load
from mcuexport.errors import TargetError
from mcuexport.identify import model_hashes
from mcuexport.lower import lower
from mcuexport.output import read_generated, write_folder
from mcuexport.targets.board import parse_boards
from mcuexport.targets.core import parse_cores
from mcuexport.train.data import Source, cifar, load_dataset
from mcuexport.train.data.cifar import BINARY, JPEG_NAME, binary_member, jpeg_member
from mcuexport.train.data.idx import read_idx
from mcuexport.train.recipe import Recipe
from mcuexport.train.recipe_files import load_recipe
from mcuexport.train.state import load_state, save_state, write_recipe
from mcuexport.wire import Device, Link
from mcuexport.wire.device import FIGURES, VERSION
from mcuexport.wire.frames import END, encode


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


def _cifar(name: str) -> bytes:
    """A training and a test image."""
    if name == JPEG_NAME:
        stream = io.BytesIO()
        Image.new("RGB", (32, 32), (9, 99, 199)).save(stream, "JPEG")
        files = {"train/cat/0000.jpg": stream.getvalue(), "test/dog/0000.jpg": stream.getvalue()}
    else:
        files = {"data_batch_1.bin": bytes([3]) + bytes(3072), "test_batch.bin": bytes([5]) + bytes(3072)}
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode=f"w:{name.rpartition('.')[2]}") as archive:  # type: ignore[call-overload]
        for path, content in files.items():
            member = tarfile.TarInfo(path)
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))
    return stream.getvalue()


def _read_cifar(path: Path) -> None:
    with patch.dict(cifar.COUNTS, train=1, test=1):
        cifar.read_parts(path, jpeg_member if path.name == JPEG_NAME else binary_member)


def _state() -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        save_state(Path(folder), {"epoch": 1, "model": {"weight": torch.ones(3)}})
        return (Path(folder) / "state.pt").read_bytes()


def _read_state(path: Path) -> None:
    write_recipe(path.parent, Recipe())
    load_state(path.parent, Recipe())


def _toml(name: str, section: str) -> bytes:
    """One section of a file of ours."""
    text = (files("mcuexport.targets") / name).read_text("utf-8")
    return text[text.index(f"[{section}]") :].partition("\n\n")[0].encode()


def _parsed(parse: Callable[[str], object]) -> Callable[[Path], object]:
    return lambda path: parse(path.read_text("utf-8", "replace"))


# What a board answers in a conversation: frames without CRC, END between them

OUTPUTS = struct.pack("<2i", 5, -7)
ANSWERS = [
    b"H\1" + struct.pack("<4I", VERSION, 4, 2, 8_000_000) + b"0123456789abcdef pico",
    b"S\2" + bytes(4),
    b"W\3",
    b"L\4" + FIGURES.pack(99, 1, 0, 0),
    b"R\4" + FIGURES.pack(900, zlib.crc32(OUTPUTS), 1, 80),
    b"O\5" + OUTPUTS,
]


class Answers:
    """A port at which a board says what is in a file: each part as it is, and as a frame whose CRC is right."""

    def __init__(self, content: bytes) -> None:
        self.frames = iter([frame for part in content.split(END) for frame in (part + END, encode(part))])

    def write(self, request: bytes) -> None:
        """Whatever is asked."""

    def close(self) -> None:
        """There is nothing to close."""

    def read_until(self, _: bytes) -> bytes:
        for frame in self.frames:
            return frame
        raise TargetError("the board says no more")


def converse(content: bytes) -> None:
    """Asks a board that answers so for its name, its self-test and a run."""
    device = Device(Link(partial(Answers, content), "board"))  # type: ignore[arg-type]
    device.selftest()
    device.run(b"1234", traced=True)


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
    "packed-folder": Target(
        lambda: json.dumps({"name": "net", "files": ["mcuexport.json"]}).encode(),
        lambda path: read_generated(path.parent),
        "mcuexport.json",
    ),
    "cifar-binary": Target(lambda: _cifar(BINARY.name), _read_cifar, BINARY.name),
    "cifar-jpeg": Target(lambda: _cifar(JPEG_NAME), _read_cifar, JPEG_NAME),
    "state": Target(_state, _read_state, "state.pt"),
    "cores": Target(lambda: _toml("cores.toml", "cortex-m0"), _parsed(parse_cores)),
    "boards": Target(lambda: _toml("boards.toml", "pico"), _parsed(parse_boards)),
    "answers": Target(lambda: END.join(ANSWERS), lambda path: converse(path.read_bytes())),
    "firmware": Target(lambda: b"\x7fELF" + b"mcuexport model 0123456789abcdef\0", model_hashes),
}

if __name__ == "__main__":
    print(*TARGETS)  # for `make fuzz-files`
