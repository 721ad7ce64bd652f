"""Nodes as members of the cluster: paused, drained, their service stopped and started, evicted and added."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace

from hvgui.cluster import hearing
from hvgui.cluster.events import Level
from hvgui.cluster.ids import NodeId, VmId
from hvgui.cluster.nodes import DrainState, NodeState, ServiceState
from hvgui.engine import failover, membership, power_marks, silence
from hvgui.engine.failback_looks import look_now
from hvgui.engine.under_way import Drain, DrainKind

if TYPE_CHECKING:
    from hvgui.engine.world import World


def pause(world: World, node: NodeId) -> None:
    """A node takes no more VMs."""
    _set_state(world, node, NodeState.PAUSED, "node-paused", "is paused")


def resume(world: World, node: NodeId) -> None:
    """A node takes VMs again; a drain ends, and what is on its way goes on."""
    world.drains.pop(node, None)
    world.cluster.put(replace(world.cluster.nodes[node], drain=DrainState.NONE))
    _set_state(world, node, NodeState.UP, "node-resumed", "takes VMs again")
    world.freed[node] = None
    world.unplaced = True
    look_now(world)


def drain(world: World, node: NodeId, kind: DrainKind, targets: tuple[tuple[VmId, NodeId], ...] = ()) -> None:
    """A node begins to give its VMs away."""
    record = replace(world.cluster.nodes[node], state=NodeState.PAUSED, drain=DrainState.IN_PROGRESS)
    if kind is DrainKind.STOP_SERVICE:
        record = replace(record, resumes_paused=world.cluster.nodes[node].state is NodeState.PAUSED)
    world.cluster.put(record)
    world.drains[node] = Drain(kind, targets=targets)
    then = {DrainKind.STOP_SERVICE: " before its cluster service stops", DrainKind.SAVE_POWER: " to be switched off"}
    world.tell("drain-began", f"{record.name} gives its VMs away{then.get(kind, '')}", node=node)
    world.unplaced = True


def stop_requested(world: World, node: NodeId) -> None:
    """Somebody stops a cluster service: an isolated node has nothing to give away."""
    if world.cluster.nodes[node].state is NodeState.ISOLATED:
        stop_cleanly(world, node)
    else:
        drain(world, node, DrainKind.STOP_SERVICE)


def stop_cleanly(world: World, node: NodeId, level: Level = Level.WARNING) -> None:
    """A node says goodbye: the others know at once, and nobody waits for its heartbeats."""
    cluster = world.cluster
    record = cluster.nodes[node]
    was_in = hearing.is_alive(cluster, node)
    world.joining.pop(node, None)
    paused = record.resumes_paused
    membership.hand_over_votes(world, node)
    membership.stop_service(world, node, NodeState.DOWN)
    cluster.put(replace(cluster.nodes[node], resumes_paused=paused))
    world.tell("service-stopped", f"The cluster service on {record.name} was stopped", level, node=node)
    _left(world, node, was_in=was_in)


def switch_off(world: World, node: NodeId, level: Level = Level.WARNING, *, resumes_paused: bool = False) -> None:
    """A node goes down in good order: it says goodbye, and nobody waits for its heartbeats; then it has no power."""
    stop_cleanly(world, node, level)
    record = world.cluster.nodes[node]
    world.cluster.put(replace(record, service=ServiceState.RUNNING, resumes_paused=resumes_paused))
    membership.break_off(world, node)
    membership.lose_vms(world, node)


def _left(world: World, node: NodeId, *, was_in: bool) -> None:
    if was_in:
        membership.leave_storage(world, node)
        failover.move_resting(world, node)
        membership.settle_votes(world)
    world.regroup = world.unplaced = True


def start_service(world: World, node: NodeId) -> None:
    """A cluster service starts, and looks for the others."""
    record = replace(world.cluster.nodes[node], state=NodeState.ISOLATED, service=ServiceState.RUNNING)
    world.cluster.put(record)
    world.tell("service-started", f"The cluster service on {record.name} was started", node=node)
    world.regroup = True


def evict(world: World, node: NodeId) -> None:
    """A node is a member no more; its server runs on."""
    cluster = world.cluster
    power_marks.count(world, node)
    record = cluster.nodes[node]
    had_power, was_in = record.has_power, hearing.is_alive(cluster, node)
    world.joining.pop(node, None)
    world.tell("node-evicted", f"{record.name} was evicted from {cluster.name}", Level.WARNING, node=node)
    if had_power:
        membership.hand_over_votes(world, node)
        membership.stop_service(world, node, NodeState.DOWN)
    cluster.put(replace(cluster.nodes[node], is_member=False, is_unnoticed=False, resumes_paused=False))
    silence.end(world, node)
    _left(world, node, was_in=was_in or not had_power)


def add(world: World, node: NodeId) -> None:
    """A server becomes a member, and joins."""
    world.cluster.put(replace(world.cluster.nodes[node], is_member=True, has_vote=True))
    world.tell("node-added", f"{world.cluster.nodes[node].name} was added to {world.cluster.name}", node=node)
    start_service(world, node)


def _set_state(world: World, node: NodeId, state: NodeState, code: str, what: str) -> None:
    record = replace(world.cluster.nodes[node], state=state)
    world.cluster.put(record)
    world.tell(code, f"{record.name} {what}", node=node)
