"""A module's forward pass as data, and back: a list of layers and what each of them reads.

What cannot be exported is refused with the module's path, the line of source and the alternative: all of
it at once.  `TracedModel` runs such a list without any generated code.
"""

import operator
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor, fx, nn

from ..errors import CheckpointError, McuexportError, RecipeError
from .alternatives import alternative
from .joints import Add, Concat
from .models import LAYERS, layer_config
from .parametrized import as_quantized
from .tracer import called, is_size, path, place, record

INPUT = "input"
FUNCTIONS: dict[Any, type[nn.Module]] = {
    **dict.fromkeys((torch.flatten, "flatten"), nn.Flatten),
    **dict.fromkeys((operator.add, operator.iadd, torch.add, "add", "add_"), Add),
    **dict.fromkeys((torch.cat, torch.concat, torch.concatenate), Concat),
    **dict.fromkeys(("contiguous", "clone"), nn.Identity),
}


@dataclass(frozen=True)
class TracedLayer:
    """One call of a layer.  layer: its path in the user's module; inputs: names of what it reads."""

    name: str
    layer: str
    kind: str
    inputs: tuple[str, ...]
    config: dict[str, Any]
    state: dict[str, Tensor]


@dataclass
class Trace:
    """The layers of a forward pass in order, ` (file:line)` of each by name, and a sentence for each problem."""

    layers: list[TracedLayer] = field(default_factory=list)
    places: dict[str, str] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)


def trace(model: nn.Module, name: str) -> tuple[TracedLayer, ...]:
    """The layers of `model` in the order of its forward pass; the last one gives the result.

    Raises CheckpointError, a line for each operation that has no integer meaning here, for control flow that
    depends on data, and for more than one input or output.
    """
    found = trace_all(model, name)
    if found.problems:
        raise CheckpointError("\n".join(found.problems))
    return tuple(found.layers)


def trace_all(model: nn.Module, name: str) -> Trace:
    """As `trace`, but problems are returned; the layers are all there only if there is none."""
    recording = record(model)
    found = Trace(problems=[within(name, problem) for problem in recording.problems])
    values: dict[fx.Node, str] = {}
    for node in recording.graph.nodes if recording.graph else ():
        if node.op == "placeholder":
            if values:
                found.problems.append(f"{name}: forward takes more than one input; {node.name} is the second")
            values[node] = INPUT
        elif node.op == "output":
            _check_result(node, values, found, name)
        elif node.op == "get_attr" or any(map(is_size, (node, *node.all_input_nodes))):
            values[node] = node.name  # what reads it is refused, or was in the recording
        else:
            values[node] = node.name
            found.places[node.name] = place(node)
            try:
                found.layers.append(_traced(node, model, values))
            except RecipeError as error:
                where = f"{name}.{path(node)}" if path(node) else name
                found.problems.append(f"{where}: {error}")
    return found


def within(name: str, problem: str) -> str:
    """A recording's sentence opens with a module's path, or, of the model itself, with what is wrong."""
    return f"{name}.{problem}" if " " not in problem.partition(": ")[0] else f"{name}: {problem}"


def _check_result(node: fx.Node, values: Mapping[fx.Node, str], found: Trace, name: str) -> None:
    result = node.args[0]
    if not isinstance(result, fx.Node):
        found.problems.append(f"{name}: forward returns several values; return the outputs only")
    elif not found.problems and (not found.layers or values.get(result) != found.layers[-1].name):
        found.problems.append(f"{name}: forward returns something other than its last layer's result")


def _traced(node: fx.Node, model: nn.Module, values: Mapping[fx.Node, str]) -> TracedLayer:
    """Raises RecipeError for what has no integer form."""
    arguments = _arguments(node)
    if node.op == "call_module":
        module, layer = as_quantized(model.get_submodule(str(node.target))), str(node.target)
    else:
        kind = FUNCTIONS.get(node.target)
        if kind is None or arguments is None:
            raise RecipeError(f"{called(node)} has no integer form{place(node)}; {alternative(called(node))}")
        module, layer = kind(), node.name
    kind = type(module)
    if kind.__name__ not in LAYERS or arguments is None:
        raise RecipeError(f"{kind.__name__} has no integer form{place(node)}; {alternative(kind.__name__)}")
    try:
        config = layer_config(module)
    except RecipeError as error:
        raise RecipeError(f"{error}{place(node)}") from None
    state = {key: value.detach().clone() for key, value in module.state_dict().items()}
    return TracedLayer(node.name, layer, kind.__name__, tuple(values[a] for a in arguments), config, state)


def _arguments(node: fx.Node) -> Sequence[fx.Node] | None:
    """The values that a call reads, in order; None if its other arguments ask for more than the layer does."""
    kind, arguments = FUNCTIONS.get(node.target), list(node.args)
    if node.op == "call_module":
        arguments += node.kwargs.values()
    elif kind is Concat:
        dim = node.kwargs.get("dim", arguments[1] if len(arguments) > 1 else 0)
        branches = node.kwargs.get("tensors", arguments[0] if arguments else ())
        arguments = list(branches) if dim == 1 and isinstance(branches, Sequence) else []
    elif kind is Add:
        alpha = node.kwargs.get("alpha", 1)
        arguments += [node.kwargs["other"]] if "other" in node.kwargs else []
        arguments = arguments if alpha == 1 and len(arguments) == 2 else []
    elif kind is nn.Flatten:
        first = node.kwargs.get("start_dim", arguments[1] if len(arguments) > 1 else 0)
        last = node.kwargs.get("end_dim", arguments[2] if len(arguments) > 2 else -1)
        arguments = arguments[:1] if (first, last) == (1, -1) else []
    nodes = [a for a in arguments if isinstance(a, fx.Node) and a.op != "get_attr"]
    return nodes if nodes and len(nodes) == len(arguments) else None


class TracedModel(nn.Module):
    """Runs traced layers; float32 for training, `.double()` to judge."""

    def __init__(self, traced: tuple[TracedLayer, ...]) -> None:
        super().__init__()
        self.traced = traced
        self.layers = nn.ModuleList()
        for layer in traced:
            try:
                self.layers.append(rebuild(layer))
            except McuexportError as error:
                raise type(error)(f"{layer.layer}: {error}") from error

    def values(self, x: Tensor) -> dict[str, Tensor]:
        """What every layer makes of an input, by name."""
        values = {INPUT: x}
        for traced, layer in zip(self.traced, self.layers, strict=True):
            values[traced.name] = layer(*(values[name] for name in traced.inputs))
        return values

    def forward(self, x: Tensor) -> Tensor:
        return self.values(x)[self.traced[-1].name]


def rebuild(traced: TracedLayer) -> nn.Module:
    """The layer from its data.  Raises CheckpointError if type, arguments and tensors do not fit."""
    if traced.kind not in LAYERS:
        raise CheckpointError(f"unknown layer type {traced.kind!r}; known: {', '.join(LAYERS)}")
    try:
        declared = _declared_shape(traced.config)
        weight = traced.state.get("weight", traced.state.get("running_mean"))
        if declared is not None and (weight is None or tuple(weight.shape) != declared):
            found = "none" if weight is None else "x".join(map(str, weight.shape))
            wanted = "x".join(map(str, declared))
            raise CheckpointError(f"{wanted} weights are declared, {found} stored")
        module = LAYERS[traced.kind](**traced.config)
        module.load_state_dict(traced.state)
    except McuexportError:
        raise
    except Exception as error:  # whatever arguments out of a file make a layer raise
        reason = " ".join(str(error).split())
        raise CheckpointError(f"{traced.kind} does not fit its data: {reason}") from None
    return module.eval()


def _declared_shape(config: dict[str, Any]) -> tuple[Any, ...] | None:
    """The weights' shape by a layer's arguments, looked at before memory is claimed for them."""
    if "num_features" in config:
        return (config["num_features"],)
    if "out_features" in config:
        return config["out_features"], config.get("in_features")
    if "out_channels" in config:
        groups = config.get("groups") or 1
        return config["out_channels"], config["in_channels"] // groups, *config["kernel_size"]
    return None
