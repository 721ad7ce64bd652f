"""Draining: a paused node gives its VMs away, as many at once as its platform lets it, the most important first.

======================================  ===========================================================================
A VM on the node                        What becomes of it
======================================  ===========================================================================
runs                                    live migration to the best node that takes it; quick migration where live
                                        is impossible, and before the cluster service stops
is off or saved                         its group changes node at once
can't go anywhere                       stays; once nothing else is under way the drain has failed and says why
(to save power)                         live migration to the node that was planned for it, or it stays
======================================  ===========================================================================

A migration that fails is tried again, three times in all. Whoever comes to rest meanwhile no longer counts.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace

from hvgui.cluster.cluster import Cluster
from hvgui.cluster.events import Level
from hvgui.cluster.ids import NodeId
from hvgui.cluster.machines import VirtualMachine, VmState
from hvgui.cluster.membership import members
from hvgui.cluster.nodes import DrainState
from hvgui.cluster.storage import VolumeState
from hvgui.cluster.tasks import TaskKind
from hvgui.engine import beginnings, failover
from hvgui.engine.procedures import handovers
from hvgui.engine.procedures.nodes import stop_cleanly
from hvgui.engine.under_way import Drain, DrainKind
from hvgui.requests.migration import LiveMigrate, QuickMigrate
from hvgui.requests.migration_checks import live_migration_limit
from hvgui.requests.placement import candidates, hosts_anti_affined
from hvgui.requests.problems import Problem, blockers
from hvgui.requests.storage_names import vm_names

if TYPE_CHECKING:
    from hvgui.engine.world import World

MOST_TRIES = 3
_KINDS: dict[DrainKind, tuple[type[LiveMigrate | QuickMigrate], ...]] = {
    DrainKind.PAUSE: (LiveMigrate, QuickMigrate),
    DrainKind.STOP_SERVICE: (QuickMigrate,),
    DrainKind.SAVE_POWER: (LiveMigrate,),
}
_PASSING = {"node-busy", "busy"}
"""Codes of problems that end by themselves."""


def go_on(world: World) -> None:
    """Every node that is being drained: whoever can sets out; where nobody is left, or nobody can go, it ends."""
    for node in sorted(world.drains):
        drain = world.drains[node]
        failover.move_resting(world, node)
        waits = _send(world, node, drain)
        _release_volumes(world, node)
        stuck = _left(world, node)
        busy = any(world.cluster.vms[task.vm].highly_available for task in world.cluster.tasks_on(node))
        if not busy and (not stuck or not waits):
            _end(world, node, drain.kind, stuck)


def _left(world: World, node: NodeId) -> list[VirtualMachine]:
    """Clustered VMs that still hold memory on a node, the most important first; of equals, those with the least choice
    of nodes."""
    vms = (world.cluster.vms[vm] for vm in world.cluster.vms_on(node))
    left = [vm for vm in vms if vm.highly_available and vm.state.holds_memory]
    every = len(members(world.cluster))
    choice = {vm.id: every if vm.possible_owners is None else len(vm.possible_owners) for vm in left}
    return sorted(left, key=lambda vm: (-vm.priority, choice[vm.id], vm.id))


def _send(world: World, node: NodeId, drain: Drain) -> bool:
    """Let VMs set out. True: somebody waits for what ends by itself."""
    waits, tries = False, dict(drain.tries)
    for vm in _left(world, node):
        if vm.task is not None or world.cluster.vms[vm.id].task is not None:
            continue
        if tries.get(vm.id, 0) >= MOST_TRIES or vm.state is not VmState.RUNNING:
            continue
        if drain.kind is not DrainKind.STOP_SERVICE and _is_full(world.cluster, node):
            # No other node need be asked: with 64 of them and a hundred VMs that would take a second each time.
            return True
        found = _way(world, vm, drain)
        if isinstance(found, bool):
            waits = waits or found
            continue
        tries[vm.id] = tries.get(vm.id, 0) + 1
        world.drains[node] = replace(drain, tries=tuple(sorted(tries.items())))
        beginnings.begin(world, found)
    return waits


def _is_full(cluster: Cluster, node: NodeId) -> bool:
    """Whether a node takes part in as many live migrations as it may."""
    busy = sum(task.kind is TaskKind.LIVE_MIGRATION for task in cluster.running_tasks_on(node))
    return busy >= live_migration_limit(cluster, node)


def _way(world: World, vm: VirtualMachine, drain: Drain) -> LiveMigrate | QuickMigrate | bool:
    """How a VM leaves; True: not now, but soon; False: not at all."""
    cluster, soon = world.cluster, False
    nodes = [node for node in candidates(cluster, (vm,)) if node != vm.owner and cluster.nodes[node].takes_vms]
    nodes = [node for node in nodes if node not in world.missing]
    nodes.sort(key=lambda node: hosts_anti_affined(cluster, vm, node))
    if drain.kind is DrainKind.SAVE_POWER:
        nodes = [node for node in nodes if (vm.id, node) in drain.targets]
    for one in _KINDS[drain.kind]:
        for node in nodes:
            request = one(vm.id, node)
            problems = blockers(request.check(cluster))
            if not problems:
                return request
            soon = soon or _passes(problems)
        if soon:
            break
    return soon


def _passes(problems: tuple[Problem, ...]) -> bool:
    return all(problem.code in _PASSING for problem in problems)


def _release_volumes(world: World, node: NodeId) -> None:
    """Volumes that the node coordinates go to others."""
    cluster = world.cluster
    for volume in list(cluster.volumes.values()):
        if volume.coordinator != node or volume.moving_to is not None or volume.state is VolumeState.OFFLINE:
            continue
        able = [one.id for one in cluster.nodes.values() if one.takes_vms and one.id not in world.missing]
        able = [one for one in able if handovers.can_coordinate(cluster, one, volume)]
        if able:
            kept = [one.coordinator for one in cluster.volumes.values()]
            to = min(able, key=lambda one: (kept.count(one), one))
            handovers.change_coordinator(world, volume, to, handovers.COORDINATOR_MOVE_SECONDS)


def _end(world: World, node: NodeId, kind: DrainKind, stuck: list[VirtualMachine]) -> None:
    cluster = world.cluster
    del world.drains[node]
    record = cluster.nodes[node]
    state = DrainState.FAILED if stuck else DrainState.COMPLETED
    cluster.put(replace(record, drain=state))
    names = vm_names(cluster, [vm.id for vm in stuck]) if stuck else ""
    if kind is DrainKind.STOP_SERVICE:
        if stuck:
            text = f"{names} can't leave {record.name} and {'stops' if len(stuck) == 1 else 'stop'} with its service"
            world.tell("drain-failed", text, Level.WARNING, node=node)
        stop_cleanly(world, node)
        cluster.put(replace(cluster.nodes[node], drain=DrainState.NONE))
    elif kind is DrainKind.SAVE_POWER:
        pass  # What becomes of the node, and why, is said by power_saving.
    elif stuck:
        text = f"{record.name} is paused, but {names} can't leave it"
        world.tell("drain-failed", text, Level.ERROR, node=node)
    else:
        world.tell("drain-completed", f"{record.name} is paused and has given its VMs away", node=node)
