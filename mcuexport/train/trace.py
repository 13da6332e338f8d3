"""A module's forward pass as data, and back: a list of layers and what each of them reads.

torch's own symbolic tracer (torch.fx) records the calls; what cannot be exported is refused with the
module's path and the line of source.  `TracedModel` runs such a list without any generated code.
"""

import re
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, fx, nn

from ..errors import CheckpointError
from .models import LAYERS, layer_config

INPUT = "input"
FLATTENS: tuple[Any, ...] = (torch.flatten, "flatten")
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
        return type(m).__name__ in LAYERS or m.__module__.startswith("torch.nn") and not isinstance(m, nn.Sequential)


def trace(model: nn.Module, name: str) -> tuple[TracedLayer, ...]:
    """The layers of `model` in the order of its forward pass; the last one gives the result.

    Raises CheckpointError for an operation that has no integer meaning here, for control flow that
    depends on data, and for more than one input or output.
    """
    try:
        graph = _Tracer().trace(model)
    except Exception as error:  # whatever the user's forward raises while traced
        raise CheckpointError(f"{name}: forward cannot be traced: {str(error).splitlines()[0]}") from error
    layers: list[TracedLayer] = []
    values: dict[fx.Node, str] = {}
    for node in graph.nodes:
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


def _traced(node: fx.Node, model: nn.Module, values: dict[fx.Node, str], name: str) -> TracedLayer:
    inputs = tuple(values[argument] for argument in node.all_input_nodes)
    if node.op == "call_module":
        path = str(node.target)
        module = model.get_submodule(path)
        kind = type(module).__name__
        if kind not in LAYERS:
            raise CheckpointError(
                f"{name}.{path}: {kind} has no integer form{_where(node)}; layers that have: {', '.join(LAYERS)}"
            )
        state = {key: value.detach().clone() for key, value in module.state_dict().items()}
        return TracedLayer(node.name, path, kind, inputs, layer_config(module), state)
    if node.target in FLATTENS and len(inputs) == 1:
        return TracedLayer(node.name, node.name, "Flatten", inputs, layer_config(nn.Flatten()), {})
    called = node.target if isinstance(node.target, str) else getattr(node.target, "__name__", str(node.target))
    raise CheckpointError(f"{name}: {called} has no integer form{_where(node)}; use a layer: {', '.join(LAYERS)}")


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
    weight, config = traced.state.get("weight"), traced.config
    if "out_features" in config:
        shape = (config["out_features"], config.get("in_features"))
        if weight is None or tuple(weight.shape) != shape:
            found = "none" if weight is None else "x".join(map(str, weight.shape))
            raise CheckpointError(f"{traced.layer}: {shape[0]}x{shape[1]} weights are declared, {found} stored")
    try:
        module = LAYERS[traced.kind](**config)
        module.load_state_dict(traced.state)
    except (TypeError, RuntimeError, ValueError) as error:
        raise CheckpointError(f"{traced.layer}: {traced.kind} does not fit its data: {error}") from None
    return module.eval()
