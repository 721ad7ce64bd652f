"""Quick migration: the VM's memory goes to the shared disk, its ownership moves, and the target reads it back.

The VM is out of reach from the first byte written until it runs again: blackout = bytes / write rate + flush +
owner's change + bytes / read rate + a fixed rest (`physics.quick`).

=========  ========================================  ==========================================================
Step       What happens                              Source dead; target dead (no cancel: nothing runs any more)
=========  ========================================  ==========================================================
SAVING     VM stopped, memory written to the SAN     fails, VM lost; goes on, and fails once the state is saved
FLUSHING   the written state reaches the disk        fails, VM lost; goes on, and fails once the state is saved
MOVING     the group goes to the target              goes on (the state lies on the SAN); fails, VM saved at source
READING    the target reads the state                goes on; fails: the VM stays saved, owned by the source again
STARTING   the target starts the processors          goes on; fails, VM lost
=========  ========================================  ==========================================================

A cut link does nothing to it: nothing of it goes over the network.
"""

from __future__ import annotations

import enum
from typing import TYPE_CHECKING

from msgspec.structs import replace

from hvgui.cluster.events import Level
from hvgui.cluster.ids import NodeId
from hvgui.cluster.machines import VirtualMachine, VmState
from hvgui.cluster.tasks import MigrationResult, Phase, TaskState
from hvgui.cluster.units import format_seconds
from hvgui.engine import ownership, register
from hvgui.engine.physics.connections import connections_lost
from hvgui.engine.procedures import saved_state
from hvgui.engine.procedures.procedure import Procedure, keep, keep_until, seconds_since

if TYPE_CHECKING:
    from hvgui.engine.world import World


class QuickStep(enum.Enum):
    """See the table above."""

    SAVING = "saving"
    FLUSHING = "flushing"
    MOVING = "moving"
    READING = "reading"
    STARTING = "starting"


class QuickMigration(Procedure, frozen=True, kw_only=True, tag="quick-migration"):
    """A quick migration under way."""

    step: QuickStep
    flow: int | None = None
    saved_bytes: int = 0
    """Size of the state, once it is on the disk."""

    def timer(self, world: World) -> None:
        """See Procedure.timer."""
        match self.step:
            case QuickStep.SAVING:
                _flush(world, self)
            case QuickStep.FLUSHING:
                _move(world, self)
            case QuickStep.MOVING:
                _read(world, self)
            case QuickStep.READING:
                _start(world, self)
            case QuickStep.STARTING:
                _succeed(world, self)

    def flow_ended(self, world: World) -> None:
        """See Procedure.flow_ended."""
        if self.step is QuickStep.SAVING:
            _flush(world, self)
        else:
            _start(world, self)

    def node_lost(self, world: World, node: NodeId) -> None:
        """See Procedure.node_lost and the table of this module."""
        cluster, vm = world.cluster, world.cluster.vms[self.vm]
        if node == self.source:
            if self.step in (QuickStep.SAVING, QuickStep.FLUSHING):
                register.lose_vm(world, self.vm)
                _fail(world, self, "crashed before the state was saved, and the VM with it", node)
        elif self.step is QuickStep.MOVING:
            _fail(world, self, f"crashed; {vm.name} stays saved at {cluster.nodes[self.source].name}", node)
        elif self.step is QuickStep.READING:
            register.release(world, self.task)
            ownership.give(world, replace(vm, owner=self.source, state=VmState.SAVED, assigned_bytes=0))
            _fail(world, self, f"crashed; {vm.name} stays saved, owned by {cluster.nodes[self.source].name}", node)
        elif self.step is QuickStep.STARTING:
            register.lose_vm(world, self.vm)
            _fail(world, self, "crashed, and the VM with it", node)


def save_first(world: World, procedure: QuickMigration, vm: VirtualMachine) -> None:
    """The quick migration begins: the VM stops and its memory goes to the disk."""
    title = _title(world, procedure)
    world.tell("quick-migrate-began", f"{title} began", vm=vm.id, node=procedure.target, task=procedure.task)
    register.keep_vm(world, replace(vm, state=VmState.SAVING))
    flow = saved_state.open_flow(world, procedure.task, vm)
    if flow is None:
        keep_until(world, procedure, saved_state.local_seconds(world.cluster, vm))
    else:
        keep(world, replace(procedure, flow=flow))


def _flush(world: World, procedure: QuickMigration) -> None:
    if procedure.flow is not None:
        world.flows.close(procedure.flow)
    step = replace(procedure, step=QuickStep.FLUSHING, flow=None)
    keep_until(world, step, world.cluster.profile.timings.quick_flush_seconds)


def _move(world: World, procedure: QuickMigration) -> None:
    """The state is on the disk: the source gives its memory back and the group changes node."""
    vm = world.cluster.vms[procedure.vm]
    plan = saved_state.plan(world.cluster, vm)
    register.stop_vm(world, vm, VmState.SAVED)
    if world.cluster.nodes[procedure.target].is_up:
        register.enter(world, procedure.task, Phase.MOVING_OWNERSHIP)
        _tell(world, procedure, "moving-ownership", "its state is saved, ownership moves")
        moving = replace(procedure, step=QuickStep.MOVING, saved_bytes=plan.state_bytes)
        keep_until(world, moving, plan.owner_change_seconds)
        return
    source = world.cluster.nodes[procedure.source].name
    _fail(world, procedure, f"crashed meanwhile; {vm.name} stays saved at {source}", procedure.target)


def _read(world: World, procedure: QuickMigration) -> None:
    register.release(world, procedure.task)
    vm = replace(world.cluster.vms[procedure.vm], owner=procedure.target)
    ownership.give(world, vm)
    vm = register.power_on(world, vm, VmState.RESTORING)
    register.enter(world, procedure.task, Phase.READING)
    _tell(world, procedure, "reading-state", f"{world.cluster.nodes[procedure.target].name} reads its state")
    flow = saved_state.open_flow(world, procedure.task, vm)
    procedure = replace(procedure, step=QuickStep.READING, flow=flow)
    if flow is None:
        keep_until(world, procedure, saved_state.local_seconds(world.cluster, vm))
    else:
        keep(world, procedure)


def _start(world: World, procedure: QuickMigration) -> None:
    if procedure.flow is not None:
        world.flows.close(procedure.flow)
    step = replace(procedure, step=QuickStep.STARTING, flow=None)
    register.enter(world, procedure.task, Phase.STARTING)
    keep_until(world, step, world.cluster.profile.timings.quick_fixed_seconds)


def _succeed(world: World, procedure: QuickMigration) -> None:
    register.keep_vm(world, replace(world.cluster.vms[procedure.vm], state=VmState.RUNNING))
    result = _result(world, procedure)
    dark = format_seconds(result.blackout_seconds)
    text = f"{_title(world, procedure)} succeeded: {dark} out of reach"
    register.end_task(world, procedure.task, TaskState.SUCCEEDED, text, result)


def _fail(world: World, procedure: QuickMigration, what: str, node: NodeId) -> None:
    if procedure.flow is not None:
        world.flows.close(procedure.flow)
    text = f"{_title(world, procedure)} failed: {world.cluster.nodes[node].name} {what}"
    vm = world.cluster.vms[procedure.vm]
    result = replace(_result(world, procedure), connections_lost=vm.clients.connections, converged=False)
    register.end_task(world, procedure.task, TaskState.FAILED, text, result)


def _result(world: World, procedure: QuickMigration) -> MigrationResult:
    """All of a quick migration is blackout; what it sends, it sends to the disk."""
    vm, seconds = world.cluster.vms[procedure.vm], seconds_since(world, procedure.started_ns)
    return MigrationResult(
        duration_seconds=seconds,
        passes=0,
        blackout_seconds=seconds,
        sent_bytes=procedure.saved_bytes,
        converged=True,
        connections_lost=connections_lost(vm.clients, seconds, world.cluster.profile),
    )


def _tell(world: World, procedure: QuickMigration, code: str, what: str) -> None:
    text = f"{_title(world, procedure)}: {what}"
    world.tell(code, text, Level.INFORMATION, vm=procedure.vm, node=procedure.target, task=procedure.task)


def _title(world: World, procedure: QuickMigration) -> str:
    cluster = world.cluster
    return f"Quick migration of {cluster.vms[procedure.vm].name} to {cluster.nodes[procedure.target].name}"
