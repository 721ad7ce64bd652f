"""Who is in the cluster: heartbeats missed, nodes removed and stopped, nodes that come back.

What is true of a node at once (dead, out of hearing) the cluster knows later: `missing` says since when its heartbeats
are missed, and an agenda entry is when that has lasted long enough. No entry is ever made for a heartbeat that arrives.

=====================================  ============================================================================
What happens                           What follows
=====================================  ============================================================================
a node dies                            detection later it is removed (1135); storage and VMs go to the others
a side without quorum is cut off       detection later its cluster services stop (1177), its clustered VMs with
                                       them, at the instant at which the others remove it: nobody restarts a VM before
nobody has quorum                      detection later all cluster services stop
what was missed is heard again before  nothing
isolated nodes hear the cluster, or    each joins again `REJOIN_SECONDS` later
one another with quorum
heartbeats get lost at random          now and then so many in a row that a node is removed
=====================================  ============================================================================
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace

from hvgui.cluster import hearing
from hvgui.cluster.events import Level
from hvgui.cluster.heartbeat import waiting_heartbeats
from hvgui.cluster.ids import NodeId
from hvgui.cluster.membership import Standing, dealt_votes, standing, standing_among
from hvgui.cluster.misconfigurations import lacks_domain
from hvgui.cluster.nodes import DrainState, NodeState, ServiceState
from hvgui.cluster.storage_access import reaches_lun
from hvgui.cluster.units import nanoseconds
from hvgui.engine import failover, register, silence
from hvgui.engine.agenda import Class, HeartbeatsLost, NodeDue, SilenceDue
from hvgui.engine.failback_looks import look_now
from hvgui.engine.randomness import Stream, uniform

if TYPE_CHECKING:
    from hvgui.engine.world import World

REJOIN_SECONDS = 15.0
"""From hearing the others again to being one of them: the service starts anew and the database is brought up to date;
an estimate."""


def settle_in(world: World) -> None:
    """A world begins: nobody is missed. Who runs has quorum, or somebody has forced it."""
    cluster = world.cluster
    for node in list(cluster.nodes.values()):
        if node.is_unnoticed or node.silent_since_ns is not None:
            cluster.put(replace(node, is_unnoticed=False, silent_since_ns=None))
        if node.state is NodeState.JOINING:
            world.joining[node.id] = world.now_ns
            world.agenda.add(world.now_ns + nanoseconds(REJOIN_SECONDS), Class.NODE, NodeDue(node.id, world.now_ns))
    settle_votes(world)
    alive = [node for node in cluster.nodes if hearing.is_alive(cluster, node)]
    if alive and not standing(cluster).active:
        cluster.put(replace(cluster.quorum, forced=tuple(alive)))
    look(world)


def look(world: World) -> None:
    """Something has happened to who hears whom: whose heartbeats are missed from now on, whose are heard again."""
    cluster = world.cluster
    alive = [node for node in cluster.nodes if hearing.is_alive(cluster, node)]
    dead = [node.id for node in cluster.nodes.values() if node.is_unnoticed]
    now = standing_among(cluster, alive)
    absent = {*dead, *(node for node in alive if node not in now.active)} if alive else set[NodeId]()
    for node in [one for one in world.missing if one not in absent]:
        silence.end(world, node)
    fresh = [node for node in sorted(absent) if node not in world.missing]
    if fresh:
        for node in fresh:
            silence.begin(world, node)
        seconds = max(_detection_seconds(world, node, now, alive) for node in fresh)
        world.agenda.add(world.now_ns + nanoseconds(seconds), Class.NODE, SilenceDue(world.now_ns))
    if not alive:
        for node in dead:
            cluster.put(replace(cluster.nodes[node], is_unnoticed=False))
    _draw_losses(world, now)
    _let_join(world, alive, now)


def _detection_seconds(world: World, node: NodeId, now: Standing, alive: list[NodeId]) -> float:
    """The last heartbeat came up to one delay ago, and the next look at the clock comes up to one later."""
    settings = world.cluster.heartbeat
    partners = [one for one in (now.active or alive) if one != node]
    cross = bool(partners) and hearing.is_cross_subnet(world.cluster, node, partners[0])
    luck = uniform(world.seed, Stream.HEARTBEAT, node, world.now_ns)
    return settings.detection_seconds(cross_subnet=cross) + luck * settings.delay_seconds(cross_subnet=cross)


def silence_due(world: World, since_ns: int) -> None:
    """Heartbeats have been missed for long enough: first those stop who have no quorum, then the others go on."""
    gone = [node for node, since in sorted(world.missing.items()) if since == since_ns]
    for node in gone:
        silence.end(world, node)
    cluster = world.cluster
    for node in gone:
        if hearing.is_alive(cluster, node):
            _stop_for_quorum(world, node)
    active = standing(cluster).active
    for node in gone:
        if cluster.nodes[node].is_unnoticed:
            cluster.put(replace(cluster.nodes[node], is_unnoticed=False))
        _tell_removed(world, node, active)
        leave_storage(world, node)
        failover.move_resting(world, node)
    settle_votes(world)
    world.regroup = world.unplaced = True


def _tell_removed(world: World, node: NodeId, active: tuple[NodeId, ...]) -> None:
    name = world.cluster.nodes[node].name
    if active:
        text = f"Cluster node '{name}' was removed from the active failover cluster membership"
        world.tell("node-removed", text, Level.ERROR, node=node)


def _stop_for_quorum(world: World, node: NodeId) -> None:
    cluster = world.cluster
    alive = (one for one in cluster.nodes if hearing.is_alive(cluster, one))
    votes = standing_among(cluster, alive).tally
    name = cluster.nodes[node].name
    text = f"The cluster service on {name} is shutting down because quorum was lost ({votes})"
    if standing(cluster).active:
        text = f"The cluster service on {name} is shutting down: it hears the other nodes no more, and they have quorum"
    world.tell("quorum-lost", text, Level.ERROR, node=node)
    stop_service(world, node, NodeState.ISOLATED)


def stop_service(world: World, node: NodeId, state: NodeState) -> None:
    """A node's cluster service stops, and every clustered VM there with it; the node itself has power, and what is not
    clustered runs on."""
    cluster = world.cluster
    record = cluster.nodes[node]
    service = ServiceState.STOPPED if state is NodeState.DOWN else ServiceState.RUNNING
    paused = record.state is NodeState.PAUSED or record.resumes_paused
    cluster.put(replace(record, state=state, service=service, resumes_paused=paused, drain=DrainState.NONE))
    silence.end(world, node)
    world.hung.pop(node, None)
    world.drains.pop(node, None)
    break_off(world, node, clustered_only=True)
    lose_vms(world, node, clustered_only=True)


def break_off(world: World, node: NodeId, *, clustered_only: bool = False) -> None:
    """The procedures that a node takes part in hear that it is gone, oldest first."""
    for task in sorted(task.id for task in world.cluster.tasks_on(node)):
        procedure = world.procedures.get(task)
        if procedure is None or (clustered_only and not world.cluster.vms[procedure.vm].highly_available):
            continue
        procedure.node_lost(world, node)


def lose_vms(world: World, node: NodeId, *, clustered_only: bool = False) -> None:
    """Every VM that is left on a node that is gone is lost."""
    cluster = world.cluster
    world.layout = None
    for volume in cluster.volumes.values():
        if node in (volume.coordinator, volume.moving_to):
            world.storage_changed[volume.lun] = None
    for vm in sorted(cluster.vms_on(node)):
        record = cluster.vms[vm]
        # Who still has a task is in its hands: a hand-over that no longer needs the source, a saved state.
        if not record.state.holds_memory or record.task is not None or (clustered_only and not record.highly_available):
            if record.state.holds_memory and record.task is None:
                world.suspects[vm] = None
            continue
        register.lose_vm(world, vm)
        how = "stopped" if clustered_only else "lost"
        text = f"{record.name} was {how} with {'the cluster service of ' if clustered_only else ''}"
        world.tell("vm-lost", text + cluster.nodes[node].name, Level.ERROR, vm=vm, node=node)


def leave_storage(world: World, node: NodeId) -> None:
    """What a removed node kept or owned goes to others: coordinators by `handovers`, LUNs without VMs at once."""
    cluster = world.cluster
    active = standing(cluster).active
    for lun in list(cluster.luns.values()):
        world.storage_changed[lun.id] = None
        if (
            lun.owner != node
            or cluster.vms_on_lun(lun.id)
            or any(one.lun == lun.id for one in cluster.volumes.values())
        ):
            continue
        able = [one for one in active if hearing.is_alive(cluster, one) and reaches_lun(cluster, one, lun)]
        if able:
            owned = [one.owner for one in cluster.luns.values()]
            to = min(able, key=lambda one: (owned.count(one), one))
            cluster.put(replace(lun, owner=to, moving_to=None))
            world.tell("lun-moved", f"{cluster.nodes[to].name} owns {lun.name} now", node=to)


def settle_votes(world: World) -> None:
    """Dynamic quorum: votes follow who is in the cluster, as long as it has quorum. Whoever was started by force is as
    good as the others once all of them together have a majority."""
    cluster = world.cluster
    now = standing(cluster)
    if not now.active:
        return
    if cluster.quorum.forced and not now.forced:
        cluster.put(replace(cluster.quorum, forced=()))
    elif now.forced and set(now.active) - set(cluster.quorum.forced):
        cluster.put(replace(cluster.quorum, forced=tuple(sorted({*now.active, *cluster.quorum.forced}))))
    for record in dealt_votes(cluster, now.active):
        cluster.put(record)


def hand_over_votes(world: World, node: NodeId) -> None:
    """A node is about to leave and says so: with dynamic quorum those who stay have the votes before it goes."""
    active = standing(world.cluster).active
    if node in active:
        for record in dealt_votes(world.cluster, [one for one in active if one != node]):
            world.cluster.put(record)


# Coming back


def _let_join(world: World, alive: list[NodeId], now: Standing) -> None:
    """Isolated nodes that hear the cluster, or would be it, set out to join; the others stop setting out."""
    cluster = world.cluster
    isolated = [node.id for node in cluster.nodes.values() if node.state is NodeState.ISOLATED and node.is_member]
    if not isolated:
        return
    able = set(_who_may_join(world, isolated, alive, now))
    for node in isolated:
        if node in able and node not in world.joining:
            world.joining[node] = world.now_ns
            due = world.now_ns + nanoseconds(REJOIN_SECONDS)
            world.agenda.add(due, Class.NODE, NodeDue(node, world.now_ns))
        elif node not in able:
            world.joining.pop(node, None)


def _who_may_join(world: World, wanting: list[NodeId], alive: list[NodeId], now: Standing) -> list[NodeId]:
    """With a cluster: who hears all of it. Without: those who hear one another and have quorum together. Nobody who is
    not in the cluster's domain."""
    cluster = world.cluster
    wanting = [node for node in wanting if not lacks_domain(cluster, cluster.nodes[node])]
    if alive:
        if not now.active:
            return []
        return [node for node in wanting if all(hearing.hears(cluster, node, one) for one in now.active)]
    return list(standing_among(cluster, wanting).active)


def node_due(world: World, node: NodeId) -> None:
    """A node is ready to join: it does, or together with others forms the cluster, or waits."""
    cluster = world.cluster
    del world.joining[node]
    if not cluster.nodes[node].is_member:
        record = replace(cluster.nodes[node], state=NodeState.DOWN, service=ServiceState.STOPPED, is_unnoticed=False)
        cluster.put(record)
        world.tell("node-on", f"{record.name} is on; it is not in the cluster", node=node)
        world.unplaced = True
        return
    if cluster.nodes[node].is_starting and not cluster.nodes[node].installation.cluster_service_automatic:
        record = replace(cluster.nodes[node], state=NodeState.DOWN, service=ServiceState.STOPPED, is_unnoticed=False)
        cluster.put(record)
        text = f"{record.name} is on; its cluster service does not start with Windows"
        world.tell("node-on", text, Level.WARNING, node=node)
        world.regroup = world.unplaced = True
        return
    alive = [one for one in cluster.nodes if hearing.is_alive(cluster, one)]
    waiting = [one.id for one in cluster.nodes.values() if one.state is NodeState.ISOLATED and one.is_member]
    joins = _who_may_join(world, sorted({*waiting, node}), alive, standing_among(cluster, alive))
    world.regroup = True
    if node not in joins:
        record = replace(cluster.nodes[node], state=NodeState.ISOLATED, is_unnoticed=False)
        cluster.put(record)
        votes = standing_among(cluster, alive or waiting).tally
        why = "it does not hear all nodes of the cluster" if alive else f"there is no quorum ({votes})"
        if lacks_domain(cluster, record):
            why = "it is not in the cluster's domain"
        world.tell("node-waits", f"{record.name} is on and waits to join: {why}", Level.WARNING, node=node)
        world.freed[node] = None
        return
    for one in [node] if alive else sorted({node, *joins}):
        _join(world, one)
    settle_votes(world)


def _join(world: World, node: NodeId) -> None:
    record = world.cluster.nodes[node]
    state = NodeState.PAUSED if record.resumes_paused else NodeState.UP
    world.joining.pop(node, None)
    world.cluster.put(
        replace(record, state=state, service=ServiceState.RUNNING, is_unnoticed=False, resumes_paused=False)
    )
    world.tell("node-up", f"{record.name} joined the cluster", node=node)
    world.storage_changed.update(dict.fromkeys(world.cluster.luns))
    world.freed[node] = None
    world.unplaced = True
    look_now(world)


# Heartbeats that get lost


def _draw_losses(world: World, now: Standing) -> None:
    """For each node whose heartbeats get lost at random: when so many in a row will have been. Nobody remembers how
    many were lost before, so it is drawn anew whenever the probability changes, and only then."""
    shares = _loss_shares(world, now)
    for node in [one for one in world.lossy if one not in shares]:
        del world.lossy[node]
    for node, share in shares.items():
        known = world.lossy.get(node)
        if known is None or known[0] != share:
            world.lossy[node] = (share, world.now_ns)
            luck = uniform(world.seed, Stream.HEARTBEAT_LOSS, node, world.now_ns)
            heartbeats = waiting_heartbeats(share, world.cluster.heartbeat.threshold(cross_subnet=False), luck)
            seconds = heartbeats * world.cluster.heartbeat.delay_seconds(cross_subnet=False)
            if seconds < _LONGEST_SECONDS:
                entry = HeartbeatsLost(node, world.now_ns)
                world.agenda.add(world.now_ns + nanoseconds(seconds), Class.NODE, entry)


_LONGEST_SECONDS = 10.0 * 365 * 86_400
"""What would take longer is never."""


def _loss_shares(world: World, now: Standing) -> dict[NodeId, float]:
    """The probability with which a node's heartbeats to some other node are lost. Of two nodes it counts for the one
    whose own links lose more, else for the higher number: that one is removed."""
    cluster = world.cluster
    has_losses = any(link.heartbeat_loss for link in cluster.links.values())
    if not has_losses and not any(network.heartbeat_loss for network in cluster.networks.values()):
        return {}
    own = {
        node: sum(cluster.links[key].heartbeat_loss for key in cluster.links if key[0] == node) for node in now.active
    }
    shares: dict[NodeId, float] = {}
    for place, one in enumerate(now.active):
        for other in now.active[place + 1 :]:
            share = hearing.miss_share(cluster, one, other)
            if share > 0.0:
                worse = one if own[one] > own[other] else other
                shares[worse] = max(share, shares.get(worse, 0.0))
    return shares


def heartbeats_lost(world: World, node: NodeId) -> None:
    """So many heartbeats in a row got lost that a node is removed; it hears the others again and joins later."""
    del world.lossy[node]
    cluster = world.cluster
    name = cluster.nodes[node].name
    others = [one for one in cluster.nodes if one != node and hearing.is_alive(cluster, one)]
    if not others or not hearing.is_alive(cluster, node):
        return
    text = f"{cluster.heartbeat.same_subnet_threshold} heartbeats of {name} in a row got lost"
    world.tell("heartbeats-lost", text, Level.WARNING, node=node)
    stop_service(world, node, NodeState.ISOLATED)
    _tell_removed(world, node, standing(cluster).active)
    leave_storage(world, node)
    failover.move_resting(world, node)
    settle_votes(world)
    world.regroup = world.unplaced = True
