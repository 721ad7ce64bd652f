"""What graphs keep of the past: the last rows, the whole course thinned, means over longer steps."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from hvgui.gui.graphs.metric_history import MetricHistory
from hvgui.gui.graphs.rings import BlockRing, RowRing, ThinningRing


@given(st.integers(1, 9), st.lists(st.floats(-1e6, 1e6), max_size=60))
def test_a_ring_holds_the_last_rows_in_their_order(capacity: int, values: list[float]) -> None:
    ring = RowRing(capacity, 2)
    for time, value in enumerate(values):
        ring.append((float(time), value))
    assert ring.view()[:, 1].tolist() == values[-capacity:]
    assert len(ring) == min(len(values), capacity)


@given(st.integers(2, 9), st.integers(1, 200))
def test_a_thinning_ring_reaches_from_the_first_row_to_the_last(capacity: int, rows: int) -> None:
    ring = ThinningRing(capacity, 1)
    for time in range(rows):
        ring.append((float(time),))
    kept = ring.view()[:, 0]
    assert kept[0] == 0.0
    assert kept[-1] == rows - 1
    assert np.all(np.diff(kept) > 0)
    assert len(kept) <= capacity


def test_what_lies_after_a_rewind_is_dropped() -> None:
    ring = RowRing(8, 1)
    for time in range(6):
        ring.append((float(time),))
    ring.forget_after(2.5)
    assert ring.view()[:, 0].tolist() == [0.0, 1.0, 2.0]


@given(st.integers(1, 7), st.integers(0, 30))
def test_a_block_ring_gives_each_object_its_own_figures_oldest_first(rows: int, pushes: int) -> None:
    ring = BlockRing(rows, 2, 3)
    for time in range(pushes):
        ring.push(float(time), (np.arange(3.0) + time, np.arange(3.0) * 10))
    expected = [float(time) for time in range(pushes)][-rows:]
    assert ring.times().tolist() == expected
    assert ring.values(0, 2).tolist() == [time + 2 for time in expected]
    assert ring.values(1, 1).tolist() == [10.0] * len(expected)


def test_a_node_that_joins_later_had_nothing_before() -> None:
    history = MetricHistory(1, 2)
    history.take(0.0, (np.ones(2),))
    history.take(1.0, (np.ones(3),))
    assert history.series(2, (0,), 0.0)[1].tolist() == [0.0, 1.0]


def test_of_a_server_that_comes_there_is_nothing_before_in_any_tier() -> None:
    history = MetricHistory(1, 2, np.nan)
    for second in range(400):
        history.take(float(second), (np.ones(2 if second < 95 else 3 if second < 250 else 2),))
    for since in (399.0, 0.0, -4000.0):
        old, new = (history.series(row, (0,), since)[1] for row in (0, 2))
        assert (old == 1.0).all(), "the others go on without a gap"
        assert np.isnan(new).any()
        assert (new[~np.isnan(new)] == 1.0).all()
    times, new = history.series(2, (0,), 0.0)
    known = times[~np.isnan(new)]
    assert (known[0], known[-1]) == (95.0, 249.0)
    coarse = history._tiers[1].ring
    assert np.isnan(coarse.values(0, 2)[coarse.times() < 100.0]).all(), "no mean of a step that it saw half of"


def test_ten_minutes_are_kept_by_the_second_and_hours_by_means() -> None:
    history = MetricHistory(1, 1)
    for second in range(7200):
        history.take(float(second), (np.array([float(second)]),))
    fine = history.series(0, (0,), 7200.0 - 500)
    assert np.all(np.diff(fine[0]) == 1.0)
    coarse = history.series(0, (0,), 7200.0 - 3000)
    assert coarse[0][0] <= 4200.0
    assert coarse[0][-1] == 7199.0, "the newest second is there in every tier"
    # A mean over a step stands in its middle, and the load rose by one a second.
    assert np.allclose(coarse[1][:-12], coarse[0][:-12], atol=0.51)


def test_winding_back_begins_afresh() -> None:
    history = MetricHistory(1, 1)
    for second in (10.0, 11.0, 5.0):
        history.take(second, (np.array([second]),))
    assert history.series(0, (0,), 0.0)[0].tolist() == [5.0]


def test_eight_thousand_vms_cost_little_memory() -> None:
    history = MetricHistory(4, 8_000)
    held = sum(tier.ring._blocks.nbytes for tier in history._tiers)
    assert held < 40e6


def test_rows_that_are_not_filled_yet_are_never_read() -> None:
    """What memory holds before anything was written may be no number at all; converting it warns."""
    ring = BlockRing(4, 1, 2)
    ring._blocks.view(np.uint32)[:] = 0x7F80_0001  # a signalling NaN
    ring.push(0.0, np.array([[1.0, 2.0]]))
    assert ring.values(0, 1).tolist() == [2.0]
