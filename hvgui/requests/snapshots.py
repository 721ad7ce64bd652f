"""Requests on snapshots: take, apply, revert, rename, delete one or a branch, merge what is pending now."""

from __future__ import annotations

from collections.abc import Iterator

from hvgui.cluster.cluster import Cluster
from hvgui.cluster.machines import VirtualMachine, VmState
from hvgui.cluster.snapshots import Snapshot, by_id, descendants, mergeable, shown
from hvgui.cluster.storage import DiskKind
from hvgui.cluster.units import format_bytes
from hvgui.requests.free_vm import FreeVmRequest
from hvgui.requests.problems import Problem, warning
from hvgui.requests.request import quoted, vm_name

LONGEST_NAME = 100
_MOVING = (VmState.RUNNING, VmState.PAUSED)
_TAKES = (VmState.OFF, VmState.SAVED, VmState.RUNNING, VmState.PAUSED)


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
            yield Problem(
                "wrong-state", f"{vm.name} is {vm.state.value}.", "Snapshots are taken of VMs that run or rest."
            )
        limit = cluster.profile.limits.snapshots_per_vm
        if len(shown(vm.snapshots)) >= limit:
            text = f"{vm.name} has {limit} snapshots, as many as {cluster.profile.name} allows."
            yield Problem("too-many-snapshots", text, "Delete one first.")
        if len(self.name) > LONGEST_NAME or any(ord(letter) < 32 for letter in self.name):
            yield Problem("name", f"A snapshot's name has up to {LONGEST_NAME} letters, on one line.")
        for disk in vm.disks:
            if disk.kind is DiskKind.PHYSICAL:
                text = f"{disk.name} of {vm.name} is a pass-through disk, which can't be frozen."
                yield Problem("pass-through", text, "Take the disk out, or copy it into a VHD.")
        yield from _room(cluster, vm)
        if not vm.disks:
            yield Problem("no-disks", f"{vm.name} has no disk to freeze.")

    def powershell(self, cluster: Cluster) -> str:
        """See Request.powershell."""
        name = f" -SnapshotName {quoted(self.name)}" if self.name else ""
        return f"Checkpoint-VM -Name {quoted(vm_name(cluster, self.vm))}{name}"


def _room(cluster: Cluster, vm: VirtualMachine) -> Iterator[Problem]:
    """The saved memory must fit where the first disk lies; what grows afterwards is warned of."""
    needed = vm.assigned_bytes if vm.state in _MOVING else 0
    for disk in vm.disks[:1]:
        if disk.volume is None:
            continue
        volume = cluster.volumes[disk.volume]
        free = max(0, volume.size_bytes - volume.used_bytes)
        if needed > free:
            text = f"{volume.name} has {format_bytes(free)} free; the memory of {vm.name} takes {format_bytes(needed)}."
            yield Problem("no-room", text, "Make room there, or shut the VM down first.")
        elif free - needed < volume.size_bytes // 20:
            text = f"{volume.name} is nearly full; differencing disks grow with every write, and a full volume pauses"
            yield warning("little-room", f"{text} its VMs.", "Make room there.")


class ApplySnapshot(OneSnapshot, frozen=True, tag="apply-snapshot"):
    """Go back to a snapshot: disks, settings and memory as they were. What is now is lost unless it is taken first."""

    def title(self, cluster: Cluster) -> str:
        """See Request.title."""
        return f"Apply {self.called(cluster)} to {vm_name(cluster, self.vm)}"

    def further_problems(self, cluster: Cluster, vm: VirtualMachine) -> Iterator[Problem]:
        """See OneSnapshot.further_problems."""
        if vm.state not in _TAKES:
            yield Problem("wrong-state", f"{vm.name} is {vm.state.value}.", "Wait until it runs or rests.")
            return
        text = f"{vm.name} loses all that has happened since its last snapshot."
        yield warning("data-loss", text, "Take a snapshot first to keep it.")

    def powershell(self, cluster: Cluster) -> str:
        """See Request.powershell."""
        one = self.found(cluster)
        name = quoted(one.name if one is not None else "")
        return f"Restore-VMSnapshot -VMName {quoted(vm_name(cluster, self.vm))} -Name {name} -Confirm:$false"


class RevertVm(FreeVmRequest, frozen=True, tag="revert"):
    """Go back to the snapshot that "Now" builds on."""

    def title(self, cluster: Cluster) -> str:
        """See Request.title."""
        return f"Revert {vm_name(cluster, self.vm)}"

    def problems_of(self, cluster: Cluster, vm: VirtualMachine) -> Iterator[Problem]:
        """See FreeVmRequest.problems_of."""
        current = by_id(vm.snapshots).get(vm.current_snapshot)
        if current is None or current.is_deleted:
            yield Problem("no-snapshot", f"{vm.name} has no snapshot to go back to.", "Take one first.")
        else:
            yield from ApplySnapshot(self.vm, current.id).problems_of(cluster, vm)

    def powershell(self, cluster: Cluster) -> str:
        """See Request.powershell."""
        name = quoted(vm_name(cluster, self.vm))
        return f"Get-VMSnapshot -VMName {name} | Sort-Object CreationTime | Select-Object -Last 1 | Restore-VMSnapshot"


class RenameSnapshot(OneSnapshot, frozen=True, tag="rename-snapshot"):
    """Call a snapshot something else."""

    name: str

    def title(self, cluster: Cluster) -> str:
        """See Request.title."""
        return f"Rename {self.called(cluster)} of {vm_name(cluster, self.vm)} to '{self.name[:LONGEST_NAME]}'"

    def further_problems(self, cluster: Cluster, vm: VirtualMachine) -> Iterator[Problem]:
        """See OneSnapshot.further_problems."""
        del cluster
        if not self.name.strip() or len(self.name) > LONGEST_NAME or any(ord(letter) < 32 for letter in self.name):
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


def merge_may_begin(cluster: Cluster, vm: VirtualMachine) -> bool:
    """Whether files of deleted snapshots can be merged now: the VM is off, or (from 2012) runs."""
    if vm.task is not None or mergeable(vm.snapshots, vm.current_snapshot) is None:
        return False
    if not cluster.nodes[vm.owner].is_up:
        return False
    live = cluster.profile.features.live_merge and vm.state is VmState.RUNNING
    return vm.state is VmState.OFF or live
