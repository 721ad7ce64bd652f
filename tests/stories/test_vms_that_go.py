"""VMs that leave while somebody looks at them, and come back by undo; twins, and templates, in the tree."""

from __future__ import annotations

import uuid
from collections.abc import Callable

import pytest
from msgspec.structs import replace
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialog
from pytestqt.qtbot import QtBot

from hvgui.cluster.cluster import ClusterRecord
from hvgui.cluster.guest_identity import computer_name_of, sid_of
from hvgui.cluster.ids import VmId
from hvgui.cluster.machines import NetworkAdapter, VirtualMachine, VmState
from hvgui.cluster.tasks import Phase
from hvgui.gui.application import House
from hvgui.gui.bridge import Bridge
from hvgui.gui.details.summary import Summary
from hvgui.gui.lab_panes import LabPanes
from hvgui.gui.objects import vm_ref
from hvgui.requests.cloning import CloneVm
from hvgui.requests.templates import DeleteVm
from small_cluster import CLIENTS
from storage_labs import busy_guest, storage_record

_LONG_MS = 20_000
VM, OTHER = VmId(0), VmId(1)
Furnish = Callable[[ClusterRecord], House]


def _bridge(house: House) -> Bridge:
    assert house.bridge is not None
    return house.bridge


def _panes(house: House) -> LabPanes:
    assert house.window.panes is not None
    return house.window.panes


def _off(number: int) -> VirtualMachine:
    return replace(busy_guest(number), state=VmState.OFF, assigned_bytes=0)


def _tab(house: House, title: str) -> None:
    tabs = _panes(house).details.tabs
    names = [tabs.tabText(number) for number in range(tabs.count())]
    tabs.setCurrentIndex(names.index(title))


def _open_dialog(qtbot: QtBot, house: House, command: str, name: str) -> QDialog:
    action = house.window.board.actions[command]
    qtbot.waitUntil(action.isEnabled, timeout=_LONG_MS)
    action.trigger()
    found = [one for one in house.window.findChildren(QDialog, name) if one.isVisible()]
    assert found, name
    return found[-1]


def _delete(qtbot: QtBot, house: House, vm: VmId = VM) -> None:
    _bridge(house).submit(DeleteVm(vm=vm))
    qtbot.waitUntil(lambda: vm not in _bridge(house).cluster.vms, timeout=_LONG_MS)


def _tree_text(house: House, vm: VmId, column: int) -> str:
    model = _panes(house).model
    index = model.index_of_ref(vm_ref(vm))
    return str(model.data(index.siblingAtColumn(column), int(Qt.ItemDataRole.DisplayRole)))


@pytest.mark.parametrize(
    ("command", "name"),
    [
        ("vm.memory", "memory dialog"),
        ("vm.processors", "vm processors"),
        ("vm.load", "load dialog"),
        ("vm.clients", "clients dialog"),
        ("vm.snapshot", "name snapshot"),
        ("vm.add-disk", "add disks"),
        ("vm.export", "export vm"),
    ],
)
def test_a_dialog_closes_with_its_vm_and_says_so(qtbot: QtBot, furnished: Furnish, command: str, name: str) -> None:
    house = furnished(storage_record(_off(0), _off(1)))
    _panes(house).reveal(vm_ref(VM))
    dialog = _open_dialog(qtbot, house, command, name)
    gone: list[int] = []
    dialog.finished.connect(gone.append)
    _delete(qtbot, house)
    qtbot.waitUntil(lambda: gone == [0], timeout=_LONG_MS)
    assert "VM00 is no longer in the cluster" in house.window.notice.text
    assert house.window.desk.refs == ()
    qtbot.waitUntil(lambda: _panes(house).details.ref.kind.name == "CLUSTER", timeout=_LONG_MS)


@pytest.mark.parametrize("tab", ["Summary", "Graphs", "Migration", "Snapshots", "Disks"])
def test_its_page_gives_way_and_undo_brings_it_back(qtbot: QtBot, furnished: Furnish, tab: str) -> None:
    house = furnished(storage_record(_off(0), _off(1)))
    bridge, panes = _bridge(house), _panes(house)
    bridge.session.play()
    panes.reveal(vm_ref(VM))
    _tab(house, tab)
    qtbot.waitUntil(lambda: bridge.time_ns > 0, timeout=_LONG_MS)
    _delete(qtbot, house)
    # Whoever presses something in that moment finds nothing chosen, not a VM that is gone.
    house.window.board.refresh()
    assert not house.window.board.actions["vm.start"].isEnabled()
    qtbot.waitUntil(lambda: not panes.model.index_of_ref(vm_ref(VM)).isValid(), timeout=_LONG_MS)
    assert panes.details.ref.kind.name == "CLUSTER"
    undo = house.window.board.actions["edit.undo"]
    qtbot.waitUntil(undo.isEnabled, timeout=_LONG_MS)
    undo.trigger()
    qtbot.waitUntil(lambda: VM in bridge.cluster.vms, timeout=_LONG_MS)
    qtbot.waitUntil(lambda: panes.model.index_of_ref(vm_ref(VM)).isValid(), timeout=_LONG_MS)
    panes.reveal(vm_ref(VM))
    assert panes.details.ref == vm_ref(VM)
    house.window.board.refresh()
    assert house.window.board.actions["vm.start"].isEnabled()


def test_the_migrate_dialog_outlives_its_vm(qtbot: QtBot, furnished: Furnish) -> None:
    house = furnished(storage_record(_off(0), _off(1)))
    _panes(house).reveal(vm_ref(VM))
    dialog = _open_dialog(qtbot, house, "vm.move", "migrate dialog")
    _delete(qtbot, house)
    page = dialog.page  # type: ignore[attr-defined]  # found by its name
    qtbot.waitUntil(lambda: any("no longer" in one for one in page.notices.sentences()), timeout=_LONG_MS)
    assert not dialog.migrate_button.isEnabled()  # type: ignore[attr-defined]  # as above
    dialog.reject()


def test_disk_management_closes_with_its_vm(qtbot: QtBot, furnished: Furnish) -> None:
    house = furnished(storage_record(busy_guest(0), _off(1)))
    bridge = _bridge(house)
    bridge.session.set_speed(600.0)
    bridge.session.play()
    _panes(house).reveal(vm_ref(VM))
    dialog = _open_dialog(qtbot, house, "vm.disk-management", "disk management")
    gone: list[int] = []
    dialog.finished.connect(gone.append)
    house.window.board.actions["vm.shut-down"].trigger()
    vms = bridge.cluster.vms
    qtbot.waitUntil(lambda: vms[VM].state is VmState.OFF and vms[VM].task is None, timeout=_LONG_MS)
    _delete(qtbot, house)
    qtbot.waitUntil(lambda: gone == [0], timeout=_LONG_MS)


def test_a_clone_called_off_goes_while_it_is_looked_at(qtbot: QtBot, furnished: Furnish) -> None:
    house = furnished(storage_record(_off(0), _off(1)))
    bridge, panes = _bridge(house), _panes(house)
    bridge.session.play()
    bridge.submit(CloneVm(vm=VM, name="COPY", guid=str(uuid.UUID(int=7))))
    qtbot.waitUntil(lambda: VmId(2) in bridge.cluster.vms, timeout=_LONG_MS)
    qtbot.waitUntil(lambda: panes.model.index_of_ref(vm_ref(2)).isValid(), timeout=_LONG_MS)
    panes.reveal(vm_ref(2))
    _tab(house, "Graphs")
    task = next(iter(bridge.cluster.tasks.values()))
    assert task.phase is Phase.COPYING_FILES
    row = panes.task_model.index(0, 3)
    qtbot.waitUntil(lambda: "Copying files, file 1" in str(row.data()), timeout=_LONG_MS)
    cancel = house.window.board.actions["vm.cancel-import"]
    qtbot.waitUntil(cancel.isEnabled, timeout=_LONG_MS)
    cancel.trigger()
    qtbot.waitUntil(lambda: VmId(2) not in bridge.cluster.vms, timeout=_LONG_MS)
    qtbot.waitUntil(lambda: panes.details.ref.kind.name == "CLUSTER", timeout=_LONG_MS)
    assert panes.task_model.index(0, 0).data() == "COPY"


def _twins() -> ClusterRecord:
    first, second = busy_guest(0), busy_guest(1, 1)
    guest = replace(first.guest, identity=first.guid, computer_name="VM00")
    adapter = NetworkAdapter("Network Adapter", "00-15-5D-00-00-F0", CLIENTS)
    return storage_record(replace(first, guest=guest), replace(second, guest=guest, adapters=(adapter,)), busy_guest(2))


def test_twins_that_run_in_one_network_are_marked_until_one_rests(qtbot: QtBot, furnished: Furnish) -> None:
    house = furnished(_twins())
    bridge, panes = _bridge(house), _panes(house)
    bridge.session.set_speed(600.0)
    bridge.session.play()
    model = panes.model
    tip = str(model.data(model.index_of_ref(vm_ref(OTHER)), int(Qt.ItemDataRole.ToolTipRole)))
    assert "Computer name VM00 and SID are those of VM00 as well" in tip
    assert "Generalise its guest (sysprep), or shut it down" in tip
    panes.reveal(vm_ref(OTHER))
    _tab(house, "Summary")
    summary = panes.details.findChildren(Summary)[0]
    said = {one.accessibleName(): one.text() for one in summary._values}
    assert said["SID"] == sid_of(bridge.cluster.vms[VM])
    assert said["Computer name"] == computer_name_of(bridge.cluster.vms[VM]) == "VM00"
    assert said["Same installation as"].startswith("VM00; in conflict")
    told: set[VmId] = set()
    panes.facts.refreshed.connect(lambda refresh: told.update(refresh.vms))
    house.window.board.actions["vm.shut-down"].trigger()
    qtbot.waitUntil(lambda: bridge.cluster.vms[OTHER].state is VmState.OFF, timeout=_LONG_MS)
    # Nothing has changed of the other one, and yet its row is painted anew: its mark goes.
    qtbot.waitUntil(lambda: VM in told, timeout=_LONG_MS)
    index = model.index_of_ref(vm_ref(VM))
    assert "Computer name" not in str(model.data(index, int(Qt.ItemDataRole.ToolTipRole)))
    qtbot.waitUntil(
        lambda: any("generalise (sysprep) before both run" in one.text() for one in summary._values), timeout=_LONG_MS
    )


def test_a_template_is_called_one_and_found_by_that(qtbot: QtBot, furnished: Furnish) -> None:
    house = furnished(storage_record(_off(0), _off(1)))
    bridge, panes = _bridge(house), _panes(house)
    panes.reveal(vm_ref(VM))
    action = house.window.board.actions["vm.template"]
    qtbot.waitUntil(action.isEnabled, timeout=_LONG_MS)
    action.trigger()
    qtbot.waitUntil(lambda: bridge.cluster.vms[VM].is_template, timeout=_LONG_MS)
    qtbot.waitUntil(lambda: _tree_text(house, VM, 1) == "Template", timeout=_LONG_MS)
    start = house.window.board.actions["vm.start"]
    qtbot.waitUntil(lambda: not start.isEnabled(), timeout=_LONG_MS)
    assert "VM00 is a template, which is cloned and never started" in start.toolTip()
    panes.inventory.line.setText("template")
    qtbot.waitUntil(lambda: panes.model.vms_shown == 1, timeout=_LONG_MS)
    assert _tree_text(house, VM, 0) == "VM00"
