"""What a training epoch reads: integers of the data set, distorted if the recipe wants it, and their real values."""

from collections.abc import Iterator

import torch
from torch import Tensor, nn
from torch.optim.swa_utils import update_bn

from ..errors import RecipeError
from .augment import augment, crop_and_flip
from .data import Dataset, Framing
from .recipe import Augment, Recipe


class Inputs:
    """The training inputs of a data set in the memory of a device, as an epoch sees them: integers.

    at: the same inputs by their framing: the data set's own, and images of those that were asked for.
    """

    def __init__(self, data: Dataset, device: str) -> None:
        self.data, self.device = data, device
        self._source = torch.from_numpy(data.train_x if data.train_source is None else data.train_source)
        self._plain = {data.framing: torch.from_numpy(data.train_x).to(device)}
        self.at = dict(self._plain)
        self._view: int | None = None

    @property
    def now(self) -> Tensor:
        """(N, ...), what the network is trained on in this epoch."""
        return self.at[self.data.framing]

    @property
    def images(self) -> bool:
        """Whether they can be distorted and resized: uint8 (N, H, W, C)."""
        return self.now.ndim == 4 and self.now.dtype == torch.uint8

    @property
    def source_size(self) -> tuple[int, int]:
        """Height and width of images before any crop and resize."""
        return self._source.shape[1], self._source.shape[2]

    def ask_for(self, framing: Framing) -> None:
        """Images of this framing, too, from now on, made from the source's."""
        if framing not in self._plain:
            (framed,) = augment(self._source, Augment(), [framing], torch.Generator())
            self._plain[framing] = self.at[framing] = framed.to(self.device)

    def begin_epoch(self, recipe: Recipe, epoch: int, generator: torch.Generator) -> None:
        """Distorts them, if the recipe wants it, each view always in one way.  Raises RecipeError for no images."""
        if recipe.distill.views:
            view = recipe.view(epoch)
            if view == self._view:
                return
            self._view = view
            generator = torch.Generator().manual_seed(recipe.train.seed + 1 + view)
        settings = recipe.distortions(epoch)
        moves, own = bool(settings.crop or settings.flip), self.data.framing
        if (settings.distorts or moves) and not self.images:
            raise RecipeError(f"augment: {self.data.name} holds no uint8 images (N, H, W, C) that could be distorted")
        self.at = dict(self._plain)
        if settings.distorts:
            if settings.before_resize:
                distorted = augment(self._source, settings, list(self.at), generator)
            else:  # no other framing goes with that
                distorted = augment(self.now.cpu(), settings, [Framing(own.shape)], generator)
            self.at = {framing: images.to(self.device) for framing, images in zip(self.at, distorted, strict=True)}
        if moves:
            self.at[own] = crop_and_flip(self.now, settings, generator)


def real_values(inputs: Tensor, data: Dataset) -> Tensor:
    """What integers stand for, (q - zero_point) * scale in float32; channels, the last axis, come second."""
    real = (inputs.float() - data.zero_point) * data.scale
    return real.movedim(-1, 1)


@torch.no_grad()
def renew_statistics(model: nn.Module, inputs: Inputs, recipe: Recipe) -> None:
    """Batch norm's statistics anew, from all training inputs, distorted as in an epoch; running ones are of few.

    Source: Nagel et al. 2022, "Overcoming Oscillations in Quantization-Aware Training".
    """

    def batches() -> Iterator[Tensor]:  # nothing is made where there is no batch norm to ask for it
        generator = torch.Generator().manual_seed(recipe.train.seed)
        inputs.begin_epoch(recipe, recipe.train.epochs, generator)
        order = torch.randperm(len(inputs.now), generator=generator).to(inputs.device)
        for batch in torch.split(order, recipe.train.batch_size):
            if len(batch) > 1:
                yield real_values(inputs.now[batch], inputs.data)

    update_bn(batches(), model)
