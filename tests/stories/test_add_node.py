"""A server is brought in through the window, becomes a node, takes a VM, and all of it is taken back."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from msgspec.structs import replace
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QPushButton, QWidget
from pytestqt.qtbot import QtBot

from hvgui.cluster.cluster import Cluster, ClusterRecord
from hvgui.cluster.ids import NodeId, VmId, VolumeId
from hvgui.cluster.membership import standing
from hvgui.cluster.nodes import NodeState
from hvgui.cluster.profiles import PROFILES
from hvgui.cluster.units import GIB, NANOSECONDS
from hvgui.gui.actions.command import verdict
from hvgui.gui.actions.confirm import ConfirmDialog
from hvgui.gui.actions.table import BY_ID
from hvgui.gui.application import House
from hvgui.gui.graphs.history import history_of
from hvgui.gui.objects import Kind, Ref, node_ref, vm_ref
from hvgui.gui.servers.wizard import AddNodeWizard
from hvgui.gui.wizard.form_page import choose
from hvgui.gui.wizard.page import WizardPage
from hvgui.lab.frames import AS_FAST_AS_POSSIBLE
from hvgui.requests.migration import LiveMigrate
from hvgui.requests.new_server import NewServer
from hvgui.requests.node_service import AddNode, EvictNode
from hvgui.requests.remove_server import RemoveServer
from small_cluster import CLIENTS, MIGRATION, small_record, small_vm

_LONG_MS = 40_000
NEW = NodeId(2)
Furnish = Callable[[ClusterRecord], House]


def _furnish(furnished: Furnish, record: ClusterRecord | None = None) -> tuple[House, Callable[[], Cluster]]:
    record = record or small_record(vms=tuple(small_vm(number, owner=number % 2) for number in range(3)))
    domain = "lab.example"
    nodes = tuple(replace(node, domain=domain) for node in record.nodes)
    house = furnished(replace(record, domain=domain, nodes=nodes, profile=PROFILES["2012 R2"]))
    assert house.bridge is not None
    assert house.window.panes is not None
    house.window.panes.reveal(Ref(Kind.CLUSTER))
    bridge = house.bridge
    return house, lambda: bridge.cluster


def _open(house: House) -> AddNodeWizard:
    house.window.board.actions["cluster.add-node"].trigger()
    wizard = house.window.findChild(AddNodeWizard)
    assert wizard is not None
    return wizard


def _next(qtbot: QtBot, wizard: AddNodeWizard, expected: WizardPage) -> None:
    assert wizard.next.isEnabled(), wizard.why.text()
    qtbot.mouseClick(wizard.next, Qt.MouseButton.LeftButton)
    assert wizard.page is expected


def _type(qtbot: QtBot, field: QWidget, text: str) -> None:
    qtbot.keyClick(field, Qt.Key.Key_A, Qt.KeyboardModifier.ControlModifier)
    qtbot.keyClicks(field, text)


def _blocked(wizard: AddNodeWizard, says: str) -> bool:
    assert not wizard.next.isEnabled()
    return says in wizard.why.text()


def _play(house: House) -> None:
    assert house.bridge is not None
    house.bridge.session.set_speed(AS_FAST_AS_POSSIBLE)
    house.window.board.actions["time.play"].trigger()


def _pause(qtbot: QtBot, house: House) -> None:
    house.window.board.actions["time.play"].trigger()
    qtbot.waitUntil(lambda: house.bridge is not None and not house.bridge.pace.playing, timeout=_LONG_MS)


def test_a_new_server_becomes_a_node_takes_a_vm_and_is_undone(qtbot: QtBot, furnished: Furnish) -> None:
    house, cluster = _furnish(furnished)
    bridge, panes = house.bridge, house.window.panes
    assert bridge is not None
    assert panes is not None
    _play(house)
    qtbot.waitUntil(lambda: history_of(bridge).now_seconds > 60.0, timeout=_LONG_MS)
    _pause(qtbot, house)
    came_at = history_of(bridge).now_seconds
    wizard = _open(house)
    assert not wizard.servers.is_known.isEnabled()
    _next(qtbot, wizard, wizard.hardware)
    assert wizard.hardware.name.text() == "NODE3"
    for name, says in (("node2", "There is a server NODE2"), ("A" * 16, "no computer's name"), ("12", "is a number")):
        _type(qtbot, wizard.hardware.name, name)
        assert _blocked(wizard, says)
    _type(qtbot, wizard.hardware.name, "BIGBOX")
    _type(qtbot, wizard.hardware.memory, "lots")
    assert _blocked(wizard, "'lots' is not a size")
    choose(wizard.hardware.processor, "xeon-e5-2650")
    wizard.hardware.sockets.setValue(1)
    _type(qtbot, wizard.hardware.memory, "96 GB")
    assert "16 logical processors" in wizard.hardware.told.text()
    _next(qtbot, wizard, wizard.cables)
    wizard.cables.networks[MIGRATION][1].setCurrentIndex(wizard.cables.networks[MIGRATION][1].findData(1.25e9))
    _next(qtbot, wizard, wizard.offer)
    _next(qtbot, wizard, wizard.validation)
    qtbot.waitUntil(lambda: wizard.validation.done is not None, timeout=_LONG_MS)
    report = wizard.validation.done
    assert report is not None
    assert report.report.nodes == ("NODE1", "NODE2", "BIGBOX")
    _next(qtbot, wizard, wizard.confirmation)
    said = [wizard.confirmation.list.item(row).text() for row in range(wizard.confirmation.list.count())]
    assert said[0] == "A new server BIGBOX: 1 × Intel Xeon E5-2650 (16 logical processors), 96 GB."
    assert "Migration (10 Gbit/s)" in said[1]
    assert "TEST has 3 nodes then; 2012 R2 allows 64." in said
    assert "features that NODE1, NODE2 lack" in wizard.confirmation.advice.text()
    assert wizard.confirmation.command.toPlainText().endswith("Add-ClusterNode -Name 'BIGBOX'")
    assert NEW not in cluster().nodes, "nothing has been asked for yet"
    _next(qtbot, wizard, wizard.progress)
    qtbot.waitUntil(
        lambda: wizard.progress.words.text() == "BIGBOX joins as soon as time goes on (Play).", timeout=_LONG_MS
    )
    _play(house)
    qtbot.waitUntil(lambda: wizard.progress.words.text() == "BIGBOX is a node of TEST.", timeout=_LONG_MS)
    assert not wizard.cancel.isVisible()
    qtbot.mouseClick(wizard.next, Qt.MouseButton.LeftButton)
    _pause(qtbot, house)
    node = cluster().nodes[NEW]
    assert (node.state, node.is_member, node.memory_bytes, node.domain) == (NodeState.UP, True, 96 * GIB, "lab.example")
    assert panes.details.ref == node_ref(NEW)
    assert [panes.model.index_of_ref(node_ref(one)).data() for one in (0, 1, 2)] == ["NODE1", "NODE2", "BIGBOX"]
    assert cluster().links[(NEW, MIGRATION)].bytes_per_second == 1.25e9
    assert standing(cluster()).active == (0, 1, 2)
    _migrate_and_look(qtbot, house, cluster, came_at)
    _undo_all(qtbot, house, cluster)


def _migrate_and_look(qtbot: QtBot, house: House, cluster: Callable[[], Cluster], came_at: float) -> None:
    bridge = house.bridge
    assert bridge is not None
    bridge.submit(LiveMigrate(VmId(0), NEW))
    _play(house)
    qtbot.waitUntil(lambda: cluster().vms[VmId(0)].owner == NEW, timeout=_LONG_MS)
    _pause(qtbot, house)
    times, cpu, *_ = history_of(bridge).node_series(NEW, 0.0)
    assert times[0] >= came_at, "nothing is drawn of the time before it came"
    assert not np.isnan(cpu).any()
    assert cpu[-1] > 0.0
    older = history_of(bridge).node_series(NodeId(1), 0.0)[0]
    assert older[0] < came_at
    assert np.diff(older).max() <= 60.0, "the others' figures have no gap"


def _undo_all(qtbot: QtBot, house: House, cluster: Callable[[], Cluster]) -> None:
    panes = house.window.panes
    assert panes is not None
    for expected in ("Undo Live migrate", "Undo Add BIGBOX to TEST", "Undo Bring the server BIGBOX into the lab"):
        undo = house.window.board.actions["edit.undo"]
        qtbot.waitUntil(lambda undo=undo, expected=expected: undo.text().startswith(expected), timeout=_LONG_MS)
        undo.trigger()
    qtbot.waitUntil(lambda: NEW not in cluster().nodes, timeout=_LONG_MS)
    assert not panes.model.index_of_ref(node_ref(NEW)).isValid()
    assert panes.details.ref == Ref(Kind.CLUSTER)
    house.window.board.actions["edit.redo"].trigger()
    qtbot.waitUntil(lambda: NEW in cluster().nodes, timeout=_LONG_MS)
    assert not cluster().nodes[NEW].is_member


def test_an_evicted_server_is_added_again_or_removed_for_good(qtbot: QtBot, furnished: Furnish) -> None:
    house, cluster = _furnish(furnished, small_record(nodes=3, vms=(small_vm(),)))
    bridge, panes = house.bridge, house.window.panes
    assert bridge is not None
    assert panes is not None
    assert not verdict(BY_ID["node.remove"], house.window.desk).enabled
    bridge.submit(EvictNode(NEW))
    qtbot.waitUntil(lambda: not cluster().nodes[NEW].is_member, timeout=_LONG_MS)
    wizard = _open(house)
    assert wizard.servers.is_known.isChecked()
    assert wizard.servers.servers.currentText() == "NODE3 (not in the cluster)"
    _next(qtbot, wizard, wizard.offer)
    qtbot.mouseClick(wizard.offer.no, Qt.MouseButton.LeftButton)
    _next(qtbot, wizard, wizard.confirmation)
    assert wizard.confirmation.command.toPlainText() == "Add-ClusterNode -Name 'NODE3'"
    qtbot.mouseClick(wizard.back, Qt.MouseButton.LeftButton)
    wizard.reject()
    panes.reveal(node_ref(NEW))
    wizard = _open(house)
    assert wizard.draft.known == NEW, "what is chosen in the tree"
    wizard.reject()
    house.window.board.actions["node.remove"].trigger()
    dialog = house.window.findChild(ConfirmDialog)
    assert dialog is not None
    go = dialog.findChild(QPushButton, "confirm go")
    assert go is not None
    assert go.text() == "Remove server from lab"
    qtbot.mouseClick(go, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: NEW not in cluster().nodes, timeout=_LONG_MS)
    qtbot.waitUntil(lambda: panes.details.ref == Ref(Kind.CLUSTER), timeout=_LONG_MS)
    assert not panes.model.index_of_ref(node_ref(NEW)).isValid()
    house.window.board.actions["edit.undo"].trigger()
    qtbot.waitUntil(lambda: NEW in cluster().nodes, timeout=_LONG_MS)


def test_a_server_that_is_off_or_unfit_is_only_brought_in(qtbot: QtBot, furnished: Furnish) -> None:
    house, cluster = _furnish(furnished)
    wizard = _open(house)
    _next(qtbot, wizard, wizard.hardware)
    wizard.hardware.in_domain.setChecked(False)
    assert _blocked(wizard, "a member of no domain")
    wizard.hardware.in_domain.setChecked(True)
    wizard.hardware.virtualises.setChecked(False)
    assert _blocked(wizard, "no hardware virtualisation")
    choose(wizard.hardware.processor, "opteron-270")
    assert not wizard.hardware.virtualises.isEnabled()
    assert _blocked(wizard, "no hardware virtualisation")
    choose(wizard.hardware.processor, "")
    wizard.hardware.virtualises.setChecked(True)
    wizard.hardware.power.setChecked(False)
    _next(qtbot, wizard, wizard.cables)
    wizard.cables.networks[CLIENTS][0].setChecked(False)
    assert not wizard.cables.networks[CLIENTS][1].isEnabled()
    _next(qtbot, wizard, wizard.confirmation)
    last = wizard.confirmation.list.item(wizard.confirmation.list.count() - 1).text()
    assert last == "It is switched off: power it on, then add it to the cluster."
    _next(qtbot, wizard, wizard.progress)
    qtbot.waitUntil(lambda: wizard.progress.words.text() == "NODE3 stands in the lab, switched off.", timeout=_LONG_MS)
    wizard.accept()
    assert not cluster().nodes[NEW].has_power
    assert [key for key in cluster().links if key[0] == NEW] == [(NEW, MIGRATION)]
    assert verdict(BY_ID["node.power-on"], house.window.desk).enabled


def test_the_wizard_by_keyboard_and_closed_while_it_works(qtbot: QtBot, furnished: Furnish) -> None:
    house, cluster = _furnish(furnished)
    wizard = _open(house)
    qtbot.waitUntil(wizard.isActiveWindow, timeout=_LONG_MS)
    for page in (wizard.hardware, wizard.cables, wizard.offer):
        qtbot.keyClick(wizard, Qt.Key.Key_N, Qt.KeyboardModifier.AltModifier)
        qtbot.waitUntil(lambda page=page: wizard.page is page, timeout=_LONG_MS)
    qtbot.keyClick(wizard.offer.yes, Qt.Key.Key_Down)
    assert wizard.offer.no.isChecked()
    qtbot.keyClick(wizard, Qt.Key.Key_N, Qt.KeyboardModifier.AltModifier)
    qtbot.waitUntil(lambda: wizard.page is wizard.confirmation, timeout=_LONG_MS)
    qtbot.keyClick(wizard, Qt.Key.Key_A, Qt.KeyboardModifier.AltModifier)
    qtbot.waitUntil(lambda: wizard.page is wizard.progress, timeout=_LONG_MS)
    qtbot.keyClick(wizard, Qt.Key.Key_Escape)
    qtbot.waitUntil(lambda: NEW in cluster().nodes and cluster().nodes[NEW].is_member, timeout=_LONG_MS)


def test_a_full_cluster_says_so(qtbot: QtBot, furnished: Furnish) -> None:
    house, _ = _furnish(furnished, small_record(nodes=64, vms=()))
    wizard = _open(house)
    _next(qtbot, wizard, wizard.hardware)
    assert _blocked(wizard, "as many as 2012 R2 allows")
    wizard.reject()


def test_the_past_adds_no_node_and_a_lab_that_goes_takes_the_wizard_along(qtbot: QtBot, furnished: Furnish) -> None:
    house, _ = _furnish(furnished)
    bridge = house.bridge
    assert bridge is not None
    _play(house)
    qtbot.waitUntil(lambda: history_of(bridge).now_seconds > 20.0, timeout=_LONG_MS)
    _pause(qtbot, house)
    wizard = _open(house)
    _next(qtbot, wizard, wizard.hardware)
    bridge.session.look_at(5 * NANOSECONDS)
    qtbot.waitUntil(lambda: bool(house.window.desk.past_reason), timeout=_LONG_MS)
    _type(qtbot, wizard.hardware.name, "LATER")
    assert _blocked(wizard, house.window.desk.past_reason)
    bridge.session.return_to_present()
    qtbot.waitUntil(lambda: not house.window.desk.past_reason, timeout=_LONG_MS)
    _type(qtbot, wizard.hardware.name, "NOW")
    assert wizard.next.isEnabled()
    house.window.drop_lab()
    assert not wizard.isVisible()


def test_what_is_undone_while_the_wizard_stands_is_said(qtbot: QtBot, furnished: Furnish) -> None:
    house, cluster = _furnish(furnished)
    wizard = _open(house)
    wizard.offer.no.setChecked(True)
    for page in (wizard.hardware, wizard.cables, wizard.offer, wizard.confirmation, wizard.progress):
        _next(qtbot, wizard, page)
    qtbot.waitUntil(lambda: NEW in cluster().nodes and cluster().nodes[NEW].is_member, timeout=_LONG_MS)
    for expected in ("Undo Add NODE3 to TEST", "Undo Bring the server NODE3 into the lab"):
        undo = house.window.board.actions["edit.undo"]
        qtbot.waitUntil(lambda undo=undo, expected=expected: undo.text().startswith(expected), timeout=_LONG_MS)
        undo.trigger()
    qtbot.waitUntil(lambda: NEW not in cluster().nodes, timeout=_LONG_MS)
    qtbot.waitUntil(lambda: wizard.progress.words.text() == "NODE3 is not in the lab any more.", timeout=_LONG_MS)
    wizard.accept()


def test_every_page_goes_on_once_the_first_node_has_gone_for_good(qtbot: QtBot, furnished: Furnish) -> None:
    """Numbers have a gap then; columns by node still have a place for what is not there."""
    house, cluster = _furnish(furnished, small_record(nodes=3, vms=(small_vm(owner=1),)))
    bridge, panes, first = house.bridge, house.window.panes, NodeId(0)
    assert bridge is not None
    assert panes is not None
    bridge.submit(EvictNode(first))
    _play(house)
    qtbot.waitUntil(lambda: cluster().volumes[VolumeId(0)].coordinator != first, timeout=_LONG_MS)
    _pause(qtbot, house)
    bridge.submit(RemoveServer(first))
    bridge.submit(NewServer("NODE4"))
    bridge.submit(AddNode(NodeId(3)))
    _play(house)
    qtbot.waitUntil(
        lambda: NodeId(3) in cluster().nodes and cluster().nodes[NodeId(3)].state is NodeState.UP, timeout=_LONG_MS
    )
    assert sorted(cluster().nodes) == [1, 2, 3]
    pages = (*(node_ref(one) for one in cluster().nodes), *(Ref(kind) for kind in (Kind.CLUSTER, Kind.NODES)))
    others = (Ref(Kind.NETWORKS), Ref(Kind.NETWORK, 0), Ref(Kind.VOLUME, 0), Ref(Kind.LUN, 0), Ref(Kind.SAN, 0))
    tabs = panes.details.tabs
    for ref in (*pages, *others, vm_ref(0)):
        panes.reveal(ref)
        for tab in range(tabs.count()):
            tabs.setCurrentIndex(tab)
            moment = bridge.time_ns
            qtbot.waitUntil(lambda moment=moment: bridge.time_ns > moment, timeout=_LONG_MS)
    bridge.submit(LiveMigrate(VmId(0), NodeId(3)))
    qtbot.waitUntil(lambda: cluster().vms[VmId(0)].owner == 3, timeout=_LONG_MS)
    _pause(qtbot, house)
    assert history_of(bridge).node_series(NodeId(3), 0.0)[1][-1] > 0.0
