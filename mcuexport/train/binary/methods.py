"""The methods by name: how weights and activations of one bit are trained, chosen by one line of a recipe."""

from collections.abc import Callable
from dataclasses import dataclass, replace

from torch import nn

from ...errors import RecipeError
from ..activations import QuantActivation
from .estimators import Clipped, ErrorDecay, Estimator, Identity, Stochastic, Tanh
from .layers import BinarizeConv2d, BinarizeLinear, Inputs, SignActivation, UnitActivation
from .weights import BinaryConnect, BinaryNet, DoReFaWeights, LibraWeights, SignWeights, WeightMapping, XnorNet


@dataclass(frozen=True)
class Method:
    """weights, activation: make a layer's mapping, and what stands before a layer.  inputs: what that gives.

    gradient_bits: of the gradients through the layers, None for all of them.
    """

    weights: Callable[[], WeightMapping]
    activation: Callable[[], nn.Module]
    inputs: Inputs = "sign"
    gradient_bits: int | None = None

    def linear(self, inputs: int, outputs: int, kind: Inputs | None = None) -> BinarizeLinear:
        """A layer on `kind` of inputs, those of the method if it is not given."""
        return BinarizeLinear(inputs, outputs, self.weights(), kind or self.inputs, gradient_bits=self.gradient_bits)

    def convolution(
        self,
        inputs: int,
        outputs: int,
        kernel: int | tuple[int, int],
        stride: int | tuple[int, int] = 1,
        padding: int | tuple[int, int] = 0,
        kind: Inputs | None = None,
    ) -> BinarizeConv2d:
        """Likewise."""
        return BinarizeConv2d(
            inputs,
            outputs,
            kernel,
            stride,
            padding,
            self.weights(),
            kind or self.inputs,
            gradient_bits=self.gradient_bits,
        )

    def with_int8_activations(self) -> "Method":
        """The same weights with 8-bit activations: hard tanh."""
        return replace(self, activation=lambda: QuantActivation("hardtanh"), inputs="int8")


def by_estimator(kind: type[Estimator]) -> Method:
    """The sign of weights and activations, with one estimator for both."""
    return Method(lambda: SignWeights(kind()), lambda: SignActivation(kind()))


def dorefa(weights: int = 1, activations: int = 1, gradients: int = 32) -> Method:
    """DoReFa-Net of so many bits each: weights 1, 2 or 4, activations 1 to 7, gradients 1 to 32 (all of them).

    Raises RecipeError for other numbers.
    """
    DoReFaWeights(weights)
    if not 1 <= activations <= 7 or not 1 <= gradients <= 32:
        limits = "activations 1 to 7, gradients 1 to 32"
        raise RecipeError(f"DoReFa bits: {limits}; got {activations} and {gradients}")
    return Method(
        weights=lambda: DoReFaWeights(weights),
        activation=lambda: SignActivation(unit=True) if activations == 1 else UnitActivation(activations),
        inputs="unit" if activations == 1 else "int8",
        gradient_bits=None if gradients == 32 else gradients,
    )


METHODS: dict[str, Method] = {
    "identity": by_estimator(Identity),
    "clipped": by_estimator(Clipped),
    "stochastic": by_estimator(Stochastic),
    "tanh": by_estimator(Tanh),
    "binaryconnect": Method(BinaryConnect, SignActivation).with_int8_activations(),
    "binarynet": Method(BinaryNet, SignActivation),
    "xnor": Method(XnorNet, SignActivation),
    "dorefa": dorefa(),
    "irnet": Method(LibraWeights, lambda: SignActivation(ErrorDecay(clip=True))),
}


def method(name: str, bits: tuple[int, int, int] | None = None, *, binary_activations: bool = True) -> Method:
    """The method of that name.  bits: of DoReFa's weights, activations and gradients.

    binary_activations: False for 8-bit ones (1w32a).  Raises RecipeError.
    """
    if name not in METHODS:
        raise RecipeError(f"unknown method {name!r} (methods: {', '.join(METHODS)})")
    if bits is not None and name != "dorefa":
        raise RecipeError(f"bits are DoReFa's, {name} has one")
    found = METHODS[name] if bits is None else dorefa(*bits)
    return found if binary_activations else found.with_int8_activations()
