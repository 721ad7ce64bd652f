"""Rolling maintenance through the window: forecast, begun, followed node by node, cancelled; and a crash foretold."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QPushButton
from pytestqt.qtbot import QtBot

from hvgui.cluster.cluster import Cluster, ClusterRecord
from hvgui.cluster.ids import NodeId
from hvgui.cluster.maintenance import PlanState, PlanStep
from hvgui.cluster.nodes import NodeState
from hvgui.gui.actions.confirm import ConfirmDialog
from hvgui.gui.application import House
from hvgui.gui.nodes.maintenance_dialog import MaintenanceDialog
from hvgui.gui.nodes.maintenance_progress import MaintenanceProgress
from hvgui.gui.objects import Kind, Ref, node_ref
from hvgui.lab.frames import AS_FAST_AS_POSSIBLE
from small_cluster import small_record, small_vm

_LONG_MS = 40_000
Furnish = Callable[[ClusterRecord], House]


def _furnish(furnished: Furnish) -> tuple[House, Cluster]:
    house = furnished(small_record(vms=tuple(small_vm(number, owner=number) for number in range(3)), nodes=3))
    assert house.bridge is not None
    assert house.window.panes is not None
    house.window.panes.reveal(Ref(Kind.CLUSTER))
    return house, house.bridge.cluster


def _begin(qtbot: QtBot, house: House, *, restarts: bool) -> MaintenanceProgress:
    house.window.board.actions["cluster.maintenance"].trigger()
    dialog = house.window.findChild(MaintenanceDialog)
    assert dialog is not None
    dialog.restarts.setChecked(restarts)
    dialog.offline.setValue(1.0)
    qtbot.waitUntil(lambda: dialog.forecast.text().startswith("Forecast: 3 nodes in about"), timeout=_LONG_MS)
    apply = dialog.findChild(QPushButton, "apply")
    assert apply is not None
    qtbot.mouseClick(apply, Qt.MouseButton.LeftButton)
    progress = house.window.findChild(MaintenanceProgress)
    assert progress is not None
    qtbot.waitUntil(lambda: progress.list.topLevelItemCount() == 3, timeout=_LONG_MS)
    return progress


def _play(house: House) -> None:
    assert house.bridge is not None
    house.bridge.session.set_speed(AS_FAST_AS_POSSIBLE)
    house.window.board.actions["time.play"].trigger()


def _said(progress: MaintenanceProgress, row: int) -> str:
    item = progress.list.topLevelItem(row)
    assert item is not None
    return item.text(1)


def test_every_node_is_maintained_in_its_turn(qtbot: QtBot, furnished: Furnish) -> None:
    house, cluster = _furnish(furnished)
    progress = _begin(qtbot, house, restarts=True)
    assert _said(progress, 0).startswith("Gives its VMs away, for")
    assert [_said(progress, row) for row in (1, 2)] == ["To come", "To come"]
    band = house.window.band.maintenance
    qtbot.waitUntil(
        lambda: band.text == "Rolling maintenance: NODE1 gives its VMs away; 0 of 3 nodes done.", timeout=_LONG_MS
    )
    _play(house)
    qtbot.waitUntil(lambda: cluster.maintenance.state is PlanState.COMPLETED, timeout=_LONG_MS)
    qtbot.waitUntil(lambda: progress.words.text() == "Every node is done.", timeout=_LONG_MS)
    assert progress.bar.value() == 3
    assert not progress.cancel.isEnabled()
    assert "No plan is under way" in progress.cancel.toolTip()
    qtbot.waitUntil(lambda: not band.text, timeout=_LONG_MS)
    assert all(node.state is NodeState.UP for node in cluster.nodes.values())
    progress.close()


def test_a_plan_is_cancelled_and_its_node_resumed(qtbot: QtBot, furnished: Furnish) -> None:
    house, cluster = _furnish(furnished)
    progress = _begin(qtbot, house, restarts=False)
    assert cluster.maintenance.step is PlanStep.DRAINING
    qtbot.mouseClick(progress.cancel, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: cluster.maintenance.state is PlanState.CANCELLED, timeout=_LONG_MS)
    qtbot.waitUntil(lambda: progress.words.text().startswith("Cancelled"), timeout=_LONG_MS)
    assert cluster.nodes[NodeId(0)].state is NodeState.UP
    progress.close()


def test_no_node_no_plan(qtbot: QtBot, furnished: Furnish) -> None:
    house, _ = _furnish(furnished)
    house.window.board.actions["cluster.maintenance"].trigger()
    dialog = house.window.findChild(MaintenanceDialog)
    assert dialog is not None
    for node in range(3):
        dialog.nodes.tick(NodeId(node), ticked=False)
    apply = dialog.findChild(QPushButton, "apply")
    assert apply is not None
    assert not apply.isEnabled()
    assert "ick at least one node" in dialog._problems.text()
    dialog.reject()
    assert not house.window.board.actions["cluster.maintenance-cancel"].isEnabled()


def test_a_crash_is_foretold_before_it_is_confirmed(qtbot: QtBot, furnished: Furnish) -> None:
    house, cluster = _furnish(furnished)
    assert house.window.panes is not None
    house.window.panes.reveal(node_ref(1))
    house.window.board.actions["node.crash"].trigger()
    dialog = house.window.findChild(ConfirmDialog)
    assert dialog is not None
    line = dialog.forecast
    assert line is not None
    qtbot.waitUntil(lambda: "1 VM started again within" in line.text(), timeout=_LONG_MS)
    assert cluster.nodes[NodeId(1)].state is NodeState.UP, "a forecast changes nothing"
    dialog.reject()
