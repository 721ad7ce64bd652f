"""Load curves, processor shares and the randomness under them."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hvgui.cluster.clients import Clients
from hvgui.cluster.load import CurveKind, LoadCurve
from hvgui.cluster.nodes import Processor
from hvgui.cluster.profiles import DEFAULT_PROFILE
from hvgui.engine.physics.connections import connections_lost
from hvgui.engine.physics.guests import Curves, Use
from hvgui.engine.physics.processors import capacity, share_out
from hvgui.engine.randomness import Stream, uniform, uniform_at, uniform_rows


def values(
    curve: LoadCurve, first: int = 0, ticks: int = 160, seed: int = 1
) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    return Curves(Use.CPU, [curve]).values(seed, first, ticks)[:, 0]


def test_a_constant_curve_is_its_level() -> None:
    assert (values(LoadCurve(level=0.3)) == 0.3).all()


def test_a_daily_curve_is_highest_at_its_peak_and_lowest_half_a_period_later() -> None:
    curve = LoadCurve(CurveKind.DAILY, level=0.5, swing=0.4, period_seconds=100.0, peak_seconds=20.0)
    found = values(curve)
    assert found[20] == pytest.approx(0.9)
    assert found[70] == pytest.approx(0.1)
    assert found[:100].mean() == pytest.approx(curve.usual)


def test_a_ramp_rises_once_and_stays() -> None:
    found = values(LoadCurve(CurveKind.RAMP, level=0.1, swing=0.6, peak_seconds=30.0, period_seconds=60.0))
    assert (found[:31] == 0.1).all()
    assert found[60] == pytest.approx(0.4)
    assert found[90:] == pytest.approx(0.7)


def test_a_recorded_curve_repeats() -> None:
    curve = LoadCurve(CurveKind.RECORDED, recorded=(0.1, 0.2, 0.7), period_seconds=10.0)
    found = values(curve)
    assert found[[0, 9, 10, 29, 30, 59]].tolist() == [0.1, 0.1, 0.2, 0.7, 0.1, 0.7]


def test_bursts_last_a_span_and_come_as_often_as_they_should() -> None:
    curve = LoadCurve(CurveKind.BURSTY, level=0.1, swing=0.5, period_seconds=8.0, burst_share=0.25)
    found = values(curve, ticks=16 * 2000)
    spans = found.reshape(-1, 8)
    assert (spans == spans[:, :1]).all()
    assert set(np.round(found, 9)) == {0.1, 0.6}
    assert found.mean() == pytest.approx(curve.usual, rel=0.05)


def test_noise_has_the_level_as_its_mean_and_is_never_negative() -> None:
    found = values(LoadCurve(level=0.4, noise=0.5), ticks=16 * 500)
    assert found.mean() == pytest.approx(0.4, rel=0.02)
    assert 0.2 <= found.min() < found.max() <= 0.6
    assert (values(LoadCurve(level=0.4, noise=3.0)) >= 0.0).all()


@settings(deadline=None, max_examples=30)
@given(st.integers(0, 2**63), st.integers(0, 50), st.integers(1, 600))
def test_a_value_depends_on_its_own_numbers_only(seed: int, block: int, objects: int) -> None:
    """However many objects there are, wherever one begins: the same value for the same object and tick."""
    whole = uniform_rows(seed, Stream.CPU_NOISE, 0, block + 2, objects + 300)
    part = uniform_rows(seed, Stream.CPU_NOISE, block, 2, objects)
    assert (whole[block : block + 2, :objects] == part).all()
    rows, columns = np.array([[3], [5]]), np.array([7, 9])
    scattered = uniform_at(seed, Stream.CPU_BURST, rows, columns)
    assert scattered[1, 0] == uniform(seed, Stream.CPU_BURST, 5, 7)


def test_streams_seeds_and_objects_have_values_of_their_own() -> None:
    blocks = [
        uniform_rows(seed, stream, 0, 16, 4) for seed in (1, 2) for stream in (Stream.CPU_NOISE, Stream.DISK_NOISE)
    ]
    assert len({float(block[0, 0]) for block in blocks}) == 4
    scattered = uniform_at(1, Stream.CPU_BURST, np.arange(1000)[:, np.newaxis], np.arange(50))
    assert len(np.unique(scattered)) == 50_000
    assert scattered.mean() == pytest.approx(0.5, abs=0.01)


@given(
    st.lists(st.tuples(st.integers(0, 2), st.floats(0, 8)), min_size=1, max_size=30),
    st.tuples(*[st.floats(0.5, 64)] * 3),
)
def test_processors_are_shared_in_proportion(wants: list[tuple[int, float]], nodes: tuple[float, float, float]) -> None:
    owner = np.array([node for node, _ in wants])
    wanted = np.array([[want for _, want in wants]])
    got = share_out(wanted, owner, np.array(nodes))[0]
    for node, has in enumerate(nodes):
        on_it = owner == node
        total = wanted[0][on_it].sum()
        assert got[on_it].sum() == pytest.approx(min(total, has))
        if total > 0:
            assert got[on_it] == pytest.approx(wanted[0][on_it] * has / max(has, total))


def test_without_second_level_translation_a_tenth_is_lost() -> None:
    assert capacity(Processor(slat=True)) == pytest.approx(16 * 0.98)
    assert capacity(Processor(slat=False)) == pytest.approx(16 * 0.90)


def test_connections_live_as_long_as_tcp_has_patience() -> None:
    clients = Clients(connections=9)
    assert connections_lost(clients, 19.9, DEFAULT_PROFILE) == 0
    assert connections_lost(clients, 20.0, DEFAULT_PROFILE) == 9
    members = Clients(connections=9, guest_cluster=True)
    assert connections_lost(members, 4.9, DEFAULT_PROFILE) == 0
    assert connections_lost(members, 5.0, DEFAULT_PROFILE) == 9
    assert connections_lost(members, 0.0, DEFAULT_PROFILE) == 0
