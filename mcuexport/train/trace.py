"""A module's forward pass as data, and back: a list of layers and what each of them reads.

torch's own symbolic tracer (torch.fx) records the calls; what cannot be exported is refused with the
module's path and the line of source.  `TracedModel` runs such a list without any generated code.
"""

import operator
import re
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, fx, nn

from ..errors import CheckpointError
from .joints import Add, Concat
from .models import LAYERS, layer_config
from .parametrized import as_quantized, quantized_kind

INPUT = "input"
FUNCTIONS: dict[Any, nn.Module] = {
    torch.flatten: nn.Flatten(),
    "flatten": nn.Flatten(),
    operator.add: Add(),
    operator.iadd: Add(),
    torch.add: Add(),
    "add": Add(),
    torch.cat: Concat(),
}
_SOURCE = re.compile(r'File "([^"]+)", line (\d+)')


@dataclass(frozen=True)
class TracedLayer:
    """One call of a layer.  layer: its path in the user's module; inputs: names of what it reads."""

    name: str
    layer: str
    kind: str
    inputs: tuple[str, ...]
    config: dict[str, Any]
    state: dict[str, Tensor]


class _Tracer(fx.Tracer):
    record_stack_traces = True

    def is_leaf_module(self, m: nn.Module, module_qualified_name: str) -> bool:
        if quantized_kind(m).__name__ in LAYERS:
            return True
        return m.__module__.startswith("torch.nn") and not isinstance(m, nn.Sequential)


def trace(model: nn.Module, name: str) -> tuple[TracedLayer, ...]:
    """The layers of `model` in the order of its forward pass; the last one gives the result.

    Raises CheckpointError for an operation that has no integer meaning here, for control flow that
    depends on data, and for more than one input or output.
    """
    layers: list[TracedLayer] = []
    values: dict[fx.Node, str] = {}
    for node in trace_graph(model, name).nodes:
        if node.op == "placeholder":
            if values:
                raise CheckpointError(f"{name}: forward takes more than one input; {node.name} is the second")
            values[node] = INPUT
        elif node.op == "output":
            if not isinstance(node.args[0], fx.Node):
                raise CheckpointError(f"{name}: forward returns several values; return the outputs only")
            if not layers or values[node.args[0]] != layers[-1].name:
                raise CheckpointError(f"{name}: forward returns something other than its last layer's result")
        else:
            layers.append(_traced(node, model, values, name))
            values[node] = node.name
    return tuple(layers)


def trace_graph(model: nn.Module, name: str) -> fx.Graph:
    """torch.fx's record of the forward pass.  Raises CheckpointError if it depends on data."""
    try:
        return _Tracer().trace(model)
    except Exception as error:  # whatever the user's forward raises while traced
        raise CheckpointError(f"{name}: forward cannot be traced: {str(error).splitlines()[0]}") from error


def _traced(node: fx.Node, model: nn.Module, values: dict[fx.Node, str], name: str) -> TracedLayer:
    inputs = tuple(values[argument] for argument in node.all_input_nodes)
    path = node.name
    if node.op == "call_module":
        path = str(node.target)
        module = as_quantized(model.get_submodule(path))
    else:
        module = _called(node, len(inputs), name)
    kind = type(module).__name__
    if kind not in LAYERS:
        known = ", ".join(LAYERS)
        raise CheckpointError(f"{name}.{path}: {kind} has no integer form{_where(node)}; layers that have: {known}")
    state = {key: value.detach().clone() for key, value in module.state_dict().items()}
    return TracedLayer(node.name, path, kind, inputs, layer_config(module), state)


def _called(node: fx.Node, inputs: int, name: str) -> nn.Module:
    """The layer that a function or method stands for."""
    module = FUNCTIONS.get(node.target)
    wanted = {"Add": inputs == 2, "Flatten": inputs == 1, "Concat": _dim(node) == 1}
    if module is not None and wanted[type(module).__name__]:
        return module
    called = node.target if isinstance(node.target, str) else getattr(node.target, "__name__", str(node.target))
    known = ", ".join((*LAYERS, "a + b", "torch.cat(.., 1)", "torch.flatten(x, 1)"))
    raise CheckpointError(f"{name}: {called} has no integer form{_where(node)}; use a layer: {known}")


def _dim(node: fx.Node) -> Any:
    return node.kwargs.get("dim", node.args[1] if len(node.args) > 1 else 0)


def _where(node: fx.Node) -> str:
    """` (file:line)` of the call, from the trace's innermost frame."""
    frames = _SOURCE.findall(node.stack_trace or "")
    return f" ({frames[-1][0]}:{frames[-1][1]})" if frames else ""


class TracedModel(nn.Module):
    """Runs traced layers; float32 for training, `.double()` to judge."""

    def __init__(self, traced: tuple[TracedLayer, ...]) -> None:
        super().__init__()
        self.traced = traced
        self.layers = nn.ModuleList(rebuild(layer) for layer in traced)

    def forward(self, x: Tensor) -> Tensor:
        values = {INPUT: x}
        for traced, layer in zip(self.traced, self.layers, strict=True):
            values[traced.name] = layer(*(values[name] for name in traced.inputs))
        return values[self.traced[-1].name]


def rebuild(traced: TracedLayer) -> nn.Module:
    """The layer from its data.  Raises CheckpointError if type, arguments and tensors do not fit."""
    if traced.kind not in LAYERS:
        raise CheckpointError(f"{traced.layer}: unknown layer type {traced.kind!r}; known: {', '.join(LAYERS)}")
    declared, weight = _declared_shape(traced.config), traced.state.get("weight")
    if declared is not None and (weight is None or tuple(weight.shape) != declared):
        found = "none" if weight is None else "x".join(map(str, weight.shape))
        raise CheckpointError(f"{traced.layer}: {'x'.join(map(str, declared))} weights are declared, {found} stored")
    try:
        module = LAYERS[traced.kind](**traced.config)
        module.load_state_dict(traced.state)
    except (TypeError, RuntimeError, ValueError) as error:
        reason = " ".join(str(error).split())
        raise CheckpointError(f"{traced.layer}: {traced.kind} does not fit its data: {reason}") from None
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
