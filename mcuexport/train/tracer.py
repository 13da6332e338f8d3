"""The forward pass as torch's symbolic tracer (torch.fx) records it, and what of it depends on data.

Tracing goes on past a condition on data (it counts as false), so that every such place is told, not only
the first.
"""

import operator
import re
import traceback
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import dropwhile
from pathlib import Path
from typing import Any

import torch
from torch import fx, nn

from .models import LAYERS
from .parametrized import quantized_kind

_TORCH = str(Path(torch.__file__).parent)
_SOURCE = re.compile(r'File "([^"]+)", line (\d+)')
_SHAPED = ("view", "reshape", torch.reshape)


@dataclass(frozen=True)
class Recording:
    """graph: None if tracing broke off.  problems: a sentence each, `path: what (file:line); what instead`."""

    graph: fx.Graph | None
    problems: tuple[str, ...]


class _Value(fx.Proxy):
    """What stands for a tensor while tracing; unlike torch's own it keeps `y += x` apart from `y = y + x`."""

    def __iadd__(self, other: Any) -> fx.Proxy:
        added: fx.Proxy = self.tracer.create_proxy("call_function", operator.iadd, (self, other), {})
        return added


class _Tracer(fx.Tracer):
    record_stack_traces = True

    def __init__(self) -> None:
        super().__init__()
        self.problems: list[str] = []
        self.failed_in = ""

    def is_leaf_module(self, m: nn.Module, module_qualified_name: str) -> bool:
        if quantized_kind(m).__name__ in LAYERS:
            return True
        return m.__module__.startswith("torch.nn") and not isinstance(m, nn.Sequential)

    def proxy(self, node: fx.Node) -> fx.Proxy:
        return _Value(node, self)

    def call_module(self, m: nn.Module, forward: Any, args: Any, kwargs: Any) -> Any:
        try:
            return super().call_module(m, forward, args, kwargs)
        except Exception:
            self.failed_in = self.failed_in or self.path_of_module(m)
            raise

    def to_bool(self, obj: fx.Proxy) -> bool:
        frames = ((frame.filename, frame.lineno or 0) for frame in traceback.extract_stack())
        place = _outside_torch(dropwhile(lambda frame: frame[0] != __file__, frames))
        self.problems.append(
            f"{_prefix(self.scope.module_path)}a condition depends on the data{place}; use an attribute of the module, "
            "or compute both branches and add them"
        )
        return False


def record(model: nn.Module) -> Recording:
    """The forward pass of `model`, and the problems that it has whatever the layers in it are."""
    tracer = _Tracer()
    try:
        graph = tracer.trace(model)
    except Exception as error:  # whatever the user's forward raises while traced
        if tracer.problems:  # it may follow from the condition that was taken for false
            return Recording(None, tuple(dict.fromkeys(tracer.problems)))
        frames = traceback.extract_tb(error.__traceback__)
        place = _outside_torch((frame.filename, frame.lineno or 0) for frame in frames)
        reason = str(error).splitlines()[0] if str(error) else type(error).__name__
        return Recording(None, (f"{_prefix(tracer.failed_in)}forward cannot be traced{place}: {reason}",))
    _flatten_views(graph)
    _drop_unused(graph)
    problems = [*tracer.problems, *_sizes(graph), *_overwritten(graph, model)]
    return Recording(graph, tuple(dict.fromkeys(problems)))


def path(node: fx.Node) -> str:
    """The module path of a call; for a function, that of the module whose forward calls it."""
    if node.op == "call_module":
        return str(node.target)
    stack = list(node.meta.get("nn_module_stack", {}).values())
    return str(stack[-1][0]) if stack else ""


def called(node: fx.Node) -> str:
    """The name of a function or method."""
    return node.target if isinstance(node.target, str) else getattr(node.target, "__name__", str(node.target))


def place(node: fx.Node) -> str:
    """` (file:line)` of a call in the user's source, or nothing."""
    return _outside_torch((file, int(line)) for file, line in _SOURCE.findall(node.stack_trace or ""))


def is_size(node: fx.Node) -> bool:
    """Whether a node computes from shapes only, never from values."""
    if node.op == "call_method" and node.target in ("size", "dim", "numel"):
        return True
    if node.target is getattr:
        return node.args[1] in ("shape", "ndim")
    return node.op == "call_function" and bool(node.all_input_nodes) and all(map(is_size, node.all_input_nodes))


def _prefix(module_path: str) -> str:
    return f"{module_path}: " if module_path else ""


def _outside_torch(frames: Iterable[tuple[str, int]]) -> str:
    """The innermost frame of the forward pass that is not torch's."""
    found = [f"{file}:{line}" for file, line in frames if not file.startswith((_TORCH, __file__, "<"))]
    return f" ({found[-1]})" if found else ""


def _flatten_views(graph: fx.Graph) -> None:
    """Makes `torch.flatten(x, 1)` of `x.view(x.size(0), -1)` and of `x.view(-1, number)`."""
    for node in list(graph.nodes):
        if node.target in _SHAPED and len(node.args) > 1:
            sizes = node.args[1:] if len(node.args) > 2 else node.args[1]
            if isinstance(sizes, tuple | list) and len(sizes) == 2 and _keeps_samples(sizes[0], sizes[1]):
                node.op, node.target, node.args, node.kwargs = "call_function", torch.flatten, (node.args[0], 1), {}


def _drop_unused(graph: fx.Graph) -> None:
    """Functions whose result nothing reads: what a condition was computed from, or a shape."""
    for node in reversed(list(graph.nodes)):
        is_function = node.op in ("call_function", "call_method")
        if is_function and not node.users and (node.target is operator.iadd or not called(node).endswith("_")):
            graph.erase_node(node)


def _keeps_samples(first: Any, second: Any) -> bool:
    if isinstance(first, fx.Node):
        by_size = first.target == "size" and first.args[1:] == (0,)
        shape = first.args[0] if first.target is operator.getitem and first.args[1] == 0 else None
        return bool(second == -1 and (by_size or (isinstance(shape, fx.Node) and is_size(shape))))
    return first == -1 and isinstance(second, int) and second > 0


def _sizes(graph: fx.Graph) -> Iterator[str]:
    for node in graph.nodes:
        if is_size(node) and not any(map(is_size, node.all_input_nodes)):
            yield (
                f"{_prefix(path(node))}the forward pass computes with a tensor's shape{place(node)}; "
                "shapes are fixed on the device: write numbers, or torch.flatten(x, 1)"
            )


def _overwritten(graph: fx.Graph, model: nn.Module) -> Iterator[str]:
    """In-place operations whose operand is read later: the recorded graph would read the old value."""
    order = {node: position for position, node in enumerate(graph.nodes)}
    for node in graph.nodes:
        if _is_in_place(node, model) and node.args and isinstance(node.args[0], fx.Node):
            later = [user for user in node.args[0].users if order[user] > order[node]]
            if later:
                places = f"{place(node)} that is read again{place(later[0])}"
                yield (
                    f"{_prefix(path(node))}{_what(node, model)} changes a value in place{places}; "
                    "use inplace=False, or y = y + x instead of y += x"
                )


def _what(node: fx.Node, model: nn.Module) -> str:
    if node.op == "call_module":
        return type(model.get_submodule(str(node.target))).__name__
    return "+=" if node.target is operator.iadd else called(node)


def _is_in_place(node: fx.Node, model: nn.Module) -> bool:
    if node.op == "call_module":
        return bool(getattr(model.get_submodule(str(node.target)), "inplace", False))
    name = called(node)
    return node.target is operator.iadd or (name.endswith("_") and not name.endswith("__"))
