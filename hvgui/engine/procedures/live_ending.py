"""How a live migration ends: what it did, counted; what became of the VM; and the words for both."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace

from hvgui.cluster.tasks import MigrationResult, TaskState
from hvgui.cluster.units import format_seconds
from hvgui.engine import register
from hvgui.engine.physics import precopy
from hvgui.engine.physics.connections import connections_lost
from hvgui.engine.physics.precopy import Blackout, StopReason
from hvgui.engine.procedures.live_step import LiveStep
from hvgui.engine.procedures.procedure import seconds_since

if TYPE_CHECKING:
    from hvgui.engine.procedures.live import LiveMigration
    from hvgui.engine.world import World


def succeed(world: World, procedure: LiveMigration) -> None:
    """The VM runs on the target and clients reach it there."""
    result = _result(world, procedure, seconds_since(world, procedure.halted_ns), _blackout_bytes(procedure))
    register.reach(world, procedure.vm)
    took, dark = format_seconds(result.duration_seconds), format_seconds(result.blackout_seconds)
    passes = "1 pass" if result.passes == 1 else f"{result.passes} passes"
    text = f"{title(world, procedure)} succeeded in {took}: {passes}, blackout {dark}"
    register.end_task(world, procedure.task, TaskState.SUCCEEDED, text, result)


def fail(
    world: World,
    procedure: LiveMigration,
    message: str,
    state: TaskState = TaskState.FAILED,
    *,
    lost: bool = False,
) -> None:
    """It ends without the VM having moved. Who stands in a blackout goes on at the source at this moment."""
    halted = procedure.vm in world.halted
    dark = seconds_since(world, procedure.halted_ns) if halted else 0.0
    result = _result(world, procedure, dark, 0)
    if lost:
        result = replace(result, connections_lost=world.cluster.vms[procedure.vm].clients.connections)
    if procedure.flow is not None:
        world.flows.close(procedure.flow)
    if halted:
        register.resume(world, world.cluster.vms[procedure.vm])
        register.reach(world, procedure.vm)
    register.end_task(world, procedure.task, state, message, result)


def _result(world: World, procedure: LiveMigration, blackout_seconds: float, more_bytes: int) -> MigrationResult:
    vm, copy = world.cluster.vms[procedure.vm], procedure.copy
    sent = precopy.sent_bytes(copy, _flow_left(world, procedure)) if copy is not None else 0.0
    blackout = procedure.blackout
    return MigrationResult(
        duration_seconds=seconds_since(world, procedure.started_ns),
        passes=copy.pass_number - 1 if copy is not None else 0,
        blackout_seconds=blackout_seconds,
        sent_bytes=round(sent) + more_bytes,
        converged=blackout is not None and blackout.reason is StopReason.FITS,
        connections_lost=connections_lost(vm.clients, blackout_seconds, world.cluster.profile),
        memory_passes=procedure.passes,
    )


def _flow_left(world: World, procedure: LiveMigration) -> float:
    """What the pass's flow has not carried; after the passes, nothing."""
    if procedure.step is not LiveStep.COPYING or procedure.flow is None:
        return 0.0
    return world.flows.left_bytes(procedure.flow, world.now_ns)


def _blackout_bytes(procedure: LiveMigration) -> int:
    """What the blackout sent that no pass had: what was in flight counts with the pass that sent it."""
    blackout = blackout_of(procedure)
    return blackout.rest_wire_bytes + blackout.device_state_bytes


# Words

REASONS = {
    StopReason.PASSES: "that was the last pass",
    StopReason.NOT_SHRINKING: "the passes no longer shrink",
}
"""Why the passes were stopped by force."""


def title(world: World, procedure: LiveMigration) -> str:
    """What it is, for the beginning of every sentence about it."""
    cluster = world.cluster
    return f"Live migration of {cluster.vms[procedure.vm].name} to {cluster.nodes[procedure.target].name}"


def where_left(world: World, procedure: LiveMigration) -> str:
    """What has become of the VM, for the end of a sentence about a failure."""
    cluster = world.cluster
    if procedure.step is LiveStep.QUEUED:
        return " while it waited in the queue"
    name, node = cluster.vms[procedure.vm].name, cluster.nodes[procedure.source].name
    in_blackout = procedure.vm in world.halted and procedure.step is not LiveStep.STUNNED
    return f"; {name} {'resumed' if in_blackout else 'runs on'} at {node}"


def blackout_of(procedure: LiveMigration) -> Blackout:
    """The blackout, at a step that is sure to have one."""
    if procedure.blackout is None:
        raise AssertionError(f"{procedure.step} without a blackout")
    return procedure.blackout
