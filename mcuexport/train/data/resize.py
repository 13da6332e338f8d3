"""Antialiased bilinear resize of images or their middles, the same on every machine: a small matrix for each axis."""

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from ...errors import DataError
from .base import Dataset


def resize_matrix(source: int, target: int, crop: int | None = None) -> NDArray[np.float64]:
    """Weights (target, source), each row summing to 1: triangles around the centres of the target's pixels.

    Shrinking widens the triangle by source / target, so that every source pixel counts (what Pillow and
    torchvision call antialiasing); enlarging is plain bilinear interpolation.  crop: as if the source had only its
    middle `crop` pixels (odd ones out: one more is left at the end).
    """
    kept = source if crop is None else crop
    ratio = kept / target
    width = max(ratio, 1.0)
    centres = (np.arange(target) + 0.5) * ratio
    distance = np.abs(np.arange(kept)[None, :] + 0.5 - centres[:, None]) / width
    weights = np.clip(1.0 - distance, 0.0, None)
    first = (source - kept) // 2
    whole = np.zeros((target, source))
    whole[:, first : first + kept] = weights / weights.sum(axis=1, keepdims=True)
    return whole


def resize_images(images: NDArray[np.uint8], size: int, crop: int | None = None) -> NDArray[np.uint8]:
    """Images (N, H, W, C), or their middle crop x crop pixels, to (N, size, size, C), rounded half up."""
    _, height, width, _ = images.shape
    rows, columns = resize_matrix(height, size, crop), resize_matrix(width, size, crop)
    resized = np.empty((len(images), size, size, images.shape[3]), np.uint8)
    for start in range(0, len(images), 4096):  # bounds the float copies to some 50 MB
        part = images[start : start + 4096].astype(np.float64)
        part = np.einsum("th,nhwc->ntwc", rows, part, optimize=True)
        part = np.einsum("tw,nhwc->nhtc", columns, part, optimize=True)
        resized[start : start + 4096] = np.floor(np.clip(part, 0, 255) + 0.5)
    return resized


def framed(data: Dataset, size: int | None, crop: int | None) -> Dataset:
    """The set with the middle crop x crop pixels (none: all) of its images, resized to size x size (none: as they are).

    Raises DataError for inputs that are no images, and for a crop that is larger than they are.
    """
    if size is None and crop is None:
        return data
    if len(data.shape) != 3 or data.train_x.dtype != np.uint8:
        found = f"{data.train_x.dtype} (N, {', '.join(map(str, data.shape))})"
        raise DataError(
            f"{data.name}: data.size and data.crop are for uint8 images (N, H, W, C), its inputs are {found}; "
            "leave them out"
        )
    height, width, _ = data.shape
    if crop is not None and crop > min(height, width):
        raise DataError(f"{data.name}: data.crop = {crop} is more than its images have, {height}x{width} pixels")
    crop = None if crop == height == width else crop
    whole, test_x = (x.astype(np.uint8, copy=False) for x in (data.train_x, data.test_x))
    size = size or crop or height
    if (height, width) == (size, size) and crop is None:
        return data
    train_x, test_x = resize_images(whole, size, crop), resize_images(test_x, size, crop)
    return replace(data, train_x=train_x, test_x=test_x, train_source=whole, crop=crop)
