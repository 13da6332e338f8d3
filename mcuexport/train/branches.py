"""Finds what a traced network leaves unquantized where the device needs 8 bits."""

from collections.abc import Iterator

from torch import fx, nn

from .activations import FUNCTIONS as ACTIVATION_FUNCTIONS
from .activations import QuantActivation
from .joints import Add, Concat
from .layers import QuantLayer
from .parametrized import quantized_kind
from .prelu import QuantPReLU
from .trace import FUNCTIONS

AVERAGES = (nn.AvgPool1d, nn.AvgPool2d, nn.AdaptiveAvgPool1d, nn.AdaptiveAvgPool2d)
NORMS = (nn.BatchNorm1d, nn.BatchNorm2d)
TRANSPARENT = (nn.Flatten, nn.Dropout, nn.Dropout2d, nn.Identity)


def unquantized_branches(graph: fx.Graph, model: nn.Module) -> list[str]:
    """Paths of modules whose result is an accumulator and is read by something that needs 8 bits."""
    found = []
    for node in graph.nodes:
        is_accumulator = issubclass(kind_of(node, model), (QuantLayer, *AVERAGES, *NORMS))
        if is_accumulator and any(_needs_8_bits(user, model) for user in _readers(node, model)):
            found.append(str(node.target))
    return list(dict.fromkeys(found))


def leaks_behind_joints(graph: fx.Graph, model: nn.Module) -> list[str]:
    """Paths of activations with a slope below zero that read a sum or a concatenation: 8 bits must stand between."""
    found = []
    for node in graph.nodes:
        if node.op == "call_module" and _leaks(model.get_submodule(str(node.target))):
            sources = (argument for argument in node.all_input_nodes)
            if any(issubclass(kind_of(source, model), (Add, Concat)) for source in sources):
                found.append(str(node.target))
    return list(dict.fromkeys(found))


def _leaks(module: nn.Module) -> bool:
    if isinstance(module, QuantPReLU):
        return True
    return isinstance(module, QuantActivation) and ACTIVATION_FUNCTIONS[module.function].leaky


def _readers(node: fx.Node, model: nn.Module) -> Iterator[fx.Node]:
    """Who reads the result, seen through layers that do not change it."""
    for user in node.users:
        if issubclass(kind_of(user, model), TRANSPARENT):
            yield from _readers(user, model)
        else:
            yield user


def _needs_8_bits(reader: fx.Node, model: nn.Module) -> bool:
    return reader.op != "output" and not issubclass(kind_of(reader, model), (QuantActivation, *NORMS))


def kind_of(node: fx.Node, model: nn.Module) -> type:
    """The class of the layer that a node calls or stands for; that of no layer if there is none."""
    if node.op == "call_module":
        return quantized_kind(model.get_submodule(str(node.target)))
    return FUNCTIONS.get(node.target, type(None)) if node.op in ("call_function", "call_method") else type(None)
