"""Which maps lie planar in memory: a row of pixels channel by channel, which is how a depthwise layer reads it.

All else is as if they did not: a row has as many bytes, and rows are made and read at the same times.  So a map can be
planar if what reads it is one depthwise stage made by lines, and what makes it can store its pixels so: another such
stage, or a convolution that ends in a requantization.

And which depthwise stages are made by planes, one channel after the other, so that what belongs to a channel is fetched
once: those that stand alone.  Their result may lie just where their source lay, unless that is planar.
"""

from dataclasses import replace

from .arena import Plan
from .memory import Memory
from .ops import Conv2d, Requantize
from .schedule import Stage, Stream, Types, Unit, planar_maps, stages

Units = tuple[Unit, ...]
LEAST_WIDTH = 4  # kernels read words within a row


def can_be_planar(units: Units, types: Types) -> list[str]:
    """Maps of some width that one depthwise stage reads, which is made by lines, and that can be stored so."""
    reads = [name for unit in units for name in unit.reads]
    reads += [stage.source for unit in units if isinstance(unit, Stream) for stage in unit.stages[1:]]
    makers = {stage.result: stage for stage in stages(units)}
    return [
        stage.source
        for stage in stages(units)
        if _reads_planar(stage) and types[stage.source].shape[1] >= LEAST_WIDTH and reads.count(stage.source) == 1
        if stage.source in makers and _can_store_planar(makers[stage.source])
    ]


def in_planar(units: Units, name: str) -> Units:
    """The units with this map planar."""

    def stage(made: Stage, at: int) -> Stage:
        of_planar = made.of_planar if made.source != name else "rows" if at else "map"
        return replace(made, planar=made.planar or made.result == name, of_planar=of_planar)

    def changed(unit: Unit) -> Unit:
        if not isinstance(unit, Stream):
            return unit
        return replace(unit, stages=tuple(stage(made, at) for at, made in enumerate(unit.stages)))

    return tuple(changed(unit) for unit in units)


def with_planar(units: Units, plan: Plan, memory: Memory) -> tuple[Units, Plan]:
    """Every map planar that can be, one after the other, where the scratch does not grow."""
    for name in can_be_planar(units, memory.types):
        changed = in_planar(units, name)
        if (other := memory.plan(changed)).scratch_bytes <= plan.scratch_bytes:
            units, plan = changed, other
    return units, plan


def with_planes(units: Units, plan: Plan, memory: Memory, *, of_planar: bool) -> tuple[Units, Plan]:
    """Stages by planes, one after the other, where the scratch does not grow.  of_planar: only those of planar maps."""
    sources = planar_maps(units) if of_planar else memory.types
    for at, unit in enumerate(units):
        if unit.reads[0] in sources and (changed := in_planes(unit, memory.types)) != unit:
            others = (*units[:at], changed, *units[at + 1 :])
            if (other := memory.plan(others)).scratch_bytes <= plan.scratch_bytes:
                units, plan = others, other
    return units, plan


def in_planes(unit: Unit, types: Types) -> Unit:
    """A stage by itself that is made by lines, with all rows of a channel at once, if there are several and no pool."""
    if not isinstance(unit, Stream) or len(unit.stages) > 1:
        return unit
    (stage,) = unit.stages
    free = stage.lines and stage.pool is None and not stage.planar
    planes = free and types[stage.result].shape[0] > 1 and len(set(stage.window.stride)) == 1
    return replace(unit, stages=(replace(stage, planes=planes),))


def _reads_planar(stage: Stage) -> bool:
    return stage.lines and isinstance(stage.anchor.op, Conv2d) and stage.anchor.op.is_depthwise


def _can_store_planar(stage: Stage) -> bool:
    if stage.lines:
        return True
    op = stage.anchor.op
    if not isinstance(op, Conv2d) or op.is_depthwise or stage.pool or stage.slices > 1 or len(stage.tail) != 1:
        return False
    last = stage.tail[0].op
    return isinstance(last, Requantize) and last.is_plain
