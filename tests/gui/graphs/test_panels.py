"""The panels as a person meets them: watched, read with the pointer and the keyboard, saved, in the dark."""

from __future__ import annotations

import csv
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest
from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QGuiApplication, QMouseEvent
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from hvgui.cluster.cluster import Changes
from hvgui.cluster.ids import NodeId, TaskId, VmId
from hvgui.cluster.tasks import TaskState
from hvgui.cluster.units import GIB, NANOSECONDS
from hvgui.gui.bridge import Bridge
from hvgui.gui.graphs.chart import Chart
from hvgui.gui.graphs.colours import Role
from hvgui.gui.graphs.course_panel import CoursePanel
from hvgui.gui.graphs.history import history_of
from hvgui.gui.graphs.panel import GraphPanel
from hvgui.gui.graphs.panels import migration_panel, node_panel, vm_panel
from hvgui.gui.graphs.plot import _anchor
from hvgui.gui.theme import DARK, LIGHT, Theme, palette
from hvgui.lab.frames import Frame, Pace
from scripted_session import Script, ScriptedSession, forecast_of, live_task, play, sample


@pytest.fixture
def session() -> ScriptedSession:
    return ScriptedSession()


@pytest.fixture
def bridge(qapp: QApplication, session: ScriptedSession) -> Iterator[Bridge]:
    made = Bridge(session)
    history_of(made)
    yield made
    made.stop()
    made.deleteLater()


def shown(qtbot: QtBot, panel: GraphPanel) -> GraphPanel:
    """The panel on a screen, its plots made."""
    panel.resize(700, 520)
    qtbot.addWidget(panel)
    panel.show()
    charts = [chart for chart in panel.findChildren(Chart) if chart.isVisible()]
    qtbot.waitUntil(lambda: all(chart._plot is not None for chart in charts))
    return panel


def seconds(count: int, begin: int = 0) -> Iterator[Frame]:
    for second in range(begin, begin + count):
        moment = second * NANOSECONDS
        yield Frame(moment, Pace(playing=True), samples=(sample(moment),))


def test_the_first_window_does_not_wait_for_the_plotter() -> None:
    code = "import hvgui.gui.graphs.panels, hvgui.gui.migrate.dialog, sys; print('pyqtgraph' in sys.modules)"
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert told.stdout.strip() == "False"


def test_a_running_migration_is_read_pass_by_pass(qtbot: QtBot, bridge: Bridge, session: ScriptedSession) -> None:
    panel = shown(qtbot, migration_panel(bridge, VmId(0)))
    assert isinstance(panel, CoursePanel)
    frames = list(Script(live_task()).frames())
    play(bridge, session, frames[: int(0.97 * len(frames))])
    panel.refresh()
    drawing = panel.memory.drawing
    assert drawing is not None
    assert [band.label for band in drawing.bands if band.role is Role.STEP] == ["1", "2"]
    assert "pass 2, rest" in panel.memory.accessibleDescription()
    assert "dirty rate 9.4 MB/s against link 118 MB/s" in panel.status.whole_text()
    assert panel.rates.legend_figures() == {"Dirty rate": "9.4 MB/s", "Link rate": "118 MB/s"}


def test_when_it_has_ended_the_blackout_is_marked_with_its_length(
    qtbot: QtBot, bridge: Bridge, session: ScriptedSession
) -> None:
    panel = shown(qtbot, migration_panel(bridge, VmId(0)))
    assert isinstance(panel, CoursePanel)
    play(bridge, session, Script(live_task()).frames())
    panel.refresh()
    drawing = panel.memory.drawing
    assert drawing is not None
    assert [band.label for band in drawing.bands if band.role is Role.BLACKOUT] == ["blackout 120 ms"]
    assert "succeeded at" in panel.status.whole_text()
    panel.choice.setCurrentIndex(1)
    close_up = panel.memory.drawing
    assert close_up is not None
    assert close_up.end_seconds - close_up.start_seconds < 1.0


def test_at_fast_playback_a_migration_between_two_frames_is_drawn_from_its_result(
    qtbot: QtBot, bridge: Bridge, session: ScriptedSession
) -> None:
    panel = shown(qtbot, migration_panel(bridge, VmId(0)))
    assert isinstance(panel, CoursePanel)
    ended = Script(live_task()).ended_task()
    play(bridge, session, [Frame(60 * NANOSECONDS, Pace(playing=True), ended_tasks=(ended,))])
    panel.refresh()
    drawing = panel.memory.drawing
    assert drawing is not None
    assert drawing.lines[2][1].max() == 4 * GIB
    assert len([band for band in drawing.bands if band.role is Role.STEP]) == 3


def test_while_the_result_waits_for_the_stream_the_graph_stays(
    qtbot: QtBot, bridge: Bridge, session: ScriptedSession
) -> None:
    panel = shown(qtbot, migration_panel(bridge, VmId(0)))
    assert isinstance(panel, CoursePanel)
    frames = list(Script(live_task()).frames())
    play(bridge, session, frames[:-1])
    panel.refresh()
    gone = Frame(frames[-1].time_ns, Pace(), changes=frames[-1].changes)
    play(bridge, session, [gone])
    panel.refresh()
    task = panel.shown_task()
    assert task is not None
    assert task.id == TaskId(0)
    play(bridge, session, frames[-1:])
    ended = panel.shown_task()
    assert ended is not None
    assert ended.state is TaskState.SUCCEEDED


def test_the_forecast_is_drawn_behind_from_where_the_migration_began(
    qtbot: QtBot, bridge: Bridge, session: ScriptedSession
) -> None:
    panel = shown(qtbot, migration_panel(bridge, VmId(0)))
    assert isinstance(panel, CoursePanel)
    history_of(bridge).migrations.remember_forecast(TaskId(0), forecast_of(live_task()))
    script = Script(msgspec.structs.replace(live_task(), started_ns=100 * NANOSECONDS), begin_ns=100 * NANOSECONDS)
    play(bridge, session, list(script.frames())[:100])
    panel.refresh()
    drawing = panel.memory.drawing
    assert drawing is not None
    assert drawing.lines[0][0][0] == pytest.approx(103.0), "three seconds of set-up come first"
    assert "Forecast" in panel.memory.legend_figures()
    assert drawing.end_seconds > 140.0, "the axis has room for the predicted course"


def test_nothing_is_drawn_while_nobody_looks(qtbot: QtBot, bridge: Bridge, session: ScriptedSession) -> None:
    panel = shown(qtbot, node_panel(bridge, NodeId(0)))
    panel.hide()
    before = panel.findChildren(Chart)[0].drawing
    play(bridge, session, seconds(5))
    assert not panel._timer.isActive()
    assert panel.findChildren(Chart)[0].drawing is before
    panel.show()
    assert panel.findChildren(Chart)[0].drawing is not before


def test_a_nodes_memory_says_what_is_free_and_what_the_root_keeps(
    qtbot: QtBot, bridge: Bridge, session: ScriptedSession
) -> None:
    panel = shown(qtbot, node_panel(bridge, NodeId(1)))
    play(bridge, session, seconds(3))
    panel.refresh()
    memory = next(chart for chart in panel.findChildren(Chart) if chart.accessibleName() == "Memory")
    assert memory.legend_figures() == {"In use": "10 GB of 32 GB", "Free": "22 GB", "Root reserve": "2 GB"}
    assert memory.accessibleDescription() == "memory in use 10 GB, 22 GB free, 2 GB kept for the root"


def test_a_vm_shows_what_it_got_against_what_it_wanted(qtbot: QtBot, bridge: Bridge, session: ScriptedSession) -> None:
    panel = shown(qtbot, vm_panel(bridge, VmId(0)))
    play(bridge, session, seconds(3))
    panel.refresh()
    cpu, memory, _, _ = panel.findChildren(Chart)
    assert cpu.accessibleDescription() == "delivered 33 %, wanted 38 %"
    assert memory.legend_figures()["Assigned"] == "4 GB"


def test_before_time_goes_the_panel_says_why_it_is_empty(qtbot: QtBot, bridge: Bridge) -> None:
    panel = shown(qtbot, vm_panel(bridge, VmId(0)))
    assert panel.status.whole_text() == "No figures yet: they come once time goes (Play)."


def test_the_span_is_chosen_once_for_all_panels(qtbot: QtBot, bridge: Bridge, session: ScriptedSession) -> None:
    panel = shown(qtbot, node_panel(bridge, NodeId(0)))
    play(bridge, session, seconds(100))
    panel.choice.setCurrentIndex(1)
    drawing = panel.findChildren(Chart)[0].drawing
    assert drawing is not None
    assert drawing.end_seconds - drawing.start_seconds == 600.0
    other = shown(qtbot, vm_panel(bridge, VmId(0)))
    assert other.span_seconds == 600.0


def test_the_pointer_reads_every_chart_of_the_panel_at_one_moment(
    qtbot: QtBot, bridge: Bridge, session: ScriptedSession
) -> None:
    panel = shown(qtbot, node_panel(bridge, NodeId(0)))
    play(bridge, session, seconds(60))
    panel.refresh()
    cpu, _, network = panel.findChildren(Chart)
    newest = dict(network.legend_figures())
    point_into(cpu, 0.4)
    assert network.legend_figures() != newest
    assert network.accessibleDescription().startswith("At 00:00:")
    viewport = cpu._plot.canvas
    QApplication.sendEvent(viewport, QEvent(QEvent.Type.Leave))
    assert network.legend_figures() == newest


def point_into(chart: Chart, share: float) -> None:
    """The pointer over a plot, so far from its left."""
    viewport = chart._plot.canvas
    at = QPointF(viewport.width() * share, viewport.height() / 2)
    event = QMouseEvent(
        QEvent.Type.MouseMove,
        at,
        QPointF(viewport.mapToGlobal(QPoint(round(at.x()), round(at.y())))),
        Qt.MouseButton.NoButton,
        Qt.MouseButton.NoButton,
        Qt.KeyboardModifier.NoModifier,
    )
    QApplication.sendEvent(viewport, event)


def test_the_keyboard_reads_it_too(qtbot: QtBot, bridge: Bridge, session: ScriptedSession) -> None:
    panel = shown(qtbot, node_panel(bridge, NodeId(0)))
    play(bridge, session, seconds(61))
    panel.refresh()
    cpu = panel.findChildren(Chart)[0]
    newest = cpu.legend_figures()["Busy"]
    for _ in range(40):
        qtbot.keyClick(cpu, Qt.Key.Key_Left)
    assert cpu.accessibleDescription().startswith(f"At 00:00:36.0: Busy {cpu.legend_figures()['Busy']}, ")
    qtbot.keyClick(cpu, Qt.Key.Key_Escape)
    assert cpu.legend_figures()["Busy"] == newest


def test_the_colours_follow_the_scheme(
    qtbot: QtBot, bridge: Bridge, session: ScriptedSession, qapp: QApplication
) -> None:
    panel = shown(qtbot, node_panel(bridge, NodeId(0)))
    play(bridge, session, seconds(30))
    panel.refresh()
    theme = Theme(qapp)
    try:
        theme.apply("dark")
        qtbot.waitUntil(lambda: corner_of(panel) == DARK.base)
        theme.apply("light")
        qtbot.waitUntil(lambda: corner_of(panel) == LIGHT.base)
    finally:
        qapp.setStyleSheet("")
        qapp.setPalette(palette(LIGHT))
        theme.deleteLater()


def corner_of(panel: GraphPanel) -> str:
    """The ground of the first plot, inside its right upper corner (nothing has been drawn there yet)."""
    canvas: QWidget = panel.findChildren(Chart)[0]._plot.canvas
    return canvas.grab().toImage().pixelColor(canvas.width() - 3, canvas.height() - 12).name()


@pytest.mark.parametrize(("ending", "begins"), [("png", b"\x89PNG"), ("svg", b"<?xml"), ("csv", b"chart,line")])
def test_graphs_are_saved_in_the_form_that_the_name_says(
    qtbot: QtBot, bridge: Bridge, session: ScriptedSession, tmp_path: Path, ending: str, begins: bytes
) -> None:
    panel = shown(qtbot, node_panel(bridge, NodeId(0)))
    play(bridge, session, seconds(30))
    panel.refresh()
    path = tmp_path / f"graphs.{ending}"
    panel.save_to(str(path))
    assert path.read_bytes().startswith(begins)
    assert panel.status.whole_text() == f"Saved to {path}"


def test_the_table_holds_plain_figures(qtbot: QtBot, bridge: Bridge, session: ScriptedSession, tmp_path: Path) -> None:
    panel = shown(qtbot, node_panel(bridge, NodeId(0)))
    play(bridge, session, seconds(3))
    panel.refresh()
    panel.save_to(str(tmp_path / "graphs.csv"))
    with (tmp_path / "graphs.csv").open(encoding="utf-8") as file:
        rows = [row for row in csv.DictReader(file) if row["line"] == "In use"]
    assert [(row["time_seconds"], row["value"], row["unit"]) for row in rows][-1] == ("2", "6.44245094e+09", "bytes")


def test_a_folder_that_takes_no_file_is_named(qtbot: QtBot, bridge: Bridge, tmp_path: Path) -> None:
    panel = shown(qtbot, node_panel(bridge, NodeId(0)))
    missing = tmp_path / "nowhere" / "graphs.csv"
    panel.save_to(str(missing))
    assert panel.status.whole_text() == f"The graph could not be written to {missing}: No such file or directory."


def test_a_picture_goes_to_the_clipboard(qtbot: QtBot, bridge: Bridge) -> None:
    panel = shown(qtbot, node_panel(bridge, NodeId(0)))
    panel.copy()
    assert QGuiApplication.clipboard().pixmap().width() == 2 * panel.charts.width()
    QGuiApplication.clipboard().clear()


def test_a_vm_that_vanishes_leaves_a_sentence(qtbot: QtBot, bridge: Bridge, session: ScriptedSession) -> None:
    panel = shown(qtbot, vm_panel(bridge, VmId(0)))
    play(bridge, session, [Frame(NANOSECONDS, Pace(), Changes(removed_vms=(VmId(0),)))])
    panel.refresh()
    assert panel.status.whole_text() == "This VM is no longer in the cluster."


def test_a_label_at_the_edge_stays_inside() -> None:
    assert _anchor(100, 200, 80) == 0.5
    assert _anchor(10, 200, 80) == pytest.approx(10 / 80)
    assert _anchor(190, 200, 80) == pytest.approx(70 / 80)
