"""EMNIST: handwritten letters (26 classes) or letters and digits (balanced, 47), one zip of IDX files.

Only the four named members are read, each straight from the archive: nothing is extracted.
The images lie transposed in the files.  Source: Cohen et al. 2017.
"""

import gzip
import string
import zipfile
from dataclasses import dataclass

import numpy as np

from ...errors import DataError
from .base import UNREADABLE, Dataset, Source
from .download import Progress, RemoteFile, find_file
from .idx import read_idx_stream
from .mnist import Pair, image_set, same_count

ARCHIVE = RemoteFile(
    "gzip.zip", "https://biometrics.nist.gov/cs_links/EMNIST/gzip.zip", "md5:58c8d27c78d21e728a6bc7b3cc06412e"
)
BALANCED = string.digits + string.ascii_uppercase + "abdefghnqrt"  # the other lower case letters are merged


@dataclass(frozen=True)
class EmnistSplit:
    """split: as in the members' names.  first_label: the number the files give to the first class."""

    split: str
    labels: tuple[str, ...]
    first_label: int

    def load(self, source: Source, progress: Progress) -> Dataset:
        """The split at the size asked for.  Raises DataError."""
        path = find_file(ARCHIVE, "emnist", source.folder, progress)
        try:
            with zipfile.ZipFile(path) as archive:
                return image_set(source, self._pair(archive, "train"), self._pair(archive, "test"), self.labels)
        except UNREADABLE as error:
            raise DataError(f"{path.name}: damaged zip file ({error}); fetch it again") from None

    def _pair(self, archive: zipfile.ZipFile, part: str) -> Pair:
        names = tuple(f"gzip/emnist-{self.split}-{part}-{kind}-ubyte.gz" for kind in ("images-idx3", "labels-idx1"))
        images, labels = _member(archive, names[0], 3), _member(archive, names[1], 1)
        labels = labels - np.uint8(self.first_label)
        return same_count((np.ascontiguousarray(images.transpose(0, 2, 1)), labels), (names[0], names[1]))


def _member(archive: zipfile.ZipFile, name: str, dimensions: int) -> np.ndarray[tuple[int, ...], np.dtype[np.uint8]]:
    try:
        with archive.open(name) as packed, gzip.open(packed, "rb") as stream:
            return read_idx_stream(stream, dimensions, name)
    except KeyError:
        raise DataError(f"{archive.filename}: has no member {name}") from None


LETTERS = EmnistSplit("letters", tuple(string.ascii_uppercase), first_label=1)
BALANCED_CLASSES = EmnistSplit("balanced", tuple(BALANCED), first_label=0)
