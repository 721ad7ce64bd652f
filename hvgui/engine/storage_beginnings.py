"""What every accepted request on storage begins."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from msgspec.structs import replace

from hvgui.cluster.ids import TaskId
from hvgui.cluster.machines import VmState
from hvgui.cluster.storage import VolumeState
from hvgui.cluster.tasks import Phase, TaskKind
from hvgui.engine import lifecycle_beginnings, register
from hvgui.engine.procedures import disks, handovers, inside_guests, shared_volumes, storage_faults
from hvgui.engine.procedures.course import course
from hvgui.requests import disks as asked
from hvgui.requests import guest_disks
from hvgui.requests import shared_volumes as volumes
from hvgui.requests import storage_faults as faults
from hvgui.requests import volume_requests as one_volume
from hvgui.requests.disk_plan import DiskPlan
from hvgui.requests.request import Request

if TYPE_CHECKING:
    from hvgui.engine.world import World


def _add_disks(world: World, request: asked.AddDisks) -> TaskId | None:
    vm = world.cluster.vms[request.vm]
    plan = DiskPlan(world.cluster, vm, request.disks)
    files = disks.to_write(plan)
    if not files:
        disks.attach(world, vm.id, plan)
        return None
    task = register.open_task(world, TaskKind.ADD_DISKS, vm, vm.owner, Phase.CREATING_DISKS)
    begun = course(world, task, vm, vm.owner)
    disks.add(world, disks.AddDisksProcedure(**begun, disks=request.disks, files=files))
    return task


def _cancel_add_disks(world: World, request: asked.CancelAddDisks) -> TaskId:
    world.procedures[request.task].cancel(world)
    return request.task


def _set_controllers(world: World, request: asked.AddController | asked.RemoveController, by: int) -> None:
    vm = world.cluster.vms[request.vm]
    count = vm.scsi_controller_count + by
    register.keep_vm(world, replace(vm, scsi_controllers=count))
    many = "1 SCSI controller" if count == 1 else f"{count} SCSI controllers"
    world.tell("controllers", f"{vm.name} has {many} now", vm=vm.id, node=vm.owner)


def _leave(world: World, request: one_volume.LeaveRequest, state: VolumeState) -> None:
    """A volume leaves once every VM that uses it is saved."""
    volume = world.cluster.volumes[request.volume]
    world.cluster.put(replace(volume, going=state))
    world.storage_changed[volume.lun] = None
    what = "goes into maintenance" if state is VolumeState.MAINTENANCE else "goes offline"
    world.tell("volume-leaves", f"{volume.name} {what}")
    for vm in one_volume.users_of(world.cluster, volume.id):
        if world.cluster.vms[vm].state in (VmState.RUNNING, VmState.PAUSED):
            lifecycle_beginnings.save(world, vm)


def _move_coordinator(world: World, request: one_volume.MoveCoordinator) -> None:
    volume = world.cluster.volumes[request.volume]
    name = world.cluster.nodes[request.to].name
    world.tell("coordinator-moves", f"{volume.name} moves to {name}", node=request.to)
    handovers.change_coordinator(world, volume, request.to, handovers.COORDINATOR_MOVE_SECONDS)


STORAGE_BEGINNINGS: dict[type[Request], Callable[[World, Any], Any]] = {
    asked.AddDisks: _add_disks,
    asked.CancelAddDisks: _cancel_add_disks,
    asked.RemoveDisk: lambda world, one: disks.detach(world, one.vm, one.slot, delete_file=one.delete_file),
    asked.AddController: lambda world, one: _set_controllers(world, one, +1),
    asked.RemoveController: lambda world, one: _set_controllers(world, one, -1),
    asked.DeleteDetachedDisk: lambda world, one: disks.delete_detached(world, world.cluster.detached_disks[one.key]),
    guest_disks.InitialiseDisk: lambda world, one: inside_guests.initialise(world, one.vm, one.slot, one.style),
    guest_disks.CreatePartition: inside_guests.create_partition,
    guest_disks.FormatPartition: inside_guests.format_partition,
    guest_disks.ChangeDriveLetter: inside_guests.change_letter,
    guest_disks.DeletePartition: lambda world, one: inside_guests.delete_partition(
        world, one.vm, one.slot, one.number_on_disk
    ),
    guest_disks.SetDiskOnline: lambda world, one: inside_guests.set_online(world, one.vm, one.slot, online=one.online),
    volumes.EnableSharedVolumes: lambda world, _one: shared_volumes.enable(world),
    volumes.AddSharedVolume: lambda world, one: shared_volumes.add(world, one.lun),
    volumes.RemoveSharedVolume: lambda world, one: shared_volumes.remove(world, one.volume),
    volumes.MoveLun: lambda world, one: handovers.move_lun(world, world.cluster.luns[one.lun], one.to),
    volumes.CreateLun: lambda world, one: shared_volumes.create_lun(world, one.san, one.name, one.size_bytes),
    one_volume.MoveCoordinator: _move_coordinator,
    one_volume.TurnOnRedirectedAccess: lambda world, one: shared_volumes.set_redirected(world, one.volume, on=True),
    one_volume.TurnOffRedirectedAccess: lambda world, one: shared_volumes.set_redirected(world, one.volume, on=False),
    one_volume.TurnOnMaintenance: lambda world, one: _leave(world, one, VolumeState.MAINTENANCE),
    one_volume.TurnOffMaintenance: lambda world, one: shared_volumes.bring_back(world, one.volume),
    one_volume.TakeVolumeOffline: lambda world, one: _leave(world, one, VolumeState.OFFLINE),
    one_volume.BringVolumeOnline: lambda world, one: shared_volumes.bring_back(world, one.volume),
    faults.FailSan: lambda world, one: storage_faults.set_san(world, one.san, up=False),
    faults.RestoreSan: lambda world, one: storage_faults.set_san(world, one.san, up=True),
    faults.FailLun: lambda world, one: storage_faults.set_lun(world, one.lun, up=False),
    faults.RestoreLun: lambda world, one: storage_faults.set_lun(world, one.lun, up=True),
    faults.FailPath: lambda world, one: storage_faults.set_path(world, one.node, one.san, up=False),
    faults.RestorePath: lambda world, one: storage_faults.set_path(world, one.node, one.san, up=True),
    faults.SetPathSpeed: lambda world, one: storage_faults.set_path_speed(
        world, one.node, one.san, one.bytes_per_second
    ),
}
