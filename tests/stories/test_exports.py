"""Exports through the window: several at once a result each, room, configuration only, a snapshot, called off."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path

import pytest
from msgspec.structs import replace
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from hvgui.cluster.cluster import ClusterRecord
from hvgui.cluster.ids import VmId
from hvgui.cluster.machines import VirtualMachine, VmState
from hvgui.cluster.units import GIB
from hvgui.exchange.vhd.description import describe
from hvgui.gui.actions.table import BY_ID
from hvgui.gui.application import House
from hvgui.gui.copies import exports
from hvgui.gui.objects import vm_ref
from hvgui.gui.snapshots.tab import SnapshotsTab
from hvgui.gui.vhd import export_dialog
from hvgui.gui.vhd.export_dialog import ExportDialog
from hvgui.requests.snapshots import TakeSnapshot
from storage_labs import busy_guest, storage_record

_LONG_MS = 20_000
Furnish = Callable[[ClusterRecord], House]


@pytest.fixture
def into(tmp_path: Path) -> Path:
    """Beside the lab's own file."""
    folder = tmp_path / "exports"
    folder.mkdir()
    return folder


def _off(number: int) -> VirtualMachine:
    return replace(busy_guest(number), state=VmState.OFF, assigned_bytes=0)


def _open(qtbot: QtBot, house: House, *vms: int) -> ExportDialog:
    house.window.panes.inventory.tree.choose(vm_ref(vms[0]))  # type: ignore[union-attr]  # a lab is open
    house.window._take_chosen(tuple(vm_ref(one) for one in vms))
    action = house.window.board.actions["vm.export"]
    qtbot.waitUntil(action.isEnabled, timeout=_LONG_MS)
    action.trigger()
    return next(one for one in house.window.findChildren(ExportDialog) if one.isVisible())


def _rows(dialog: ExportDialog) -> list[tuple[str, str]]:
    items = [dialog.list.topLevelItem(row) for row in range(dialog.list.topLevelItemCount())]
    return [(item.text(0), item.text(3)) for item in items if item is not None]


def _go(qtbot: QtBot, dialog: ExportDialog) -> None:
    assert dialog.go.isEnabled(), dialog.about.text()
    qtbot.mouseClick(dialog.go, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: not dialog.work.is_busy, timeout=_LONG_MS)


def test_several_are_exported_and_each_has_its_result(qtbot: QtBot, furnished: Furnish, into: Path) -> None:
    house = furnished(storage_record(_off(0), busy_guest(1), _off(2)))
    dialog = _open(qtbot, house, 0, 1, 2)
    dialog.folder.setText(str(into))
    assert dict(_rows(dialog))["VM01"] == "VM01 is running: a VM is exported while it is off or saved."
    assert dict(_rows(dialog))["VM00"] == dict(_rows(dialog))["VM02"] == "ready"
    assert "1 can't be exported now" in dialog.about.text()
    assert "are free there" in dialog.about.text()
    _go(qtbot, dialog)
    assert dialog.told.text() == "2 virtual machines exported."
    assert dict(_rows(dialog))["VM02"] == f"Exported to {into / 'VM02'}."
    assert {one.name for one in into.iterdir()} == {"VM00", "VM02"}
    # Everything is there now: nothing more to do, and why.
    assert not dialog.go.isEnabled()
    dialog.reject()
    # The folder is remembered.
    again = _open(qtbot, house, 2)
    assert again.folder.text() == str(into)
    assert "exists already" in again.about.text()
    again.reject()


def test_configuration_alone_is_small(qtbot: QtBot, furnished: Furnish, into: Path) -> None:
    house = furnished(storage_record(_off(0)))
    dialog = _open(qtbot, house, 0)
    dialog.folder.setText(str(into))
    assert "1 disk file with 10 GB" in dialog.about.text()
    dialog.only.setChecked(True)
    assert "0 disk files with 0 B" in dialog.about.text()
    _go(qtbot, dialog)
    assert not list((into / "VM00" / "Virtual Hard Disks").iterdir())
    assert list((into / "VM00" / "Virtual Machines").glob("*.xml"))
    dialog.reject()


def test_too_little_room_is_said_beforehand(
    qtbot: QtBot, furnished: Furnish, into: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    house = furnished(storage_record(_off(0)))
    monkeypatch.setattr(export_dialog, "_free_bytes", lambda _folder: 1000)
    dialog = _open(qtbot, house, 0)
    dialog.folder.setText(str(into))
    assert "has 0.98 KB free, and about" in dialog.about.text()
    assert not dialog.go.isEnabled()
    assert dialog.go.toolTip() == dialog.about.text()
    dialog.reject()


def test_called_off_what_is_whole_stays_and_the_rest_leaves_no_trace(
    qtbot: QtBot, furnished: Furnish, into: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    house = furnished(storage_record(_off(0), _off(1)))
    dialog = _open(qtbot, house, 0, 1)
    dialog.folder.setText(str(into))
    second, go_on = threading.Event(), threading.Event()
    write = exports.export_vm

    def waiting(plan, into, *, watch):  # type: ignore[no-untyped-def]  # stands in for export_vm
        if plan.vm.name == "VM01":
            second.set()
            assert go_on.wait(20)
        return write(plan, into, watch=watch)

    monkeypatch.setattr(exports, "export_vm", waiting)
    qtbot.mouseClick(dialog.go, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(second.is_set, timeout=_LONG_MS)
    # Half of it is written: how long the other half will take is known.
    qtbot.waitUntil(lambda: "left" in dialog.bar.format(), timeout=_LONG_MS)
    qtbot.mouseClick(dialog.cancel, Qt.MouseButton.LeftButton)
    go_on.set()
    qtbot.waitUntil(lambda: not dialog.work.is_busy, timeout=_LONG_MS)
    assert dict(_rows(dialog)) == {
        "VM00": f"Exported to {into / 'VM00'}.",
        "VM01": "Called off; nothing of it is left.",
    }
    assert [one.name for one in into.iterdir()] == ["VM00"]
    dialog.reject()


def test_one_snapshot_of_a_vm_that_runs_is_exported(qtbot: QtBot, furnished: Furnish, into: Path) -> None:
    house = furnished(storage_record(busy_guest(0)))
    bridge = house.bridge
    assert bridge is not None
    bridge.session.set_speed(600.0)
    bridge.session.play()
    vms = bridge.cluster.vms
    for number, name in enumerate(("clean", "patched"), start=1):
        bridge.submit(TakeSnapshot(VmId(0), name))
        qtbot.waitUntil(
            lambda number=number: len(vms[VmId(0)].snapshots) == number and vms[VmId(0)].task is None,  # type: ignore[misc]  # bound early
            timeout=_LONG_MS,
        )
    panes = house.window.panes
    assert panes is not None
    panes.reveal(vm_ref(VmId(0)))
    tab = panes.details.findChild(SnapshotsTab)
    assert tab is not None
    panes.details.tabs.setCurrentWidget(tab)
    anywhere = Qt.MatchFlag.MatchExactly | Qt.MatchFlag.MatchRecursive
    tab.tree.setCurrentItem(tab.tree.findItems("Now", anywhere)[0])
    assert tab.buttons["export"].toolTip() == "Choose a snapshot in the tab Snapshots of VM00 first."
    assert not tab.buttons["export"].isEnabled()
    tab.tree.setCurrentItem(tab.tree.findItems("patched", anywhere)[0])
    choices = BY_ID["vm.snapshots"].choices
    assert choices is not None
    assert "Export 'patched'..." in [one.title for one in choices(house.window.desk) if not one.reason]
    qtbot.mouseClick(tab.buttons["export"], Qt.MouseButton.LeftButton)
    dialog = next(one for one in house.window.findChildren(ExportDialog) if one.isVisible())
    dialog.folder.setText(str(into))
    assert dialog.windowTitle() == "Export VM00 - patched"
    _go(qtbot, dialog)
    assert dialog.told.text() == f"Exported to {into / 'VM00 - patched'}."
    disks = sorted(one.name for one in (into / "VM00 - patched").rglob("*.*vhd"))
    assert disks == ["system0.vhd", "system0_0001.avhd"]
    chain = describe(into / "VM00 - patched" / "Snapshots" / "system0_0001.avhd")
    assert chain.size_bytes == 40 * GIB
    assert vms[VmId(0)].state is VmState.RUNNING
    dialog.reject()
