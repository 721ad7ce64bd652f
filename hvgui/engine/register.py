"""Keeping the records right: VMs and tasks change here, so that columns, streams and sums always follow."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace

from hvgui.cluster.clients import Clients
from hvgui.cluster.events import Level
from hvgui.cluster.guest_identity import computer_name_of
from hvgui.cluster.ids import NetworkId, NodeId, TaskId, VmId
from hvgui.cluster.machines import VirtualMachine, VmState
from hvgui.cluster.processor_models import seen_with_compatibility
from hvgui.cluster.snapshots import taken_up_again
from hvgui.cluster.tasks import MigrationResult, Phase, Task, TaskKind, TaskState
from hvgui.engine import recovery, streams
from hvgui.requests.twins import twins

if TYPE_CHECKING:
    from hvgui.engine.world import World


NO_CLIENTS = Clients()


def keep_vm(world: World, vm: VirtualMachine) -> None:
    """Put a VM's record in place of the old one; its columns and stream follow."""
    before = world.cluster.vms.get(vm.id)
    world.cluster.put(vm)
    _follow(world, vm)
    if vm.guest.identity and vm.state is VmState.RUNNING and (before is None or before.state is not VmState.RUNNING):
        _tell_of_twins(world, vm)


def _tell_of_twins(world: World, vm: VirtualMachine) -> None:
    """A guest has come up in a network in which another one has its name and its SID."""
    names = [world.cluster.vms[one].name for one in twins(world.cluster, vm)]
    if names:
        text = (
            f"{vm.name} and {', '.join(names[:3])} run in one network with the same computer name "
            f"({computer_name_of(vm)}) and the same SID: the guest was copied and not generalised"
        )
        world.tell("identity-conflict", text, Level.WARNING, vm=vm.id, node=vm.owner)


def add_vm(world: World, vm: VirtualMachine) -> None:
    """A VM comes into the cluster, at rest."""
    world.cluster.put(vm)
    world.guests.grow(world.cluster.vm_rows)
    world.memory.grow(world.cluster.vm_rows)
    world.layout = None
    _follow(world, vm)


def remove_vm(world: World, vm: VmId) -> None:
    """A VM at rest leaves the cluster; its id is not used again."""
    if vm in world.streams:
        streams.follow(world, replace(world.cluster.vms[vm], clients=NO_CLIENTS))
    world.stopped.pop(vm, None)
    world.suspects.pop(vm, None)
    world.cluster.remove_vm(vm)
    world.guests.forget(vm)
    world.memory.forget(vm)
    world.layout = None


def halt(world: World, vm: VmId) -> None:
    """A VM's processors stop for a blackout, and no client reaches it."""
    world.halted[vm] = None
    world.unreachable[vm] = None
    _follow(world, world.cluster.vms[vm])


def resume(world: World, vm: VirtualMachine) -> None:
    """The processors of a halted VM go on; clients still do not reach it. `vm` is its record from now on."""
    world.halted.pop(vm.id, None)
    keep_vm(world, vm)


def reach(world: World, vm: VmId) -> None:
    """Clients reach a VM again."""
    world.unreachable.pop(vm, None)
    _follow(world, world.cluster.vms[vm])


def _follow(world: World, vm: VirtualMachine) -> None:
    took_part = bool(world.memory.parts[vm.id])
    world.guests.follow(vm, stands_still=vm.id in world.halted)
    world.memory.follow(world.cluster, vm, stands_still=vm.id in world.halted)
    if world.lost and not took_part and world.memory.parts[vm.id]:
        # It can give way from now on for somebody who waits.
        world.freed[vm.owner] = None
    if vm.clients.video is not None or vm.id in world.streams:
        streams.follow(world, vm)


def stop_critical(world: World, vm: VmId, cause: str) -> None:
    """The host stops a VM because its disks can't be written: it keeps its memory (paused-critical)."""
    record = replace(world.cluster.vms[vm], state=VmState.PAUSED_CRITICAL)
    keep_vm(world, record)
    world.tell("paused-critical", f"{record.name} stands still: {cause}", Level.ERROR, vm=vm, node=record.owner)


def lose_vm(world: World, vm: VmId) -> None:
    """A VM dies: its memory is gone, its processors with it."""
    world.stopped.pop(vm, None)
    world.halted.pop(vm, None)
    world.unreachable.pop(vm, None)
    world.lost[vm] = None
    world.unplaced = True
    keep_vm(world, replace(world.cluster.vms[vm], state=VmState.CRITICAL, assigned_bytes=0, saved_bytes=0))


def stop_vm(world: World, vm: VirtualMachine, state: VmState) -> None:
    """A VM comes to rest, off or saved, and gives back its memory."""
    world.stopped.pop(vm.id, None)
    if vm.snapshots:
        # Files of deleted snapshots may be merged now, whoever has put that off.
        world.suspects[vm.id] = None
        vm = replace(vm, snapshots=taken_up_again(vm.snapshots))
    seen: tuple[str, ...] = vm.seen_features if state is VmState.SAVED else ()
    saved = vm.memory_bytes if state is VmState.SAVED else 0
    rests = replace(vm, state=state, assigned_bytes=0, saved_bytes=saved, seen_features=seen)
    keep_vm(world, replace(rests, pending="", is_failed=False))


def power_on(world: World, vm: VirtualMachine, state: VmState) -> VirtualMachine:
    """A VM occupies its memory on its owner and sees that node's processor, or what compatibility leaves of it; drivers
    that waited for a restart work. Gives its new record, kept already."""
    processor = world.cluster.nodes[vm.owner].processor
    vm = replace(vm, pending="", is_failed=False)
    if state is VmState.RESTORING:
        vm = replace(vm, state=state, assigned_bytes=vm.memory_bytes, saved_bytes=0)
    else:
        features, guest = processor.features, vm.guest
        if guest.components_at_restart:
            guest = replace(guest, integration_components=True, components_at_restart=False)
        vm = replace(
            vm,
            state=state,
            assigned_bytes=vm.memory.settings.startup_bytes,
            saved_bytes=0,
            seen_features=seen_with_compatibility(features) if vm.processor_compatibility else features,
            booted_vendor=processor.vendor,
            guest=guest,
        )
    keep_vm(world, vm)
    return vm


# Tasks


def open_task(
    world: World,
    kind: TaskKind,
    vm: VirtualMachine,
    target: NodeId,
    phase: Phase,
    *,
    network: NetworkId | None = None,
    reserved_bytes: int = 0,
) -> TaskId:
    """A task begins (or, with `Phase.QUEUED`, waits) and takes hold of its VM."""
    world.last_task += 1
    task = TaskId(world.last_task)
    waits = phase is Phase.QUEUED
    world.cluster.put(
        Task(
            id=task,
            kind=kind,
            vm=vm.id,
            source=vm.owner,
            target=target,
            state=TaskState.QUEUED if waits else TaskState.RUNNING,
            phase=phase,
            asked_ns=world.now_ns,
            started_ns=None if waits else world.now_ns,
            network=network,
            reserved_bytes=reserved_bytes,
        )
    )
    keep_vm(world, replace(vm, task=task))
    return task


def enter(world: World, task: TaskId, phase: Phase, message: str = "") -> None:
    """A task comes to its next phase."""
    world.cluster.put(replace(world.cluster.tasks[task], phase=phase, message=message))


def release(world: World, task: TaskId) -> None:
    """A task lets go of the memory it holds on its target (the VM itself holds it now)."""
    world.cluster.put(replace(world.cluster.tasks[task], reserved_bytes=0))


_LEVELS = {
    TaskState.SUCCEEDED: Level.INFORMATION,
    TaskState.CANCELLED: Level.INFORMATION,
    TaskState.FAILED: Level.ERROR,
}


def end_task(
    world: World, task_id: TaskId, state: TaskState, message: str, result: MigrationResult | None = None
) -> None:
    """A task ends: its VM is free again, and everybody hears of it (later, while a stream still recovers)."""
    open_one = world.cluster.tasks[task_id]
    task = replace(
        open_one,
        state=state,
        phase=Phase.ENDED,
        ended_ns=world.now_ns,
        reserved_bytes=0,
        message=message,
        result=result,
    )
    world.cluster.end_task(task_id)
    procedure = world.procedures.pop(task_id)
    world.waiting.pop(task_id, None)
    world.short.pop(task_id, None)
    vm = world.cluster.vms.get(task.vm)
    if vm is not None and vm.task == task_id:
        keep_vm(world, replace(vm, task=None))
    code = f"{task.kind.value}-{state.value}"
    world.tell(code, message, _LEVELS[state], vm=task.vm, node=task.target, task=task_id)
    recovery.task_ended(world, task, procedure.stalls_before)
    world.freed[task.source] = world.freed[task.target] = None
    if vm is not None:
        world.suspects[vm.id] = None
