"""Which nodes hear which: over the networks that carry cluster traffic, as far as links and partitions let them.

Everything is asked of a cluster's records, so that checks, the window and the engine follow the same rules.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from hvgui.cluster.ids import NetworkId, NodeId
from hvgui.cluster.networks import Link, NetworkRole
from hvgui.cluster.nodes import NodeState
from hvgui.cluster.units import nanoseconds

if TYPE_CHECKING:
    from hvgui.cluster.cluster import Cluster

Side = tuple[NodeId, ...]
"""Nodes of which each hears every other, in the order of their ids."""
_Reach = frozenset[tuple[NetworkId, int]]


def is_alive(cluster: Cluster, node: NodeId) -> bool:
    """Whether the node is up and sends heartbeats: a hung service does not keep the kernel from it."""
    record = cluster.nodes[node]
    return record.is_member and record.state in (NodeState.UP, NodeState.PAUSED)


def are_joined(cluster: Cluster, network: NetworkId, one: NodeId, other: NodeId) -> bool:
    """Whether a network connects two nodes: both links carry something, and no partition lies between them."""
    ends = (cluster.links.get((one, network)), cluster.links.get((other, network)))
    return all(_carries(link) for link in ends) and not cluster.networks[network].separates(one, other)


def hears(cluster: Cluster, one: NodeId, other: NodeId) -> bool:
    """Whether heartbeats go between two nodes, over whichever network. Without any network nobody asks."""
    return one == other or not cluster.networks or bool(_reach(cluster, one) & _reach(cluster, other))


def is_cross_subnet(cluster: Cluster, one: NodeId, other: NodeId) -> bool:
    """Whether every network that joins two nodes joins different subnets: the addresses' first three parts differ."""
    shared = [network for network, _ in _reach(cluster, one) & _reach(cluster, other)]
    return bool(shared) and all(_subnets_differ(cluster, network, one, other) for network in shared)


def crosses_subnets(cluster: Cluster, node: NodeId) -> bool:
    """Whether the settings across subnets hold for a node: towards the first other one that is up."""
    partner = next((one for one in cluster.nodes if one != node and is_alive(cluster, one)), None)
    return partner is not None and is_cross_subnet(cluster, node, partner)


def missed_heartbeats(cluster: Cluster, node: NodeId, now_ns: int) -> int | None:
    """Heartbeats of a node that have been missed in a row at a moment; None: none, it is heard or given up."""
    since = cluster.nodes[node].silent_since_ns
    if since is None:
        return None
    delay_ns = nanoseconds(cluster.heartbeat.delay_seconds(cross_subnet=crosses_subnets(cluster, node)))
    return max(0, (now_ns - since) // delay_ns)


def miss_share(cluster: Cluster, one: NodeId, other: NodeId) -> float:
    """Probability that none of the heartbeats that two nodes send each other at one moment arrives undamaged."""
    share = 1.0
    for network, _ in _reach(cluster, one) & _reach(cluster, other):
        arrives = 1.0 - cluster.networks[network].heartbeat_loss
        for node in (one, other):
            arrives *= 1.0 - cluster.links[(node, network)].heartbeat_loss
        share *= 1.0 - arrives
    return share


def sides(cluster: Cluster, nodes: Iterable[NodeId]) -> tuple[Side, ...]:
    """The nodes in sides within which each hears every other, the largest first.

    Where hearing is not mutual all round, whoever hears the fewest is left out, as the cluster's regroup does, and is
    a side with those that are left out with it.
    """
    classes: dict[_Reach, list[NodeId]] = {}
    alone: list[Side] = []
    for node in sorted(nodes):
        reach = _reach(cluster, node)
        if reach or not cluster.networks:
            classes.setdefault(reach, []).append(node)
        else:
            alone.append((node,))
    if not cluster.networks:
        return tuple(tuple(found) for found in classes.values())
    left, found = classes, alone
    while left:
        side = _fully_joined(left)
        found.append(tuple(sorted(node for reach in side for node in left[reach])))
        left = {reach: members for reach, members in left.items() if reach not in side}
    return tuple(sorted(found, key=lambda one: (-len(one), one)))


def _fully_joined(classes: dict[_Reach, list[NodeId]]) -> set[_Reach]:
    """Of nodes grouped by what they are joined to, those of the largest side that is left when nobody is in it who does
    not hear all."""
    left = _largest_component(classes)
    while True:
        heard = {
            one: sum(len(classes[other]) for other in left if other & one)
            for one in left
            if any(not other & one for other in left)
        }
        if not heard:
            return left
        left = left - {min(heard, key=lambda one: (heard[one], len(classes[one]), -min(classes[one])))}


def _largest_component(classes: dict[_Reach, list[NodeId]]) -> set[_Reach]:
    waiting, best, most = set(classes), set[_Reach](), -1
    for first in sorted(classes, key=lambda one: min(classes[one])):
        if first not in waiting:
            continue
        component, border = {first}, [first]
        while border:
            one = border.pop()
            more = [other for other in waiting if other & one and other not in component]
            component.update(more)
            border.extend(more)
        waiting -= component
        size = sum(len(classes[one]) for one in component)
        if size > most:
            best, most = component, size
    return best


def _reach(cluster: Cluster, node: NodeId) -> _Reach:
    """The networks for cluster traffic that a node is joined to, each with the group of a partition that it is in."""
    if cluster.nodes[node].blocks_cluster_traffic:
        return frozenset()
    found = []
    for network in cluster.networks.values():
        if network.role is not NetworkRole.NONE and network.heartbeat_loss < 1.0:
            link = cluster.links.get((node, network.id))
            if _carries(link) and link is not None and link.heartbeat_loss < 1.0:
                found.append((network.id, network.group_of(node) if network.partition else -1))
    return frozenset(found)


def _carries(link: Link | None) -> bool:
    return link is not None and link.goodput_bytes_per_second > 0.0


def _subnets_differ(cluster: Cluster, network: NetworkId, one: NodeId, other: NodeId) -> bool:
    addresses = [cluster.links[(node, network)].address for node in (one, other)]
    parts = [address.split(".")[:3] for address in addresses]
    return all(len(part) == 3 for part in parts) and parts[0] != parts[1]
