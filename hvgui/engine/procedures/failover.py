"""A lost VM on its way to running again: on another node, or where it was.

=========  =====================================  =====================================================================
Step       What happens                           Target dead or out of the cluster; VM's disks lost (no cancel)
=========  =====================================  =====================================================================
WAITING    others on the target give memory back  fails, and is placed anew; nothing
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
from hvgui.cluster.units import format_bytes
from hvgui.engine import ownership, register
from hvgui.engine.procedures.course import course
from hvgui.engine.procedures.procedure import Procedure, keep_until
from hvgui.requests.migration_checks import storage_problems
from hvgui.requests.placement import Rooms, lacking_bytes, refusal
from hvgui.requests.problems import blockers

if TYPE_CHECKING:
    from hvgui.engine.world import World


LOOK_SECONDS = 120.0
"""How often a VM that waits for memory asks whether there is any to be had still."""


class FailoverStep(enum.Enum):
    """See the table above."""

    WAITING = "waiting"
    MOVING = "moving"
    STARTING = "starting"


class Failover(Procedure, frozen=True, kw_only=True, tag="failover"):
    """A lost VM that is started again."""

    step: FailoverStep = FailoverStep.MOVING

    def timer(self, world: World) -> None:
        """See Procedure.timer."""
        if self.step is FailoverStep.WAITING:
            _look_for_room(world, self)
            return
        if self.step is FailoverStep.MOVING:
            _arrive(world, self)
            return
        vm = replace(world.cluster.vms[self.vm], state=VmState.RUNNING)
        register.keep_vm(world, vm)
        text = f"{_title(world, self)} succeeded: {vm.name} runs on {world.cluster.nodes[self.target].name}"
        register.end_task(world, self.task, TaskState.SUCCEEDED, text)

    def room_made(self, world: World) -> None:
        """See Procedure.room_made: the memory is held from now on, if nothing else has come in the way."""
        vm = world.cluster.vms[self.vm]
        others = lacking_bytes(world.cluster, (vm,), self.target)
        why = refusal(world.cluster, (vm,), self.target, could_give_bytes=others)
        if why:
            _fail(world, self, f"{world.cluster.nodes[self.target].name} does not take it any more ({why})")
            return
        task = replace(world.cluster.tasks[self.task], reserved_bytes=vm.memory_bytes, message="")
        world.cluster.put(replace(task, phase=_first_phase(vm, self.target)))
        _set_out(world, self, vm)

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
    """The cluster brings a lost VM to a node, and starts it there; where the node is short, others give way first."""
    waits = lacking_bytes(world.cluster, (vm,), to) > 0
    phase = Phase.WAITING_FOR_MEMORY if waits else _first_phase(vm, to)
    held = 0 if waits else vm.memory_bytes
    task = register.open_task(world, TaskKind.FAILOVER, vm, to, phase, reserved_bytes=held)
    procedure = Failover(**course(world, task, vm, to))
    title = _title(world, procedure)
    world.tell("failover-began", f"{title} began", Level.WARNING, vm=vm.id, node=to, task=task)
    if not waits:
        _set_out(world, procedure, vm)
        return
    keep_until(world, replace(procedure, step=FailoverStep.WAITING), LOOK_SECONDS)
    world.short[task] = None
    node = world.cluster.nodes[to].name
    text = f"{vm.name} waits for {format_bytes(vm.memory_bytes)} of memory: others on {node} give way"
    world.tell("failover-waits", text, vm=vm.id, node=to, task=task)


def _first_phase(vm: VirtualMachine, to: NodeId) -> Phase:
    return Phase.MOVING_OWNERSHIP if to != vm.owner or vm.start_delay_seconds else Phase.STARTING


def _set_out(world: World, procedure: Failover, vm: VirtualMachine) -> None:
    """The target holds the VM's memory; it and its LUNs go there."""
    timings, moves = world.cluster.profile.timings, procedure.target != vm.owner
    seconds = timings.group_move_seconds + ownership.lun_move_seconds(world.cluster, vm) if moves else 0.0
    keep_until(world, replace(procedure, step=FailoverStep.MOVING), seconds + vm.start_delay_seconds)


def _look_for_room(world: World, procedure: Failover) -> None:
    """The VM waits on for as long as others can still give what it needs; then it is placed anew."""
    cluster, vm = world.cluster, world.cluster.vms[procedure.vm]
    if lacking_bytes(cluster, (vm,), procedure.target) <= Rooms(cluster).given_up(procedure.target):
        keep_until(world, procedure, LOOK_SECONDS)
        return
    node = cluster.nodes[procedure.target].name
    _fail(world, procedure, f"it needs {format_bytes(vm.memory_bytes)}, and nobody on {node} can give way any more")


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
