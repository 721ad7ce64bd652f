"""Merging the files of deleted snapshots, one pair after the other, at the storage's speed.

=========  =============================================  =====================================================
Procedure  Step                                           Cancel; node dead; VM's disks lost; turned off or
                                                          anything else asked of the VM
=========  =============================================  =====================================================
Merge      MERGING one file into the one below it         put off until asked for or until the VM has come to
                                                          rest again; ends, goes on once the VM is off again;
                                                          ends, goes on later; gives way, and goes on once the
                                                          VM is free again. Both files are as they were
=========  =============================================  =====================================================

It begins by itself: in a VM that is off, from 2012 on in one that runs. The lower file grows while the upper one is
still there; without room for that it waits, and says so once.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace

from hvgui.cluster.events import Level
from hvgui.cluster.ids import NodeId, TaskId, VmId
from hvgui.cluster.machines import VirtualMachine
from hvgui.cluster.snapshots import Snapshot, by_id, children, taken_up_again
from hvgui.cluster.storage import VirtualDisk
from hvgui.cluster.storage_access import Access, disk_access
from hvgui.cluster.tasks import Phase, TaskKind, TaskState
from hvgui.cluster.units import format_bytes
from hvgui.engine import register
from hvgui.engine.procedures import saved_state, snapshot_files
from hvgui.engine.procedures.course import course
from hvgui.engine.procedures.procedure import Procedure, keep, keep_until
from hvgui.requests.free_vm import FreeVmRequest
from hvgui.requests.request import Request
from hvgui.requests.snapshot_merges import Merging, merging_of, next_merging, room_problem, state_problem
from hvgui.requests.storage_losses import vms_above

if TYPE_CHECKING:
    from hvgui.engine.world import World


class MergeProcedure(Procedure, frozen=True, kw_only=True, tag="merge-snapshots"):
    """The file above a deleted snapshot on its way into that snapshot's own."""

    snapshot: int
    flow: int | None = None
    size_bytes: int = 0
    """What is written; 0 in labs of older versions."""

    def timer(self, world: World) -> None:
        """See Procedure.timer."""
        _merged(world, self)

    def flow_ended(self, world: World) -> None:
        """See Procedure.flow_ended."""
        _merged(world, self)

    def cancel(self, world: World) -> None:
        """See Procedure.cancel."""
        _mark(world, self.vm, self.snapshot, is_put_off=True)
        _end(world, self, TaskState.CANCELLED, "was cancelled; both files are as they were")

    def node_lost(self, world: World, node: NodeId) -> None:
        """See Procedure.node_lost."""
        if world.cluster.vms[self.vm].state.holds_memory:
            register.lose_vm(world, self.vm)
        record = world.cluster.nodes[node]
        _end(world, self, TaskState.FAILED, f"broke off: {record.name} {record.fate}")

    def storage_lost(self, world: World, cause: str) -> None:
        """See Procedure.storage_lost."""
        _end(world, self, TaskState.FAILED, f"broke off: {cause}")

    def storage_changed(self, world: World) -> None:
        """See Procedure.storage_changed."""
        flow = saved_state.reroute(world, self, self.flow)
        if flow != self.flow:
            keep(world, replace(self, flow=flow))


def give_way(world: World, request: Request) -> None:
    """Something is asked of a VM whose files are being merged: unless it leaves them alone, the merge ends."""
    vm = world.cluster.vms.get(getattr(request, "vm", VmId(-1)))
    if vm is None or not vm.snapshots:
        return
    # What is asked may have to do with when the next merge begins.
    world.suspects[vm.id] = None
    procedure = world.procedures.get(vm.task) if vm.task is not None else None
    if isinstance(procedure, MergeProcedure) and not (isinstance(request, FreeVmRequest) and request.leaves_files):
        how = "gives way; it begins again once the VM is free for it"
        _end(world, procedure, TaskState.CANCELLED, how)


def _end(world: World, procedure: MergeProcedure, state: TaskState, how: str) -> None:
    """Nothing is merged."""
    if procedure.flow is not None:
        world.flows.close(procedure.flow)
    text = f"Merging the snapshots of {world.cluster.vms[procedure.vm].name} {how}"
    register.end_task(world, procedure.task, state, text)


def _mark(world: World, vm_id: VmId, snapshot: int, **marks: bool) -> None:
    vm = world.cluster.vms[vm_id]
    tree = tuple(replace(one, **marks) if one.id == snapshot else one for one in vm.snapshots)
    register.keep_vm(world, replace(vm, snapshots=tree))


# When it begins


def concerned(world: World) -> tuple[VmId, ...]:
    """VMs with snapshots to which something has happened at this instant: themselves, their storage or their node."""
    found = dict.fromkeys(world.suspects)
    for lun in world.storage_changed:
        found.update(dict.fromkeys(vms_above(world.cluster, lun)))
    for node in world.freed:
        found.update(dict.fromkeys(world.cluster.vms_on(node)))
    vms = world.cluster.vms
    return tuple(vm for vm in sorted(found) if vm in vms and vms[vm].snapshots)


def start_merges(world: World, vms: tuple[VmId, ...]) -> None:
    """Whoever of these may merge now begins to; one without room for it says so."""
    for vm_id in vms:
        vm = world.cluster.vms.get(vm_id)
        if vm is None or vm.task is not None or any(one.is_put_off for one in vm.snapshots):
            continue
        merging = next_merging(vm)
        if merging is None or state_problem(world.cluster, vm) is not None or _waits(world, vm, merging):
            continue
        short = room_problem(world.cluster, vm, merging)
        if short is None:
            _begin(world, vm, merging)
        elif not merging.lower.is_short:
            _mark(world, vm_id, merging.lower.id, is_short=True)
            text = f"{short.message} The merge begins by itself once there is room."
            world.tell("merge-waits", text, Level.WARNING, vm=vm_id, node=vm.owner)


def _waits(world: World, vm: VirtualMachine, merging: Merging) -> bool:
    """Whether a file's owner or coordinator is just changing."""
    disks = (*merging.lower.disks, *(upper for upper, _ in merging.pairs))
    return any(disk_access(world.cluster, vm.owner, disk) is Access.WAITING for disk in disks)


def merge_now(world: World, vm_id: VmId) -> TaskId | None:
    """Somebody asks for it; that it was put off no longer counts."""
    vm = world.cluster.vms[vm_id]
    vm = replace(vm, snapshots=taken_up_again(vm.snapshots))
    register.keep_vm(world, vm)
    merging = next_merging(vm)
    return _begin(world, vm, merging) if merging is not None else None


def _begin(world: World, vm: VirtualMachine, merging: Merging) -> TaskId:
    if merging.lower.is_short:
        _mark(world, vm.id, merging.lower.id, is_short=False)
        vm = world.cluster.vms[vm.id]
    size = merging.moved_bytes
    task = register.open_task(world, TaskKind.MERGE, vm, vm.owner, Phase.MERGING)
    procedure = MergeProcedure(**course(world, task, vm, vm.owner), snapshot=merging.lower.id, size_bytes=size)
    text = f"Files of {vm.name}'s snapshots are being merged, {format_bytes(size)}"
    world.tell("merge-began", text, vm=vm.id, node=vm.owner, task=task)
    flow = saved_state.open_flow(world, task, vm, float(max(1, size)))
    if flow is None:
        keep_until(world, procedure, size / saved_state.LOCAL_DISK_BYTES_PER_SECOND)
    else:
        keep(world, replace(procedure, flow=flow))
    return task


# What it leaves


def _merged(world: World, procedure: MergeProcedure) -> None:
    """The files are one, if there is still room for that."""
    vm = world.cluster.vms[procedure.vm]
    lower = by_id(vm.snapshots)[procedure.snapshot]
    merging = merging_of(vm, lower)
    short = room_problem(world.cluster, vm, merging)
    if short is not None:
        _mark(world, vm.id, lower.id, is_short=True)
        _end(world, procedure, TaskState.FAILED, f"broke off: {short.message} It begins again once there is room.")
        return
    if procedure.flow is not None:
        world.flows.close(procedure.flow)
    _account(world, vm, merging)
    register.keep_vm(world, _as_one(vm, merging))
    world.layout = None
    text = f"The files of '{lower.name}' of {vm.name} are merged"
    register.end_task(world, procedure.task, TaskState.SUCCEEDED, text)


def _account(world: World, vm: VirtualMachine, merging: Merging) -> None:
    """What the places of the files give and get; a frozen file on which nothing builds goes."""
    lower = {disk.path: disk for disk in merging.lower.disks}
    for upper, one in merging.pairs:
        if one.path != upper.path:
            snapshot_files.occupy(world, upper, one.file_bytes - lower[one.path].file_bytes - upper.file_bytes)
    parent = by_id(vm.snapshots).get(merging.lower.parent)
    below = {disk.path for disk in parent.disks} if parent is not None else set[str]()
    needed = {upper.parent for upper, _ in merging.pairs}
    for disk in merging.lower.disks:
        if disk.path not in needed:
            snapshot_files.let_go(world, vm, disk, below)


def _as_one(vm: VirtualMachine, merging: Merging) -> VirtualMachine:
    """The VM with the merged files in the place of both; whoever built on the upper ones builds on them."""
    lower = merging.lower
    above = children(vm.snapshots, lower.id)
    disks = tuple(one for _, one in merging.pairs)
    tree = tuple(one for one in vm.snapshots if one.id != lower.id)
    if not above:
        return replace(vm, snapshots=tree, disks=disks, current_snapshot=lower.parent)
    moved = {upper.path: one.path for upper, one in merging.pairs}
    changed = replace(above[0], parent=lower.parent, disks=disks)
    tree = tuple(_on_moved(changed if one.id == changed.id else one, moved) for one in tree)
    return replace(vm, snapshots=tree, disks=tuple(_moved(disk, moved) for disk in vm.disks))


def _moved(disk: VirtualDisk, moved: dict[str, str]) -> VirtualDisk:
    return replace(disk, parent=moved[disk.parent]) if disk.parent in moved else disk


def _on_moved(one: Snapshot, moved: dict[str, str]) -> Snapshot:
    disks = tuple(_moved(disk, moved) for disk in one.disks)
    return replace(one, disks=disks) if disks != one.disks else one
