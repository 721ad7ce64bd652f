"""A small cluster for tests: two or more nodes on two gigabit networks, a SAN with one Cluster Shared Volume."""

from __future__ import annotations

from hvgui.cluster.cluster import ClusterRecord
from hvgui.cluster.ids import LunId, NetworkId, NodeId, SanId, VmId, VolumeId
from hvgui.cluster.machines import VirtualMachine, VmState
from hvgui.cluster.memory import GuestMemory, MemorySettings
from hvgui.cluster.networks import Link, Network
from hvgui.cluster.nodes import Node
from hvgui.cluster.profiles import DEFAULT_PROFILE, Profile
from hvgui.cluster.storage import Lun, LunUse, San, VirtualDisk, Volume
from hvgui.cluster.units import GIB, TIB

CLIENTS, MIGRATION = NetworkId(0), NetworkId(1)


def small_vm(number: int = 0, owner: int = 0, state: VmState = VmState.RUNNING, gigabytes: int = 4) -> VirtualMachine:
    """A VM of so many gigabytes with one disk on the Cluster Shared Volume."""
    size = gigabytes * GIB
    return VirtualMachine(
        id=VmId(number),
        name=f"VM{number:02d}",
        guid=f"00000000-0000-0000-0000-{number:012d}",
        owner=NodeId(owner),
        state=state,
        vcpus=2,
        memory=GuestMemory(MemorySettings(startup_bytes=size)),
        assigned_bytes=size if state.holds_memory else 0,
        disks=(VirtualDisk("system", 40 * GIB, volume=VolumeId(0)),),
    )


def small_record(
    vms: tuple[VirtualMachine, ...] = (small_vm(),), nodes: int = 2, profile: Profile = DEFAULT_PROFILE
) -> ClusterRecord:
    """Nodes of 32 GB (30 of them for VMs), linked to both networks; the VMs given."""
    members = tuple(Node(NodeId(one), f"NODE{one + 1}") for one in range(nodes))
    return ClusterRecord(
        name="TEST",
        profile=profile,
        nodes=members,
        vms=vms,
        sans=(San(SanId(0), "SAN", 125e6),),
        luns=(Lun(LunId(0), "LUN1", SanId(0), TIB, LunUse.SHARED_VOLUME, NodeId(0)),),
        volumes=(Volume(VolumeId(0), "Volume1", LunId(0), NodeId(0), TIB),),
        networks=(Network(CLIENTS, "Clients", has_gateway=True), Network(MIGRATION, "Migration", metric=2000)),
        links=tuple(Link(node.id, network) for node in members for network in (CLIENTS, MIGRATION)),
    )
