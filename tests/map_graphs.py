"""Graphs over maps, layer by layer, with random numbers of a written seed."""

import numpy as np

from mcuexport.graph import Graph, Input, Node
from mcuexport.ops import Add, Conv2d, Dense, MaxPool, Op, Requantize, SumPool, TensorType, Window
from mcuexport.pack import FORMATS

LIMIT = 2**31 - 1
AROUND = (1, 1, 1, 1)


class MapGraph:
    """Each method appends a node and returns its name; the newest is read if no other is named."""

    def __init__(self, shape: tuple[int, ...], dtype: str = "int8", seed: int = 7) -> None:
        limits = np.iinfo(dtype)
        self.input = Input(TensorType(shape, dtype, int(limits.min), int(limits.max)), 1.0, 0)
        self.types = {"input": self.input.type}
        self.nodes: list[Node] = []
        self.newest = "input"
        self.rng = np.random.default_rng(seed)

    def add(self, op: Op, *sources: str, name: str = "") -> str:
        sources = sources or (self.newest,)
        self.newest = name or f"{op.kind}{len(self.nodes)}"
        self.types[self.newest] = op.output(*(self.types[source] for source in sources))
        self.nodes.append(Node(self.newest, op, sources, self.newest))
        return self.newest

    def conv(
        self,
        outputs: int,
        kernel: tuple[int, int] = (3, 3),
        source: str = "",
        *,
        fmt: str = "sym4",
        groups: int = 1,
        stride: tuple[int, int] = (1, 1),
        padding: tuple[int, int, int, int] = (0, 0, 0, 0),
        dilation: tuple[int, int] = (1, 1),
        pad_value: int = 0,
    ) -> str:
        """A convolution and its requantization, which uses the whole of int8."""
        source = source or self.newest
        weights, channels = FORMATS[fmt], self.types[source].shape[2]
        shape = (outputs, *kernel, channels // groups)
        codes = self.rng.integers(0, len(weights.levels), shape).astype(np.uint8)
        bias = self.rng.integers(-500, 500, outputs)
        window = Window(kernel, stride, padding, dilation)
        self.add(Conv2d(codes, bias, weights, window, groups, pad_value), source)
        return self.requantize()

    def requantize(self, lo: int = -128) -> str:
        x = self.types[self.newest]
        largest = min(2**15 - 1, (LIMIT >> 2) // x.magnitude)
        shift = max(1, (x.magnitude * largest // 1000).bit_length())
        multiplier = self.rng.integers(-largest, largest + 1, x.shape[-1])
        return self.add(Requantize(multiplier, np.zeros_like(multiplier), shift, lo, 127))

    def max_pool(self, size: int = 2, stride: int = 2) -> str:
        return self.add(MaxPool(Window((size, size), (stride, stride))))

    def global_average(self) -> str:
        height, width, _ = self.types[self.newest].shape
        self.add(SumPool(Window((height, width))))
        return self.requantize()

    def residual(self, one: str, other: str) -> str:
        return self.add(Add((100, -77), 9, 7), one, other)

    def dense(self, outputs: int, fmt: str = "sym4") -> str:
        """A dense layer and its requantization."""
        self._accumulate(outputs, fmt)
        return self.requantize()

    def _accumulate(self, outputs: int, fmt: str) -> None:
        shape = (outputs, self.types[self.newest].size)
        codes = self.rng.integers(0, len(FORMATS[fmt].levels), shape).astype(np.uint8)
        self.add(Dense(codes, self.rng.integers(-500, 500, outputs), FORMATS[fmt]))

    def graph(self, outputs: int = 10, fmt: str = "sym4") -> Graph:
        """Ends in a dense layer."""
        self._accumulate(outputs, fmt)
        return Graph("maps", self.input, tuple(self.nodes))


def depthwise_cnn(width: int = 64) -> Graph:
    """BitNetMCU's for 16x16 digits: a convolution 1-width, two depthwise ones with pools, dense 96-64-10."""
    g = MapGraph((16, 16, 1), "uint8")
    g.conv(width, fmt="int8")
    for _ in range(2):
        g.conv(width, groups=width, fmt="int8")
        g.max_pool()
    g.dense(96, "sym2")
    g.dense(64)
    return g.graph()


def mnist_cnn() -> Graph:
    """16x16 digits: 3x3 convolutions 1-16-32-32, a pool after the first, 10 classes; 8.3 kB of weights."""
    g = MapGraph((16, 16, 1), "uint8")
    g.conv(16, fmt="int8")
    g.max_pool()
    g.conv(32)
    g.conv(32)
    return g.graph()


def by_lines(fmt: str, lo: int, hidden: int = 0) -> Graph:
    """3x3 windows on one channel each, which have no bias: padded or not, strides of 1 and 2, odd widths, a pool.

    hidden: outputs of a dense layer behind them, which is requantized too (0: none).
    """
    g = MapGraph((11, 13, 1), "uint8", seed=len(fmt) - lo)
    shapes: list[tuple[int, int, tuple[int, int], tuple[int, int, int, int]]] = [
        (1, 7, (1, 1), (0, 0, 0, 0)),
        (7, 7, (1, 1), AROUND),
        (7, 7, (1, 2), (1, 0, 0, 1)),
        (7, 7, (2, 2), AROUND),
    ]
    for groups, outputs, stride, padding in shapes:
        codes = g.rng.integers(0, len(FORMATS[fmt].levels), (outputs, 3, 3, 1)).astype(np.uint8)
        conv = Conv2d(codes, np.zeros(outputs, np.int64), FORMATS[fmt], Window((3, 3), stride, padding), groups)
        g.add(conv, g.newest)
        g.requantize(lo)
        if g.types[g.newest].shape[0] > 8:
            g.max_pool()
    if hidden:
        g.dense(hidden, fmt)
    return g.graph(fmt=fmt)


# Width, then of each depthwise window stride, top, bottom, left and right padding.
CHAINS = (
    (4, ((1, 1, 1, 1, 1), (1, 0, 1, 0, 1))),
    (5, ((1, 1, 1, 1, 1), (1, 1, 0, 1, 0))),
    (6, ((1, 1, 1, 0, 0), (1, 0, 0, 1, 1))),
    (7, ((1, 1, 1, 1, 0), (2, 1, 1, 1, 1))),
    (8, ((2, 1, 1, 1, 1), (1, 1, 1, 1, 1))),
    (9, ((2, 0, 1, 0, 1), (2, 1, 0, 1, 0))),
    (10, ((2, 1, 0, 1, 0), (1, 1, 1, 0, 1))),
    (13, ((2, 0, 0, 0, 0), (2, 0, 1, 1, 1))),
    (3, ((1, 1, 1, 1, 1), (2, 1, 1, 1, 1))),
    (6, ((2, 1, 1, 1, 1), (2, 1, 1, 1, 1))),
    (10, ((1, 1, 1, 0, 1), (1, 0, 1, 1, 0))),
    (18, ((2, 1, 1, 1, 1), (1, 1, 1, 1, 1))),
    (20, ((2, 0, 1, 0, 0), (1, 1, 0, 0, 1))),
)


def separable(fmt: str, lo: int, chain: int, height: int, outputs: int = 8) -> Graph:
    """Pointwise layers with a depthwise one behind each, none of which has a bias."""
    width, windows = CHAINS[chain]
    g = MapGraph((height, width, 3), "int8" if lo else "uint8", seed=chain + height)

    def conv(channels: int, window: Window, groups: int) -> None:
        shape = (channels, *window.kernel, g.types[g.newest].shape[2] // groups)
        codes = g.rng.integers(0, len(FORMATS[fmt].levels), shape).astype(np.uint8)
        g.add(Conv2d(codes, np.zeros(channels, np.int64), FORMATS[fmt], window, groups))
        g.requantize(lo)

    for stride, *padding in windows:
        conv(outputs, Window((1, 1)), 1)
        conv(outputs, Window((3, 3), (stride, stride), tuple(padding)), outputs)
    return g.graph(fmt=fmt)
