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

from typing import TYPE_CHECKING, ClassVar

from msgspec.structs import replace

from hvgui.cluster import guest_view
from hvgui.cluster.ids import NodeId, VmId
from hvgui.cluster.machines import VirtualMachine, VmState
from hvgui.cluster.storage import DetachedDisk, DiskKind, LunUse, Slot, VirtualDisk
from hvgui.cluster.storage_access import Access, volume_access
from hvgui.cluster.tasks import TaskState
from hvgui.engine import register, storage_growth, storage_io, storage_watch
from hvgui.engine.procedures.procedure import Procedure, keep, keep_until
from hvgui.engine.procedures.saved_state import LOCAL_DISK_BYTES_PER_SECOND
from hvgui.engine.redirection import network_rows
from hvgui.requests.disk_plan import DiskPlan
from hvgui.requests.new_disks import DiskToAdd, lun_root
from hvgui.requests.problems import blockers

if TYPE_CHECKING:
    from hvgui.engine.world import World


class AddDisksProcedure(Procedure, frozen=True, kw_only=True, tag="add-disks"):
    """Disks on their way to a VM; the file number `written` is being written."""

    disks: tuple[DiskToAdd, ...]
    files: tuple[VirtualDisk, ...]
    """What has to be written from end to end, in the order of the request."""
    written: int = 0
    flow: int | None = None

    writes_elsewhere: ClassVar[bool] = True

    def timer(self, world: World) -> None:
        """See Procedure.timer."""
        _next(world, self)

    def flow_ended(self, world: World) -> None:
        """See Procedure.flow_ended."""
        _next(world, self)

    def cancel(self, world: World) -> None:
        """See Procedure.cancel."""
        _end(world, self, TaskState.CANCELLED, "was cancelled; nothing of it is left")

    def node_lost(self, world: World, node: NodeId) -> None:
        """See Procedure.node_lost."""
        if world.cluster.vms[self.vm].state.holds_memory:
            register.lose_vm(world, self.vm)
        _end(world, self, TaskState.FAILED, f"failed: {world.cluster.nodes[node].name} crashed")

    def storage_lost(self, world: World, cause: str) -> None:
        """See Procedure.storage_lost."""
        _end(world, self, TaskState.FAILED, f"failed: {cause}")

    def storage_changed(self, world: World) -> None:
        """See Procedure.storage_changed."""
        disk = _to_write(self)
        if disk is None or self.flow is None:
            return
        way = _way(world, self.source, disk)
        if way is not None and way != world.flows.sharing.links_of[self.flow]:
            left = world.flows.left_bytes(self.flow, world.now_ns)
            world.flows.close(self.flow)
            _carry(world, replace(self, flow=None), way, left)

    def elsewhere_lost(self, world: World) -> str:
        """See Procedure.elsewhere_lost."""
        disk = _to_write(self)
        return storage_watch.lost_disk(world.cluster, self.source, disk) if disk is not None else ""

    def turned_off(self, world: World) -> None:
        """See Procedure.turned_off."""
        register.stop_vm(world, world.cluster.vms[self.vm], VmState.OFF)
        _end(world, self, TaskState.CANCELLED, "was cancelled: the VM was turned off")


def add(world: World, procedure: AddDisksProcedure) -> None:
    """The first file is begun; where none has to be written, the disks are there at once."""
    world.tell("add-disks-began", f"{_title(world, procedure)} began", vm=procedure.vm, task=procedure.task)
    _write(world, procedure)


def _to_write(procedure: AddDisksProcedure) -> VirtualDisk | None:
    return procedure.files[procedure.written] if procedure.written < len(procedure.files) else None


def _next(world: World, procedure: AddDisksProcedure) -> None:
    if procedure.flow is not None:
        world.flows.close(procedure.flow)
    _write(world, replace(procedure, flow=None, written=procedure.written + 1))


def _write(world: World, procedure: AddDisksProcedure) -> None:
    disk = _to_write(procedure)
    if disk is None:
        _attach_all(world, procedure)
        return
    task = world.cluster.tasks[procedure.task]
    world.cluster.put(replace(task, pass_number=procedure.written + 1, message=f"{disk.name} is being written"))
    way = _way(world, procedure.source, disk)
    if way is None:
        keep_until(world, procedure, disk.file_bytes / LOCAL_DISK_BYTES_PER_SECOND)
    else:
        _carry(world, procedure, way, float(disk.file_bytes))


def _carry(world: World, procedure: AddDisksProcedure, way: tuple[int, int], left_bytes: float) -> None:
    flow = world.flows.open(procedure.task, way)
    world.flows.carry(flow, left_bytes, world.now_ns)
    storage_io.share(world)
    keep(world, replace(procedure, flow=flow))


def _way(world: World, node: NodeId, disk: VirtualDisk) -> tuple[int, int] | None:
    """The narrow places between a node and where a file lies; None on the node's own disk."""
    cluster = world.cluster
    volume = cluster.volumes[disk.volume] if disk.volume is not None else None
    lun_id = volume.lun if volume is not None else disk.lun
    if lun_id is None:
        return None
    if volume is not None and volume_access(cluster, node, volume) is Access.REDIRECTED:
        return network_rows(world, node, volume.coordinator)
    san = cluster.luns[lun_id].san
    return (world.rows.path(node, san), world.rows.san(san))


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
    if procedure.flow is not None:
        world.flows.close(procedure.flow)
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
    world.tell("disks-added", f"{names}{more}: added to {vm.name}", vm=vm_id, node=vm.owner)


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
        cluster.put(DetachedDisk(_with_path(world, vm, disk), vm.name))
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


def _with_path(world: World, vm: VirtualMachine, disk: VirtualDisk) -> VirtualDisk:
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
