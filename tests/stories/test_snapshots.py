"""Snapshots through the window: taken, gone back to, renamed, deleted; the tree with Now, and what is to be merged."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialog, QPushButton, QTreeWidgetItem
from pytestqt.qtbot import QtBot

from hvgui.cluster.cluster import ClusterRecord
from hvgui.cluster.ids import VmId
from hvgui.cluster.machines import VmState
from hvgui.gui.application import House
from hvgui.gui.bridge import Bridge
from hvgui.gui.objects import vm_ref
from hvgui.gui.snapshots.dialogs import AskSnapshotDialog, NameSnapshotDialog, SnapshotSettingsDialog
from hvgui.gui.snapshots.tab import SnapshotsTab
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
    assert "system0_0002.avhd" in tab.chain.toPlainText().splitlines()[0]
    # Back, and on in another branch.
    _choose(tab, "clean")
    qtbot.mouseClick(tab.buttons["apply"], Qt.MouseButton.LeftButton)
    dialog = _dialog(house, AskSnapshotDialog)
    assert not dialog.first.isEnabled()
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
    _apply(qtbot, _dialog(house, AskSnapshotDialog))
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
    _apply(qtbot, _dialog(house, AskSnapshotDialog))
    qtbot.waitUntil(lambda: "Merge pending: 1 deleted snapshot" in tab.chain.toPlainText(), timeout=_LONG_MS)
    assert _rows(tab) == ["Now"]
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
    dialog = _dialog(house, AskSnapshotDialog)
    dialog.first.setChecked(True)
    _apply(qtbot, dialog)
    qtbot.waitUntil(lambda: len(vms[VM].snapshots) == 2 and vms[VM].current_snapshot == 1, timeout=_LONG_MS)
    qtbot.waitUntil(lambda: len(_rows(tab)) == 3 and _rows(tab)[-1] == "  Now", timeout=_LONG_MS)
