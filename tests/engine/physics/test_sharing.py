"""Sharing of links: feasible, every flow has its bottleneck, and the same as the textbook's filling, step by step."""

from __future__ import annotations

from math import inf

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hvgui.engine.physics.sharing import Sharing, progressive_filling

Flows = dict[int, tuple[tuple[int, ...], float]]
RELATIVE = 1e-9


def textbook(capacities: list[float], flows: Flows) -> dict[int, float]:
    """Progressive filling as Bertsekas and Gallager tell it: raise all rates together, stop who meets a limit."""
    rates = dict.fromkeys(flows, 0.0)
    rising = set(flows)
    while rising:
        room = min(cap - rates[flow] for flow, (_, cap) in flows.items() if flow in rising)
        for link, capacity in enumerate(capacities):
            mine = [flow for flow, (links, _) in flows.items() if link in links]
            up = sum(flow in rising for flow in mine)
            if up:
                room = min(room, (capacity - sum(rates[flow] for flow in mine)) / up)
        for flow in rising:
            rates[flow] += max(room, 0.0)
        full = {
            link
            for link, capacity in enumerate(capacities)
            if sum(rates[flow] for flow, (links, _) in flows.items() if link in links) >= capacity * (1 - 1e-12)
        }
        rising = {
            flow
            for flow in rising
            if rates[flow] < flows[flow][1] * (1 - 1e-12) and not full.intersection(flows[flow][0])
        }
    return rates


def assert_fair(sharing: Sharing, flows: Flows) -> None:
    """Nobody gets more than there is, and whoever could want more has a full link where nobody has more."""
    used = [0.0] * len(sharing.capacities)
    for flow, (links, cap) in flows.items():
        assert sharing.rates[flow] <= cap * (1 + RELATIVE)
        for link in links:
            used[link] += sharing.rates[flow]
    for link, capacity in enumerate(sharing.capacities):
        assert used[link] <= capacity * (1 + RELATIVE)
    for flow, (links, cap) in flows.items():
        rate = sharing.rates[flow]
        bottleneck = rate >= cap * (1 - RELATIVE) or any(
            used[link] >= sharing.capacities[link] * (1 - RELATIVE)
            and all(sharing.rates[other] <= rate * (1 + 1e-6) for other in sharing.members[link])
            for link in links
        )
        assert bottleneck, f"flow {flow} at {rate} could have more"


@st.composite
def networks(draw: st.DrawFn) -> tuple[list[float], Flows]:
    links = draw(st.integers(1, 6))
    capacities = draw(st.lists(st.sampled_from([1.0, 2.5, 10.0, 117.7, 0.3]), min_size=links, max_size=links))
    flows: Flows = {}
    for number in range(draw(st.integers(0, 14))):
        route = draw(st.lists(st.integers(0, links - 1), min_size=1, max_size=2, unique=True))
        cap = draw(st.one_of(st.just(inf), st.floats(0.01, 50.0)))
        flows[number] = (tuple(route), cap)
    return capacities, flows


@settings(deadline=None)
@given(networks())
def test_it_is_the_textbook_allocation(network: tuple[list[float], Flows]) -> None:
    capacities, flows = network
    sharing = Sharing(capacities.copy())
    for flow, (links, cap) in flows.items():
        sharing.open(flow, links, cap)
    sharing.settle()
    assert_fair(sharing, flows)
    expected = textbook(capacities, flows)
    assert sharing.rates == pytest.approx(expected, rel=1e-6)


@settings(deadline=None)
@given(networks())
def test_solving_afresh_gives_the_same(network: tuple[list[float], Flows]) -> None:
    capacities, flows = network
    pairs = [(*links, len(capacities))[:2] for links, _ in flows.values()]
    ends = np.array(pairs, dtype=np.int64).reshape(-1, 2)
    caps = np.array([cap for _, cap in flows.values()])
    levels = progressive_filling(np.array([*capacities, inf]), ends, caps)
    rates = np.minimum(np.minimum(levels[ends[:, 0]], levels[ends[:, 1]]), caps)
    assert dict(zip(flows, rates.tolist(), strict=True)) == pytest.approx(textbook(capacities, flows), rel=1e-6)


@settings(deadline=None)
@given(networks(), st.data())
def test_it_stays_fair_through_any_change(network: tuple[list[float], Flows], data: st.DataObject) -> None:
    capacities, flows = network
    sharing = Sharing(capacities.copy())
    open_now: Flows = {}
    for _ in range(data.draw(st.integers(1, 25))):
        change = data.draw(st.sampled_from(["open", "close", "cap", "capacity", "cut"]))
        closed = sorted(set(flows) - set(open_now))
        if change == "open" and closed:
            flow = data.draw(st.sampled_from(closed))
            open_now[flow] = flows[flow]
            sharing.open(flow, *flows[flow])
        elif change == "close" and open_now:
            flow = data.draw(st.sampled_from(sorted(open_now)))
            del open_now[flow]
            sharing.close(flow)
        elif change == "cap" and open_now:
            flow = data.draw(st.sampled_from(sorted(open_now)))
            cap = data.draw(st.floats(0.01, 50.0))
            open_now[flow] = (open_now[flow][0], cap)
            sharing.set_cap(flow, cap)
        elif change in ("capacity", "cut"):
            link = data.draw(st.integers(0, len(capacities) - 1))
            sharing.set_capacity(link, 0.0 if change == "cut" else data.draw(st.floats(0.1, 200.0)))
        if data.draw(st.booleans()):
            changed = sharing.settle()
            assert sharing.is_settled
            assert all(sharing.rates[flow] == rate for flow, rate in changed.items())
            assert_fair(sharing, open_now)
            assert sharing.rates == pytest.approx(textbook(sharing.capacities, open_now), rel=1e-6, abs=1e-9)


def test_many_changes_at_once_and_one_after_the_other_agree() -> None:
    """Two hundred flows over sixty links: opened in one instant (solved afresh), or each by itself (rippling)."""
    generator = np.random.Generator(np.random.Philox(7))
    capacities = [100.0] * 60
    at_once, one_by_one = Sharing(capacities.copy()), Sharing(capacities.copy())
    flows: Flows = {}
    for number in range(200):
        first, second = (int(one) for one in generator.choice(60, 2, replace=False))
        flows[number] = ((first, second), inf if number % 3 else float(generator.uniform(1, 40)))
        at_once.open(number, *flows[number])
        one_by_one.open(number, *flows[number])
        one_by_one.settle()
    at_once.settle()
    assert_fair(at_once, flows)
    assert_fair(one_by_one, flows)
    assert at_once.rates == pytest.approx(one_by_one.rates, rel=1e-9)


def test_a_change_touches_only_whom_it_concerns() -> None:
    sharing = Sharing([10.0] * 40)
    for number in range(20):
        sharing.open(number, (2 * number, 2 * number + 1))
    sharing.settle()
    sharing.open(99, (0, 1))
    assert sharing.settle() == {0: 5.0, 99: 5.0}


def test_a_fork_shares_nothing_that_moves() -> None:
    sharing = Sharing([10.0, 10.0])
    sharing.open(0, (0, 1))
    sharing.settle()
    copy = sharing.fork()
    copy.open(1, (0, 1))
    copy.settle()
    assert sharing.rates == {0: 10.0}
    assert copy.rates == {0: 5.0, 1: 5.0}
