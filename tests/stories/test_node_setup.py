"""Nodes set up wrongly through the window: by right click, seen in the tree and on the page, found by validation,
undone, and set right."""

from __future__ import annotations

from collections.abc import Callable

from msgspec.structs import replace
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QMenu, QPushButton
from pytestqt.qtbot import QtBot

from by_hand import cluster_of
from hvgui.cluster.cluster import ClusterRecord
from hvgui.cluster.ids import NodeId
from hvgui.cluster.misconfigurations import Misconfiguration
from hvgui.cluster.nodes import NodeState
from hvgui.cluster.validation import Verdict
from hvgui.gui.actions.confirm import ConfirmDialog
from hvgui.gui.actions.time_commands import set_speed
from hvgui.gui.application import House
from hvgui.gui.node_words import node_look, node_state
from hvgui.gui.nodes.setup_words import setup_words, virtualisation_words
from hvgui.gui.objects import node_ref
from hvgui.lab.frames import AS_FAST_AS_POSSIBLE
from hvgui.lab.validation.all_tests import BY_ID
from hvgui.lab.validation.running import Plan, validate
from small_cluster import small_record, small_vm

_LONG_MS = 40_000
Furnish = Callable[[ClusterRecord], House]


def _record() -> ClusterRecord:
    record = small_record(tuple(small_vm(number, owner=number) for number in range(3)), nodes=3)
    nodes = tuple(replace(node, domain="lab.example") for node in record.nodes)
    return replace(record, domain="lab.example", nodes=nodes)


def _choose(house: House, node: int) -> None:
    assert house.window.panes is not None
    house.window.panes.reveal(node_ref(node))
    house.window.desk.refs = (node_ref(node),)
    house.window.board.refresh()


def _give(house: House, command: str) -> None:
    house.window.board.refresh()
    action = house.window.board.actions[command]
    assert action.isEnabled(), action.toolTip()
    action.trigger()


def _verdict(house: House, test: str) -> Verdict:
    (result,) = validate(cluster_of(house), Plan((BY_ID[test],))).results
    return result.verdict


def test_everything_stands_in_one_submenu_of_the_right_click(qtbot: QtBot, furnished: Furnish) -> None:
    house = furnished(_record())
    _choose(house, 1)
    menu = house.window.board.context_menu(house.window)
    assert menu is not None
    submenu = next(one for one in menu.findChildren(QMenu) if one.title() == "Set up wrongly")
    assert [one.text() for one in submenu.actions()][:3] == [
        "Leave the domain",
        "Switch off hardware virtualisation",
        "Block cluster traffic by firewall",
    ]
    assert len(submenu.actions()) == len(Misconfiguration)
    menu.close()


def test_a_firewall_cuts_a_node_off_and_is_opened_again(qtbot: QtBot, furnished: Furnish) -> None:
    house = furnished(_record())
    cluster = cluster_of(house)
    _choose(house, 1)
    _give(house, "node.firewall")
    asked = next(one for one in house.window.findChildren(ConfirmDialog) if one.isVisible())
    button = asked.findChild(QPushButton, "confirm go")
    assert button is not None
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: cluster.nodes[NodeId(1)].blocks_cluster_traffic, timeout=_LONG_MS)
    assert node_state(cluster.nodes[NodeId(1)]) == "Up, firewall blocks cluster traffic"
    assert _verdict(house, "network.firewall") is Verdict.FAILED
    set_speed(house.window.desk, AS_FAST_AS_POSSIBLE)
    house.window.board.actions["time.play"].trigger()
    qtbot.waitUntil(lambda: cluster.nodes[NodeId(1)].state is NodeState.ISOLATED, timeout=_LONG_MS)
    assert node_state(cluster.nodes[NodeId(1)]) == "Isolated by its firewall"
    _choose(house, 1)
    action = house.window.board.actions["node.firewall"]
    assert action.text() == "Let the firewall pass cluster traffic"
    action.trigger()
    qtbot.waitUntil(lambda: cluster.nodes[NodeId(1)].state is NodeState.UP, timeout=_LONG_MS)
    assert _verdict(house, "network.firewall") is Verdict.SUCCESS


def test_what_only_validation_sees_is_in_the_tree_told_and_undone(qtbot: QtBot, furnished: Furnish) -> None:
    house = furnished(_record())
    cluster = cluster_of(house)
    _choose(house, 2)
    _give(house, "node.driver")
    qtbot.waitUntil(lambda: bool(cluster.nodes[NodeId(2)].set_up_wrongly), timeout=_LONG_MS)
    node = cluster.nodes[NodeId(2)]
    assert (node_state(node), node_look(node)[0]) == ("Up, set up wrongly", "adjustments")
    assert setup_words(cluster, node) == "driver"
    assert _verdict(house, "system.drivers") is Verdict.WARNING
    panes = house.window.panes
    assert panes is not None
    told = "NODE3 runs a driver without a signature: oldnic.sys"
    qtbot.waitUntil(lambda: told in [one.message for one in panes.events.model.shown], timeout=_LONG_MS)
    undo = house.window.board.actions["edit.undo"]
    qtbot.waitUntil(undo.isEnabled, timeout=_LONG_MS)
    undo.trigger()
    qtbot.waitUntil(lambda: not cluster_of(house).nodes[NodeId(2)].set_up_wrongly, timeout=_LONG_MS)
    assert _verdict(house, "system.drivers") is Verdict.SUCCESS


def test_the_firmware_is_set_and_says_from_when_it_counts(qtbot: QtBot, furnished: Furnish) -> None:
    house = furnished(_record())
    cluster = cluster_of(house)
    _choose(house, 0)
    _give(house, "node.virtualisation")
    qtbot.waitUntil(lambda: cluster.nodes[NodeId(0)].virtualisation_at_start is False, timeout=_LONG_MS)
    assert virtualisation_words(cluster.nodes[NodeId(0)]) == "on; off from its next start"
    _choose(house, 0)
    assert house.window.board.actions["node.virtualisation"].text() == "Switch on hardware virtualisation"
