"""Antialiased bilinear resize, the same on every machine: one small matrix for each axis."""

import numpy as np
from numpy.typing import NDArray


def resize_matrix(source: int, target: int) -> NDArray[np.float64]:
    """Weights (target, source), each row summing to 1: triangles around the centres of the target's pixels.

    Shrinking widens the triangle by source / target, so that every source pixel counts (what Pillow and
    torchvision call antialiasing); enlarging is plain bilinear interpolation.
    """
    ratio = source / target
    width = max(ratio, 1.0)
    centres = (np.arange(target) + 0.5) * ratio
    distance = np.abs(np.arange(source)[None, :] + 0.5 - centres[:, None]) / width
    weights = np.clip(1.0 - distance, 0.0, None)
    normalised: NDArray[np.float64] = weights / weights.sum(axis=1, keepdims=True)
    return normalised


def resize_images(images: NDArray[np.uint8], size: int) -> NDArray[np.uint8]:
    """Images (N, H, W, C) to (N, size, size, C), rounded half up."""
    _, height, width, _ = images.shape
    if (height, width) == (size, size):
        return images
    rows, columns = resize_matrix(height, size), resize_matrix(width, size)
    resized = np.empty((len(images), size, size, images.shape[3]), np.uint8)
    for start in range(0, len(images), 4096):  # bounds the float copies to some 50 MB
        part = images[start : start + 4096].astype(np.float64)
        part = np.einsum("th,nhwc->ntwc", rows, part, optimize=True)
        part = np.einsum("tw,nhwc->nhtc", columns, part, optimize=True)
        resized[start : start + 4096] = np.floor(np.clip(part, 0, 255) + 0.5)
    return resized
