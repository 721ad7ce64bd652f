"""Whose heartbeats are being missed, and since when: seen from the changes of the mirror, as an operator would."""

from __future__ import annotations

from hvgui.cluster.cluster import Cluster
from hvgui.cluster.hearing import is_alive, is_cross_subnet
from hvgui.cluster.ids import NodeId
from hvgui.cluster.membership import standing


class Silence:
    """Beside one mirror; `follow` is told when nodes, links, networks or settings have changed."""

    def __init__(self) -> None:
        self._since_ns: dict[NodeId, int] = {}

    def follow(self, cluster: Cluster, now_ns: int) -> None:
        """Takes over who is missed now; who was missed before keeps the moment at which that began."""
        missed = _missed(cluster)
        self._since_ns = {node: self._since_ns.get(node, now_ns) for node in missed}

    def missed(self, cluster: Cluster, node: NodeId, now_ns: int) -> int | None:
        """Heartbeats of a node that have been missed in a row; None: it is heard."""
        since = self._since_ns.get(node)
        if since is None:
            return None
        delay_ns = cluster.heartbeat.delay_seconds(cross_subnet=crosses_subnets(cluster, node)) * 1e9
        return max(0, int((now_ns - since) // delay_ns))


def _missed(cluster: Cluster) -> tuple[NodeId, ...]:
    """Dead nodes that nobody has noticed, and living ones that the side that goes on does not hear."""
    now = standing(cluster)
    return tuple(
        node.id
        for node in cluster.nodes.values()
        if node.is_unnoticed or (is_alive(cluster, node.id) and node.id not in now.active)
    )


def crosses_subnets(cluster: Cluster, node: NodeId) -> bool:
    """Whether the settings across subnets hold for a node: towards the first other one that is up."""
    partner = next((one for one in cluster.nodes if one != node and is_alive(cluster, one)), None)
    return partner is not None and is_cross_subnet(cluster, node, partner)
