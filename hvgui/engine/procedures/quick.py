"""Quick migration: the VM's memory goes to the shared disk, its ownership moves, and the target reads it back.

The VM is out of reach from the first byte written until it runs again: blackout = bytes / write rate + flush +
owner's change + bytes / read rate + a fixed rest (`physics.quick`).

=========  ========================================  ==========================================================
Step       What happens                              Source dead; target dead (no cancel: nothing runs any more)
=========  ========================================  ==========================================================
SAVING     VM stopped, memory written to the SAN     fails, VM lost; goes on, and fails once the state is saved
FLUSHING   the written state reaches the disk        fails, VM lost; goes on, and fails once the state is saved
WAITING    for the others on its LUN (`lun_group`)   goes on; fails, VM saved at source
MOVING     the group goes to the target              goes on (the state lies on the SAN); fails, VM saved at source
READING    the target reads the state                goes on; fails: the VM stays saved, owned by the source again
STARTING   the target starts the processors          goes on; fails, VM lost
=========  ========================================  ==========================================================

The VM's disks lost: in SAVING and FLUSHING it fails, and the VM stands still at the source (paused-critical); in MOVING
it goes on, and fails if the target can't reach them then, the VM saved at the source; in READING and STARTING it fails,
the VM saved at the target. A cut link does nothing to it, unless its state goes over the network to a volume's
coordinator: then a way that is lost counts as lost disks, and another way is taken at once where there is one.
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
from hvgui.engine.procedures import lun_group, saved_state
from hvgui.engine.procedures.procedure import Procedure, keep, keep_until, seconds_since
from hvgui.requests.migration_checks import storage_problems
from hvgui.requests.problems import blockers

if TYPE_CHECKING:
    from hvgui.engine.world import World


class QuickStep(enum.Enum):
    """See the table above."""

    SAVING = "saving"
    FLUSHING = "flushing"
    WAITING = "waiting"
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
            case QuickStep.WAITING:
                raise AssertionError("no clock runs while it waits for the others on its LUN")

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
                _fail(world, self, " before the state was saved, and the VM with it", node)
        elif self.step in (QuickStep.MOVING, QuickStep.WAITING):
            _fail(world, self, f"; {vm.name} stays saved at {cluster.nodes[self.source].name}", node)
        elif self.step is QuickStep.READING:
            register.release(world, self.task)
            ownership.give(
                world,
                replace(vm, owner=self.source, state=VmState.SAVED, assigned_bytes=0, saved_bytes=vm.memory_bytes),
            )
            _fail(world, self, f"; {vm.name} stays saved, owned by {cluster.nodes[self.source].name}", node)
        elif self.step is QuickStep.STARTING:
            register.lose_vm(world, self.vm)
            _fail(world, self, ", and the VM with it", node)

    @property
    def waits_for_group(self) -> bool:
        """See Procedure.waits_for_group."""
        return self.step is QuickStep.WAITING

    def group_ready(self, world: World) -> None:
        """See Procedure.group_ready."""
        _set_out(world, self)

    def group_broken(self, world: World, why: str) -> None:
        """See Procedure.group_broken."""
        source = world.cluster.nodes[self.source].name
        _fail_for(world, self, f"{why}; {world.cluster.vms[self.vm].name} stays saved at {source}")

    def storage_lost(self, world: World, cause: str) -> None:
        """See Procedure.storage_lost and the table of this module."""
        if self.step in (QuickStep.SAVING, QuickStep.FLUSHING):
            register.stop_critical(world, self.vm, cause)
            _fail_for(world, self, cause)
        elif self.step in (QuickStep.READING, QuickStep.STARTING):
            register.stop_vm(world, world.cluster.vms[self.vm], VmState.SAVED)
            _fail_for(world, self, f"{cause}; {world.cluster.vms[self.vm].name} stays saved")

    def storage_changed(self, world: World) -> None:
        """See Procedure.storage_changed."""
        flow = saved_state.reroute(world, self, self.flow)
        if flow != self.flow:
            keep(world, replace(self, flow=flow))


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
    """The state is on the disk: the source gives its memory back, and the group changes node once all of it rest."""
    vm = world.cluster.vms[procedure.vm]
    procedure = replace(procedure, saved_bytes=saved_state.plan(world.cluster, vm).state_bytes)
    register.stop_vm(world, vm, VmState.SAVED)
    if world.cluster.nodes[procedure.target].is_up:
        _wait_or_go(world, procedure)
        return
    source = world.cluster.nodes[procedure.source].name
    _fail(world, procedure, f" meanwhile; {vm.name} stays saved at {source}", procedure.target)


def _wait_or_go(world: World, procedure: QuickMigration) -> None:
    """Whoever shares the VM's LUN has to stand still before that can change its owner."""
    hinders = lun_group.hindered_by(world, procedure)
    if hinders:
        why = f"{hinders} still uses its LUN"
        source = world.cluster.nodes[procedure.source].name
        _fail_for(world, procedure, f"{why}; {world.cluster.vms[procedure.vm].name} stays saved at {source}")
    elif lun_group.must_wait(world, procedure):
        register.enter(world, procedure.task, Phase.WAITING_FOR_LUN)
        keep(world, replace(procedure, step=QuickStep.WAITING))
    else:
        lun_group.let_go(world, procedure)
        _set_out(world, procedure)


def _set_out(world: World, procedure: QuickMigration) -> None:
    register.enter(world, procedure.task, Phase.MOVING_OWNERSHIP)
    _tell(world, procedure, "moving-ownership", "its state is saved, ownership moves")
    seconds = ownership.lun_move_seconds(world.cluster, world.cluster.vms[procedure.vm])
    keep_until(world, replace(procedure, step=QuickStep.MOVING), seconds)


def _read(world: World, procedure: QuickMigration) -> None:
    vm = world.cluster.vms[procedure.vm]
    problems = blockers(storage_problems(world.cluster, vm, procedure.target))
    if problems:
        source = world.cluster.nodes[procedure.source].name
        _fail_for(world, procedure, f"{problems[0].message} {vm.name} stays saved at {source}")
        return
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
    record = world.cluster.nodes[node]
    _fail_for(world, procedure, f"{record.name} {record.fate}{what}")


def _fail_for(world: World, procedure: QuickMigration, why: str) -> None:
    if procedure.flow is not None:
        world.flows.close(procedure.flow)
    text = f"{_title(world, procedure)} failed: {why}"
    vm = world.cluster.vms[procedure.vm]
    result = replace(_result(world, procedure), connections_lost=vm.clients.connections, converged=False)
    register.end_task(world, procedure.task, TaskState.FAILED, text, result)
    lun_group.break_up(world, procedure, f"{vm.name} does not come along")


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
