"""What every accepted request begins: one function a kind of request, given a world in which its check is passed."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from msgspec.structs import replace

from hvgui.cluster.events import Level
from hvgui.cluster.ids import NodeId, TaskId
from hvgui.cluster.machines import VirtualMachine, VmState
from hvgui.cluster.tasks import Phase, TaskKind
from hvgui.engine import lifecycle_beginnings, maintenance, power_marks, register, servers
from hvgui.engine.cluster_beginnings import CLUSTER_BEGINNINGS
from hvgui.engine.machine_beginnings import MACHINE_BEGINNINGS
from hvgui.engine.procedures import faults, live, misconfigurations, move, nodes, quick, snapshot_merging
from hvgui.engine.procedures.course import course
from hvgui.engine.procedures.fabric_setup import FABRIC_BEGINNINGS
from hvgui.engine.procedures.live_step import LiveStep
from hvgui.engine.procedures.procedure import P
from hvgui.engine.resource_beginnings import RESOURCE_BEGINNINGS
from hvgui.engine.snapshot_beginnings import SNAPSHOT_BEGINNINGS
from hvgui.engine.storage_beginnings import STORAGE_BEGINNINGS
from hvgui.engine.under_way import DrainKind
from hvgui.requests.faults import CrashNode, CutLink, PauseNode, PowerOnNode, RestoreLink, ResumeNode, SetLinkSpeed
from hvgui.requests.guests import SetClients, SetLoad
from hvgui.requests.lifecycle import (
    DeleteSavedState,
    PauseVm,
    ResetVm,
    ResumeVm,
    SaveVm,
    ShutDownVm,
    StartVm,
    TurnOffVm,
)
from hvgui.requests.lun_groups import neighbours
from hvgui.requests.maintenance import CancelMaintenance, PatchNodes
from hvgui.requests.migration import CancelMigration, LiveMigrate, MoveVm, QuickMigrate
from hvgui.requests.migration_checks import concurrency_problems, migration_network
from hvgui.requests.misconfigurations import MisconfigureNode, SetNodeRight
from hvgui.requests.new_server import NewServer
from hvgui.requests.node_service import AddNode, DrainNode, EvictNode, StartClusterService, StopClusterService
from hvgui.requests.remove_server import RemoveServer
from hvgui.requests.request import Request

if TYPE_CHECKING:
    from hvgui.engine.world import World


def begin(world: World, request: Request) -> TaskId | None:
    """Begin what a request asks for. Gives the task that carries it out, if it takes time.

    Raises TypeError for a kind of request that the engine does not know.
    """
    beginning = _BEGINNINGS.get(type(request))
    if beginning is None:
        raise TypeError(f"the engine does not know the request {type(request).__name__}")
    snapshot_merging.give_way(world, request)
    task: TaskId | None = beginning(world, request)
    return task


# Migrations


def _live_migrate(world: World, request: LiveMigrate) -> TaskId:
    vm = world.cluster.vms[request.vm]
    network = migration_network(world.cluster, vm, request.to, request.network)
    if network is None:
        raise AssertionError("accepted without a network")
    waits = request.queue and bool(concurrency_problems(world.cluster, vm, request.to, may_queue=True))
    task = register.open_task(
        world,
        TaskKind.LIVE_MIGRATION,
        vm,
        request.to,
        Phase.QUEUED if waits else Phase.SETUP,
        network=request.network if waits else network.id,
        reserved_bytes=0 if waits else vm.assigned_bytes,
    )
    procedure = live.LiveMigration(
        **course(world, task, vm, request.to),
        step=LiveStep.QUEUED if waits else LiveStep.SETUP,
        network=network.id,
    )
    if waits:
        world.procedures[task] = procedure
        world.waiting[task] = None
        text = f"Live migration of {vm.name} to {world.cluster.nodes[request.to].name} waits for a free place"
        world.tell("live-migrate-queued", text, vm=vm.id, node=request.to, task=task)
    else:
        live.set_up(world, procedure)
    return task


def _quick_migrate(world: World, request: QuickMigrate) -> TaskId:
    vm = world.cluster.vms[request.vm]
    begun = [_quick(world, one, request.to) for one in (vm, *_running_neighbours(world, vm))]
    for procedure in _grouped(begun):
        quick.save_first(world, procedure, world.cluster.vms[procedure.vm])
    return begun[0].task


def _quick(world: World, vm: VirtualMachine, to: NodeId) -> quick.QuickMigration:
    task = register.open_task(world, TaskKind.QUICK_MIGRATION, vm, to, Phase.SAVING, reserved_bytes=vm.assigned_bytes)
    procedure = quick.QuickMigration(**course(world, task, vm, to), step=quick.QuickStep.SAVING)
    world.procedures[task] = procedure
    return procedure


def _running_neighbours(world: World, vm: VirtualMachine) -> list[VirtualMachine]:
    """Who shares the VM's LUN and runs is saved and restored with it; who rests follows the LUN by itself."""
    return [one for one in neighbours(world.cluster, vm) if one.state is VmState.RUNNING]


def _grouped(procedures: list[P]) -> list[P]:
    """Each knows of all the others."""
    tasks = [one.task for one in procedures]
    return [replace(one, group=tuple(task for task in tasks if task != one.task)) for one in procedures]


def _move(world: World, request: MoveVm) -> TaskId:
    vm = world.cluster.vms[request.vm]
    runs = vm.state is VmState.RUNNING
    starts = runs or vm.state is VmState.CRITICAL or request.then_start
    task = register.open_task(
        world,
        TaskKind.MOVE,
        vm,
        request.to,
        Phase.SHUTTING_DOWN if runs else Phase.MOVING_OWNERSHIP,
        reserved_bytes=vm.memory.settings.startup_bytes if starts else 0,
    )
    procedure = move.Move(
        **course(world, task, vm, request.to),
        step=move.MoveStep.SHUTTING_DOWN if runs else move.MoveStep.MOVING,
        starts=starts,
        ran=runs,
    )
    world.procedures[task] = procedure
    with_it = [_quick(world, one, request.to) for one in _running_neighbours(world, vm)]
    tasks = tuple(one.task for one in with_it)
    for one in with_it:
        others = (task, *(other for other in tasks if other != one.task))
        quick.save_first(world, replace(one, group=others), world.cluster.vms[one.vm])
    move.take_offline(world, replace(procedure, group=tasks), world.cluster.vms[vm.id])
    return task


def _cancel_migration(world: World, request: CancelMigration) -> TaskId:
    world.procedures[request.task].cancel(world)
    return request.task


# A VM's life


def _turn_off(world: World, request: TurnOffVm) -> None:
    vm = world.cluster.vms[request.vm]
    if vm.task is not None:
        world.procedures[vm.task].turned_off(world)
        return
    register.stop_vm(world, vm, VmState.OFF)
    world.tell("turned-off", f"{vm.name} was turned off", Level.WARNING, vm=vm.id, node=vm.owner)
    world.freed[vm.owner] = None


def _pause(world: World, request: PauseVm) -> None:
    vm = world.cluster.vms[request.vm]
    register.keep_vm(world, replace(vm, state=VmState.PAUSED))
    world.tell("paused", f"{vm.name} is paused", vm=vm.id, node=vm.owner)


def _resume(world: World, request: ResumeVm) -> None:
    vm = world.cluster.vms[request.vm]
    register.keep_vm(world, replace(vm, state=VmState.RUNNING))
    world.tell("vm-resumed", f"{vm.name} runs on", vm=vm.id, node=vm.owner)


def _reset(world: World, request: ResetVm) -> None:
    vm = world.cluster.vms[request.vm]
    register.stop_vm(world, vm, VmState.OFF)
    there = register.power_on(world, world.cluster.vms[vm.id], VmState.RUNNING)
    lacks = -world.cluster.free_bytes_on(vm.owner)
    if lacks > 0:
        # Smart paging lends it on the disk until others have given way.
        register.keep_vm(world, replace(there, assigned_bytes=there.assigned_bytes - lacks))
    world.tell("reset", f"{vm.name} was reset", Level.WARNING, vm=vm.id, node=vm.owner)


def _delete_saved_state(world: World, request: DeleteSavedState) -> None:
    vm = world.cluster.vms[request.vm]
    register.stop_vm(world, vm, VmState.OFF)
    world.tell("saved-state-deleted", f"The saved state of {vm.name} was deleted", vm=vm.id, node=vm.owner)


# Guests and faults


def _set_load(world: World, request: SetLoad) -> None:
    vm = world.cluster.vms[request.vm]
    vm = replace(vm, load=request.load.in_place_of(vm.load))
    register.keep_vm(world, vm)
    world.guests.forget_curves()
    world.layout = None
    world.tell("load-changed", f"{vm.name} has another load", vm=vm.id, node=vm.owner)


def _set_clients(world: World, request: SetClients) -> None:
    vm = replace(world.cluster.vms[request.vm], clients=request.clients)
    register.keep_vm(world, vm)
    world.tell("clients-changed", f"{vm.name} has other clients", vm=vm.id, node=vm.owner)


def _power_on(world: World, request: PowerOnNode) -> None:
    power_marks.keep_on(world, request.node)
    faults.power_on_node(world, request.node)


_BEGINNINGS: dict[type[Request], Callable[[World, Any], Any]] = {
    LiveMigrate: _live_migrate,
    QuickMigrate: _quick_migrate,
    MoveVm: _move,
    CancelMigration: _cancel_migration,
    StartVm: lambda world, request: lifecycle_beginnings.start(world, request.vm),
    ShutDownVm: lambda world, request: lifecycle_beginnings.shut_down(world, request.vm),
    SaveVm: lambda world, request: lifecycle_beginnings.save(world, request.vm),
    TurnOffVm: _turn_off,
    PauseVm: _pause,
    ResumeVm: _resume,
    ResetVm: _reset,
    DeleteSavedState: _delete_saved_state,
    SetLoad: _set_load,
    SetClients: _set_clients,
    CutLink: lambda world, request: faults.cut_link(world, (request.node, request.network)),
    RestoreLink: lambda world, request: faults.restore_link(world, (request.node, request.network)),
    SetLinkSpeed: lambda world, request: faults.set_link_speed(
        world, (request.node, request.network), request.bytes_per_second
    ),
    CrashNode: lambda world, request: faults.crash_node(world, request.node),
    MisconfigureNode: misconfigurations.misconfigure,
    SetNodeRight: misconfigurations.mend,
    PowerOnNode: _power_on,
    PauseNode: lambda world, request: nodes.pause(world, request.node),
    ResumeNode: lambda world, request: nodes.resume(world, request.node),
    DrainNode: lambda world, request: nodes.drain(world, request.node, DrainKind.PAUSE),
    StopClusterService: lambda world, request: nodes.stop_requested(world, request.node),
    StartClusterService: lambda world, request: nodes.start_service(world, request.node),
    EvictNode: lambda world, request: nodes.evict(world, request.node),
    PatchNodes: lambda world, request: maintenance.begin(
        world,
        request.meant(world.cluster),
        restarts=request.restarts,
        offline_seconds=request.offline_seconds,
    ),
    CancelMaintenance: lambda world, _request: maintenance.cancel(world),
    AddNode: lambda world, request: nodes.add(world, request.node),
    NewServer: servers.bring_in,
    RemoveServer: lambda world, request: servers.take_away(world, request.node),
    **MACHINE_BEGINNINGS,
    **CLUSTER_BEGINNINGS,
    **FABRIC_BEGINNINGS,
    **RESOURCE_BEGINNINGS,
    **SNAPSHOT_BEGINNINGS,
    **STORAGE_BEGINNINGS,
}
