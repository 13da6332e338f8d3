"""How latent real weights become a few levels times a scale: the methods that people know by name.

A mapping takes weights (out, ...) to weights of the same shape; each output's are levels times one real, which
the device folds away.  Any function that does so can be a layer's mapping; to give one a name for recipes, add
an entry to `METHODS` in `methods`.
"""

import torch
from torch import Tensor, nn

from ...errors import RecipeError
from ..quantizers import power_of_two
from .estimators import Clipped, ErrorDecay, Estimator, Identity, sign, unit_steps

DOREFA_FORMATS = {1: "binary", 2: "sym2", 4: "sym4"}


class WeightMapping(nn.Module):
    """format: the levels of the result.  per_output: whether every output has its own scale."""

    format = "binary"
    per_output = True

    def after_step(self, weight: Tensor) -> None:
        """What happens to the latent weights behind each step of the optimizer."""


class SignWeights(WeightMapping):
    """q(w) = sign(w), its gradient by an estimator."""

    per_output = False

    def __init__(self, estimator: Estimator) -> None:
        super().__init__()
        self.estimator = estimator

    def forward(self, weight: Tensor) -> Tensor:
        result: Tensor = self.estimator(weight)
        return result


class BinaryConnect(SignWeights):
    """q(w) = sign(w); dq/dw = 1; weights are clamped to [-1, 1] after each step, where more would change nothing.

    Source: Courbariaux et al. 2015, "BinaryConnect", algorithm 1, deterministic.
    """

    def __init__(self) -> None:
        super().__init__(Identity())

    @torch.no_grad()
    def after_step(self, weight: Tensor) -> None:
        weight.clamp_(-1, 1)


class BinaryNet(BinaryConnect):
    """As `BinaryConnect`, dq/dw = 1 for |w| <= 1, else 0; meant for binary activations too.

    Source: Courbariaux, Hubara et al. 2016, "Binarized Neural Networks", algorithm 1.
    """

    def __init__(self) -> None:
        super().__init__()
        self.estimator = Clipped()


class XnorNet(WeightMapping):
    """q(w) = alpha sign(w), alpha = mean |w| of the output: of all such, the nearest to w.

    Gradient: through alpha, and through the sign where |w| <= 1.  The paper's scale K of the activations is left
    out: it would cost the device real products at every pixel.
    Source: Rastegari et al. 2016, "XNOR-Net", equations 6 and 7.
    """

    def __init__(self) -> None:
        super().__init__()
        self.estimator = Clipped()

    def forward(self, weight: Tensor) -> Tensor:
        alpha = weight.abs().flatten(1).mean(dim=1).view(-1, *[1] * (weight.ndim - 1))
        result: Tensor = alpha * self.estimator(weight)
        return result


class LibraWeights(WeightMapping):
    """q(w) = 2^s sign(v), v = (w - mean) / deviation of the output, s = round(log2(mean |v|)).

    Balanced, so that both signs are equally frequent and carry a whole bit; the power of two is a shift on the
    device, or nothing.  Gradient: the error decay estimator's by v, then through the standardisation.
    Source: Qin et al. 2020 (IR-Net), equations 7 to 9, "Libra parameter binarization".
    """

    def __init__(self) -> None:
        super().__init__()
        self.estimator = ErrorDecay()

    def forward(self, weight: Tensor) -> Tensor:
        rows = weight.flatten(1)
        centred = rows - rows.mean(dim=1, keepdim=True)
        v = centred / centred.std(dim=1, keepdim=True).clamp_min(1e-8)
        scale = power_of_two(v.abs().mean(dim=1, keepdim=True)).detach()
        result: Tensor = (self.estimator(v) * scale).view_as(weight)
        return result


class DoReFaWeights(WeightMapping):
    """k bits: q(w) = 2 quantize_k(tanh(w) / (2 max |tanh(w)|) + 1/2) - 1; one bit: q(w) = mean |w| sign(w).

    The mean and the maximum are those of the whole layer.  dq/dw: through tanh, straight through the rounding;
    one bit: 1.  bits: 1, 2 or 4, which are the formats binary, sym2 and sym4.
    Source: Zhou et al. 2016, "DoReFa-Net", equations 7 to 9.
    """

    per_output = False

    def __init__(self, bits: int = 1) -> None:
        super().__init__()
        if bits not in DOREFA_FORMATS:
            raise RecipeError(f"DoReFa weights of {bits} bits have no format here; use {list(DOREFA_FORMATS)}")
        self.bits, self.format = bits, DOREFA_FORMATS[bits]

    def forward(self, weight: Tensor) -> Tensor:
        if self.bits == 1:
            mean = weight.detach().abs().mean()
            levels: Tensor = Identity()(weight / mean)
            return levels * mean
        curved = torch.tanh(weight)
        return 2 * unit_steps(curved / (2 * curved.detach().abs().max()) + 0.5, self.bits) - 1


__all__ = [
    "BinaryConnect",
    "BinaryNet",
    "DoReFaWeights",
    "LibraWeights",
    "SignWeights",
    "WeightMapping",
    "XnorNet",
    "sign",
]
