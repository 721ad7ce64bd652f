"""A cluster fails and is brought back through the window: votes, models, partitions, force, drains, services."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from msgspec.structs import replace
from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QDialog, QLabel, QMenu, QPushButton
from pytestqt.qtbot import QtBot

from by_hand import choose, cluster_of, give, in_sight, press
from hvgui.cluster.cluster import ClusterRecord
from hvgui.cluster.ids import LunId, NodeId, SanId, VmId
from hvgui.cluster.machines import VmState
from hvgui.cluster.nodes import DrainState, NodeState, ServiceState
from hvgui.cluster.quorum import QuorumModel
from hvgui.cluster.storage import Lun, LunUse
from hvgui.cluster.units import GIB, NANOSECONDS
from hvgui.gui.actions.confirm import ConfirmDialog
from hvgui.gui.actions.time_commands import set_speed
from hvgui.gui.application import House
from hvgui.gui.network.loss_dialog import LossDialog
from hvgui.gui.network.partition_dialog import PartitionDialog
from hvgui.gui.nodes.drain_dialog import DrainDialog
from hvgui.gui.objects import Kind, Ref, node_ref
from hvgui.gui.opening import Wish
from hvgui.gui.quorum.heartbeat_dialog import HeartbeatDialog
from hvgui.gui.quorum.heartbeat_words import heartbeat_rows
from hvgui.gui.quorum.settings_dialog import QuorumDialog
from hvgui.gui.quorum.tab import QuorumTab
from hvgui.gui.servers.wizard import AddNodeWizard
from hvgui.lab.frames import AS_FAST_AS_POSSIBLE
from small_cluster import MIGRATION, small_record, small_vm

_LONG_MS = 40_000
Furnish = Callable[[ClusterRecord], House]
D = TypeVar("D", bound=QDialog)


def _record(nodes: int = 3) -> ClusterRecord:
    record = small_record(vms=tuple(small_vm(number, owner=number % nodes) for number in range(nodes)), nodes=nodes)
    return replace(record, luns=(*record.luns, Lun(LunId(1), "Spare", SanId(0), GIB, LunUse.AVAILABLE, NodeId(0))))


def _play(house: House) -> None:
    """As fast as it goes."""
    set_speed(house.window.desk, AS_FAST_AS_POSSIBLE)
    if house.bridge is not None and not house.bridge.pace.playing:
        house.window.board.actions["time.play"].trigger()


def _pause(qtbot: QtBot, house: House) -> None:
    house.window.board.actions["time.play"].trigger()
    qtbot.waitUntil(lambda: house.bridge is not None and not house.bridge.pace.playing, timeout=_LONG_MS)


def _quorum_tab(house: House) -> QuorumTab:
    panes = house.window.panes
    assert panes is not None
    panes.reveal(Ref(Kind.CLUSTER))
    tab = panes.details.findChild(QuorumTab)
    assert tab is not None
    panes.details.tabs.setCurrentWidget(tab)
    return tab


def _crash(qtbot: QtBot, house: House, node: int) -> None:
    choose(house, node_ref(node))
    give(house, "node.crash")
    press(qtbot, in_sight(house, ConfirmDialog), "confirm go")
    qtbot.waitUntil(lambda: cluster_of(house).nodes[NodeId(node)].state is NodeState.DOWN, timeout=_LONG_MS)


def test_a_crash_is_seen_in_the_votes_and_its_vm_starts_elsewhere(qtbot: QtBot, furnished: Furnish) -> None:
    house = furnished(_record())
    cluster, tab = cluster_of(house), _quorum_tab(house)
    assert tab.sentence.text() == "3 of 3 votes, 1 more vote may be lost."
    tab.diagram.setFocus()
    for _ in range(3):
        qtbot.keyClick(tab.diagram, Qt.Key.Key_Right)
    assert tab.diagram.current is not None
    assert tab.diagram.current.name == "NODE3"
    assert house.window.desk.refs == (node_ref(2),)
    give(house, "node.crash")
    asked = in_sight(house, ConfirmDialog)
    label = asked.findChild(QLabel, "consequences")
    assert label is not None
    assert "2 of 3 votes, one more loss stops the cluster" in label.text()
    press(qtbot, asked, "confirm go")
    qtbot.waitUntil(lambda: "one more loss stops" in tab.sentence.text(), timeout=_LONG_MS)
    qtbot.waitUntil(lambda: tab.diagram.ballots[2].state == "Down, not noticed yet", timeout=_LONG_MS)
    _play(house)
    qtbot.waitUntil(lambda: cluster.vms[VmId(2)].state is VmState.RUNNING, timeout=_LONG_MS)
    assert cluster.vms[VmId(2)].owner != NodeId(2)
    qtbot.waitUntil(lambda: tab.diagram.ballots[2].state == "Down", timeout=_LONG_MS)


def test_quorum_is_lost_and_forced(qtbot: QtBot, furnished: Furnish) -> None:
    house = furnished(_record())
    cluster, tab = cluster_of(house), _quorum_tab(house)
    choose(house, node_ref(0))
    assert "it has quorum" in house.window.board.actions["node.force-quorum"].toolTip()
    _crash(qtbot, house, 2)
    _play(house)
    qtbot.waitUntil(lambda: not cluster.nodes[NodeId(2)].is_unnoticed, timeout=_LONG_MS)
    _crash(qtbot, house, 1)
    qtbot.waitUntil(lambda: cluster.nodes[NodeId(0)].state is NodeState.ISOLATED, timeout=_LONG_MS)
    assert cluster.vms[VmId(0)].state is VmState.CRITICAL
    tab = _quorum_tab(house)
    qtbot.waitUntil(lambda: tab.sentence.text().startswith("TEST is stopped: 1 of 3 votes"), timeout=_LONG_MS)
    assert not house.window.board.actions["cluster.quorum"].isEnabled()
    assert "no quorum" in house.window.board.actions["cluster.quorum"].toolTip()
    choose(house, node_ref(0))
    give(house, "node.force-quorum")
    press(qtbot, in_sight(house, ConfirmDialog), "confirm go")
    qtbot.waitUntil(lambda: cluster.vms[VmId(0)].state is VmState.RUNNING, timeout=_LONG_MS)
    tab = _quorum_tab(house)
    qtbot.waitUntil(lambda: tab.sentence.text().startswith("Forced to run without quorum"), timeout=_LONG_MS)


def test_the_model_is_chosen_with_what_it_survives(qtbot: QtBot, furnished: Furnish) -> None:
    house = furnished(_record(nodes=2))
    cluster = cluster_of(house)
    choose(house, Ref(Kind.CLUSTER))
    give(house, "cluster.quorum")
    dialog = in_sight(house, QuorumDialog)
    disk = dialog.models[QuorumModel.NODE_AND_DISK]
    assert disk.text().endswith("(recommended)")
    dialog.models[QuorumModel.NODE_MAJORITY].setChecked(True)
    assert not dialog.disk.isEnabled()
    assert "has no disk witness" in dialog.disk.toolTip()
    assert "recommended is" in dialog.advice.text()
    dialog.models[QuorumModel.NODE_AND_SHARE].setChecked(True)
    apply = dialog.findChild(QPushButton, "apply")
    assert apply is not None
    assert not apply.isEnabled(), "without a share"
    dialog.share.setText("\\\\files\\witness")
    assert apply.isEnabled()
    disk.setChecked(True)
    assert dialog.disk.currentText().startswith("Spare"), "the one that nobody uses stands first"
    assert dialog.outcome.text() == "With it, at this moment: 3 of 3 votes, 1 more vote may be lost."
    press(qtbot, dialog)
    qtbot.waitUntil(lambda: cluster.quorum.model is QuorumModel.NODE_AND_DISK, timeout=_LONG_MS)
    assert cluster.quorum.witness_lun == LunId(1)


def test_heartbeats_are_set_and_the_node_page_says_when_it_would_be_missed(qtbot: QtBot, furnished: Furnish) -> None:
    house = furnished(_record())
    choose(house, Ref(Kind.CLUSTER))
    give(house, "cluster.heartbeat")
    dialog = in_sight(house, HeartbeatDialog)
    assert (dialog.delay.minimum(), dialog.delay.maximum()) == (250, 2000)
    dialog.delay.setValue(250)
    dialog.threshold.setValue(3)
    assert dialog.noticed.text() == "A death is noticed after 750 ms to 1.0 s."
    press(qtbot, dialog)
    qtbot.waitUntil(lambda: cluster_of(house).heartbeat.same_subnet_threshold == 3, timeout=_LONG_MS)


def _missed(house: House, node: int) -> str:
    """What the node's page says of the heartbeats that are missed."""
    assert house.window.panes is not None
    facts = house.window.panes.facts
    return dict(heartbeat_rows(facts, NodeId(node)))["Missed in a row"]


def test_missed_heartbeats_are_right_after_the_lab_is_opened_again(qtbot: QtBot, furnished: Furnish) -> None:
    house = furnished(_record())
    assert house.bridge is not None
    assert house.session is not None
    path, before = house.session.path, house.bridge
    _crash(qtbot, house, 2)
    before.session.play()
    qtbot.waitUntil(lambda: before.time_ns >= 2 * NANOSECONDS, timeout=_LONG_MS)
    _pause(qtbot, house)
    said = _missed(house, 2)
    assert said in ("2 of 5 that mean death", "3 of 5 that mean death", "4 of 5 that mean death")
    house.open(Wish(path=path))
    qtbot.waitUntil(lambda: house.bridge is not None and house.bridge is not before, timeout=_LONG_MS)
    assert _missed(house, 2) == said
    assert _missed(house, 1) == "none"


def test_a_network_is_partitioned_and_healed(qtbot: QtBot, furnished: Furnish) -> None:
    house = furnished(_record())
    cluster = cluster_of(house)
    choose(house, Ref(Kind.NETWORKS))
    give(house, "network.partition")
    dialog = in_sight(house, PartitionDialog)
    dialog.list.topLevelItem(1).setSelected(True)  # type: ignore[union-attr]
    qtbot.keyClick(dialog.list, Qt.Key.Key_B)
    assert [len(group) for group in dialog.list.groups] == [1, 2]
    assert "NODE2, NODE3 goes on (2 of 3 votes" in dialog.outlook.text()
    press(qtbot, dialog)
    qtbot.waitUntil(lambda: all(one.partition for one in cluster.networks.values()), timeout=_LONG_MS)
    _play(house)
    qtbot.waitUntil(lambda: cluster.nodes[NodeId(0)].state is NodeState.ISOLATED, timeout=_LONG_MS)
    qtbot.waitUntil(lambda: cluster.vms[VmId(0)].owner != NodeId(0), timeout=_LONG_MS)
    choose(house, Ref(Kind.NETWORK, MIGRATION))
    give(house, "network.heal")
    qtbot.waitUntil(lambda: not cluster.networks[MIGRATION].partition, timeout=_LONG_MS)
    qtbot.waitUntil(lambda: cluster.nodes[NodeId(0)].state is NodeState.UP, timeout=_LONG_MS)
    give(house, "network.heal-all")
    qtbot.waitUntil(lambda: not any(one.partition for one in cluster.networks.values()), timeout=_LONG_MS)
    heal = house.window.board.actions["network.heal-all"]
    qtbot.waitUntil(lambda: "No network is partitioned" in heal.toolTip(), timeout=_LONG_MS)


def test_heartbeats_get_lost_and_are_kept_again(qtbot: QtBot, furnished: Furnish) -> None:
    house = furnished(_record())
    cluster = cluster_of(house)
    choose(house, Ref(Kind.NETWORK, MIGRATION))
    assert not house.window.board.actions["network.keep-heartbeats"].isEnabled()
    give(house, "network.lose-heartbeats")
    dialog = in_sight(house, LossDialog)
    dialog.loss.setValue(80.0)
    assert "5 in a row are lost" in dialog.meaning.text()
    press(qtbot, dialog)
    qtbot.waitUntil(lambda: cluster.networks[MIGRATION].heartbeat_loss == 0.8, timeout=_LONG_MS)
    choose(house, Ref(Kind.NETWORK, MIGRATION))
    qtbot.waitUntil(house.window.board.actions["network.keep-heartbeats"].isEnabled, timeout=_LONG_MS)
    give(house, "network.keep-heartbeats")
    qtbot.waitUntil(lambda: cluster.networks[MIGRATION].heartbeat_loss == 0.0, timeout=_LONG_MS)


def test_a_node_is_drained_with_a_forecast_and_resumed(qtbot: QtBot, furnished: Furnish) -> None:
    house = furnished(_record())
    cluster = cluster_of(house)
    choose(house, node_ref(0))
    assert house.window.board.actions["node.drain"].text() == "Drain... (hvgui's own before 2012)"
    give(house, "node.drain")
    dialog = in_sight(house, DrainDialog)
    qtbot.waitUntil(lambda: dialog.list.topLevelItemCount() == 1, timeout=_LONG_MS)
    assert dialog.forecast.text().startswith("Takes about")
    head = dialog.list.topLevelItem(0)
    assert head is not None
    assert (head.text(2), head.child(0).text(0)) == ("1 VM moves", "VM00")
    assert cluster.nodes[NodeId(0)].state is NodeState.UP, "a forecast changes nothing"
    press(qtbot, dialog)
    qtbot.waitUntil(lambda: cluster.nodes[NodeId(0)].drain is DrainState.IN_PROGRESS, timeout=_LONG_MS)
    _play(house)
    qtbot.waitUntil(lambda: cluster.nodes[NodeId(0)].drain is DrainState.COMPLETED, timeout=_LONG_MS)
    assert cluster.vms[VmId(0)].owner != NodeId(0)
    choose(house, node_ref(0))
    give(house, "node.resume")
    qtbot.waitUntil(lambda: cluster.nodes[NodeId(0)].state is NodeState.UP, timeout=_LONG_MS)


def test_a_forecast_says_who_can_not_leave(qtbot: QtBot, furnished: Furnish) -> None:
    record = _record(nodes=2)
    bound = replace(record.vms[0], possible_owners=(NodeId(0),))
    house = furnished(replace(record, vms=(bound, *record.vms[1:])))
    choose(house, node_ref(0))
    give(house, "node.drain")
    dialog = in_sight(house, DrainDialog)
    qtbot.waitUntil(lambda: "can't leave" in dialog.forecast.text(), timeout=_LONG_MS)
    assert "VM00" in dialog.forecast.text()
    dialog.reject()


def test_a_service_is_stopped_started_hung_and_a_node_evicted_and_added(qtbot: QtBot, furnished: Furnish) -> None:
    house = furnished(_record())
    cluster, node = cluster_of(house), NodeId(2)
    choose(house, node_ref(2))
    give(house, "node.stop-service")
    press(qtbot, in_sight(house, ConfirmDialog), "confirm go")
    _play(house)
    qtbot.waitUntil(lambda: cluster.nodes[node].service is ServiceState.STOPPED, timeout=_LONG_MS)
    choose(house, node_ref(2))
    give(house, "node.evict")
    press(qtbot, in_sight(house, ConfirmDialog), "confirm go")
    qtbot.waitUntil(lambda: not cluster.nodes[node].is_member, timeout=_LONG_MS)
    choose(house, Ref(Kind.CLUSTER))
    house.window.board.actions["cluster.add-node"].trigger()
    wizard = house.window.findChild(AddNodeWizard)
    assert wizard is not None
    wizard.offer.no.setChecked(True)
    for page in (wizard.offer, wizard.confirmation, wizard.progress):
        qtbot.mouseClick(wizard.next, Qt.MouseButton.LeftButton)
        assert wizard.page is page
    wizard.accept()
    qtbot.waitUntil(lambda: cluster.nodes[node].state is NodeState.UP, timeout=_LONG_MS)
    _pause(qtbot, house)
    choose(house, node_ref(2))
    give(house, "node.hang")
    press(qtbot, in_sight(house, ConfirmDialog), "confirm go")
    qtbot.waitUntil(lambda: cluster.nodes[node].service is ServiceState.HUNG, timeout=_LONG_MS)
    panes = house.window.panes
    assert panes is not None
    index = panes.model.index_of_ref(node_ref(2)).siblingAtColumn(1)
    qtbot.waitUntil(lambda: index.data() == "Up, cluster service hangs", timeout=_LONG_MS)


def test_a_right_click_in_the_votes_opens_the_commands_of_the_node(qtbot: QtBot, furnished: Furnish) -> None:
    house = furnished(_record())
    tab = _quorum_tab(house)
    box = tab.diagram.boxes.places[1].center().toPoint()
    qtbot.mouseClick(tab.diagram, Qt.MouseButton.LeftButton, pos=box)
    tab.diagram.menu_wanted.emit(tab.diagram.mapToGlobal(QPoint(box)))
    menu = house.window.findChildren(QMenu, "context menu")[-1]
    assert "Evict" in [one.text() for one in menu.actions()]
    menu.close()
    qtbot.mouseDClick(tab.diagram, Qt.MouseButton.LeftButton, pos=box)
    panes = house.window.panes
    assert panes is not None
    assert panes.details.ref == node_ref(1)
