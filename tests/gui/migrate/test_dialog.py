"""The migrate dialog as a person meets it, with a session that answers as each story needs."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import Future

import msgspec
import pytest
from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QApplication, QDialog, QWidget
from pytestqt.qtbot import QtBot

from hvgui.cluster.cluster import Changes, ClusterRecord
from hvgui.cluster.events import Event, Level
from hvgui.cluster.ids import NodeId, TaskId, VmId
from hvgui.cluster.networks import Link
from hvgui.cluster.nodes import NodeState
from hvgui.cluster.tasks import Phase, TaskKind, TaskState
from hvgui.cluster.units import NANOSECONDS
from hvgui.gui.bridge import Bridge
from hvgui.gui.graphs.history import history_of
from hvgui.gui.migrate.dialog import MigrateDialog, open_migrate_dialog
from hvgui.gui.migrate.tiles import Tiles
from hvgui.gui.screen_room import fit_on_screen
from hvgui.lab.frames import Forecast, Frame, Pace, Receipt, Span
from hvgui.requests.migration import CancelMigration, LiveMigrate, QuickMigrate
from hvgui.requests.problems import Problem
from scripted_session import Script, ScriptedSession, forecast_of, live_task, play, streaming_record
from small_cluster import MIGRATION

LIVE = TaskKind.LIVE_MIGRATION


class Desk:
    """A window, a bridge, a scripted session, and what a person does with them."""

    def __init__(self, qtbot: QtBot, record: ClusterRecord | None = None) -> None:
        self.qtbot = qtbot
        self.session = ScriptedSession(record)
        self.bridge = Bridge(self.session)
        history_of(self.bridge)
        self.window = QWidget()
        self.window.show()

    def open(self, vms: int = 1, kind: TaskKind = LIVE, target: int | None = None) -> MigrateDialog:
        node = NodeId(target) if target is not None else None
        dialog = open_migrate_dialog(self.window, self.bridge, tuple(VmId(n) for n in range(vms)), kind, node)
        assert isinstance(dialog, MigrateDialog)
        return dialog

    def change(self, *records: object, removed: tuple[VmId, ...] = ()) -> None:
        """The world changes."""
        play(self.bridge, self.session, [Frame(self.bridge.time_ns, Pace(), Changes(records, removed))])

    def wait_for_question(self, count: int = 1) -> None:
        """Until so many forecasts have been asked for and not answered."""
        self.qtbot.waitUntil(lambda: len(self.session.forecasts) >= count)

    def forecast(self, **changes: object) -> LiveMigrate | QuickMigrate:
        """Answers the oldest question."""
        self.wait_for_question()
        request, future = self.session.forecasts.pop(0)
        future.set_result(forecast_of(live_task(vm=request.vm, target=request.to), **changes))
        self.bridge.tick()
        return request

    def accept(self, task: int = 0) -> LiveMigrate | QuickMigrate:
        """The lab takes the oldest request."""
        request, future = self.session.asked.pop(0)
        future.set_result(Receipt(accepted=True, task=task))
        self.bridge.tick()
        return request

    def clear_up(self) -> None:
        self.window.close()
        self.window.deleteLater()
        self.bridge.stop()
        self.bridge.deleteLater()


@pytest.fixture
def desk(qtbot: QtBot) -> Iterator[Desk]:
    made = Desk(qtbot)
    yield made
    made.clear_up()


@pytest.fixture
def desk_of(qtbot: QtBot) -> Iterator[Callable[[ClusterRecord], Desk]]:
    made: list[Desk] = []

    def make(record: ClusterRecord) -> Desk:
        made.append(Desk(qtbot, record))
        return made[-1]

    yield make
    for one in made:
        one.clear_up()


def press(qtbot: QtBot, dialog: QDialog, key: Qt.Key) -> None:
    qtbot.keyClick(dialog, key)
    QApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)


def test_it_proposes_the_best_node_and_forecasts_at_once(desk: Desk) -> None:
    dialog = desk.open()
    assert dialog.page.form.draft.target == NodeId(1)
    assert desk.forecast() == LiveMigrate(vm=VmId(0), to=NodeId(1))
    figures = dialog.page.forecast.figures()
    assert figures["passes"] == "3"
    assert figures["connections"] == "all 12 stay"
    assert figures["stream"] == "plays on"
    assert dialog.page.forecast.verdict.text() == "Will converge; nobody will notice."
    assert dialog.page.forecast.as_of.text() == "As of 00:00:00.0, computed in 40 ms"
    assert dialog.page.command.text == "Move-ClusterVirtualMachineRole -Name 'VM00' -Node 'NODE2'"
    assert dialog.migrate_button.isEnabled()


def test_a_drag_onto_a_node_brings_its_target_along(desk: Desk) -> None:
    dialog = desk.open(target=2)
    assert dialog.page.form.targets.currentItem().text(0) == "NODE3"
    assert desk.forecast() == LiveMigrate(vm=VmId(0), to=NodeId(2))


def test_each_change_asks_anew_and_the_newest_answer_wins(desk: Desk) -> None:
    dialog = desk.open()
    desk.wait_for_question()
    _, older = desk.session.forecasts.pop(0)
    dialog.page.form.kinds.button(1).setChecked(True)
    desk.wait_for_question()
    assert dialog.page.forecast.spinner.is_turning
    request, newer = desk.session.forecasts.pop(0)
    assert request == QuickMigrate(vm=VmId(0), to=NodeId(1))
    newer.set_result(forecast_of(live_task(), streams_stalled=1, stall_seconds=38.0, connections_lost=12))
    older.set_result(forecast_of(live_task()))
    desk.bridge.tick()
    assert dialog.page.forecast.figures()["stream"] == "stalls for 38 s"
    assert not dialog.page.forecast.spinner.is_turning


def test_a_forecast_that_was_made_is_not_asked_for_twice(desk: Desk) -> None:
    dialog = desk.open()
    desk.forecast()
    dialog.page.form.kinds.button(1).setChecked(True)
    desk.forecast(connections_lost=12, connections_kept=0)
    dialog.page.form.kinds.button(0).setChecked(True)
    assert dialog.page.forecast.figures()["connections"] == "all 12 stay"
    assert not dialog.page.asker.is_busy


def test_who_presses_migrate_while_the_forecast_is_renewed_keeps_the_one_that_was_read(desk: Desk) -> None:
    dialog = desk.open()
    desk.forecast()
    desk.change(*(one for one in desk.bridge.cluster.vms.values() if one.id == VmId(0)))
    desk.wait_for_question()
    (run,) = dialog.page.startable()
    assert run.forecast is not None
    desk.change(*desk.bridge.cluster.links.values())
    (run,) = dialog.page.startable()
    assert run.forecast is None, "a forecast over other links is no use"


def test_a_vm_that_outruns_the_link_is_not_refused_but_warned_of(desk: Desk) -> None:
    dialog = desk.open()
    desk.forecast(converges=False, blackout_seconds=Span(9.3, 9.0, 9.6))
    verdict = dialog.page.forecast.verdict
    assert verdict.text() == "Will not converge: blackout about 9.3 s (9.0 s – 9.6 s)."
    assert verdict.property("tone") == "warning"
    assert dialog.migrate_button.isEnabled()


def test_a_hundred_megabit_is_a_named_warning_before_anything_happens(desk: Desk) -> None:
    dialog = desk.open()
    slow = [Link(NodeId(n), MIGRATION, bytes_per_second=12.5e6) for n in range(3)]
    desk.change(*slow)
    dialog.page.look()
    assert "Migration joins NODE1 and NODE2 at 100 Mbit/s" in dialog.page.notices.sentences()[0]
    assert "100 Mbit/s" in dialog.page.form.networks.currentText()
    assert dialog.migrate_button.isEnabled()


def test_a_blocked_target_is_grey_and_says_why(desk: Desk) -> None:
    dialog = desk.open()
    desk.change(msgspec.structs.replace(desk.bridge.cluster.nodes[NodeId(1)], state=NodeState.PAUSED))
    dialog.page.look()
    rows = {row.name: row for row in dialog.page.form.targets.rows}
    assert rows["NODE2"].tone == "bad"
    assert rows["NODE2"].note == "NODE2 is paused and takes no VMs. Resume the node."
    assert not dialog.migrate_button.isEnabled(), "NODE2 is what was chosen"
    assert dialog.page.notices.sentences() == ("NODE2 is paused and takes no VMs. Resume the node.",)
    assert dialog.page.forecast.verdict.text() == "No forecast while something stands in the way."
    dialog.page.form.targets.setCurrentItem(dialog.page.form.targets.topLevelItem(0))
    assert dialog.migrate_button.isEnabled()


def test_the_queue_is_labelled_as_ours_before_2012(desk: Desk) -> None:
    dialog = desk.open()
    assert "hvgui's own: 2008 R2 SP1 does not queue" in dialog.page.form.queue.text()
    dialog.page.form.queue.setChecked(True)
    assert dialog.page.startable()[0].request == LiveMigrate(vm=VmId(0), to=NodeId(1), queue=True)


def test_a_network_can_be_chosen_with_its_speed_in_sight(desk: Desk) -> None:
    dialog = desk.open()
    networks = dialog.page.form.networks
    words = [networks.itemText(n) for n in range(networks.count())]
    assert words == ["Automatic: Migration, 1 Gbit/s", "Migration, 1 Gbit/s", "Clients, 1 Gbit/s"]
    networks.setCurrentIndex(1)
    assert dialog.page.startable()[0].request == LiveMigrate(vm=VmId(0), to=NodeId(1), network=MIGRATION)
    dialog.page.form.kinds.button(1).setChecked(True)
    assert not networks.isEnabled()


def test_from_the_form_through_the_passes_to_the_result(desk: Desk) -> None:
    dialog = desk.open()
    desk.forecast()
    dialog.migrate_button.click()
    desk.accept()
    frames = list(Script(live_task()).frames())
    play(desk.bridge, desk.session, frames[: int(0.97 * len(frames))])
    assert dialog.view is not None
    dialog.view.refresh()
    phase, rest, dirty, sent, left = (tile.figure.text() for tile in dialog.view.tiles.tiles)
    assert phase == "Pass 2"
    assert rest.endswith("MB")
    assert dirty == "9.4 MB/s"
    assert sent.endswith("GB")
    assert left == "8.0 s – 12 s"
    assert dialog.cancel_button.isEnabled()
    assert dialog.close_button.text() == "Run in &background"
    play(desk.bridge, desk.session, frames[int(0.97 * len(frames)) :])
    assert dialog.view.tiles.isHidden()
    lines = dialog.view.result.lines()
    assert ("Blackout", "120 ms (114 ms – 126 ms)", "120 ms", "✓ yes") in lines
    assert all(line[3] == "✓ yes" for line in lines)
    assert dialog.close_button.text() == "Close"
    assert dialog.cancel_button.isHidden()


def test_a_long_figure_is_not_cut_off(desk: Desk) -> None:
    tiles = Tiles(("Rest", "Time left"), desk.window)
    tiles.resize(200, 80)
    tile = tiles.tiles[1]
    tile.say("2 min 35 s – 4 min 12 s")
    tiles.show()
    wide = tile.minimumWidth()
    assert wide >= tile.figure.sizeHint().width() + 20
    tile.say("12 s")
    assert tile.minimumWidth() == wide, "it does not jump about"


def test_cancel_works_in_the_passes_and_says_why_not_in_the_blackout(desk: Desk) -> None:
    dialog = desk.open()
    dialog.migrate_button.click()
    desk.accept()
    frames = list(Script(live_task(), blackout_seconds=2.0).frames())
    play(desk.bridge, desk.session, frames[:100])
    dialog.cancel_button.click()
    assert desk.session.asked.pop()[0] == CancelMigration(task=TaskId(0))
    play(desk.bridge, desk.session, [one for one in frames if one.migrations][-1:])
    assert not dialog.cancel_button.isEnabled()
    assert "can't be cancelled" in dialog._reason.text()


def test_a_cancelled_migration_says_so_and_shows_no_comparison(desk: Desk) -> None:
    dialog = desk.open()
    dialog.migrate_button.click()
    desk.accept()
    play(desk.bridge, desk.session, list(Script(live_task()).frames())[:50])
    ended = msgspec.structs.replace(
        live_task(),
        state=TaskState.CANCELLED,
        phase=Phase.ENDED,
        ended_ns=NANOSECONDS,
        message="VM00 runs on at NODE1.",
    )
    play(
        desk.bridge, desk.session, [Frame(NANOSECONDS, Pace(), Changes(ended_tasks=(TaskId(0),)), ended_tasks=(ended,))]
    )
    assert dialog.view is not None
    assert dialog.view.notices.sentences() == ("Cancelled: VM00 runs on at NODE1.",)
    assert dialog.view.result.lines() == []


def test_a_task_that_ended_before_its_receipt_came_is_not_lost(desk: Desk) -> None:
    dialog = desk.open()
    desk.forecast()
    dialog.migrate_button.click()
    play(desk.bridge, desk.session, [list(Script(live_task()).frames())[-1]])
    desk.accept()
    assert dialog.view is not None
    assert len(dialog.view.result.lines()) == 6


def test_a_refusal_comes_as_its_sentence(desk: Desk) -> None:
    dialog = desk.open()
    dialog.migrate_button.click()
    _, future = desk.session.asked.pop(0)
    future.set_result(Receipt(accepted=False, problems=(Problem("paused", "NODE2 is paused.", "Resume the node."),)))
    desk.bridge.tick()
    assert dialog.view is not None
    assert dialog.view.notices.sentences() == ("NODE2 is paused. Resume the node.",)
    assert dialog.close_button.text() == "Close"


@pytest.mark.parametrize("how", ["cancelled", "failed"])
def test_a_lab_that_closes_before_it_answers(desk: Desk, how: str) -> None:
    dialog = desk.open()
    dialog.migrate_button.click()
    future: Future[Receipt] = desk.session.asked.pop(0)[1]
    if how == "cancelled":
        future.cancel()
    else:
        future.set_exception(OSError("The disk is full."))
    desk.bridge.tick()
    assert dialog.view is not None
    expected = {"cancelled": "The lab was closed before it could answer.", "failed": "The disk is full."}
    assert dialog.view.notices.sentences() == (expected[how],)


def test_the_vm_vanishes_while_the_form_is_open(desk: Desk) -> None:
    dialog = desk.open()
    desk.change(removed=(VmId(0),))
    dialog.page.look()
    assert not dialog.migrate_button.isEnabled()
    assert dialog.page.notices.sentences() == ("This VM is no longer in the cluster. Close the dialog.",)


def test_the_link_is_cut_while_the_form_is_open(desk: Desk) -> None:
    dialog = desk.open()
    desk.forecast()
    links = [msgspec.structs.replace(link, up=False) for link in desk.bridge.cluster.links.values()]
    desk.change(*links)
    dialog.page.look()
    assert not dialog.migrate_button.isEnabled()
    assert dialog.page.notices.sentences()[0].startswith("No network connects NODE1 and NODE2.")
    assert dialog.page.form.networks.currentText() == "Automatic (no network connects them)"


def test_the_engine_crashes_while_the_dialog_is_open(desk: Desk) -> None:
    dialog = desk.open()
    crash = Event(1, 0, Level.ERROR, "engine-crash", "The engine stopped; the lab is as of its last commit.")
    play(desk.bridge, desk.session, [Frame(0, Pace(), events=(crash,))])
    assert not dialog.migrate_button.isEnabled()
    assert dialog.page.notices.sentences() == ("The engine stopped; the lab is as of its last commit.",)


def test_the_session_closes_while_the_dialog_is_open(qtbot: QtBot) -> None:
    desk = Desk(qtbot)
    dialog = desk.open()
    desk.bridge.stop()
    desk.bridge.deleteLater()
    QApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)
    assert not dialog.migrate_button.isEnabled()
    assert dialog.page.notices.sentences()[0].startswith("The lab was closed.")
    desk.window.close()
    desk.window.deleteLater()


def test_the_session_closes_while_a_migration_runs_and_its_graphs_are_shown(qtbot: QtBot) -> None:
    desk = Desk(qtbot)
    dialog = desk.open()
    dialog.migrate_button.click()
    desk.accept()
    play(desk.bridge, desk.session, list(Script(live_task()).frames())[:60])
    dialog.compare()
    desk.bridge.stop()
    desk.bridge.deleteLater()
    QApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)
    QApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)
    assert desk.window.findChildren(QDialog) == [dialog], "the comparison has closed itself"
    assert dialog.view is not None
    assert dialog.view.notices.sentences()[0].startswith("The lab was closed.")
    assert not dialog.cancel_button.isEnabled()
    press(qtbot, dialog, Qt.Key.Key_Escape)
    assert desk.window.findChildren(QDialog) == []
    desk.window.close()
    desk.window.deleteLater()


def test_a_forecast_that_fails_is_a_sentence_and_no_obstacle(desk: Desk) -> None:
    dialog = desk.open()
    desk.wait_for_question()
    future: Future[Forecast] = desk.session.forecasts.pop(0)[1]
    future.set_exception(RuntimeError("the worker died"))
    desk.bridge.tick()
    assert dialog.page.forecast.verdict.text() == "No forecast: the worker died."
    assert dialog.migrate_button.isEnabled()


def test_a_question_that_another_dialog_pushed_out_is_asked_again(desk: Desk) -> None:
    dialog = desk.open()
    desk.wait_for_question()
    desk.session.forecasts.pop(0)[1].cancel()
    desk.bridge.tick()
    desk.forecast()
    assert dialog.page.forecast.figures()["passes"] == "3"


def test_a_machine_that_is_off_can_only_be_moved(desk_of: Callable[[ClusterRecord], Desk]) -> None:
    record = streaming_record()
    off = msgspec.structs.replace(record.vms[0], state=type(record.vms[0].state).OFF, assigned_bytes=0)
    dialog = desk_of(msgspec.structs.replace(record, vms=(off,))).open()
    assert dialog.page.form.draft.kind is TaskKind.MOVE
    assert dialog.migrate_button.isEnabled()


def test_several_vms_get_a_row_a_target_and_a_result_each(desk_of: Callable[[ClusterRecord], Desk]) -> None:
    desk = desk_of(streaming_record(vms=3))
    dialog = desk.open(vms=3)
    assert dialog.page.list is not None
    assert dialog.page.form.draft.queue
    for _ in range(3):
        desk.forecast()
    assert dialog.page.list.words(VmId(2))[2].startswith("43 s")
    dialog.migrate_button.click()
    assert [request.vm for request, _ in desk.session.asked] == [0, 1, 2]
    assert all(request.queue for request, _ in desk.session.asked)
    for task in range(3):
        desk.accept(task)
    play(desk.bridge, desk.session, Script(live_task()).frames())
    failed = msgspec.structs.replace(
        live_task(1, vm=1), state=TaskState.FAILED, phase=Phase.ENDED, ended_ns=NANOSECONDS, message="NODE2 crashed."
    )
    play(desk.bridge, desk.session, [Frame(90 * NANOSECONDS, Pace(), ended_tasks=(failed,))])
    assert dialog.view is not None
    assert dialog.view.list is not None
    words = [dialog.view.list.words(VmId(n))[2] for n in range(3)]
    assert words == ["Succeeded in 43 s, blackout 120 ms, 3 passes", "Failed: NODE2 crashed.", "asked for"]
    dialog.view.list.setCurrentItem(dialog.view.list.topLevelItem(1))
    assert dialog.view.shown.vm == VmId(1)
    assert dialog.close_button.text() == "Run in &background", "one of them still runs"


def test_of_several_vms_those_that_nothing_blocks_can_go(desk_of: Callable[[ClusterRecord], Desk]) -> None:
    record = streaming_record(vms=2)
    bound = msgspec.structs.replace(record.vms[1], possible_owners=(NodeId(0),))
    desk = desk_of(msgspec.structs.replace(record, vms=(record.vms[0], bound)))
    dialog = desk.open(vms=2)
    assert dialog.migrate_button.text() == "&Migrate 1 of 2"
    dialog.migrate_button.click()
    assert [request.vm for request, _ in desk.session.asked] == [0]


def test_enter_begins_and_escape_leaves_it_running(desk: Desk, qtbot: QtBot) -> None:
    dialog = desk.open()
    press(qtbot, dialog, Qt.Key.Key_Return)
    assert len(desk.session.asked) == 1
    press(qtbot, dialog, Qt.Key.Key_Escape)
    assert desk.window.findChildren(MigrateDialog) == []
    assert not [request for request, _ in desk.session.asked if isinstance(request, CancelMigration)]


def test_closing_leaves_nothing_behind_and_the_size_is_remembered(desk: Desk, qtbot: QtBot) -> None:
    dialog = desk.open()
    dialog.resize(790, 700)
    press(qtbot, dialog, Qt.Key.Key_Escape)
    assert desk.window.findChildren(QDialog) == []
    again = desk.open()
    assert (again.width(), again.height()) == (790, 700)


def test_a_window_is_no_larger_than_its_screen(qapp: QApplication) -> None:
    window = QWidget()
    window.resize(5_000, 4_000)
    fit_on_screen(window)
    there = window.screen().availableSize()
    assert window.width() < there.width()
    assert window.height() < there.height()
    window.resize(300, 200)
    fit_on_screen(window)
    assert (window.width(), window.height()) == (300, 200)


def test_the_command_can_be_copied(desk: Desk) -> None:
    dialog = desk.open()
    dialog.page.command.copy()
    assert QGuiApplication.clipboard().text() == dialog.page.command.text
    QGuiApplication.clipboard().clear()


def test_everything_has_a_name_for_those_who_do_not_see_it(desk: Desk) -> None:
    dialog = desk.open()
    page = dialog.page
    for widget in (page.form.targets, page.form.networks, page.forecast.spinner):
        assert widget.accessibleName()
    assert page.form.targets.topLevelItem(0).text(1).endswith("of 5 stars")


def test_without_a_vm_there_is_no_dialog(desk: Desk) -> None:
    with pytest.raises(ValueError, match="choose at least one"):
        open_migrate_dialog(desk.window, desk.bridge, (), LIVE, None)
