"""Random graphs: every operator and format, odd sizes, branches that meet again, tight 32-bit bounds.

What hypothesis draws is the structure, so that a failure shrinks; numbers come from a drawn seed.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import count
from typing import Any

import numpy as np
from hypothesis import strategies as st

from mcuexport.graph import INPUT, Graph, Input, Node
from mcuexport.ops import (
    Add,
    Argmax,
    Binarize,
    Concat,
    Conv2d,
    Dense,
    DynamicShift,
    Flip,
    IntArray,
    MaxPool,
    Op,
    Requantize,
    RequantizePRelu,
    RequantizeShift,
    StreamConv2d,
    StreamDense,
    SumPool,
    Table,
    TensorType,
    Threshold,
    Unpack,
    Window,
)
from mcuexport.ops.requantize import STEP_BITS, nearest_parts
from mcuexport.ops.stream import Storage
from mcuexport.pack import FORMATS, WeightFormat

LIMIT = 2**31 - 1
WIDEST = 30  # channels that are still joined to others
Draw = Callable[[Any], Any]


@dataclass
class Builder:
    """Grows a graph; `values` are the 8-bit results that may still be read."""

    draw: Draw
    rng: np.random.Generator
    types: dict[str, TensorType]
    nodes: list[Node] = field(default_factory=list)
    numbers: Any = field(default_factory=count)

    def add(self, op: Op, *inputs: str) -> str:
        name = f"{op.kind}{next(self.numbers)}"
        self.types[name] = op.output(*(self.types[i] for i in inputs))
        self.nodes.append(Node(name, op, inputs, name))
        return name

    def integer(self, low: int, high: int) -> int:
        return int(self.draw(st.integers(low, high)))

    def pick(self, options: Any) -> Any:
        return self.draw(st.sampled_from(list(options)))

    def values(self) -> list[str]:
        return [name for name, kind in self.types.items() if kind.dtype in ("uint8", "int8")]

    def maps(self) -> list[str]:
        return [name for name in self.values() if len(self.types[name].shape) == 3]

    def format(self) -> WeightFormat:
        return FORMATS[self.pick(FORMATS)]

    def codes(self, fmt: WeightFormat, shape: tuple[int, ...]) -> IntArray:
        """Random, or all of the lowest or highest code."""
        kind = self.pick(("random", "lowest", "highest"))
        edge = {"lowest": 0, "highest": len(fmt.levels) - 1}
        codes = self.rng.integers(0, len(fmt.levels), shape) if kind == "random" else np.full(shape, edge[kind])
        return codes.astype(np.uint8)

    def bias(self, outputs: int) -> IntArray:
        size = self.pick((0, 100, 10**6))
        return self.rng.integers(-size, size + 1, outputs)

    def window(self, shape: tuple[int, ...], padded: bool, spread: bool) -> Window:
        """A window that fits a map."""
        high, wide = (self.integer(1, min(4, size)) for size in shape[:2])
        stride = self.integer(1, 3), self.integer(1, 3)
        padding = tuple(self.integer(0, size - 1) for size in (high, high, wide, wide)) if padded else (0, 0, 0, 0)
        room = (shape[0] + padding[0] + padding[1], shape[1] + padding[2] + padding[3])
        most = [(r - 1) // (k - 1) if k > 1 else 2 for r, k in zip(room, (high, wide), strict=True)]
        dilation = (self.integer(1, min(2, most[0])), self.integer(1, min(2, most[1]))) if spread else (1, 1)
        return Window((high, wide), stride, padding, dilation)  # type: ignore[arg-type]


def requantized(b: Builder, name: str) -> str:
    """An int8 result from an accumulator (or from a map of another scale), by one of the ways there are."""
    x = b.types[name]
    channels = x.shape[-1]
    ways = ["plain", "leaky", "prelu", "wide"]
    if x.dtype == "int32":
        ways += ["shift"] + (["dynamic"] if 2 * x.size * x.magnitude + (1 << 24) <= LIMIT else [])
    way = b.pick(ways)
    if way == "dynamic":
        return b.add(DynamicShift(b.draw(st.booleans()), b.draw(st.booleans())), name)
    lo, hi = sorted((b.integer(-128, 127), b.integer(-128, 127)))
    lo, hi = b.pick(((0, 127), (-128, 127), (lo, hi)))
    slope = b.integer(1, 4) if way == "leaky" else 0
    if way == "shift":
        room = LIMIT - x.magnitude
        shifts = b.rng.integers(0, max(1, min(27, room.bit_length() - 2)), channels)
        offsets = b.rng.integers(-(room >> 2), (room >> 2) + 1, channels)
        return b.add(RequantizeShift(b.rng.choice((-1, 1), channels), offsets, shifts, lo, hi, 1), name)
    pre_shift = b.integer(0, 8) if way in ("leaky", "wide", "prelu") else 0
    acc = max(1, (x.magnitude + (1 << pre_shift >> 1)) >> pre_shift)
    largest = min(2**15 - 1, (LIMIT >> 1) // acc)
    multiplier = b.rng.integers(-largest, largest + 1, (2, channels))
    shift = int(np.clip((acc * largest // 127).bit_length() - b.integer(0, 5), 1, 28 - slope))
    room = LIMIT - acc * largest - (1 << (shift + slope - 1))
    offset = b.rng.integers(-room, room + 1, (2, channels)) >> b.pick((0, 8))
    if way == "prelu":
        return b.add(RequantizePRelu(multiplier, offset, shift, lo, hi, pre_shift), name)
    if shift >= STEP_BITS and b.draw(st.booleans()):  # for words of both
        offset = nearest_parts(np.clip(offset >> 1, -(1 << shift + 7), 1 << shift + 7), shift)
    return b.add(Requantize(multiplier[0], offset[0], shift, lo, hi, pre_shift, slope), name)


def convolution(b: Builder, name: str) -> str:
    """Dense, grouped, depthwise or pointwise, padded and spread at will."""
    x = b.types[name]
    channels = x.shape[2]
    divisors = [d for d in range(1, channels + 1) if channels % d == 0]
    groups = b.pick((1, 1, channels, b.pick(divisors)))
    outputs = groups * (1 if groups == channels and b.draw(st.booleans()) else b.integer(1, 5))
    window = b.window(x.shape, padded=b.draw(st.booleans()), spread=b.draw(st.booleans()))
    fmt = b.format()
    codes = b.codes(fmt, (outputs, *window.kernel, channels // groups))
    pad = b.integer(0 if x.dtype == "uint8" else -128, 255 if x.dtype == "uint8" else 127)
    if fmt.name == "int8" and x.dtype == "int8" and b.draw(st.booleans()):
        return b.add(StreamConv2d(codes, b.bias(outputs), fmt, window, groups, pad, *stream(b)), name)
    return b.add(Conv2d(codes, b.bias(outputs), fmt, window, groups, pad), name)


def by_channel(b: Builder, name: str) -> str:
    """A convolution of all inputs, then layers that mix no channels."""
    outputs = b.pick((4, 9, 16, 18, 24))
    fmt, window = b.format(), b.window(b.types[name].shape, padded=b.draw(st.booleans()), spread=False)
    codes = b.codes(fmt, (outputs, *window.kernel, b.types[name].shape[2]))
    made = requantized(b, b.add(Conv2d(codes, b.bias(outputs), fmt, window), name))
    for _ in range(b.integer(1, 2)):
        if b.draw(st.booleans()):
            made = max_pool(b, made)
        window = b.window(b.types[made].shape, padded=b.draw(st.booleans()), spread=b.draw(st.booleans()))
        codes = b.codes(fmt, (outputs, *window.kernel, 1))
        made = requantized(b, b.add(Conv2d(codes, b.bias(outputs), fmt, window, outputs), made))
    return max_pool(b, made) if b.draw(st.booleans()) else made


def dense(b: Builder, name: str, outputs: int) -> str:
    fmt = b.format()
    codes = b.codes(fmt, (outputs, b.types[name].size))
    if fmt.name == "int8" and b.types[name].dtype == "int8" and b.draw(st.booleans()):
        return b.add(StreamDense(codes, b.bias(outputs), fmt, *stream(b)), name)
    return b.add(Dense(codes, b.bias(outputs), fmt), name)


def stream(b: Builder) -> tuple[int, Storage]:
    """Bits of a stream, and how its weights are stored."""
    return 32 * b.integer(1, 5), b.pick(("probabilities", "streams"))


def threshold(b: Builder, name: str) -> str:
    """Bits from accumulators or bytes: some channels always +1 or -1."""
    x = b.types[name]
    thresholds = b.rng.integers(x.lo, min(x.hi + 1, LIMIT) + 1, x.shape[-1])
    flips = b.rng.integers(0, 2, x.shape[-1]) * b.integer(0, 1)
    return b.add(Threshold(thresholds // b.pick((1, 8)), flips), name)


def bit_layer(b: Builder, name: str) -> str:
    """Accumulators from bits, by a convolution where they are a map."""
    x, fmt = b.types[name], FORMATS["binary"]
    if len(x.shape) == 1 or b.draw(st.booleans()):
        outputs = b.integer(1, 40)
        return b.add(Dense(b.codes(fmt, (outputs, x.size)), b.bias(outputs), fmt), name)
    window = b.window(x.shape, padded=b.draw(st.booleans()), spread=b.draw(st.booleans()))
    groups = b.pick((1, x.shape[2] // 32)) if x.shape[2] % 32 == 0 else 1
    outputs = groups * b.integer(1, 40)
    codes = b.codes(fmt, (outputs, *window.kernel, x.shape[2] // groups))
    return b.add(Conv2d(codes, b.bias(outputs), fmt, window, groups, -1), name)


def bits(b: Builder, name: str) -> str:
    """Layers on bits, and back to int8."""
    sources = [lambda: name, lambda: dense(b, name, b.integer(1, 70))]
    if name in b.maps():
        sources.append(lambda: convolution(b, name))
    source = b.types[name]
    if len(source.shape) == 1 or source.shape[-1] == 1:
        sources.append(lambda: b.add(Binarize(b.integer(source.lo, source.hi)), name))
    made = b.pick(sources)()
    made = made if b.types[made].dtype == "bit" else threshold(b, made)
    for _ in range(b.integer(0, 3)):
        way = b.pick(("layer", "flip", "pool" if len(b.types[made].shape) == 3 else "layer"))
        if way == "layer":
            made = threshold(b, bit_layer(b, made))
        else:
            made = flip(b, made) if way == "flip" else max_pool(b, made)
    return b.add(Unpack(), made) if b.draw(st.booleans()) else requantized(b, bit_layer(b, made))


def flip(b: Builder, name: str) -> str:
    return b.add(Flip(b.rng.integers(0, 2, b.types[name].shape[-1])), name)


def table(b: Builder, name: str) -> str:
    return b.add(Table(b.rng.integers(-128, 128, 256)), name)


def max_pool(b: Builder, name: str) -> str:
    shape = b.types[name].shape
    if min(shape[:2]) > 1 and b.draw(st.booleans()):
        return b.add(MaxPool(Window((2, 2), (2, 2))), name)
    return b.add(MaxPool(b.window(shape, padded=b.draw(st.booleans()), spread=False)), name)


def sum_pool(b: Builder, name: str) -> str:
    x = b.types[name]
    window = b.pick((Window((x.shape[0], x.shape[1])), b.window(x.shape, padded=True, spread=True)))
    return b.add(SumPool(window, b.integer(0, 100)), name)


def addition(b: Builder, one: str, other: str) -> str:
    """Multipliers as large as 32 bits allow."""
    a, c = b.types[one], b.types[other]
    multipliers = b.integer(-(2**21), 2**21), b.integer(-(2**21), 2**21)
    room = LIMIT - abs(multipliers[0]) * a.magnitude - abs(multipliers[1]) * c.magnitude
    shift = b.integer(1, 29)
    offset = b.integer(-1000, 1000)
    assert room >= (1 << 28) + 1000
    return b.add(Add(multipliers, offset, shift, b.pick((-128, 0)), 127), one, other)


def concatenation(b: Builder, names: list[str]) -> str:
    return b.add(Concat(), *names)


def residual(b: Builder, name: str) -> str:
    """x + f(x), f of one or two convolutions that keep the shape."""
    shape = b.types[name].shape
    made = name
    for _ in range(b.integer(1, 2)):
        high, wide = (b.pick((1, 3)) if size > 1 else 1 for size in shape[:2])
        window = Window((high, wide), (1, 1), (high // 2, high // 2, wide // 2, wide // 2))
        fmt = b.format()
        codes = b.codes(fmt, (shape[2], high, wide, shape[2]))
        made = requantized(b, b.add(Conv2d(codes, b.bias(shape[2]), fmt, window), made))
    return addition(b, *b.pick(((name, made), (made, name))))


def grow(b: Builder) -> None:
    """One more layer on values drawn from those there are; the newest most often."""
    values, maps = b.values(), b.maps()
    newest = b.pick((True, True, True, False))
    name = values[-1] if newest else b.pick(values)
    x = b.types[name]
    alike = [v for v in values if b.types[v].shape == x.shape]
    beside = [v for v in values if b.types[v].shape[:-1] == x.shape[:-1] and b.types[v].dtype == x.dtype]
    choices: list[Callable[[], str]] = [
        lambda: requantized(b, name),
        lambda: addition(b, name, b.pick(alike)),
        lambda: bits(b, name),
    ]
    if x.shape[-1] <= WIDEST:
        beside = [v for v in beside if b.types[v].shape[-1] <= WIDEST]
        choices.append(lambda: concatenation(b, [name, *(b.pick(beside) for _ in range(b.integer(1, 2)))]))
    if x.dtype == "int8":
        choices.append(lambda: table(b, name))
    if name in maps:
        choices += [lambda: requantized(b, convolution(b, name))] * 4
        choices += [lambda: max_pool(b, name), lambda: requantized(b, sum_pool(b, name))]
        choices += [lambda: max_pool(b, requantized(b, convolution(b, name))), lambda: residual(b, name)]
        choices += [lambda: by_channel(b, name)] * 2
    else:
        choices.append(lambda: requantized(b, dense(b, name, b.integer(1, 20))))
    b.pick(choices)()


def finish(b: Builder) -> None:
    """An int32 result from the newest value."""
    name = b.values()[-1]
    ways = ["dense", "dense", "rescale", "argmax", "bits"] + (["map"] if name in b.maps() else [])
    way = b.pick(ways)
    if way == "bits":
        bit_layer(b, threshold(b, name))
        return
    last = convolution(b, name) if way == "map" else dense(b, name, b.integer(1, 12))
    acc = b.types[last]
    if way == "rescale":
        channels = acc.shape[-1]
        largest = min(2**15 - 1, (LIMIT >> 1) // max(1, acc.magnitude))
        multiplier = b.rng.integers(-largest, largest + 1, channels)
        b.add(Requantize(multiplier, b.bias(channels), b.integer(1, 20), -LIMIT - 1, LIMIT, dtype="int32"), last)
    if way == "argmax":
        b.add(Argmax(), last)


def without_loose_ends(nodes: list[Node]) -> tuple[Node, ...]:
    """The nodes that the last one depends on."""
    needed = {nodes[-1].name}
    for node in reversed(nodes):
        if node.name in needed:
            needed.update(node.inputs)
    return tuple(node for node in nodes if node.name in needed)


@st.composite
def graphs(draw: Draw) -> Graph:
    """A graph of one to nine layers on a small map or vector."""
    maps = st.tuples(st.integers(1, 9), st.integers(1, 9), st.integers(1, 18))
    shape = draw(st.one_of(maps, maps, maps, st.tuples(st.integers(1, 40))))
    dtype = draw(st.sampled_from(("uint8", "int8")))
    limits = np.iinfo(dtype)
    source = Input(TensorType(shape, dtype, int(limits.min), int(limits.max)), 1.0, 0)
    b = Builder(draw, np.random.default_rng(draw(st.integers(0, 2**32 - 1))), {INPUT: source.type})
    for _ in range(draw(st.sampled_from(range(1, 9)))):
        grow(b)
    finish(b)
    return Graph("random", source, without_loose_ends(b.nodes))


def inputs(graph: Graph, seed: int) -> IntArray:
    """Six samples: lowest, highest, zero, alternating extremes, random, mostly zero."""
    x, rng = graph.input.type, np.random.default_rng(seed)
    lowest, highest = np.full(x.size, x.lo), np.full(x.size, x.hi)
    random = rng.integers(x.lo, x.hi + 1, x.size)
    samples = (
        lowest,
        highest,
        0 * lowest,
        np.where(np.arange(x.size) % 2, lowest, highest),
        random,
        random * (random % 5 == 0),
    )
    return np.stack(samples).reshape(-1, *x.shape).astype(x.dtype)
