"""A lost VM on its way to running again: on another node, or where it was.

=========  =====================================  =====================================================================
Step       What happens                           Target dead or out of the cluster; VM's disks lost (no cancel)
=========  =====================================  =====================================================================
MOVING     the group and its LUNs change owner,   fails, the VM is lost as before and is placed anew; goes on, and
           then its start delay passes            fails if the target can't reach them then
STARTING   the VM boots                           fails, VM lost, and placed anew; likewise. Turned off: it is off
=========  =====================================  =====================================================================

A VM that starts where it was needs no moving. What becomes of its old node means nothing to it, nor does a cut link.
"""

from __future__ import annotations

import enum
from typing import TYPE_CHECKING

from msgspec.structs import replace

from hvgui.cluster.events import Level
from hvgui.cluster.ids import NodeId
from hvgui.cluster.machines import VirtualMachine, VmState
from hvgui.cluster.tasks import Phase, TaskKind, TaskState
from hvgui.engine import ownership, register
from hvgui.engine.procedures.course import course
from hvgui.engine.procedures.procedure import Procedure, keep_until
from hvgui.requests.migration_checks import storage_problems
from hvgui.requests.problems import blockers

if TYPE_CHECKING:
    from hvgui.engine.world import World


class FailoverStep(enum.Enum):
    """See the table above."""

    MOVING = "moving"
    STARTING = "starting"


class Failover(Procedure, frozen=True, kw_only=True, tag="failover"):
    """A lost VM that is started again."""

    step: FailoverStep = FailoverStep.MOVING

    def timer(self, world: World) -> None:
        """See Procedure.timer."""
        if self.step is FailoverStep.MOVING:
            _arrive(world, self)
            return
        vm = replace(world.cluster.vms[self.vm], state=VmState.RUNNING)
        register.keep_vm(world, vm)
        text = f"{_title(world, self)} succeeded: {vm.name} runs on {world.cluster.nodes[self.target].name}"
        register.end_task(world, self.task, TaskState.SUCCEEDED, text)

    def node_lost(self, world: World, node: NodeId) -> None:
        """See Procedure.node_lost."""
        if node == self.target:
            _fail(world, self, f"{world.cluster.nodes[node].name} {world.cluster.nodes[node].fate}")

    def storage_lost(self, world: World, cause: str) -> None:
        """See Procedure.storage_lost."""
        if self.step is FailoverStep.STARTING:
            _fail(world, self, cause)

    def turned_off(self, world: World) -> None:
        """See Procedure.turned_off."""
        if self.step is FailoverStep.STARTING:
            register.stop_vm(world, world.cluster.vms[self.vm], VmState.OFF)
            name = world.cluster.vms[self.vm].name
            text = f"{name} was turned off while it started"
            register.end_task(world, self.task, TaskState.CANCELLED, text)


def fail_over(world: World, vm: VirtualMachine, to: NodeId) -> None:
    """The cluster brings a lost VM to a node, and starts it there."""
    moves = to != vm.owner
    phase = Phase.MOVING_OWNERSHIP if moves or vm.start_delay_seconds else Phase.STARTING
    task = register.open_task(world, TaskKind.FAILOVER, vm, to, phase, reserved_bytes=vm.memory_bytes)
    procedure = Failover(**course(world, task, vm, to))
    title = _title(world, procedure)
    world.tell("failover-began", f"{title} began", Level.WARNING, vm=vm.id, node=to, task=task)
    timings = world.cluster.profile.timings
    seconds = timings.group_move_seconds + ownership.lun_move_seconds(world.cluster, vm) if moves else 0.0
    keep_until(world, procedure, seconds + vm.start_delay_seconds)


def _arrive(world: World, procedure: Failover) -> None:
    vm = world.cluster.vms[procedure.vm]
    problems = blockers(storage_problems(world.cluster, vm, procedure.target))
    if problems:
        _fail(world, procedure, problems[0].message)
        return
    register.release(world, procedure.task)
    ownership.give(world, replace(vm, owner=procedure.target))
    register.power_on(world, world.cluster.vms[vm.id], VmState.STARTING)
    register.enter(world, procedure.task, Phase.STARTING)
    starting = replace(procedure, step=FailoverStep.STARTING)
    keep_until(world, starting, world.cluster.profile.timings.boot_seconds)


def _fail(world: World, procedure: Failover, why: str) -> None:
    """The VM is lost as before; the cluster places it anew."""
    register.lose_vm(world, procedure.vm)
    text = f"{_title(world, procedure)} failed: {why}"
    register.end_task(world, procedure.task, TaskState.FAILED, text)


def _title(world: World, procedure: Failover) -> str:
    cluster = world.cluster
    name, node = cluster.vms[procedure.vm].name, cluster.nodes[procedure.target].name
    return f"Restart of {name} on {node}" if procedure.source == procedure.target else f"Failover of {name} to {node}"
