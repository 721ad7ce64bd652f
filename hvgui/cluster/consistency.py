"""Whether a cluster's records agree with one another: what every sample, inventory, lab file and engine step owes.

`inconsistencies` finds what no cluster can be (a disk on a volume that does not exist, more memory given away than a
node has). `beyond_limits` finds what the platform does not support but a real cluster may still contain.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Sequence

from msgspec.structs import replace

from hvgui.cluster.cluster import ClusterRecord
from hvgui.cluster.machines import VirtualMachine, VmState
from hvgui.cluster.networks import Link, Network
from hvgui.cluster.nodes import Node
from hvgui.cluster.profiles import Limits
from hvgui.cluster.storage import Controller, DiskKind, Lun, LunUse, San, VirtualDisk, Volume
from hvgui.cluster.units import format_bytes

_WithId = Node | VirtualMachine | San | Lun | Volume | Network


def inconsistencies(record: ClusterRecord) -> tuple[str, ...]:
    """What the records contradict, a sentence each; empty for a cluster that can be.

    Ids are those of the record's own kind and unique; networks, SANs and LUNs are numbered from 0 without gaps in
    their order, nodes, VMs and volumes in rising order (ids of those removed are not used again).
    """
    return (
        *_numbering(record),
        *_links(record),
        *_storage(record),
        *_paths(record),
        *_machines(record),
        *_attachments(record),
        *_node_memory(record),
        *_tasks(record),
    )


def beyond_limits(record: ClusterRecord) -> tuple[str, ...]:
    """What exceeds the limits of the record's platform, a sentence each."""
    name, limits = record.profile.name, record.profile.limits
    found = [
        *_above(f"{name}: nodes", len(record.nodes), limits.nodes),
        *_above(f"{name}: VMs", len(record.vms), limits.vms),
    ]
    running: dict[int, list[VirtualMachine]] = {}
    for vm in record.vms:
        if vm.state.holds_memory:
            running.setdefault(vm.owner, []).append(vm)
    for node in record.nodes:
        found.extend(_node_limits(node, running.get(node.id, []), limits))
    for vm in record.vms:
        found.extend(vm_beyond_limits(vm, limits))
    return tuple(found)


def _numbering(record: ClusterRecord) -> Iterator[str]:
    kinds: tuple[tuple[str, Sequence[_WithId]], ...] = (
        ("network", record.networks),
        ("SAN", record.sans),
        ("LUN", record.luns),
    )
    for kind, records in kinds:
        if [one.id for one in records] != list(range(len(records))):
            yield f"The ids of the {kind}s do not run from 0 without gaps."
    rising: tuple[tuple[str, str, Sequence[_WithId]], ...] = (
        ("node", "nodes", record.nodes),
        ("VM", "VMs", record.vms),
        ("volume", "volumes", record.volumes),
    )
    for kind, kinds_name, records in rising:
        ids = [one.id for one in records]
        if any(later <= earlier for earlier, later in zip([-1, *ids], ids, strict=False)):
            yield f"The ids of the {kinds_name} do not rise from {kind} to {kind}."
    guids = Counter(vm.guid.lower() for vm in record.vms)
    for guid, count in guids.items():
        if count > 1:
            yield f"{count} VMs share the id {guid}."


def _links(record: ClusterRecord) -> Iterator[str]:
    nodes, networks = _ids(record.nodes), _ids(record.networks)
    for key, count in Counter(link.key for link in record.links).items():
        if count > 1:
            yield f"Node {key[0]} has {count} links to network {key[1]}."
    for link in record.links:
        if link.node not in nodes or link.network not in networks:
            yield f"The link '{link.adapter}' ties node {link.node} to network {link.network}; one of them is missing."
        elif not _sensible(link):
            yield f"The link '{link.adapter}' of node {link.node} has a speed or latency below zero."


def _sensible(link: Link) -> bool:
    return link.bytes_per_second >= 0 and link.latency_seconds >= 0


def _storage(record: ClusterRecord) -> Iterator[str]:
    nodes, sans, luns = _ids(record.nodes), _ids(record.sans), {lun.id: lun for lun in record.luns}
    for lun in record.luns:
        if lun.san not in sans:
            yield f"{lun.name} lies on SAN {lun.san}, which is missing."
        if lun.owner is not None and lun.owner not in nodes:
            yield f"{lun.name} is owned by node {lun.owner}, which is missing."
        yield from _missing(f"{lun.name} names paths of", lun.paths or (), nodes)
    for volume in record.volumes:
        if volume.lun not in luns or luns[volume.lun].use is not LunUse.SHARED_VOLUME:
            yield f"{volume.name} lies on LUN {volume.lun}, which is missing or no Cluster Shared Volume."
        if volume.coordinator not in nodes:
            yield f"{volume.name} is coordinated by node {volume.coordinator}, which is missing."
        if not 0 <= volume.used_bytes <= volume.size_bytes:
            yield f"{volume.name} uses {volume.used_bytes} of its {volume.size_bytes} bytes."
    for what, count in Counter(volume.lun for volume in record.volumes).items():
        if count > 1:
            yield f"{count} volumes lie on LUN {what}."
    for name, count in Counter(volume.name for volume in record.volumes).items():
        if count > 1:
            yield f"{count} volumes are called {name}."


def _paths(record: ClusterRecord) -> Iterator[str]:
    nodes, sans = _ids(record.nodes), _ids(record.sans)
    for key, count in Counter(path.key for path in record.paths).items():
        if count > 1:
            yield f"Node {key[0]} has {count} paths to SAN {key[1]}."
    for path in record.paths:
        if path.node not in nodes or path.san not in sans:
            yield f"A path ties node {path.node} to SAN {path.san}; one of them is missing."
        elif not path.bytes_per_second >= 0:
            yield f"The path of node {path.node} to SAN {path.san} has a speed below zero."


def _attachments(record: ClusterRecord) -> Iterator[str]:
    """A pass-through LUN belongs to one VM alone, and no file is attached and detached at once."""
    attached = {disk.key for vm in record.vms for disk in vm.disks if disk.path}
    for detached in record.detached_disks:
        if detached.key in attached:
            yield f"{detached.disk.path} is attached to a VM and detached as well."
    for key, count in Counter(detached.key for detached in record.detached_disks).items():
        if count > 1:
            yield f"{count} detached disks lie in the one file {key[1]}."
    raw = Counter(disk.lun for vm in record.vms for disk in vm.disks if disk.kind is DiskKind.PHYSICAL)
    for lun, count in raw.items():
        if lun is not None and count > 1:
            yield f"LUN {lun} is the pass-through disk of {count} places at once."


def _machines(record: ClusterRecord) -> Iterator[str]:
    nodes, networks = _ids(record.nodes), _ids(record.networks)
    volumes, luns, tasks = _ids(record.volumes), _ids(record.luns), {task.id for task in record.tasks}
    for vm in record.vms:
        if vm.owner not in nodes:
            yield f"{vm.name} is on node {vm.owner}, which is missing."
        yield from _missing(f"{vm.name} prefers", vm.preferred_owners, nodes)
        yield from _missing(f"{vm.name} may be owned by", vm.possible_owners or (), nodes)
        yield from _missing(f"{vm.name} migrates over", vm.migration_networks, networks, "network")
        if vm.task is not None and vm.task not in tasks:
            yield f"{vm.name} is held by task {vm.task}, which is missing."
        for adapter in vm.adapters:
            if adapter.network is not None and adapter.network not in networks:
                yield f"{adapter.name} of {vm.name} is tied to network {adapter.network}, which is missing."
        yield from _memory(vm)
        yield from _disks(vm, volumes, luns, nodes)
        yield from _frozen(vm, volumes, luns, nodes)
    yield from _shared_files(record.vms)
    yield from _shared_macs(record.vms)


def _memory(vm: VirtualMachine) -> Iterator[str]:
    settings = vm.memory.settings
    if vm.vcpus < 1 or settings.startup_bytes < 1:
        yield f"{vm.name} has no processor or no memory."
    if vm.assigned_bytes and not vm.state.holds_memory:
        yield f"{vm.name} is {vm.state.value} and yet occupies {format_bytes(vm.assigned_bytes)}."
    if vm.state is VmState.RUNNING and not vm.assigned_bytes:
        yield f"{vm.name} runs without any memory."
    regions = vm.memory.regions
    if sum(region.size_bytes for region in regions) > max(settings.startup_bytes, vm.assigned_bytes):
        yield f"The memory regions of {vm.name} are larger than its memory."
    for region in regions:
        if region.size_bytes < 0 or region.write_bytes_per_second < 0 or not 0 <= region.zero_share <= 1:
            yield f"The memory region '{region.name}' of {vm.name} has a figure out of range."


def _disks(
    vm: VirtualMachine, volumes: Collection[int], luns: Collection[int], nodes: Collection[int]
) -> Iterator[str]:
    places = Counter((one.controller, one.controller_number, one.controller_location) for one in vm.disks)
    for (controller, number, location), count in places.items():
        if count > 1:
            yield f"{count} disks of {vm.name} are at {controller.value} {number}:{location}."
    for disk in vm.disks:
        homes = (disk.volume, disk.lun, disk.local_node)
        if sum(home is not None for home in homes) > 1:
            yield f"{disk.name} of {vm.name} lies in more than one place."
        if (
            (disk.volume is not None and disk.volume not in volumes)
            or (disk.lun is not None and disk.lun not in luns)
            or (disk.local_node is not None and disk.local_node not in nodes)
        ):
            yield f"{disk.name} of {vm.name} lies on a volume, LUN or node that is missing."
        if disk.size_bytes < 0 or disk.file_bytes < 0:
            yield f"{disk.name} of {vm.name} has a size below zero."


def _frozen(
    vm: VirtualMachine, volumes: Collection[int], luns: Collection[int], nodes: Collection[int]
) -> Iterator[str]:
    """Snapshots are a tree of frozen files."""
    ids = {one.id for one in vm.snapshots}
    for one in vm.snapshots:
        if one.parent and (one.parent not in ids or one.parent >= one.id):
            yield f"The snapshot '{one.name}' of {vm.name} builds on no. {one.parent}, which is missing or younger."
        yield from _disks(replace(vm, disks=one.disks), volumes, luns, nodes)
    if vm.current_snapshot and vm.current_snapshot not in ids:
        yield f"{vm.name} builds on its snapshot no. {vm.current_snapshot}, which is missing."


def _shared_files(vms: Iterable[VirtualMachine]) -> Iterator[str]:
    """A file on a Cluster Shared Volume or a LUN belongs to one VM; two nodes' own disks may hold the same path."""
    every = ((vm, disk) for vm in vms for disk in (*vm.disks, *(one for held in vm.snapshots for one in held.disks)))
    paths = Counter((disk.local_node, disk.path.lower()) for _, disk in every if disk.path)
    for (_, path), count in paths.items():
        if count > 1:
            yield f"{count} disks lie in the one file {path}."


def _shared_macs(vms: Iterable[VirtualMachine]) -> Iterator[str]:
    for mac, count in Counter(adapter.mac for vm in vms for adapter in vm.adapters if adapter.mac).items():
        if count > 1:
            yield f"{count} adapters share the MAC address {mac}."


def _node_memory(record: ClusterRecord) -> Iterator[str]:
    """What is given away, and held for VMs on their way, is never more than the node has for VMs."""
    given: Counter[int] = Counter()
    for vm in record.vms:
        given[vm.owner] += vm.assigned_bytes
    for task in record.tasks:
        given[task.target] += task.reserved_bytes
    for node in record.nodes:
        if given[node.id] > node.memory_for_vms_bytes:
            yield (
                f"{node.name} has given away {format_bytes(given[node.id])} of the "
                f"{format_bytes(node.memory_for_vms_bytes)} that it has for VMs."
            )


def _tasks(record: ClusterRecord) -> Iterator[str]:
    nodes, vms = _ids(record.nodes), _ids(record.vms)
    for task_id, count in Counter(task.id for task in record.tasks).items():
        if count > 1:
            yield f"{count} tasks have the id {task_id}."
    for task in record.tasks:
        if task.vm not in vms or task.source not in nodes or task.target not in nodes:
            yield f"Task {task.id} is about a VM or a node that is missing."
        if task.state.has_ended:
            yield f"Task {task.id} has ended and is still held."


def _node_limits(node: Node, here: list[VirtualMachine], limits: Limits) -> Iterator[str]:
    vcpus = sum(vm.vcpus for vm in here)
    yield from _above(f"{node.name}: logical processors", node.processor.logical, limits.logical_processors)
    if node.memory_bytes > limits.host_memory_bytes:
        yield f"{node.name}: {format_bytes(node.memory_bytes)} of memory is more than the platform uses."
    yield from _above(f"{node.name}: running VMs", len(here), limits.running_vms_per_node)
    yield from _above(f"{node.name}: virtual processors", vcpus, limits.vcpus_per_node)
    if limits.vcpus_per_logical_processor:
        most = limits.vcpus_per_logical_processor * node.processor.logical
        yield from _above(f"{node.name}: virtual processors for its logical ones", vcpus, most)


def vm_beyond_limits(vm: VirtualMachine, limits: Limits) -> Iterator[str]:
    """What of one VM exceeds a platform's limits, a sentence each."""
    yield from _above(f"{vm.name}: virtual processors", vm.vcpus, limits.vcpus_per_vm)
    yield from _above(f"{vm.name}: network adapters", len(vm.adapters), limits.adapters_per_vm)
    settings = vm.memory.settings
    if max(settings.startup_bytes, settings.maximum_bytes) > limits.memory_per_vm_bytes:
        yield f"{vm.name}: its memory is more than the {format_bytes(limits.memory_per_vm_bytes)} that a VM may have."
    for disk in vm.disks:
        if disk.size_bytes > limits.vhd_bytes:
            yield f"{vm.name}: {disk.name} is larger than the {format_bytes(limits.vhd_bytes)} that a disk may have."
        if not _has_place(disk, limits):
            yield f"{vm.name}: {disk.name} is at a place that its controller does not have."


def _has_place(disk: VirtualDisk, limits: Limits) -> bool:
    ide = disk.controller is Controller.IDE
    controllers, places = (2, 2) if ide else (limits.scsi_controllers, limits.disks_per_scsi_controller)
    return 0 <= disk.controller_number < controllers and 0 <= disk.controller_location < places


def _above(what: str, count: int, limit: int) -> Iterator[str]:
    if count > limit:
        yield f"{what}: {count:,} are more than the {limit:,} supported."


def _missing(what: str, wanted: Iterable[int], there: Collection[int], kind: str = "node") -> Iterator[str]:
    for one in wanted:
        if one not in there:
            yield f"{what} {kind} {one}, which is missing."


def _ids(records: Sequence[_WithId]) -> frozenset[int]:
    return frozenset(one.id for one in records)
