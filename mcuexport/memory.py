"""What a schedule needs of memory: maps, the kept rows of streams, and the working buffers of each stage."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

from . import arena
from .arena import Buffer, Lag, Plan, round_up
from .graph import INPUT, Graph
from .ops import INPUT_VARIANT, Conv2d, Op, Requantize
from .schedule import Stage, Stream, Types, Unit, Whole, planar_maps

# As mcx_pixels.h has it.
MOST_INPUTS_OF_TWO = 256

# Columns below which finishing a row of one channel in registers saves less than more set-up costs.
LEAST_FINISHED = 8

# Suffixes that keep the names of buffers apart: a node's whole result, its kept rows, working memory.
MAP, ROWS, WORK = ":map", ":rows", ":work"


@dataclass(frozen=True)
class Part:
    """A working buffer of a stage: byte offset in the stage's working memory, C element type, bytes."""

    name: str
    dtype: str
    offset: int
    bytes: int


def is_direct(stage: Stage) -> bool:
    """The patch of each pixel lies in the source as the kernel wants it, so none is gathered."""
    op = stage.anchor.op
    return isinstance(op, Conv2d) and op.is_pointwise and not op.is_depthwise


def has_no_rows(stage: Stage) -> bool:
    """Pixels are made from pixels, each from the one at its place: the maps may as well be a single row."""
    one = stage.window.kernel == stage.window.stride == (1, 1)
    return is_direct(stage) and one and stage.pool is None and not stage.planar


def padded_inputs(stage: Stage) -> int:
    """Bytes of a patch of which two are made at once: where it is gathered, with zeros to whole groups of eight."""
    assert isinstance(stage.anchor.op, Conv2d)
    inputs = int(stage.anchor.op.levels.shape[1])
    return inputs if is_direct(stage) else inputs + -inputs % 8


def requantizes_two(stage: Stage) -> bool:
    """Two pixels are made at once, and requantized before they are ever stored."""
    op = stage.anchor.op
    if stage.pixels != 2 or not isinstance(op, Conv2d) or op.bias.any() or padded_inputs(stage) > MOST_INPUTS_OF_TWO:
        return False
    first = stage.tail[0].op
    return isinstance(first, Requantize) and first.is_plain


def by_fours(stage: Stage, outputs: int) -> bool:
    """Two pixels are requantized at once, four outputs at a time, to limits that an instruction knows."""
    if not requantizes_two(stage):
        return False
    return outputs % 4 == 0 and clamps_to_bits(stage.tail[0].op)


def reads_rgb(stage: Stage, variant: str, outputs: int) -> bool:
    """By fours, from 3x3 windows of three unsigned channels, read where they are: no two patches are gathered.

    variant: of the source's type.
    """
    op = stage.anchor.op
    if variant != "u8" or not isinstance(op, Conv2d) or op.codes.shape[1:] != (3, 3, 3) or op.groups > 1:
        return False
    return op.window.dilation == (1, 1) and by_fours(stage, outputs)


def finishes_lines(stage: Stage, types: Types) -> bool:
    """Made by lines of a planar map, whose results are requantized before they are ever stored.

    The map has to be there whole, of three rows at least, with one stride both ways, the result as wide as pays, and
    the limits have to be such as an instruction knows.
    """
    high = types[stage.source].shape[0] >= 3 and len(set(stage.window.stride)) == 1
    worth = stage.planes or types[stage.result].shape[1] >= LEAST_FINISHED
    if stage.of_planar != "map" or stage.pool or not stage.tail or not (high and worth):
        return False
    first = stage.tail[0].op
    plain = isinstance(first, Requantize) and first.is_plain and first.pre_shift == 0
    return plain and clamps_to_bits(first)


def clamps_to_bits(op: Op) -> bool:
    return isinstance(op, Requantize) and (op.lo, op.hi) in ((0, 127), (-128, 127))


def spreads(stage: Stage, types: Types) -> bool:
    """Finished pixels, or the last of a row, are spread over a row that lies channel by channel.

    What is made by lines is stored as it should lie, and so are two pixels by fours.
    """
    made = types[stage.result]
    return stage.planar and not stage.lines and not (by_fours(stage, made.shape[2]) and made.shape[1] % 2 == 0)


def parts(stage: Stage, types: Types) -> tuple[Part, ...]:
    """The working buffers of a stage, one behind the other.

    acc: accumulators of a pixel, or of two that are stored; of a slice of its outputs, or of a block of a depthwise
    one.  levels: the block's weights.  outside: what stands beside its map.  patch: what the window covers.  pixel:
    the finished pixel, or two, before a pool or before they are spread over a planar row.  Of what is made by lines,
    acc and pixel are a row of one channel, or all of its rows.
    """
    op, source, made = stage.anchor.op, types[stage.source], types[stage.anchor.name]
    sizes: list[tuple[str, str, int]] = []
    if stage.lines:
        assert isinstance(op, Conv2d)
        depth, width = min(made.shape[2], op.block), made.shape[1]
        if not finishes_lines(stage, types):
            sizes.append(("acc", "int32", 4 * width * (made.shape[0] if stage.planes else 1)))
        if not op.is_stored_unpacked:
            sizes.append(("levels", "int16", 2 * depth * op.window.taps))
        if stage.pool:
            before = types[stage.before_pool]
            sizes.append(("pixel", before.dtype, replace(before, shape=(width,)).bytes))
        return _one_behind_the_other(sizes)
    channels = made.shape[-1] // stage.slices
    if isinstance(op, Conv2d) and op.is_depthwise:
        channels = min(channels, op.block)
    stored = stage.run(types) % 2 if requantizes_two(stage) else stage.pixels
    if made.dtype == "int32" and stage.tail and stored:
        sizes.append(("acc", "int32", 4 * channels * stored))
    if isinstance(op, Conv2d) and op.is_depthwise:
        sizes.append(("levels", "int16", 2 * channels * op.window.taps))
        if op.window.is_padded:
            sizes.append(("outside", source.dtype, channels))
    elif isinstance(op, Conv2d) and not is_direct(stage):
        if stage.pixels == 2 and not reads_rgb(stage, INPUT_VARIANT[source.dtype], channels):
            sizes.append(("patch", source.dtype, 2 * padded_inputs(stage)))
        elif stored:  # one pixel, or the last of an odd number
            sizes.append(("patch", source.dtype, op.window.taps * replace(source, shape=op.codes.shape[3:]).bytes))
    if stage.pool or spreads(stage, types):
        before = types[stage.before_pool]
        sizes.append(("pixel", before.dtype, (1 + requantizes_two(stage)) * replace(before, shape=(channels,)).bytes))
    return _one_behind_the_other(sizes)


def _one_behind_the_other(sizes: Sequence[tuple[str, str, int]]) -> tuple[Part, ...]:
    found: list[Part] = []
    for name, dtype, size in sizes:
        end = found[-1].offset + round_up(found[-1].bytes) if found else 0
        found.append(Part(name, dtype, end, size))
    return tuple(found)


def work_bytes(stage: Stage, types: Types) -> int:
    return sum(round_up(part.bytes) for part in parts(stage, types))


def row_bytes(name: str, types: Types) -> int:
    return types[name].bytes // types[name].shape[0]


@dataclass(frozen=True)
class Memory:
    """Answers for schedules of one graph; what was found for a unit is kept."""

    graph: Graph
    _lags: dict[tuple[Unit, str], Lag | None] = field(default_factory=dict)

    @property
    def types(self) -> Types:
        return self.graph.types

    def plan(self, units: Sequence[Unit]) -> Plan:
        return arena.place(self.buffers(units), self.lags(units))

    def buffers(self, units: Sequence[Unit]) -> tuple[Buffer, ...]:
        """Everything that takes scratch, sizes rounded up to the alignment."""
        last_use = _last_use(units)
        found = []
        for step, unit in enumerate(units):
            if unit.result != self.graph.output:
                size = round_up(self.types[unit.result].bytes)
                found.append(Buffer(unit.result + MAP, size, step, last_use[unit.result]))
            if isinstance(unit, Stream):
                found += [Buffer(name, size, step, step) for name, size in self._stream_buffers(unit) if size]
        return tuple(found)

    def _stream_buffers(self, unit: Stream) -> Iterator[tuple[str, int]]:
        types = unit.within(self.types)
        for index, stage in enumerate(unit.stages[:-1]):
            yield stage.result + ROWS, round_up(unit.slots(index, types) * row_bytes(stage.result, types))
        yield unit.result + WORK, max(work_bytes(stage, types) for stage in unit.stages)

    def lags(self, units: Sequence[Unit]) -> dict[tuple[str, str], Lag]:
        """Which results may grow over which dying values, and how far apart they must start."""
        last_use, planar = _last_use(units), planar_maps(units)
        found = {}
        for step, unit in enumerate(units):
            for name in dict.fromkeys(unit.reads):
                if name == INPUT or unit.result == self.graph.output or last_use[name] != step:
                    continue
                if (unit, name) not in self._lags:
                    self._lags[unit, name] = _lag(unit, name, self.types)
                lag = self._lags[unit, name]
                if isinstance(unit, Stream) and unit.stages[0].planes and name in planar:
                    lag = None
                if lag is not None:
                    found[unit.result + MAP, name + MAP] = lag
        return found


def _last_use(units: Sequence[Unit]) -> dict[str, int]:
    return {name: step for step, unit in enumerate(units) for name in unit.reads}


def _lag(unit: Unit, name: str, types: Types) -> Lag | None:
    if isinstance(unit, Whole):
        in_place = unit.node.op.locality in ("element", "channel") or unit.node.op.kind == "dynamic_shift"
        return Lag(0) if in_place and types[unit.result].bytes <= types[name].bytes else None
    if unit.block:  # what it reads is read again for every block
        return None
    if unit.stages[0].planes:
        return _plane_lag(unit.stages[0], name, types)
    below = _distance(unit, name, types, backwards=False)
    # One order of rows must do for all that it reads, and only a single stage can turn it round.
    alone = len(unit.stages) == 1 and len(unit.reads) == 1
    return Lag(below, _distance(unit, name, types, backwards=True) if alone else None)


def _plane_lag(stage: Stage, name: str, types: Types) -> Lag | None:
    """A finished channel lies where its source was, which nothing else reads, if its pixels are as many bytes apart."""
    same = types[stage.source].shape[2] == types[stage.result].shape[2]
    own = name == stage.source and stage.is_by_channel and types[stage.result].bytes <= types[name].bytes
    return Lag(0, exact=True) if own and same else None


def _distance(unit: Stream, name: str, types: Types, *, backwards: bool) -> int:
    """Bytes between the starts of the result and of `name`, so that no row is written over one still to be read.

    With the rows forwards, how far the result starts below; backwards, how far above.
    """
    height, step, read_step = types[name].shape[0], row_bytes(unit.result, types), row_bytes(name, types)
    first, end = height, 0  # of the rows of `name` read at an event or after it
    distance = -types[name].bytes
    events = list(unit.events(types))
    for stage, row in events if backwards else reversed(events):
        for rows in _rows_read(unit.stages[stage], row, name, height):
            first, end = min(first, rows.start), max(end, rows.stop)
        if stage == len(unit.stages) - 1:
            needed = end * read_step - row * step if backwards else (row + 1) * step - first * read_step
            distance = max(distance, needed)
    return distance


def _rows_read(stage: Stage, row: int, name: str, height: int) -> list[range]:
    """The rows of `name` that `stage` reads to make `row`."""
    found = [stage.source_rows(row, height)] if stage.source == name else []
    if name in stage.operands:
        lines, stride = stage.lines_per_row
        found.append(range(row * stride, row * stride + lines))
    return [rows for rows in found if rows]
