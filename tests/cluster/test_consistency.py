"""What no cluster can be is found and named; what can be is left in peace."""

from __future__ import annotations

from collections.abc import Callable

import msgspec
import pytest

from hvgui.cluster.cluster import ClusterRecord
from hvgui.cluster.consistency import beyond_limits, inconsistencies
from hvgui.cluster.ids import LunId, NetworkId, NodeId, SanId, TaskId, VmId, VolumeId
from hvgui.cluster.machines import NetworkAdapter, VirtualMachine, VmState
from hvgui.cluster.memory import GuestMemory, MemoryRegion, MemorySettings
from hvgui.cluster.networks import Link, Network
from hvgui.cluster.nodes import Node
from hvgui.cluster.profiles import PROFILES
from hvgui.cluster.storage import Controller, Lun, LunUse, San, VirtualDisk, Volume
from hvgui.cluster.tasks import Phase, Task, TaskKind, TaskState
from hvgui.cluster.units import GIB

replace = msgspec.structs.replace

VM = VirtualMachine(
    VmId(0),
    "VM1",
    "a1b2c3d4-0001-4000-8000-000000000001",
    NodeId(0),
    VmState.RUNNING,
    2,
    GuestMemory(MemorySettings(2 * GIB), (MemoryRegion("hot", GIB, 1e6),)),
    2 * GIB,
    disks=(VirtualDisk("a.vhd", GIB, path="C:\\ClusterStorage\\Volume1\\a.vhd", volume=VolumeId(0)),),
    adapters=(NetworkAdapter("Network Adapter", "00-15-5D-00-0B-00", NetworkId(0)),),
)
TASK = Task(
    TaskId(0), TaskKind.LIVE_MIGRATION, VmId(0), NodeId(0), NodeId(1), TaskState.RUNNING, Phase.COPYING, 0,
    reserved_bytes=2 * GIB,
)  # fmt: skip
SOUND = ClusterRecord(
    nodes=(Node(NodeId(0), "N1"), Node(NodeId(1), "N2")),
    vms=(VM,),
    sans=(San(SanId(0), "SAN", 1e8),),
    luns=(Lun(LunId(0), "LUN1", SanId(0), 100 * GIB, LunUse.SHARED_VOLUME, NodeId(0)),),
    volumes=(Volume(VolumeId(0), "Volume1", LunId(0), NodeId(0), 100 * GIB, GIB),),
    networks=(Network(NetworkId(0), "Client"),),
    links=(Link(NodeId(0), NetworkId(0)), Link(NodeId(1), NetworkId(0))),
    tasks=(TASK,),
)


def with_vm(**changes: object) -> ClusterRecord:
    return replace(SOUND, vms=(replace(VM, **changes),))


def twin(**changes: object) -> ClusterRecord:
    other = replace(VM, id=VmId(1), guid="b", disks=(), adapters=())
    return replace(SOUND, vms=(VM, replace(other, **changes)))


def disk(**changes: object) -> tuple[VirtualDisk, ...]:
    return (replace(VM.disks[0], **changes),)


BROKEN: dict[str, Callable[[], ClusterRecord]] = {
    "The ids of the nodes do not rise": lambda: replace(SOUND, nodes=(*SOUND.nodes, Node(NodeId(1), "N3"))),
    "The ids of the networks do not run": lambda: replace(SOUND, networks=(Network(NetworkId(3), "Client"),)),
    "The ids of the VMs do not rise": lambda: twin(id=VmId(0)),
    "2 VMs share the id a1b2c3d4": lambda: twin(guid=VM.guid.upper()),
    "has 2 links to network 0": lambda: replace(SOUND, links=(*SOUND.links, SOUND.links[0])),
    "one of them is missing": lambda: replace(SOUND, links=(Link(NodeId(7), NetworkId(0), adapter="x"),)),
    "speed or latency below zero": lambda: replace(SOUND, links=(Link(NodeId(0), NetworkId(0), -1.0),)),
    "LUN1 lies on SAN 4": lambda: replace(SOUND, luns=(replace(SOUND.luns[0], san=SanId(4)),)),
    "LUN1 is owned by node 9": lambda: replace(SOUND, luns=(replace(SOUND.luns[0], owner=NodeId(9)),)),
    "LUN1 names paths of node 9": lambda: replace(SOUND, luns=(replace(SOUND.luns[0], paths=(NodeId(9),)),)),
    "Volume1 lies on LUN 0, which is": lambda: replace(SOUND, luns=(replace(SOUND.luns[0], use=LunUse.VM),)),
    "coordinated by node 9": lambda: replace(SOUND, volumes=(replace(SOUND.volumes[0], coordinator=NodeId(9)),)),
    "Volume1 uses": lambda: replace(SOUND, volumes=(replace(SOUND.volumes[0], used_bytes=101 * GIB),)),
    "2 volumes lie on LUN 0": lambda: replace(
        SOUND, volumes=(*SOUND.volumes, Volume(VolumeId(1), "Volume2", LunId(0), NodeId(0), GIB))
    ),
    "2 volumes are called Volume1": lambda: replace(
        SOUND, volumes=(*SOUND.volumes, Volume(VolumeId(1), "Volume1", LunId(0), NodeId(0), GIB))
    ),
    "VM1 is on node 5": lambda: with_vm(owner=NodeId(5)),
    "VM1 prefers node 5": lambda: with_vm(preferred_owners=(NodeId(5),)),
    "VM1 may be owned by node 5": lambda: with_vm(possible_owners=(NodeId(5),)),
    "VM1 migrates over network 5": lambda: with_vm(migration_networks=(NetworkId(5),)),
    "VM1 is held by task 5": lambda: with_vm(task=TaskId(5)),
    "tied to network 5": lambda: with_vm(adapters=(NetworkAdapter("a", "", NetworkId(5)),)),
    "has no processor or no memory": lambda: with_vm(vcpus=0),
    "VM1 is off and yet occupies": lambda: with_vm(state=VmState.OFF),
    "VM1 runs without any memory": lambda: with_vm(assigned_bytes=0),
    "memory regions of VM1 are larger": lambda: with_vm(
        memory=GuestMemory(VM.memory.settings, (MemoryRegion("hot", 3 * GIB),))
    ),
    "has a figure out of range": lambda: with_vm(
        memory=GuestMemory(VM.memory.settings, (MemoryRegion("hot", GIB, zero_share=1.5),))
    ),
    "2 disks of VM1 are at IDE 0:0": lambda: with_vm(disks=(*disk(), *disk(path="b"))),
    "lies in more than one place": lambda: with_vm(disks=disk(lun=LunId(0))),
    "lies on a volume, LUN or node that is missing": lambda: with_vm(disks=disk(volume=VolumeId(8))),
    "has a size below zero": lambda: with_vm(disks=disk(size_bytes=-1)),
    "2 disks lie in the one file": lambda: twin(disks=VM.disks),
    "2 adapters share the MAC address": lambda: twin(adapters=VM.adapters),
    "N1 has given away 31 GB of the 30 GB": lambda: with_vm(assigned_bytes=31 * GIB),
    "N2 has given away 31 GB": lambda: replace(SOUND, tasks=(replace(TASK, reserved_bytes=31 * GIB),)),
    "2 tasks have the id 0": lambda: replace(SOUND, tasks=(TASK, TASK)),
    "Task 0 is about a VM or a node that is missing": lambda: replace(SOUND, tasks=(replace(TASK, vm=VmId(4)),)),
    "Task 0 has ended and is still held": lambda: replace(SOUND, tasks=(replace(TASK, state=TaskState.FAILED),)),
}


def test_a_sound_cluster_has_no_inconsistency() -> None:
    assert inconsistencies(SOUND) == ()
    assert inconsistencies(ClusterRecord()) == ()


@pytest.mark.parametrize("sentence", BROKEN)
def test_each_contradiction_is_named(sentence: str) -> None:
    assert any(sentence in found for found in inconsistencies(BROKEN[sentence]()))


def test_two_nodes_may_hold_the_same_path_on_their_own_disks() -> None:
    mine = disk(path="D:\\a.vhd", volume=None, local_node=NodeId(0))
    record = twin(owner=NodeId(1), disks=disk(path="D:\\a.vhd", volume=None, local_node=NodeId(1)))
    assert inconsistencies(replace(record, vms=(replace(VM, disks=mine), record.vms[1]))) == ()


def test_what_the_platform_does_not_support_is_named_and_no_contradiction() -> None:
    big = with_vm(
        vcpus=8,
        memory=GuestMemory(MemorySettings(2 * GIB, maximum_bytes=128 * GIB, dynamic=True)),
        disks=disk(size_bytes=3000 * GIB, controller=Controller.IDE, controller_number=2),
    )
    article = replace(big, profile=PROFILES["R2 (article)"])
    assert inconsistencies(article) == ()
    found = "\n".join(beyond_limits(article))
    assert "VM1: virtual processors: 8 are more than the 4 supported" in found
    assert "VM1: its memory is more than the 64 GB" in found
    assert "a.vhd is larger than" in found
    assert "a.vhd is at a place that its controller does not have" in found
    many = replace(SOUND, nodes=tuple(Node(NodeId(row), f"N{row}") for row in range(17)))
    assert beyond_limits(many) == ("2008 R2 SP1: nodes: 17 are more than the 16 supported.",)
