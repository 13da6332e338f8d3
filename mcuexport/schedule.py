"""From the graph to what runs: operators joined into stages that make a map row by row, pixel by pixel.

A convolution is followed, on each pixel, by its requantization, table, residual addition and the pooling
behind them, so that neither its int32 map nor the larger map before a pool exists.  Stages may be chained
into a stream: each asks the one before it for the rows that its window still lacks, and only as many rows
as the window is high are kept.  A stream that mixes channels only where it begins can make them block by block,
and keeps rows of one block only.  The graph stays the definition; this changes nothing that is computed.
"""

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, replace

from .graph import Graph, Node
from .ops import Conv2d, MaxPool, SumPool, TensorType, Window

Types = dict[str, TensorType]


@dataclass(frozen=True)
class Whole:
    """One operator on whole values."""

    node: Node

    @property
    def nodes(self) -> tuple[Node, ...]:
        return (self.node,)

    @property
    def result(self) -> str:
        return self.node.name

    @property
    def reads(self) -> tuple[str, ...]:
        return self.node.inputs


@dataclass(frozen=True)
class Stage:
    """`anchor` reads a window of rows; `tail` works on each pixel it makes; `pool` takes the largest of them.

    pixels: of the anchor's map that are made at once.  lines: it is made a row of a channel at a time instead.
    slices: the outputs of a pixel are made in so many equal parts, one after the other, and a part has accumulators.
    planar: a row of the result lies in memory channel by channel, not pixel by pixel.  of_planar: so do those of the
    source; "map" if all of them are there, "rows" if a stream keeps some.  planes: it is made by lines, all rows of a
    channel at once, then those of the next channel.
    """

    anchor: Node
    tail: tuple[Node, ...] = ()
    pool: Node | None = None
    pixels: int = 1
    lines: bool = False
    slices: int = 1
    planar: bool = False
    of_planar: str = ""
    planes: bool = False

    @property
    def nodes(self) -> tuple[Node, ...]:
        return (self.anchor, *self.tail, *((self.pool,) if self.pool else ()))

    @property
    def source(self) -> str:
        return self.anchor.inputs[0]

    @property
    def result(self) -> str:
        return self.nodes[-1].name

    @property
    def before_pool(self) -> str:
        """The name of what the pool reads; the result if there is no pool."""
        return (self.anchor, *self.tail)[-1].name

    @property
    def is_by_channel(self) -> bool:
        """Channel k of the result depends on channel k of the source alone, and on nothing else."""
        op = self.anchor.op
        return (op.is_depthwise if isinstance(op, Conv2d) else True) and not self.operands

    @property
    def operands(self) -> tuple[str, ...]:
        """What the tail reads besides the pixel itself."""
        made = {node.name for node in self.nodes}
        return tuple(name for node in self.tail for name in node.inputs if name not in made)

    @property
    def window(self) -> Window:
        return _window(self.anchor)

    @property
    def lines_per_row(self) -> tuple[int, int]:
        """(height, stride) of the pool's window in rows of the anchor; (1, 1) without a pool."""
        return (_window(self.pool).kernel[0], _window(self.pool).stride[0]) if self.pool else (1, 1)

    def run(self, types: Types) -> int:
        """Pixels of the anchor's map that are made one beside the other: a row, or what the pool's window covers."""
        return _window(self.pool).kernel[1] if self.pool else types[self.result].shape[1]

    @property
    def row_stride(self) -> int:
        """Rows of the source between two rows of the result."""
        return self.lines_per_row[1] * self.window.stride[0]

    @property
    def row_extent(self) -> int:
        """Rows of the source that one row of the result spans."""
        return (self.lines_per_row[0] - 1) * self.window.stride[0] + self.window.extent[0]

    def source_rows(self, row: int, height: int) -> range:
        """The rows of a source of `height` that row `row` of the result reads."""
        first = row * self.row_stride - self.window.padding[0]
        return range(max(first, 0), min(max(first + self.row_extent, 0), height))


@dataclass(frozen=True)
class Stream:
    """Stages that run together, each reading the one before it; often only one.

    block: so many channels go through all stages before the next ones do; 0: all of them at once.
    """

    stages: tuple[Stage, ...]
    block: int = 0

    @property
    def nodes(self) -> tuple[Node, ...]:
        return tuple(node for stage in self.stages for node in stage.nodes)

    @property
    def result(self) -> str:
        return self.stages[-1].result

    @property
    def reads(self) -> tuple[str, ...]:
        operands = (name for stage in self.stages for name in stage.operands)
        return (self.stages[0].source, *operands)

    def within(self, types: Types) -> Types:
        """The types as one pass sees them: what the stages make is `block` channels deep."""
        if not self.block:
            return types
        made = {node.name: types[node.name] for node in self.nodes}
        return {**types, **{name: replace(t, shape=(*t.shape[:2], self.block)) for name, t in made.items()}}

    def blocks(self, types: Types) -> int:
        """How many blocks of channels are made one after the other; 0: all channels at once."""
        return types[self.result].shape[2] // self.block if self.block else 0

    def events(self, types: Types) -> Iterator[tuple[int, int]]:
        """(stage, row) in the order of making: a later stage first, as soon as it has the rows it reads."""
        made = [0] * len(self.stages)
        while made[-1] < types[self.result].shape[0]:
            stage = len(self.stages) - 1
            while stage > 0 and made[stage - 1] < self.needed(stage, made[stage], types):
                stage -= 1
            yield stage, made[stage]
            made[stage] += 1

    def needed(self, stage: int, row: int, types: Types) -> int:
        """Rows that the stage before `stage` must have made before this one can make `row`."""
        return self.stages[stage].source_rows(row, types[self.stages[stage].source].shape[0]).stop

    def slots(self, stage: int, types: Types) -> int:
        """Rows of the result of `stage` that are kept: all, or as many as the next stage's window spans."""
        height = types[self.stages[stage].result].shape[0]
        return height if stage == len(self.stages) - 1 else min(height, self.stages[stage + 1].row_extent)


Unit = Whole | Stream


def stages(units: Iterable[Unit]) -> Iterator[Stage]:
    for unit in units:
        if isinstance(unit, Stream):
            yield from unit.stages


def planar_maps(units: Iterable[Unit]) -> set[str]:
    return {stage.result for stage in stages(units) if stage.planar}


def fuse(graph: Graph, by_two: Collection[str] = (), lines: bool = True) -> tuple[Unit, ...]:
    """Every operator once, alone or in a stream of one stage; in an order in which all is made before it is read.

    by_two: nodes that can make two pixels at once.  lines: what can be made by lines is.
    """
    stages = {stage.result: _by_two(stage, graph.types, by_two) for stage in _stages(graph)}
    joined = {node.name for stage in stages.values() for node in stage.nodes}
    units: list[Unit] = []
    for node in graph.nodes:
        if node.name in stages:
            units.append(Stream((stages[node.name],)))
        elif node.name not in joined:
            units.append(Whole(node))
    return tuple(units) if lines else without_lines(units)


def without_lines(units: Iterable[Unit]) -> tuple[Unit, ...]:
    """The same, but no stage is made by lines, and so none reads planar maps."""

    def of_pixels(stage: Stage) -> Stage:
        return replace(stage, lines=False, planes=False, planar=False, of_planar="")

    def without(unit: Unit) -> Unit:
        return unit if isinstance(unit, Whole) else replace(unit, stages=tuple(map(of_pixels, unit.stages)))

    return tuple(without(unit) for unit in units)


def separate(graph: Graph) -> tuple[Unit, ...]:
    """Every operator by itself, so that each result exists whole; to look for a difference."""
    return tuple(
        Stream((Stage(node, lines=by_lines(graph, node)),)) if node.op.locality == "rows" else Whole(node)
        for node in graph.nodes
    )


def by_lines(graph: Graph, node: Node) -> bool:
    """Whether a node is made a row of a channel at a time.  Bits want whole pixels: then only a depthwise one is."""
    op = node.op
    if not isinstance(op, Conv2d) or not op.fits_lines:
        return False
    return op.is_depthwise or all(kind.dtype != "bit" for kind in graph.types.values())


def _by_two(stage: Stage, types: Types, by_two: Collection[str]) -> Stage:
    """Two pixels at once, if there are two beside each other, and accumulators that are not the result."""
    side_by_side = stage.anchor.name in by_two and stage.run(types) > 1
    return replace(stage, pixels=2) if side_by_side and stage.tail else stage


def _stages(graph: Graph) -> list[Stage]:
    readers: dict[str, list[Node]] = {}
    for node in graph.nodes:
        for name in node.inputs:
            readers.setdefault(name, []).append(node)
    stages: list[Stage] = []
    taken: set[str] = set()
    for node in graph.nodes:
        if node.op.locality == "rows" and node.name not in taken:
            stage = _grow(node, graph, readers, taken)
            stages.append(stage)
            taken.update(n.name for n in stage.nodes)
    return stages


def _grow(anchor: Node, graph: Graph, readers: dict[str, list[Node]], taken: set[str]) -> Stage:
    stage = Stage(anchor, lines=by_lines(graph, anchor))
    while stage.result != graph.output and len(readers[stage.result]) == 1:
        reader = readers[stage.result][0]
        if reader.name in taken:
            break
        if reader.op.locality in ("element", "channel") and _fits(stage, reader, graph.types):
            stage = replace(stage, tail=(*stage.tail, reader))
            continue
        if isinstance(anchor.op, Conv2d) and isinstance(reader.op, MaxPool) and _is_disjoint(reader.op.window):
            stage = replace(stage, pool=reader)
        break
    return stage


def _fits(stage: Stage, reader: Node, types: Types) -> bool:
    """The result can take the place of the pixel before it; accumulators have a place of their own.

    Bits need whole pixels, and a depthwise convolution makes them by blocks of channels.
    """
    anchor = stage.anchor.op
    if types[reader.name].dtype == "bit" and isinstance(anchor, Conv2d) and anchor.is_depthwise:
        return False
    accumulators = not stage.tail and types[stage.result].dtype == "int32"
    return accumulators or types[reader.name].dtype == types[stage.result].dtype


def _is_disjoint(window: Window) -> bool:
    """Each position is read once at most, and none is outside the map."""
    return not window.is_padded and window.stride[0] >= window.kernel[0] and window.stride[1] >= window.kernel[1]


def _window(node: Node) -> Window:
    assert isinstance(node.op, Conv2d | MaxPool | SumPool)
    return node.op.window
