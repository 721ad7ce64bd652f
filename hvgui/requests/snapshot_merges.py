"""Merging the files of deleted snapshots: when it may begin, what it takes and frees, asked for now and called off."""

from __future__ import annotations

import msgspec

from hvgui.cluster import differencing
from hvgui.cluster.cluster import Cluster
from hvgui.cluster.ids import LunId, TaskId, VolumeId
from hvgui.cluster.machines import VirtualMachine, VmState
from hvgui.cluster.snapshots import Snapshot, deleted, disks_above, files, mergeable
from hvgui.cluster.storage import VirtualDisk
from hvgui.cluster.storage_access import disk_access
from hvgui.cluster.tasks import TaskKind
from hvgui.cluster.units import format_bytes
from hvgui.requests.free_vm import FreeVmRequest
from hvgui.requests.problems import Problem
from hvgui.requests.request import Request, quoted, vm_name
from hvgui.requests.snapshots import place_of

CANCELLABLE = (TaskKind.SNAPSHOT, TaskKind.APPLY_SNAPSHOT, TaskKind.MERGE)
"""Tasks that `CancelSnapshot` ends."""


class Merging(msgspec.Struct, frozen=True):
    """A deleted snapshot's files and those above, as they are and as one."""

    lower: Snapshot
    pairs: tuple[tuple[VirtualDisk, VirtualDisk], ...]
    """Each file above with what becomes of the two; one that builds on nothing of the snapshot's stays itself."""

    @property
    def moved_bytes(self) -> int:
        """What is read and written: the files above."""
        return sum(upper.file_bytes for upper, one in self.pairs if one.path != upper.path)

    @property
    def freed_bytes(self) -> int:
        """What is free afterwards that is not now."""
        before = {disk.path: disk.file_bytes for disk in self.lower.disks}
        taken = sum(one.file_bytes - before.get(one.path, 0) for upper, one in self.pairs if one.path != upper.path)
        return self.moved_bytes - taken

    def growth(self) -> dict[tuple[VolumeId | None, LunId | None], int]:
        """What the lower files grow by at each place, while those above are still there."""
        before = {disk.path: disk.file_bytes for disk in self.lower.disks}
        found: dict[tuple[VolumeId | None, LunId | None], int] = {}
        for upper, one in self.pairs:
            if one.path != upper.path:
                home = (upper.volume, upper.lun)
                found[home] = found.get(home, 0) + max(0, one.file_bytes - before.get(one.path, 0))
        return found


def merging_of(vm: VirtualMachine, lower: Snapshot) -> Merging:
    """What merging a deleted snapshot's files with those of the one above comes to."""
    known = files(vm.snapshots, vm.disks)
    frozen = {disk.path: disk for disk in lower.disks}
    pairs = []
    for upper in disks_above(vm.snapshots, lower.id, vm.disks):
        below = frozen.get(upper.parent)
        hot = differencing.hot_bytes(differencing.bottom(known, upper))
        pairs.append((upper, upper if below is None else differencing.merged(upper, below, hot)))
    return Merging(lower, tuple(pairs))


def next_merging(vm: VirtualMachine) -> Merging | None:
    """The first that can be done; None: there is none, or several branches build on all of them."""
    lower = mergeable(vm.snapshots, vm.current_snapshot)
    return merging_of(vm, lower) if lower is not None else None


def state_problem(cluster: Cluster, vm: VirtualMachine) -> Problem | None:
    """Why nothing of a VM's can be merged as things are; None: it can, room apart."""
    if not deleted(vm.snapshots):
        return Problem("nothing-to-merge", f"No files of {vm.name} wait to be merged.")
    merging = next_merging(vm)
    if merging is None:
        text = f"Several branches build on the deleted snapshots of {vm.name}."
        return Problem("branches", text, "Their files are merged once a single branch is left.")
    live = cluster.profile.features.live_merge
    if vm.state is not VmState.OFF and not (live and vm.state is VmState.RUNNING):
        text = f"{vm.name} is {vm.state.value}; {cluster.profile.name} merges files of a VM that is off"
        return Problem("not-off", f"{text}{' or runs' if live else ''}.", "Shut it down.")
    node = cluster.nodes[vm.owner]
    if not node.is_up:
        text = f"{node.name}, the owner of {vm.name}, is {node.state.value}."
        return Problem("node-down", text, "Bring the node up, or move the VM to another one.")
    for disk in (*merging.lower.disks, *(upper for upper, _ in merging.pairs)):
        if not disk_access(cluster, vm.owner, disk).is_there:
            text = f"{node.name} does not reach {disk.name} of {vm.name}."
            return Problem("no-way", text, "Mend its storage (path, LUN, SAN, volume).")
    return None


def room_problem(cluster: Cluster, vm: VirtualMachine, merging: Merging) -> Problem | None:
    """Whether the lower files have room to grow while those above are still there; None: they have."""
    needed = merging.growth()
    for upper, _ in merging.pairs:
        place = place_of(cluster, upper)
        wanted = needed.get((upper.volume, upper.lun), 0)
        if place is not None and wanted > place[2]:
            text = f"Merging files of {vm.name} takes {format_bytes(wanted)} on {place[0]}, which has"
            return Problem("no-room", f"{text} {format_bytes(place[2])} free.", "Make room there.")
    return None


def why_pending(cluster: Cluster, vm: VirtualMachine) -> Problem | None:
    """What the files of deleted snapshots wait for; None: nothing, they are being merged or will be at once."""
    problem = state_problem(cluster, vm)
    if problem is not None:
        return problem
    if any(one.is_put_off for one in vm.snapshots):
        text = f"Somebody has cancelled the merge of {vm.name}."
        return Problem("put-off", text, "It begins when asked for, or once the VM has come to rest again.")
    merging = next_merging(vm)
    return room_problem(cluster, vm, merging) if merging is not None else None


class MergeSnapshots(FreeVmRequest, frozen=True, tag="merge-snapshots"):
    """Merge the files of deleted snapshots now, after their merge has been cancelled."""

    def title(self, cluster: Cluster) -> str:
        """See Request.title."""
        return f"Merge the deleted snapshots of {vm_name(cluster, self.vm)}"

    def problems_of(self, cluster: Cluster, vm: VirtualMachine) -> tuple[Problem, ...]:
        """See FreeVmRequest.problems_of."""
        if vm.task is not None:
            return (Problem("merges", f"Files of {vm.name} are being merged.", "Wait until that has ended."),)
        problem = state_problem(cluster, vm)
        merging = next_merging(vm)
        if problem is None and merging is not None:
            problem = room_problem(cluster, vm, merging)
        return (problem,) if problem is not None else ()

    def powershell(self, cluster: Cluster) -> str:
        """See Request.powershell."""
        return f"# Hyper-V merges by itself while {quoted(vm_name(cluster, self.vm))} is off"


class CancelSnapshot(Request, frozen=True, tag="cancel-snapshot"):
    """Call off a snapshot that is being taken, or a merge; every file stays as it was."""

    task: TaskId

    def title(self, cluster: Cluster) -> str:
        """See Request.title."""
        task = cluster.tasks.get(self.task)
        if task is None:
            return "Cancel a snapshot"
        what = "merge" if task.kind is TaskKind.MERGE else "snapshot"
        return f"Cancel the {what} of {vm_name(cluster, task.vm)}"

    def check(self, cluster: Cluster) -> tuple[Problem, ...]:
        """See Request.check."""
        task = cluster.tasks.get(self.task)
        if task is None or task.kind not in CANCELLABLE:
            return (Problem("no-such-task", "No snapshot is being taken there and nothing merged any more."),)
        return ()

    def powershell(self, cluster: Cluster) -> str:
        """See Request.powershell."""
        del cluster
        return "# cancel it in Hyper-V Manager: there is no cmdlet for it"
