"""Quantizers on a module of the user's own: `quantize_` puts them on, `Quantization.restore` takes them off.

Weights get a `WeightQuantizer` by torch.nn.utils.parametrize: the float weights stay where they were, as
`parametrizations.weight.original`.  Activation modules are exchanged for a QuantActivation of the same
function, and every branch that needs 8 bits gets one.
"""

import fnmatch
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from torch import nn
from torch.nn.utils import parametrize

from ..errors import RecipeError
from .activations import QuantActivation
from .branches import unquantized_branches
from .layers import WeightQuantizer
from .parametrized import QUANTIZABLE

ACTIVATIONS: dict[type[nn.Module], str] = {
    nn.ReLU: "relu",
    nn.ReLU6: "relu6",
    nn.Hardswish: "hardswish",
    nn.GELU: "gelu",
    nn.Hardtanh: "hardtanh",
    nn.Tanh: "tanh",
    nn.Sigmoid: "sigmoid",
}


@dataclass(frozen=True)
class Rule:
    """Which layers get which quantizer; of several rules that match a layer, the last one counts.

    name: pattern of the module's path, as `layer2.*.conv1`.  kind: the type of the layer.  position: among all
    quantizable layers in the order of `named_modules`, negative from the end.  quantize: False leaves
    the layer alone.  options: arguments of `WeightQuantizer`: format, per_output, clip ...
    """

    name: str = "*"
    kind: type[nn.Module] | None = None
    position: int | None = None
    quantize: bool = True
    options: Mapping[str, Any] = field(default_factory=dict)

    def matches(self, path: str, module: nn.Module, position: int, count: int) -> bool:
        return (
            fnmatch.fnmatchcase(path, self.name)
            and (self.kind is None or isinstance(module, self.kind))
            and (self.position is None or self.position % count == position)
        )


class Quantization:
    """What `quantize_` did to a model, and how to undo it."""

    def __init__(self, model: nn.Module) -> None:
        self._model = model
        self._exchanged: list[tuple[str, nn.Module]] = []
        self._parametrized: list[nn.Module] = []

    def put(self, path: str, module: nn.Module) -> None:
        """Exchanges a submodule."""
        self._exchanged.append((path, self._model.get_submodule(path)))
        self._model.set_submodule(path, module)

    def parametrize(self, module: nn.Module, quantizer: WeightQuantizer) -> None:
        """Puts a quantizer on a module's weight."""
        quantizer.update(module.weight)  # type: ignore[arg-type]
        parametrize.register_parametrization(module, "weight", quantizer)
        self._parametrized.append(module)

    def update_scales(self) -> None:
        """Sets every weight scale from the present weights; once per epoch is usual."""
        for module in self._parametrized:
            parametrization = module.parametrizations.weight  # type: ignore[union-attr]
            parametrization[0].update(parametrization.original)  # type: ignore[index,operator,union-attr]

    def restore(self) -> None:
        """Takes everything off; the model has its own modules and float weights again."""
        for path, module in reversed(self._exchanged):
            self._model.set_submodule(path, module)
        for module in self._parametrized:
            # Removal keeps the float weights in the module, not the quantized ones.
            parametrize.remove_parametrizations(module, "weight", leave_parametrized=False)
        self._exchanged, self._parametrized = [], []


def quantize_(model: nn.Module, rules: Sequence[Rule] = (Rule(),)) -> Quantization:
    """Puts quantizers on `model` in place: weights by `rules`, activations to 8 bits.

    Every nn.Linear, nn.Conv1d and nn.Conv2d that a rule matches gets a weight quantizer; activation modules
    in `ACTIVATIONS` become QuantActivation, and so does the end of every branch that needs 8 bits.
    Raises RecipeError if no layer matches, CheckpointError if the model cannot be traced.
    """
    done = Quantization(model)
    layers = [(path, module) for path, module in model.named_modules() if type(module) in QUANTIZABLE]
    for position, (path, module) in enumerate(layers):
        matching = [rule for rule in rules if rule.matches(path, module, position, len(layers))]
        if matching and matching[-1].quantize:
            done.parametrize(module, WeightQuantizer(module.weight.shape[0], **matching[-1].options))  # type: ignore[index,union-attr]
    if not done._parametrized:
        raise RecipeError(f"no rule matches any of the {len(layers)} layers that can be quantized")
    for path, module in list(model.named_modules()):
        if type(module) in ACTIVATIONS:
            done.put(path, QuantActivation(ACTIVATIONS[type(module)]))
    for path in unquantized_branches(model):
        done.put(path, nn.Sequential(model.get_submodule(path), QuantActivation("identity")))
    return done
