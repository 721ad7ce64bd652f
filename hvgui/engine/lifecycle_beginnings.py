"""What requests on a VM's life begin."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hvgui.cluster.ids import TaskId, VmId
from hvgui.cluster.machines import VmState
from hvgui.cluster.tasks import Phase, TaskKind
from hvgui.engine import register
from hvgui.engine.procedures import lifecycle
from hvgui.engine.procedures.course import course

if TYPE_CHECKING:
    from hvgui.engine.world import World


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
