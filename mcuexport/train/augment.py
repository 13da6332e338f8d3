"""Random distortions of images, a whole batch at once: one affine map and one elastic field per image."""

import math
from collections.abc import Sequence

import torch
from torch import Generator, Tensor
from torch.nn import functional

from .data import Framing
from .data.resize import resize_matrix
from .recipe import Augment

CONTROL_POINTS = 6
CHUNK = 1024


def augment(images: Tensor, settings: Augment, framings: Sequence[Framing], generator: Generator) -> list[Tensor]:
    """Distorts uint8 images (N, H, W, C), crops and resizes them to each framing, rounded half up to uint8.

    What training sees is then what the device sees: whole numbers of the sensor.  All strengths 0:
    the plain resize.
    """
    chunks = [_augment(chunk, settings, framings, generator) for chunk in torch.split(images, CHUNK)]
    return [torch.cat(parts) for parts in zip(*chunks, strict=True)]


def crop_and_flip(images: Tensor, settings: Augment, generator: Generator) -> Tensor:
    """Moves uint8 images (N, H, W, C) by up to `crop` pixels, black coming in, and mirrors half with `flip`.

    Drawn on the CPU, so that every device sees the same.
    """
    return torch.cat([_crop_and_flip(chunk, settings, generator) for chunk in torch.split(images, CHUNK)])


def _crop_and_flip(images: Tensor, settings: Augment, generator: Generator) -> Tensor:
    count, height, width, _ = images.shape
    border = settings.crop
    padded = functional.pad(images, (0, 0, border, border, border, border))
    first = torch.randint(2 * border + 1, (count, 2, 1), generator=generator)
    rows, columns = first[:, 0] + torch.arange(height), first[:, 1] + torch.arange(width)
    if settings.flip:
        mirrored = torch.randint(2, (count, 1), generator=generator).bool()
        columns = torch.where(mirrored, columns.flip(1), columns)
    where = torch.arange(count)[:, None, None], rows[:, :, None], columns[:, None, :]
    return padded[tuple(index.to(images.device) for index in where)]


def _augment(images: Tensor, settings: Augment, framings: Sequence[Framing], generator: Generator) -> list[Tensor]:
    pixels = images.permute(0, 3, 1, 2).float()  # (N, C, H, W)
    count, _, height, width = pixels.shape
    if settings.distorts:
        grid = affine_grid(count, (height, width), settings, generator)
        if settings.elastic:
            grid = grid + elastic_field(count, (height, width), settings.elastic, generator)
        pixels = functional.grid_sample(pixels, grid.permute(0, 2, 3, 1), align_corners=False)  # zeros outside
    resized = [_framed(pixels, framing) for framing in framings]
    return [torch.floor(one.clamp(0, 255) + 0.5).to(torch.uint8).permute(0, 2, 3, 1) for one in resized]


def _framed(pixels: Tensor, framing: Framing) -> Tensor:
    here, wanted = tuple(pixels.shape[2:]), framing.shape[:2]
    if here == wanted and framing.crop is None:
        return pixels
    axes = (resize_matrix(*axis, framing.crop) for axis in zip(here, wanted, strict=True))
    rows, columns = (torch.tensor(axis, dtype=torch.float32) for axis in axes)
    return rows @ pixels @ columns.T


def _uniform(count: int, strength: float, generator: Generator) -> Tensor:
    return (torch.rand(count, generator=generator) * 2 - 1) * strength


def affine_grid(count: int, shape: tuple[int, int], settings: Augment, generator: Generator) -> Tensor:
    """Where each output pixel is read from, (N, 2, H, W): x and y in [-1, 1], of the pixels' centres.

    Each strength is the half-width of a uniform distribution: rotation in degrees; factors 1 +- scale,
    for x and y apart; x moved by shear * y; shift as a part of the image's width.
    """
    angle = _uniform(count, math.radians(settings.rotation), generator)
    scale_x, scale_y = (1 + _uniform(count, settings.scale, generator) for _ in range(2))
    shear = _uniform(count, settings.shear, generator)
    shift_x, shift_y = (2 * _uniform(count, settings.shift, generator) for _ in range(2))
    cos, sin = torch.cos(angle), torch.sin(angle)
    row_x = torch.stack((cos * scale_x, (shear * cos - sin) * scale_y, shift_x), dim=1)
    row_y = torch.stack((sin * scale_x, (shear * sin + cos) * scale_y, shift_y), dim=1)
    maps = torch.stack((row_x, row_y), dim=1)  # (N, 2, 3)
    return (maps.reshape(-1, 3) @ _centres(shape)).reshape(count, 2, *shape)


def _centres(shape: tuple[int, int]) -> Tensor:
    """Homogeneous coordinates (3, H * W) of the pixels' centres: rows x, y, 1."""
    y, x = torch.meshgrid(*((torch.arange(n) + 0.5) * 2 / n - 1 for n in shape), indexing="ij")
    return torch.stack((x, y, torch.ones(shape))).reshape(3, -1)


def elastic_field(count: int, shape: tuple[int, int], strength: float, generator: Generator) -> Tensor:
    """A smooth random displacement (N, 2, H, W), in units of half the image.

    Normal displacements of `strength` (a part of the image's width) at 6x6 control points, between
    which it is interpolated linearly.  After Simard et al. 2003, with fewer random numbers.
    """
    control = torch.randn(count, 2, CONTROL_POINTS, CONTROL_POINTS, generator=generator) * (2 * strength)
    rows, columns = (torch.tensor(resize_matrix(CONTROL_POINTS, n), dtype=torch.float32) for n in shape)
    return rows @ control @ columns.T
