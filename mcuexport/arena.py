"""Where each intermediate result lies in the scratch: offsets by lifetime, so that the peak is small.

A buffer lives from the node that writes it to the last node that reads it; buffers that live at once do
not overlap.  The graph's input and output are the caller's memory and take no scratch.
"""

from dataclasses import dataclass
from itertools import permutations

from .graph import INPUT, Graph

ALIGNMENT = 4
EXHAUSTIVE_BUFFERS = 6


@dataclass(frozen=True)
class Buffer:
    """`bytes` of scratch in use from step `first` to step `last`, both included."""

    name: str
    bytes: int
    first: int
    last: int


@dataclass(frozen=True)
class Plan:
    """Byte offsets by buffer name, the scratch they need, and a bound that no plan can go below."""

    offsets: dict[str, int]
    scratch_bytes: int
    lower_bound_bytes: int


def buffers(graph: Graph) -> tuple[Buffer, ...]:
    """The scratch buffers of a graph, sizes rounded up to the alignment."""
    last_use = {name: step for step, node in enumerate(graph.nodes) for name in node.inputs}
    return tuple(
        Buffer(node.name, -(-graph.types[node.name].bytes // ALIGNMENT) * ALIGNMENT, step, last_use[node.name])
        for step, node in enumerate(graph.nodes)
        if node.name not in (INPUT, graph.output)
    )


def plan(graph: Graph) -> Plan:
    """The best of several greedy placements (all orders of up to six buffers; else by size and by time)."""
    live = buffers(graph)
    if len(live) <= EXHAUSTIVE_BUFFERS:
        orders = [list(order) for order in permutations(live)]
    else:
        orders = [
            sorted(live, key=lambda b: (-b.bytes, b.first, b.name)),
            sorted(live, key=lambda b: (b.first, -b.bytes, b.name)),
            sorted(live, key=lambda b: (-b.bytes * (b.last - b.first + 1), b.name)),
        ]
    placed = [_place(order) for order in orders]
    peaks = [max((offsets[b.name] + b.bytes for b in live), default=0) for offsets in placed]
    best = min(range(len(orders)), key=peaks.__getitem__)
    return Plan(placed[best], peaks[best], _lower_bound(live))


def _place(order: list[Buffer]) -> dict[str, int]:
    """Each buffer, in order, at the lowest offset free for its whole life."""
    offsets: dict[str, int] = {}
    done: list[Buffer] = []
    for buffer in order:
        offset = 0
        for other in sorted(done, key=lambda b: offsets[b.name]):
            alive_together = buffer.first <= other.last and other.first <= buffer.last
            if alive_together and offset + buffer.bytes > offsets[other.name]:
                offset = max(offset, offsets[other.name] + other.bytes)
        offsets[buffer.name] = offset
        done.append(buffer)
    return offsets


def _lower_bound(live: tuple[Buffer, ...]) -> int:
    """The most bytes that live at one step."""
    steps = {b.first for b in live}
    return max((sum(b.bytes for b in live if b.first <= step <= b.last) for step in steps), default=0)
