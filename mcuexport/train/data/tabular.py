"""The user's own data: csv (a header, numbers, a column of labels) or npz (arrays x and y).

    npz: x, y, or train_x, train_y, test_x, test_y; labels (class names) if wished

Without a test part, a shuffled fifth (seed 0) is kept for it.  Inputs become integers with one scale
for all features, chosen from the training part: see `quantize_features`.
"""

import csv
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...errors import DataError
from .base import IMAGE_SCALE, UNREADABLE, Dataset, Inputs, Source
from .download import Progress
from .idx import LARGEST_BYTES
from .resize import framed

TEST_SHARE = 5  # one row in five
MOST_CLASSES = 1 << 16
SPANS = 2.0**-50, 2.0**60  # from the least to the largest value
Array = NDArray[Any]
Parts = tuple[Array, Array, Array, Array]  # train_x, train_y, test_x, test_y


def load_csv(source: Source, progress: Progress) -> Dataset:
    """Rows of a csv file; `label_column` holds the class, any text; all other columns are features."""
    path = _path(source)
    try:
        with path.open(newline="", encoding="utf-8") as stream:
            rows = [row for row in csv.reader(stream) if row]
    except (UnicodeDecodeError, csv.Error) as error:
        raise DataError(f"{path.name}: not a csv file in UTF-8 ({error})") from None
    header, *body = rows or [[]]
    if source.label_column not in header:
        raise DataError(f"{path.name}: no column {source.label_column!r} (columns: {', '.join(header)})")
    if not body:
        raise DataError(f"{path.name}: has a header but no rows")
    column = header.index(source.label_column)
    for number, row in enumerate(body, start=2):
        if len(row) != len(header):
            raise DataError(f"{path.name}: row {number} has {len(row)} columns, the header {len(header)}")
    names = [row[column] for row in body]
    labels = tuple(sorted(set(names), key=_label_order))
    y = np.array([labels.index(name) for name in names])
    features = [name for index, name in enumerate(header) if index != column]
    x = np.array([_numbers(row, column, number, path) for number, row in enumerate(body, start=2)])
    return _dataset(source, _split(x, y), labels, features)


def load_npz(source: Source, progress: Progress) -> Dataset:
    """Arrays of an npz file; pickled objects in it are refused."""
    path = _path(source)
    try:
        with zipfile.ZipFile(path) as archive:
            promised = sum(member.file_size for member in archive.infolist())
        if promised > LARGEST_BYTES:
            raise DataError(f"{path.name}: unpacks to {promised} bytes, more than the {LARGEST_BYTES} allowed")
        with np.load(path, allow_pickle=False) as archive:
            arrays = {name: archive[name] for name in NPZ_NAMES if name in archive.files}
            found = ", ".join(archive.files)
    except UNREADABLE as error:
        raise DataError(f"{path.name}: not an npz file of plain arrays ({error})") from None
    parts = _npz_parts(arrays, path, found)
    classes = max(int(parts[1].max()), int(parts[3].max())) + 1
    if classes > MOST_CLASSES:
        raise DataError(f"{path.name}: y holds {classes - 1}; classes are numbered from 0, at most {MOST_CLASSES}")
    labels = arrays.get("labels", np.arange(classes))
    return _dataset(source, parts, tuple(str(label) for label in labels.reshape(-1)), None)


NPZ_NAMES = ("x", "y", "train_x", "train_y", "test_x", "test_y", "labels")


def _npz_parts(arrays: Mapping[str, Array], path: Path, found: str) -> Parts:
    for name, array in arrays.items():
        if not isinstance(array, np.ndarray):  # numpy gives the bytes of a member that is none
            raise DataError(f"{path.name}: {name} is no array of numpy's")
        if name.endswith("y") and (array.dtype.kind not in "iu" or array.ndim != 1 or not array.size):
            raise DataError(f"{path.name}: {name} must be whole numbers (N,), got {array.dtype} {array.shape}")
        if name.endswith("x") and (array.dtype.kind not in "iuf" or array.ndim < 2):
            raise DataError(f"{path.name}: {name} must be numbers (N, ...), got {array.dtype} {array.shape}")
    if "x" in arrays and "y" in arrays:
        if len(arrays["x"]) != len(arrays["y"]):
            raise DataError(f"{path.name}: x has {len(arrays['x'])} rows, y {len(arrays['y'])}")
        return _split(arrays["x"], arrays["y"])
    try:
        return arrays["train_x"], arrays["train_y"], arrays["test_x"], arrays["test_y"]
    except KeyError as error:
        raise DataError(
            f"{path.name}: no array {error}; it needs x and y, or train_x, train_y, test_x and test_y (found: {found})"
        ) from None


def quantize_features(train: Array, test: Array) -> tuple[Inputs, Inputs, float, int]:
    """Inputs as integers, with the real value of one step and the zero point.

    Whole numbers from 0 to 255 stay as they are: uint8, scale 2^-8, zero point 0.  Anything else
    becomes int8: scale = (max - min) / 255 over the training part, the least value at -128; test values
    beyond that are clamped.
    """
    if (train >= 0).all() and (train <= 255).all() and (train == np.floor(train)).all():
        clipped = np.clip(np.floor(test + 0.5), 0, 255)
        return train.astype(np.uint8), clipped.astype(np.uint8), IMAGE_SCALE, 0
    low, high = float(train.min()), float(train.max())
    scale = (high - low) / 255
    zero_point = int(np.clip(np.floor(-128 - low / scale + 0.5), -128, 127))
    train_q, test_q = (
        np.clip(np.floor(part / scale + 0.5) + zero_point, -128, 127).astype(np.int8) for part in (train, test)
    )
    return train_q, test_q, scale, zero_point


def _dataset(source: Source, parts: Parts, labels: tuple[str, ...], features: list[str] | None) -> Dataset:
    train, train_y, test, test_y = parts
    train, test = train.astype(np.float64), test.astype(np.float64)
    for part, x in (("training", train), ("test", test)):
        if not x.size:
            raise DataError(f"{source.name}: {part} part holds no numbers, its shape is {x.shape}")
        if not np.isfinite(x).all():
            index = tuple(int(i) for i in np.argwhere(~np.isfinite(x))[0])
            raise DataError(f"{source.name}: {part} part holds {x[index]} at {index}")
    if train.min() == train.max():
        raise DataError(f"{source.name}: every training value is {train.min():g}; nothing can be learned")
    span = float(train.max()) - float(train.min())
    if not SPANS[0] <= span <= SPANS[1]:
        raise DataError(f"{source.name}: training values span {span:g}; bring them to {SPANS[0]:g} .. {SPANS[1]:g}")
    train_q, test_q, scale, zero_point = quantize_features(train, test)
    _check_resolution(source, train, train_q, features)
    whole = Dataset(
        source.name, train_q, train_y.astype(np.int64), test_q, test_y.astype(np.int64), labels, scale, zero_point
    )
    return framed(whole, source.size, source.crop)


def _check_resolution(source: Source, real: Array, quantized: Inputs, features: list[str] | None) -> None:
    """Refuses features that vary, but not once they share the scale of a much larger one."""
    if real.ndim != 2:
        return
    lost = (np.ptp(real, axis=0) > 0) & (np.ptp(quantized.astype(np.int64), axis=0) == 0)
    if lost.any():
        index = int(np.argmax(lost))
        raise DataError(
            f"{source.name}: feature {features[index] if features else index} spans {np.ptp(real[:, index]):g}, "
            f"but the common 8-bit scale covers {np.ptp(real):g}: it would be constant; "
            "bring the features to similar ranges"
        )


def _path(source: Source) -> Path:
    if source.file is None:
        raise DataError(f"{source.name}: data.file must name the file")
    path = (source.folder or Path()) / source.file
    if not path.is_file():
        raise DataError(f"{source.name}: there is no file {path}")
    if path.stat().st_size > LARGEST_BYTES:
        raise DataError(f"{path.name}: has {path.stat().st_size} bytes, more than the {LARGEST_BYTES} allowed")
    return path


def _numbers(row: list[str], label_column: int, number: int, path: Path) -> list[float]:
    try:
        return [float(text) for index, text in enumerate(row) if index != label_column]
    except ValueError as error:
        raise DataError(f"{path.name}: row {number}: {error}") from None


def _label_order(label: str) -> tuple[bool, float, str]:
    """Numbers by value, then texts by alphabet."""
    try:
        return False, float(label), label
    except ValueError:
        return True, 0.0, label


def _split(x: Array, y: Array) -> Parts:
    order = np.random.default_rng(0).permutation(len(x))
    test, train = order[::TEST_SHARE], np.delete(order, np.s_[::TEST_SHARE])
    if not len(train):
        raise DataError(f"{len(x)} rows are too few to keep one in {TEST_SHARE} for the test")
    return x[train], y[train], x[test], y[test]
