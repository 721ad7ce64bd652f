"""Axes read as people write: round steps, units in words, the lab's clock."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hvgui.cluster.units import GIB, MIB
from hvgui.gui.graphs.quantities import Clock, Quantity, scale_for, time_ticks


@pytest.mark.parametrize(
    ("quantity", "greatest", "words"),
    [
        (Quantity.BYTES, 4 * GIB, ["0", "2 GB", "4 GB"]),
        (Quantity.BYTES, 340 * MIB, ["0", "128 MB", "256 MB"]),
        (Quantity.RATE, 117.7e6, ["0", "50 MB/s", "100 MB/s"]),
        (Quantity.SHARE, 0.4, ["0", "25 %", "50 %", "75 %", "100 %"]),
        (Quantity.SECONDS, 2.0, ["0", "1 s", "2 s"]),
    ],
)
def test_ticks_are_round_in_the_unit_people_use(quantity: Quantity, greatest: float, words: list[str]) -> None:
    assert [label for _, label in scale_for(quantity, greatest).ticks()] == words


@given(st.sampled_from(Quantity), st.floats(0.0, 1e15))
def test_every_scale_holds_its_greatest_value_with_one_to_six_ticks(quantity: Quantity, greatest: float) -> None:
    scale = scale_for(quantity, greatest)
    ticks = scale.ticks()
    assert scale.top >= greatest
    assert 2 <= len(ticks) <= 6
    assert ticks[-1][0] <= scale.top


@pytest.mark.parametrize(
    ("start", "end", "most", "first"),
    [
        (0, 60, 4, "00:00:00"),
        (3600, 7200, 6, "01:00:00"),
        (90_000, 90_600, 5, "1 d 01:00"),
        (10.0, 10.4, 4, "00:00:10.0"),
    ],
)
def test_the_time_axis_shows_the_clock_of_the_lab(start: float, end: float, most: int, first: str) -> None:
    ticks = time_ticks(Clock.LAB, start, end, most)
    assert 1 <= len(ticks) <= most + 1
    assert ticks[0][1] == first


@given(st.floats(0, 1e6), st.floats(0.01, 1e6), st.integers(2, 12))
def test_moments_on_the_axis_lie_within_it_and_are_few(start: float, span: float, most: int) -> None:
    ticks = time_ticks(Clock.LAB, start, start + span, most)
    assert len(ticks) <= most + 2
    least_seen = 1e-6 * (1 + start + span)
    assert all(start - least_seen <= at <= start + span + least_seen for at, _ in ticks)


def test_a_comparison_counts_from_its_own_beginning() -> None:
    assert [label for _, label in time_ticks(Clock.SINCE, 0, 40, 5)] == ["0 s", "10 s", "20 s", "30 s", "40 s"]
