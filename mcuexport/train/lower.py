"""From traced torch layers to the integer graph: one function per layer type.

Between two layers a value is *quantized* (integers of a known scale), an *accumulator* still to be
requantized, `real = scale * acc + offset` per channel, or a *joint* of quantized branches.  Batch norm, bias
and zero point only change `scale` and `offset`; the next activation turns them into a multiplier and an
offset.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray
from torch import nn

from ..checkpoint import Checkpoint
from ..errors import GraphError, McuexportError
from ..graph import INPUT, Graph, Node
from ..ops import Concat, Conv2d, Dense, DynamicShift, IntArray, MaxPool, Op, SumPool, Table, TensorType, Window
from .activations import FUNCTIONS, QuantActivation
from .fold import addition, requantization, rescaling
from .joints import Scale
from .layers import QuantConv1d, QuantConv2d, QuantLinear
from .norms import DYNAMIC_SCALE, PowerOfTwoBatchNorm1d, PowerOfTwoBatchNorm2d
from .norms import DynamicShift as DynamicShiftLayer
from .trace import TracedLayer, rebuild

Reals = NDArray[np.float64]
INT8_LIMITS = (-128, 127)
HINT = "put a QuantActivation behind it (function `identity` if there is none)"


@dataclass(frozen=True)
class Quantized:
    """Integers of node `node`: real = (q - zero_point) * scale."""

    node: str
    type: TensorType
    scale: float
    zero_point: int = 0
    flat: bool = False


@dataclass(frozen=True)
class Accumulator:
    """An int32 operator not yet placed: real = scale * acc + offset, per channel.

    make: the operator for a bias in accumulator units, (channels,).
    """

    layer: TracedLayer
    source: Quantized
    make: Callable[[IntArray], Op]
    scale: Reals
    offset: Reals


@dataclass(frozen=True)
class Joint:
    """Branches to be added or concatenated when the activation behind them gives the result's scale."""

    layer: TracedLayer
    branches: tuple[Quantized, ...]


Value = Quantized | Accumulator | Joint
Lowerer = Callable[[TracedLayer, nn.Module, Sequence[Value], "Lowering"], Value]


@dataclass
class Lowering:
    """The graph under construction.  readers: the kinds of layers that read each value."""

    readers: dict[str, list[str]]
    nodes: list[Node] = field(default_factory=list)

    def add(self, name: str, op: Op, sources: Sequence[Quantized], layer: str) -> TensorType:
        """Appends a node and returns the type of its result."""
        result = op.output(*(source.type for source in sources))
        self.nodes.append(Node(name, op, tuple(source.node for source in sources), layer))
        return result

    def place(self, acc: Accumulator, bias: IntArray | None = None) -> Quantized:
        """Appends the operator of an accumulator; the result stands for int32 values of no scale."""
        op = acc.make(np.zeros(acc.scale.size, np.int64) if bias is None else bias)
        return Quantized(acc.layer.name, self.add(acc.layer.name, op, [acc.source], acc.layer.layer), 1.0)

    def requantize(
        self, traced: TracedLayer, value: Quantized | Accumulator, name: str, scale: float, limits: tuple[int, int], leak: int
    ) -> Quantized:
        """Brings a value to integers of `scale`, clamped to `limits`."""
        if isinstance(value, Quantized):
            channels = value.type.shape[-1]
            factor = np.full(channels, value.scale / scale)
            source, offset = value, -factor * value.zero_point
        else:
            source, factor, offset = self.place(value), value.scale / scale, value.offset / scale
        op = requantization(factor, offset, source.type, *limits, leak)
        return Quantized(name, self.add(name, op, [source], traced.layer), scale)


def lower(checkpoint: Checkpoint) -> Graph:
    """The integer graph of a checkpoint.

    Raises GraphError, OverflowRisk or FormatError; the text opens with `<model>.<layer>:`.
    """
    readers: dict[str, list[str]] = {layer.name: [] for layer in checkpoint.layers} | {INPUT: []}
    for reader in checkpoint.layers:
        for name in reader.inputs:
            readers[name].append(reader.kind)
    lowering = Lowering(readers)
    values: dict[str, Value] = {
        INPUT: Quantized(INPUT, checkpoint.input.type, checkpoint.input.scale, checkpoint.input.zero_point)
    }
    layer = checkpoint.layers[0].layer
    try:
        for traced in checkpoint.layers:
            layer = traced.layer
            module = rebuild(traced).double()
            values[traced.name] = LOWERERS[traced.kind](traced, module, [values[i] for i in traced.inputs], lowering)
        output_scale = _finish(values[checkpoint.layers[-1].name], lowering)
    except McuexportError as error:
        raise type(error)(f"{checkpoint.name}.{layer}: {error}") from error
    return Graph(checkpoint.name, checkpoint.input, tuple(lowering.nodes), checkpoint.labels, output_scale)


def _one(values: Sequence[Value]) -> Value:
    if len(values) != 1:
        raise GraphError(f"reads {len(values)} values, one is supported")
    return values[0]


def _quantized(value: Value) -> Quantized:
    if not isinstance(value, Quantized):
        raise GraphError(f"needs 8-bit inputs, {value.layer.layer} gives none; {HINT}")
    return value


def _accumulator(value: Value) -> Accumulator:
    if not isinstance(value, Accumulator):
        raise GraphError("must follow a layer with weights, or an average")
    return value


def _flatten(traced: TracedLayer, module: nn.Module, values: Sequence[Value], lowering: Lowering) -> Value:
    """Torch flattens channels first, the device's memory is channels last: `_linear` puts that right."""
    value = _one(values)
    if isinstance(value, Accumulator) and value.scale.size == _places(value).size:
        return value  # a global average: one value per channel, in the same order either way
    return replace(_quantized(value), flat=True)


def _places(acc: Accumulator) -> TensorType:
    return acc.make(np.zeros(acc.scale.size, np.int64)).output(acc.source.type)


def _same(traced: TracedLayer, module: nn.Module, values: Sequence[Value], lowering: Lowering) -> Value:
    """Dropout and Identity do nothing in use."""
    return _one(values)


def _linear(traced: TracedLayer, module: nn.Module, values: Sequence[Value], lowering: Lowering) -> Value:
    assert isinstance(module, QuantLinear)
    source = _quantized(_one(values))
    levels = module.levels().numpy()
    if levels.shape[1] != source.type.size:
        raise GraphError(f"weights take {levels.shape[1]} inputs, got {source.type.size}")
    if source.flat and len(source.type.shape) == 3:
        height, width, channels = source.type.shape
        levels = levels.reshape(-1, channels, height, width).transpose(0, 2, 3, 1).reshape(levels.shape)
    fmt = module.quantizer.format
    codes = fmt.encode(levels)
    return _weighted(traced, module, source, levels, lambda bias: Dense(codes, bias, fmt))


def _convolution(traced: TracedLayer, module: nn.Module, values: Sequence[Value], lowering: Lowering) -> Value:
    assert isinstance(module, QuantConv1d | QuantConv2d)
    source = _quantized(_one(values))
    levels = module.levels().numpy()
    levels = levels.reshape(*levels.shape[:2], *_two(levels.shape[2:], 1)).transpose(0, 2, 3, 1)
    rows, columns = _two(module.padding, 0)
    window = Window(_two(module.kernel_size, 1), _two(module.stride, 1), (rows, rows, columns, columns), _two(module.dilation, 1))
    fmt = module.quantizer.format
    codes = fmt.encode(levels)
    groups, pad = module.groups, source.zero_point
    return _weighted(traced, module, source, levels, lambda bias: Conv2d(codes, bias, fmt, window, groups, pad))


def _two(sizes: Sequence[int] | int, first: int) -> tuple[int, int]:
    """(rows, columns) of one size, two sizes, or the length of a signal, which is a map of one row."""
    if isinstance(sizes, int):
        return sizes, sizes
    return (first, sizes[0]) if len(sizes) == 1 else (sizes[0], sizes[1])


def _weighted(
    traced: TracedLayer, module: QuantLinear | QuantConv1d | QuantConv2d, source: Quantized, levels: IntArray,
    make: Callable[[IntArray], Op],
) -> Accumulator:  # fmt: skip
    outputs = len(levels)
    unit = np.broadcast_to(module.scale.double().numpy().reshape(-1), outputs) * source.scale
    bias = np.zeros(outputs) if module.bias is None else module.bias.detach().numpy()
    offset = bias - unit * source.zero_point * levels.reshape(outputs, -1).sum(axis=1)
    return Accumulator(traced, source, make, unit, offset)


def _batch_norm(traced: TracedLayer, module: nn.Module, values: Sequence[Value], lowering: Lowering) -> Value:
    assert isinstance(module, nn.BatchNorm1d | nn.BatchNorm2d)
    assert module.running_mean is not None and module.running_var is not None
    acc = _accumulator(_one(values))
    if isinstance(module, PowerOfTwoBatchNorm1d | PowerOfTwoBatchNorm2d):
        factor = module.factor().detach().numpy()
    else:
        factor = (module.weight.detach() / (module.running_var + module.eps).sqrt()).numpy()
    offset = (acc.offset - module.running_mean.numpy()) * factor + module.bias.detach().numpy()
    return replace(acc, scale=acc.scale * factor, offset=offset)


def _activation(traced: TracedLayer, module: nn.Module, values: Sequence[Value], lowering: Lowering) -> Value:
    assert isinstance(module, QuantActivation)
    value, scale = _one(values), float(module.scale.detach())
    if module.fused:
        leak = module.slope_shift if FUNCTIONS[module.function].leaky else 0
        limits = module.lo, module.hi
        if isinstance(value, Joint):
            return _join(traced, value, traced.name, scale, limits, leak, lowering)
        return lowering.requantize(traced, value, traced.name, scale, limits, leak)
    assert module.scale_in is not None
    scale_in = float(module.scale_in.detach())
    argument, limits = f"{traced.name}_argument", (module.lo_in, module.hi)
    if isinstance(value, Joint):
        source = _join(traced, value, argument, scale_in, limits, 0, lowering)
    elif isinstance(value, Quantized) and value.scale == scale_in and not value.zero_point:
        source = value
    else:
        source = lowering.requantize(traced, value, argument, scale_in, limits, 0)
    by_byte = np.roll(module.table().astype(np.int64), 128)  # from -128 .. 127 to 0 .. 127, -128 .. -1
    return Quantized(traced.name, lowering.add(traced.name, Table(by_byte), [source], traced.layer), scale)


def _join(
    traced: TracedLayer, joint: Joint, name: str, scale: float, limits: tuple[int, int], leak: int, lowering: Lowering
) -> Quantized:
    """Adds or concatenates branches of any scales into integers of `scale`."""
    if leak:
        raise GraphError(f"leaky_relu cannot follow {joint.layer.layer}; use relu, identity or a table function")
    if joint.layer.kind == "Concat":
        parts = [
            lowering.requantize(traced, branch, f"{name}_part{i}", scale, limits, 0) if _rescales(branch, scale, limits) else branch
            for i, branch in enumerate(joint.branches)
        ]
        return Quantized(name, lowering.add(name, Concat(), parts, traced.layer), scale)
    a, b = joint.branches
    offset = -(a.scale * a.zero_point + b.scale * b.zero_point) / scale
    op = addition((a.scale / scale, b.scale / scale), offset, (a.type, b.type), *limits)
    return Quantized(name, lowering.add(name, op, joint.branches, traced.layer), scale)


def _rescales(branch: Quantized, scale: float, limits: tuple[int, int]) -> bool:
    """Whether bringing a branch to integers of `scale`, clamped to `limits`, changes anything."""
    kind = branch.type
    same = branch.scale == scale and branch.zero_point == 0 and kind.dtype == "int8"
    return not (same and limits[0] <= kind.lo and kind.hi <= limits[1])


def _joint(traced: TracedLayer, module: nn.Module, values: Sequence[Value], lowering: Lowering) -> Value:
    """A concatenation that something else than activations reads takes the largest of its branches' scales."""
    joint = Joint(traced, tuple(_quantized(value) for value in values))
    if traced.kind == "Add" or set(lowering.readers[traced.name]) == {"QuantActivation"}:
        return joint
    scale = max(branch.scale for branch in joint.branches)
    return _join(traced, joint, traced.name, scale, INT8_LIMITS, 0, lowering)


def _scale(traced: TracedLayer, module: nn.Module, values: Sequence[Value], lowering: Lowering) -> Value:
    assert isinstance(module, Scale)
    value, factor = _one(values), float(module.factor.detach())
    if isinstance(value, Accumulator):
        return replace(value, scale=value.scale * factor, offset=value.offset * factor)
    return replace(_quantized(value), scale=_quantized(value).scale * factor)


def _dynamic_shift(traced: TracedLayer, module: nn.Module, values: Sequence[Value], lowering: Lowering) -> Value:
    assert isinstance(module, DynamicShiftLayer)
    acc = _accumulator(_one(values))
    unit = acc.scale[0]
    if not (acc.scale == unit).all() or np.frexp(unit)[0] != 0.5:
        raise GraphError("needs one weight scale that is a power of two: power_of_two=True on the layer before")
    placed = lowering.place(acc, np.floor(acc.offset / unit + 0.5).astype(np.int64))
    op = DynamicShift(center=module.center, relu=module.function == "relu")
    return Quantized(traced.name, lowering.add(traced.name, op, [placed], traced.layer), DYNAMIC_SCALE)


def _max_pool(traced: TracedLayer, module: nn.Module, values: Sequence[Value], lowering: Lowering) -> Value:
    assert isinstance(module, nn.MaxPool1d | nn.MaxPool2d)
    source = _quantized(_one(values))
    result = lowering.add(traced.name, MaxPool(_pool_window(module, module)), [source], traced.layer)
    return replace(source, node=traced.name, type=result)


def _pool_window(module: nn.Module, sizes: nn.MaxPool1d | nn.MaxPool2d | nn.AvgPool1d | nn.AvgPool2d) -> Window:
    signal = isinstance(module, nn.MaxPool1d | nn.AvgPool1d)

    def size(value: int | tuple[int, ...], first: int) -> tuple[int, int]:
        if signal:
            return first, value if isinstance(value, int) else value[0]
        return _two(value, first)

    rows, columns = size(sizes.padding, 0)
    return Window(size(sizes.kernel_size, 1), size(sizes.stride, 1), (rows, rows, columns, columns))


def _average_pool(traced: TracedLayer, module: nn.Module, values: Sequence[Value], lowering: Lowering) -> Value:
    source = _quantized(_one(values))
    if isinstance(module, nn.AdaptiveAvgPool1d | nn.AdaptiveAvgPool2d):
        wanted = module.output_size
        if {wanted} != {1} and set(np.atleast_1d(np.asarray(wanted)).tolist()) != {1}:
            raise GraphError(f"average of output size {wanted}: only the global average, output size 1, has an integer form")
        window = Window((source.type.shape[0], source.type.shape[1]))
    else:
        assert isinstance(module, nn.AvgPool1d | nn.AvgPool2d)
        window = _pool_window(module, module)
    channels = source.type.shape[-1]
    unit = source.scale / window.taps
    scale, offset = np.full(channels, unit), np.full(channels, -unit * window.taps * source.zero_point)
    return Accumulator(traced, source, lambda bias: SumPool(window, source.zero_point), scale, offset)


def _finish(value: Value, lowering: Lowering) -> float:
    """Places the last layer; returns the real value of one step of the outputs."""
    if not isinstance(value, Accumulator):
        raise GraphError("is the result, but no layer with weights; end in one, without an activation")
    unit = float(np.abs(value.scale).max())
    if (value.scale == unit).all():
        lowering.place(value, np.floor(value.offset / unit + 0.5).astype(np.int64))
        return unit
    placed = lowering.place(value)
    op = rescaling(value.scale / unit, value.offset / unit, placed.type)
    lowering.add(f"{value.layer.name}_rescale", op, [placed], value.layer.layer)
    return unit


LOWERERS: dict[str, Lowerer] = {
    "QuantLinear": _linear,
    "QuantConv1d": _convolution,
    "QuantConv2d": _convolution,
    "QuantActivation": _activation,
    "DynamicShift": _dynamic_shift,
    "PowerOfTwoBatchNorm1d": _batch_norm,
    "PowerOfTwoBatchNorm2d": _batch_norm,
    "BatchNorm1d": _batch_norm,
    "BatchNorm2d": _batch_norm,
    "MaxPool1d": _max_pool,
    "MaxPool2d": _max_pool,
    "AvgPool1d": _average_pool,
    "AvgPool2d": _average_pool,
    "AdaptiveAvgPool1d": _average_pool,
    "AdaptiveAvgPool2d": _average_pool,
    "Add": _joint,
    "Concat": _joint,
    "Scale": _scale,
    "Flatten": _flatten,
    "Dropout": _same,
    "Dropout2d": _same,
    "Identity": _same,
}
