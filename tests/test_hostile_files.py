"""Damaged and hostile files: one sentence, never a traceback, never more memory than the file is worth."""

import gzip
import io
import struct
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Callable
from contextlib import suppress
from functools import cache
from pathlib import Path

import numpy as np
import pytest
import torch
from file_targets import TARGETS
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mcuexport.checkpoint import write
from mcuexport.errors import McuexportError

EDITS = st.lists(
    st.tuples(
        st.sampled_from("flip insert delete cut repeat".split()), st.floats(0, 1), st.binary(min_size=1, max_size=8)
    ),
    min_size=1,
    max_size=4,
)


@cache
def good(name: str) -> bytes:
    return TARGETS[name].good()


def edited(content: bytes, edits: list[tuple[str, float, bytes]]) -> bytes:
    for kind, where, new in edits:
        at = int(where * len(content))
        head, tail = content[:at], content[at:]
        content = {
            "flip": head + bytes(a ^ b for a, b in zip(tail, new, strict=False)) + tail[len(new) :],
            "insert": head + new + tail,
            "delete": head + tail[len(new) :],
            "cut": head,
            "repeat": head + tail[:64] * 3 + tail,
        }[kind]
    return content


@pytest.mark.parametrize("name", TARGETS)
def test_a_good_file_is_read(name: str, tmp_path: Path) -> None:
    (tmp_path / TARGETS[name].file).write_bytes(good(name))
    TARGETS[name].read(tmp_path / TARGETS[name].file)


@pytest.mark.parametrize("name", TARGETS)
def test_a_damaged_file_never_ends_in_a_traceback(name: str) -> None:
    @settings(max_examples=60, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck), database=None)
    @given(EDITS)
    def read(edits: list[tuple[str, float, bytes]]) -> None:
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "in" / TARGETS[name].file
            path.parent.mkdir()
            path.write_bytes(edited(good(name), edits))
            with suppress(McuexportError, OSError):  # the command line prints both in a sentence
                TARGETS[name].read(path)

    read()


# Small files that want to be large ones

BOUNDED = """
import resource, sys
sys.path[:0] = {paths!r}
from pathlib import Path
from file_targets import TARGETS
from mcuexport.errors import McuexportError
resource.setrlimit(resource.RLIMIT_AS, (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 + (6 << 30),) * 2)
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
for name, file in zip(sys.argv[1::2], sys.argv[2::2]):
    try:
        TARGETS[name].read(Path(file))
        print(name, "was read")
    except McuexportError as error:
        print(error)
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)
"""


def huge_checkpoint(path: Path) -> None:
    path.write_bytes(good("checkpoint"))
    content = torch.load(path, weights_only=True)
    content["layers"][0]["state"]["weight"] = torch.zeros(1).expand(1 << 20, 1 << 20)
    write(path, content)


def bomb_checkpoint(path: Path) -> None:
    path.write_bytes(good("checkpoint"))
    with zipfile.ZipFile(path) as archive:
        members = {member: archive.read(member) for member in archive.namelist()}
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for member, content in members.items():
            archive.writestr(member, content + (bytes(64 << 20) if member.endswith("/data/0") else b""))


def lying_layer(path: Path) -> None:
    path.write_bytes(good("checkpoint"))
    content = torch.load(path, weights_only=True)
    content["layers"][0]["config"] |= {"in_features": 1 << 24, "out_features": 1 << 24}
    write(path, content)


def bomb_npz(path: Path) -> None:
    """As a good one, but its directory says 2 GB."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("x.npy", bytes(1 << 20))
        archive.infolist()[0].file_size = 1 << 31


def lying_npz(path: Path) -> None:
    header = io.BytesIO()
    np.lib.format.write_array_header_1_0(header, {"descr": "<f8", "fortran_order": False, "shape": (1 << 40, 1 << 9)})
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("x.npy", header.getvalue())


def nested_recipe(path: Path) -> None:
    path.write_text("a = " + "[" * 100_000)


def long_recipe(path: Path) -> None:
    path.write_text("#" * (2 << 20))


def bomb_emnist(path: Path) -> None:
    """A header that promises one image, and 400 MB behind it."""
    packed = gzip.compress(struct.pack(">4I", 0x803, 1, 28, 28) + bytes(400 << 20), 1)
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("gzip/emnist-letters-train-images-idx3-ubyte.gz", packed)


HOSTILE: dict[str, tuple[str, Callable[[Path], None], str]] = {
    "a tensor of 4 TB in 4 bytes": ("checkpoint", huge_checkpoint, "claims 4398046511104 bytes, the file holds 4"),
    "a checkpoint of zeros": ("checkpoint", bomb_checkpoint, "bytes, but has"),
    "a layer of 2^48 weights": ("checkpoint", lying_layer, "16777216x16777216 weights are declared, none stored"),
    "an npz of 2 GB of zeros": ("npz", bomb_npz, "unpacks to 2147483648 bytes, more than the 1073741824 allowed"),
    "an npz header of 4 PB": ("npz", lying_npz, "not an npz file of plain arrays"),
    "a recipe of 100,000 brackets": ("recipe", nested_recipe, "nested too deeply"),
    "a recipe of 2 MB": ("recipe", long_recipe, "has 2097152 bytes, a recipe at most 1048576"),
    "an emnist archive of 400 MB of zeros": ("emnist", bomb_emnist, "header promises 784 bytes, found more"),
}


def test_a_small_file_never_takes_much_memory(tmp_path: Path) -> None:
    arguments = []
    for number, (name, make, _) in enumerate(HOSTILE.values()):
        path = tmp_path / str(number) / TARGETS[name].file
        path.parent.mkdir()
        make(path)
        arguments += [name, str(path)]
    program = BOUNDED.format(paths=[str(Path(__file__).parent)])
    command = [sys.executable, "-c", program, *arguments]
    answer = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    assert answer.returncode == 0, answer.stderr
    *said, kilobytes = answer.stdout.splitlines()
    for line, (_, _, sentence) in zip(said, HOSTILE.values(), strict=True):
        assert sentence in line
    assert int(kilobytes) < 300_000
