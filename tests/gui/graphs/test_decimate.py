"""Decimation keeps every peak and every dip, and few points."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from hvgui.gui.graphs.decimate import decimate

LINES = arrays(np.float64, st.integers(0, 400), elements=st.floats(-1e9, 1e9))


@given(LINES, st.integers(1, 60))
def test_each_column_of_pixels_keeps_its_least_and_greatest(values: np.ndarray, columns: int) -> None:
    times = np.arange(len(values), dtype=float)
    end = max(1.0, float(len(values)))
    shown_times, shown = decimate(times, values, 0.0, end, columns)
    assert len(shown) <= max(2 * columns, 1) + 2
    assert np.all(np.diff(shown_times) > 0)
    for column in range(columns):
        low, high = column * end / columns, (column + 1) * end / columns
        # Half a rounding error at the edges decides nothing that a person could see.
        before = values[(times > low + 1e-6) & (times < high - 1e-6)]
        after = shown[(shown_times >= low - 1e-6) & (shown_times <= high + 1e-6)]
        if len(before):
            assert after.max() >= before.max()
            assert after.min() <= before.min()


def test_a_few_points_stay_as_they_are() -> None:
    times, values = np.array([0.0, 1.0, 2.0]), np.array([3.0, 1.0, 2.0])
    assert decimate(times, values, 0.0, 2.0, 100)[1].tolist() == [3.0, 1.0, 2.0]


def test_the_line_reaches_both_edges_of_a_close_up() -> None:
    times = np.arange(100.0)
    shown, _ = decimate(times, times, 40.5, 42.5, 500)
    assert shown[0] == 40.0
    assert shown[-1] == 43.0


def test_one_blackout_in_an_hour_is_not_lost() -> None:
    times = np.arange(0.0, 3600.0, 0.1)
    buffer = np.full(len(times), 2.0)
    buffer[20_000:20_003] = 0.0
    assert decimate(times, buffer, 0.0, 3600.0, 600)[1].min() == 0.0
