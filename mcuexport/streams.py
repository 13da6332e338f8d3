"""Which stages run together so that the map between them never exists whole, and which of these by blocks of channels.

Starts from every stage by itself and takes, one at a time, what lowers the highest step most (then the second
highest ..): to stream a map, to make a stream by blocks, or the outputs of a pixel in slices.  What in the end saves
next to nothing is given up again, since it costs code or time.
"""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace

from .arena import Plan, footprints
from .graph import Graph, Node
from .memory import Memory
from .ops import Conv2d, Flip, Threshold, Unpack, channel_block
from .planar import with_planar, with_planes
from .schedule import Stage, Stream, Unit, fuse
from .upright import upright

Units = tuple[Unit, ...]
LEAST_SAVING = 1 / 32  # of the scratch
LEAST_SLICED_SAVING = 1 / 10  # slices cost up to a twentieth of a network's cycles
LEAST_SLICED_OUTPUTS = 64
STREAM_BLOCK = 8  # channels; fewer would take less memory, and more time for each to gather its inputs anew
SLICES = 2  # of a pixel's outputs; kernels that make tables of the inputs make them for each


@dataclass(frozen=True)
class Choice:
    """streamed: maps that never exist whole.  blocked: the first results of streams that run by blocks of channels.

    sliced: the first results of stages that make the outputs of a pixel in slices.
    """

    streamed: frozenset[str] = frozenset()
    blocked: frozenset[str] = frozenset()
    sliced: frozenset[str] = frozenset()

    def applied(self, units: Units) -> Units:
        """The units so joined; a stream that cannot run by blocks does not."""
        joined = join(units, self.streamed)
        blocked = (in_blocks(unit) if _begin(unit) in self.blocked else unit for unit in joined)
        return tuple(in_slices(unit, self.sliced) for unit in blocked)

    def more(self, units: Units) -> Iterator["Choice"]:
        for name in joints(units):
            yield replace(self, streamed=self.streamed | {name})
        for unit in self.applied(units):
            if in_blocks(unit) != unit:
                yield replace(self, blocked=self.blocked | {_begin(unit)})
            for node in unit.nodes:
                wide = isinstance(node.op, Conv2d) and len(node.op.codes) >= LEAST_SLICED_OUTPUTS
                if wide and in_slices(unit, {node.name}) != unit:
                    yield replace(self, sliced=self.sliced | {node.name})

    def without(self, name: str) -> "Choice":
        return Choice(self.streamed - {name}, self.blocked - {name}, self.sliced - {name})


def planned(
    graph: Graph, by_two: Collection[str] = (), lines: bool = True, maps: str = "planes"
) -> tuple[Graph, Units, Plan]:
    """The graph as it runs (a signal may stand upright), the units that need the least scratch, and where all lies.

    by_two, lines: as `fuse` takes them.  maps: where it takes no more scratch, depthwise layers are made by "planes";
    or their maps are "planar", and the layers made by planes; or neither ("rows").
    """
    turned = upright(graph)
    either = (graph,) if turned is graph else (graph, turned)
    ways = [(way, *_planned(fuse(way, by_two, lines), Memory(way))) for way in either]
    runs, units, plan = min(ways, key=lambda way: way[2].scratch_bytes)
    memory = Memory(runs)
    if maps == "planar":
        units, plan = with_planar(units, plan, memory)
    if maps != "rows":
        units, plan = with_planes(units, plan, memory, of_planar=maps == "planar")
    return runs, units, plan


def _planned(units: Units, memory: Memory) -> tuple[Units, Plan]:
    choice = Choice()
    steps = [choice]
    while (better := min((choice, *choice.more(units)), key=lambda c: _profile(c.applied(units), memory))) != choice:
        choice = better
        steps.append(choice)
    # A lower profile can be harder to place: any of the steps may have led to the least scratch.
    choice = min(reversed(steps), key=lambda step: memory.plan(step.applied(units)).scratch_bytes)
    best = memory.plan(choice.applied(units))
    least_bytes = best.scratch_bytes
    for names, saving in (
        (choice.sliced, LEAST_SLICED_SAVING),
        (choice.blocked, LEAST_SAVING),
        (choice.streamed, LEAST_SAVING),
    ):
        for name in sorted(names):
            fewer = choice.without(name)
            plan = memory.plan(fewer.applied(units))
            if plan.scratch_bytes <= least_bytes * (1 + saving):
                choice, best = fewer, plan
    return choice.applied(units), best


def joints(units: Sequence[Unit]) -> list[str]:
    """Maps that only one stage reads, through its window: they can be streamed."""
    reads = [name for unit in units for name in unit.reads]
    made = {unit.result for unit in units if isinstance(unit, Stream)}
    sources = [unit.stages[0].source for unit in units if isinstance(unit, Stream)]
    return [name for name in sources if name in made and reads.count(name) == 1]


def join(units: Sequence[Unit], names: Collection[str]) -> Units:
    """The units with the maker of each of these maps streamed into its reader."""
    found: list[Unit] = []
    waiting: dict[str, Stream] = {}
    for unit in units:
        if isinstance(unit, Stream) and unit.stages[0].source in waiting:
            unit = Stream((*waiting.pop(unit.stages[0].source).stages, *unit.stages))
        if isinstance(unit, Stream) and unit.result in names:
            waiting[unit.result] = unit
        else:
            found.append(unit)
    return tuple(found)


def in_blocks(unit: Unit) -> Unit:
    """A stream by blocks of channels, if it begins with a convolution of all inputs and then never mixes channels.

    Channels of bits share words, so they are made all at once.
    """
    if not isinstance(unit, Stream) or len(unit.stages) == 1 or _has_bits(unit.nodes):
        return unit
    first, *others = unit.stages
    op = first.anchor.op
    if not isinstance(op, Conv2d) or op.groups != 1 or first.operands or not all(s.is_by_channel for s in others):
        return unit
    block = channel_block(len(op.codes), STREAM_BLOCK)
    return replace(unit, block=block) if block < len(op.codes) else unit


def in_slices(unit: Unit, names: Collection[str]) -> Unit:
    """A stream whose stages of these anchors make the outputs of a pixel in slices, where they can.

    They do it by whole pixels, one at a time, and finish accumulators before they are stored.
    """
    if not isinstance(unit, Stream) or unit.block:
        return unit
    stages = (replace(stage, slices=SLICES) if _slices(stage, names) else stage for stage in unit.stages)
    return replace(unit, stages=tuple(stages))


def _slices(stage: Stage, names: Collection[str]) -> bool:
    op = stage.anchor.op
    if stage.anchor.name not in names or not isinstance(op, Conv2d) or op.groups > 1 or len(op.codes) % SLICES:
        return False
    return bool(stage.tail) and stage.pixels == 1 and not stage.lines and not _has_bits(stage.nodes)


def _has_bits(nodes: Sequence[Node]) -> bool:
    return any(isinstance(node.op, Threshold | Flip | Unpack) for node in nodes)


def _begin(unit: Unit) -> str:
    return unit.nodes[0].name


def _profile(units: Units, memory: Memory) -> list[int]:
    """Bytes in use by step, the most first."""
    return sorted(footprints(memory.buffers(units), memory.lags(units)), reverse=True)
