"""Storage as a person works with it: disks hot-added and found again, volumes made, paths cut, a volume in maintenance,
four migrations compared; on the small business with the engine running."""

from __future__ import annotations

from typing import TypeVar

from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QDialog, QMenu, QPushButton, QRadioButton, QTreeWidget
from pytestqt.qtbot import QtBot

from by_hand import choose, give, in_sight, press
from hvgui.cluster.guest_view import guest_disks
from hvgui.cluster.ids import LunId, SanId, VmId, VolumeId
from hvgui.cluster.machines import VmState
from hvgui.cluster.storage import Controller, DiskKind, LunUse, Slot, VolumeState
from hvgui.cluster.storage_access import volume_state
from hvgui.gui.application import House
from hvgui.gui.disks.add_dialog import AddDisksDialog
from hvgui.gui.disks.disk_bars import Chosen
from hvgui.gui.disks.guest_dialogs import InitialiseDialog, VolumeDialog
from hvgui.gui.disks.management import DiskManagement
from hvgui.gui.disks.remove_dialog import RemoveDiskDialog
from hvgui.gui.objects import Kind, Ref, disk_ref, node_ref, vm_ref
from hvgui.gui.storage.add_storage_dialog import AddStorageDialog
from hvgui.gui.storage.four_ways import FourWaysDialog
from hvgui.gui.storage.lun_dialog import LunDialog

_LONG_MS = 20_000
SAMPLE = "small-business"
"""What the fixture `house` opens."""
FIRST_FREE: Slot = (Controller.SCSI, 0, 1)


def _sql(house: House) -> VmId:
    assert house.bridge is not None
    return next(vm.id for vm in house.bridge.cluster.vms.values() if vm.name == "SQL01")


D = TypeVar("D", bound=QDialog)


def _guest_menu(dialog: DiskManagement, chosen: Chosen, title: str) -> None:
    dialog.bars.choose(chosen)
    menu = dialog.menu_for(chosen)
    action = next(one for one in menu.actions() if one.text().startswith(title))
    assert action.isEnabled(), action.toolTip()
    action.trigger()
    menu.deleteLater()


def test_a_disk_is_added_used_removed_and_found_again(qtbot: QtBot, house: House) -> None:
    assert house.bridge is not None
    cluster, vm = house.bridge.cluster, _sql(house)
    choose(house, vm_ref(vm))
    give(house, "vm.add-disk")
    dialog = in_sight(house, AddDisksDialog)
    dialog.form.name.setText("journal")
    dialog.form.size_line.setText("20 GB")
    press(qtbot, dialog, "add all")
    qtbot.waitUntil(lambda: len(cluster.vms[vm].disks) == 3, timeout=_LONG_MS)
    assert cluster.vms[vm].state is VmState.RUNNING
    assert cluster.vms[vm].disks[-1].slot == FIRST_FREE
    # In the guest: not initialised, then a volume of its own.
    give(house, "vm.disk-management")
    management = in_sight(house, DiskManagement)
    qtbot.waitUntil(lambda: management.bars.disk(2) is not None, timeout=_LONG_MS)
    _guest_menu(management, Chosen(2), "Initialise disk")
    press(qtbot, in_sight(house, InitialiseDialog), "apply")
    qtbot.waitUntil(lambda: guest_disks(cluster.vms[vm])[2].contents.style is not None, timeout=_LONG_MS)
    qtbot.waitUntil(lambda: _shows(management, 2, initialised=True), timeout=_LONG_MS)
    _guest_menu(management, Chosen(2, 0), "New simple volume")
    volume = in_sight(house, VolumeDialog)
    volume.label.setText("Journal")
    volume.access.how.setCurrentIndex(volume.access.how.findData("J"))
    press(qtbot, volume, "apply")
    qtbot.waitUntil(lambda: _letters(house, vm) == ["C", "E", "J"], timeout=_LONG_MS)
    qtbot.waitUntil(lambda: management.volumes.topLevelItemCount() == 4, timeout=_LONG_MS)
    # Out and in again.
    house.window.desk.refs = (disk_ref(vm, FIRST_FREE),)
    house.window.board.refresh()
    give(house, "disk.remove")
    press(qtbot, in_sight(house, RemoveDiskDialog), "apply")
    qtbot.waitUntil(lambda: len(cluster.detached_disks) == 1, timeout=_LONG_MS)
    assert _letters(house, vm) == ["C", "E"]
    house.window.desk.refs = (vm_ref(vm),)
    house.window.board.refresh()
    give(house, "vm.add-disk")
    dialog = in_sight(house, AddDisksDialog)
    dialog.form.source.setCurrentIndex(1)
    qtbot.mouseClick(dialog.grid, Qt.MouseButton.LeftButton, pos=dialog.grid.place_of((Controller.SCSI, 0, 9)).center())
    press(qtbot, dialog, "add all")
    qtbot.waitUntil(lambda: _letters(house, vm) == ["C", "E", "J"], timeout=_LONG_MS)
    assert cluster.vms[vm].disks[-1].slot == (Controller.SCSI, 0, 9)
    management.close()


def _shows(management: DiskManagement, number: int, *, initialised: bool) -> bool:
    disk = management.bars.disk(number)
    return disk is not None and (disk.contents.style is not None) == initialised


def _letters(house: House, vm: VmId) -> list[str]:
    assert house.bridge is not None
    disks = guest_disks(house.bridge.cluster.vms[vm])
    return sorted(part.letter for disk in disks for part in disk.contents.partitions if part.letter)


def test_several_disks_at_once_a_fixed_one_with_progress_and_cancel(qtbot: QtBot, house: House) -> None:
    assert house.bridge is not None
    cluster, vm = house.bridge.cluster, _sql(house)
    choose(house, vm_ref(vm))
    give(house, "vm.add-disk")
    dialog = in_sight(house, AddDisksDialog)
    dialog.form.kind.setCurrentIndex(1)
    dialog.form.size_line.setText("200 GB")
    dialog.add_another()
    assert [dialog.list.item(row).text() for row in range(2)] == ["SQL01-disk3, 200 GB", "SQL01-disk4, 100 GB"]
    qtbot.waitUntil(lambda: "akes about" in dialog.forecast.text(), timeout=_LONG_MS)
    press(qtbot, dialog, "add all")
    qtbot.waitUntil(lambda: len(cluster.tasks) == 1, timeout=_LONG_MS)
    give(house, "time.play")
    assert house.window.panes is not None
    qtbot.waitUntil(lambda: house.window.panes.task_model.rowCount() == 1, timeout=_LONG_MS)  # type: ignore[union-attr]
    give(house, "vm.cancel-disks")
    qtbot.waitUntil(lambda: not cluster.tasks, timeout=_LONG_MS)
    assert len(cluster.vms[vm].disks) == 2


def test_what_cannot_be_chosen_says_why(qtbot: QtBot, house: House) -> None:
    assert house.bridge is not None
    vm = _sql(house)
    choose(house, vm_ref(vm))
    give(house, "vm.add-disk")
    dialog = in_sight(house, AddDisksDialog)
    ide = dialog.grid.cell_at(dialog.grid.place_of((Controller.IDE, 1, 0)).center())
    assert ide is not None
    assert "IDE disks can't be changed" in ide.reason
    dialog.form.size_line.setText("90 TB")
    assert "between 3 MB and 1.99 TB" in " ".join(dialog.notices.sentences())
    add = dialog.findChild(QPushButton, "add all")
    assert add is not None
    assert not add.isEnabled()
    controller = dialog.findChild(QPushButton, "add controller")
    assert controller is not None
    assert "controllers can't be changed" in controller.toolTip()
    # By the keyboard: three places to the right, and chosen.
    dialog.form.size_line.setText("10 GB")
    dialog.grid.setFocus()
    for key in (Qt.Key.Key_Right, Qt.Key.Key_Right, Qt.Key.Key_Right, Qt.Key.Key_Space):
        qtbot.keyClick(dialog.grid, key)
    assert dialog.request().disks[0].slot == (Controller.SCSI, 0, 4)
    dialog.reject()


def test_a_new_lun_becomes_a_volume(qtbot: QtBot, house: House) -> None:
    assert house.bridge is not None
    cluster = house.bridge.cluster
    choose(house, Ref(Kind.STORAGE))
    give(house, "lun.create")
    dialog = in_sight(house, LunDialog)
    dialog.name.setText("ARCHIVE")
    dialog.capacity.setText("2 TB")
    press(qtbot, dialog, "apply")
    qtbot.waitUntil(lambda: len(cluster.luns) == 4, timeout=_LONG_MS)
    choose(house, Ref(Kind.VOLUMES))
    give(house, "csv.add")
    storage = in_sight(house, AddStorageDialog)
    listed = storage.findChild(QTreeWidget)
    assert listed is not None
    first, last = listed.topLevelItem(0), listed.topLevelItem(3)
    assert first is not None
    assert last is not None
    assert (first.text(0), bool(first.flags() & Qt.ItemFlag.ItemIsEnabled)) == ("ARCHIVE", True)
    assert "already" in last.text(3)
    first.setCheckState(0, Qt.CheckState.Checked)
    press(qtbot, storage, "apply")
    qtbot.waitUntil(lambda: len(cluster.volumes) == 4, timeout=_LONG_MS)
    assert cluster.luns[LunId(3)].use is LunUse.SHARED_VOLUME
    panes = house.window.panes
    assert panes is not None
    qtbot.waitUntil(lambda: panes.model.index_of_ref(Ref(Kind.VOLUME, 3)).isValid(), timeout=_LONG_MS)


def _submenu(house: House, ref: Ref, command: str) -> QMenu:
    """Right-click on the object in the tree, and the submenu of a command."""
    choose(house, ref)
    assert house.window.panes is not None
    tree = house.window.panes.inventory.tree
    tree.menu_wanted.emit(tree.viewport().mapToGlobal(QPoint(20, 20)))
    menu = house.window.findChildren(QMenu, "context menu")[-1]
    submenu = next(child for child in menu.findChildren(QMenu) if child.objectName() == f"menu {command}")
    submenu.aboutToShow.emit()
    return submenu


def test_a_path_fails_and_the_volume_is_seen_as_redirected(qtbot: QtBot, house: House) -> None:
    assert house.bridge is not None
    cluster = house.bridge.cluster
    volume = cluster.volumes[VolumeId(0)]
    node = next(one for one in cluster.nodes if one != volume.coordinator)
    menu = _submenu(house, node_ref(node), "path.fail")
    menu.actions()[0].trigger()
    menu.window().close()
    qtbot.waitUntil(lambda: (node, SanId(0)) in cluster.paths, timeout=_LONG_MS)
    qtbot.waitUntil(lambda: volume_state(cluster, volume) is VolumeState.REDIRECTED, timeout=_LONG_MS)
    panes = house.window.panes
    assert panes is not None
    index = panes.model.index_of_ref(Ref(Kind.VOLUME, 0))
    assert panes.model.index(index.row(), 1, index.parent()).data() == "Redirected"
    # What goes over the network is seen in the volume's figures.
    give(house, "time.play")
    house.window.time_bar.speed_wanted.emit(60.0)
    qtbot.waitUntil(lambda: _redirected(house) > 0, timeout=_LONG_MS)
    choose(house, Ref(Kind.VOLUME, 0))
    menu = _submenu(house, Ref(Kind.VOLUME, 0), "volume.move")
    assert [action.isEnabled() for action in menu.actions()].count(True) == 1, "not there, and not without a path"
    menu.window().close()


def _redirected(house: House) -> float:
    assert house.bridge is not None
    sample = house.bridge.latest
    return 0.0 if sample is None else float(sample.volume_redirected_bytes_per_second.sum())


def test_maintenance_saves_the_vms_and_brings_the_volume_back(qtbot: QtBot, house: House) -> None:
    assert house.bridge is not None
    cluster = house.bridge.cluster
    choose(house, Ref(Kind.VOLUME, 2))
    give(house, "volume.maintenance-on")
    confirm = house.window.findChild(QDialog, "confirm")
    assert isinstance(confirm, QDialog)
    press(qtbot, confirm, "confirm go")
    give(house, "time.play")
    house.window.time_bar.speed_wanted.emit(600.0)
    qtbot.waitUntil(lambda: cluster.volumes[VolumeId(2)].state is VolumeState.MAINTENANCE, timeout=_LONG_MS)
    users = [cluster.vms[vm].state for vm in cluster.vms_on_volume(VolumeId(2))]
    assert set(users) <= {VmState.SAVED, VmState.OFF}
    assert VmState.SAVED in users
    qtbot.waitUntil(house.window.board.actions["volume.maintenance-off"].isEnabled, timeout=_LONG_MS)
    give(house, "volume.maintenance-off")
    qtbot.waitUntil(lambda: cluster.volumes[VolumeId(2)].state is VolumeState.DIRECT, timeout=_LONG_MS)


def test_removing_asks_for_the_file(qtbot: QtBot, house: House) -> None:
    assert house.bridge is not None
    cluster, vm = house.bridge.cluster, _sql(house)
    data = next(disk for disk in cluster.vms[vm].disks if disk.controller is Controller.SCSI)
    used = cluster.volumes[data.volume].used_bytes if data.volume is not None else 0
    house.window.desk.refs = (disk_ref(vm, data.slot),)
    house.window.board.refresh()
    give(house, "disk.remove")
    dialog = in_sight(house, RemoveDiskDialog)
    delete = dialog.findChild(QRadioButton, "delete file")
    assert delete is not None
    delete.setChecked(True)
    assert "gone for good" in " ".join(label.text() for label in dialog.findChildren(type(dialog._told)))
    press(qtbot, dialog, "apply")
    qtbot.waitUntil(lambda: len(cluster.vms[vm].disks) == 1, timeout=_LONG_MS)
    assert not cluster.detached_disks
    assert data.volume is not None
    assert cluster.volumes[data.volume].used_bytes == used - data.file_bytes
    assert data.kind is DiskKind.DYNAMIC


def test_four_migrations_show_what_a_shared_volume_gains(qtbot: QtBot, house: House) -> None:
    vm = _sql(house)
    choose(house, vm_ref(vm))
    give(house, "vm.compare-storage")
    dialog = in_sight(house, FourWaysDialog)
    qtbot.waitUntil(lambda: all(way.seconds is not None for way in dialog.ways), timeout=60_000)
    live, live_lun, quick, quick_lun = (way.seconds for way in dialog.ways)
    assert live is not None
    assert live_lun is not None
    assert quick is not None
    assert quick_lun is not None
    assert live_lun[1] - live[1] > 1.0, "the LUN's own way is part of the blackout"
    assert quick_lun[1] - quick[1] > 1.0
    assert quick[1] > live[1]
    assert "saves" in dialog.gain.text()
    assert "(as it is)" not in dialog.bars.accessibleDescription()
    dialog.close()
