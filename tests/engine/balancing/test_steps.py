"""The single steps: each move is the very best one, rounds are possible in their order, cover is what it says it is."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from hbal_text import drawn, population_of
from hvgui.cluster.memory import GuestMemory, MemoryRegion, MemorySettings, WritePattern
from hvgui.cluster.profiles import DEFAULT_PROFILE, PROFILES
from hvgui.cluster.units import GIB, MIB
from hvgui.engine.balancing.coverage import Coverage
from hvgui.engine.balancing.descent import Descent
from hvgui.engine.balancing.placement import Placement, Step
from hvgui.engine.balancing.population import Population
from hvgui.engine.balancing.rounds import in_rounds
from hvgui.engine.balancing.table import Table
from hvgui.engine.physics import precopy
from hvgui.engine.physics.migration_time import guests_of, predicted
from hvgui.engine.physics.precopy import StepKind

SMALL = st.tuples(st.integers(2, 6), st.integers(1, 24), st.integers(0, 10_000))


def best_by_trying(place: Placement) -> float:
    """The lowest score that any single move leaves, by making every one of them."""
    found = [place.score()]
    nodes = range(place.of.nodes)
    for vm, target in itertools.product(range(len(place.owner)), nodes):
        source = int(place.owner[vm])
        if place.fits(np.array([vm]), np.array([target]))[0]:
            place.move(Step(vm, source, target))
            found.append(place.score())
            place.move(Step(vm, target, source))
    return min(found)


@settings(max_examples=40, deadline=None)
@given(SMALL)
def test_each_move_is_the_best_there_is(drawing: tuple[int, int, int]) -> None:
    place = Placement(population_of(drawn(*drawing)))
    table = Table(place, np.arange(place.of.nodes), None)
    for _ in range(6):
        before, best = place.score(), best_by_trying(place)
        assert table.score() == pytest.approx(before, abs=1e-9)
        found = table.best(before - 1e-12)
        if found is None:
            assert best == pytest.approx(before, abs=1e-9)
            return
        assert found[0] == pytest.approx(best, abs=1e-9)
        place.move(found[1])
        table.moved(found[1])
        assert place.score() == pytest.approx(best, abs=1e-9)


def test_dealing_nodes_in_groups_is_about_as_good_as_weighing_everything(monkeypatch: pytest.MonkeyPatch) -> None:
    cluster = drawn(120, 700, 5)
    whole = Placement(population_of(cluster))
    Descent(whole).run()
    monkeypatch.setattr("hvgui.engine.balancing.descent.MOST_PLACES", 1)
    dealt = Placement(population_of(cluster))
    Descent(dealt).run()
    start = Placement(population_of(cluster)).score()
    assert start - dealt.score() >= 0.9 * (start - whole.score())


@settings(max_examples=60, deadline=None)
@given(SMALL, st.randoms(use_true_random=False))
def test_cover_is_kept_by_what_the_guard_lets_pass(drawing: tuple[int, int, int], dice: object) -> None:
    of = population_of(drawn(*drawing))
    # Little room, so that cover is at stake.
    of = replace(of, free_bytes=np.minimum(of.free_bytes, 8.0 * GIB))
    place = Placement(of)
    guard = Coverage(place)
    for vm, target in itertools.product(range(min(8, len(place.owner))), range(of.nodes)):
        step = Step(vm, int(place.owner[vm]), target)
        if not place.fits(np.array([vm]), np.array([target]))[0]:
            continue
        before = Coverage(place).covered()
        keeps = guard.keeps(step)
        place.move(step)
        after = Coverage(place).covered()
        assert keeps == bool((after | ~before).all())
        if not keeps:
            place.move(Step(vm, target, step.source))


def pair_of_full_nodes(third_gib: float) -> Population:
    """Two nodes with 1 GiB free each, a VM of 4 GiB on either, and a third node with some room."""
    of = population_of(drawn(3, 2, 1))
    return replace(
        of,
        owner=np.array([0, 1]),
        memory_bytes=np.array([4.0 * GIB, 4.0 * GIB]),
        free_bytes=np.array([1.0 * GIB, 1.0 * GIB, third_gib * GIB]),
    )


def test_two_vms_that_wait_for_each_others_place_use_a_third_node() -> None:
    order = in_rounds(pair_of_full_nodes(4.0), [Step(0, 0, 1), Step(1, 1, 0)], np.array([1.0, 1.0]))
    assert [(one.step, one.on_the_way) for one in order.timed] == [
        (Step(0, 0, 2), True),
        (Step(1, 1, 0), False),
        (Step(0, 2, 1), False),
    ]
    assert [one.round for one in order.timed] == [1, 2, 3]
    assert order.left_out == []


def test_where_there_is_no_third_place_both_stay_and_it_is_said_why() -> None:
    order = in_rounds(pair_of_full_nodes(3.0), [Step(0, 0, 1), Step(1, 1, 0)], np.array([1.0, 1.0]))
    assert order.timed == []
    assert [step for step, _ in order.left_out] == [Step(0, 0, 1), Step(1, 1, 0)]
    assert all("no memory free" in reason for _, reason in order.left_out)


@pytest.mark.parametrize("profile", ["2008 R2 SP1", "2022"])
@pytest.mark.parametrize("write_rate", [0.0, 2e6, 3e7, 9e7, 4e8])
@pytest.mark.parametrize("pattern", list(WritePattern))
def test_the_closed_form_takes_the_course_of_the_pre_copy(
    profile: str, write_rate: float, pattern: WritePattern
) -> None:
    rule, timings, line = PROFILES[profile].pass_rule, DEFAULT_PROFILE.timings, 117e6
    memory = GuestMemory(MemorySettings(2 * GIB), (MemoryRegion("hot", 512 * MIB, write_rate, pattern),), 0.4)
    state = precopy.begin(
        memory,
        2 * GIB,
        rule,
        timings,
        phases=[0.3] * precopy.writers_of(memory, 2 * GIB),
        bandwidth_bytes_per_second=line,
        line_bytes_per_second=line,
    )
    seconds, passes = timings.setup_seconds, 0
    while True:
        span = state.flow_bytes / line
        seconds += span
        step = precopy.end_flow(precopy.advance(state, span), line)
        passes += step.kind is not StepKind.MORE
        if step.blackout is not None:
            break
        state = precopy.advance(step.state, timings.sync_seconds)
        seconds += timings.sync_seconds
    found = predicted(guests_of([memory], [2 * GIB], timings), rule, timings, np.array([line]))
    blackout = step.blackout.seconds_at(line)
    assert found.passes[0] == passes
    assert found.blackout_seconds[0] == pytest.approx(blackout, rel=0.01)
    assert found.seconds[0] == pytest.approx(seconds + blackout, rel=0.01)
