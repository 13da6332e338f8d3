"""Training samples mixed with others of their batch, and their labels with them."""

import torch
from torch import Tensor
from torch.distributions import Beta
from torch.nn import functional

from ...errors import RecipeError
from .base import Run, Trick


class Mixing(Trick):
    """``x <- share * x + (1 - share) * x[other]``, or a rectangle of x[other] pasted in; labels by their shares.

    share is drawn from Beta(alpha, alpha) for each batch.  Sources: Zhang et al. 2018, "mixup: Beyond Empirical Risk
    Minimization"; Yun et al. 2019, "CutMix".  Random numbers are torch's own, which the loop seeds for each epoch.
    """

    def __init__(self, run: Run) -> None:
        self.settings, self.classes = run.recipe.mix, len(run.data.labels)
        if self.settings.cutmix and len(run.data.shape) != 3:
            raise RecipeError(f"mix.cutmix: {run.data.name} holds no images out of which rectangles could be cut")

    def batch(self, x: Tensor, wanted: Tensor, part: Tensor) -> tuple[Tensor, Tensor]:
        chances = torch.rand(2)
        if chances[0] >= self.settings.probability:
            return x, wanted
        cut = bool(self.settings.cutmix) and (not self.settings.mixup or bool(chances[1] < 0.5))
        alpha = self.settings.cutmix if cut else self.settings.mixup
        share = float(Beta(alpha, alpha).sample())
        other = torch.randperm(len(x)).to(x.device)
        x, share = cutmix(x, other, share) if cut else (torch.lerp(x[other], x, share), share)
        labels = functional.one_hot(wanted, self.classes).float()
        return x, torch.lerp(labels[other], labels, share)


def cutmix(x: Tensor, other: Tensor, share: float) -> tuple[Tensor, float]:
    """Pastes a rectangle of images x[other] into x (N, C, H, W), and the share of x that is left.

    The rectangle has the proportions of the image, 1 - share of its area and its centre anywhere; beyond the image it
    is cut off, which the returned share counts.
    """
    height, width = x.shape[2:]
    side = (1 - share) ** 0.5
    (top, bottom), (left, right) = (_span(size, side) for size in (height, width))
    mixed = x.clone()
    mixed[:, :, top:bottom, left:right] = x[other, :, top:bottom, left:right]
    return mixed, 1 - (bottom - top) * (right - left) / (height * width)


def _span(size: int, side: float) -> tuple[int, int]:
    centre, half = int(torch.randint(size, ())), int(size * side) // 2
    return max(0, centre - half), min(size, centre + half)
