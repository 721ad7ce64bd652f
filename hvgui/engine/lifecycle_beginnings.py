"""What requests on a VM's life begin, and the lines with which every procedure begins."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from hvgui.cluster.ids import NodeId, TaskId, VmId
from hvgui.cluster.machines import VirtualMachine, VmState
from hvgui.cluster.tasks import Phase, TaskKind
from hvgui.engine import recovery, register
from hvgui.engine.procedures import lifecycle

if TYPE_CHECKING:
    from hvgui.engine.world import World


def course(world: World, task: TaskId, vm: VirtualMachine, target: NodeId) -> dict[str, Any]:
    """What every procedure holds of its beginning."""
    return {
        "task": task,
        "vm": vm.id,
        "source": vm.owner,
        "target": target,
        "started_ns": world.now_ns,
        "stalls_before": recovery.before(world, vm.id),
    }


def start(world: World, vm_id: VmId) -> TaskId:
    """A VM boots, or is read back from its saved state; where its owner is short, others give way first."""
    vm = world.cluster.vms[vm_id]
    phase, step = Phase.STARTING, lifecycle.StartStep.BOOTING
    if vm.memory_bytes > world.cluster.free_bytes_on(vm.owner):
        phase, step = Phase.WAITING_FOR_MEMORY, lifecycle.StartStep.WAITING
    elif vm.state is VmState.SAVED:
        phase, step = Phase.READING, lifecycle.StartStep.READING
    task = register.open_task(world, TaskKind.START, vm, vm.owner, phase)
    procedure = lifecycle.Start(**course(world, task, vm, vm.owner), step=step)
    lifecycle.start(world, procedure, world.cluster.vms[vm_id])
    return task


def shut_down(world: World, vm_id: VmId) -> TaskId:
    """A guest is asked to shut itself down."""
    vm = world.cluster.vms[vm_id]
    task = register.open_task(world, TaskKind.SHUT_DOWN, vm, vm.owner, Phase.SHUTTING_DOWN)
    procedure = lifecycle.ShutDown(**course(world, task, vm, vm.owner))
    lifecycle.shut_down(world, procedure, world.cluster.vms[vm_id])
    return task


def save(world: World, vm_id: VmId) -> TaskId:
    """A VM's memory goes to its disk."""
    vm = world.cluster.vms[vm_id]
    task = register.open_task(world, TaskKind.SAVE, vm, vm.owner, Phase.SAVING)
    procedure = lifecycle.Save(**course(world, task, vm, vm.owner))
    lifecycle.save(world, procedure, world.cluster.vms[vm_id])
    return task
