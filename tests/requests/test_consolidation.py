"""How many more VMs of a kind fit: by memory static and dynamic, by virtual processors, by number."""

from __future__ import annotations

from msgspec.structs import replace

from hvgui.cluster.cluster import Cluster
from hvgui.cluster.ids import NodeId
from hvgui.cluster.load import CurveKind, LoadCurve
from hvgui.cluster.units import GIB, MIB
from hvgui.requests.consolidation import overcommitment, room_for, sizes_of
from memory_labs import breathing, memory_record
from small_cluster import small_vm

NODE = NodeId(1)


def test_dynamic_memory_holds_more_of_those_that_are_not_always_busy() -> None:
    vm = breathing(demand_mib=1000)
    curve = LoadCurve(CurveKind.DAILY, level=1000 / 1024, swing=2000 / 1024)
    vm = replace(vm, vcpus=1, load=replace(vm.load, memory=curve))
    assert sizes_of(vm) == (3600 * MIB, 1200 * MIB)
    room = room_for(Cluster(memory_record([vm], gigabytes=30)), NODE, vm)
    assert (room.static, room.dynamic, room.bound_by) == (30 * 1024 // 3600, 30 * 1024 // 1200, "memory")


def test_virtual_processors_can_be_the_bound() -> None:
    vm = replace(breathing(demand_mib=100), vcpus=4)
    record = memory_record([vm])
    limits = replace(record.profile.limits, vcpus_per_node=40)
    cluster = Cluster(replace(record, profile=replace(record.profile, limits=limits)))
    room = room_for(cluster, NODE, vm)
    assert (room.static, room.dynamic, room.bound_by) == (10, 10, "virtual processors")


def test_a_vm_with_fixed_memory_counts_whole() -> None:
    assert sizes_of(small_vm(gigabytes=4)) == (4 * GIB, int(4 * GIB * 0.72))


def test_overcommitment_is_of_the_maxima() -> None:
    cluster = Cluster(memory_record([breathing(0), breathing(1)], gigabytes=8))
    assert overcommitment(cluster, NodeId(0)) == 2.0
    assert overcommitment(cluster, NODE) == 0.0
