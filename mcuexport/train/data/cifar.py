"""CIFAR-10: 50,000 + 10,000 colour images of 32x32 in ten classes.

Two archives hold it: the public binary one (five files of training records, one of test records), and a copy as
JPEG files, `train/<class>/NNNN.jpg`, a tenth of its size.  Nothing is unpacked to disk: members are read by name,
and only those that are expected.
"""

import io
import lzma
import tarfile
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path, PurePosixPath

import numpy as np
from numpy.typing import NDArray

from ...errors import DataError
from .base import IMAGE_SCALE, Dataset, Source
from .download import Progress, RemoteFile, find_any
from .resize import framed

LABELS = ("airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck")
SIZE = 32
COUNTS = {"train": 50_000, "test": 10_000}
RECORD_BYTES = 1 + 3 * SIZE * SIZE
LARGEST_MEMBER_BYTES = 1 << 25
BINARY = RemoteFile(
    "cifar-10-binary.tar.gz",
    "https://www.cs.toronto.edu/~kriz/cifar-10-binary.tar.gz",
    "sha256:c4a38c50a1bc5f3a1c5537f2155ab9d68f9f25eb1ed8d9ddda3db29a59bca1dd",
)
JPEG_NAME = "cifar10-jpeg.tar.xz"
DAMAGED = (tarfile.TarError, EOFError, lzma.LZMAError, zlib.error, OSError, ValueError, TypeError)
"""What tarfile raises for damaged archives."""

Images = NDArray[np.uint8]
Part = tuple[Images, NDArray[np.int64]]
Parse = Callable[[bytes, PurePosixPath], tuple[str, Images, NDArray[np.int64]] | None]


def load_cifar10(source: Source, progress: Progress) -> Dataset:
    """The JPEG copy where it lies in the folder, else the public archive.  Raises DataError."""
    path = find_any((JPEG_NAME, BINARY.name), BINARY, source.name, source.folder, progress)
    parse = jpeg_member if path.name == JPEG_NAME else binary_member
    parts = read_parts(path, parse)
    (train_x, train_y), (test_x, test_y) = parts["train"], parts["test"]
    whole = Dataset(
        name=source.name,
        train_x=train_x,
        train_y=train_y,
        test_x=test_x,
        test_y=test_y,
        labels=LABELS,
        scale=IMAGE_SCALE,
    )
    return framed(whole, source.size, source.crop)


def read_parts(path: Path, parse: Parse) -> dict[str, Part]:
    """Images (N, 32, 32, 3) and labels (N,) of `train` and `test`, the classes in turn.

    Raises DataError for a damaged or partial archive, or one of more images.
    """
    found: dict[str, list[Part]] = {part: [] for part in COUNTS}
    held = dict.fromkeys(COUNTS, 0)
    try:
        for name, content in members(path):
            parsed = parse(content, name)
            if parsed is not None:
                part, images, labels = parsed
                found[part].append((images, labels))
                held[part] += len(labels)
                if held[part] > COUNTS[part]:
                    break
    except DAMAGED as error:
        raise DataError(f"{path.name}: damaged archive ({error}); fetch it again") from None
    for part, count in COUNTS.items():
        if held[part] != count:
            raise DataError(f"{path.name}: {count} {part} images are expected, found {held[part]}; fetch it again")
    return {part: in_turn(*map(np.concatenate, zip(*pieces, strict=True))) for part, pieces in found.items()}


def in_turn(images: Images, labels: NDArray[np.int64]) -> Part:
    """The first of each class, then the second ..: any first few images are of all classes."""
    place = np.empty(len(labels), np.int64)
    for label in range(len(LABELS)):
        place[labels == label] = np.arange((labels == label).sum())
    order = np.lexsort((labels, place))
    return images[order], labels[order]


def members(path: Path) -> Iterator[tuple[PurePosixPath, bytes]]:
    """Name and content of every plain file, as the archive has them; links and devices are passed over."""
    with tarfile.open(path, "r|*") as archive:
        for member in archive:
            if member.isfile():
                if member.size > LARGEST_MEMBER_BYTES:
                    limit = f"more than the {LARGEST_MEMBER_BYTES} allowed"
                    raise DataError(f"{path.name}: {member.name} has {member.size} bytes, {limit}")
                stream = archive.extractfile(member)
                assert stream is not None
                yield PurePosixPath(member.name), stream.read()


def binary_member(content: bytes, name: PurePosixPath) -> tuple[str, Images, NDArray[np.int64]] | None:
    """Records of a label and 3x32x32 bytes; None for a file that holds none."""
    if name.suffix != ".bin":
        return None
    if not content or len(content) % RECORD_BYTES:
        raise DataError(f"{name.name}: records have {RECORD_BYTES} bytes, the file {len(content)}; fetch it again")
    records = np.frombuffer(content, np.uint8).reshape(-1, RECORD_BYTES)
    images = records[:, 1:].reshape(-1, 3, SIZE, SIZE).transpose(0, 2, 3, 1)
    return "test" if name.stem.startswith("test") else "train", images, records[:, 0].astype(np.int64)


def jpeg_member(content: bytes, name: PurePosixPath) -> tuple[str, Images, NDArray[np.int64]] | None:
    """One image `<part>/<class>/<number>.jpg`; None for any other file."""
    try:
        from PIL import Image, UnidentifiedImageError
    except ImportError:
        raise DataError(f"{JPEG_NAME}: is read with Pillow, which is missing; pip install pillow") from None
    if len(name.parts) != 3 or name.parts[0] not in COUNTS or name.parts[1] not in LABELS or name.suffix != ".jpg":
        return None
    try:
        with Image.open(io.BytesIO(content), formats=("JPEG",)) as image:
            if image.size != (SIZE, SIZE):
                raise DataError(f"{name}: {SIZE}x{SIZE} pixels are expected, found {image.width}x{image.height}")
            pixels = np.asarray(image.convert("RGB"))
    except (UnidentifiedImageError, OSError, SyntaxError) as error:
        raise DataError(f"{name}: no JPEG image ({error}); fetch the archive again") from None
    return name.parts[0], pixels[None], np.array([LABELS.index(name.parts[1])], np.int64)
