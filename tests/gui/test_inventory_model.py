"""The tree follows the cluster: rows move, come and go, and what is chosen stays chosen."""

from __future__ import annotations

import msgspec
import pytest
from PySide6.QtCore import QObject, QPersistentModelIndex, Qt
from PySide6.QtTest import QAbstractItemModelTester
from pytestqt.qtbot import QtBot

from hvgui.cluster.ids import NodeId, VmId
from hvgui.cluster.machines import VmState
from hvgui.gui.bridge import Bridge
from hvgui.gui.facts import Facts
from hvgui.gui.inventory_model import InventoryModel, vms_of_mime
from hvgui.gui.inventory_order import name_key
from hvgui.gui.inventory_tree import Tree
from hvgui.gui.network.map_view import NetworkMap
from hvgui.gui.objects import Kind, Ref, node_ref, ref_of, tree_key, vm_ref
from hvgui.gui.quorum.tab import QuorumTab
from hvgui.requests.new_server import NewServer
from stand_in import StandInSession


@pytest.fixture
def model(office_facts: Facts) -> InventoryModel:
    made = InventoryModel(office_facts)
    QAbstractItemModelTester(made, QAbstractItemModelTester.FailureReportingMode.Fatal, made)
    return made


def _below(model: InventoryModel, ref: Ref) -> list[str]:
    parent = model.index_of_ref(ref)
    return [str(model.index(row, 0, parent).data()) for row in range(model.rowCount(parent))]


def _catch_up(bridge: Bridge, facts: Facts) -> None:
    bridge.tick()
    facts.flush()


def test_the_branches_stand_as_in_failover_cluster_manager(model: InventoryModel, office_facts: Facts) -> None:
    assert _below(model, Ref(Kind.CLUSTER)) == [
        "Services and applications",
        "Nodes",
        "Storage",
        "Cluster Shared Volumes",
        "Networks",
        "Cluster Events",
    ]
    names = _below(model, Ref(Kind.SERVICES))
    assert len(names) == 25
    assert names == sorted(names, key=name_key)
    owners = [_below(model, node_ref(node)) for node in office_facts.cluster.nodes]
    assert sorted(name for ones in owners for name in ones) == sorted(names)


def test_names_sort_as_people_count() -> None:
    assert sorted(["NODE10", "node2", "NODE1"], key=name_key) == ["NODE1", "node2", "NODE10"]


@pytest.mark.parametrize("number", [1, 3, 20])
def test_moved_vms_stand_below_their_new_owner_and_stay_chosen(
    model: InventoryModel, office_bridge: Bridge, office_facts: Facts, stand_in: StandInSession, number: int
) -> None:
    vms = list(stand_in.cluster.vms.values())[:number]
    keys = [tree_key(vm_ref(vm), on_node=True) for vm in stand_in.cluster.vms]
    chosen = [QPersistentModelIndex(model.index_of(key)) for key in keys]
    names = [index.data() for index in chosen]
    stand_in.put(*(msgspec.structs.replace(vm, owner=NodeId((vm.owner + 1) % 3)) for vm in vms))
    _catch_up(office_bridge, office_facts)
    for vm in vms:
        assert vm.name in _below(model, node_ref((vm.owner + 1) % 3))
        assert vm.name not in _below(model, node_ref(vm.owner))
    assert [index.data() for index in chosen] == names
    for node in stand_in.cluster.nodes:
        below = _below(model, node_ref(node))
        assert below == sorted(below, key=name_key)


def test_new_renamed_and_removed_vms(
    model: InventoryModel, office_bridge: Bridge, office_facts: Facts, stand_in: StandInSession
) -> None:
    first = stand_in.cluster.vms[VmId(0)]
    stand_in.put(msgspec.structs.replace(first, id=VmId(99), name="AAA"))
    _catch_up(office_bridge, office_facts)
    assert _below(model, Ref(Kind.SERVICES))[0] == "AAA"
    stand_in.put(msgspec.structs.replace(stand_in.cluster.vms[VmId(99)], name="ZZZ"))
    _catch_up(office_bridge, office_facts)
    assert _below(model, Ref(Kind.SERVICES))[-1] == "ZZZ"
    stand_in.remove(VmId(99))
    _catch_up(office_bridge, office_facts)
    assert "ZZZ" not in _below(model, Ref(Kind.SERVICES))
    assert not model.index_of_ref(vm_ref(99)).isValid()


def test_a_vm_that_comes_and_goes_within_one_refresh(
    model: InventoryModel, office_bridge: Bridge, office_facts: Facts, stand_in: StandInSession
) -> None:
    stand_in.put(msgspec.structs.replace(stand_in.cluster.vms[VmId(0)], id=VmId(99), name="AAA"))
    office_bridge.tick()
    stand_in.remove(VmId(99))
    _catch_up(office_bridge, office_facts)
    assert len(_below(model, Ref(Kind.SERVICES))) == 25


def test_the_filter_looks_at_name_owner_state_and_tags(
    model: InventoryModel, office_bridge: Bridge, office_facts: Facts, stand_in: StandInSession
) -> None:
    vm = stand_in.cluster.vms[VmId(0)]
    stand_in.put(msgspec.structs.replace(vm, tags=("payroll",)))
    _catch_up(office_bridge, office_facts)
    cluster = office_facts.cluster
    node = cluster.nodes[NodeId(0)]
    expected = {
        vm.name.lower(): {one.name for one in cluster.vms.values() if vm.name.lower() in one.name.lower()},
        "PAYR": {vm.name},
        node.name: {cluster.vms[one].name for one in cluster.vms_on(NodeId(0))},
        "off": {one.name for one in cluster.vms.values() if one.state is VmState.OFF},
    }
    for text, names in expected.items():
        model.set_filter(text)
        assert names <= set(_below(model, Ref(Kind.SERVICES))), text
        if text == "PAYR":
            assert set(_below(model, Ref(Kind.SERVICES))) == names
    model.set_filter("no such thing")
    assert model.vms_shown == 0
    assert _below(model, Ref(Kind.NODES)) == []
    model.set_filter("")
    assert model.vms_shown == 25


def test_a_filter_on_the_state_follows_the_state(
    model: InventoryModel, office_bridge: Bridge, office_facts: Facts, stand_in: StandInSession
) -> None:
    model.set_filter("paused")
    assert model.vms_shown == 0
    vm = stand_in.cluster.vms[VmId(0)]
    stand_in.put(msgspec.structs.replace(vm, state=VmState.PAUSED))
    _catch_up(office_bridge, office_facts)
    assert _below(model, Ref(Kind.SERVICES)) == [vm.name]


def test_vms_are_dragged_onto_nodes_only(model: InventoryModel) -> None:
    dropped: list[tuple[object, object]] = []

    class Ear(QObject):
        def hear(self, vms: object, node: object) -> None:
            dropped.append((vms, node))

    ear = Ear()
    model.vms_dropped.connect(ear.hear)
    vm = model.index_of_ref(vm_ref(3))
    node, services = model.index_of_ref(node_ref(1)), model.index_of_ref(Ref(Kind.SERVICES))
    data = model.mimeData([vm, vm.siblingAtColumn(1)])
    assert vms_of_mime(data) == (VmId(3),)
    move = Qt.DropAction.MoveAction
    assert model.canDropMimeData(data, move, -1, -1, node)
    assert not model.canDropMimeData(data, move, -1, -1, services)
    assert not model.dropMimeData(data, move, -1, -1, node)  # nothing is taken out of the tree
    assert dropped == [((VmId(3),), NodeId(1))]


def test_keys_and_objects_are_one_to_one() -> None:
    refs = [Ref(kind, number) for kind in Kind for number in (0, 7, 2**40)]
    keys = {tree_key(ref): ref for ref in refs}
    assert len(keys) == len(refs)
    assert all(ref_of(key) == ref for key, ref in keys.items())
    assert ref_of(tree_key(vm_ref(5), on_node=True)) == vm_ref(5)


def test_names_keep_most_of_a_narrow_tree(qtbot: QtBot, model: InventoryModel) -> None:
    tree = Tree(model)
    qtbot.addWidget(tree)
    for width in (400, 100):
        tree.resize(width, 300)
        tree.show()
        assert tree.columnWidth(0) > tree.columnWidth(1)


def test_a_server_that_comes_and_goes(
    model: InventoryModel, office_bridge: Bridge, office_facts: Facts, stand_in: StandInSession
) -> None:
    chosen = QPersistentModelIndex(model.index_of_ref(node_ref(1)))
    request = NewServer("HV00", links=(), paths=())
    stand_in.put(*request.records(stand_in.cluster))
    _catch_up(office_bridge, office_facts)
    assert _below(model, Ref(Kind.NODES)) == ["HV00", "HV01", "HV02", "HV03"]
    assert _below(model, node_ref(3)) == []
    assert chosen.data() == "HV02"
    stand_in.put(*NewServer("HV04").records(stand_in.cluster))
    _catch_up(office_bridge, office_facts)
    network = Ref(Kind.NETWORK, 0)
    assert _below(model, network)[-1].startswith("HV04")
    for node in (3, 4):
        stand_in.remove_node(NodeId(node))
    _catch_up(office_bridge, office_facts)
    assert _below(model, Ref(Kind.NODES)) == ["HV01", "HV02", "HV03"]
    assert len(_below(model, network)) == 3
    assert chosen.data() == "HV02"


def test_pictures_of_nodes_never_name_one_that_has_gone(
    qtbot: QtBot, office_bridge: Bridge, office_facts: Facts, stand_in: StandInSession
) -> None:
    picture, tab = NetworkMap(office_facts), QuorumTab(office_facts)
    for widget in (picture, tab):
        qtbot.addWidget(widget)
        office_facts.refreshed.connect(widget.refresh)
        widget.show()
        qtbot.waitExposed(widget)
    stand_in.put(*NewServer("HV04").records(stand_in.cluster))
    _catch_up(office_bridge, office_facts)
    assert NodeId(3) in picture.places.nodes
    stand_in.remove_node(NodeId(3))
    office_bridge.tick()
    for widget in (picture, tab):
        assert not widget.grab().isNull()
    assert NodeId(3) not in picture.places.nodes
