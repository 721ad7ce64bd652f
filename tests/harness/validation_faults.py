"""A healthy cluster, and for each test of the validation a fault that it has to find."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from msgspec.structs import replace

from hvgui.cluster.cluster import ClusterRecord
from hvgui.cluster.ids import LunId, NetworkId, NodeId, SanId
from hvgui.cluster.installations import InstallationOption
from hvgui.cluster.machines import VirtualMachine, VmState
from hvgui.cluster.networks import Link, NetworkRole
from hvgui.cluster.nodes import Node, NodeState, ServiceState
from hvgui.cluster.profiles import PROFILES
from hvgui.cluster.quorum import QuorumModel, QuorumSettings
from hvgui.cluster.storage import Lun, LunUse, StoragePath, Volume, VolumeState
from hvgui.cluster.units import GIB, MIB
from hvgui.exchange.generated import generated

LAST = NodeId(3)
"""The node that most faults are about."""


def healthy_record() -> ClusterRecord:
    """Four nodes alike, forty VMs, three networks, a SAN with volumes, a witness and two LUNs that nobody uses."""
    record = generated(4, 40, PROFILES["2008 R2 SP1"], name="SOUND")
    first = len(record.luns)
    spare = tuple(
        Lun(LunId(first + row), f"SPARE{row}", SanId(0), 100 * GIB, LunUse.AVAILABLE, NodeId(row)) for row in range(2)
    )
    return replace(record, luns=(*record.luns, *spare))


Change = Callable[[ClusterRecord], ClusterRecord]


@dataclass(frozen=True)
class Fault:
    """What is broken, and a word that the finding has to say."""

    change: Change
    says: str


def node_fault(says: str, node: int = LAST, **fields: object) -> Fault:
    """A node whose record says something else."""
    return Fault(lambda record: _with_node(record, node, lambda one: replace(one, **fields)), says)


def installed(says: str, **fields: object) -> Fault:
    """The last node with another installation."""

    def change(node: Node) -> Node:
        return replace(node, installation=replace(node.installation, **fields))

    return Fault(lambda record: _with_node(record, LAST, change), says)


def _with_node(record: ClusterRecord, number: int, change: Callable[[Node], Node]) -> ClusterRecord:
    return replace(record, nodes=tuple(change(node) if node.id == number else node for node in record.nodes))


def links_fault(says: str, change: Callable[[Link], Link | None]) -> Fault:
    """Every link changed, or taken away (None)."""

    def apply(record: ClusterRecord) -> ClusterRecord:
        changed = (change(link) for link in record.links)
        return replace(record, links=tuple(link for link in changed if link is not None))

    return Fault(apply, says)


def of_last(change: Callable[[Link], Link | None], network: int | None = None) -> Callable[[Link], Link | None]:
    """The change for the last node's links only."""
    return lambda link: change(link) if link.node == LAST and network in (None, link.network) else link


def san_fault(says: str, **fields: object) -> Fault:
    """Every storage system with other properties."""
    return Fault(lambda record: replace(record, sans=tuple(replace(san, **fields) for san in record.sans)), says)


def luns_fault(says: str, change: Callable[[Lun], Lun]) -> Fault:
    """Every LUN changed."""
    return Fault(lambda record: replace(record, luns=tuple(change(lun) for lun in record.luns)), says)


def volume_fault(says: str, change: Callable[[Volume], Volume]) -> Fault:
    """The first volume changed."""

    def apply(record: ClusterRecord) -> ClusterRecord:
        first, *rest = record.volumes
        return replace(record, volumes=(change(first), *rest))

    return Fault(apply, says)


def vm_fault(says: str, change: Callable[[VirtualMachine], VirtualMachine]) -> Fault:
    """The first VM changed."""

    def apply(record: ClusterRecord) -> ClusterRecord:
        first, *rest = record.vms
        return replace(record, vms=(change(first), *rest))

    return Fault(apply, says)


def spare(change: Callable[[Lun], Lun]) -> Callable[[Lun], Lun]:
    """The change for the LUNs that nobody uses only."""
    return lambda lun: change(lun) if lun.name.startswith("SPARE") else lun


def own_disk(vm: VirtualMachine) -> VirtualMachine:
    """The VM's disk lies on its node's own disk."""
    return replace(vm, disks=(replace(vm.disks[0], volume=None, local_node=vm.owner),))


def seen_apart(lun: Lun) -> Lun:
    """Two disks of one owner, each with another heir."""
    return replace(lun, owner=NodeId(0), paths=(NodeId(0), NodeId(1 if lun.name == "SPARE0" else 2)))


def filled(volume: Volume) -> Volume:
    """A megabyte is left of the volume."""
    return replace(volume, used_bytes=volume.size_bytes - MIB)


def one_network(record: ClusterRecord) -> ClusterRecord:
    """Only the first network is the cluster's."""
    return replace(
        record,
        networks=tuple(replace(one, role=NetworkRole.NONE) if one.id else one for one in record.networks),
    )


def overlapping(record: ClusterRecord) -> ClusterRecord:
    """The second network has the first one's address."""
    first, second, *rest = record.networks
    return replace(record, networks=(first, replace(second, address=first.address), *rest))


def too_full(record: ClusterRecord) -> ClusterRecord:
    """Each node has just the memory that its own VMs take."""
    given = dict.fromkeys((node.id for node in record.nodes), 0)
    for vm in record.vms:
        given[vm.owner] += vm.assigned_bytes
    nodes = (replace(node, memory_bytes=given[node.id] + node.root_reserve_bytes) for node in record.nodes)
    return replace(record, nodes=tuple(nodes))


def slow_path(record: ClusterRecord) -> ClusterRecord:
    """The last node has lost its path."""
    return replace(record, paths=(StoragePath(LAST, SanId(0), 1e8, up=False),))


def renamed(record: ClusterRecord) -> ClusterRecord:
    """The second VM is called as the first one is."""
    first, second, *rest = record.vms
    return replace(record, vms=(first, replace(second, name=first.name), *rest))


def no_witness(record: ClusterRecord) -> ClusterRecord:
    """The witness disk is a spare one."""
    return replace(
        record,
        luns=tuple(replace(lun, use=LunUse.AVAILABLE) if lun.use is LunUse.WITNESS else lun for lun in record.luns),
    )


def vms_network_gone(record: ClusterRecord) -> ClusterRecord:
    """The last node has no adapter on the VMs' network."""
    kept = (link for link in record.links if (link.node, link.network) != (LAST, NetworkId(0)))
    return replace(record, links=tuple(kept))


def _other_processor(says: str, **fields: object) -> Fault:
    def change(node: Node) -> Node:
        return replace(node, processor=replace(node.processor, **fields))

    return Fault(lambda record: _with_node(record, LAST, change), says)


def quorum_fault(says: str, change: Change = lambda record: record, **settings: object) -> Fault:
    """The cluster with other quorum settings."""
    return Fault(lambda record: replace(change(record), quorum=QuorumSettings(**settings)), says)  # type: ignore[arg-type]  # named by the caller


DOWN = node_fault("could not be asked", state=NodeState.DOWN)
FAULTS: dict[str, tuple[Fault, ...]] = {
    "inventory.system": (DOWN,),
    "inventory.processors": (DOWN,),
    "inventory.memory": (DOWN,),
    "inventory.operating-system": (DOWN,),
    "inventory.updates": (DOWN,),
    "inventory.drivers": (DOWN, installed("old.sys", unsigned_drivers=("old.sys",))),
    "inventory.services": (DOWN,),
    "inventory.adapters": (DOWN, links_fault("no network adapter", of_last(lambda link: None))),
    "inventory.storage-adapters": (DOWN,),
    "network.binding-order": (DOWN,),
    "network.configuration": (
        Fault(one_network, "the only network"),
        links_fault("has no adapter on", of_last(lambda link: None, 1)),
        links_fault("No node is tied to", lambda link: None if link.network == 1 else link),
        Fault(
            lambda record: replace(
                record, networks=tuple(replace(one, role=NetworkRole.NONE) for one in record.networks)
            ),
            "No network is enabled",
        ),
        Fault(
            lambda record: replace(
                record, networks=tuple(replace(one, role=NetworkRole.CLUSTER_ONLY) for one in record.networks)
            ),
            "No network lets clients in",
        ),
    ),
    "network.ip": (
        links_fault("share the address", of_last(lambda link: replace(link, address="10.0.0.11"), 0)),
        links_fault("no IP address", of_last(lambda link: replace(link, address="10.0.0.999"), 0)),
    ),
    "network.subnets": (
        links_fault("outside its subnet", of_last(lambda link: replace(link, address="192.168.7.4"), 0)),
        Fault(overlapping, "are one subnet"),
    ),
    "network.communication": (
        links_fault("neither sees the other's heartbeats", of_last(lambda link: replace(link, up=False))),
        Fault(
            lambda record: replace(
                record, networks=tuple(replace(one, partition=((LAST,),)) for one in record.networks)
            ),
            "neither sees the other's heartbeats",
        ),
        Fault(
            lambda record: replace(record, networks=tuple(replace(one, heartbeat_loss=0.5) for one in record.networks)),
            "are lost on every network",
        ),
        links_fault(
            "over Client only",
            of_last(lambda link: replace(link, up=False) if link.network else link),
        ),
    ),
    "network.latency": (
        links_fault("a cluster needs it within", of_last(lambda link: replace(link, latency_seconds=0.4))),
        links_fault("slowed down", of_last(lambda link: replace(link, latency_seconds=0.004))),
    ),
    "network.speed": (
        links_fault("100 Mbit/s", of_last(lambda link: replace(link, bytes_per_second=12.5e6), 1)),
        links_fault("differ", of_last(lambda link: replace(link, bytes_per_second=1.25e9), 1)),
    ),
    "network.firewall": (installed("firewall", firewall_open=False),),
    "storage.disks": (san_fault("does not answer", up=False), DOWN),
    "storage.potential": (
        luns_fault("not presented to NODE04", spare(lambda lun: replace(lun, paths=(NodeId(0), NodeId(1), NodeId(2))))),
    ),
    "storage.paths": (
        Fault(slow_path, "is down"),
        san_fault("does not answer", up=False),
        luns_fault("has failed", spare(lambda lun: replace(lun, up=False))),
        Fault(
            lambda record: replace(
                record, paths=tuple(StoragePath(node.id, SanId(0), 1e8 * (1 + node.id)) for node in record.nodes)
            ),
            "differ",
        ),
    ),
    "storage.latency": (
        san_fault("takes such a disk for failed", latency_seconds=2.0),
        san_fault("feel", latency_seconds=0.1),
    ),
    "storage.arbitration": (Fault(slow_path, "NODE04 can't take"),),
    "storage.failover": (luns_fault("can't fail over", spare(lambda lun: replace(lun, paths=(lun.owner,)))),),  # type: ignore[arg-type]  # theirs has an owner
    "storage.simultaneous": (luns_fault("at once", spare(seen_apart)),),
    "storage.reservation": (san_fault("persistent reservations", persistent_reservations=False),),
    "storage.sizes": (
        luns_fault("too small", spare(lambda lun: replace(lun, size_bytes=MIB))),
        volume_fault("claims", lambda volume: replace(volume, size_bytes=2 * volume.size_bytes)),
    ),
    "storage.witness": (
        luns_fault("would not reach", lambda lun: replace(lun, up=False) if lun.use is LunUse.WITNESS else lun),
        quorum_fault("server of", model=QuorumModel.NODE_AND_SHARE, witness_share=r"\\\\fs\\w", share_up=False),
        quorum_fault(
            "NODE04 would not reach",
            links_fault("", of_last(lambda link: replace(link, up=False), 0)).change,
            model=QuorumModel.NODE_AND_SHARE,
            witness_share=r"\\\\fs\\w",
        ),
        quorum_fault("is not there", no_witness, model=QuorumModel.NODE_AND_DISK),
        luns_fault("512 MB", lambda lun: replace(lun, size_bytes=100 * MIB) if lun.use is LunUse.WITNESS else lun),
    ),
    "storage.csv-settings": (
        node_fault("system drives differ", system_drive="D:"),
        volume_fault("Redirected access", lambda volume: replace(volume, state=VolumeState.REDIRECTED)),
        volume_fault("in maintenance", lambda volume: replace(volume, state=VolumeState.MAINTENANCE)),
        node_fault("coordinator", node=0, state=NodeState.DOWN),
    ),
    "storage.csv-networks": (
        links_fault("No network for cluster use joins", of_last(lambda link: replace(link, up=False))),
    ),
    "storage.csv-space": (
        volume_fault("about to be paused", filled),
        volume_fault("will fill it", lambda volume: replace(volume, used_bytes=round(0.95 * volume.size_bytes))),
    ),
    "system.active-directory": (
        node_fault("not a member of a domain", domain=""),
        node_fault("in the domain other.example", domain="other.example"),
    ),
    "system.drivers": (installed("old.sys", unsigned_drivers=("old.sys",)),),
    "system.cluster-service": (installed("does not start with Windows", cluster_service_automatic=False),),
    "system.memory-dump": (installed("no memory dump", memory_dump=False),),
    "system.installation-option": (installed("installation option", option=InstallationOption.CORE),),
    "system.required-services": (installed("Remote Registry", stopped_services=("Remote Registry",)),),
    "system.architecture": (installed("ia64", architecture="ia64"),),
    "system.versions": (installed("Windows Server 2008", system="Windows Server 2008"),),
    "system.service-packs": (installed("Service Pack 1", service_pack="Service Pack 1"),),
    "system.updates": (installed("KB976902", updates=("KB976902",)),),
    "system.system-drive": (node_fault("D:", system_drive="D:"),),
    "system.manufacturers": (_other_processor("AMD", vendor="AMD"),),
    "system.features": (
        _other_processor("which others have", features=("cmov",)),
        _other_processor("second level", slat=False),
    ),
    "system.hardware": (node_fault("differ in memory", memory_bytes=512 * GIB),),
    "system.virtualisation": (node_fault("no hardware virtualisation", hardware_virtualisation=False),),
    "system.limits": (vm_fault("virtual processors", lambda vm: replace(vm, vcpus=8)),),
    "cluster.groups": (DOWN, node_fault("does not answer", state=NodeState.DOWN)),
    "cluster.networks": (links_fault("is cut", of_last(lambda link: replace(link, up=False), 1)),),
    "cluster.resources": (luns_fault("is offline", spare(lambda lun: replace(lun, up=False))),),
    "cluster.nodes": (
        node_fault("hangs", service=ServiceState.HUNG),
        node_fault("is down", state=NodeState.DOWN),
        node_fault("is paused", state=NodeState.PAUSED),
    ),
    "cluster.quorum": (
        Fault(no_witness, "without a witness"),
        Fault(
            lambda record: replace(
                record, nodes=tuple(replace(node, state=NodeState.DOWN) if node.id else node for node in record.nodes)
            ),
            "no quorum",
        ),
        quorum_fault("without a witness", model=QuorumModel.NODE_MAJORITY),
        quorum_fault("without a witness", no_witness, model=QuorumModel.NODE_AND_DISK),
        quorum_fault("without a witness", model=QuorumModel.NODE_AND_SHARE),
        quorum_fault("The witness disk alone", model=QuorumModel.DISK_ONLY),
    ),
    "cluster.resource-status": (
        vm_fault("is critical", lambda vm: replace(vm, state=VmState.CRITICAL, assigned_bytes=0)),
    ),
    "cluster.volumes": (Fault(slow_path, "redirected"), san_fault("is offline", up=False)),
    "cluster.names": (Fault(renamed, "are called"),),
    "cluster.owners": (
        vm_fault("no possible owner", lambda vm: replace(vm, possible_owners=())),
        vm_fault("does not fail over", lambda vm: replace(vm, possible_owners=(vm.owner,))),
        vm_fault(
            "may not own it", lambda vm: replace(vm, possible_owners=(NodeId(0), NodeId(1)), preferred_owners=(LAST,))
        ),
    ),
    "cluster.vm-storage": (vm_fault("own disk", own_disk),),
    "cluster.vm-networks": (Fault(vms_network_gone, "NODE04 lacks"),),
    "cluster.integration": (
        vm_fault(
            "no integration services", lambda vm: replace(vm, guest=replace(vm.guest, integration_components=False))
        ),
    ),
    "cluster.spare-memory": (Fault(too_full, "have no memory for"),),
}
