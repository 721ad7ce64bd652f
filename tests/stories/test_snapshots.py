"""Snapshots through the window: taken, gone back to, renamed, deleted; the tree with Now, and what is to be merged."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialog, QPushButton, QTreeWidgetItem
from pytestqt.qtbot import QtBot

from hvgui.cluster.cluster import ClusterRecord
from hvgui.cluster.ids import TaskId, VmId
from hvgui.cluster.machines import VmState
from hvgui.cluster.snapshots import shown
from hvgui.cluster.tasks import TaskKind
from hvgui.cluster.units import GIB
from hvgui.gui.actions.table import BY_ID
from hvgui.gui.application import House
from hvgui.gui.bridge import Bridge
from hvgui.gui.objects import vm_ref
from hvgui.gui.snapshots.apply_dialog import ApplyDialog
from hvgui.gui.snapshots.dialogs import DeleteDialog, NameSnapshotDialog, SnapshotSettingsDialog
from hvgui.gui.snapshots.tab import SnapshotsTab
from hvgui.requests.lifecycle import TurnOffVm
from hvgui.requests.snapshots import ApplySnapshot, DeleteSnapshot, TakeSnapshot
from snapshot_labs import machine, snapshot_lab
from storage_labs import busy_guest, storage_record

_LONG_MS = 20_000
VM = VmId(0)
Furnish = Callable[[ClusterRecord], House]
D = TypeVar("D", bound=QDialog)


def _bridge(house: House) -> Bridge:
    assert house.bridge is not None
    return house.bridge


def _tab(house: House) -> SnapshotsTab:
    panes = house.window.panes
    assert panes is not None
    panes.reveal(vm_ref(VM))
    tabs = panes.details.tabs
    names = [tabs.tabText(number) for number in range(tabs.count())]
    tabs.setCurrentIndex(names.index("Snapshots"))
    return panes.details.findChildren(SnapshotsTab)[0]


def _dialog(house: House, kind: type[D]) -> D:
    return [one for one in house.window.findChildren(kind) if one.isVisible()][-1]


def _apply(qtbot: QtBot, dialog: QDialog) -> None:
    button = dialog.findChild(QPushButton, "apply")
    assert button is not None
    assert button.isEnabled()
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton)


def _rows(tab: SnapshotsTab) -> list[str]:
    """The tree, each name indented by its depth."""

    def below(item: QTreeWidgetItem, depth: int) -> list[str]:
        found = ["  " * depth + item.text(0)]
        for row in range(item.childCount()):
            found += below(item.child(row), depth + 1)
        return found

    tops = [tab.tree.topLevelItem(row) for row in range(tab.tree.topLevelItemCount())]
    return [line for top in tops if top is not None for line in below(top, 0)]


def _take(qtbot: QtBot, house: House, tab: SnapshotsTab, name: str) -> None:
    count = len(_bridge(house).cluster.vms[VM].snapshots)
    qtbot.mouseClick(tab.buttons["take"], Qt.MouseButton.LeftButton)
    dialog = _dialog(house, NameSnapshotDialog)
    dialog.line.setText(name)
    _apply(qtbot, dialog)
    vms = _bridge(house).cluster.vms
    qtbot.waitUntil(lambda: len(vms[VM].snapshots) == count + 1 and vms[VM].task is None, timeout=_LONG_MS)
    qtbot.waitUntil(lambda: any(name in row for row in _rows(tab)), timeout=_LONG_MS)


def _choose(tab: SnapshotsTab, name: str) -> None:
    found = tab.tree.findItems(name, Qt.MatchFlag.MatchExactly | Qt.MatchFlag.MatchRecursive)
    tab.tree.setCurrentItem(found[0])


def test_a_tree_grows_branches_and_is_pruned(qtbot: QtBot, furnished: Furnish) -> None:
    house = furnished(storage_record(busy_guest()))
    bridge = _bridge(house)
    bridge.session.set_speed(600.0)
    bridge.session.play()
    tab = _tab(house)
    vms = bridge.cluster.vms
    assert not tab.empty.isHidden()
    assert "no snapshot to go back to" in tab.buttons["revert"].toolTip()
    _take(qtbot, house, tab, "clean")
    _take(qtbot, house, tab, "patched")
    assert _rows(tab) == ["clean", "  patched", "    Now"]
    files = tab.chain.texts()
    assert [row[:3] for row in files[1:4]] == [
        ["system0.vhd", "clean", "dynamic"],
        ["system0_0001.avhd", "patched", "differencing"],
        ["system0_0002.avhd", "Now", "differencing"],
    ]
    # Back, and on in another branch.
    _choose(tab, "clean")
    qtbot.mouseClick(tab.buttons["apply"], Qt.MouseButton.LeftButton)
    dialog = _dialog(house, ApplyDialog)
    assert "becomes as it was in 'clean'" in dialog.about.text()
    assert "loses all that has happened" in dialog.about.text()
    qtbot.waitUntil(lambda: "Takes effect at once" in dialog.forecast.lines[1].text(), timeout=_LONG_MS)
    assert "2 GB of memory are written" in dialog.forecast.lines[0].text()
    _apply(qtbot, dialog)
    qtbot.waitUntil(lambda: vms[VM].state is VmState.SAVED, timeout=_LONG_MS)
    qtbot.waitUntil(lambda: _rows(tab) == ["clean", "  patched", "  Now"], timeout=_LONG_MS)
    _choose(tab, "patched")
    qtbot.keyClick(tab, Qt.Key.Key_F2)
    rename = _dialog(house, NameSnapshotDialog)
    rename.line.setText("July patches")
    _apply(qtbot, rename)
    qtbot.waitUntil(lambda: "  July patches" in _rows(tab), timeout=_LONG_MS)
    qtbot.mouseClick(tab.buttons["settings"], Qt.MouseButton.LeftButton)
    settings = _dialog(house, SnapshotSettingsDialog)
    assert ("Startup memory", "2 GB") in settings.lines
    settings.reject()
    # Deleted: at once where nobody builds on it.
    _choose(tab, "July patches")
    qtbot.keyClick(tab, Qt.Key.Key_Delete)
    _apply(qtbot, _dialog(house, DeleteDialog))
    qtbot.waitUntil(lambda: _rows(tab) == ["clean", "  Now"], timeout=_LONG_MS)
    assert len(vms[VM].snapshots) == 1


def test_a_merge_waits_until_the_vm_is_off(qtbot: QtBot, furnished: Furnish) -> None:
    house = furnished(storage_record(busy_guest(growth=5e6)))
    bridge = _bridge(house)
    bridge.session.set_speed(600.0)
    bridge.session.play()
    tab = _tab(house)
    vms = bridge.cluster.vms
    _take(qtbot, house, tab, "before")
    _choose(tab, "before")
    qtbot.mouseClick(tab.buttons["delete"], Qt.MouseButton.LeftButton)
    dialog = _dialog(house, DeleteDialog)
    qtbot.waitUntil(lambda: "Its files wait to be merged" in dialog.forecast.lines[0].text(), timeout=_LONG_MS)
    assert "Merging moves" in dialog.forecast.lines[0].text()
    _apply(qtbot, dialog)
    qtbot.waitUntil(lambda: "Merge pending: 1 deleted snapshot" in tab.chain.total.text(), timeout=_LONG_MS)
    assert _rows(tab) == ["before (deleted, merge pending)", "  Now"]
    _choose(tab, "before (deleted, merge pending)")
    assert not tab.buttons["apply"].isEnabled()
    assert "'before' is deleted" in tab.buttons["apply"].toolTip()
    house.window.board.actions["vm.shut-down"].trigger()
    qtbot.waitUntil(lambda: not vms[VM].snapshots, timeout=_LONG_MS)
    qtbot.waitUntil(lambda: not tab.empty.isHidden(), timeout=_LONG_MS)
    assert vms[VM].disks[0].path.endswith("system0.vhd")


def test_reverted_with_a_snapshot_of_now_first(qtbot: QtBot, furnished: Furnish) -> None:
    house = furnished(storage_record(busy_guest()))
    bridge = _bridge(house)
    vms = bridge.cluster.vms
    panes = house.window.panes
    assert panes is not None
    panes.reveal(vm_ref(VM))
    bridge.session.set_speed(600.0)
    bridge.session.play()
    house.window.board.actions["vm.shut-down"].trigger()
    qtbot.waitUntil(lambda: vms[VM].state is VmState.OFF, timeout=_LONG_MS)
    tab = _tab(house)
    _take(qtbot, house, tab, "one")
    qtbot.waitUntil(house.window.board.actions["vm.revert"].isEnabled, timeout=_LONG_MS)
    house.window.board.actions["vm.revert"].trigger()
    dialog = _dialog(house, ApplyDialog)
    assert dialog.take_first.text() == "&Take Snapshot and Revert"
    qtbot.mouseClick(dialog.take_first, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: len(vms[VM].snapshots) == 2 and vms[VM].current_snapshot == 1, timeout=_LONG_MS)
    qtbot.waitUntil(lambda: len(_rows(tab)) == 3 and _rows(tab)[-1] == "  Now", timeout=_LONG_MS)


def _played(house: House, speed: float = 600.0) -> None:
    session = _bridge(house).session
    session.set_speed(speed)
    session.play()


def test_taken_and_applied_while_it_runs_and_cancelled_in_between(qtbot: QtBot, furnished: Furnish) -> None:
    house = furnished(storage_record(busy_guest()))
    _played(house)
    tab, vms, tasks = _tab(house), _bridge(house).cluster.vms, _bridge(house).cluster.tasks
    _take(qtbot, house, tab, "clean")
    _choose(tab, "clean")
    # Slowly now: the memory is on its way for 17 seconds.
    _played(house, 2.0)
    qtbot.keyClick(tab, Qt.Key.Key_Return)
    dialog = _dialog(house, ApplyDialog)
    qtbot.waitUntil(lambda: bool(dialog.forecast.lines) and "2 GB" in dialog.forecast.lines[0].text(), timeout=_LONG_MS)
    qtbot.mouseClick(dialog.take_first, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: vms[VM].task is not None, timeout=_LONG_MS)
    task = tasks[vms[VM].task]
    assert task.kind is TaskKind.APPLY_SNAPSHOT
    house.window.board.refresh()
    house.window.board.actions["vm.cancel-snapshot"].trigger()
    qtbot.waitUntil(lambda: vms[VM].task is None, timeout=_LONG_MS)
    assert (len(vms[VM].snapshots), vms[VM].state) == (1, VmState.RUNNING)
    # Once more, to the end.
    _choose(tab, "clean")
    qtbot.waitUntil(tab.buttons["apply"].isEnabled, timeout=_LONG_MS)
    qtbot.mouseClick(tab.buttons["apply"], Qt.MouseButton.LeftButton)
    qtbot.mouseClick(_dialog(house, ApplyDialog).take_first, Qt.MouseButton.LeftButton)
    _played(house)
    qtbot.waitUntil(lambda: vms[VM].state is VmState.SAVED, timeout=_LONG_MS)
    qtbot.waitUntil(lambda: len(_rows(tab)) == 3, timeout=_LONG_MS)
    assert _rows(tab)[0] == "clean"
    assert _rows(tab)[2] == "  Now"


def test_a_merge_gives_way_to_a_start_is_called_off_and_asked_for(qtbot: QtBot, furnished: Furnish) -> None:
    house = furnished(storage_record(busy_guest(growth=20e6)))
    _played(house)
    tab, vms, board = _tab(house), _bridge(house).cluster.vms, house.window.board
    _take(qtbot, house, tab, "before")
    qtbot.waitUntil(lambda: vms[VM].disks[0].file_bytes > 4 * GIB, timeout=_LONG_MS)
    _bridge(house).session.submit(DeleteSnapshot(VM, 1)).result(20)
    _played(house, 2.0)
    _bridge(house).session.submit(TurnOffVm(VM)).result(20)
    qtbot.waitUntil(lambda: _merges(house), timeout=_LONG_MS)
    model = house.window.panes.tasks.model() if house.window.panes is not None else None
    assert model is not None
    texts = lambda: " ".join(str(model.index(0, column).data()) for column in range(model.columnCount()))  # noqa: E731
    qtbot.waitUntil(lambda: "Merging snapshots: " in texts() and " %" in texts(), timeout=_LONG_MS)
    assert "Cancel" in texts()
    qtbot.waitUntil(board.actions["vm.start"].isEnabled, timeout=_LONG_MS)
    board.actions["vm.start"].trigger()
    qtbot.waitUntil(lambda: vms[VM].state is VmState.STARTING, timeout=_LONG_MS)
    assert vms[VM].snapshots
    _played(house)
    qtbot.waitUntil(lambda: vms[VM].state is VmState.RUNNING, timeout=_LONG_MS)
    _played(house, 2.0)
    _bridge(house).session.submit(TurnOffVm(VM)).result(20)
    qtbot.waitUntil(lambda: _merges(house), timeout=_LONG_MS)
    board.refresh()
    board.actions["vm.cancel-snapshot"].trigger()
    qtbot.waitUntil(lambda: vms[VM].task is None, timeout=_LONG_MS)
    qtbot.waitUntil(lambda: "Somebody has cancelled the merge" in tab.chain.total.text(), timeout=_LONG_MS)
    board.refresh()
    board.actions["vm.merge-snapshots"].trigger()
    _played(house)
    qtbot.waitUntil(lambda: not vms[VM].snapshots, timeout=_LONG_MS)


def _merges(house: House) -> bool:
    cluster = _bridge(house).cluster
    task = cluster.tasks.get(cluster.vms[VM].task or TaskId(-1))
    return task is not None and task.kind is TaskKind.MERGE


def _orchard() -> ClusterRecord:
    """A VM that is off with 50 snapshots in ten branches."""
    lab = snapshot_lab()
    for branch in range(10):
        if branch:
            lab.ask(ApplySnapshot(VM, machine(lab).snapshots[branch * 3 - 1].id))
        for number in range(5):
            lab.ask(TakeSnapshot(VM, f"branch {branch}, {number}"))
    return lab.world.cluster.record()


def test_fifty_in_ten_branches_with_chains_marked_and_keys(qtbot: QtBot, furnished: Furnish) -> None:
    house = furnished(_orchard())
    house.window.resize(1280, 800)
    tab, vms = _tab(house), _bridge(house).cluster.vms
    assert len(_rows(tab)) == 51
    assert "has 50 snapshots" in tab.buttons["take"].toolTip()
    tree = tab.tree
    deepest = max(len(row) - len(row.lstrip()) for row in _rows(tab)) // 2
    assert tree.indentation() * deepest <= 200
    # The chain of what is chosen is strong.
    _choose(tab, "branch 1, 0")
    strong = [item.text(1) for item, _ in tab.chain._rows if item.font(0).bold()]
    assert strong == ["branch 0, 0", "branch 0, 1", "branch 0, 2", "branch 1, 0"]
    frees = {row[1]: row[5] for row in tab.chain.texts()}
    assert frees["branch 0, 2"] == "2 branches"
    assert frees["Now"] == ""
    assert tab.grab().toImage().width() > 0
    # The command palette and the menu know which one is chosen.
    board = house.window.board
    assert board.desk.snapshot is not None
    choices = {one.title: one.reason for one in BY_ID["vm.snapshots"].choices(board.desk)}  # type: ignore[misc]
    assert choices["Delete 'branch 1, 0'..."] == ""
    qtbot.keyClick(tab.tree, Qt.Key.Key_Delete)
    _apply(qtbot, _dialog(house, DeleteDialog))
    _played(house)
    qtbot.waitUntil(lambda: len(shown(vms[VM].snapshots)) == 49, timeout=_LONG_MS)
    _choose(tab, "Now")
    choices = {one.title: one.reason for one in BY_ID["vm.snapshots"].choices(board.desk)}  # type: ignore[misc]
    assert "Choose a snapshot in the tab" in choices["Apply..."]
