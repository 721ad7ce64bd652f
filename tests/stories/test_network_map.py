"""The map of the networks as a person uses it: a migration is seen to run over a link, links are cut and restored."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from msgspec.structs import replace
from PySide6.QtCore import QPointF, Qt
from pytestqt.qtbot import QtBot

from engine_world import lab_record
from hvgui.cluster.cluster import ClusterRecord
from hvgui.cluster.ids import NetworkId, NodeId, VmId
from hvgui.gui.application import House
from hvgui.gui.network.map_tab import NetworkMapTab
from hvgui.gui.network.map_view import NetworkMap
from hvgui.gui.objects import Kind, Ref, link_ref, node_ref
from hvgui.requests.migration import LiveMigrate
from small_cluster import MIGRATION, small_record, small_vm

_LONG_MS = 20_000
Furnish = Callable[[ClusterRecord], House]


def _map(house: House) -> NetworkMap:
    """Opens Networks and its map."""
    panes = house.window.panes
    assert panes is not None
    panes.reveal(Ref(Kind.NETWORKS))
    tab = panes.details.findChild(NetworkMapTab)
    assert tab is not None
    panes.details.tabs.setCurrentWidget(tab)
    return tab.map


def _click(qtbot: QtBot, view: NetworkMap, place: QPointF) -> None:
    qtbot.mouseClick(view, Qt.MouseButton.LeftButton, pos=place.toPoint())


def test_a_link_is_cut_and_restored_on_the_map(qtbot: QtBot, furnished: Furnish) -> None:
    house = furnished(small_record())
    view = _map(house)
    line = view.places.lines[(NodeId(1), MIGRATION)]
    _click(qtbot, view, QPointF(line.start.x() + 3, (line.start.y() + line.end.y()) / 2))
    assert view.ref == link_ref(1, MIGRATION)
    assert house.window.desk.refs == (link_ref(1, MIGRATION),)
    actions = house.window.board.actions
    actions["link.cut"].trigger()
    qtbot.waitUntil(lambda: "Cut: nothing gets through" in view.words_of(view.ref), timeout=_LONG_MS)
    assert "1 of them cut" in _description_without_choice(view)
    actions["link.restore"].trigger()
    qtbot.waitUntil(lambda: "Cut" not in view.words_of(view.ref), timeout=_LONG_MS)


def _description_without_choice(view: NetworkMap) -> str:
    chosen = view.ref
    view.choose(None)
    words = view.accessibleDescription()
    view.choose(chosen)
    return words


def test_a_migration_is_seen_on_its_link(qtbot: QtBot, furnished: Furnish) -> None:
    house = furnished(small_record())
    view = _map(house)
    assert house.bridge is not None
    house.bridge.submit(LiveMigrate(vm=VmId(0), to=NodeId(1)))
    house.window.board.actions["time.play"].trigger()
    key = (NodeId(0), MIGRATION)
    links = house.bridge.cluster.links
    qtbot.waitUntil(lambda: key in view.traffic and view.traffic[key].share_of(links[key]) > 0.9, timeout=_LONG_MS)
    assert "of what it carries" in view.words_of(link_ref(*key))
    assert view.traffic[(NodeId(0), NetworkId(0))].share_of(links[(NodeId(0), NetworkId(0))]) < 0.1


def test_arrows_walk_over_nodes_and_links_and_enter_opens(qtbot: QtBot, furnished: Furnish) -> None:
    house = furnished(small_record(nodes=3))
    view = _map(house)
    view.setFocus()
    seen = []
    for key in (Qt.Key.Key_Right, Qt.Key.Key_Right, Qt.Key.Key_Down, Qt.Key.Key_Down, Qt.Key.Key_Left):
        qtbot.keyClick(view, key)
        seen.append(view.ref)
    assert seen == [node_ref(0), node_ref(1), link_ref(1, 0), link_ref(1, 1), link_ref(0, 1)]
    qtbot.keyClick(view, Qt.Key.Key_Return)
    panes = house.window.panes
    assert panes is not None
    qtbot.waitUntil(lambda: panes.details.ref == link_ref(0, 1), timeout=_LONG_MS)


@pytest.mark.parametrize("nodes", [2, 64])
def test_every_link_can_be_pointed_at(qtbot: QtBot, furnished: Furnish, nodes: int) -> None:
    house = furnished(lab_record(replace(small_vm()), nodes=nodes))
    view = _map(house)
    for key, line in view.places.lines.items():
        middle = QPointF(line.start.x(), line.end.y() - 4)
        assert view.ref_at(middle) == link_ref(*key)
    for node, box in view.places.nodes.items():
        assert view.ref_at(box.center()) == node_ref(node)
    for network, rail in view.places.rails.items():
        assert view.ref_at(QPointF(40.0, rail.center().y())) == Ref(Kind.NETWORK, network)
    assert view.minimumHeight() >= view.places.height - 1
