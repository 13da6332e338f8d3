"""What a training epoch reads: integers of the data set, distorted if the recipe wants it, and their real values."""

import torch
from torch import Tensor, nn
from torch.optim.swa_utils import update_bn

from ..errors import RecipeError
from .augment import augment, crop_and_flip
from .data import Dataset
from .recipe import Recipe


class Inputs:
    """The training inputs of a data set in the memory of a device, and before they were resized, if they were."""

    def __init__(self, data: Dataset, device: str) -> None:
        self.data = data
        self.sized = torch.from_numpy(data.train_x).to(device)
        self.source = self.sized if data.train_source is None else torch.from_numpy(data.train_source)


def epoch_images(inputs: Inputs, recipe: Recipe, epoch: int, generator: torch.Generator) -> Tensor:
    """The training inputs of one epoch, integers: distorted, if the recipe wants it, each view always in one way."""
    if recipe.distill.views:
        generator = torch.Generator().manual_seed(recipe.train.seed + 1 + recipe.distill.view(epoch))
    settings = recipe.augment.faded((epoch - 1) / max(1, recipe.train.epochs - 1))
    images, moves = inputs.sized, bool(settings.crop or settings.flip)
    if not (settings.distorts or moves):
        return images
    if images.ndim != 4 or images.dtype != torch.uint8:
        raise RecipeError(f"augment: {inputs.data.name} holds no uint8 images (N, H, W, C) that could be distorted")
    if settings.distorts:
        source = inputs.source if settings.before_resize else images
        images = augment(source.cpu(), settings, images.shape[1], generator).to(images.device)
    return crop_and_flip(images, settings, generator) if moves else images


def real_values(inputs: Tensor, data: Dataset) -> Tensor:
    """What integers stand for, (q - zero_point) * scale in float32; channels, the last axis, come second."""
    real = (inputs.float() - data.zero_point) * data.scale
    return real.movedim(-1, 1)


@torch.no_grad()
def renew_statistics(model: nn.Module, data: Dataset, recipe: Recipe, device: str) -> None:
    """Batch norm's statistics anew, from all training inputs, distorted as in an epoch; running ones are of few.

    Source: Nagel et al. 2022, "Overcoming Oscillations in Quantization-Aware Training".
    """
    generator = torch.Generator().manual_seed(recipe.train.seed)
    images = epoch_images(Inputs(data, device), recipe, recipe.train.epochs, generator)
    order = torch.randperm(len(images), generator=generator).to(device)
    batches = [batch for batch in torch.split(order, recipe.train.batch_size) if len(batch) > 1]
    update_bn((real_values(images[batch], data) for batch in batches), model, torch.device(device))
