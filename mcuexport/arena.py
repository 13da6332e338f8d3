"""Where each intermediate result lies in the scratch: offsets by lifetime, so that the peak is small.

A buffer lives from the unit that writes it to the last unit that reads it.  Buffers that live at once do
not overlap, but for this: a result may grow over a value that is read for the last time, as long as each
element is written after the last read of what lay there: from below with its first element first, or from
above with its last row first.  The graph's input and output are the caller's memory and take no scratch.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import permutations

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
class Lag:
    """How a result may grow over a value: it starts at least `below` bytes lower, or at least `above` bytes
    higher and is made from its last row to its first (None: it cannot be).  exact: `below` bytes lower and no more."""

    below: int
    above: int | None = None
    exact: bool = False


Lags = Mapping[tuple[str, str], Lag]
"""By (result, value that it may grow over)."""


@dataclass(frozen=True)
class Plan:
    """Byte offsets by buffer name, the scratch they need, and a bound that no plan can go below.

    backwards: results that grow over a value from above.
    """

    offsets: dict[str, int]
    scratch_bytes: int
    lower_bound_bytes: int
    backwards: frozenset[str] = frozenset()


def round_up(size_bytes: int) -> int:
    return -(-size_bytes // ALIGNMENT) * ALIGNMENT


def place(live: Sequence[Buffer], lags: Lags) -> Plan:
    """The best of several greedy placements (all orders of up to six buffers; else by size and by time)."""
    if len(live) <= EXHAUSTIVE_BUFFERS:
        orders = [list(order) for order in permutations(live)]
    else:
        orders = [
            sorted(live, key=lambda b: (-b.bytes, b.first, b.name)),
            sorted(live, key=lambda b: (b.first, -b.bytes, b.name)),
            sorted(live, key=lambda b: (-b.first, -b.bytes, b.name)),
            sorted(live, key=lambda b: (-b.bytes * (b.last - b.first + 1), b.name)),
        ]
    placed = [_place(order, lags) for order in orders]
    peaks = [max((offsets[b.name] + b.bytes for b in live), default=0) for offsets in placed]
    best = min(range(len(orders)), key=peaks.__getitem__)
    bound = max(footprints(live, lags), default=0)
    return Plan(placed[best], peaks[best], bound, frozenset(_backwards(live, lags, placed[best])))


def _place(order: list[Buffer], lags: Lags) -> dict[str, int]:
    """Each buffer, in order, at the lowest offset free for its whole life."""
    offsets: dict[str, int] = {}
    done: list[Buffer] = []
    for buffer in order:
        together = [other for other in done if buffer.first <= other.last and other.first <= buffer.last]
        offset = 0
        for start, end in sorted(span for other in together for span in _forbidden(buffer, other, offsets, lags)):
            if start < offset < end:
                offset = end
        offsets[buffer.name] = offset
        done.append(buffer)
    return offsets


def _forbidden(buffer: Buffer, other: Buffer, offsets: dict[str, int], lags: Lags) -> list[tuple[int, int]]:
    """Offsets strictly between two such numbers make `buffer` clash with `other`, which is placed."""
    at = offsets[other.name]
    start, end = at - buffer.bytes, at + other.bytes
    if grown := lags.get((buffer.name, other.name)):
        begin = at - round_up(grown.below)
        last = end if grown.above is None else min(end, at + round_up(grown.above))
        return [*([(start, begin)] if grown.exact else []), (max(start, begin), last)]
    if under := lags.get((other.name, buffer.name)):
        begin = at + round_up(under.below)
        first = start if under.above is None else max(start, at - round_up(under.above))
        return [(first, min(end, begin)), *([(begin, end)] if under.exact else [])]
    return [(start, end)]


def _backwards(live: Sequence[Buffer], lags: Lags, offsets: dict[str, int]) -> Iterator[str]:
    sizes = {b.name: b.bytes for b in live}
    for (result, value), lag in lags.items():
        y, x = offsets[result], offsets[value]
        if y + min(sizes[result], lag.below) > x and y < x + sizes[value]:
            yield result


def footprints(live: Sequence[Buffer], lags: Lags) -> list[int]:
    """By step, the bytes in use, less what a result can share with the values that it may grow over."""
    found = []
    for step in range(max((b.last for b in live), default=-1) + 1):
        now = {b.name: b for b in live if b.first <= step <= b.last}
        shared = sum(
            _most_shared(now[y].bytes, now[x].bytes, lag) for (y, x), lag in lags.items() if y in now and x in now
        )
        found.append(sum(b.bytes for b in now.values()) - shared)
    return found


def _most_shared(result_bytes: int, value_bytes: int, lag: Lag) -> int:
    from_below = min(value_bytes, result_bytes - max(0, lag.below))
    from_above = 0 if lag.above is None else min(result_bytes, value_bytes - max(0, lag.above))
    return max(0, from_below, from_above)
