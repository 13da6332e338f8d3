"""Quantizers on a module of the user's own: `quantize_` puts them on, `Quantization.restore` takes them off.

Weights get a `WeightQuantizer` by torch.nn.utils.parametrize: the float weights stay where they were, as
`parametrizations.weight.original`.  Activation modules are exchanged for a QuantActivation of the same
function, and every branch that needs 8 bits gets one.
"""

import fnmatch
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from torch import Tensor, nn
from torch.nn.utils import parametrize

from ..errors import CheckpointError, McuexportError, RecipeError
from .activations import QuantActivation
from .branches import leaks_behind_joints, unquantized_branches
from .exchange import ACTIVATIONS
from .layers import QuantLayer, WeightQuantizer
from .parametrized import QUANTIZABLE, require_supported
from .tracer import record


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
            and (self.position is None or self.position in (position, position - count))
        )

    def __str__(self) -> str:
        kind = "" if self.kind is None else f" of kind {self.kind.__name__}"
        position = "" if self.position is None else f" at position {self.position}"
        return f"the rule for {self.name!r}{kind}{position}"


class Quantization:
    """What `quantize_` did to a model, and how to undo it."""

    def __init__(self, model: nn.Module) -> None:
        self._model = model
        self._exchanged: list[tuple[str, nn.Module]] = []
        self._parametrized: list[nn.Module] = []
        self._rescaled: list[tuple[nn.Parameter, Tensor]] = []

    @property
    def is_begun(self) -> bool:
        """Whether any weights are quantized."""
        return bool(self._parametrized)

    def put(self, path: str, module: nn.Module) -> None:
        """Exchanges a submodule, in the mode of the old one and where the model's parameters are."""
        old = self._model.get_submodule(path)
        self._exchanged.append((path, old))
        for parameter in self._model.parameters():
            module.to(parameter.device)
            break
        self._model.set_submodule(path, module)
        for new in module.modules():
            new.training = old.training

    def parametrize(self, module: nn.Module, quantizer: WeightQuantizer) -> None:
        """Puts a quantizer on a module's weight."""
        quantizer.to(module.weight.device).update(module.weight)  # type: ignore[arg-type]
        parametrize.register_parametrization(module, "weight", quantizer)
        for new in module.parametrizations.modules():  # type: ignore[union-attr]
            new.training = module.training
        self._parametrized.append(module)

    def rescale(self, parameter: nn.Parameter, factor: Tensor) -> None:
        """Multiplies a parameter by powers of two: nothing is lost."""
        parameter.data.mul_(factor)
        self._rescaled.append((parameter, factor))

    def update_scales(self) -> None:
        """Sets every weight scale from the present weights; once per epoch is usual."""
        for module in self._parametrized:
            parametrization = module.parametrizations.weight  # type: ignore[union-attr]
            parametrization[0].update(parametrization.original)  # type: ignore[index,union-attr]

    def restore(self) -> None:
        """Takes everything off; the model has its own modules and float weights again."""
        for path, module in reversed(self._exchanged):
            self._model.set_submodule(path, module)
        for module in self._parametrized:
            # Removal keeps the float weights in the module, not the quantized ones.
            parametrize.remove_parametrizations(module, "weight", leave_parametrized=False)
        for parameter, factor in self._rescaled:
            parameter.data.div_(factor)
        self._exchanged, self._parametrized, self._rescaled = [], [], []


def quantize_(model: nn.Module, rules: Sequence[Rule] = (Rule(),)) -> Quantization:
    """Puts quantizers on `model` in place: weights by `rules`, activations to 8 bits.

    Every nn.Linear, nn.Conv1d and nn.Conv2d that a rule matches gets a weight quantizer; activation modules
    in `ACTIVATIONS` become QuantActivation, and so does the end of every branch that needs 8 bits.
    Raises RecipeError if a rule matches no layer or an activation has no 8-bit form, CheckpointError if the
    model cannot be traced; the model is then as it was.
    """
    done = Quantization(model)
    problems = try_to_quantize(model, rules, done)
    if problems:
        done.restore()
        raise type(problems[0])("\n".join(map(str, problems)))
    return done


def try_to_quantize(model: nn.Module, rules: Sequence[Rule], done: Quantization) -> list[McuexportError]:
    """As `quantize_`, but goes on past what cannot be done, and returns it."""
    recording = record(model)
    problems: list[McuexportError] = [CheckpointError(problem) for problem in recording.problems]
    problems += _put_weights(model, rules, done)
    for path, module in list(model.named_modules(remove_duplicate=False)):
        if type(module) in ACTIVATIONS:
            try:
                done.put(path, ACTIVATIONS[type(module)](module))
            except RecipeError as error:
                problems.append(RecipeError(f"{path}: {error}"))
    graph = record(model).graph
    if graph is not None:
        for path in unquantized_branches(graph, model):
            layers = [("layer", model.get_submodule(path)), ("act", QuantActivation("identity"))]
            done.put(path, nn.Sequential(OrderedDict(layers)))
        for path in leaks_behind_joints(graph, model):
            layers = [("before", QuantActivation("identity")), ("act", model.get_submodule(path))]
            done.put(path, nn.Sequential(OrderedDict(layers)))
    return problems


def _put_weights(model: nn.Module, rules: Sequence[Rule], done: Quantization) -> list[McuexportError]:
    layers = [(path, module) for path, module in model.named_modules() if type(module) in QUANTIZABLE]
    names = ", ".join(path for path, _ in layers)
    chosen: dict[str, Rule] = {}
    for rule in rules:
        matching = [p for i, (p, module) in enumerate(layers) if rule.matches(p, module, i, len(layers))]
        if not matching and layers:
            return [RecipeError(f"{rule} matches none of the {len(layers)} layers that can be quantized: {names}")]
        chosen |= dict.fromkeys(matching, rule)
    problems: list[McuexportError] = []
    for path, module in layers:
        if path in chosen and chosen[path].quantize:
            try:
                require_supported(module)
                quantizer = WeightQuantizer(module.weight.shape[0], **chosen[path].options)
            except McuexportError as error:
                problems.append(RecipeError(f"{path}: {error}"))
            except TypeError:
                known = ", ".join(WeightQuantizer(1).config())
                problems.append(RecipeError(f"{path}: options are {known}; got {', '.join(chosen[path].options)}"))
            else:
                done.parametrize(module, quantizer)
    if not problems and not done.is_begun and not any(isinstance(m, QuantLayer) for m in model.modules()):
        return [RecipeError(f"nothing to quantize: {len(layers)} layers can be, no rule asks for one")]
    return problems
