"""How fast time goes: due moments, rests, the effective speed."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hvgui.cluster.units import NANOSECONDS
from hvgui.lab.frames import AS_FAST_AS_POSSIBLE
from hvgui.lab.pacing import FORGIVEN_SECONDS, Pacer, rest_seconds


def test_at_real_time_a_second_is_a_second() -> None:
    pacer = Pacer()
    pacer.play(100.0, 5 * NANOSECONDS)
    assert pacer.due_ns(100.125, 5 * NANOSECONDS) == 5_125_000_000


def test_without_a_pace_no_moment_is_due() -> None:
    pacer = Pacer()
    pacer.set_speed(AS_FAST_AS_POSSIBLE, 0.0, 0)
    pacer.play(0.0, 0)
    assert pacer.due_ns(1.0, 0) is None


def test_another_speed_counts_from_the_moment_it_was_set() -> None:
    pacer = Pacer()
    pacer.play(0.0, 0)
    pacer.set_speed(60.0, 1.0, NANOSECONDS)
    assert pacer.due_ns(1.125, NANOSECONDS) == pytest.approx(8.5 * NANOSECONDS, abs=1)


def test_what_was_slept_through_is_not_caught_up_in_a_rush() -> None:
    pacer = Pacer()
    pacer.set_speed(10.0, 0.0, 0)
    pacer.play(0.0, 0)
    assert pacer.due_ns(3600.0, 0) == pytest.approx(10.0 * FORGIVEN_SECONDS * NANOSECONDS)


@pytest.mark.parametrize("speed", [0.0, -1.0, float("nan")])
def test_time_neither_stands_nor_goes_back_by_its_speed(speed: float) -> None:
    with pytest.raises(ValueError, match="above 0"):
        Pacer().set_speed(speed, 0.0, 0)


def test_the_effective_speed_is_that_of_the_last_second() -> None:
    pacer = Pacer()
    pacer.play(0.0, 0)
    for tenth in range(1, 31):
        # Slow for two seconds, then fifty times real time.
        pacer.note(tenth / 10, round((min(tenth, 20) + 50 * max(0, tenth - 20)) * NANOSECONDS / 10))
    assert pacer.pace().effective_speed == pytest.approx(50.0)
    pacer.pause()
    assert pacer.pace().effective_speed == 0.0


@given(st.floats(0.0, 10.0))
def test_the_engine_never_works_more_than_a_quarter_of_the_time(worked_seconds: float) -> None:
    assert worked_seconds <= 0.2501 * (worked_seconds + rest_seconds(worked_seconds))


@given(st.floats(0.001, 1e6), st.lists(st.floats(0.0, 2.0), min_size=1, max_size=20))
def test_due_moments_never_go_back(speed: float, waits: list[float]) -> None:
    pacer = Pacer()
    pacer.set_speed(speed, 0.0, 0)
    pacer.play(0.0, 0)
    wall, reached = 0.0, 0
    for wait in waits:
        wall += wait
        due_ns = pacer.due_ns(wall, reached)
        assert due_ns is not None
        assert due_ns >= reached
        reached = due_ns
