"""Placement: what lives at once lies apart, but for a result that grows over what it has finished reading."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from map_graphs import MapGraph

from mcuexport.arena import ALIGNMENT, EXHAUSTIVE_BUFFERS, Buffer, Lag, Lags, Plan, footprints, place
from mcuexport.memory import MAP, Memory
from mcuexport.ops import Table
from mcuexport.schedule import separate


@st.composite
def lives(draw: st.DrawFn) -> tuple[list[Buffer], Lags]:
    """Buffers, some of which may grow over those that end where they begin; over one alone from above too."""
    found: list[Buffer] = []
    lags: dict[tuple[str, str], Lag] = {}
    for index in range(draw(st.integers(0, 10))):
        first = draw(st.integers(0, 6))
        size = ALIGNMENT * draw(st.integers(1, 12))
        found.append(Buffer(f"b{index}", size, first, first + draw(st.integers(0, 3))))
    distances = st.integers(-2, 4).map(lambda words: ALIGNMENT * words)
    for y in found:
        dying = [x for x in found if x.first < x.last == y.first and draw(st.booleans())]
        for x in dying:
            above = draw(distances) if len(dying) == 1 else None
            lags[y.name, x.name] = Lag(draw(distances), above, exact=above is None and draw(st.booleans()))
    return found, lags


@settings(deadline=None)
@given(lives())
def test_buffers_that_live_at_once_do_not_clash(drawn: tuple[list[Buffer], Lags]) -> None:
    live, lags = drawn
    plan = place(live, lags)
    for a in live:
        start = plan.offsets[a.name]
        assert start % ALIGNMENT == 0
        assert start + a.bytes <= plan.scratch_bytes
        for b in live:
            apart = b.last < a.first or a.last < b.first
            other = plan.offsets[b.name]
            beside = start + a.bytes <= other or other + b.bytes <= start
            grown = any(is_grown(y, x, plan, lags) for y, x in ((a.name, b.name), (b.name, a.name)))
            assert a is b or apart or beside or grown


def is_grown(y: str, x: str, plan: Plan, lags: Lags) -> bool:
    """`y` lies where it may grow over `x`, in the direction that the plan says."""
    if (y, x) not in lags:
        return False
    lag, distance = lags[y, x], plan.offsets[y] - plan.offsets[x]
    if y in plan.backwards:
        return lag.above is not None and distance >= lag.above
    return distance == -lag.below if lag.exact else distance <= -lag.below


@settings(deadline=None)
@given(lives())
def test_no_plan_is_below_its_bound(drawn: tuple[list[Buffer], Lags]) -> None:
    plan = place(*drawn)
    assert plan.lower_bound_bytes == max(footprints(*drawn), default=0) <= plan.scratch_bytes


@pytest.mark.parametrize("buffers", [EXHAUSTIVE_BUFFERS, EXHAUSTIVE_BUFFERS + 3])
def test_a_chain_of_equal_buffers_takes_two(buffers: int) -> None:
    live = [Buffer(f"b{i}", 100, i, i + 1) for i in range(buffers)]
    assert place(live, {}).scratch_bytes == 200
    in_place = {(f"b{i + 1}", f"b{i}"): Lag(0) for i in range(buffers - 1)}
    assert place(live, in_place).scratch_bytes == 100


def test_a_result_starts_its_lag_below_what_it_grows_over() -> None:
    live = [Buffer("x", 100, 0, 1), Buffer("y", 80, 1, 2)]
    plan = place(live, {("y", "x"): Lag(24)})
    assert plan.scratch_bytes == 124
    assert plan.offsets["y"] + 24 == plan.offsets["x"]
    assert not plan.backwards


def test_a_chain_of_maps_goes_down_and_up_again() -> None:
    live = [Buffer(f"b{i}", 1000, i, i + 1) for i in range(12)]
    lags = {(f"b{i + 1}", f"b{i}"): Lag(100, 120) for i in range(11)}
    plan = place(live, lags)
    assert plan.scratch_bytes == plan.lower_bound_bytes + 20 == 1120
    assert 0 < len(plan.backwards) < 11


def test_an_elementwise_operator_works_in_place() -> None:
    g = MapGraph((6, 6, 8))
    q = g.conv(8, (1, 1))
    t = g.add(Table(np.arange(256) - 128))
    graph = g.graph()
    memory, units = Memory(graph), separate(graph)
    assert memory.lags(units)[t + MAP, q + MAP] == Lag(0)
    acc = next(b for b in memory.buffers(units) if b.bytes == 4 * 6 * 6 * 8)
    assert memory.plan(units).scratch_bytes == acc.bytes
