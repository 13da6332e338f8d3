"""Which stages run together so that the map between them never exists whole.

Starts from every stage by itself and joins, one pair at a time, what lowers the highest step most (then the
second highest ..); a pair that in the end saves next to nothing is parted again, since it costs code.
"""

from collections.abc import Sequence

from .arena import Plan, footprints
from .graph import Graph
from .memory import Memory
from .schedule import Stream, Unit

Units = tuple[Unit, ...]
LEAST_SAVING = 1 / 32  # of the scratch


def planned(units: Units, graph: Graph) -> tuple[Units, Plan]:
    """The units with the streams that need the least scratch, and where everything lies."""
    memory = Memory(graph)
    joined: tuple[str, ...] = ()
    while better := _best_joint(units, joined, memory):
        joined = better
    best = memory.plan(join(units, joined))
    most_bytes = best.scratch_bytes * (1 + LEAST_SAVING)
    for name in joined:
        fewer = tuple(other for other in joined if other != name)
        plan = memory.plan(join(units, fewer))
        if plan.scratch_bytes <= most_bytes:
            joined, best = fewer, plan
    return join(units, joined), best


def joints(units: Sequence[Unit]) -> list[str]:
    """Maps that only one stage reads, through its window: they can be streamed."""
    reads = [name for unit in units for name in unit.reads]
    made = {unit.result for unit in units if isinstance(unit, Stream)}
    sources = [unit.stages[0].source for unit in units if isinstance(unit, Stream)]
    return [name for name in sources if name in made and reads.count(name) == 1]


def join(units: Sequence[Unit], names: Sequence[str]) -> Units:
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


def _best_joint(units: Units, joined: tuple[str, ...], memory: Memory) -> tuple[str, ...] | None:
    """`joined` and one more, if that lowers the profile."""
    profiles = {joined: _profile(join(units, joined), memory)}
    for name in joints(units):
        if name not in joined:
            profiles[*joined, name] = _profile(join(units, (*joined, name)), memory)
    best = min(profiles, key=profiles.__getitem__)
    return None if best == joined else best


def _profile(units: Units, memory: Memory) -> list[int]:
    """Bytes in use by step, the most first."""
    return sorted(footprints(memory.buffers(units), memory.lags(units)), reverse=True)
