"""The import wizard as a person goes through it: dropped, chosen, copied, restored, called off, and every refusal."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path

import pytest
from msgspec.structs import replace
from PySide6.QtCore import QMimeData, QPoint, Qt, QUrl
from PySide6.QtGui import QDropEvent
from PySide6.QtWidgets import QTreeWidget
from pytestqt.qtbot import QtBot

from hvgui.cluster.cluster import Cluster, ClusterRecord
from hvgui.cluster.guest_identity import identity_of
from hvgui.cluster.ids import NodeId, VmId
from hvgui.cluster.machines import NetworkAdapter, VirtualMachine, VmState
from hvgui.exchange.export.plan import plan_export
from hvgui.exchange.export.writing import export_vm
from hvgui.gui.application import House
from hvgui.gui.bridge import Bridge
from hvgui.gui.copies import reading
from hvgui.gui.copies.import_wizard import ImportWizard
from hvgui.gui.objects import Kind, Ref, node_ref
from hvgui.requests.templates import DeleteVm
from small_cluster import CLIENTS
from storage_labs import VOLUME2, busy_guest, storage_record

_LONG_MS = 20_000
Furnish = Callable[[ClusterRecord], House]


def _bridge(house: House) -> Bridge:
    assert house.bridge is not None
    return house.bridge


def _off(number: int, size: int = 2**20) -> VirtualMachine:
    vm = replace(busy_guest(number), state=VmState.OFF, assigned_bytes=0)
    adapter = NetworkAdapter("Network Adapter", f"00-15-5D-FF-00-{number:02X}", CLIENTS)
    return replace(vm, disks=(replace(vm.disks[0], file_bytes=size),), adapters=(adapter,))


@pytest.fixture
def exports(tmp_path: Path) -> Path:
    """A folder with exports of VM00 and VM01, beside the lab's own file."""
    into = tmp_path / "exports"
    into.mkdir()
    cluster = Cluster(storage_record(_off(0), _off(1)))
    for vm in cluster.vms:
        export_vm(plan_export(cluster, vm), into)
    return into


def _drop(house: House, path: Path) -> None:
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(path))])
    copy, left, none = Qt.DropAction.CopyAction, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    house.window.dropEvent(QDropEvent(QPoint(50, 50).toPointF(), copy, data, left, none))


def _wizard(house: House) -> ImportWizard:
    return [one for one in house.window.findChildren(ImportWizard) if one.isVisible()][-1]


def _open(qtbot: QtBot, house: House, path: Path) -> ImportWizard:
    """From the menu, with the path typed; its contents read."""
    action = house.window.board.actions["file.import-vm"]
    qtbot.waitUntil(action.isEnabled, timeout=_LONG_MS)
    action.trigger()
    wizard = _wizard(house)
    wizard.source.line.setText(str(path))
    _next(qtbot, wizard)
    qtbot.waitUntil(lambda: not wizard.contents.reading.is_busy, timeout=_LONG_MS)
    return wizard


def _next(qtbot: QtBot, wizard: ImportWizard) -> None:
    """By keyboard: the button that goes on is the wizard's own."""
    qtbot.waitUntil(wizard.next.isEnabled, timeout=_LONG_MS)
    qtbot.keyClick(wizard, Qt.Key.Key_Return)


def _tick(wizard: ImportWizard, *wanted: int) -> None:
    tree = wizard.contents.tree
    for row in range(tree.topLevelItemCount()):
        item = tree.topLevelItem(row)
        if item is not None and item.flags() & Qt.ItemFlag.ItemIsUserCheckable:
            item.setCheckState(0, Qt.CheckState.Checked if row in wanted else Qt.CheckState.Unchecked)


def _lines(tree: QTreeWidget) -> list[list[str]]:
    items = [tree.topLevelItem(row) for row in range(tree.topLevelItemCount())]
    return [[item.text(column) for column in range(tree.columnCount())] for item in items if item is not None]


def _to_summary(qtbot: QtBot, wizard: ImportWizard) -> None:
    while wizard.page is not wizard.summary:
        _next(qtbot, wizard)
    qtbot.waitUntil(lambda: not wizard.summary.is_waiting, timeout=_LONG_MS)


def test_a_dropped_export_is_copied_twice_under_new_names(qtbot: QtBot, furnished: Furnish, exports: Path) -> None:
    house = furnished(storage_record(_off(0), _off(1)))
    bridge = _bridge(house)
    _drop(house, exports / "VM00")
    wizard = _wizard(house)
    qtbot.waitUntil(lambda: wizard.contents.found is not None, timeout=_LONG_MS)
    assert wizard.page is wizard.contents
    assert "1 virtual machine found, 1 of them can be imported." in wizard.contents.told.text()
    (row,) = _lines(wizard.contents.tree)
    assert row[:3] == ["VM00", "an export of hvgui's", "2 GB"]
    machine = wizard.contents.tree.topLevelItem(0)
    assert machine is not None
    below = [machine.child(number).text(0) for number in range(machine.childCount())]
    assert "system0.vhd" in below
    _next(qtbot, wizard)
    assert wizard.kind.copy.isChecked()
    assert wizard.kind.copy.text() == "&Copy the virtual machine (create a new unique ID)"
    _next(qtbot, wizard)
    # The name is taken here: the next free one is proposed.
    assert wizard.place.name.text() == "VM00-2"
    wizard.place.name.setText("COPY#")
    wizard.place.count.setValue(2)
    row_of = next(n for n in range(wizard.place.place.count()) if "Volume2" in wizard.place.place.itemText(n))
    wizard.place.place.setCurrentIndex(row_of)
    qtbot.waitUntil(lambda: "Volume2: 1 TB free now, 2 MB needed" in wizard.place.room.text(), timeout=_LONG_MS)
    assert [one.stars for one in wizard.place.targets.rows[1:]] == [5.0, 5.0, 5.0]
    assert wizard.place.names.text() == "COPY1, COPY2"
    _next(qtbot, wizard)
    assert wizard.networks.switches() == ("Clients",)
    assert wizard.networks.mapping() == {"Clients": CLIENTS}
    _to_summary(qtbot, wizard)
    names = [(line[0], line[1]) for line in _lines(wizard.summary.tree)]
    assert [name for name, _ in names] == ["COPY1", "COPY2"]
    assert len({node for _, node in names}) == 2
    assert "The guest of COPY2 is a copy of that of VM00" in _lines(wizard.summary.tree)[1][3]
    qtbot.mouseClick(wizard.summary.show_script, Qt.MouseButton.LeftButton)
    assert wizard.summary.script.isVisible()
    assert wizard.summary.script.toPlainText().count("-GenerateNewId") == 2
    qtbot.waitUntil(lambda: "All 2 share the storage" in wizard.summary.told.text(), timeout=_LONG_MS)
    bridge.session.play()
    _next(qtbot, wizard)
    qtbot.waitUntil(lambda: wizard.running.runs is not None and wizard.running.runs.are_over, timeout=_LONG_MS)
    assert [line[2] for line in _lines(wizard.running.tree)] == ["COPY1 is there and off", "COPY2 is there and off"]
    made = [vm for vm in bridge.cluster.vms.values() if vm.name.startswith("COPY")]
    assert all(disk.volume == VOLUME2 for vm in made for disk in vm.disks)
    assert {identity_of(vm) for vm in made} == {bridge.cluster.vms[VmId(0)].guid}
    assert len({vm.adapters[0].mac for vm in bridge.cluster.vms.values()}) == 4
    assert wizard.next.text() == "&Finish"
    assert any("-GenerateNewId" in line for line in house.window.desk.sent_powershell)
    _next(qtbot, wizard)
    assert not wizard.isVisible()


def test_the_same_id_twice_is_refused_and_restored_once_it_is_free(
    qtbot: QtBot, furnished: Furnish, exports: Path
) -> None:
    house = furnished(storage_record(_off(0), _off(1)))
    bridge = _bridge(house)
    guid = bridge.cluster.vms[VmId(0)].guid
    wizard = _open(qtbot, house, exports / "VM00")
    _next(qtbot, wizard)
    wizard.kind.restore.setChecked(True)
    assert not wizard.next.isEnabled()
    assert "VM00 can't be restored: its unique ID is that of VM00 in this cluster" in wizard.why.text()
    assert not wizard.kind.generalised.isEnabled()
    assert "as it was" in wizard.kind.generalised.toolTip()
    bridge.submit(DeleteVm(vm=VmId(0), delete_files=True))
    qtbot.waitUntil(lambda: VmId(0) not in bridge.cluster.vms, timeout=_LONG_MS)
    wizard.kind.duplicate.setChecked(False)
    _next(qtbot, wizard)
    # A machine that is restored keeps its name: there is nothing to enter.
    assert not wizard.place.name.isVisible()
    _to_summary(qtbot, wizard)
    bridge.session.play()
    _next(qtbot, wizard)
    qtbot.waitUntil(lambda: any(vm.guid == guid for vm in bridge.cluster.vms.values()), timeout=_LONG_MS)
    back = next(vm for vm in bridge.cluster.vms.values() if vm.guid == guid)
    assert (back.name, back.adapters[0].mac) == ("VM00", "00-15-5D-FF-00-00")
    qtbot.waitUntil(lambda: wizard.running.runs is not None and wizard.running.runs.are_over, timeout=_LONG_MS)
    wizard.reject()


def test_two_machines_on_a_chosen_node_without_a_network(qtbot: QtBot, furnished: Furnish, exports: Path) -> None:
    house = furnished(storage_record(_off(2)))
    bridge = _bridge(house)
    assert house.window.panes is not None
    house.window.panes.reveal(node_ref(1))
    pane = house.window.actions_pane
    qtbot.waitUntil(lambda: any(row.command.id == "file.import-vm" for row in pane._rows), timeout=_LONG_MS)
    wizard = _open(qtbot, house, exports)
    assert len(wizard.contents.machines()) == 2
    _next(qtbot, wizard)
    wizard.kind.generalised.setChecked(True)
    _next(qtbot, wizard)
    assert wizard.place.target == NodeId(1)
    _next(qtbot, wizard)
    box = wizard.networks._boxes["Clients"]
    box.setCurrentIndex(0)
    _to_summary(qtbot, wizard)
    assert [line[:2] for line in _lines(wizard.summary.tree)] == [["VM00", "NODE2"], ["VM01", "NODE2"]]
    # Back and forth: what was chosen stays.
    qtbot.mouseClick(wizard.back, Qt.MouseButton.LeftButton)
    assert wizard.page is wizard.networks
    assert wizard.networks.mapping() == {"Clients": None}
    _to_summary(qtbot, wizard)
    bridge.session.play()
    _next(qtbot, wizard)
    qtbot.waitUntil(lambda: wizard.running.runs is not None and wizard.running.runs.are_over, timeout=_LONG_MS)
    made = [vm for vm in bridge.cluster.vms.values() if vm.id != 2]
    assert len(made) == 2 or len(bridge.cluster.vms) == 3
    assert all(vm.adapters[0].network is None and not vm.guest.identity for vm in made if vm.name != "VM02")
    wizard.reject()


def test_imports_are_called_off_one_by_one_and_all(qtbot: QtBot, furnished: Furnish, tmp_path: Path) -> None:
    into = tmp_path / "exports"
    into.mkdir()
    cluster = Cluster(storage_record(_off(0, 2**33)))
    export_vm(plan_export(cluster, VmId(0)), into)
    house = furnished(storage_record(_off(5)))
    bridge = _bridge(house)
    wizard = _open(qtbot, house, into)
    _next(qtbot, wizard)
    _next(qtbot, wizard)
    wizard.place.name.setText("SLOW#")
    wizard.place.count.setValue(3)
    _to_summary(qtbot, wizard)
    bridge.session.play()
    _next(qtbot, wizard)
    running = wizard.running
    assert not wizard.back.isEnabled()
    assert not wizard.cancel.isVisible()
    qtbot.waitUntil(running.cancel_all.isEnabled, timeout=_LONG_MS)
    assert "Choose imports that are under way" in running.cancel_some.toolTip()
    assert wizard.next.text() == "Run in &background"
    first = running.tree.topLevelItem(0)
    assert first is not None
    running.tree.setCurrentItem(first)
    qtbot.waitUntil(running.cancel_some.isEnabled, timeout=_LONG_MS)
    qtbot.mouseClick(running.cancel_some, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: _lines(running.tree)[0][1] == "Cancelled", timeout=_LONG_MS)
    assert "nothing of it is left" in _lines(running.tree)[0][2]
    qtbot.mouseClick(running.cancel_all, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: running.runs is not None and running.runs.are_over, timeout=_LONG_MS)
    assert running.told.text() == "0 of 3 imported, 0 under way."
    vms = bridge.cluster.vms
    qtbot.waitUntil(lambda: [vm.name for vm in vms.values()] == ["VM05"], timeout=_LONG_MS)
    wizard.reject()


def test_each_page_says_why_it_does_not_go_on(qtbot: QtBot, furnished: Furnish, exports: Path, tmp_path: Path) -> None:
    house = furnished(storage_record(_off(0), _off(1)))
    house.window.board.actions["file.import-vm"].trigger()
    wizard = _wizard(house)

    def says(words: str) -> None:
        qtbot.waitUntil(lambda: words in wizard.why.text(), timeout=_LONG_MS)
        assert not wizard.next.isEnabled()
        assert wizard.next.toolTip() == wizard.why.text()

    wizard.source.line.setText("")
    says("Choose a folder or a file.")
    wizard.source.line.setText(str(tmp_path / "nowhere"))
    says("There is nothing at")
    empty = tmp_path / "empty"
    empty.mkdir()
    wizard.source.line.setText(str(empty))
    _next(qtbot, wizard)
    says("has no virtual machine in it")
    wizard.go_back()
    disk = exports / "VM01" / "Virtual Hard Disks" / "system1.vhd"
    disk.write_bytes(b"no disk at all" * 100)
    wizard.source.line.setText(str(exports))
    _next(qtbot, wizard)
    qtbot.waitUntil(lambda: wizard.contents.found is not None, timeout=_LONG_MS)
    assert "2 virtual machines found, 1 of them can be imported." in wizard.contents.told.text()
    spoilt = wizard.contents.tree.topLevelItem(1)
    assert spoilt is not None
    assert not spoilt.flags() & Qt.ItemFlag.ItemIsUserCheckable
    told = [spoilt.child(number).text(3) for number in range(spoilt.childCount())]
    assert any("system1.vhd" in one for one in told)
    _tick(wizard)
    says("Tick at least one virtual machine")
    _tick(wizard, 0)
    _next(qtbot, wizard)
    _next(qtbot, wizard)
    wizard.place.name.setText("VM01")
    says("There is a VM called VM01 in this cluster")
    wizard.place.count.setValue(3)
    says("Put # where the number goes")
    wizard.place.name.setText("MANY###")
    wizard.place.count.setValue(300)
    wizard.place.targets.setCurrentItem(wizard.place.targets.topLevelItem(1))
    _to_summary(qtbot, wizard)
    says("44 of 300 can't be imported: All 256 MAC addresses of NODE1")
    wizard.reject()
    assert len(_bridge(house).cluster.vms) == 2


def test_reading_is_called_off(
    qtbot: QtBot, furnished: Furnish, exports: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    house = furnished(storage_record(_off(0)))
    read = reading.look_into
    begun, go_on = threading.Event(), threading.Event()

    def slow(path, cluster, told):  # type: ignore[no-untyped-def]  # stands in for look_into
        begun.set()
        assert go_on.wait(20)
        return read(path, cluster, told)

    monkeypatch.setattr(reading, "look_into", slow)
    house.window.board.actions["file.import-vm"].trigger()
    wizard = _wizard(house)
    wizard.source.line.setText(str(exports))
    _next(qtbot, wizard)
    qtbot.waitUntil(begun.is_set, timeout=_LONG_MS)
    assert wizard.contents.is_waiting
    assert "Wait until everything has been read" in wizard.why.text()
    qtbot.mouseClick(wizard.contents.stop, Qt.MouseButton.LeftButton)
    go_on.set()
    qtbot.waitUntil(lambda: "Reading was called off" in wizard.why.text(), timeout=_LONG_MS)
    # Read again once one comes back.
    wizard.go_back()
    _next(qtbot, wizard)
    qtbot.waitUntil(lambda: wizard.contents.found is not None, timeout=_LONG_MS)
    wizard.reject()


def test_nothing_is_imported_without_a_lab_or_into_the_past(qtbot: QtBot, furnished: Furnish, exports: Path) -> None:
    house = furnished(storage_record(_off(0)))
    bridge = _bridge(house)
    bridge.session.set_speed(60.0)
    bridge.session.play()
    qtbot.waitUntil(lambda: bridge.time_ns > 10**9, timeout=_LONG_MS)
    past = house.window.desk.past
    assert past is not None
    past.look_at(0)
    action = house.window.board.actions["file.import-vm"]
    qtbot.waitUntil(lambda: bool(house.window.desk.past_reason), timeout=_LONG_MS)
    house.window.board.refresh()
    assert not action.isEnabled()
    _drop(house, exports)
    assert house.window.notice.text == house.window.desk.past_reason
    assert not [one for one in house.window.findChildren(ImportWizard) if one.isVisible()]
    assert Ref(Kind.CLUSTER).kind in house.window.board.actions["file.import-vm"].command.beside
