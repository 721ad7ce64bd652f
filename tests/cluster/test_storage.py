"""Storage as records: how each node reaches each volume and LUN, who has disks where, and what a guest wrote."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from hvgui.cluster.cluster import Changes, Cluster, ClusterRecord
from hvgui.cluster.consistency import inconsistencies
from hvgui.cluster.guest_disks import DiskContents, Partition, PartitionStyle
from hvgui.cluster.ids import LunId, NodeId, SanId, VmId, VolumeId
from hvgui.cluster.machines import VirtualMachine
from hvgui.cluster.net_changes import NetChanges
from hvgui.cluster.nodes import NodeState
from hvgui.cluster.storage import (
    Controller,
    DetachedDisk,
    DiskKind,
    Lun,
    LunUse,
    StoragePath,
    VirtualDisk,
    Volume,
    VolumeState,
)
from hvgui.cluster.storage_access import (
    Access,
    disk_access,
    lun_access,
    lun_is_online,
    path_bytes_per_second,
    redirection_networks,
    volume_access,
    volume_state,
)
from hvgui.cluster.units import GIB, MIB, TIB
from small_cluster import MIGRATION, small_record, small_vm

ONE, TWO, THREE = NodeId(0), NodeId(1), NodeId(2)
SAN, VOLUME = SanId(0), VolumeId(0)


def cluster(*, owner: NodeId | None = ONE) -> Cluster:
    """Three nodes, a volume coordinated by the first, and a LUN without one."""
    made = Cluster(small_record(nodes=3))
    made.put(Lun(LunId(1), "LUN2", SAN, TIB, LunUse.VM, owner))
    return made


def cut_path(made: Cluster, node: NodeId) -> None:
    made.put(StoragePath(node, SAN, 125e6, up=False))


def ways(made: Cluster) -> list[Access]:
    return [volume_access(made, node, made.volumes[VOLUME]) for node in made.nodes]


def test_with_all_in_order_everybody_reads_and_writes_directly() -> None:
    made = cluster()
    assert ways(made) == [Access.DIRECT] * 3
    assert volume_state(made, made.volumes[VOLUME]) is VolumeState.DIRECT
    assert path_bytes_per_second(made, ONE, SAN) == 125e6


def test_who_has_lost_its_path_goes_through_the_coordinator() -> None:
    made = cluster()
    cut_path(made, TWO)
    assert ways(made) == [Access.DIRECT, Access.REDIRECTED, Access.DIRECT]
    assert volume_state(made, made.volumes[VOLUME]) is VolumeState.REDIRECTED
    assert path_bytes_per_second(made, TWO, SAN) == 0.0
    assert redirection_networks(made)[-1] == MIGRATION, "the lowest metric goes first"


def test_without_the_coordinator_s_path_all_wait_for_another_coordinator() -> None:
    made = cluster()
    cut_path(made, ONE)
    assert ways(made) == [Access.NONE, Access.WAITING, Access.WAITING]
    made.put(replace(made.volumes[VOLUME], coordinator=TWO))
    assert ways(made) == [Access.REDIRECTED, Access.DIRECT, Access.DIRECT]


def test_a_dead_coordinator_is_waited_for_and_a_dead_node_reaches_nothing() -> None:
    made = cluster()
    made.put(replace(made.nodes[ONE], state=NodeState.DOWN))
    assert ways(made) == [Access.NONE, Access.WAITING, Access.WAITING]
    assert volume_state(made, made.volumes[VOLUME]) is VolumeState.REDIRECTED


def test_redirected_access_by_choice_spares_the_coordinator_alone() -> None:
    made = cluster()
    made.put(replace(made.volumes[VOLUME], state=VolumeState.REDIRECTED))
    assert ways(made) == [Access.DIRECT, Access.REDIRECTED, Access.REDIRECTED]


@pytest.mark.parametrize("what", ["san", "lun", "every path", "maintenance", "offline"])
def test_what_takes_a_volume_from_everybody(what: str) -> None:
    made = cluster()
    match what:
        case "san":
            made.put(replace(made.sans[SAN], up=False))
        case "lun":
            made.put(replace(made.luns[LunId(0)], up=False))
        case "every path":
            for node in made.nodes:
                cut_path(made, node)
        case "maintenance":
            made.put(replace(made.volumes[VOLUME], state=VolumeState.MAINTENANCE))
        case _:
            made.put(replace(made.volumes[VOLUME], state=VolumeState.OFFLINE))
    assert ways(made) == [Access.NONE] * 3
    told = volume_state(made, made.volumes[VOLUME])
    assert told is (VolumeState.MAINTENANCE if what == "maintenance" else VolumeState.OFFLINE)


def test_while_the_coordination_moves_reads_and_writes_wait() -> None:
    made = cluster()
    made.put(replace(made.volumes[VOLUME], moving_to=TWO))
    assert ways(made) == [Access.WAITING] * 3


def test_a_lun_without_a_volume_is_its_owner_s_alone() -> None:
    made = cluster()
    lun = made.luns[LunId(1)]
    assert [lun_access(made, node, lun) for node in made.nodes] == [Access.DIRECT, Access.NONE, Access.NONE]
    assert lun_is_online(made, lun.id)
    moving = replace(lun, moving_to=TWO)
    assert lun_access(made, ONE, moving) is Access.WAITING
    cut_path(made, ONE)
    assert lun_access(made, ONE, lun) is Access.NONE
    assert not lun_is_online(made, lun.id)
    assert lun_is_online(made, LunId(0)), "others reach the volume's"


def test_a_disk_is_reached_as_what_it_lies_on() -> None:
    made = cluster()
    cut_path(made, TWO)
    on_volume = VirtualDisk("d", GIB, volume=VOLUME)
    on_lun = VirtualDisk("d", GIB, lun=LunId(1))
    local = VirtualDisk("d", GIB, local_node=TWO)
    assert [disk_access(made, TWO, disk) for disk in (on_volume, on_lun, local)] == [
        Access.REDIRECTED,
        Access.NONE,
        Access.DIRECT,
    ]
    assert disk_access(made, ONE, local) is Access.NONE


STATES = st.sampled_from(list(NodeState))
VOLUME_STATES = st.sampled_from(list(VolumeState))


@given(
    st.lists(STATES, min_size=3, max_size=3),
    st.lists(st.booleans(), min_size=3, max_size=3),
    st.booleans(),
    st.booleans(),
    st.sampled_from([ONE, TWO, THREE]),
    VOLUME_STATES,
)
def test_nobody_reaches_what_no_way_leads_to(
    states: list[NodeState], paths: list[bool], san: bool, lun: bool, coordinator: NodeId, set_to: VolumeState
) -> None:
    made = cluster()
    for node, state, path in zip(list(made.nodes.values()), states, paths, strict=True):
        made.put(replace(node, state=state))
        made.put(StoragePath(node.id, SAN, 125e6, up=path))
    made.put(replace(made.sans[SAN], up=san))
    made.put(replace(made.luns[LunId(0)], up=lun))
    made.put(replace(made.volumes[VOLUME], coordinator=coordinator, state=set_to))
    works = [state in (NodeState.UP, NodeState.PAUSED) for state in states]
    for node, way in zip(made.nodes, ways(made), strict=True):
        if way.is_there:
            assert works[node]
            assert san
            assert lun
            assert any(paths[other] and works[other] for other in made.nodes)
        if way is Access.DIRECT:
            assert paths[node]
            assert works[coordinator]
            assert paths[coordinator]
        if way is Access.REDIRECTED:
            assert node != coordinator


# Who has disks where

DISKS = st.lists(
    st.tuples(st.sampled_from(["volume", "lun", "raw", "local"]), st.integers(0, 50)),
    max_size=4,
    unique_by=lambda one: one[0],
)


def disk_of(kind: str, gigabytes: int, place: int) -> VirtualDisk:
    size = gigabytes * GIB
    plain = VirtualDisk(kind, size, file_bytes=size, controller_location=place)
    match kind:
        case "volume":
            return replace(plain, volume=VOLUME)
        case "lun":
            return replace(plain, lun=LunId(1))
        case "raw":
            return replace(plain, lun=LunId(1), kind=DiskKind.PHYSICAL)
    return replace(plain, local_node=ONE)


@given(st.lists(st.tuples(st.integers(0, 3), DISKS, st.booleans()), max_size=30))
def test_the_index_is_always_what_counting_afresh_gives(steps: list[tuple[int, list[tuple[str, int]], bool]]) -> None:
    made = cluster()
    for number, kinds, stays in steps:
        disks = tuple(disk_of(kind, size, place) for place, (kind, size) in enumerate(kinds))
        if stays:
            made.put(replace(small_vm(number), disks=disks))
        elif VmId(number) in made.vms:
            made.remove_vm(VmId(number))
        for checked in (made, made.fork(), Cluster(made.record())):
            vms = list(checked.vms.values())
            assert checked.vms_on_volume(VOLUME) == ids(vms, lambda disk: disk.volume == VOLUME)
            assert checked.vms_on_lun(LunId(1)) == ids(vms, lambda disk: disk.lun == LunId(1))
            files = (disk for vm in vms for disk in vm.disks if disk.lun == 1 and disk.kind is not DiskKind.PHYSICAL)
            assert checked.lun_used_bytes(LunId(1)) == sum(disk.file_bytes for disk in files)


def ids(vms: list[VirtualMachine], matches: Callable[[VirtualDisk], bool]) -> tuple[VmId, ...]:
    return tuple(sorted(vm.id for vm in vms if any(matches(disk) for disk in vm.disks)))


def test_a_detached_disk_takes_its_place_on_the_lun() -> None:
    made = cluster()
    disk = VirtualDisk("old", 10 * GIB, file_bytes=4 * GIB, path="E:\\old.vhd", lun=LunId(1))
    made.put(DetachedDisk(disk, "VM00"))
    assert made.lun_used_bytes(LunId(1)) == 4 * GIB
    made.remove_detached_disk(disk.key)
    assert made.lun_used_bytes(LunId(1)) == 0
    assert made.drain_changes().removed_disks == ((None, "e:\\old.vhd"),)


# Changes

RECORDS = (
    DetachedDisk(VirtualDisk("a", GIB, path="a.vhd")),
    DetachedDisk(VirtualDisk("b", GIB, path="b.vhd")),
    Volume(VolumeId(1), "Volume2", LunId(1), ONE, TIB),
    StoragePath(TWO, SAN, 1e6),
)


@given(st.lists(st.tuples(st.sampled_from(["put", "remove", "enable", "drain"]), st.integers(0, 3)), max_size=30))
def test_a_mirror_follows_by_every_change_or_by_what_they_come_to(steps: list[tuple[str, int]]) -> None:
    made = cluster()
    one_by_one, at_once, net = Cluster(made.record()), Cluster(made.record()), NetChanges()

    def drain() -> None:
        changes = made.drain_changes()
        one_by_one.apply(changes)
        net.add(changes)

    for step, number in steps:
        record = RECORDS[number]
        if step == "put":
            made.put(record)
        elif step == "enable":
            made.enable_shared_volumes()
        elif step == "drain":
            drain()
        elif isinstance(record, DetachedDisk) and record.key in made.detached_disks:
            made.remove_detached_disk(record.key)
        elif isinstance(record, Volume) and record.id in made.volumes:
            made.remove_volume(record.id)
    drain()
    at_once.apply(net.total())
    for mirror in (one_by_one, at_once):
        assert mirror.detached_disks == made.detached_disks
        assert mirror.volumes == made.volumes
        assert mirror.paths == made.paths
        assert mirror.shared_volumes_enabled == made.shared_volumes_enabled
    assert not made.drain_changes()


def test_the_id_of_a_volume_that_was_removed_is_not_forgotten() -> None:
    made = cluster()
    made.put(RECORDS[2])
    made.remove_volume(VolumeId(1))
    assert made.record().last_volume_id == 1
    assert Cluster(made.record()).last_volume_id == 1
    assert made.has_shared_volumes
    made.remove_volume(VOLUME)
    assert not made.has_shared_volumes
    made.enable_shared_volumes()
    assert Cluster(made.record()).has_shared_volumes
    assert bool(Changes(shared_volumes_enabled=True))


# Consistency


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        (lambda record: replace(record, paths=(StoragePath(ONE, SanId(9), 1.0),)), "one of them is missing"),
        (lambda record: replace(record, paths=(StoragePath(ONE, SAN, -1.0),)), "below zero"),
        (lambda record: replace(record, paths=(StoragePath(ONE, SAN, 1.0),) * 2), "2 paths"),
        (lambda record: replace(record, detached_disks=(RECORDS[0],) * 2), "2 detached disks"),
        (
            lambda record: replace(record, vms=(replace(small_vm(), disks=(VirtualDisk("a", GIB, path="A.vhd"),)),),
                                   detached_disks=(RECORDS[0],)),
            "attached to a VM and detached as well",
        ),
        (
            lambda record: replace(record, vms=(replace(small_vm(), disks=(
                disk_of("raw", 1, 0), replace(disk_of("raw", 1, 1), name="again"))),)),
            "pass-through disk of 2 places",
        ),
        (
            lambda record: replace(record, volumes=(record.volumes[0], replace(record.volumes[0], name="B"))),
            "do not rise",
        ),
    ],
)  # fmt: skip
def test_what_contradicts_itself_is_named(wrong: Callable[[ClusterRecord], ClusterRecord], words: str) -> None:
    record: ClusterRecord = cluster().record()
    assert inconsistencies(record) == ()
    assert any(words in sentence for sentence in inconsistencies(wrong(record)))


# What a guest wrote


@given(st.integers(40 * MIB, 64 * TIB), st.sampled_from([*PartitionStyle, None]))
def test_partitions_never_take_more_than_the_disk(size_bytes: int, style: PartitionStyle | None) -> None:
    empty = DiskContents(style)
    left = empty.unallocated_bytes(size_bytes)
    assert 0 <= left < size_bytes
    if style is None:
        assert left == 0
        return
    full = replace(empty, partitions=(Partition(left),))
    assert full.unallocated_bytes(size_bytes) == 0
    if style is PartitionStyle.MBR:
        assert left < 2 * TIB


def test_a_vm_has_the_controllers_that_its_disks_are_on() -> None:
    vm = replace(small_vm(), disks=(VirtualDisk("d", GIB, controller=Controller.SCSI, controller_number=2),))
    assert vm.scsi_controller_count == 3
    assert small_vm().scsi_controller_count == 1
    assert vm.disks[0].slot == (Controller.SCSI, 2, 0)
