"""From traced torch layers to the integer graph: one function per layer type.

Batch norm, bias and zero point only change an accumulator's scale and offset; the next activation turns
them into a multiplier and an offset.  To add a layer type: a function here, an entry in `LOWERERS`.
"""

from collections.abc import Callable, Mapping, Sequence

import numpy as np
from torch import nn

from ..checkpoint import Checkpoint
from ..errors import GraphError, McuexportError
from ..graph import INPUT, Graph
from ..train.trace import TracedLayer, rebuild
from .activations import ACTIVATIONS as ACTIVATION_LAYERS
from .activations import activation, joint, scale
from .bits import sign, thermometer
from .fold import rescaling
from .norms import batch_norm, dynamic_shift
from .pools import average_pool, flatten, max_pool, same
from .values import Accumulator, Lowering, Quantized, Value
from .weights import convolution, linear

FINEST_OUTPUT_BITS = 12
"""Outputs that are rescaled at all get so many bits, even if the accumulators have fewer."""
Lowerer = Callable[[TracedLayer, nn.Module, Sequence[Value], Lowering], Value]


__all__ = ["ACTIVATION_LAYERS", "LOWERERS", "lower", "lower_all"]
LOWERERS: dict[str, Lowerer] = {
    "QuantLinear": linear,
    "QuantConv1d": convolution,
    "QuantConv2d": convolution,
    "QuantActivation": activation,
    "QuantPReLU": activation,
    "QuantClamp": activation,
    "SparseReLU": activation,
    "UnitActivation": activation,
    "SignActivation": sign,
    "Thermometer": thermometer,
    "DynamicShift": dynamic_shift,
    "PowerOfTwoBatchNorm1d": batch_norm,
    "PowerOfTwoBatchNorm2d": batch_norm,
    "BatchNorm1d": batch_norm,
    "BatchNorm2d": batch_norm,
    "MaxPool1d": max_pool,
    "MaxPool2d": max_pool,
    "AvgPool1d": average_pool,
    "AvgPool2d": average_pool,
    "AdaptiveAvgPool1d": average_pool,
    "AdaptiveAvgPool2d": average_pool,
    "Add": joint,
    "Concat": joint,
    "Scale": scale,
    "Flatten": flatten,
    "Dropout": same,
    "Dropout2d": same,
    "Identity": same,
}


def lower(checkpoint: Checkpoint, lowerers: Mapping[str, Lowerer] = LOWERERS) -> Graph:
    """The integer graph of a checkpoint.  lowerers: the meaning of each layer type; `bitstream` has another.

    Raises GraphError, OverflowRisk or FormatError; the text opens with `<model>.<layer>:`.
    """
    graph, problems = lower_all(checkpoint, lowerers)
    if problems:
        _, first = problems[0]
        raise first
    assert graph is not None
    return graph


def lower_all(
    checkpoint: Checkpoint, lowerers: Mapping[str, Lowerer] = LOWERERS
) -> tuple[Graph | None, list[tuple[str, McuexportError]]]:
    """The integer graph, or the layers that have none: (name, error); what reads their results is left out."""
    readers: dict[str, list[str]] = {name: [] for name in (INPUT, *(layer.name for layer in checkpoint.layers))}
    for reader in checkpoint.layers:
        for name in reader.inputs:
            readers[name].append(reader.kind)
    lowering = Lowering(readers)
    values: dict[str, Value] = {
        INPUT: Quantized(INPUT, checkpoint.input.type, checkpoint.input.scale, checkpoint.input.zero_point)
    }
    problems: list[tuple[str, McuexportError]] = []
    output_scale, last = 1.0, checkpoint.layers[-1]
    for traced in checkpoint.layers:
        if not all(name in values for name in traced.inputs):
            continue
        try:
            module = rebuild(traced).double()
            values[traced.name] = lowerers[traced.kind](traced, module, [values[i] for i in traced.inputs], lowering)
            if traced is last:
                output_scale = _finish(values[last.name], lowering)
        except McuexportError as error:
            wrapped = type(error)(f"{checkpoint.name}.{traced.layer}: {error}")
            wrapped.__cause__ = error
            problems.append((traced.name, wrapped))
    if problems:
        return None, problems
    return Graph(checkpoint.name, checkpoint.input, tuple(lowering.nodes), checkpoint.labels, output_scale), []


def _finish(value: Value, lowering: Lowering) -> float:
    """Places the last layer; returns the real value of one step of the outputs."""
    if not isinstance(value, Accumulator):
        raise GraphError("is the result, but no layer with weights; end in one, without an activation")
    unit = float(np.abs(value.scale).max())
    if (value.scale == unit).all():
        lowering.place(value, np.floor(value.offset / unit + 0.5).astype(np.int64))
        return unit
    placed = lowering.place(value)
    unit *= 2.0 ** -max(0, FINEST_OUTPUT_BITS - placed.type.magnitude.bit_length())
    op = rescaling(value.scale / unit, value.offset / unit, placed.type)
    lowering.add(f"{value.layer.name}_rescale", op, [placed], value.layer.layer)
    return unit
