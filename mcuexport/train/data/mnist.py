"""MNIST and its drop-in replacement Fashion-MNIST: four IDX files, 60,000 + 10,000 grey images of 28x28."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ...errors import DataError
from .base import IMAGE_SCALE, Dataset, Source
from .download import Progress, RemoteFile, find_file
from .idx import read_idx
from .resize import resize_images

USUAL_SIZE = 16


@dataclass(frozen=True)
class IdxSet:
    """A set of four IDX files below one address; md5 in the order of `FILES`."""

    url: str
    md5: tuple[str, str, str, str]
    labels: tuple[str, ...]

    def load(self, source: Source, progress: Progress) -> Dataset:
        """The set at the size asked for.  Raises DataError."""
        paths = [
            find_file(RemoteFile(name, self.url + name, md5), source.name, source.folder, progress)
            for name, md5 in zip(FILES, self.md5, strict=True)
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
    md5=(
        "f68b3c2dcbeaaa9fbdd348bbdeb94873",
        "d53e105ee54ea40749a09fcbcd1e9432",
        "9fb629c4189551a2d022fa330f9573f3",
        "ec29112dd5afa0611ce80d1b7f02629c",
    ),
    labels=tuple("0123456789"),
)
FASHION_MNIST = IdxSet(
    url="https://raw.githubusercontent.com/zalandoresearch/fashion-mnist/master/data/fashion/",
    md5=(
        "8d4fb7e6c68d591d4c3dfef9ec88bf0d",
        "25c81989df183df01b3e8a0aad5dffbe",
        "bef4ecab320f06d8554ea6380940ec79",
        "bb300cfdad3c16e7a12a480ee83cd310",
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
    """Grey images (N, H, W), resized to the size asked for, as a data set."""
    train_x, test_x = train[0][..., None], test[0][..., None]
    size = source.size or USUAL_SIZE
    resized = resize_images(train_x, size)
    return Dataset(
        name=source.name,
        train_x=resized,
        train_y=train[1].astype(np.int64),
        test_x=resize_images(test_x, size),
        test_y=test[1].astype(np.int64),
        labels=labels,
        scale=IMAGE_SCALE,
        train_source=None if resized is train_x else train_x,
    )
