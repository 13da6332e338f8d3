"""From traced torch layers to the integer graph: one function per layer type.

Between two layers a value is either *quantized* (integers of a known scale) or an *accumulator* still
to be requantized, `real = scale * acc + offset` per output.  Batch norm, bias and zero point only change
`scale` and `offset`; the next activation turns them into a multiplier and an offset.
"""

from collections.abc import Callable
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray
from torch import nn

from ..checkpoint import Checkpoint
from ..errors import GraphError, McuexportError
from ..graph import INPUT, Graph, Node
from ..ops import Dense, DynamicShift, IntArray, Op, Table, TensorType
from ..pack import Codes, WeightFormat
from .activations import FUNCTIONS, QuantActivation
from .fold import requantization, rescaling
from .layers import QuantLinear
from .norms import DYNAMIC_SCALE, DynamicShift as DynamicShiftLayer, PowerOfTwoBatchNorm1d
from .trace import TracedLayer, rebuild

Reals = NDArray[np.float64]


@dataclass(frozen=True)
class Quantized:
    """Integers `q` of node `node`: real = (q - zero_point) * scale.  order: where the torch model's
    flattened element i lies in the device's memory, None if in the same place."""

    node: str
    type: TensorType
    scale: float
    zero_point: int = 0
    order: IntArray | None = None


@dataclass(frozen=True)
class Accumulator:
    """A dense layer not yet placed: real = scale * (levels @ x) + offset, per output."""

    layer: TracedLayer
    source: Quantized
    codes: Codes
    fmt: WeightFormat
    scale: Reals
    offset: Reals

    def dense(self, bias: IntArray | None = None) -> Dense:
        return Dense(self.codes, np.zeros(len(self.codes), np.int64) if bias is None else bias, self.fmt)


Value = Quantized | Accumulator


@dataclass
class Lowering:
    """The graph under construction."""

    nodes: list[Node] = field(default_factory=list)

    def add(self, name: str, op: Op, source: Quantized, layer: str) -> TensorType:
        """Appends a node and returns the type of its result."""
        result = op.output(source.type)
        self.nodes.append(Node(name, op, (source.node,), layer))
        return result

    def place(self, value: Accumulator, bias: IntArray | None = None) -> Quantized:
        """Appends the dense layer of an accumulator; the result stands for int32 values of no scale."""
        name = value.layer.name
        result = self.add(name, value.dense(bias), value.source, value.layer.layer)
        return Quantized(name, result, 1.0)


def lower(checkpoint: Checkpoint) -> Graph:
    """The integer graph of a checkpoint.

    Raises GraphError, OverflowRisk or FormatError; the text opens with `<model>.<layer>:`.
    """
    lowering = Lowering()
    values: dict[str, Value] = {
        INPUT: Quantized(INPUT, checkpoint.input.type, checkpoint.input.scale, checkpoint.input.zero_point)
    }
    for traced in checkpoint.layers:
        try:
            values[traced.name] = _lower_layer(traced, values[traced.inputs[0]], lowering)
        except McuexportError as error:
            raise type(error)(f"{checkpoint.name}.{traced.layer}: {error}") from error
    last = checkpoint.layers[-1]
    try:
        output_scale = _finish(values[last.name], lowering)
    except McuexportError as error:
        raise type(error)(f"{checkpoint.name}.{last.layer}: {error}") from error
    return Graph(checkpoint.name, checkpoint.input, tuple(lowering.nodes), checkpoint.labels, output_scale)


def _lower_layer(traced: TracedLayer, value: Value, lowering: Lowering) -> Value:
    if len(traced.inputs) != 1:
        raise GraphError(f"{traced.kind} reads {len(traced.inputs)} values, one is supported")
    module = rebuild(traced).double()
    return LOWERINGS[traced.kind](traced, module, value, lowering)


def _quantized(value: Value, what: str) -> Quantized:
    if isinstance(value, Accumulator):
        raise GraphError(f"{what} needs 8-bit inputs; put a QuantActivation or DynamicShift after {value.layer.layer}")
    return value


def _accumulator(value: Value, what: str) -> Accumulator:
    if isinstance(value, Quantized):
        raise GraphError(f"{what} must follow a QuantLinear (with or without batch norm)")
    return value


def _flatten(traced: TracedLayer, module: nn.Module, value: Value, lowering: Lowering) -> Value:
    """Torch flattens channels first, the device's memory is channels last."""
    quantized = _quantized(value, "Flatten")
    if len(quantized.type.shape) != 3:
        return quantized
    height, width, channels = quantized.type.shape
    order = np.arange(quantized.type.size).reshape(height, width, channels).transpose(2, 0, 1).reshape(-1)
    return replace(quantized, order=order)


def _same(traced: TracedLayer, module: nn.Module, value: Value, lowering: Lowering) -> Value:
    """Dropout and Identity do nothing in use."""
    return value


def _linear(traced: TracedLayer, module: nn.Module, value: Value, lowering: Lowering) -> Value:
    assert isinstance(module, QuantLinear)
    source = _quantized(value, "QuantLinear")
    levels = module.levels().numpy()
    if levels.shape[1] != source.type.size:
        raise GraphError(f"weights take {levels.shape[1]} inputs, got {source.type.size}")
    if source.order is not None:
        levels = levels[:, np.argsort(source.order)]
    outputs = len(levels)
    unit = np.broadcast_to(module.scale.double().numpy().reshape(-1), outputs) * source.scale
    bias = np.zeros(outputs) if module.bias is None else module.bias.detach().numpy()
    offset = bias - unit * source.zero_point * levels.sum(axis=1)
    return Accumulator(traced, source, module.format.encode(levels), module.format, unit, offset)


def _batch_norm(traced: TracedLayer, module: nn.Module, value: Value, lowering: Lowering) -> Value:
    assert isinstance(module, nn.BatchNorm1d)
    assert module.running_mean is not None and module.running_var is not None
    acc = _accumulator(value, "batch norm")
    if isinstance(module, PowerOfTwoBatchNorm1d):
        factor = module.factor().detach().numpy()
    else:
        factor = (module.weight.detach() / (module.running_var + module.eps).sqrt()).numpy()
    offset = (acc.offset - module.running_mean.numpy()) * factor + module.bias.detach().numpy()
    return replace(acc, scale=acc.scale * factor, offset=offset)


def _activation(traced: TracedLayer, module: nn.Module, value: Value, lowering: Lowering) -> Value:
    assert isinstance(module, QuantActivation)
    scale = float(module.scale.detach())
    if module.input_scale is not None:
        source = _quantized(value, "an activation of fixed input scale")
        if source.scale != module.input_scale:
            raise GraphError(f"takes inputs of scale {module.input_scale}, got {source.scale}")
        return _table(traced, module, source, lowering)
    acc = _accumulator(value, "QuantActivation")
    placed = lowering.place(acc)
    if module.fused:
        slope = module.slope_shift if FUNCTIONS[module.function].leaky else 0
        op = requantization(acc.scale / scale, acc.offset / scale, placed.type, module.lo, module.hi, slope)
        return Quantized(traced.name, lowering.add(traced.name, op, placed, traced.layer), scale)
    assert module.scale_in is not None
    scale_in = float(module.scale_in.detach())
    op = requantization(acc.scale / scale_in, acc.offset / scale_in, placed.type, module.lo_in, 127, 0)
    argument = f"{traced.name}_argument"
    source = Quantized(argument, lowering.add(argument, op, placed, traced.layer), scale_in)
    return _table(traced, module, source, lowering)


def _table(traced: TracedLayer, module: QuantActivation, source: Quantized, lowering: Lowering) -> Value:
    by_byte = np.roll(module.table().astype(np.int64), 128)  # from -128 .. 127 to 0 .. 127, -128 .. -1
    result = lowering.add(traced.name, Table(by_byte), source, traced.layer)
    return Quantized(traced.name, result, float(module.scale.detach()))


def _dynamic_shift(traced: TracedLayer, module: nn.Module, value: Value, lowering: Lowering) -> Value:
    assert isinstance(module, DynamicShiftLayer)
    acc = _accumulator(value, "DynamicShift")
    unit = acc.scale[0]
    if not (acc.scale == unit).all() or np.frexp(unit)[0] != 0.5:
        raise GraphError("DynamicShift needs one weight scale that is a power of two: QuantLinear(power_of_two=True)")
    placed = lowering.place(acc, np.floor(acc.offset / unit + 0.5).astype(np.int64))
    op = DynamicShift(center=module.center, relu=module.function == "relu")
    return Quantized(traced.name, lowering.add(traced.name, op, placed, traced.layer), DYNAMIC_SCALE)


def _finish(value: Value, lowering: Lowering) -> float:
    """Places the last layer; returns the real value of one step of the outputs."""
    acc = _accumulator(value, "the result")
    unit = float(np.abs(acc.scale).max())
    if (acc.scale == unit).all():
        lowering.place(acc, np.floor(acc.offset / unit + 0.5).astype(np.int64))
        return unit
    placed = lowering.place(acc)
    op = rescaling(acc.scale / unit, acc.offset / unit, placed.type)
    lowering.add(f"{acc.layer.name}_rescale", op, placed, acc.layer.layer)
    return unit


LOWERINGS: dict[str, Callable[[TracedLayer, nn.Module, Value, Lowering], Value]] = {
    "QuantLinear": _linear,
    "QuantActivation": _activation,
    "DynamicShift": _dynamic_shift,
    "PowerOfTwoBatchNorm1d": _batch_norm,
    "BatchNorm1d": _batch_norm,
    "Flatten": _flatten,
    "Dropout": _same,
    "Identity": _same,
}
