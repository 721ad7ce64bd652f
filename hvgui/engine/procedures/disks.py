"""Disks that are added to a VM and taken out of it.

Files are made first (a fixed disk is written from end to end, at what the storage gives), then all disks are attached
at once: nobody ever sees a part of them.

=========  ==========================================  ========================================================
Step       What happens                                Cancel; node dead; VM's or new disks' storage lost;
                                                       turned off
=========  ==========================================  ========================================================
WRITING    a fixed disk's file is written              cancelled; fails, VM lost; fails; cancelled. No disk is
                                                       attached, what was written is deleted
(at once)  the disks are attached, the guest sees      -
           them
=========  ==========================================  ========================================================

What the request was allowed for is looked at once more before the disks are attached: should a place, a file or the
room be gone by then, it fails and says so.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace

from hvgui.cluster import guest_view
from hvgui.cluster.ids import NodeId, VmId
from hvgui.cluster.machines import VirtualMachine, VmState
from hvgui.cluster.storage import DetachedDisk, DiskKind, LunUse, Slot, VirtualDisk
from hvgui.cluster.tasks import TaskState
from hvgui.engine import register, storage_growth
from hvgui.engine.procedures.file_writing import FileWriting, write
from hvgui.requests.disk_plan import DiskPlan
from hvgui.requests.new_disks import DiskToAdd, lun_root
from hvgui.requests.problems import blockers

if TYPE_CHECKING:
    from hvgui.engine.world import World


class AddDisksProcedure(FileWriting, frozen=True, kw_only=True, tag="add-disks"):
    """Disks on their way to a VM; those that are written from end to end first."""

    disks: tuple[DiskToAdd, ...]

    def complete(self, world: World) -> None:
        """See FileWriting.complete."""
        _attach_all(world, self)

    def cancel(self, world: World) -> None:
        """See Procedure.cancel."""
        _end(world, self, TaskState.CANCELLED, "was cancelled; nothing of it is left")

    def node_lost(self, world: World, node: NodeId) -> None:
        """See Procedure.node_lost."""
        if world.cluster.vms[self.vm].state.holds_memory:
            register.lose_vm(world, self.vm)
        record = world.cluster.nodes[node]
        _end(world, self, TaskState.FAILED, f"failed: {record.name} {record.fate}")

    def storage_lost(self, world: World, cause: str) -> None:
        """See Procedure.storage_lost."""
        _end(world, self, TaskState.FAILED, f"failed: {cause}")

    def turned_off(self, world: World) -> None:
        """See Procedure.turned_off."""
        register.stop_vm(world, world.cluster.vms[self.vm], VmState.OFF)
        _end(world, self, TaskState.CANCELLED, "was cancelled: the VM was turned off")


def add(world: World, procedure: AddDisksProcedure) -> None:
    """The first file is begun; where none has to be written, the disks are there at once."""
    world.tell("add-disks-began", f"{_title(world, procedure)} began", vm=procedure.vm, task=procedure.task)
    write(world, procedure)


def _attach_all(world: World, procedure: AddDisksProcedure) -> None:
    vm = world.cluster.vms[procedure.vm]
    plan = DiskPlan(world.cluster, vm, procedure.disks)
    problems = blockers(tuple(plan.problems))
    if problems:
        _end(world, procedure, TaskState.FAILED, f"failed: {problems[0]}")
        return
    attach(world, vm.id, plan)
    _end(world, procedure, TaskState.SUCCEEDED, "succeeded")


def _end(world: World, procedure: AddDisksProcedure, state: TaskState, how: str) -> None:
    procedure.close_flow(world)
    register.end_task(world, procedure.task, state, f"{_title(world, procedure)} {how}")


def _title(world: World, procedure: AddDisksProcedure) -> str:
    what = "a disk" if len(procedure.disks) == 1 else f"{len(procedure.disks)} disks"
    return f"Adding {what} to {world.cluster.vms[procedure.vm].name}"


# At once


def attach(world: World, vm_id: VmId, plan: DiskPlan) -> None:
    """The planned disks are the VM's; a guest that runs sees them."""
    cluster = world.cluster
    vm = guest_view.known(cluster.vms[vm_id])
    made = {disk.key for disk in plan.made}
    for planned in plan.disks:
        disk = guest_view.arrived(vm, planned)
        if disk.key in cluster.detached_disks:
            cluster.remove_detached_disk(disk.key)
        if disk.kind is DiskKind.PHYSICAL and disk.lun is not None:
            cluster.put(replace(cluster.luns[disk.lun], use=LunUse.VM, owner=vm.owner, contents=None))
        vm = replace(vm, disks=(*vm.disks, disk))
        if disk.key in made and disk.volume is not None:
            storage_growth.occupy(world, disk.volume, disk.file_bytes)
    names = ", ".join(disk.name for disk in plan.disks[:3])
    more = f" and {len(plan.disks) - 3} more" if len(plan.disks) > 3 else ""
    _put(world, vm)
    world.tell("disks-added", f"Added to {vm.name}: {names}{more}", vm=vm_id, node=vm.owner)


def detach(world: World, vm_id: VmId, slot: Slot, *, delete_file: bool) -> None:
    """A disk is the VM's no more: its file lies there still, or is deleted; a LUN is available again, data and all."""
    cluster = world.cluster
    vm = guest_view.known(cluster.vms[vm_id])
    disk = next(one for one in vm.disks if one.slot == slot)
    rest = tuple(one for one in vm.disks if one.slot != slot)
    _put(world, replace(vm, disks=rest, scsi_controllers=vm.scsi_controller_count))
    if disk.kind is DiskKind.PHYSICAL and disk.lun is not None:
        cluster.put(replace(cluster.luns[disk.lun], use=LunUse.AVAILABLE, contents=disk.contents))
    elif delete_file:
        _deleted(world, disk)
    else:
        cluster.put(DetachedDisk(with_path(world, vm, disk), vm.name))
    gone = " and its file deleted" if delete_file else ""
    world.tell("disk-removed", f"{disk.name} was removed from {vm.name}{gone}", vm=vm_id, node=vm.owner)


def delete_detached(world: World, detached: DetachedDisk) -> None:
    """A file that no VM has attached is deleted."""
    world.cluster.remove_detached_disk(detached.key)
    _deleted(world, detached.disk)
    world.tell("disk-deleted", f"{detached.disk.name} was deleted")


def _deleted(world: World, disk: VirtualDisk) -> None:
    if disk.volume is not None:
        storage_growth.occupy(world, disk.volume, -disk.file_bytes)
    elif disk.lun is not None:
        world.storage_changed[disk.lun] = None


def with_path(world: World, vm: VirtualMachine, disk: VirtualDisk) -> VirtualDisk:
    """A file that stays behind needs a path to be found by; records from elsewhere may lack one."""
    if disk.path:
        return disk
    root = f"D:\\Hyper-V\\{vm.name}"
    if disk.volume is not None:
        root = f"{world.cluster.volumes[disk.volume].path}\\{vm.name}"
    elif disk.lun is not None:
        root = f"{lun_root(disk.lun)}\\{vm.name}"
    path, number = f"{root}\\{disk.name}", 1
    while (disk.local_node, path.lower()) in world.cluster.detached_disks:
        number += 1
        path = f"{root}\\{number}\\{disk.name}"
    return replace(disk, path=path)


def _put(world: World, vm: VirtualMachine) -> None:
    register.keep_vm(world, vm)
    world.layout = None
    world.suspects[vm.id] = None


def to_write(plan: DiskPlan) -> tuple[VirtualDisk, ...]:
    """What has to be written from end to end: fixed disks, in the order of the request."""
    return tuple(disk for disk in plan.made if disk.kind is DiskKind.FIXED)
