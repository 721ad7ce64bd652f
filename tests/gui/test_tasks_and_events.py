"""Tasks come on top, move, end and stay with their results; events are filtered and followed."""

from __future__ import annotations

import csv
from pathlib import Path

import msgspec
import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QAbstractItemModelTester
from PySide6.QtWidgets import QApplication, QCheckBox, QLineEdit
from pytestqt.qtbot import QtBot

from hvgui.cluster.events import Event, Level
from hvgui.cluster.ids import NodeId, TaskId, VmId
from hvgui.cluster.metrics import MigrationProgress
from hvgui.cluster.tasks import MigrationResult, Phase, Task, TaskKind, TaskState
from hvgui.cluster.units import GIB, nanoseconds
from hvgui.gui.bridge import Bridge
from hvgui.gui.events.event_model import NUMBER, EventModel
from hvgui.gui.events.event_pane import EventPane
from hvgui.gui.facts import Facts
from hvgui.gui.objects import Kind, Ref, node_ref, vm_ref
from hvgui.gui.tasks.task_model import PROGRESS_COLUMN, PROGRESS_ROLE, TaskModel
from hvgui.gui.tasks.task_view import TaskView
from hvgui.gui.wording import vm_doing
from stand_in import StandInSession


def _task(number: int, phase: Phase = Phase.COPYING) -> Task:
    state = TaskState.QUEUED if phase is Phase.QUEUED else TaskState.RUNNING
    return Task(
        TaskId(number),
        TaskKind.LIVE_MIGRATION,
        VmId(number),
        NodeId(0),
        NodeId(1),
        state,
        phase,
        0,
        None if phase is Phase.QUEUED else 0,
        pass_number=2,
    )


def _progress(number: int) -> MigrationProgress:
    return MigrationProgress(TaskId(number), 0, Phase.COPYING, 2, GIB, 3 * GIB, 2 * GIB, 1e6, 1e8, 20.0, 40.0)


@pytest.fixture
def model(office_facts: Facts) -> TaskModel:
    made = TaskModel(office_facts)
    QAbstractItemModelTester(made, QAbstractItemModelTester.FailureReportingMode.Fatal, made)
    return made


def _catch_up(bridge: Bridge, facts: Facts) -> None:
    bridge.tick()
    facts.flush()


def _row(model: TaskModel, row: int) -> list[str]:
    return [str(model.index(row, column).data()) for column in range(model.columnCount())]


def test_a_migration_shows_pass_percent_and_time_left(
    model: TaskModel, office_bridge: Bridge, office_facts: Facts, stand_in: StandInSession
) -> None:
    task = _task(3)
    stand_in.time_ns = nanoseconds(37)
    vm = stand_in.cluster.vms[VmId(3)]
    stand_in.put(task, msgspec.structs.replace(vm, task=task.id))
    stand_in.say(migrations=(_progress(3),))
    _catch_up(office_bridge, office_facts)
    words = _row(model, 0)
    assert words[0] == vm.name
    assert words[1] == "Live migration"
    assert "pass 2: 25 %" in words[3]
    assert words[4] == "37 s"
    assert words[5] == "20 s – 40 s"
    assert words[6] == "Cancel"
    assert model.index(0, PROGRESS_COLUMN).data(PROGRESS_ROLE) == 250
    assert "pass 2, 25 %" in vm_doing(office_facts, office_facts.cluster.vms[VmId(3)])


def test_ended_tasks_keep_their_results(
    model: TaskModel, office_bridge: Bridge, office_facts: Facts, stand_in: StandInSession
) -> None:
    stand_in.put(_task(0), _task(1))
    _catch_up(office_bridge, office_facts)
    result = MigrationResult(41.5, 3, 0.085, 5 * GIB, converged=True, connections_lost=2)
    ended = msgspec.structs.replace(
        _task(0), state=TaskState.SUCCEEDED, phase=Phase.ENDED, ended_ns=nanoseconds(41.5), result=result
    )
    stand_in.end(ended)
    stand_in.put(_task(2))
    _catch_up(office_bridge, office_facts)
    assert model.rowCount() == 3
    assert model.under_way == 2
    words = _row(model, 2)
    assert words[3] == "Succeeded, 3 passes"
    assert words[7] == "42 s, blackout 85 ms, 5 GB sent, 2 connections lost"
    assert words[6] == ""
    failed = msgspec.structs.replace(_task(1), state=TaskState.FAILED, phase=Phase.ENDED, message="The link was cut.")
    stand_in.end(failed)
    _catch_up(office_bridge, office_facts)
    assert _row(model, 1)[7] == "The link was cut."


def test_a_task_that_begins_and_ends_between_two_refreshes_is_seen(
    model: TaskModel, office_bridge: Bridge, office_facts: Facts, stand_in: StandInSession
) -> None:
    stand_in.put(_task(5))
    stand_in.end(msgspec.structs.replace(_task(5), state=TaskState.CANCELLED, phase=Phase.ENDED))
    _catch_up(office_bridge, office_facts)
    assert model.rowCount() == 1
    assert _row(model, 0)[3] == "Cancelled"


def test_the_cancel_in_the_row(
    qtbot: QtBot, model: TaskModel, office_bridge: Bridge, office_facts: Facts, stand_in: StandInSession
) -> None:
    view = TaskView(model)
    qtbot.addWidget(view)
    view.resize(1200, 200)
    view.show()
    stand_in.put(_task(1))
    _catch_up(office_bridge, office_facts)
    place = view.visualRect(model.index(0, 6)).center()
    with qtbot.waitSignal(view.cancel_wanted) as told:
        qtbot.mouseClick(view.viewport(), Qt.MouseButton.LeftButton, pos=place)
    assert told.args is not None
    assert told.args[0].task == TaskId(1)


def test_events_are_filtered_and_copied(qtbot: QtBot, office_bridge: Bridge, stand_in: StandInSession) -> None:
    pane = EventPane(office_bridge)
    qtbot.addWidget(pane)
    QAbstractItemModelTester(pane.model, QAbstractItemModelTester.FailureReportingMode.Fatal, pane.model)
    events = tuple(
        Event(number, nanoseconds(number), level, "test", f"{level.name.lower()} of WEB{number}", vm=VmId(number))
        for number, level in enumerate((Level.INFORMATION, Level.WARNING, Level.ERROR, Level.INFORMATION))
    )
    stand_in.say(events=events)
    office_bridge.tick()
    assert pane.model.rowCount() == 4
    pane.model.set_filter(Level.WARNING, "")
    assert [event.serial for event in pane.model.shown] == [1, 2]
    pane.model.set_filter(Level.INFORMATION, "web3")
    assert [event.serial for event in pane.model.shown] == [3]
    pane.view.selectAll()
    pane.copy()
    assert QApplication.clipboard().text() == "00:00:03.0\tInformation\t\tinformation of WEB3"


def _a_night(office_bridge: Bridge, stand_in: StandInSession) -> None:
    """Two nodes are removed, a VM is lost, and somebody pauses a node."""
    stand_in.say(
        events=(
            Event(0, nanoseconds(1), Level.ERROR, "node-removed", "Cluster node 'HV01' was removed", node=NodeId(0)),
            Event(1, nanoseconds(2), Level.ERROR, "vm-lost", "=SUM(A1) was lost with HV01", vm=VmId(3), node=NodeId(0)),
            Event(2, nanoseconds(3), Level.ERROR, "node-removed", "Cluster node 'HV02' was removed", node=NodeId(1)),
            Event(3, nanoseconds(4), Level.INFORMATION, "node-paused", "HV02 is paused, over Client", node=NodeId(1)),
        )
    )
    office_bridge.tick()


def test_events_are_filtered_by_number_and_by_what_is_chosen(
    qtbot: QtBot, office_bridge: Bridge, stand_in: StandInSession
) -> None:
    pane = EventPane(office_bridge)
    qtbot.addWidget(pane)
    _a_night(office_bridge, stand_in)
    search, chosen = pane.findChild(QLineEdit, "event filter"), pane.findChild(QCheckBox, "event chosen")
    assert search is not None
    assert chosen is not None
    assert [pane.model.index(row, NUMBER).data() for row in range(4)] == ["1135", "1069", "1135", ""]
    assert "event 1135" in pane.model.index(0, NUMBER).data(Qt.ItemDataRole.ToolTipRole)
    pane.view.setCurrentIndex(pane.model.index(2, 0))
    pane._only_this_number()
    assert [event.serial for event in pane.model.shown] == [0, 2]
    search.clear()
    pane.show_chosen((node_ref(1),))
    assert len(pane.model.shown) == 4, "not asked for yet"
    chosen.setChecked(True)
    assert [event.serial for event in pane.model.shown] == [2, 3]
    pane.show_chosen((vm_ref(3),))
    assert [event.serial for event in pane.model.shown] == [1]
    pane.show_chosen((Ref(Kind.NETWORK, 0),))
    assert [event.serial for event in pane.model.shown] == [3], "a thing is found by its name"
    pane.show_chosen((Ref(Kind.CLUSTER),))
    assert len(pane.model.shown) == 4
    pane.show_chosen((vm_ref(9),))
    assert pane.view.nothing == "No event fits the filter."


def test_events_are_exported_and_nothing_in_them_is_a_formula(
    qtbot: QtBot, office_bridge: Bridge, stand_in: StandInSession, tmp_path: Path
) -> None:
    pane = EventPane(office_bridge)
    qtbot.addWidget(pane)
    _a_night(office_bridge, stand_in)
    with qtbot.waitSignal(pane.said) as said:
        pane.export_to(str(tmp_path / "night.csv"))
    assert said.args[0].startswith("4 events written to")
    with (tmp_path / "night.csv").open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["number"] for row in rows] == ["1135", "1069", "1135", ""]
    assert (rows[1]["message"], rows[1]["code"]) == ("'=SUM(A1) was lost with HV01", "vm-lost")
    assert (rows[3]["time_seconds"], rows[3]["node"], rows[3]["vm"]) == ("4.000000", "HV02", "")
    with qtbot.waitSignal(pane.said) as said:
        pane.export_to(str(tmp_path / "no" / "such" / "folder.csv"))
    assert "could not be written" in said.args[0]


def test_an_empty_log_says_whether_nothing_happened_or_nothing_fits(qtbot: QtBot, office_bridge: Bridge) -> None:
    pane = EventPane(office_bridge)
    qtbot.addWidget(pane)
    assert pane.view.nothing == "Nothing has happened yet."
    search = pane.findChild(QLineEdit, "event filter")
    assert search is not None
    search.setText("no such machine")
    assert pane.view.nothing == "No event fits the filter."
    pane.grab()
    search.clear()
    assert pane.view.nothing == "Nothing has happened yet."


def test_old_events_make_room(office_bridge: Bridge, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("hvgui.gui.events.event_model.KEPT", 100)
    model = EventModel(office_bridge)
    for start in range(0, 300, 50):
        model.add(tuple(Event(n, n, Level.INFORMATION, "test", "x") for n in range(start, start + 50)))
    assert model.rowCount() <= 150
    assert model.shown[-1].serial == 299
