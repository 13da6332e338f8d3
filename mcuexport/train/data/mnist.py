"""MNIST and its drop-in replacement Fashion-MNIST: four IDX files, 60,000 + 10,000 grey images of 28x28."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ...errors import DataError
from .base import IMAGE_SCALE, Dataset, Source
from .download import Progress, RemoteFile, find_file
from .idx import read_idx
from .resize import framed

USUAL_SIZE = 16


@dataclass(frozen=True)
class IdxSet:
    """A set of four IDX files below one address; sha256 in the order of `FILES`."""

    url: str
    sha256: tuple[str, str, str, str]
    labels: tuple[str, ...]

    def load(self, source: Source, progress: Progress) -> Dataset:
        """The set at the size asked for.  Raises DataError."""
        paths = [
            find_file(RemoteFile(name, self.url + name, f"sha256:{sha256}"), source.name, source.folder, progress)
            for name, sha256 in zip(FILES, self.sha256, strict=True)
        ]
        train, test = read_pair(paths[0], paths[1]), read_pair(paths[2], paths[3])
        return image_set(source, train, test, self.labels)


Pair = tuple[NDArray[np.uint8], NDArray[np.uint8]]
FILES = (
    "train-images-idx3-ubyte.gz",
    "train-labels-idx1-ubyte.gz",
    "t10k-images-idx3-ubyte.gz",
    "t10k-labels-idx1-ubyte.gz",
)
MNIST = IdxSet(
    url="https://ossci-datasets.s3.amazonaws.com/mnist/",
    sha256=(
        "440fcabf73cc546fa21475e81ea370265605f56be210a4024d2ca8f203523609",
        "3552534a0a558bbed6aed32b30c495cca23d567ec52cac8be1a0730e8010255c",
        "8d422c7b0a1c1c79245a5bcf07fe86e33eeafee792b84584aec276f5a2dbc4e6",
        "f7ae60f92e00ec6debd23a6088c31dbd2371eca3ffa0defaefb259924204aec6",
    ),
    labels=tuple("0123456789"),
)
FASHION_MNIST = IdxSet(
    url="https://raw.githubusercontent.com/zalandoresearch/fashion-mnist/master/data/fashion/",
    sha256=(
        "3aede38d61863908ad78613f6a32ed271626dd12800ba2636569512369268a84",
        "a04f17134ac03560a47e3764e11b92fc97de4d1bfaf8ba1a3aa29af54cc90845",
        "346e55b948d973a97e58d2351dde16a484bd415d4595297633bb08f03db6a073",
        "67da17c76eaffca5446c3361aaab5c3cd6d1c2608764d35dfb1850b086bf8dd5",
    ),
    labels=(
        "T-shirt/top",
        "Trouser",
        "Pullover",
        "Dress",
        "Coat",
        "Sandal",
        "Shirt",
        "Sneaker",
        "Bag",
        "Ankle boot",
    ),
)


def read_pair(images: Path, labels: Path) -> Pair:
    """Images (N, H, W) and labels (N,); raises DataError where the two counts differ."""
    return same_count((read_idx(images, 3), read_idx(labels, 1)), (images.name, labels.name))


def same_count(pair: Pair, names: tuple[str, str]) -> Pair:
    """The pair, if it has as many images as labels."""
    if len(pair[0]) != len(pair[1]):
        raise DataError(f"{names[0]} has {len(pair[0])} images, {names[1]} {len(pair[1])} labels")
    return pair


def image_set(source: Source, train: Pair, test: Pair, labels: tuple[str, ...]) -> Dataset:
    """Grey images (N, H, W), framed as asked for, as a data set."""
    whole = Dataset(
        name=source.name,
        train_x=train[0][..., None],
        train_y=train[1].astype(np.int64),
        test_x=test[0][..., None],
        test_y=test[1].astype(np.int64),
        labels=labels,
        scale=IMAGE_SCALE,
    )
    return framed(whole, source.size or USUAL_SIZE, source.crop)
