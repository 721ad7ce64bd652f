"""Clones through the window: one, many from a template, refused with reasons, each with its own result."""

from __future__ import annotations

from collections.abc import Callable

from msgspec.structs import replace
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from hvgui.cluster.cluster import ClusterRecord
from hvgui.cluster.guest_identity import identity_of
from hvgui.cluster.ids import NodeId, VmId
from hvgui.cluster.machines import NetworkAdapter, VirtualMachine, VmState
from hvgui.gui.application import House
from hvgui.gui.bridge import Bridge
from hvgui.gui.copies.clone_dialog import CloneDialog
from hvgui.gui.lab_panes import LabPanes
from hvgui.gui.objects import Kind, Ref, node_ref, vm_ref
from small_cluster import CLIENTS
from storage_labs import VOLUME2, busy_guest, storage_record

_LONG_MS = 20_000
VM = VmId(0)
Furnish = Callable[[ClusterRecord], House]


def _bridge(house: House) -> Bridge:
    assert house.bridge is not None
    return house.bridge


def _panes(house: House) -> LabPanes:
    assert house.window.panes is not None
    return house.window.panes


def _off(number: int, *, is_template: bool = False) -> VirtualMachine:
    vm = replace(busy_guest(number), state=VmState.OFF, assigned_bytes=0, is_template=is_template)
    disk = replace(vm.disks[0], file_bytes=2**20)
    adapter = NetworkAdapter("Network Adapter", f"00-15-5D-FF-00-{number:02X}", CLIENTS)
    return replace(vm, disks=(disk,), adapters=(adapter,))


def _dialog(qtbot: QtBot, house: House, command: str) -> CloneDialog:
    action = house.window.board.actions[command]
    qtbot.waitUntil(action.isEnabled, timeout=_LONG_MS)
    action.trigger()
    return [one for one in house.window.findChildren(CloneDialog) if one.isVisible()][-1]


def test_three_clones_of_a_vm_are_made_with_names_nodes_and_places(qtbot: QtBot, furnished: Furnish) -> None:
    house = furnished(storage_record(_off(0), busy_guest(1)))
    bridge = _bridge(house)
    _panes(house).reveal(vm_ref(VM))
    dialog = _dialog(qtbot, house, "vm.clone")
    assert not dialog.form.generalised.isChecked()
    assert any("Generalise it (sysprep)" in one for one in dialog.notices.sentences())
    dialog.form.name.clear()
    qtbot.keyClicks(dialog.form.name, "VM#")
    dialog.form.count.setValue(3)
    # VM00 and VM01 are there; VM1 is free: the number is written as the marks say.
    qtbot.waitUntil(lambda: dialog.names.toPlainText() == "VM1, VM2, VM3", timeout=_LONG_MS)
    row = next(n for n in range(dialog.form.place.count()) if "Volume2" in dialog.form.place.itemText(n))
    dialog.form.place.setCurrentIndex(row)
    dialog.form.generalised.setChecked(True)
    qtbot.waitUntil(lambda: "Volume2: 1 TB free now, 3 MB needed" in dialog.form.room.text(), timeout=_LONG_MS)
    assert not any("sysprep" in one for one in dialog.notices.sentences())
    assert dialog.targets.rows[0].note == "NODE1: 1, NODE2: 1, NODE3: 1"
    assert "-NewName 'VM3'" in dialog.commands.text
    qtbot.waitUntil(lambda: "All 3 share the storage" in dialog.told.text(), timeout=_LONG_MS)
    qtbot.waitUntil(dialog.go.isEnabled, timeout=_LONG_MS)
    bridge.session.play()
    qtbot.mouseClick(dialog.go, Qt.MouseButton.LeftButton)
    vms = bridge.cluster.vms
    qtbot.waitUntil(lambda: len(vms) == 5 and not any(vm.task for vm in vms.values()), timeout=_LONG_MS)
    made = [vms[VmId(number)] for number in (2, 3, 4)]
    assert [vm.name for vm in made] == ["VM1", "VM2", "VM3"]
    assert {vm.owner for vm in made} == {0, 1, 2}
    assert all(disk.volume == VOLUME2 for vm in made for disk in vm.disks)
    assert len({identity_of(vm) for vm in (*made, vms[VM])}) == 4
    model = _panes(house).task_model
    qtbot.waitUntil(lambda: model.rowCount() == 3 and model.under_way == 0, timeout=_LONG_MS)
    results = [str(model.index(row, 7).data()) for row in range(3)]
    assert results == [f"VM{number} is there and off" for number in (3, 2, 1)]


def test_a_new_vm_from_a_template_on_a_node(qtbot: QtBot, furnished: Furnish) -> None:
    house = furnished(storage_record(_off(0), _off(1, is_template=True), _off(2, is_template=True)))
    bridge = _bridge(house)
    _panes(house).reveal(node_ref(1))
    pane = house.window.actions_pane
    qtbot.waitUntil(lambda: any(row.command.id == "new-vm.from-template" for row in pane._rows), timeout=_LONG_MS)
    dialog = _dialog(qtbot, house, "new-vm.from-template")
    assert [dialog.form.original.itemText(row) for row in range(2)] == ["VM01", "VM02"]
    assert dialog.form.generalised.isChecked()
    dialog.form.original.setCurrentIndex(1)
    assert dialog.form.name.text() == "VM02-##"
    dialog.form.name.setText("DESK##")
    qtbot.waitUntil(dialog.go.isEnabled, timeout=_LONG_MS)
    bridge.session.play()
    qtbot.keyClick(dialog, Qt.Key.Key_Return)
    vms = bridge.cluster.vms
    qtbot.waitUntil(lambda: len(vms) == 4 and vms[VmId(3)].task is None, timeout=_LONG_MS)
    made = vms[VmId(3)]
    assert (made.name, made.owner, made.is_template) == ("DESK01", NodeId(1), False)


def test_what_stands_in_the_way_is_said_before_the_button_works(qtbot: QtBot, furnished: Furnish) -> None:
    house = furnished(storage_record(_off(0), busy_guest(1)))
    _panes(house).reveal(vm_ref(1))
    clone = house.window.board.actions["vm.clone"]
    qtbot.waitUntil(lambda: "a VM is cloned while it is off" in clone.toolTip(), timeout=_LONG_MS)
    assert not clone.isEnabled()
    _panes(house).reveal(Ref(Kind.CLUSTER))
    new = house.window.board.actions["new-vm.from-template"]
    assert "There is no template: make one of a VM that is off" in new.toolTip()
    _panes(house).reveal(vm_ref(VM))
    dialog = _dialog(qtbot, house, "vm.clone")

    def says(words: str) -> None:
        qtbot.waitUntil(lambda: any(words in one for one in dialog.notices.sentences()), timeout=_LONG_MS)
        assert not dialog.go.isEnabled()

    dialog.form.name.setText("VM01")
    says("There is a VM called VM01 in this cluster")
    dialog.form.name.setText("A:B")
    says("'A:B' can't be a VM's name")
    dialog.form.name.setText("COPY")
    dialog.form.count.setValue(2)
    says("Put # where the number goes")
    dialog.form.name.setText("COPY#")
    qtbot.waitUntil(dialog.go.isEnabled, timeout=_LONG_MS)
    dialog.reject()
    # Nothing was asked of the cluster.
    assert len(_bridge(house).cluster.vms) == 2
