"""Nodes without hardware virtualisation take no VMs, and servers of another domain join no cluster, whoever asks."""

from __future__ import annotations

from random import Random

import pytest
from msgspec.structs import replace

from chaos_labs import drawn
from hvgui.cluster.cluster import Cluster
from hvgui.cluster.ids import NodeId, VmId
from hvgui.cluster.machines import VmState
from hvgui.requests.lifecycle import StartVm
from hvgui.requests.migration import LiveMigrate, MoveVm, QuickMigrate
from hvgui.requests.node_service import AddNode
from hvgui.requests.placement import Rooms, moving_group, place
from small_cluster import small_record, small_vm

VM, THERE = VmId(0), NodeId(1)


def _without(node: int, state: VmState = VmState.RUNNING) -> Cluster:
    record = small_record((small_vm(state=state),))
    nodes = (replace(one, hardware_virtualisation=one.id != node) for one in record.nodes)
    return Cluster(replace(record, nodes=tuple(nodes)))


@pytest.mark.parametrize("kind", [LiveMigrate, QuickMigrate, MoveVm])
def test_no_vm_goes_there(kind: type[LiveMigrate | QuickMigrate | MoveVm]) -> None:
    (problem,) = kind(vm=VM, to=THERE).check(_without(1))
    assert problem.code == "no-virtualisation"
    assert "NODE2 has no hardware virtualisation, so VM00 can't run there." in problem.message
    assert "replace the processors" in problem.remedy
    assert kind(vm=VM, to=THERE).check(_without(7)) == ()


def test_no_vm_starts_there() -> None:
    assert [one.code for one in StartVm(vm=VM).check(_without(0, VmState.OFF))] == ["no-virtualisation"]
    assert StartVm(vm=VM).check(_without(1, VmState.OFF)) == ()


def test_after_a_failure_it_is_passed_by_and_the_reason_told() -> None:
    cluster = _without(1, VmState.CRITICAL)
    cluster.put(replace(cluster.vms[VM], possible_owners=(THERE,)))
    placement = place(cluster, (cluster.vms[VM],))
    assert placement.node is None
    assert "NODE2 (no hardware virtualisation)" in placement.why


@pytest.mark.parametrize(
    ("domain", "code"), [("", "no-domain"), ("other.example", "other-domain"), ("lab.example", "")]
)
def test_a_server_joins_the_cluster_of_its_domain_only(domain: str, code: str) -> None:
    record = small_record(nodes=3)
    nodes = [replace(node, domain="lab.example") for node in record.nodes]
    nodes[2] = replace(nodes[2], domain=domain, is_member=False)
    cluster = Cluster(replace(record, domain="lab.example", nodes=tuple(nodes)))
    assert [one.code for one in AddNode(NodeId(2)).check(cluster)] == ([code] if code else [])


def test_who_asks_for_many_at_one_moment_hears_the_same_as_who_asks_for_each() -> None:
    """With rooms that are shared and told of what has been placed, each VM goes where it would go by itself."""
    for seed in range(40):
        cluster, random = Cluster(drawn(seed)), Random(seed)
        lost = [vm for vm in cluster.vms.values() if random.random() < 0.6]
        for vm in lost:
            cluster.put(replace(vm, state=VmState.CRITICAL, assigned_bytes=0))
        rooms = Rooms(cluster)
        for vm in lost:
            group = moving_group(cluster, cluster.vms[vm.id])
            found = place(cluster, group, (), rooms)
            alone = place(cluster, group)
            assert (found.node, found.why == "") == (alone.node, alone.why == "")
            if found.node is not None and len(group) == 1:
                needed = vm.memory.settings.startup_bytes
                cluster.put(replace(vm, owner=found.node, state=VmState.STARTING, assigned_bytes=needed))
                rooms.placed(found.node)
                rooms.placed(vm.owner)
