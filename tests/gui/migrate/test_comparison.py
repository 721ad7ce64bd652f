"""Side by side: the client's buffer as a result implies it, and what each side says."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec
import pytest
from PySide6.QtCore import QEvent
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from hvgui.cluster.cluster import Changes
from hvgui.cluster.ids import VmId
from hvgui.cluster.metrics import StreamProgress
from hvgui.cluster.nodes import NodeState
from hvgui.cluster.tasks import MigrationResult, Phase, TaskKind, TaskState
from hvgui.cluster.units import GIB, NANOSECONDS
from hvgui.gui.bridge import Bridge
from hvgui.gui.graphs.courses import course_of_ended
from hvgui.gui.graphs.drawing import value_at
from hvgui.gui.graphs.history import history_of
from hvgui.gui.graphs.streams import StreamTrack
from hvgui.gui.migrate.comparison import ComparisonDialog, open_comparison
from hvgui.gui.migrate.comparison_side import figures_in_words, predicted_stream, recorded_stream
from hvgui.lab.frames import Frame, Pace
from hvgui.requests.migration import LiveMigrate, QuickMigrate
from scripted_session import Script, ScriptedSession, forecast_of, live_task, play, streaming_record

QUICK = msgspec.structs.replace(
    live_task(),
    kind=TaskKind.QUICK_MIGRATION,
    state=TaskState.SUCCEEDED,
    phase=Phase.ENDED,
    ended_ns=40 * NANOSECONDS,
    result=MigrationResult(40.0, 0, 40.0, 2 * GIB, True, streams_stalled=1, stall_seconds=38.0, connections_lost=4),
)


def test_a_short_blackout_only_dents_the_buffer() -> None:
    course = course_of_ended(Script(live_task(), blackout_seconds=0.5).ended_task())
    buffer, stalls = predicted_stream(course, 2.0)
    assert stalls == ()
    assert buffer[1].min() == pytest.approx(1.5)
    assert buffer[1][-1] == 2.0


def test_a_long_blackout_empties_it_and_the_player_stands_still() -> None:
    buffer, (stall,) = predicted_stream(course_of_ended(QUICK), 2.0)
    assert (stall.start_seconds, stall.end_seconds) == (2.0, 40.0)
    assert value_at(buffer, 1.0) == pytest.approx(1.0)
    assert value_at(buffer, 20.0) == 0.0


def test_what_was_seen_is_counted_from_the_migration_s_beginning() -> None:
    track = StreamTrack(64)
    for second in range(90, 150):
        stalled = 104 <= second < 110
        length = float(min(max(0, second - 104), 6))
        track.take(StreamProgress(VmId(0), second * NANOSECONDS, 0.0 if stalled else 2.0, stalled, 1, length))
    task = msgspec.structs.replace(QUICK, started_ns=100 * NANOSECONDS, ended_ns=140 * NANOSECONDS)
    buffer, (stall,) = recorded_stream(track, course_of_ended(task), 30.0)
    assert buffer[0][0] == -1.0
    assert buffer[0][-1] == 30.0
    assert (stall.start_seconds, stall.end_seconds) == pytest.approx((4.0, 10.0))


def test_figures_in_words() -> None:
    assert figures_in_words(course_of_ended(QUICK)) == (
        "duration 40 s, blackout 40 s, 2 GB sent, the video stalls for 38 s, 4 connections break"
    )


@pytest.fixture
def desk(qtbot: QtBot) -> Iterator[tuple[ScriptedSession, Bridge, QWidget]]:
    session = ScriptedSession(streaming_record())
    bridge = Bridge(session)
    history_of(bridge)
    window = QWidget()
    window.show()
    yield session, bridge, window
    window.close()
    window.deleteLater()
    bridge.stop()
    bridge.deleteLater()
    QApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)


def opened(desk: tuple[ScriptedSession, Bridge, QWidget]) -> ComparisonDialog:
    _, bridge, window = desk
    dialog = open_comparison(window, bridge, VmId(0))
    assert isinstance(dialog, ComparisonDialog)
    return dialog


def test_the_second_question_waits_for_the_first_answer(
    qtbot: QtBot, desk: tuple[ScriptedSession, Bridge, QWidget]
) -> None:
    session, bridge, _ = desk
    dialog = opened(desk)
    qtbot.waitUntil(lambda: len(session.forecasts) == 1)
    request, future = session.forecasts.pop()
    assert isinstance(request, LiveMigrate)
    future.set_result(forecast_of(live_task()))
    bridge.tick()
    qtbot.waitUntil(lambda: len(session.forecasts) == 1)
    request, future = session.forecasts.pop()
    assert isinstance(request, QuickMigrate)
    future.set_result(forecast_of(live_task(), tasks=(QUICK,)))
    bridge.tick()
    live, quick = dialog.sides
    assert (live.verdict.text(), quick.verdict.text()) == ("Nobody notices.", "Users notice.")
    first, second = live.memory.drawing, quick.memory.drawing
    assert first is not None
    assert second is not None
    assert first.end_seconds == second.end_seconds


def test_what_stands_in_the_way_is_said_on_each_side(desk: tuple[ScriptedSession, Bridge, QWidget]) -> None:
    session, bridge, _ = desk
    nodes = [msgspec.structs.replace(node, state=NodeState.PAUSED) for node in bridge.cluster.nodes.values()][1:]
    play(bridge, session, [Frame(0, Pace(), Changes(tuple(nodes)))])
    dialog = opened(desk)
    assert all("is paused and takes no VMs" in side.verdict.text() for side in dialog.sides)
    assert not any(side.spinner.is_turning for side in dialog.sides)


def test_a_vm_that_is_gone_is_said_too(desk: tuple[ScriptedSession, Bridge, QWidget]) -> None:
    session, bridge, _ = desk
    play(bridge, session, [Frame(0, Pace(), Changes(removed_vms=(VmId(0),)))])
    dialog = opened(desk)
    assert {side.verdict.text() for side in dialog.sides} == {"This VM is no longer in the cluster."}


def test_two_real_migrations_stand_beside_each_other(desk: tuple[ScriptedSession, Bridge, QWidget]) -> None:
    session, bridge, _ = desk
    dialog = opened(desk)
    play(bridge, session, Script(live_task()).frames())
    play(bridge, session, [Frame(100 * NANOSECONDS, Pace(), ended_tasks=(msgspec.structs.replace(QUICK, id=1),))])
    live, quick = dialog.sides
    assert live.source.count() == quick.source.count() == 3
    live.source.setCurrentIndex(2)
    quick.source.setCurrentIndex(1)
    assert "3 passes" not in quick.figures.text()
    assert live.figures.text().startswith("duration 43 s, blackout 120 ms")
    assert quick.figures.text().startswith("duration 40 s, blackout 40 s")
