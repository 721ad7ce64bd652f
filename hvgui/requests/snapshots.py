"""Requests on snapshots: take, apply, revert, rename, delete one or a branch. Those on merging stand in
`snapshot_merges`."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from hvgui.cluster.cluster import Cluster
from hvgui.cluster.machines import VirtualMachine, VmState
from hvgui.cluster.snapshots import Snapshot, by_id, descendants, shown
from hvgui.cluster.storage import DiskKind, VirtualDisk
from hvgui.cluster.storage_access import disk_access
from hvgui.cluster.units import format_bytes
from hvgui.requests.free_vm import FreeVmRequest
from hvgui.requests.problems import Problem, warning
from hvgui.requests.request import quoted, vm_name

LONGEST_NAME = 100
"""Letters of a snapshot's name."""
_MOVING = (VmState.RUNNING, VmState.PAUSED)
_TAKES = (VmState.OFF, VmState.SAVED, VmState.RUNNING, VmState.PAUSED)
_GOES_BACK = (*_TAKES, VmState.PAUSED_CRITICAL, VmState.CRITICAL)


class OneSnapshot(FreeVmRequest, frozen=True):
    """Those on a snapshot that is there."""

    snapshot: int

    def found(self, cluster: Cluster) -> Snapshot | None:
        """The snapshot; None where a person sees none of that number."""
        vm = cluster.vms.get(self.vm)
        one = by_id(vm.snapshots).get(self.snapshot) if vm is not None else None
        return None if one is None or one.is_deleted else one

    def called(self, cluster: Cluster) -> str:
        """Its name, or what stands for it."""
        one = self.found(cluster)
        return f"'{one.name}'" if one is not None else f"snapshot no. {self.snapshot}"

    def problems_of(self, cluster: Cluster, vm: VirtualMachine) -> Iterator[Problem]:
        """See FreeVmRequest.problems_of."""
        if self.found(cluster) is None:
            yield Problem("no-such-snapshot", f"{vm.name} has no snapshot no. {self.snapshot}.")
        else:
            yield from self.further_problems(cluster, vm)

    def further_problems(self, cluster: Cluster, vm: VirtualMachine) -> Iterator[Problem]:
        """What else stands in the way, given that it is there."""
        del cluster, vm
        yield from ()


class TakeSnapshot(FreeVmRequest, frozen=True, tag="take-snapshot"):
    """Freeze a VM's disks, settings and (where it has any) memory; it goes on in differencing disks."""

    name: str = ""
    """Empty: the VM's name and the moment."""

    def title(self, cluster: Cluster) -> str:
        """See Request.title."""
        return f"Take a snapshot of {vm_name(cluster, self.vm)}"

    def problems_of(self, cluster: Cluster, vm: VirtualMachine) -> Iterator[Problem]:
        """See FreeVmRequest.problems_of."""
        if vm.state not in _TAKES:
            text = f"{vm.name} is {vm.state.value}; snapshots are taken of VMs that run, are paused, saved or off."
            yield Problem("wrong-state", text, "Wait until it runs or rests, or start it.")
            return
        limit = cluster.profile.limits.snapshots_per_vm
        if len(shown(vm.snapshots)) >= limit:
            text = f"{vm.name} has {limit} snapshots, as many as {cluster.profile.name} allows."
            yield Problem("too-many-snapshots", text, "Delete one first.")
        if not _is_name(self.name, least=0):
            yield Problem("name", f"A snapshot's name has up to {LONGEST_NAME} letters, on one line.")
        for disk in vm.disks:
            if disk.kind is DiskKind.PHYSICAL:
                text = f"{disk.name} of {vm.name} is a pass-through disk, which can't be frozen."
                yield Problem("pass-through", text, "Take the disk out, or copy it into a VHD.")
        if not vm.disks:
            yield Problem("no-disks", f"{vm.name} has no disk to freeze.", "Add one to it.")
        yield from _in_reach(cluster, vm, vm.disks)
        yield from room_problems(cluster, vm, memory_to_keep(vm))

    def powershell(self, cluster: Cluster) -> str:
        """See Request.powershell."""
        name = f" -SnapshotName {quoted(self.name)}" if self.name else ""
        return f"Checkpoint-VM -Name {quoted(vm_name(cluster, self.vm))}{name}"


def _is_name(name: str, *, least: int) -> bool:
    return least <= len(name.strip()) and len(name) <= LONGEST_NAME and all(ord(letter) >= 32 for letter in name)


def _in_reach(cluster: Cluster, vm: VirtualMachine, disks: tuple[VirtualDisk, ...]) -> Iterator[Problem]:
    """The owner must be up and reach the files."""
    node = cluster.nodes[vm.owner]
    if not node.is_up:
        text = f"{node.name}, the owner of {vm.name}, is {node.state.value}."
        yield Problem("node-down", text, "Bring the node up, or move the VM to another one.")
        return
    away = [disk.name for disk in disks if not disk_access(cluster, vm.owner, disk).is_there]
    if away:
        text = f"{node.name} does not reach {', '.join(dict.fromkeys(away[:3]))} of {vm.name}."
        yield Problem("no-way", text, "Mend its storage (path, LUN, SAN, volume), or move the VM.")


def memory_to_keep(vm: VirtualMachine) -> int:
    """The memory that a snapshot of the VM as it is now holds (bytes)."""
    return vm.assigned_bytes if vm.state in _MOVING else vm.saved_bytes if vm.state is VmState.SAVED else 0


def place_of(cluster: Cluster, disk: VirtualDisk) -> tuple[str, int, int] | None:
    """Name, size and free bytes of the volume or LUN that a file lies on; None on a node's own disk."""
    if disk.volume is not None:
        volume = cluster.volumes[disk.volume]
        return (volume.name, volume.size_bytes, max(0, volume.size_bytes - volume.used_bytes))
    if disk.lun is not None:
        lun = cluster.luns[disk.lun]
        return (lun.name, lun.size_bytes, max(0, lun.size_bytes - cluster.lun_used_bytes(lun.id)))
    return None


def room_problems(cluster: Cluster, vm: VirtualMachine, needed: int) -> Iterator[Problem]:
    """So many bytes of saved memory must fit where the VM's first disk lies; what grows afterwards is warned of."""
    for disk in vm.disks[:1]:
        place = place_of(cluster, disk)
        if place is None:
            continue
        name, size, free = place
        if needed > free:
            text = f"{name} has {format_bytes(free)} free; the memory of {vm.name} takes {format_bytes(needed)}."
            yield Problem("no-room", text, "Make room there, or shut the VM down first.")
        elif free - needed < size // 20:
            text = f"{name} is nearly full; differencing disks grow with every write, and a full volume pauses its VMs."
            yield warning("little-room", text, "Make room there.")


class ApplySnapshot(OneSnapshot, frozen=True, tag="apply-snapshot"):
    """Go back to a snapshot: disks, settings and memory as they were. What is now is lost unless it is taken first."""

    takes_first: bool = False
    """Take a snapshot of the VM as it is now before."""

    def title(self, cluster: Cluster) -> str:
        """See Request.title."""
        first = "Take a snapshot and apply" if self.takes_first else "Apply"
        return f"{first} {self.called(cluster)} to {vm_name(cluster, self.vm)}"

    def further_problems(self, cluster: Cluster, vm: VirtualMachine) -> Iterator[Problem]:
        """See OneSnapshot.further_problems."""
        one = by_id(vm.snapshots)[self.snapshot]
        if self.takes_first:
            yield from TakeSnapshot(self.vm).problems_of(cluster, vm)
        elif vm.state not in _GOES_BACK:
            yield Problem("wrong-state", f"{vm.name} is {vm.state.value}.", "Wait until it runs or rests.")
            return
        else:
            yield from _in_reach(cluster, vm, vm.disks)
        yield from _in_reach_there(cluster, vm, one)
        if not self.takes_first:
            text = f"{vm.name} loses all that has happened since its last snapshot."
            yield warning("data-loss", text, "Take a snapshot first to keep it.")
        yield from _comes_back_otherwise(cluster, vm, one)

    def powershell(self, cluster: Cluster) -> str:
        """See Request.powershell."""
        one = self.found(cluster)
        vm, name = quoted(vm_name(cluster, self.vm)), quoted(one.name if one is not None else "")
        first = f"Checkpoint-VM -Name {vm}; " if self.takes_first else ""
        return f"{first}Restore-VMSnapshot -VMName {vm} -Name {name} -Confirm:$false"


def _in_reach_there(cluster: Cluster, vm: VirtualMachine, one: Snapshot) -> Iterator[Problem]:
    """The snapshot's own files, which may lie where the VM has none any more."""
    yield from (
        Problem(
            "other-node",
            f"{disk.name} of '{one.name}' lies on a disk of {cluster.nodes[disk.local_node].name}.",
            f"Move {vm.name} to that node first.",
        )
        for disk in one.disks
        if disk.local_node not in (None, vm.owner) and disk.local_node is not None
    )
    yield from _in_reach(cluster, vm, tuple(disk for disk in one.disks if disk.local_node in (None, vm.owner)))


def _comes_back_otherwise(cluster: Cluster, vm: VirtualMachine, one: Snapshot) -> Iterator[Problem]:
    """Warnings of what can't be as it was."""
    for adapter in one.held.adapters if one.held is not None else ():
        if adapter.network is not None and adapter.network not in cluster.networks:
            text = f"The network of {adapter.name} is not there any more; {vm.name} comes back unconnected."
            yield warning("no-network", text, "Connect the adapter to another network afterwards.")
    adapters = one.held.adapters[len(vm.adapters) :] if one.held is not None else ()
    others = {taken.mac: other.name for other in cluster.vms.values() for taken in other.adapters}
    for adapter in adapters:
        if adapter.mac and adapter.mac in others:
            text = f"The MAC address {adapter.mac} of {adapter.name} is that of {others[adapter.mac]} now."
            yield warning("mac-taken", text, "The adapter comes back without one: give it another.")
    held = {disk.path for disk in one.disks}
    loose = [disk.name for disk in added_since(vm) if disk.path not in held]
    if loose:
        text = f"'{one.name}' does not know {', '.join(loose[:3])}: {vm.name} comes back without."
        yield warning("loose-disks", text, "The files stay; add them again afterwards.")


def added_since(vm: VirtualMachine) -> tuple[VirtualDisk, ...]:
    """Disks that were added after the snapshot that "Now" builds on: their files build on none of it."""
    current = by_id(vm.snapshots).get(vm.current_snapshot)
    below = {disk.path for disk in current.disks} if current is not None else set()
    return tuple(disk for disk in vm.disks if disk.parent not in below)


class RevertVm(FreeVmRequest, frozen=True, tag="revert"):
    """Go back to the snapshot that "Now" builds on."""

    def title(self, cluster: Cluster) -> str:
        """See Request.title."""
        return f"Revert {vm_name(cluster, self.vm)}"

    def problems_of(self, cluster: Cluster, vm: VirtualMachine) -> Iterator[Problem]:
        """See FreeVmRequest.problems_of."""
        current = by_id(vm.snapshots).get(vm.current_snapshot)
        if current is None or current.is_deleted:
            text = f"{vm.name} has no snapshot to go back to."
            yield Problem("no-snapshot", text, "Take one first, or apply one of another branch.")
        else:
            yield from ApplySnapshot(self.vm, current.id).problems_of(cluster, vm)

    def powershell(self, cluster: Cluster) -> str:
        """See Request.powershell."""
        name = quoted(vm_name(cluster, self.vm))
        return f"Get-VMSnapshot -VMName {name} | Sort-Object CreationTime | Select-Object -Last 1 | Restore-VMSnapshot"


class RenameSnapshot(OneSnapshot, frozen=True, tag="rename-snapshot"):
    """Call a snapshot something else."""

    name: str

    leaves_files: ClassVar[bool] = True

    def title(self, cluster: Cluster) -> str:
        """See Request.title."""
        return f"Rename {self.called(cluster)} of {vm_name(cluster, self.vm)} to '{self.name[:LONGEST_NAME]}'"

    def further_problems(self, cluster: Cluster, vm: VirtualMachine) -> Iterator[Problem]:
        """See OneSnapshot.further_problems."""
        del cluster
        if not _is_name(self.name, least=1):
            text = f"The name of a snapshot of {vm.name} has 1 to {LONGEST_NAME} letters, on one line."
            yield Problem("name", text)

    def powershell(self, cluster: Cluster) -> str:
        """See Request.powershell."""
        one = self.found(cluster)
        before, vm = quoted(one.name if one is not None else ""), quoted(vm_name(cluster, self.vm))
        return f"Rename-VMSnapshot -VMName {vm} -Name {before} -NewName {quoted(self.name)}"


class DeleteSnapshot(OneSnapshot, frozen=True, tag="delete-snapshot"):
    """Take a snapshot out of the tree (`subtree`: with all that build on it); its files are merged later."""

    subtree: bool = False

    def title(self, cluster: Cluster) -> str:
        """See Request.title."""
        what = " and all below it" if self.subtree else ""
        return f"Delete {self.called(cluster)}{what} of {vm_name(cluster, self.vm)}"

    def further_problems(self, cluster: Cluster, vm: VirtualMachine) -> Iterator[Problem]:
        """See OneSnapshot.further_problems."""
        yield from _in_reach(cluster, vm, by_id(vm.snapshots)[self.snapshot].disks)
        if self.subtree:
            below = len(shown(descendants(vm.snapshots, self.snapshot)))
            yield warning("data-loss", f"{below + 1} snapshots of {vm.name} go. Where it is now stays.")
        if vm.state.holds_memory and not cluster.profile.features.live_merge:
            text = f"The files of {vm.name} stay as they are until it is off: then they are merged."
            yield warning("merge-pending", text)

    def powershell(self, cluster: Cluster) -> str:
        """See Request.powershell."""
        one = self.found(cluster)
        name = quoted(one.name if one is not None else "")
        more = " -IncludeAllChildSnapshots" if self.subtree else ""
        return f"Remove-VMSnapshot -VMName {quoted(vm_name(cluster, self.vm))} -Name {name}{more}"
