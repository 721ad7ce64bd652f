"""Move: the VM goes offline on its owner, its group changes node, and it starts there if it ran before.

=============  =============================  ==============================================================
Step           What happens                   Source dead; target dead (no cancel)
=============  =============================  ==============================================================
SHUTTING_DOWN  the guest shuts itself down    fails, VM lost; goes on, and fails once the VM is off
WAITING        for the others on its LUN      goes on; fails, the VM stays where it was, not running
MOVING         the group goes to the target   goes on; fails, the VM stays where it was, not running
STARTING       the VM boots on the target     goes on; fails, VM lost
=============  =============================  ==============================================================

The VM's disks lost: in SHUTTING_DOWN it fails, and the VM stands still at the source (paused-critical); in MOVING it
goes on, and fails if the target can't reach them then; in STARTING it fails, the VM off at the target.

A guest without integration components can't be asked to shut down and is turned off. A cut link does nothing.
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
from hvgui.engine.procedures import lun_group
from hvgui.engine.procedures.procedure import Procedure, keep, keep_until, seconds_since
from hvgui.requests.migration_checks import storage_problems
from hvgui.requests.problems import blockers

if TYPE_CHECKING:
    from hvgui.engine.world import World


class MoveStep(enum.Enum):
    """See the table above."""

    SHUTTING_DOWN = "shutting down"
    WAITING = "waiting"
    MOVING = "moving"
    STARTING = "starting"


class Move(Procedure, frozen=True, kw_only=True, tag="move"):
    """A move under way."""

    step: MoveStep
    starts: bool
    """Whether it is to run on the target: it ran, or its node died under it."""
    ran: bool
    """Whether clients could reach it as the move began."""

    def timer(self, world: World) -> None:
        """See Procedure.timer."""
        match self.step:
            case MoveStep.SHUTTING_DOWN:
                register.stop_vm(world, world.cluster.vms[self.vm], VmState.OFF)
                change_group(world, self)
            case MoveStep.MOVING:
                _arrive(world, self)
            case MoveStep.STARTING:
                register.keep_vm(world, replace(world.cluster.vms[self.vm], state=VmState.RUNNING))
                _succeed(world, self)
            case MoveStep.WAITING:
                raise AssertionError("no clock runs while it waits for the others on its LUN")

    @property
    def waits_for_group(self) -> bool:
        """See Procedure.waits_for_group."""
        return self.step is MoveStep.WAITING

    def group_ready(self, world: World) -> None:
        """See Procedure.group_ready."""
        _set_out(world, self)

    def group_broken(self, world: World, why: str) -> None:
        """See Procedure.group_broken."""
        _fail_for(world, self, f"{why}; {_left(world, self)}")

    def node_lost(self, world: World, node: NodeId) -> None:
        """See Procedure.node_lost and the table of this module."""
        if node == self.source and self.step is MoveStep.SHUTTING_DOWN:
            register.lose_vm(world, self.vm)
            _fail(world, self, node, ", and the VM with it")
        elif node == self.target and self.step in (MoveStep.MOVING, MoveStep.WAITING):
            _fail(world, self, node, f"; {_left(world, self)}")
        elif node == self.target and self.step is MoveStep.STARTING:
            register.lose_vm(world, self.vm)
            _fail(world, self, node, ", and the VM with it")

    def storage_lost(self, world: World, cause: str) -> None:
        """See Procedure.storage_lost and the table of this module."""
        if self.step is MoveStep.SHUTTING_DOWN:
            register.stop_critical(world, self.vm, cause)
            _fail_for(world, self, cause)
        elif self.step is MoveStep.STARTING:
            register.stop_vm(world, world.cluster.vms[self.vm], VmState.OFF)
            _fail_for(world, self, f"{cause}; {world.cluster.vms[self.vm].name} is off")


def take_offline(world: World, procedure: Move, vm: VirtualMachine) -> None:
    """The move begins: a running VM goes offline first."""
    text = f"{_title(world, procedure)} began"
    world.tell("move-began", text, vm=vm.id, node=procedure.target, task=procedure.task)
    if procedure.step is not MoveStep.SHUTTING_DOWN:
        change_group(world, procedure)
    elif vm.guest.integration_components:
        register.keep_vm(world, replace(vm, state=VmState.STOPPING))
        keep_until(world, procedure, world.cluster.profile.timings.shutdown_seconds)
    else:
        text = f"{vm.name} was turned off: without integration components it can't be asked to shut down"
        world.tell("turned-off", text, Level.WARNING, vm=vm.id, task=procedure.task)
        register.stop_vm(world, vm, VmState.OFF)
        change_group(world, procedure)


def change_group(world: World, procedure: Move) -> None:
    """The VM stands still: its group goes to the target."""
    if not world.cluster.nodes[procedure.target].is_up:
        _fail(world, procedure, procedure.target, f" meanwhile; {_left(world, procedure)}")
        return
    hinders = lun_group.hindered_by(world, procedure)
    if hinders:
        _fail_for(world, procedure, f"{hinders} still uses its LUN; {_left(world, procedure)}")
    elif lun_group.must_wait(world, procedure):
        register.enter(world, procedure.task, Phase.WAITING_FOR_LUN)
        keep(world, replace(procedure, step=MoveStep.WAITING))
    else:
        lun_group.let_go(world, procedure)
        _set_out(world, procedure)


def _set_out(world: World, procedure: Move) -> None:
    register.enter(world, procedure.task, Phase.MOVING_OWNERSHIP)
    more = ownership.lun_move_seconds(world.cluster, world.cluster.vms[procedure.vm])
    seconds = world.cluster.profile.timings.group_move_seconds + more
    keep_until(world, replace(procedure, step=MoveStep.MOVING), seconds)


def _arrive(world: World, procedure: Move) -> None:
    problems = blockers(storage_problems(world.cluster, world.cluster.vms[procedure.vm], procedure.target))
    if problems:
        _fail_for(world, procedure, f"{problems[0].message} {_left(world, procedure)}")
        return
    register.release(world, procedure.task)
    vm = replace(world.cluster.vms[procedure.vm], owner=procedure.target)
    ownership.give(world, vm)
    if not procedure.starts:
        _succeed(world, procedure)
        return
    register.power_on(world, vm, VmState.STARTING)
    register.enter(world, procedure.task, Phase.STARTING)
    keep_until(world, replace(procedure, step=MoveStep.STARTING), world.cluster.profile.timings.boot_seconds)


def _succeed(world: World, procedure: Move) -> None:
    result = _result(world, procedure)
    dark = f", {format_seconds(result.blackout_seconds)} out of reach" if procedure.ran else ""
    text = f"{_title(world, procedure)} succeeded{dark}"
    register.end_task(world, procedure.task, TaskState.SUCCEEDED, text, result)


def _fail(world: World, procedure: Move, node: NodeId, what: str) -> None:
    record = world.cluster.nodes[node]
    _fail_for(world, procedure, f"{record.name} {record.fate}{what}")


def _fail_for(world: World, procedure: Move, why: str) -> None:
    text = f"{_title(world, procedure)} failed: {why}"
    result = replace(_result(world, procedure), converged=False)
    register.end_task(world, procedure.task, TaskState.FAILED, text, result)
    name = world.cluster.vms[procedure.vm].name
    lun_group.break_up(world, procedure, f"{name} does not come along")


def _result(world: World, procedure: Move) -> MigrationResult:
    """All of a move is blackout for who used the VM, and a shut-down closes every connection."""
    vm, seconds = world.cluster.vms[procedure.vm], seconds_since(world, procedure.started_ns)
    dark = seconds if procedure.ran else 0.0
    lost = max(connections_lost(vm.clients, dark, world.cluster.profile), vm.clients.connections * procedure.ran)
    return MigrationResult(
        duration_seconds=seconds, passes=0, blackout_seconds=dark, sent_bytes=0, converged=True, connections_lost=lost
    )


def _left(world: World, procedure: Move) -> str:
    """How a failed move leaves the VM: where it was, and no longer running."""
    vm = world.cluster.vms[procedure.vm]
    return f"{vm.name} stays at {world.cluster.nodes[procedure.source].name} and is {vm.state.value}"


def _title(world: World, procedure: Move) -> str:
    cluster = world.cluster
    return f"Move of {cluster.vms[procedure.vm].name} to {cluster.nodes[procedure.target].name}"
