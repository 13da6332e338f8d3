"""IDX, the file format of MNIST: a magic number, the sizes as big-endian uint32, then the bytes.

00 00 08 nn   type uint8, nn dimensions      3: images (count, rows, columns), 1: labels (count)
"""

import gzip
import struct
import zlib
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from ...errors import DataError


class Stream(Protocol):
    """Anything that bytes can be read from."""

    def read(self, size: int, /) -> bytes: ...


LARGEST_BYTES = 1 << 30  # no known set is larger; a file that promises more is broken or hostile
DIMENSIONS = {3: "images", 1: "labels"}


def read_idx(path: Path, dimensions: int) -> NDArray[np.uint8]:
    """The array in an IDX file, gzipped or not.  Raises DataError with the file's name and both numbers."""
    with path.open("rb") as raw:
        packed = raw.read(2) == b"\x1f\x8b"
    opener = gzip.open if packed else open
    with opener(path, "rb") as stream:
        return read_idx_stream(stream, dimensions, path.name)


def read_idx_stream(stream: Stream, dimensions: int, name: str) -> NDArray[np.uint8]:
    """The same from an open stream, of which no more is read than the header promises, and one byte."""
    try:
        magic, *sizes = _header(stream.read(4 * (1 + dimensions)), dimensions, name)
        expected = 0x800 + dimensions
        if magic != expected:
            what = DIMENSIONS[dimensions]
            raise DataError(f"{name}: magic number 0x{magic:08x}, but a file of {what} has 0x{expected:08x}")
        promised = int(np.prod(sizes, dtype=object))
        if not promised:
            raise DataError(f"{name}: header promises nothing: {'x'.join(map(str, sizes))}")
        if promised > LARGEST_BYTES:
            raise DataError(f"{name}: header promises {promised} bytes, more than the {LARGEST_BYTES} allowed")
        content = stream.read(promised + 1)
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise DataError(f"{name}: damaged gzip file ({error}); fetch it again") from None
    if len(content) != promised:
        found = "more" if len(content) > promised else str(len(content))
        raise DataError(f"{name}: header promises {promised} bytes, found {found}")
    return np.frombuffer(bytearray(content), np.uint8).reshape(sizes)  # writable, as torch wants it


def _header(header: bytes, dimensions: int, name: str) -> tuple[int, ...]:
    if len(header) != 4 * (1 + dimensions):
        raise DataError(f"{name}: the header takes {4 * (1 + dimensions)} bytes, found {len(header)}")
    return struct.unpack(f">{1 + dimensions}I", header)
