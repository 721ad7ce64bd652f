"""Faults that take nodes out of each other's hearing, and settings of the quorum: what each does at once. What follows
from who hears whom then is worked out by `membership`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace

from hvgui.cluster.events import Level
from hvgui.cluster.ids import NetworkId, NodeId
from hvgui.cluster.networks import Network
from hvgui.cluster.nodes import NodeState, ServiceState
from hvgui.cluster.quorum import QuorumSettings
from hvgui.cluster.storage import LunUse
from hvgui.cluster.units import nanoseconds
from hvgui.engine.agenda import Class, HangDue, NodeDue
from hvgui.engine.membership import REJOIN_SECONDS, settle_votes
from hvgui.engine.procedures import faults
from hvgui.requests.network_faults import network_name, networks_meant

if TYPE_CHECKING:
    from hvgui.engine.world import World

Groups = tuple[tuple[NodeId, ...], ...]
HANG_SECONDS = 60.0
"""`ClusSvcHangTimeout`: after so long without a sign of life from the cluster service the kernel stops the node."""


def partition(world: World, network: NetworkId | None, groups: Groups) -> None:
    """Switches separate groups of nodes; migrations between them break off."""
    for one in networks_meant(world.cluster, network):
        _set_network(world, replace(one, partition=groups))
    names = [", ".join(world.cluster.nodes[node].name for node in group) for group in groups]
    named = {node for group in groups for node in group}
    rest = [node.name for node in world.cluster.nodes.values() if node.id not in named]
    if rest:
        names.append(", ".join(rest) if len(groups) > 1 or len(rest) <= len(named) else "the others")
    where = network_name(world.cluster, network)
    text = f"{where[0].upper()}{where[1:]} is partitioned: {' | '.join(names)}"
    world.tell("network-partitioned", text, Level.ERROR)
    for task in sorted(world.procedures):
        procedure = world.procedures.get(task)
        way: NetworkId | None = getattr(procedure, "network", None)
        if procedure is None or way is None:
            continue
        if world.cluster.networks[way].separates(procedure.source, procedure.target):
            procedure.link_lost(world, (procedure.target, way))


def heal(world: World, network: NetworkId | None) -> None:
    """The switches work again."""
    for one in networks_meant(world.cluster, network):
        _set_network(world, replace(one, partition=()))
    world.tell("network-healed", f"No partition runs through {network_name(world.cluster, network)} any more")
    world.freed.update(dict.fromkeys(world.cluster.nodes))


def _set_network(world: World, network: Network) -> None:
    world.cluster.put(network)
    world.regroup = True
    world.layout = None
    # The way to a coordinator may have gone, or come back.
    world.storage_changed.update(dict.fromkeys(volume.lun for volume in world.cluster.volumes.values()))


def set_heartbeat_loss(world: World, network: NetworkId, node: NodeId | None, share: float) -> None:
    """Heartbeats get lost, on a network or over one link."""
    cluster = world.cluster
    where = cluster.networks[network].name
    if node is None:
        cluster.put(replace(cluster.networks[network], heartbeat_loss=share))
    else:
        cluster.put(replace(cluster.links[(node, network)], heartbeat_loss=share))
        where = f"{cluster.nodes[node].name}'s link to {where}"
    world.regroup = True
    level = Level.WARNING if share else Level.INFORMATION
    world.tell("heartbeat-loss", f"{share:.0%} of the heartbeats on {where} get lost", level, node=node)


def hang_service(world: World, node: NodeId) -> None:
    """A cluster service answers nobody; the kernel gives it a minute."""
    record = replace(world.cluster.nodes[node], service=ServiceState.HUNG)
    world.cluster.put(record)
    world.hung[node] = world.now_ns
    world.agenda.add(world.now_ns + nanoseconds(HANG_SECONDS), Class.NODE, HangDue(node, world.now_ns))
    world.tell("service-hangs", f"The cluster service of {record.name} hangs", Level.ERROR, node=node)


def hung_long_enough(world: World, node: NodeId) -> None:
    """The kernel stops the node (stop error 0x9E, USER_MODE_HEALTH_MONITOR), and it starts again by itself."""
    name = world.cluster.nodes[node].name
    text = f"{name} stops with error 0x9E: its cluster service has not answered for {HANG_SECONDS:.0f} seconds"
    world.tell("hang-recovery", text, Level.ERROR, node=node)
    faults.crash_node(world, node)
    faults.power_on_node(world, node)


def set_share(world: World, *, up: bool) -> None:
    """The server of the file share witness goes down, or answers again."""
    world.cluster.put(replace(world.cluster.quorum, share_up=up))
    world.regroup = True
    if up:
        world.tell("witness-restored", "The file share witness answers again")
        return
    world.tell("witness-failed", "The file share witness does not answer any more", Level.ERROR)


def set_quorum(world: World, settings: QuorumSettings) -> None:
    """Another model; the disks that are and were witness change their use."""
    cluster = world.cluster
    for lun in list(cluster.luns.values()):
        if lun.use is LunUse.WITNESS and lun.id != settings.witness_lun:
            cluster.put(replace(lun, use=LunUse.AVAILABLE))
        elif lun.id == settings.witness_lun and lun.use is not LunUse.WITNESS:
            owner = lun.owner if lun.owner is not None else min(cluster.nodes)
            cluster.put(replace(lun, use=LunUse.WITNESS, owner=owner))
    cluster.put(settings)
    settle_votes(world)
    world.regroup = True
    name = settings.model.value if settings.model is not None else "the recommended one"
    world.tell("quorum-set", f"The quorum model of {cluster.name} is {name} now")


def force_quorum(world: World, node: NodeId) -> None:
    """A node starts as the cluster, whatever the votes."""
    cluster = world.cluster
    cluster.put(replace(cluster.quorum, forced=(node,)))
    record = replace(cluster.nodes[node], state=NodeState.ISOLATED, service=ServiceState.RUNNING)
    cluster.put(record)
    world.joining[node] = world.now_ns
    world.agenda.add(world.now_ns + nanoseconds(REJOIN_SECONDS), Class.NODE, NodeDue(node, world.now_ns))
    world.regroup = True
    world.tell("quorum-forced", f"{record.name} is started without quorum", Level.WARNING, node=node)
