"""The queue of live migrations: who waits starts, oldest first, as soon as both nodes have a place and the target
takes the VM. Who cannot start yet is skipped and keeps its turn."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from msgspec.structs import replace

from hvgui.cluster.cluster import Cluster
from hvgui.cluster.events import Level
from hvgui.cluster.ids import NodeId
from hvgui.cluster.machines import VmState
from hvgui.cluster.tasks import Phase, Task, TaskKind, TaskState
from hvgui.engine import recovery
from hvgui.engine.procedures.live import LiveMigration, set_up
from hvgui.engine.procedures.live_step import LiveStep
from hvgui.requests.lun_groups import alone_problems
from hvgui.requests.migration_checks import (
    live_migration_limit,
    memory_problems,
    migration_network,
    network_problems,
    storage_problems,
    target_problems,
)
from hvgui.requests.problems import blockers

if TYPE_CHECKING:
    from hvgui.engine.world import World


def free_places(cluster: Cluster, node: NodeId) -> int:
    """Live migrations that a node can take part in beside those that run."""
    running = sum(task.kind is TaskKind.LIVE_MIGRATION for task in cluster.running_tasks_on(node))
    return live_migration_limit(cluster, node) - running


def start_waiting(world: World, nodes: Iterable[NodeId]) -> None:
    """Something has become free on these nodes: start who waited for it."""
    if not world.waiting:
        return
    freed = dict.fromkeys(nodes)
    waiting = {
        task.id: task for node in freed for task in world.cluster.tasks_on(node) if task.state is TaskState.QUEUED
    }
    if not waiting:
        return
    places = {node: free_places(world.cluster, node) for node in freed}
    for task_id in sorted(waiting):
        if all(places[node] <= 0 for node in freed):
            return
        task = waiting[task_id]
        for node in (task.source, task.target):
            if node not in places:
                places[node] = free_places(world.cluster, node)
        if places[task.source] > 0 and places[task.target] > 0 and _start(world, task):
            places[task.source] -= 1
            places[task.target] -= 1


def _start(world: World, task: Task) -> bool:
    """Start a waiting migration if nothing else stands in its way. False: it waits on."""
    cluster, vm = world.cluster, world.cluster.vms[task.vm]
    procedure = world.procedures[task.id]
    if vm.state is not VmState.RUNNING or not isinstance(procedure, LiveMigration):
        return False
    problems = blockers(
        (
            *target_problems(cluster, vm, task.target),
            *memory_problems(cluster, vm, task.target),
            *storage_problems(cluster, vm, task.target),
            *alone_problems(cluster, vm),
        )
    )
    network = migration_network(cluster, vm, task.target, task.network)
    if network is None:
        problems += blockers(network_problems(cluster, vm, task.target, task.network))
    if problems or network is None:
        _wait_on(world, task, " ".join(str(problem) for problem in problems))
        return False
    cluster.put(
        replace(
            task,
            state=TaskState.RUNNING,
            phase=Phase.SETUP,
            started_ns=world.now_ns,
            network=network.id,
            reserved_bytes=vm.assigned_bytes,
            message="",
        )
    )
    del world.waiting[task.id]
    started = replace(
        procedure,
        step=LiveStep.SETUP,
        network=network.id,
        started_ns=world.now_ns,
        stalls_before=recovery.before(world, vm.id),
    )
    set_up(world, started)
    return True


def _wait_on(world: World, task: Task, reason: str) -> None:
    """There is a place free and something else in the way: the task says what, and the first time an event does."""
    if task.message == reason:
        return
    if not task.message:
        text = f"Live migration of {world.cluster.vms[task.vm].name} waits on: {reason}"
        world.tell("live-migrate-waits", text, Level.WARNING, vm=task.vm, node=task.target, task=task.id)
    world.cluster.put(replace(task, message=reason))
