"""The properties of clustered VMs as a person sets them: of one, of several, and what they lead to when a node dies."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

from msgspec.structs import replace
from PySide6.QtCore import QAbstractItemModel, Qt
from PySide6.QtWidgets import QListWidget, QPushButton
from pytestqt.qtbot import QtBot

from by_hand import cluster_of
from hvgui.cluster.cluster import ClusterRecord
from hvgui.cluster.heartbeat import HeartbeatSettings
from hvgui.cluster.ids import NodeId, VmId
from hvgui.cluster.machines import Failback, FailoverPolicy, Priority, VmState
from hvgui.cluster.quorum import QuorumModel, QuorumSettings
from hvgui.cluster.tasks import Phase
from hvgui.cluster.units import MIB
from hvgui.exchange.inventory_export import inventory_of
from hvgui.gui.application import House
from hvgui.gui.dialogs.reading import FindingsDialog
from hvgui.gui.failover.policy_dialog import PolicyDialog
from hvgui.gui.objects import node_ref, vm_ref
from hvgui.gui.states import PHASES
from hvgui.lab.frames import AS_FAST_AS_POSSIBLE
from hvgui.requests.faults import CrashNode
from memory_labs import breathing, memory_record
from small_cluster import small_record, small_vm

_LONG_MS = 40_000
Furnish = Callable[[ClusterRecord], House]


def _record() -> ClusterRecord:
    return small_record(vms=tuple(small_vm(number, owner=number % 3) for number in range(3)), nodes=3)


def _open(house: House, *vms: int) -> PolicyDialog:
    assert house.window.panes is not None
    house.window.panes.reveal(vm_ref(vms[0]))
    house.window.desk.refs = tuple(map(vm_ref, vms))
    house.window.board.refresh()
    action = house.window.board.actions["vm.properties"]
    assert action.isEnabled(), action.toolTip()
    action.trigger()
    return next(one for one in house.window.findChildren(PolicyDialog) if one.isVisible())


def _apply(qtbot: QtBot, dialog: PolicyDialog) -> None:
    button = dialog.findChild(QPushButton, "apply")
    assert button is not None
    assert button.isEnabled()
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton)


def test_the_tabs_set_owners_and_policy_of_one_vm(qtbot: QtBot, furnished: Furnish) -> None:
    house = furnished(_record())
    cluster, dialog = cluster_of(house), _open(house, 0)
    assert [dialog.tabs.tabText(number) for number in range(3)] == ["General", "Failover", "Advanced Policies"]
    apply = dialog.findChild(QPushButton, "apply")
    assert apply is not None
    assert not apply.isEnabled(), "nothing has been changed yet"
    dialog.general.owners.tick(NodeId(1))
    dialog.general.owners.tick(NodeId(2))
    dialog.general.owners.list.setCurrentRow(2)
    assert dialog.general.owners.down.isEnabled() is False
    qtbot.mouseClick(dialog.general.owners.up, Qt.MouseButton.LeftButton)
    assert dialog.general.owners.nodes() == (NodeId(2), NodeId(1))
    dialog.general.priority.setCurrentIndex(0)
    dialog.failover.usual.setChecked(False)
    dialog.failover.failures.setValue(5)
    dialog.failover.failback[Failback.BETWEEN_HOURS].setChecked(True)
    dialog.failover.first.setValue(22)
    dialog.failover.last.setValue(4)
    dialog.advanced.classes.setText("mail, web ,mail")
    dialog.advanced.delay.setValue(30)
    _apply(qtbot, dialog)
    qtbot.waitUntil(lambda: cluster.vms[VmId(0)].priority is Priority.HIGH, timeout=_LONG_MS)
    vm = cluster.vms[VmId(0)]
    assert vm.preferred_owners == (NodeId(2), NodeId(1))
    assert vm.failover == FailoverPolicy(5, 6.0, Failback.BETWEEN_HOURS, 22, 4)
    assert (vm.anti_affinity, vm.start_delay_seconds) == (("mail", "web"), 30.0)
    assert vm.possible_owners is None, "all ticked is every node, those to come as well"


def test_of_several_vms_only_what_is_changed_becomes_the_same(qtbot: QtBot, furnished: Furnish) -> None:
    record = _record()
    vms = (
        replace(record.vms[0], preferred_owners=(NodeId(1),)),
        replace(record.vms[1], preferred_owners=(NodeId(2),), start_delay_seconds=10.0),
        record.vms[2],
    )
    house = furnished(replace(record, vms=vms))
    cluster, dialog = cluster_of(house), _open(house, 0, 1)
    dialog.general.auto_start.setChecked(False)
    assert not dialog.general.priority.isEnabled()
    assert "says nothing" in dialog.general.priority.toolTip()
    _apply(qtbot, dialog)
    qtbot.waitUntil(lambda: cluster.vms[VmId(1)].priority is Priority.NO_AUTO_START, timeout=_LONG_MS)
    assert [cluster.vms[VmId(number)].preferred_owners for number in range(2)] == [(NodeId(1),), (NodeId(2),)]
    assert cluster.vms[VmId(1)].start_delay_seconds == 10.0
    assert cluster.vms[VmId(2)].priority is Priority.MEDIUM


def test_what_would_bind_a_vm_elsewhere_is_refused_in_the_dialog(qtbot: QtBot, furnished: Furnish) -> None:
    house = furnished(_record())
    dialog = _open(house, 0)
    dialog.advanced.owners.tick(NodeId(0), ticked=False)
    apply = dialog.findChild(QPushButton, "apply")
    assert apply is not None
    assert not apply.isEnabled()
    assert "runs on NODE1" in dialog._problems.text()
    dialog.advanced.owners.tick(NodeId(0))
    dialog.failover.failback[Failback.IMMEDIATELY].setChecked(True)
    assert "no preferred owner" in dialog.advice.text()
    assert apply.isEnabled(), "a warning does not hinder"
    dialog.reject()


def test_a_vm_that_finds_no_node_waits_and_says_so_everywhere(qtbot: QtBot, furnished: Furnish) -> None:
    record = _record()
    bound = replace(record.vms[0], possible_owners=(NodeId(0),))
    house = furnished(replace(record, vms=(bound, *record.vms[1:])))
    cluster, panes = cluster_of(house), house.window.panes
    assert panes is not None
    assert house.bridge is not None
    house.bridge.submit(CrashNode(NodeId(0)))
    house.bridge.session.set_speed(AS_FAST_AS_POSSIBLE)
    house.window.board.actions["time.play"].trigger()
    qtbot.waitUntil(lambda: bool(cluster.vms[VmId(0)].pending), timeout=_LONG_MS)
    panes.reveal(vm_ref(0))
    index = panes.model.index_of_ref(vm_ref(0)).siblingAtColumn(1)
    qtbot.waitUntil(lambda: index.data() == "Pending", timeout=_LONG_MS)
    line = panes.details.header._line
    qtbot.waitUntil(lambda: "Pending on NODE1" in line.text() and "no possible owner" in line.text(), timeout=_LONG_MS)
    # Its node comes back, and it starts by itself.
    house.window.desk.refs = (node_ref(0),)
    house.window.board.refresh()
    house.window.board.actions["node.power-on"].trigger()
    qtbot.waitUntil(lambda: cluster.vms[VmId(0)].state is VmState.RUNNING, timeout=_LONG_MS)
    qtbot.waitUntil(lambda: index.data() == "Running", timeout=_LONG_MS)


def test_a_vm_that_waits_for_others_to_give_memory_says_so_among_the_tasks(qtbot: QtBot, furnished: Furnish) -> None:
    house = furnished(memory_record([breathing(0, 3000), breathing(1, 100, startup_mib=2048, owner=1)], 4, 3))
    cluster, panes, bridge = cluster_of(house), house.window.panes, house.bridge
    assert panes is not None
    assert bridge is not None
    bridge.submit(CrashNode(NodeId(2)))
    bridge.session.set_speed(AS_FAST_AS_POSSIBLE)
    bridge.session.play()
    qtbot.waitUntil(lambda: cluster.vms[VmId(0)].assigned_bytes == 3600 * MIB, timeout=_LONG_MS)
    bridge.session.set_speed(1.0)
    bridge.submit(CrashNode(NodeId(1)))
    qtbot.waitUntil(lambda: cluster.vms[VmId(1)].state is VmState.CRITICAL, timeout=_LONG_MS)
    bridge.session.set_speed(3.0)
    shown = PHASES[Phase.WAITING_FOR_MEMORY]
    qtbot.waitUntil(lambda: shown in _cells(panes.task_model), timeout=_LONG_MS)
    bridge.session.set_speed(AS_FAST_AS_POSSIBLE)
    qtbot.waitUntil(lambda: cluster.vms[VmId(1)].state is VmState.RUNNING, timeout=_LONG_MS)
    assert cluster.vms[VmId(1)].owner == NodeId(0)
    assert any("others on NODE1 give way" in event.message for event in panes.events.model.shown)


def _cells(model: QAbstractItemModel) -> list[str]:
    rows, columns = range(model.rowCount()), range(model.columnCount())
    return [str(model.index(row, column).data()) for row in rows for column in columns]


def test_an_inventory_brings_quorum_and_failover_into_the_window(
    qtbot: QtBot, furnished: Furnish, tmp_path: Path
) -> None:
    """A trainer hands a cluster out as an inventory; whoever opens it finds model, policies and heartbeats as they
    were, and what made no sense among the findings."""
    record = replace(
        _record(),
        quorum=QuorumSettings(QuorumModel.NODE_AND_SHARE, witness_share="\\\\fs\\witness"),
        heartbeat=HeartbeatSettings(500, 7),
    )
    first = replace(record.vms[0], anti_affinity=("mail",), failover=FailoverPolicy(2, 8.0, Failback.IMMEDIATELY))
    value = inventory_of(replace(record, vms=(first, *record.vms[1:])))
    value["groups"][1]["FailoverPeriod"] = -4  # type: ignore[index, call-overload]  # a list of tables
    (tmp_path / "handed-out.json").write_text(json.dumps(value), encoding="utf-8")
    house = furnished(_record())
    before = house.bridge
    house.window.doings.open_path(str(tmp_path / "handed-out.json"))
    qtbot.waitUntil(lambda: house.bridge is not None and house.bridge is not before, timeout=_LONG_MS)
    cluster = cluster_of(house)
    assert cluster.quorum.model is QuorumModel.NODE_AND_SHARE
    assert cluster.heartbeat == HeartbeatSettings(500, 7)
    findings = house.window.findChild(FindingsDialog)
    assert isinstance(findings, FindingsDialog)
    listed = findings.findChild(QListWidget)
    assert listed is not None
    said = [listed.item(row).text() for row in range(listed.count())]
    assert any("FailoverPeriod is -4 hours" in one for one in said)
    findings.reject()
    dialog = _open(house, 0)
    assert dialog.advanced.classes.text() == "mail"
    assert (dialog.failover.failures.value(), dialog.failover.usual.isChecked()) == (2, False)
    assert dialog.failover.failback[Failback.IMMEDIATELY].isChecked()
    dialog.reject()
