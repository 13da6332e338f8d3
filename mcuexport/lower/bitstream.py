"""The bitstream meaning of a network: the same layers, but every value in [-1, 1] is a stream of bits.

Values between layers are counts in steps of 2^-7.  What has no such meaning is refused by name.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from torch import nn

from ..checkpoint import Checkpoint
from ..errors import GraphError
from ..graph import Graph
from ..ops import IntArray, Op, StreamConv2d, StreamDense
from ..ops.stream import Storage
from ..pack import FORMATS
from ..train.activations import INT8_HIGH, QuantActivation
from ..train.layers import QuantConv1d, QuantConv2d, QuantLayer, QuantLinear
from ..train.trace import TracedLayer
from . import LOWERERS, Lowerer, lower
from .pools import average_pool, flatten, max_pool, same
from .values import Accumulator, Joint, Lowering, Quantized, Value, one, quantized
from .weights import channels_last, conv_window

STEP = 2.0**-7
LIMITS = -INT8_HIGH, INT8_HIGH
INT8 = FORMATS["int8"]
FUNCTIONS = ("hardtanh", "slope_hardtanh")
SHRINK = "train with a recipe that has [bitstream] fine_tune_epochs, or call mcuexport.train.desaturate(model) and save"


def lower_to(checkpoint: Checkpoint, length: int | None, storage: Storage = "probabilities") -> Graph:
    """The integer graph of a checkpoint, or with a length the graph of its bitstream network."""
    return lower(checkpoint) if length is None else lower_bitstream(checkpoint, length, storage)


def lower_bitstream(checkpoint: Checkpoint, length: int, storage: Storage = "probabilities") -> Graph:
    """The graph of a checkpoint whose layers are `StreamDense` and `StreamConv2d` of `length` bits.

    Inputs beyond [-1, 1] saturate.  Raises GraphError for a length that is no multiple of 32, a layer without a
    bitstream meaning, parameters or example inputs beyond [-1, 1]; the text opens with `<model>.<layer>:`.
    """
    examples = checkpoint.to_real(checkpoint.examples)
    if float(examples.abs().max()) > 1:
        raise GraphError(
            f"{checkpoint.name}: example inputs run from {float(examples.min()):.3g} to {float(examples.max()):.3g}, a "
            "bitstream holds -1 to 1; bring the inputs there and train again"
        )
    return lower(checkpoint, _Streams(length, storage).lowerers())


@dataclass(frozen=True)
class _Streams:
    length: int
    storage: Storage

    def lowerers(self) -> dict[str, Lowerer]:
        return {
            **dict.fromkeys(LOWERERS, refuse),
            "QuantLinear": self.linear,
            "QuantConv1d": self.convolution,
            "QuantConv2d": self.convolution,
            "QuantActivation": activation,
            **dict.fromkeys(("MaxPool1d", "MaxPool2d"), max_pool),
            **dict.fromkeys(("AvgPool1d", "AvgPool2d", "AdaptiveAvgPool1d", "AdaptiveAvgPool2d"), average),
            "Flatten": flatten,
            **dict.fromkeys(("Dropout", "Dropout2d", "Identity"), same),
        }

    def linear(
        self, traced: TracedLayer, module: nn.Module, values: Sequence[Value], lowering: Lowering
    ) -> Accumulator:
        assert isinstance(module, QuantLinear)
        source = bipolar(traced, one(values), lowering)
        codes = INT8.encode(channels_last(levels(module), source))
        return self._counter(traced, module, source, lambda bias: StreamDense(codes, bias, INT8, *self._stream))

    def convolution(
        self, traced: TracedLayer, module: nn.Module, values: Sequence[Value], lowering: Lowering
    ) -> Accumulator:
        assert isinstance(module, QuantConv1d | QuantConv2d)
        source = bipolar(traced, one(values), lowering)
        window, weights = conv_window(module), levels(module)
        codes = INT8.encode(weights.reshape(*weights.shape[:2], *window.kernel).transpose(0, 2, 3, 1))
        return self._counter(
            traced,
            module,
            source,
            lambda bias: StreamConv2d(codes, bias, INT8, window, module.groups, 0, *self._stream),
        )

    @property
    def _stream(self) -> tuple[int, Storage]:
        return self.length, self.storage

    def _counter(
        self, traced: TracedLayer, layer: QuantLayer, source: Quantized, make: Callable[[IntArray], Op]
    ) -> Accumulator:
        """One step of the counter is worth 1 / length."""
        outputs = len(layer.weight)
        make(np.zeros(outputs, np.int64)).output(source.type)  # the shapes fit
        bias = np.zeros(outputs) if layer.bias is None else layer.bias.detach().numpy().astype(np.float64)
        return Accumulator(traced, source, make, np.full(outputs, 1 / self.length), bias)


def levels(layer: QuantLayer) -> IntArray:
    """The weights in steps of 2^-7, rounded half up, from -127 to 127.  Raises GraphError for one beyond +-1."""
    parameters = [p.detach().numpy().astype(np.float64) for p in (layer.weight, layer.bias) if p is not None]
    beyond = sum(int((np.abs(p) > 1).sum()) for p in parameters)
    if beyond:
        largest = max(float(np.abs(p).max()) for p in parameters)
        count = sum(p.size for p in parameters)
        raise GraphError(f"{beyond} of {count} parameters are beyond +-1, the largest is {largest:.3g}; {SHRINK}")
    steps = np.floor(parameters[0] / STEP + 0.5)
    return np.clip(steps, *LIMITS).astype(np.int64)


def bipolar(traced: TracedLayer, value: Value, lowering: Lowering) -> Quantized:
    """The value in steps of 2^-7; what lies beyond [-1, 1] saturates."""
    source = quantized(value)
    if _is_bipolar(source):
        return source
    made = lowering.requantize(traced, source, f"{traced.name}_input", STEP, LIMITS)
    return replace(made, flat=source.flat)


def _is_bipolar(value: Quantized) -> bool:
    return value.type.dtype == "int8" and value.scale == STEP and not value.zero_point


def activation(traced: TracedLayer, module: nn.Module, values: Sequence[Value], lowering: Lowering) -> Value:
    """The counter saturates: hardtanh."""
    assert isinstance(module, QuantActivation)
    if module.function not in FUNCTIONS:
        raise GraphError(f"{module.function} has no bitstream meaning; use {' or '.join(FUNCTIONS)}")
    value = one(values)
    if isinstance(value, Joint):
        raise GraphError(f"{value.layer.kind} of branches has no bitstream meaning; use layers in a row")
    if isinstance(value, Quantized) and _is_bipolar(value):
        return value
    return lowering.requantize(traced, value, traced.name, STEP, LIMITS)


def average(traced: TracedLayer, module: nn.Module, values: Sequence[Value], lowering: Lowering) -> Value:
    """A parallel counter over the window: the mean of counts."""
    source = bipolar(traced, one(values), lowering)
    total = average_pool(traced, module, [source], lowering)
    assert isinstance(total, Accumulator)
    return lowering.requantize(traced, total, f"{traced.name}_mean", STEP, LIMITS)


def refuse(traced: TracedLayer, module: nn.Module, values: Sequence[Value], lowering: Lowering) -> Value:
    if isinstance(module, nn.BatchNorm1d | nn.BatchNorm2d):
        raise GraphError(
            "batch norm has no bitstream meaning; call mcuexport.train.merge_conv_bn(model), then desaturate(model), "
            "and save"
        )
    raise GraphError(f"{traced.kind} has no bitstream meaning; use dense layers, convolutions, pools and hardtanh")
