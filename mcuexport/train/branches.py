"""Finds what a traced network leaves unquantized where the device needs 8 bits."""

from collections.abc import Iterator

from torch import fx, nn

from .activations import QuantActivation
from .layers import QuantLayer
from .parametrized import quantized_kind
from .trace import FUNCTIONS, trace_graph

AVERAGES = (nn.AvgPool1d, nn.AvgPool2d, nn.AdaptiveAvgPool1d, nn.AdaptiveAvgPool2d)
NORMS = (nn.BatchNorm1d, nn.BatchNorm2d)
TRANSPARENT = (nn.Flatten, nn.Dropout, nn.Dropout2d, nn.Identity)


def unquantized_branches(model: nn.Module) -> list[str]:
    """Paths of modules whose result is an accumulator and is read by something that needs 8 bits."""
    found = []
    for node in trace_graph(model, type(model).__name__).nodes:
        is_accumulator = issubclass(_kind(node, model), (QuantLayer, *AVERAGES, *NORMS))
        if is_accumulator and any(_needs_8_bits(user, model) for user in _readers(node, model)):
            found.append(str(node.target))
    return found


def _readers(node: fx.Node, model: nn.Module) -> Iterator[fx.Node]:
    """Who reads the result, seen through layers that do not change it."""
    for user in node.users:
        transparent = issubclass(_kind(user, model), TRANSPARENT)
        flattens = user.op != "call_module" and isinstance(FUNCTIONS.get(user.target), nn.Flatten)
        if transparent or flattens:
            yield from _readers(user, model)
        else:
            yield user


def _needs_8_bits(reader: fx.Node, model: nn.Module) -> bool:
    if reader.op == "output":
        return False
    return not issubclass(_kind(reader, model), (QuantActivation, *NORMS))


def _kind(node: fx.Node, model: nn.Module) -> type:
    """The class of the layer that a node calls; that of no layer if it calls none."""
    return quantized_kind(model.get_submodule(str(node.target))) if node.op == "call_module" else type(None)
