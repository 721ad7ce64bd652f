"""The lab's past through the window: undo by keys, a look back, another branch, and a dialog that is open meanwhile."""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QApplication, QLabel, QPushButton
from pytestqt.qtbot import QtBot

from hvgui.cluster.ids import NodeId, VmId
from hvgui.cluster.machines import VirtualMachine, VmState
from hvgui.cluster.tasks import TaskKind
from hvgui.cluster.units import NANOSECONDS
from hvgui.gui.actions.command import verdict
from hvgui.gui.actions.table import COMMANDS
from hvgui.gui.application import House, prepare
from hvgui.gui.bridge import Bridge
from hvgui.gui.graphs.figures_panel import vm_panel
from hvgui.gui.graphs.history import history_of
from hvgui.gui.migrate.dialog import MigrateDialog
from hvgui.gui.objects import Kind, Ref, node_ref, vm_ref
from hvgui.gui.opening import Wish
from hvgui.gui.timeline.branches_dialog import BranchesDialog
from hvgui.gui.timeline.delete_dialog import DeleteBranchDialog
from hvgui.gui.timeline.name_dialog import NameDialog
from hvgui.gui.timeline.past import Past
from hvgui.gui.timeline.recover import RecoverDialog
from hvgui.gui.timeline.strip import TimelineStrip
from hvgui.lab.frames import Timeline
from hvgui.lab.session import Session
from hvgui.requests.lifecycle import PauseVm, ResumeVm
from hvgui.requests.migration import LiveMigrate
from small_cluster import small_record
from strictness.expectations import Expectation

PATIENCE_MS = 40_000


class Story:
    """A person at the window, with the engine running behind it."""

    def __init__(self, qtbot: QtBot, house: House) -> None:
        self.qtbot, self.house, self.window = qtbot, house, house.window

    @property
    def bridge(self) -> Bridge:
        assert self.house.bridge is not None
        return self.house.bridge

    @property
    def past(self) -> Past:
        assert self.window.desk.past is not None
        return self.window.desk.past

    @property
    def timeline(self) -> Timeline:
        assert self.bridge.timeline is not None
        return self.bridge.timeline

    @property
    def strip(self) -> TimelineStrip:
        assert self.window.timeline_bar.strip is not None
        return self.window.timeline_bar.strip

    def action(self, command: str) -> QAction:
        return self.window.board.actions[command]

    def give(self, command: str) -> None:
        """Gives a command as soon as it can be given."""
        self.until(self.action(command).isEnabled)
        self.action(command).trigger()

    def until(self, condition: Callable[[], bool]) -> None:
        self.qtbot.waitUntil(condition, timeout=PATIENCE_MS)

    def running(self) -> list[VmId]:
        return [vm.id for vm in self.bridge.cluster.vms.values() if vm.state is VmState.RUNNING]

    def vm(self, vm: VmId) -> VirtualMachine:
        return self.bridge.cluster.vms[vm]

    def other_node(self, vm: VmId) -> NodeId:
        return next(node for node in self.bridge.cluster.nodes if node != self.vm(vm).owner)

    def play_to(self, seconds: float, speed: float = 60.0) -> None:
        """Lets time go on to that moment, or a little beyond."""
        self.bridge.session.set_speed(speed)
        self.bridge.session.play()
        self.until(lambda: self.bridge.time_ns >= seconds * NANOSECONDS)
        self.stand()

    def stand(self) -> None:
        self.bridge.session.pause()
        self.until(lambda: not self.bridge.pace.playing)

    def pause_vm(self, vm: VmId) -> None:
        self.bridge.submit(PauseVm(vm=vm))
        self.until(lambda: self.vm(vm).state is VmState.PAUSED and bool(self.timeline.undo_title))

    def key(self, key: Qt.Key, modifiers: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier) -> None:
        assert self.window.panes is not None
        self.window.activateWindow()
        self.window.panes.inventory.tree.setFocus()
        self.qtbot.keyClick(self.window.panes.inventory.tree, key, modifiers)

    def look_at(self, time_ns: int) -> None:
        self.strip.go_to(time_ns)
        self.until(lambda: self.timeline.looking_at_ns == time_ns)

    def is_present(self) -> bool:
        return self.timeline.looking_at_ns is None

    def branch(self, name: str) -> int:
        return next(one.id for one in self.timeline.branches if one.name == name)


@pytest.fixture
def story(qtbot: QtBot, qapp: QApplication) -> Iterator[Story]:
    """The whole program on the article's lab, at its beginning, its time standing."""
    prepare(qapp)
    house = House(qapp)
    qtbot.addWidget(house.window)
    house.open_first("article-lab")
    house.window.show()
    qtbot.waitUntil(lambda: house.window.panes is not None, timeout=PATIENCE_MS)
    told = Story(qtbot, house)
    told.stand()
    told.until(lambda: told.bridge.timeline is not None)
    yield told
    house.window.close()
    house.close()
    house.deleteLater()


CTRL = Qt.KeyboardModifier.ControlModifier
SHIFT = Qt.KeyboardModifier.ShiftModifier


def test_undo_and_redo_by_keys_say_what_they_take_back(story: Story) -> None:
    undo, redo = story.action("edit.undo"), story.action("edit.redo")
    story.until(lambda: not undo.isEnabled())
    assert undo.toolTip() == "Undo: Nothing has been done yet."
    assert redo.toolTip() == "Redo: Nothing is undone."
    vm = story.running()[0]
    name = story.vm(vm).name
    before_ns = story.bridge.time_ns
    story.pause_vm(vm)
    story.until(undo.isEnabled)
    assert undo.text() == f"Undo Pause {name}"
    story.key(Qt.Key.Key_Z, CTRL)
    story.until(lambda: story.vm(vm).state is VmState.RUNNING)
    assert story.bridge.time_ns == before_ns
    story.until(lambda: redo.isEnabled() and not undo.isEnabled())
    assert redo.text() == f"Redo Pause {name}"
    assert [one.undone for one in story.strip.marks.commands] == [True]
    story.key(Qt.Key.Key_Z, CTRL | SHIFT)
    story.until(lambda: story.vm(vm).state is VmState.PAUSED)
    story.until(undo.isEnabled)
    story.key(Qt.Key.Key_Z, CTRL)
    story.until(lambda: story.vm(vm).state is VmState.RUNNING and redo.isEnabled())
    story.key(Qt.Key.Key_Y, CTRL)
    story.until(lambda: story.vm(vm).state is VmState.PAUSED)


def test_looking_back_shows_everything_as_it_was_and_nothing_can_be_changed(story: Story) -> None:
    assert story.window.panes is not None
    panes, vm = story.window.panes, story.running()[0]
    source, target = story.vm(vm).owner, story.other_node(vm)
    story.play_to(10)
    story.bridge.submit(LiveMigrate(vm=vm, to=target))
    story.until(lambda: bool(story.bridge.cluster.tasks))
    story.bridge.session.set_speed(600.0)
    story.bridge.session.play()
    story.until(lambda: panes.task_model.rowCount() == 1 and panes.task_model.under_way == 0)
    story.stand()
    present_ns, messages = story.bridge.time_ns, [event.message for event in panes.events.model.shown]
    tree = panes.inventory.tree
    panes.reveal(vm_ref(vm))
    tree.open_at([panes.model.key_at(panes.model.index_of_ref(Ref(Kind.STORAGE)))])
    chosen, opened = tree.refs(), set(tree.open_keys())

    story.look_at(5 * NANOSECONDS)
    assert story.vm(vm).owner == source
    assert story.bridge.time_ns == 5 * NANOSECONDS
    assert panes.task_model.rowCount() == 0
    assert not any("migration" in event.message for event in panes.events.model.shown)
    assert tree.refs() == chosen
    assert set(tree.open_keys()) == opened
    below = panes.model.index_of_ref(node_ref(source))
    names = [panes.model.index(row, 0, below).data() for row in range(panes.model.rowCount(below))]
    assert story.vm(vm).name in names
    assert story.window.band.past.text == "You are looking at 00:00:05.0. Everything here is as it was then."
    assert story.window.band.isVisible()
    assert "00:00:05.0" in story.window.windowTitle()

    story.window.board.refresh()
    for command in COMMANDS:
        said = verdict(command, story.window.desk)
        if command.changes_lab:
            assert not said.enabled
            assert said.reason.startswith("You are looking at 00:00:05.0")
    assert "the past can't be changed" in story.action("vm.pause").toolTip()
    assert not story.action("time.play").isEnabled()
    panes.model.vms_dropped.emit((vm,), target)
    assert "past" in story.window.notice.text
    assert not story.window.findChildren(MigrateDialog)

    story.key(Qt.Key.Key_Escape)
    story.until(story.is_present)
    assert story.bridge.time_ns == present_ns
    assert story.vm(vm).owner == target
    assert panes.task_model.rowCount() == 1
    assert [event.message for event in panes.events.model.shown] == messages
    assert story.window.band.past.text == ""
    assert not story.window.band.isVisible()
    story.until(lambda: story.action("vm.pause").isEnabled())


def test_the_strip_is_dragged_clicked_zoomed_and_walked_by_keys(story: Story) -> None:
    vm = story.running()[0]
    story.play_to(20)
    story.pause_vm(vm)
    paused_ns = story.timeline.commands[-1].time_ns
    story.play_to(60)
    strip, scale = story.strip, story.strip.scale
    left, none, y = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, 40

    def place(seconds: float) -> QPoint:
        return QPoint(round(scale.x(round(seconds * NANOSECONDS))) + 1, y)

    story.qtbot.mousePress(strip, left, none, place(50))
    for seconds in range(49, 9, -3):
        story.qtbot.mouseMove(strip, place(seconds))
    story.qtbot.mouseRelease(strip, left, none, place(10))
    story.until(lambda: story.timeline.looking_at_ns is not None and not story.past.busy)
    story.until(lambda: abs(story.past.shown_ns - 10 * NANOSECONDS) < NANOSECONDS)
    story.until(lambda: story.timeline.looking_at_ns == story.past.shown_ns)
    assert story.vm(vm).state is VmState.RUNNING

    story.qtbot.keyClick(strip, Qt.Key.Key_Right)
    story.until(lambda: story.timeline.looking_at_ns == paused_ns)
    story.qtbot.keyClick(strip, Qt.Key.Key_Right, SHIFT)
    story.until(lambda: story.timeline.looking_at_ns == paused_ns + NANOSECONDS)
    assert story.vm(vm).state is VmState.PAUSED
    story.qtbot.keyClick(strip, Qt.Key.Key_Left)
    story.until(lambda: story.timeline.looking_at_ns == paused_ns)
    story.qtbot.keyClick(strip, Qt.Key.Key_Home)
    story.until(lambda: story.timeline.looking_at_ns == 0)
    # The strip grows in leaps while time plays; from here on time stands.
    story.qtbot.keyClick(strip, Qt.Key.Key_0)
    whole = strip.scale.span_ns
    story.qtbot.keyClick(strip, Qt.Key.Key_Plus)
    assert strip.scale.span_ns < whole
    story.qtbot.keyClick(strip, Qt.Key.Key_0)
    assert strip.scale.span_ns == whole
    story.qtbot.keyClick(strip, Qt.Key.Key_End)
    story.until(story.is_present)
    assert "1 command" in strip.accessibleDescription()
    assert strip.accessibleName() == "Timeline"


def test_going_on_from_the_past_opens_a_branch_that_is_listed_compared_left_and_deleted(story: Story) -> None:
    first, second = story.running()[:2]
    story.play_to(10)
    story.pause_vm(first)
    story.play_to(20)
    story.look_at(5 * NANOSECONDS)
    story.give("time.go-on")
    dialog = story.window.findChild(NameDialog)
    assert dialog is not None
    assert dialog.line.text() == "From 00:00:05.0"
    accept = dialog.findChild(QPushButton, "branch name accept")
    assert accept is not None
    dialog.line.setText("Main")
    assert not accept.isEnabled()
    dialog.line.setText("What if")
    accept.click()
    story.until(lambda: story.timeline.branch_name == "What if")
    assert story.is_present()
    assert story.vm(first).state is VmState.RUNNING
    story.pause_vm(second)

    story.give("time.branches")
    branches = story.window.findChild(BranchesDialog)
    assert branches is not None
    main, what_if = story.branch("main"), story.branch("What if")
    branches.choose(main, what_if)
    branches.compare_button.click()
    story.until(lambda: branches.comparison.table.topLevelItemCount() > 0)
    rows = [branches.comparison.table.topLevelItem(row) for row in range(branches.comparison.table.topLevelItemCount())]
    words = {tuple(row.text(column) for column in range(4)) for row in rows if row is not None}
    name = story.vm(first).name
    assert (name, "state", "paused", "running") in words
    assert any(row[0] == f"Pause {name}" and row[2].startswith("done at") and row[3] == "–" for row in words)

    branches.choose(what_if)
    assert not branches.delete_button.isEnabled()
    assert "is lived" in branches.delete_button.toolTip()
    branches.rename_button.click()
    naming = branches.findChild(NameDialog)
    assert naming is not None
    naming.line.setText("Second thoughts")
    naming.accept()
    story.until(lambda: any(one.name == "Second thoughts" for one in story.timeline.branches))
    branches.choose(main)
    branches.live_button.click()
    story.until(lambda: story.timeline.branch_name == "main")
    assert story.vm(first).state is VmState.PAUSED
    assert story.vm(second).state is VmState.RUNNING
    branches.choose(what_if)
    story.until(branches.delete_button.isEnabled)
    branches.delete_button.click()
    asking = branches.findChild(DeleteBranchDialog)
    assert asking is not None
    label = asking.findChild(QLabel, "delete branch words")
    assert label is not None
    assert "1 command" in label.text()
    delete = asking.findChild(QPushButton, "delete branch")
    assert delete is not None
    delete.click()
    story.until(lambda: len(story.timeline.branches) == 1)
    branches.close()


def test_an_open_migration_dialog_says_that_it_was_undone(story: Story) -> None:
    vm = story.running()[0]
    story.window.doings.ask_migration((vm,), TaskKind.LIVE_MIGRATION, story.other_node(vm))
    dialog = story.window.findChild(MigrateDialog)
    assert dialog is not None
    story.until(lambda: bool(dialog.page.startable()))
    dialog.migrate_button.click()
    story.bridge.session.play()
    story.until(lambda: dialog.runs is not None and dialog.runs.runs[0].last is not None)
    story.stand()
    story.until(story.action("edit.undo").isEnabled)
    runs = dialog.runs
    assert runs is not None
    story.give("edit.undo")
    story.until(lambda: bool(runs.runs[0].refused))
    assert runs.runs[0].refused.startswith("Undone: the lab was taken back to")
    assert story.vm(vm).task is None
    assert not story.bridge.cluster.tasks
    assert not dialog.cancel_button.isVisible()
    dialog.close()


def test_a_dialog_over_a_draft_waits_while_the_past_is_shown(story: Story) -> None:
    vm = story.running()[0]
    story.play_to(5)
    story.window.doings.ask_migration((vm,), TaskKind.LIVE_MIGRATION, story.other_node(vm))
    dialog = story.window.findChild(MigrateDialog)
    assert dialog is not None
    story.until(lambda: bool(dialog.page.startable()))
    story.look_at(NANOSECONDS)
    assert not dialog.page.startable()
    assert not dialog.migrate_button.isEnabled()
    story.past.return_to_present()
    story.until(lambda: bool(dialog.page.startable()) and dialog.migrate_button.isEnabled())
    dialog.close()


def test_looking_while_time_goes_and_coming_back(story: Story) -> None:
    story.bridge.session.set_speed(60.0)
    story.bridge.session.play()
    story.until(lambda: story.bridge.time_ns > 5 * NANOSECONDS)
    story.look_at(2 * NANOSECONDS)
    assert not story.bridge.pace.playing
    story.past.return_to_present()
    story.until(story.is_present)
    assert story.bridge.time_ns > 5 * NANOSECONDS


def test_another_lab_while_the_past_is_shown(story: Story, tmp_path: Path) -> None:
    story.play_to(5)
    story.give("time.branches")
    story.look_at(NANOSECONDS)
    before = story.bridge
    story.window.doings.open_sample("small-business")
    story.until(lambda: story.house.bridge is not None and story.house.bridge is not before)
    assert story.window.band.past.text == ""
    assert story.window.windowTitle() == "small-business – hvgui"
    story.until(lambda: not story.window.findChildren(BranchesDialog))
    story.until(lambda: story.bridge.timeline is not None)
    vm = story.running()[0]
    story.pause_vm(vm)
    story.bridge.submit(ResumeVm(vm=vm))
    story.until(lambda: story.vm(vm).state is VmState.RUNNING)


def test_a_damaged_lab_offers_what_can_be_read(story: Story, tmp_path: Path) -> None:
    story.play_to(20)
    vm = story.running()[0]
    name = story.vm(vm).name
    story.pause_vm(vm)
    kept = tmp_path / "kept.hvlab"
    story.house._save_as(kept)  # what the save dialog calls
    story.until(lambda: story.bridge.session.path == kept)
    damaged = tmp_path / "damaged.hvlab"
    data = bytearray(kept.read_bytes())
    place = 4096 * (data.index(b"pause") // 4096)
    data[place : place + 60] = b"\xff" * 60  # the head of the page that holds the command
    damaged.write_bytes(data)
    before = damaged.read_bytes()
    story.house.open(Wish(path=damaged))
    story.until(lambda: story.window.findChild(RecoverDialog) is not None)
    dialog = story.window.findChild(RecoverDialog)
    assert dialog is not None
    assert "damaged.hvlab is damaged" in dialog.words
    dialog.recover_button.click()
    story.until(lambda: "damaged recovered.hvlab holds what could be read" in dialog.words)
    assert "at least 1 command" in dialog.words
    assert damaged.read_bytes() == before
    dialog.open_button.click()
    recovered = tmp_path / "damaged recovered.hvlab"
    story.until(lambda: story.house.session is not None and story.house.session.path == recovered)
    assert story.vm(vm).name == name


def test_a_file_of_another_program_gets_its_sentence_and_no_offer(story: Story, tmp_path: Path) -> None:
    foreign = tmp_path / "foreign.hvlab"
    foreign.write_bytes(b"not a lab" * 400)
    story.house.open(Wish(path=foreign))
    story.until(lambda: "is not a lab file" in story.window.notice.text)
    assert story.window.findChild(RecoverDialog) is None


def test_a_lab_that_another_one_has_open_is_for_reading_only_and_says_so(story: Story, tmp_path: Path) -> None:
    shared = tmp_path / "shared.hvlab"
    other = Session.new(small_record(), path=shared)
    try:
        story.house.open(Wish(path=shared))
        story.until(lambda: story.house.session is not None and story.house.session.path == shared)
        assert story.window.band.reading.text.startswith("This lab is open for reading only")
        story.house._save_as(tmp_path / "mine.hvlab")
        story.until(lambda: story.window.band.reading.text == "")
        assert not story.bridge.session.is_read_only
    finally:
        other.close()


def test_a_lab_whose_file_vanished_says_so_until_it_is_saved_under_another_name(
    story: Story, tmp_path: Path, expect_log: Expectation
) -> None:
    with expect_log("goes on in memory"):
        story.bridge.session.path.unlink()
        vm = story.running()[0]
        story.bridge.submit(PauseVm(vm=vm))
        story.until(lambda: story.vm(vm).state is VmState.PAUSED)
        story.play_to(30)
        story.until(lambda: "goes on in memory" in story.window.band.failure.text)
    assert story.window.band.isVisible()
    story.house._save_as(tmp_path / "saved.hvlab")
    story.until(lambda: story.window.band.failure.text == "")
    assert (tmp_path / "saved.hvlab").exists()


def test_a_vm_has_its_graphs_of_before_after_the_lab_is_opened_again(story: Story, tmp_path: Path) -> None:
    """Two minutes are lived; opened again, the graphs show them, at the present and wherever one looks."""
    vm, path = story.running()[0], tmp_path / "kept.hvlab"
    story.play_to(120)
    story.house._save_as(path)
    story.until(lambda: story.bridge.session.path == path)
    before = story.bridge
    lived_seconds = before.time_ns / NANOSECONDS  # a busy machine lives on for a while before the pause is heard
    story.window.doings.open_sample("small-business")
    story.until(lambda: story.house.bridge is not None and story.house.bridge is not before)
    story.house.open(Wish(path=path))
    story.until(lambda: story.house.session is not None and story.house.session.path == path)
    graphs = history_of(story.bridge)
    story.until(lambda: len(graphs.vm_series(vm, 0.0)[0]) >= 4)
    times, _, _, memory, _ = graphs.vm_series(vm, 0.0)
    assert times[0] <= 60.0
    assert lived_seconds - 5.0 <= times[-1] <= lived_seconds
    assert (memory == story.vm(vm).assigned_bytes).all()
    story.until(lambda: len(graphs.node_series(story.vm(vm).owner, 0.0)[0]) >= 4)
    story.look_at(61 * NANOSECONDS)
    story.until(lambda: len(graphs.vm_series(vm, 0.0)[0]) > 0 and graphs.vm_series(vm, 0.0)[0][-1] <= 61.0)
    story.key(Qt.Key.Key_Escape)
    story.until(story.is_present)


def test_graphs_that_are_open_while_time_stands_draw_what_comes_of_the_past(story: Story, tmp_path: Path) -> None:
    path = tmp_path / "kept.hvlab"
    story.play_to(90)
    story.house._save_as(path)
    story.until(lambda: story.bridge.session.path == path)
    story.window.doings.open_sample("small-business")
    story.until(lambda: story.house.session is not None and story.house.session.path != path)
    story.house.open(Wish(path=path))
    story.until(lambda: story.house.session is not None and story.house.session.path == path)
    story.until(lambda: story.bridge.timeline is not None)
    vm = story.running()[0]
    panel = vm_panel(story.bridge, vm, story.window)
    panel.resize(400, 300)
    panel.show()
    story.until(lambda: panel.memory.drawing is not None and len(panel.memory.drawing.lines[0][0]) >= 3)
    panel.close()
    panel.deleteLater()


def test_a_moment_that_is_long_in_coming_tells_how_far_it_is_and_can_be_called_off(
    story: Story, tmp_path: Path
) -> None:
    path = tmp_path / "far.hvlab"
    session = Session.new(small_record(), path=path)
    session.start()
    session.step()
    story.until(lambda: any(frame.time_ns for frame in session.drain()))
    session.look_at(0).result(PATIENCE_MS / 1000)
    session.go_on_from_here("What if").result(PATIENCE_MS / 1000)
    session.close()
    with contextlib.closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("UPDATE branch SET reached_ns = ? WHERE number = 1", (2**60,))
    story.house.open(Wish(path=path))
    story.until(lambda: story.house.session is not None and story.house.session.path == path)
    story.until(lambda: story.bridge.timeline is not None)
    bar = story.window.timeline_bar
    words = bar.findChild(QLabel, "timeline words")
    assert words is not None
    story.past.look_at(2**60, 1)
    story.until(lambda: bar.cancel.isVisibleTo(bar) and words.text().endswith("%"))
    story.qtbot.mouseClick(bar.cancel, Qt.MouseButton.LeftButton)
    story.until(lambda: not story.past.busy)
    assert story.is_present()
    assert "cancelled" in story.window.notice.text
    assert not bar.cancel.isVisibleTo(bar)
    story.past.look_at(2**60, 1)
    story.until(lambda: bool(story.past.busy))
    story.until(story.action("time.present").isEnabled)
    story.key(Qt.Key.Key_Escape)
    story.until(lambda: not story.past.busy)
    story.pause_vm(story.running()[0])


def test_rewinding_today_s_maximum_in_the_window(story: Story) -> None:
    story.window.doings.open_sample("todays-maximum")
    story.until(lambda: story.house.bridge is not None and len(story.house.bridge.cluster.vms) == 8_000)
    story.until(lambda: story.bridge.timeline is not None)
    panes = story.window.panes
    assert panes is not None
    panes.reveal(Ref(Kind.SERVICES))
    vm = story.running()[4_000]
    panes.reveal(vm_ref(vm))
    story.play_to(10)
    story.pause_vm(vm)
    story.play_to(20)
    chosen = panes.inventory.tree.refs()
    story.look_at(5 * NANOSECONDS)
    assert story.vm(vm).state is VmState.RUNNING
    assert panes.inventory.tree.refs() == chosen
    assert panes.model.index_of_ref(vm_ref(vm)).siblingAtColumn(1).data() == "Running"
    story.past.return_to_present()
    story.until(story.is_present)
    assert story.vm(vm).state is VmState.PAUSED
    assert panes.model.index_of_ref(vm_ref(vm)).siblingAtColumn(1).data() == "Paused"
