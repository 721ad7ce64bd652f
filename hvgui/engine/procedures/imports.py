"""VMs that come into the cluster: imported from a folder, or cloned from another VM.

The VM stands in the cluster from the first moment, off and held by its task, so that its name, its ids and the room of
its files are its own; if the task does not succeed, it goes again with all of that.

=========  ==========================================  ========================================================
Step       What happens                                Cancel; node dead; original's or new files' storage lost
=========  ==========================================  ========================================================
COPYING    its files are copied, one after the other   cancelled; fails; fails. The VM goes, with its files
(at once)  the VM is there, off or saved               -
=========  ==========================================  ========================================================

A clone's original is held by no task; what changes of it meanwhile does not concern the copy.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace

from hvgui.cluster.guest_identity import computer_name_of, identity_of
from hvgui.cluster.ids import NodeId, TaskId
from hvgui.cluster.mac_pools import free_macs
from hvgui.cluster.machines import VirtualMachine
from hvgui.cluster.storage import DetachedDisk, DiskKind, LunUse, VirtualDisk
from hvgui.cluster.tasks import Phase, TaskKind, TaskState
from hvgui.engine import register, storage_growth
from hvgui.engine.procedures.course import course
from hvgui.engine.procedures.file_writing import FileWriting, write
from hvgui.requests.machine_checks import next_id

if TYPE_CHECKING:
    from hvgui.engine.world import World


class ImportProcedure(FileWriting, frozen=True, kw_only=True, tag="import-vm"):
    """A VM whose files are on their way to their places."""

    reads_too: bool = False
    """They are read from the same storage that they are written to: twice the bytes go over it."""

    def bytes_of(self, disk: VirtualDisk) -> float:
        """See FileWriting.bytes_of."""
        return super().bytes_of(disk) * (2.0 if self.reads_too else 1.0)

    def saying(self, disk: VirtualDisk) -> str:
        """See FileWriting.saying."""
        return f"{disk.name} is being copied"

    def complete(self, world: World) -> None:
        """See FileWriting.complete."""
        vm = world.cluster.vms[self.vm]
        register.end_task(world, self.task, TaskState.SUCCEEDED, f"{vm.name} is there and {vm.state.value}")

    def cancel(self, world: World) -> None:
        """See Procedure.cancel."""
        _take_back(world, self, TaskState.CANCELLED, "was cancelled; nothing of it is left")

    def node_lost(self, world: World, node: NodeId) -> None:
        """See Procedure.node_lost."""
        record = world.cluster.nodes[node]
        _take_back(world, self, TaskState.FAILED, f"failed: {record.name} {record.fate}")

    def storage_lost(self, world: World, cause: str) -> None:
        """See Procedure.storage_lost."""
        _take_back(world, self, TaskState.FAILED, f"failed: {cause}")


def bring(world: World, machine: VirtualMachine, kind: TaskKind, *, copies: bool = True) -> TaskId:
    """A VM that has been checked comes into the cluster; its files are copied, or lie there already."""
    vm = _registered(world, machine)
    task = register.open_task(world, kind, vm, vm.owner, Phase.COPYING_FILES)
    files = tuple(disk for one in vm.snapshots for disk in one.disks) + vm.disks
    doing = "cloned" if kind is TaskKind.CLONE else "imported"
    world.tell(f"{kind.value}-began", f"{vm.name} is being {doing}", vm=vm.id, node=vm.owner, task=task)
    procedure = ImportProcedure(
        **course(world, task, vm, vm.owner), files=files if copies else (), reads_too=kind is TaskKind.CLONE
    )
    world.procedures[task] = procedure
    write(world, procedure)
    return task


def _registered(world: World, machine: VirtualMachine) -> VirtualMachine:
    cluster = world.cluster
    macs = iter(free_macs(cluster, machine.owner, sum(not one.mac for one in machine.adapters)))
    adapters = tuple(one if one.mac else replace(one, mac=next(macs)) for one in machine.adapters)
    _mark_original(world, machine)
    vm = replace(machine, id=next_id(cluster), adapters=adapters, task=None, assigned_bytes=0)
    register.add_vm(world, vm)
    for disk, size in _occupied(vm):
        if disk.volume is not None:
            storage_growth.occupy(world, disk.volume, size)
    world.suspects[vm.id] = None
    return vm


def _occupied(vm: VirtualMachine) -> list[tuple[VirtualDisk, int]]:
    """Every file and what it takes, with the memory of snapshots beside their first disk."""
    found = [(disk, disk.file_bytes) for disk in vm.disks]
    for one in vm.snapshots:
        found += [(disk, disk.file_bytes) for disk in one.disks]
        found += [(disk, one.memory_bytes) for disk in one.disks[:1]]
    return found


def _mark_original(world: World, machine: VirtualMachine) -> None:
    """The VM that this one is a copy of knows from now on that there are others with its name and SID."""
    if not machine.guest.identity:
        return
    wanted = identity_of(machine)
    for vm in list(world.cluster.vms.values()):
        if not vm.guest.identity and vm.guid.lower() == wanted:
            guest = replace(vm.guest, identity=wanted, computer_name=computer_name_of(vm))
            register.keep_vm(world, replace(vm, guest=guest))


def _take_back(world: World, procedure: ImportProcedure, state: TaskState, how: str) -> None:
    procedure.close_flow(world)
    vm = world.cluster.vms[procedure.vm]
    kind = world.cluster.tasks[procedure.task].kind
    doing = "Cloning to" if kind is TaskKind.CLONE else "Importing"
    register.end_task(world, procedure.task, state, f"{doing} {vm.name} {how}")
    remove(world, vm, deletes_files=True)


def remove(world: World, vm: VirtualMachine, *, deletes_files: bool) -> None:
    """A VM at rest leaves the cluster. Its files are deleted, or stay as detached disks; a LUN that it had whole is
    available again."""
    cluster = world.cluster
    frozen = [disk for one in vm.snapshots for disk in one.disks]
    register.remove_vm(world, vm.id)
    for one in vm.snapshots:
        if one.disks and one.disks[0].volume is not None:
            storage_growth.occupy(world, one.disks[0].volume, -one.memory_bytes)
    for disk in (*frozen, *vm.disks):
        if disk.kind is DiskKind.PHYSICAL:
            if disk.lun is not None:
                cluster.put(replace(cluster.luns[disk.lun], use=LunUse.AVAILABLE, contents=disk.contents))
        elif not deletes_files and disk.path:
            cluster.put(DetachedDisk(disk, vm.name))
        elif disk.volume is not None:
            storage_growth.occupy(world, disk.volume, -disk.file_bytes)
        elif disk.lun is not None:
            world.storage_changed[disk.lun] = None
