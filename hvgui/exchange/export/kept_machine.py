"""What hvgui's own part of a configuration file carries: the whole record of a VM, with names in the place of ids."""

from __future__ import annotations

import json

import msgspec
from msgspec.structs import replace

from hvgui.cluster.cluster import Cluster
from hvgui.cluster.ids import NodeId, VmId
from hvgui.cluster.machines import NetworkAdapter, VirtualMachine
from hvgui.cluster.snapshots import Snapshot
from hvgui.cluster.storage import VirtualDisk

FORMAT = 1
"""Of this part; a reader refuses a higher one."""
MOST_TEXT = 8 * 1024 * 1024
"""Longer than this is no VM's record: a load that repeats a recorded week, second by second, has 5 MB."""


class KeptFile(msgspec.Struct, frozen=True, omit_defaults=True):
    """A disk's file and where it lies."""

    path: str
    """The simulated path, or the disk's name where it has none: see `file_key`."""
    place: str = ""
    """In the folder, parts divided by `/`; empty: the file is not in the export."""
    home: str = ""
    """Name of the volume, LUN or node that it lay on."""


class KeptMachine(msgspec.Struct, frozen=True, omit_defaults=True):
    """A VM as it was exported."""

    format: int
    machine: VirtualMachine
    """Without ids of nodes, networks, volumes and LUNs, which mean nothing elsewhere."""
    owner: str = ""
    preferred_owners: tuple[str, ...] = ()
    possible_owners: tuple[str, ...] | None = None
    migration_networks: tuple[str, ...] = ()
    networks: tuple[str, ...] = ()
    """The network of each adapter; empty: none."""
    files: tuple[KeptFile, ...] = ()
    configuration_only: bool = False
    held_networks: tuple[tuple[str, ...], ...] = ()
    """Likewise of the adapters that each snapshot holds."""


def file_key(disk: VirtualDisk) -> str:
    """What names a disk's file within one VM: its path, or its name where it has none."""
    return (disk.path or disk.name).lower()


def kept_machine(
    cluster: Cluster, vm: VirtualMachine, places: dict[str, str], *, configuration_only: bool
) -> KeptMachine:
    """A VM's record as it goes into the file; `places` by `file_key`."""
    frozen = [disk for one in vm.snapshots for disk in one.disks]
    files = {file_key(disk): _kept_file(cluster, disk, places) for disk in (*frozen, *vm.disks)}
    names, networks = _node_names(cluster), cluster.networks
    return KeptMachine(
        format=FORMAT,
        machine=unbound(vm),
        owner=names.get(vm.owner, ""),
        preferred_owners=tuple(names[node] for node in vm.preferred_owners if node in names),
        possible_owners=None
        if vm.possible_owners is None
        else tuple(names[node] for node in vm.possible_owners if node in names),
        migration_networks=tuple(networks[one].name for one in vm.migration_networks if one in networks),
        networks=_network_names(cluster, vm.adapters),
        files=tuple(files.values()),
        configuration_only=configuration_only,
        held_networks=tuple(
            _network_names(cluster, () if one.held is None else one.held.adapters) for one in vm.snapshots
        ),
    )


def _network_names(cluster: Cluster, adapters: tuple[NetworkAdapter, ...]) -> tuple[str, ...]:
    """Empty where an adapter has none, or one that is gone."""
    found = (None if one.network is None else cluster.networks.get(one.network) for one in adapters)
    return tuple("" if network is None else network.name for network in found)


def _kept_file(cluster: Cluster, disk: VirtualDisk, places: dict[str, str]) -> KeptFile:
    home = ""
    if disk.volume is not None:
        home = cluster.volumes[disk.volume].name
    elif disk.lun is not None:
        home = cluster.luns[disk.lun].name
    elif disk.local_node is not None:
        home = cluster.nodes[disk.local_node].name
    return KeptFile(disk.path or disk.name, places.get(file_key(disk), ""), home)


def _node_names(cluster: Cluster) -> dict[NodeId, str]:
    return {node.id: node.name for node in cluster.nodes.values()}


def unbound(vm: VirtualMachine) -> VirtualMachine:
    """The record without anything that names another record of its cluster, or tells of what happened there."""
    return replace(
        vm,
        id=VmId(0),
        owner=NodeId(0),
        task=None,
        disks=_unbound_disks(vm.disks),
        adapters=_unbound_adapters(vm.adapters),
        snapshots=tuple(_unbound_snapshot(one) for one in vm.snapshots),
        preferred_owners=(),
        possible_owners=None,
        migration_networks=(),
        pending="",
        failed_over_ns=(),
        is_failed=False,
    )


def _unbound_snapshot(one: Snapshot) -> Snapshot:
    held = None if one.held is None else replace(one.held, adapters=_unbound_adapters(one.held.adapters))
    return replace(one, disks=_unbound_disks(one.disks), held=held)


def _unbound_adapters(adapters: tuple[NetworkAdapter, ...]) -> tuple[NetworkAdapter, ...]:
    return tuple(replace(one, network=None) for one in adapters)


def _unbound_disks(disks: tuple[VirtualDisk, ...]) -> tuple[VirtualDisk, ...]:
    return tuple(replace(disk, volume=None, lun=None, local_node=None) for disk in disks)


def encoded(kept: KeptMachine) -> str:
    """As text of plain ASCII: some letters that JSON may hold are none in XML."""
    return json.dumps(msgspec.to_builtins(kept), separators=(",", ":"), ensure_ascii=True)


def decoded(text: str) -> KeptMachine:
    """The record out of its text, its figures not yet judged. Raises ValueError with the end of a sentence."""
    if len(text) > MOST_TEXT:
        raise ValueError(f"it has {len(text):,} letters, more than any VM's record")
    try:
        kept = msgspec.json.decode(text, type=KeptMachine)
    except (msgspec.DecodeError, RecursionError) as error:
        raise ValueError(f"it can't be read ({error})") from None
    if kept.format != FORMAT:
        raise ValueError(f"it is of format {kept.format}, and this hvgui reads {FORMAT}")
    return kept
