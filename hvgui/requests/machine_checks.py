"""What stands between a VM that comes from elsewhere (imported, cloned) and this cluster."""

from __future__ import annotations

import uuid
from collections import Counter
from collections.abc import Iterable, Iterator

from hvgui.cluster.cluster import Cluster, ClusterRecord
from hvgui.cluster.consistency import inconsistencies, vm_beyond_limits
from hvgui.cluster.guest_identity import computer_name_of, identity_of
from hvgui.cluster.ids import LunId, VmId, VolumeId
from hvgui.cluster.mac_pools import free_macs, mac_text, pool_of
from hvgui.cluster.machines import VirtualMachine, VmState
from hvgui.cluster.one_line import one_line
from hvgui.cluster.storage import DiskKey, DiskKind, LunUse, VirtualDisk
from hvgui.cluster.storage_access import disk_access
from hvgui.cluster.units import format_bytes
from hvgui.cluster.vm_figures import MOST_FIGURE, is_sensible_region, out_of_range
from hvgui.requests.disk_plan import free_bytes, growth_ahead_bytes
from hvgui.requests.problems import Problem, warning
from hvgui.requests.storage_names import lun_name, volume_name

LONGEST_NAME = 100
"""Letters of a VM's name, as Hyper-V Manager takes them."""
_NOT_IN_NAMES = '<>:"/\\|?*'
_ARRIVES = (VmState.OFF, VmState.SAVED)
Home = tuple[VolumeId | None, LunId | None]


def machine_problems(cluster: Cluster, machine: VirtualMachine) -> Iterator[Problem]:
    """Everything that stands in its way, the plainest first; what the later ones need is asked before them."""
    found = [*name_problems(cluster, machine.name), *_shape_problems(cluster, machine)]
    if found:
        yield from found
        return
    yield from _identity_problems(cluster, machine)
    yield from _mac_problems(cluster, machine)
    yield from _file_problems(cluster, machine)
    yield from _room_problems(cluster, machine)
    limit = cluster.profile.limits.vms
    if len(cluster.vms) >= limit:
        text = f"This cluster has {len(cluster.vms):,} VMs; {cluster.profile.name} supports {limit:,}."
        yield Problem("too-many-vms", text, "Delete one first.")


def name_problems(cluster: Cluster, name: str) -> Iterator[Problem]:
    """Whether a new VM can be called so."""
    found = tuple(spelling_problems(name))
    yield from found
    if not found and any(vm.name.casefold() == name.casefold() for vm in cluster.vms.values()):
        yield name_taken(name)


def name_taken(name: str) -> Problem:
    """That somebody is called so already."""
    return Problem("name-taken", f"There is a VM called {one_line(name)[:60]} in this cluster.", "Choose another name.")


def spelling_problems(name: str) -> Iterator[Problem]:
    """Whether any VM could be called so."""
    shown = one_line(name)[:60]
    if not name.strip() or name != one_line(name) or len(name) > LONGEST_NAME:
        text = f"'{shown}' can't be a VM's name."
        yield Problem("name", text, f"A name has 1 to {LONGEST_NAME} letters, on one line.")
    elif any(letter in name for letter in _NOT_IN_NAMES):
        text = f"'{shown}' can't be a VM's name, because its folder is called like it."
        yield Problem("name", text, 'Leave out < > : " / \\ | ? *.')


def _shape_problems(cluster: Cluster, machine: VirtualMachine) -> Iterator[Problem]:
    """Whether it can be at all: figures, references, platform."""
    yield from owner_problems(cluster, machine)
    if machine.owner not in cluster.nodes:
        return
    if machine.state not in _ARRIVES or machine.assigned_bytes or machine.task is not None:
        yield Problem("wrong-state", f"{machine.name} would arrive {machine.state.value}.", "It comes off or saved.")
    if (machine.state is VmState.SAVED) != bool(machine.saved_bytes):
        yield Problem("saved-state", f"The saved state of {machine.name} and its memory do not fit together.")
    figures = out_of_range(machine)
    if figures or not all(is_sensible_region(region) for region in machine.memory.regions):
        text = f"{figures or 'the memory of ' + machine.name} can't be reckoned with."
        yield Problem("figures", text[:1].upper() + text[1:], "The file that it comes from is damaged.")
    for disk in all_disks(machine):
        if not (0 <= disk.size_bytes < MOST_FIGURE and 0 <= disk.file_bytes < MOST_FIGURE):
            yield Problem("figures", f"{disk.name} of {machine.name} has an impossible size.")
    for sentence in (*_contradictions(cluster, machine), *vm_beyond_limits(machine, cluster.profile.limits)):
        yield Problem("impossible", sentence, f"{cluster.profile.name} can't have such a VM.")


def owner_problems(cluster: Cluster, machine: VirtualMachine) -> Iterator[Problem]:
    """Whether its node is there and up."""
    node = cluster.nodes.get(machine.owner)
    if node is None:
        yield Problem("no-such-node", f"There is no node no. {machine.owner} in this cluster for {machine.name}.")
    elif not node.is_up:
        yield Problem("node-down", f"{node.name} is {node.state_words}.", "Choose another node, or bring it up.")


def _contradictions(cluster: Cluster, machine: VirtualMachine) -> tuple[str, ...]:
    """What the machine's own records contradict, beside the cluster's nodes, networks and storage."""
    record = ClusterRecord(
        nodes=tuple(cluster.nodes.values()),
        networks=tuple(cluster.networks.values()),
        sans=tuple(cluster.sans.values()),
        luns=tuple(cluster.luns.values()),
        volumes=tuple(cluster.volumes.values()),
        vms=(machine,),
    )
    homes = {(disk.volume, disk.lun) for one in machine.snapshots for disk in one.disks}
    gone = [one for one in homes if not _is_there(cluster, one)]
    return (*inconsistencies(record), *(f"A snapshot of {machine.name} lies on what is missing." for _ in gone[:1]))


def _is_there(cluster: Cluster, home: Home) -> bool:
    volume, lun = home
    return (volume is None or volume in cluster.volumes) and (lun is None or lun in cluster.luns)


def all_disks(machine: VirtualMachine) -> Iterator[VirtualDisk]:
    """Those of its snapshots, then its own."""
    for one in machine.snapshots:
        yield from one.disks
    yield from machine.disks


# Who it is


def _identity_problems(cluster: Cluster, machine: VirtualMachine) -> Iterator[Problem]:
    try:
        uuid.UUID(machine.guid)
    except ValueError:
        yield Problem("guid", f"'{one_line(machine.guid)[:50]}' is no unique id of a VM.")
        return
    same = next((vm for vm in cluster.vms.values() if vm.guid.lower() == machine.guid.lower()), None)
    if same is not None:
        text = f"{same.name} has the id {machine.guid} already; no two VMs may have the same."
        yield Problem("id-taken", text, "Import a copy with a new unique ID, or delete that VM first.")
    original = original_of(cluster, machine)
    if original:
        yield not_generalised(machine, original)


def not_generalised(machine: VirtualMachine, original: str) -> Problem:
    """That its guest is a copy of that of another, named VM."""
    name = computer_name_of(machine)
    text = f"The guest of {machine.name} is a copy of that of {original}: computer name {name} and SID are the same"
    more = "Generalise it (sysprep) before both run in one network."
    return warning("not-generalised", f"{text}, since it was not generalised.", more)


def original_of(cluster: Cluster, machine: VirtualMachine) -> str:
    """The name of a VM here that has the same installation; empty: none."""
    wanted = identity_of(machine)
    known = cluster.same_installation(wanted)
    if known:
        return cluster.vms[known[0]].name
    return next((vm.name for vm in cluster.vms.values() if identity_of(vm) == wanted), "")


def _mac_problems(cluster: Cluster, machine: VirtualMachine) -> Iterator[Problem]:
    wanted = sum(not adapter.mac for adapter in machine.adapters)
    free = free_macs(cluster, machine.owner, wanted)
    if len(free) < wanted:
        yield no_mac(cluster, machine, wanted)
    holders = {a.mac.upper(): vm.name for vm in cluster.vms.values() for a in vm.adapters if a.mac}
    for adapter in machine.adapters:
        holder = holders.get(adapter.mac.upper()) if adapter.mac else None
        if holder is not None:
            text = f"{adapter.name} of {machine.name} has the MAC address {adapter.mac}, which {holder} has, too."
            yield Problem("mac-taken", text, "Import a copy, which gets new ones, or change that of the other.")


def no_mac(cluster: Cluster, machine: VirtualMachine, wanted: int) -> Problem:
    """That its owner's pool does not hold as many addresses as it needs."""
    node, pool = cluster.nodes[machine.owner].name, pool_of(cluster, machine.owner)
    text = (
        f"All {len(pool)} MAC addresses of {node} ({mac_text(pool.start)} to {mac_text(pool.stop - 1)}) are in "
        f"use, and {machine.name} needs {wanted} (event 12565: Attempt to access invalid address)."
    )
    return Problem("no-mac", text, "Choose another node, or give its adapters addresses of their own.")


# Where it lies


def _file_problems(cluster: Cluster, machine: VirtualMachine) -> Iterator[Problem]:
    taken = files_of(cluster)
    names = Counter(disk.path.lower() for disk in all_disks(machine))
    own = {disk.path.lower() for disk in all_disks(machine)}
    for disk in all_disks(machine):
        if disk.kind is DiskKind.PHYSICAL:
            text = f"{disk.name} of {machine.name} is a pass-through disk, which no file holds."
            yield Problem("pass-through", text, "Leave it out, and give it a LUN afterwards.")
        elif not disk.path:
            yield Problem("no-path", f"Nothing says where {disk.name} of {machine.name} is to lie.")
        elif disk.key in taken or names[disk.path.lower()] > 1:
            yield file_exists(disk)
        elif disk.kind is DiskKind.DIFFERENCING and not _has_parent(cluster, disk, own):
            text = f"{disk.name} of {machine.name} builds on {one_line(disk.parent) or 'a file'}, which is not there."
            yield Problem("no-parent", text, "Import it with all its parents.")
    yield from reach_problems(cluster, machine)


def file_exists(disk: VirtualDisk) -> Problem:
    """That another file lies where this one is to lie."""
    text = f"There is a file {disk.path} already."
    return Problem("file-exists", text, "Choose another folder or another name.")


def _has_parent(cluster: Cluster, disk: VirtualDisk, own: Iterable[str]) -> bool:
    wanted = disk.parent.lower()
    return wanted in own or any(key[1] == wanted for key in cluster.detached_disks)


def files_of(cluster: Cluster) -> set[DiskKey]:
    """Every virtual disk file that is there: of VMs, of their snapshots, and without a VM."""
    found = set(cluster.detached_disks)
    for vm in cluster.vms.values():
        found.update(disk.key for disk in all_disks(vm))
    return found


def reach_problems(cluster: Cluster, machine: VirtualMachine) -> Iterator[Problem]:
    """Whether its node reaches where its disks go, and files may lie there."""
    node = cluster.nodes[machine.owner].name
    for volume, lun in needs_of(machine):
        home = VirtualDisk("", 0, volume=volume, lun=lun)
        name = _home_name(cluster, (volume, lun))
        if lun is not None and cluster.luns[lun].use in (LunUse.SHARED_VOLUME, LunUse.WITNESS):
            yield Problem("lun-use", f"{name} is used as {cluster.luns[lun].use.value}.", "Choose another place.")
        elif (volume is not None or lun is not None) and not disk_access(cluster, machine.owner, home).is_there:
            yield Problem("no-way", f"{node} does not reach {name}.", "Choose another node or another place.")
    far = [disk.name for disk in machine.disks if disk.local_node not in (None, machine.owner)]
    if far:
        yield Problem("no-way", f"{far[0]} would lie on another node's own disk than {node}'s.")


def needs_of(machine: VirtualMachine) -> dict[Home, int]:
    """What its files take in each place."""
    needs: dict[Home, int] = {}
    for disk in all_disks(machine):
        home = (disk.volume, disk.lun)
        needs[home] = needs.get(home, 0) + disk.file_bytes
    for one in machine.snapshots:
        for disk in one.disks[:1]:
            needs[(disk.volume, disk.lun)] += one.memory_bytes
    return needs


def _room_problems(cluster: Cluster, machine: VirtualMachine) -> Iterator[Problem]:
    for home in needs_of(machine):
        if home != (None, None):
            yield from room_problems(
                cluster, machine, home, free_bytes(cluster, *home), growth_ahead_bytes(cluster, *home)
            )


def room_problems(
    cluster: Cluster, machine: VirtualMachine, home: Home, free_there: int, growth_there: int
) -> Iterator[Problem]:
    """Whether its files find room in a place that has so many bytes free, and whose disks could grow by so many."""
    need, name = needs_of(machine)[home], _home_name(cluster, home)
    if need > free_there:
        text = f"{name} has {format_bytes(max(0, free_there))} free; the files of {machine.name} take "
        yield Problem("no-room", f"{text}{format_bytes(need)}.", "Make room there, or choose another place.")
        return
    ahead, left = growth_of(machine, home) + growth_there, free_there - need
    if ahead > left:
        text = f"The disks on {name} could grow by {format_bytes(ahead)}; {format_bytes(left)} will be free."
        yield warning("overcommitted", text, "Should it get full, its VMs stop until there is room.")


def growth_of(machine: VirtualMachine, home: Home) -> int:
    """By how much its own disks in a place could still grow."""
    return sum(max(0, disk.size_bytes - disk.file_bytes) for disk in machine.disks if (disk.volume, disk.lun) == home)


def _home_name(cluster: Cluster, home: Home) -> str:
    volume, lun = home
    if volume is not None:
        return volume_name(cluster, volume)
    return lun_name(cluster, lun) if lun is not None else "the node"


def next_id(cluster: Cluster) -> VmId:
    """The id that the next VM gets."""
    return VmId(cluster.vm_rows)
