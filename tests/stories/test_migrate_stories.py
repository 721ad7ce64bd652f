"""Whole tales through the migrate dialog, on a real session: what is forecast is what happens, and who notices."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import msgspec
import pytest
from PySide6.QtCore import QEvent
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from hvgui.cluster.clients import Clients, VideoStream
from hvgui.cluster.cluster import ClusterRecord
from hvgui.cluster.ids import NodeId, VmId
from hvgui.cluster.memory import GuestMemory, MemoryRegion, MemorySettings, WritePattern
from hvgui.cluster.networks import Link
from hvgui.cluster.profiles import Profile
from hvgui.cluster.tasks import TaskKind, TaskState
from hvgui.cluster.units import GIB, MIB
from hvgui.exchange.samples import sample
from hvgui.gui.bridge import Bridge
from hvgui.gui.graphs.colours import Role
from hvgui.gui.graphs.history import history_of
from hvgui.gui.migrate.comparison import ComparisonDialog, open_comparison
from hvgui.gui.migrate.dialog import MigrateDialog, open_migrate_dialog
from hvgui.lab.frames import AS_FAST_AS_POSSIBLE
from hvgui.lab.session import Session
from hvgui.requests.faults import CrashNode, CutLink
from small_cluster import small_record, small_vm

FAST = 60.0
PATIENCE_MS = 40_000
"""For what takes a moment on a quiet machine and some on a busy one."""


class Office:
    """A window with a lab of its own that runs; and someone who migrates."""

    def __init__(self, qtbot: QtBot, record: ClusterRecord, path: Path) -> None:
        self.qtbot = qtbot
        self.session = Session.new(record, path=path)
        self.bridge = Bridge(self.session)
        history_of(self.bridge)
        self.window = QWidget()
        self.window.show()
        self.session.start()
        self.bridge.start()

    def open(self, vms: int = 1, kind: TaskKind = TaskKind.LIVE_MIGRATION) -> MigrateDialog:
        chosen = tuple(VmId(n) for n in range(vms))
        dialog = open_migrate_dialog(self.window, self.bridge, chosen, kind, None)
        assert isinstance(dialog, MigrateDialog)
        return dialog

    def until(self, condition: Callable[[], bool]) -> None:
        self.qtbot.waitUntil(condition, timeout=PATIENCE_MS)

    def forecast(self, dialog: MigrateDialog) -> None:
        """Waits for the forecast of what the form says."""
        self.until(lambda: bool(dialog.page.startable()) and dialog.page.startable()[0].forecast is not None)

    def play(self, speed: float = FAST) -> None:
        self.session.set_speed(speed)
        self.session.play()

    def go(self, dialog: MigrateDialog, speed: float = FAST) -> None:
        """Presses Migrate and waits for every result."""
        dialog.migrate_button.click()
        self.play(speed)
        self.until(lambda: dialog.runs is not None and dialog.runs.are_over)

    def leave(self) -> None:
        self.window.close()
        self.window.deleteLater()
        self.bridge.stop()
        self.session.close()
        self.bridge.deleteLater()
        QApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)


@pytest.fixture
def office(qtbot: QtBot, tmp_path: Path) -> Iterator[Callable[[ClusterRecord], Office]]:
    made: list[Office] = []

    def furnish(record: ClusterRecord) -> Office:
        made.append(Office(qtbot, record, tmp_path / f"{len(made)}.hvlab"))
        return made[-1]

    yield furnish
    for one in made:
        one.leave()


def writing_vm(working_set_bytes: int, bytes_per_second: float) -> ClusterRecord:
    """A VM of 2 GB that writes at random in a working set, watched by one viewer."""
    region = MemoryRegion("heap", working_set_bytes, bytes_per_second, WritePattern.RANDOM)
    memory = GuestMemory(MemorySettings(startup_bytes=2 * GIB), (region,))
    clients = Clients(connections=6, video=VideoStream())
    vm = msgspec.structs.replace(small_vm(gigabytes=2), memory=memory, clients=clients)
    return small_record((vm,))


def test_a_live_migration_comes_as_forecast_and_nobody_notices(office: Callable[[ClusterRecord], Office]) -> None:
    room = office(sample("article-lab"))
    dialog = room.open()
    room.forecast(dialog)
    assert dialog.page.forecast.verdict.text() == "Will converge; nobody will notice."
    room.go(dialog)
    assert dialog.view is not None
    lines = {line[0]: line for line in dialog.view.result.lines()}
    assert set(lines) == {"Duration", "Passes", "Blackout", "Data sent", "Video stream", "Connections"}
    assert [lines[name][3] for name in ("Duration", "Passes", "Data sent")] == ["✓ yes"] * 3
    assert lines["Video stream"][2] == "no stall"
    assert lines["Connections"][2] == "none broken"


def test_the_quick_migration_of_the_same_machine_is_noticed(office: Callable[[ClusterRecord], Office]) -> None:
    room = office(sample("article-lab"))
    dialog = room.open(kind=TaskKind.QUICK_MIGRATION)
    room.forecast(dialog)
    assert dialog.page.forecast.verdict.text().startswith("Users will notice")
    room.go(dialog)
    assert dialog.view is not None
    lines = {line[0]: line for line in dialog.view.result.lines()}
    assert all(line[3] == "✓ yes" for line in lines.values())
    assert lines["Video stream"][2].startswith("stalled")
    assert lines["Connections"][2] == "4 broken"
    panel = dialog.view.panel
    assert panel is not None
    panel.refresh()
    drawing = panel.stream.drawing
    assert drawing is not None
    assert {band.role for band in drawing.bands} == {Role.BLACKOUT, Role.STALL}


def test_a_working_set_that_outruns_the_link_is_foretold_with_its_blackout(
    office: Callable[[ClusterRecord], Office],
) -> None:
    room = office(writing_vm(1 * GIB, 4e9))
    dialog = room.open()
    room.forecast(dialog)
    assert dialog.page.forecast.verdict.text().startswith("Will not converge: blackout about 9")
    assert dialog.migrate_button.isEnabled()
    room.go(dialog)
    assert dialog.view is not None
    blackout = next(line for line in dialog.view.result.lines() if line[0] == "Blackout")
    assert blackout[3] == "✓ yes"


def test_on_a_hundred_megabit_the_dialog_warns_beforehand(office: Callable[[ClusterRecord], Office]) -> None:
    record = writing_vm(8 * MIB, 1e6)
    slow = tuple(Link(link.node, link.network, bytes_per_second=12.5e6) for link in record.links)
    room = office(msgspec.structs.replace(record, links=slow))
    dialog = room.open()
    assert any("100 Mbit/s" in sentence for sentence in dialog.page.notices.sentences())
    room.forecast(dialog)


def test_as_fast_as_possible_no_migration_is_lost_between_two_frames(office: Callable[[ClusterRecord], Office]) -> None:
    room = office(writing_vm(64 * MIB, 20e6))
    dialog = room.open()
    room.go(dialog, AS_FAST_AS_POSSIBLE)
    assert dialog.view is not None
    panel = dialog.view.panel
    assert panel is not None
    panel.refresh()
    drawing = panel.memory.drawing
    assert drawing is not None
    task = panel.shown_task()
    assert task is not None
    assert task.result is not None
    passes = [band for band in drawing.bands if band.role is Role.STEP]
    assert len(passes) == task.result.passes
    assert any(band.role is Role.BLACKOUT for band in drawing.bands)


def test_a_migration_that_is_cancelled_runs_on_at_its_source(office: Callable[[ClusterRecord], Office]) -> None:
    room = office(writing_vm(64 * MIB, 20e6))
    dialog = room.open()
    dialog.migrate_button.click()
    room.play(4.0)
    room.until(dialog.cancel_button.isEnabled)
    dialog.cancel_button.click()
    room.until(lambda: dialog.runs is not None and dialog.runs.are_over)
    assert dialog.runs is not None
    last = dialog.runs.runs[0].last
    assert last is not None
    assert last.state is TaskState.CANCELLED
    assert room.bridge.cluster.vms[VmId(0)].owner == NodeId(0)
    assert dialog.view is not None
    assert dialog.view.notices.sentences()[0].startswith("Cancelled")


@pytest.mark.parametrize("fault", ["link", "node"])
def test_a_fault_under_way_ends_in_a_sentence(office: Callable[[ClusterRecord], Office], fault: str) -> None:
    room = office(writing_vm(64 * MIB, 20e6))
    dialog = room.open()
    dialog.migrate_button.click()
    room.play(4.0)
    room.until(lambda: dialog.runs is not None and dialog.runs.runs[0].last is not None)
    if fault == "node":
        room.bridge.submit(CrashNode(node=NodeId(1)))
    else:
        for network in room.bridge.cluster.networks:
            room.bridge.submit(CutLink(node=NodeId(1), network=network))
    room.until(lambda: dialog.runs is not None and dialog.runs.are_over)
    assert dialog.view is not None
    assert dialog.view.notices.sentences()[0].startswith("Failed")


def test_several_machines_wait_for_each_other_and_each_gets_its_result(
    office: Callable[[ClusterRecord], Office],
) -> None:
    room = office(small_record(tuple(small_vm(n, gigabytes=1) for n in range(3)), nodes=3))
    dialog = room.open(vms=3)
    room.go(dialog, 200.0)
    assert dialog.view is not None
    assert dialog.view.list is not None
    assert all(dialog.view.list.words(VmId(n))[2].startswith("Succeeded in") for n in range(3))
    assert not room.bridge.cluster.vms_on(NodeId(0))


def test_all_of_several_can_be_cancelled_at_once(office: Callable[[ClusterRecord], Office]) -> None:
    room = office(small_record(tuple(small_vm(n, gigabytes=2) for n in range(3)), nodes=3))
    dialog = room.open(vms=3)
    dialog.migrate_button.click()
    room.play(2.0)
    room.until(lambda: dialog.runs is not None and all(run.last is not None for run in dialog.runs.runs))
    dialog.cancel_all_button.click()
    room.until(lambda: dialog.runs is not None and dialog.runs.are_over)
    assert len(room.bridge.cluster.vms_on(NodeId(0))) == 3
    assert dialog.cancel_all_button.isHidden()


def test_live_and_quick_stand_side_by_side_on_forks_and_as_they_happened(
    office: Callable[[ClusterRecord], Office],
) -> None:
    room = office(sample("article-lab"))
    dialog = open_comparison(room.window, room.bridge, VmId(0))
    assert isinstance(dialog, ComparisonDialog)
    live, quick = dialog.sides
    room.until(lambda: live.forecast is not None and quick.forecast is not None)
    assert live.verdict.text() == "Nobody notices."
    assert quick.verdict.text() == "Users notice."
    assert "no connection breaks" in live.figures.text()
    assert "the video stalls" in quick.figures.text()
    first, second = live.memory.drawing, quick.memory.drawing
    assert first is not None
    assert second is not None
    assert first.end_seconds == second.end_seconds, "one scale of time"
    assert room.bridge.cluster.vms[VmId(0)].owner == NodeId(0), "nothing has happened"
    migrating = room.open()
    room.go(migrating)
    room.until(lambda: live.source.count() == 2)
    live.source.setCurrentIndex(1)
    assert "as it happened" in live.source.currentText()
    assert live.verdict.text() == "Nobody notices."
    drawing = live.stream.drawing
    assert drawing is not None
    assert len(drawing.lines[0][0]) > 0, "the client's buffer as it was seen"


def test_a_platform_with_a_queue_of_its_own_says_nothing_of_ours(office: Callable[[ClusterRecord], Office]) -> None:
    record = writing_vm(8 * MIB, 1e6)
    features = msgspec.structs.replace(record.profile.features, queues_live_migrations=True)
    profile: Profile = msgspec.structs.replace(record.profile, features=features)
    room = office(msgspec.structs.replace(record, profile=profile))
    dialog = room.open()
    assert dialog.page.form.queue.isChecked()
    assert "hvgui" not in dialog.page.form.queue.text()
