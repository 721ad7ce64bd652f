"""Many VMs at once: the verdicts are those of the requests' own checks, one after the other; nodes rated and spread."""

from __future__ import annotations

import uuid

from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from hvgui.cluster.cluster import Cluster
from hvgui.cluster.ids import NodeId, VmId, VolumeId
from hvgui.cluster.mac_pools import free_macs, macs_left
from hvgui.cluster.machines import NetworkAdapter, VirtualMachine, VmState
from hvgui.cluster.nodes import NodeState
from hvgui.cluster.storage import DiskKind, VirtualDisk
from hvgui.cluster.units import GIB
from hvgui.requests.imports import ImportVm
from hvgui.requests.machine_checks import next_id
from hvgui.requests.places import Places
from hvgui.requests.problems import Problem, blockers
from hvgui.requests.several_machines import problems_of_all
from small_cluster import CLIENTS
from storage_labs import OWN, VOLUME1, VOLUME2, busy_guest, storage_record

NODES = tuple(NodeId(one) for one in range(3))


def _machine(name: str, owner: int, home: VolumeId | None, gigabytes: int, guid: int) -> VirtualMachine:
    place = {"volume": home} if home is not None else {"lun": OWN}
    root = f"C:\\ClusterStorage\\Volume{home + 1}" if home is not None else "G:"
    disk = VirtualDisk(
        "system.vhd", 300 * GIB, DiskKind.DYNAMIC, gigabytes * GIB, path=f"{root}\\{name}\\system.vhd", **place
    )
    return replace(
        busy_guest(0, owner),
        id=VmId(99),
        name=name,
        guid=str(uuid.UUID(int=guid)),
        state=VmState.OFF,
        assigned_bytes=0,
        disks=(disk,),
        adapters=(NetworkAdapter("Network Adapter", "", CLIENTS),),
    )


@st.composite
def _machines(draw: st.DrawFn) -> tuple[VirtualMachine, ...]:
    count = draw(st.integers(1, 8))
    # Most of them differ, or hardly two would ever come.
    spoilt = st.sampled_from((None, None, None, None, "new1", "VM00", "a:b", ""))
    names = [draw(spoilt) for _ in range(count)]
    guids = [draw(st.sampled_from((100 + number, 100 + number, 7))) for number in range(count)]
    return tuple(
        _machine(
            f"NEW{number}" if name is None else name,
            draw(st.sampled_from((0, 0, 1, 2, 3))),
            draw(st.sampled_from((VOLUME1, VOLUME2, None))),
            draw(st.sampled_from((1, 150, 299))),
            guid,
        )
        for number, (name, guid) in enumerate(zip(names, guids, strict=True))
    )


def _cluster(down: int | None, macs: int, most: int) -> Cluster:
    record = storage_record(busy_guest())
    nodes = tuple(replace(one, state=NodeState.DOWN) if one.id == down else one for one in record.nodes)
    limits = replace(record.profile.limits, macs_per_node=macs, vms=most)
    volumes = tuple(replace(one, size_bytes=600 * GIB) for one in record.volumes)
    return Cluster(replace(record, nodes=nodes, volumes=volumes, profile=replace(record.profile, limits=limits)))


def _one_after_the_other(cluster: Cluster, machines: tuple[VirtualMachine, ...]) -> list[tuple[Problem, ...]]:
    """What the engine would say and do."""
    world, found = cluster.fork(), []
    for machine in machines:
        problems = ImportVm(machine=machine).check(world)
        found.append(problems)
        if blockers(problems):
            continue
        (mac,) = free_macs(world, machine.owner, 1)
        adapters = (replace(machine.adapters[0], mac=mac),)
        world.put(replace(machine, id=next_id(world), adapters=adapters))
        (disk,) = machine.disks
        if disk.volume is not None:
            volume = world.volumes[disk.volume]
            world.put(replace(volume, used_bytes=volume.used_bytes + disk.file_bytes))
    return found


def _codes(problems: tuple[Problem, ...]) -> set[str]:
    return {one.code for one in problems}


@settings(deadline=None, max_examples=200)
@given(_machines(), st.sampled_from((None, None, 0)), st.sampled_from((1, 8, 8)), st.sampled_from((3, 9)))
def test_checked_together_as_one_after_the_other(
    machines: tuple[VirtualMachine, ...], down: int | None, macs: int, most: int
) -> None:
    cluster = _cluster(down, macs, most)
    expected = _one_after_the_other(cluster, machines)
    found = problems_of_all(cluster, machines)
    assert [bool(blockers(one)) for one in found] == [bool(blockers(one)) for one in expected]
    for mine, theirs in zip(found, expected, strict=True):
        if not blockers(theirs):
            assert _codes(mine) == _codes(theirs)
        else:
            # Both name a cause, though not always the same one of several.
            assert _codes(blockers(mine)) & _codes(blockers(theirs))


def test_the_pools_of_all_nodes_are_counted_as_one_by_one() -> None:
    cluster = Cluster(storage_record(busy_guest(0), busy_guest(1, 1), busy_guest(2, 1)))
    whole = cluster.profile.limits.macs_per_node
    assert macs_left(cluster) == {node: len(free_macs(cluster, node, whole)) for node in NODES}


def test_nodes_are_rated_by_what_is_left_and_by_their_rules() -> None:
    record = storage_record(busy_guest(0))
    nodes = tuple(replace(one, state=NodeState.PAUSED) if one.id == 2 else one for one in record.nodes)
    machine = replace(_machine("NEW", 0, VOLUME1, 10, 7), possible_owners=(NodeId(0), NodeId(2)))
    rated = {one.node: one for one in Places(Cluster(replace(record, nodes=nodes))).for_new(machine)}
    assert rated[NodeId(0)].stars == 5.0
    assert "not among the possible owners" in rated[NodeId(1)].explanation
    assert "is paused and takes no VMs" in rated[NodeId(2)].explanation
    assert rated[NodeId(1)].stars == rated[NodeId(2)].stars == 0.0
    alone = replace(machine, possible_owners=None, disks=_machine("NEW", 0, None, 10, 7).disks)
    rated = {one.node: one for one in Places(Cluster(record)).for_new(alone)}
    # OWN is a LUN that only its owner, the first node, reaches.
    assert "does not reach OWN" in rated[NodeId(1)].explanation
    assert rated[NodeId(0)].is_suitable


@given(st.integers(1, 40))
def test_many_are_spread_evenly_and_never_beyond_a_pool(count: int) -> None:
    record = storage_record(busy_guest(0), busy_guest(1))
    limits = replace(record.profile.limits, macs_per_node=8)
    cluster = Cluster(replace(record, profile=replace(record.profile, limits=limits)))
    left = macs_left(cluster)
    placed = Places(cluster).spread(_machine("NEW", 0, VOLUME1, 1, 7), count)
    taken = {node: placed.count(node) for node in NODES}
    assert sum(taken.values()) == min(count, sum(left.values()))
    assert all(taken[node] <= left[node] for node in NODES)
    if count <= 12:
        # Two guests of 2 GB run on the first node: the two others get two more before it.
        assert taken[NodeId(1)] - taken[NodeId(0)] in (0, 1, 2)
        assert abs(taken[NodeId(1)] - taken[NodeId(2)]) <= 1
