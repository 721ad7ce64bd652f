"""Sharing memory by weight: nobody gets more than he asks, nothing is left while somebody asks, weight decides."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hvgui.cluster.dynamic_memory import MemoryStatus, available_buffer_percent, memory_status, pressure, target_bytes
from hvgui.cluster.memory import MemorySettings
from hvgui.cluster.units import GIB, MIB
from hvgui.engine.physics import balloon

NEEDS = st.lists(st.tuples(st.integers(0, 64_000), st.integers(0, 10_000)), max_size=40)


@given(NEEDS, st.floats(0, 1e6))
def test_water_filling(asked: list[tuple[int, int]], room: float) -> None:
    need = np.array([one for one, _ in asked], dtype=float)
    weight = np.array([one for _, one in asked], dtype=float)
    got = balloon.water_fill(need, weight, room)
    assert ((got >= 0) & (got <= need + 1e-6)).all()
    assert got.sum() == pytest.approx(min(room, need.sum()), rel=1e-9, abs=1e-6)
    part = np.divide(got, need, out=np.ones(len(need)), where=need > 0)
    heavier = np.argsort(weight, kind="stable")
    rising = part[heavier][need[heavier] > 0]
    assert (np.diff(rising) >= -1e-9).all(), "who weighs more is satisfied at least as much"


def test_equal_weights_share_in_proportion() -> None:
    got = balloon.water_fill(np.array([100.0, 300.0]), np.array([5000.0, 5000.0]), 200.0)
    assert got.tolist() == pytest.approx([50.0, 150.0])


def test_twice_the_weight_is_twice_the_part() -> None:
    got = balloon.water_fill(np.array([100.0, 100.0]), np.array([8000.0, 4000.0]), 90.0)
    assert got.tolist() == pytest.approx([60.0, 30.0])


def test_the_formulas_of_the_platform() -> None:
    settings = MemorySettings(512 * MIB, 512 * MIB, 4 * GIB, dynamic=True, buffer_percent=20)
    assert target_bytes(1000 * MIB, settings) == 1200 * MIB
    assert pressure(1000, 1200) == pytest.approx(83.3, abs=0.05)
    assert pressure(1000, 1000) == 100.0
    assert target_bytes(100 * MIB, settings) == 512 * MIB
    assert target_bytes(9 * GIB, settings) == 4 * GIB


@pytest.mark.parametrize(
    ("assigned_mib", "status"),
    [
        (1200, MemoryStatus.OK),
        (1170, MemoryStatus.OK),
        (1150, MemoryStatus.LOW),
        (1000, MemoryStatus.LOW),
        (990, MemoryStatus.WARNING),
    ],
)
def test_status_by_what_is_left_of_the_buffer(assigned_mib: int, status: MemoryStatus) -> None:
    assert memory_status(1000 * MIB, assigned_mib * MIB, 20) is status


def test_available_buffer() -> None:
    assert available_buffer_percent(1000, 1200, 20) == 100.0
    assert available_buffer_percent(1000, 1160, 20) == 80.0
    assert available_buffer_percent(1000, 900, 20) == -50.0
