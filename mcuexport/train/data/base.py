"""A data set as the device sees it: integers, their scale, and class labels."""

import zipfile
import zlib
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ...errors import DataError

Inputs = NDArray[np.uint8] | NDArray[np.int8]
Labels = NDArray[np.int64]

IMAGE_SCALE = 2.0**-8
"""Real value of one step of a uint8 image: a power of two, so that shift-only networks can use it."""

UNREADABLE = (ValueError, OSError, EOFError, RuntimeError, MemoryError, zipfile.BadZipFile, zlib.error)
"""What numpy and zipfile raise for damaged, encrypted and lying archives."""


@dataclass(frozen=True)
class Source:
    """What is asked of a data set.

    folder: where its files are sought before any download.  size, crop: of images, their middle crop x crop pixels
    (none: all) are resized to size x size (none: the usual size).  file, label_column: of csv and npz.
    """

    name: str
    folder: Path | None = None
    size: int | None = None
    crop: int | None = None
    file: str | None = None
    label_column: str = "label"


@dataclass(frozen=True)
class Framing:
    """How inputs are seen.  shape: of one, channels last.  crop: only the middle crop x crop of images were resized."""

    shape: tuple[int, ...]
    crop: int | None = None

    def __str__(self) -> str:
        size = "x".join(map(str, self.shape[:2]))
        return size if self.crop is None else f"{size} of the middle {self.crop}x{self.crop}"


@dataclass(frozen=True)
class Dataset:
    """Inputs uint8 or int8: images (N, H, W, C), signals (N, L, C) or features (N, F).

    Real value = (q - zero_point) * scale.

    Labels: (N,) from 0 to len(labels) - 1.  train_source: the training images before their middle crop x crop pixels
    (none: all) were resized, for distortion at full resolution; None where nothing was.
    """

    name: str
    train_x: Inputs
    train_y: Labels
    test_x: Inputs
    test_y: Labels
    labels: tuple[str, ...]
    scale: float
    zero_point: int = 0
    train_source: NDArray[np.uint8] | None = None
    crop: int | None = None

    def __post_init__(self) -> None:
        _check_part(f"{self.name}: training", self.train_x, self.train_y, len(self.labels))
        _check_part(f"{self.name}: test", self.test_x, self.test_y, len(self.labels))
        if self.train_x.shape[1:] != self.test_x.shape[1:]:
            shapes = f"{self.train_x.shape[1:]} and {self.test_x.shape[1:]}"
            raise DataError(f"{self.name}: training and test inputs differ in shape: {shapes}")

    @property
    def shape(self) -> tuple[int, ...]:
        """The shape of one input: (H, W, C), (L, C) or (F,)."""
        return self.train_x.shape[1:]

    @property
    def framing(self) -> Framing:
        """How its inputs are seen."""
        return Framing(self.shape, self.crop)

    @property
    def device_test_x(self) -> Inputs:
        """The test inputs as the device takes them: a signal is a map of one row."""
        return self.test_x[:, None] if self.test_x.ndim == 3 else self.test_x

    @property
    def inputs(self) -> int:
        """The number of values of one input."""
        return int(np.prod(self.shape))

    def split(self, share: float, seed: int) -> tuple["Dataset", Inputs, Labels]:
        """The data set without a random `share` of its training part, and that share as (inputs, labels)."""
        if not share:
            return self, self.train_x[:0], self.train_y[:0]
        order = np.random.default_rng(seed).permutation(len(self.train_x))
        held_out = round(share * len(order))
        rest = np.sort(order[held_out:])
        source = None if self.train_source is None else self.train_source[rest]
        less = replace(self, train_x=self.train_x[rest], train_y=self.train_y[rest], train_source=source)
        return less, self.train_x[order[:held_out]], self.train_y[order[:held_out]]


def _check_part(part: str, x: Inputs, y: Labels, classes: int) -> None:
    if len(x) != len(y):
        raise DataError(f"{part} part has {len(x)} inputs but {len(y)} labels")
    if not len(x):
        raise DataError(f"{part} part is empty")
    if y.min() < 0 or y.max() >= classes:
        raise DataError(f"{part} labels run from {y.min()} to {y.max()}, but there are {classes} classes")
