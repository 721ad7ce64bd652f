"""The graphs of LUNs, Cluster Shared Volumes and SANs draw each its own figures."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec
import numpy as np
import pytest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from hvgui.cluster.ids import LunId, SanId, VolumeId
from hvgui.cluster.units import NANOSECONDS
from hvgui.gui.bridge import Bridge
from hvgui.gui.graphs.chart import Chart
from hvgui.gui.graphs.history import history_of
from hvgui.gui.graphs.panel import GraphPanel
from hvgui.gui.graphs.storage_panels import LunPanel, SanPanel, VolumePanel
from hvgui.lab.frames import Frame, Pace
from scripted_session import ScriptedSession, play, sample
from storage_labs import busy_guest, storage_record

_SECONDS = 20


@pytest.fixture
def bridge(qapp: QApplication) -> Iterator[Bridge]:
    """Twenty seconds of figures: LUN n serves 100 n operations, Volume2 has half of its bytes redirected."""
    session = ScriptedSession(storage_record(busy_guest()))
    made = Bridge(session)
    history_of(made)
    play(made, session, [_frame(second) for second in range(_SECONDS)])
    yield made
    made.stop()
    made.deleteLater()


def _frame(second: int) -> Frame:
    luns = np.arange(5, dtype=float)
    figures = msgspec.structs.replace(
        sample(second * NANOSECONDS),
        lun_iops=100 * luns,
        lun_bytes_per_second=1e6 * luns,
        lun_latency_seconds=1e-3 * luns,
        volume_iops=np.array([50.0, 100.0]),
        volume_direct_bytes_per_second=np.array([1e6, 3e6]),
        volume_redirected_bytes_per_second=np.array([0.0, 3e6]),
        volume_latency_seconds=np.array([1e-3, 4e-3]),
        volume_free_bytes=np.array([1e12, 5e11 - 1e9 * second]),
    )
    return Frame(second * NANOSECONDS, Pace(playing=True), samples=(figures,))


def _shown(qtbot: QtBot, panel: GraphPanel) -> None:
    panel.resize(700, 520)
    qtbot.addWidget(panel)
    panel.show()
    charts = [chart for chart in panel.findChildren(Chart) if chart.isVisible()]
    qtbot.waitUntil(lambda: all(chart._plot is not None for chart in charts))
    panel.refresh()


def _last(chart: Chart) -> list[float]:
    assert chart.drawing is not None
    return [round(float(values[-1]), 6) for _times, values in chart.drawing.lines]


def test_a_lun_shows_its_own_row(qtbot: QtBot, bridge: Bridge) -> None:
    panel = LunPanel(bridge, LunId(2))
    _shown(qtbot, panel)
    assert [_last(chart) for chart in (panel.operations, panel.rate, panel.latency)] == [[200.0], [2e6], [2e-3]]
    assert "200" in panel.operations.accessibleDescription()


def test_a_san_is_the_sum_of_its_luns_and_as_slow_as_the_slowest(qtbot: QtBot, bridge: Bridge) -> None:
    panel = SanPanel(bridge, SanId(0))
    _shown(qtbot, panel)
    assert [_last(chart) for chart in (panel.operations, panel.rate, panel.latency)] == [[1000.0], [1e7], [4e-3]]


def test_a_volume_tells_direct_from_redirected_and_how_its_room_shrinks(qtbot: QtBot, bridge: Bridge) -> None:
    panel = VolumePanel(bridge, VolumeId(1))
    _shown(qtbot, panel)
    assert _last(panel.rate) == [3e6, 3e6]
    assert panel.free.drawing is not None
    room = panel.free.drawing.lines[0][1]
    assert room[0] - room[-1] == pytest.approx(1e9 * (_SECONDS - 1))
    assert "redirected" in panel.rate.accessibleDescription()


def test_a_lun_that_is_not_known_is_empty_and_says_so(qtbot: QtBot, bridge: Bridge) -> None:
    panel = LunPanel(bridge, LunId(9))
    _shown(qtbot, panel)
    assert panel.operations.drawing is not None
    assert not len(panel.operations.drawing.lines[0][0])
