"""Networks and storage set up otherwise through the window: roles, addresses, latencies, and whom a LUN is shown to."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QPushButton
from pytestqt.qtbot import QtBot

from by_hand import cluster_of
from hvgui.cluster.cluster import ClusterRecord
from hvgui.cluster.ids import LunId, NetworkId, NodeId, SanId
from hvgui.cluster.networks import NetworkRole
from hvgui.gui.actions.command import Choice
from hvgui.gui.actions.table import BY_ID
from hvgui.gui.application import House
from hvgui.gui.dialogs.address_dialog import AddressDialog
from hvgui.gui.objects import Kind, Ref, link_ref
from small_cluster import MIGRATION, small_record

_LONG_MS = 40_000
Furnish = Callable[[ClusterRecord], House]


def _entries(house: House, ref: Ref, command: str) -> dict[str, Choice]:
    """The submenu of a command on an object, by titles."""
    house.window.desk.refs = (ref,)
    choices = BY_ID[command].choices
    assert choices is not None
    return {one.title: one for one in choices(house.window.desk)}


def test_a_network_gets_another_role_and_a_link_another_latency(qtbot: QtBot, furnished: Furnish) -> None:
    house = furnished(small_record(nodes=3))
    cluster = cluster_of(house)
    network = Ref(Kind.NETWORK, int(MIGRATION))
    found = _entries(house, network, "network.role")
    assert {title: one.checked for title, one in found.items()} == {
        "Cluster and client": True,
        "Cluster only": False,
        "Not used by the cluster": False,
    }
    assert "already" in found["Cluster and client"].reason
    found["Not used by the cluster"].run(house.window.desk)
    qtbot.waitUntil(lambda: cluster.networks[MIGRATION].role is NetworkRole.NONE, timeout=_LONG_MS)
    last = _entries(house, Ref(Kind.NETWORK, 0), "network.role")["Not used by the cluster"]
    assert "no node hears another" in last.explanation
    found = _entries(house, link_ref(NodeId(1), NetworkId(0)), "link.latency")
    found["500 ms"].run(house.window.desk)
    qtbot.waitUntil(lambda: cluster.links[(NodeId(1), NetworkId(0))].latency_seconds == 0.5, timeout=_LONG_MS)
    house.window.board.refresh()
    undo = house.window.board.actions["edit.undo"]
    qtbot.waitUntil(undo.isEnabled, timeout=_LONG_MS)
    undo.trigger()
    qtbot.waitUntil(lambda: cluster_of(house).links[(NodeId(1), NetworkId(0))].latency_seconds < 0.5, timeout=_LONG_MS)


def test_an_address_is_written_and_a_conflict_said(qtbot: QtBot, furnished: Furnish) -> None:
    house = furnished(small_record(nodes=2))
    cluster = cluster_of(house)
    taken = cluster.links[(NodeId(0), NetworkId(0))].address
    house.window.desk.refs = (link_ref(NodeId(1), NetworkId(0)),)
    house.window.board.refresh()
    house.window.board.actions["link.address"].trigger()
    dialog = next(one for one in house.window.findChildren(AddressDialog) if one.isVisible())
    apply = dialog.findChild(QPushButton, "apply")
    assert apply is not None
    dialog.line.setText("10.0.0")
    assert not apply.isEnabled()
    dialog.line.setText(taken or "10.0.0.9")
    assert apply.isEnabled()
    qtbot.mouseClick(apply, Qt.MouseButton.LeftButton)
    wanted = taken or "10.0.0.9"
    qtbot.waitUntil(lambda: cluster.links[(NodeId(1), NetworkId(0))].address == wanted, timeout=_LONG_MS)


def test_a_lun_is_hidden_from_a_node_and_a_storage_system_loses_what_a_cluster_needs(
    qtbot: QtBot, furnished: Furnish
) -> None:
    house = furnished(small_record(nodes=3))
    cluster = cluster_of(house)
    lun = Ref(Kind.LUN, 0)
    found = _entries(house, lun, "lun.present")
    assert [one.checked for one in found.values()] == [True] * 4, "every node, and each of them"
    found["NODE3"].run(house.window.desk)
    qtbot.waitUntil(lambda: cluster.luns[LunId(0)].paths == (NodeId(0), NodeId(1)), timeout=_LONG_MS)
    _entries(house, lun, "lun.present")["Every node"].run(house.window.desk)
    qtbot.waitUntil(lambda: cluster.luns[LunId(0)].paths is None, timeout=_LONG_MS)
    house.window.desk.refs = (Ref(Kind.SAN, 0),)
    house.window.board.refresh()
    action = house.window.board.actions["san.reservations"]
    assert action.text() == "Switch off persistent reservations"
    action.trigger()
    qtbot.waitUntil(lambda: not cluster.sans[SanId(0)].persistent_reservations, timeout=_LONG_MS)
    _entries(house, Ref(Kind.SAN, 0), "san.latency")["1.5 s"].run(house.window.desk)
    qtbot.waitUntil(lambda: cluster.sans[SanId(0)].latency_seconds == 1.5, timeout=_LONG_MS)
