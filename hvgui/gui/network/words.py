"""Networks and links in words and as pictures: cut, partitioned, losing heartbeats."""

from __future__ import annotations

from hvgui.cluster.cluster import Cluster
from hvgui.cluster.ids import NetworkId
from hvgui.cluster.networks import Link, Network, NetworkRole
from hvgui.gui.words import counted, tr

ROLE_WORDS = {
    NetworkRole.NONE: "Not used by the cluster",
    NetworkRole.CLUSTER_ONLY: "Cluster only",
    NetworkRole.CLUSTER_AND_CLIENT: "Cluster and client",
}
"""What a network carries, in the words of Failover Cluster Manager."""


def role_of(network: Network) -> str:
    """Which traffic it carries, in words."""
    return tr(ROLE_WORDS[network.role])


def link_state(link: Link) -> str:
    """Up, cut, or how many heartbeats get lost over it."""
    if not link.up:
        return tr("Cut")
    if link.heartbeat_loss:
        return tr("Loses {share} of heartbeats", share=f"{link.heartbeat_loss:.0%}")
    return tr("Up")


def link_look(link: Link) -> tuple[str, str]:
    """Name and tint of the link's icon."""
    if not link.up:
        return ("plug-off", "bad")
    return ("heartbeat", "warning") if link.heartbeat_loss else ("plug-connected", "good")


def network_state(cluster: Cluster, network: NetworkId) -> str:
    """What is wrong with a network, the gravest first; empty: nothing."""
    record = cluster.networks[network]
    if record.partition:
        return tr("Partitioned into {count} sides", count=len(partition_sides(cluster, record)))
    cut = sum(not link.up for link in cluster.links.values() if link.network == network)
    if cut:
        return counted(cut, "{count} link cut", "{count} links cut")
    if record.heartbeat_loss:
        return tr("Loses {share} of heartbeats", share=f"{record.heartbeat_loss:.0%}")
    return ""


def network_tint(cluster: Cluster, network: NetworkId) -> str:
    """The tint of its icon."""
    if cluster.networks[network].partition:
        return "bad"
    return "warning" if network_state(cluster, network) else "text"


def partition_sides(cluster: Cluster, network: Network) -> tuple[tuple[str, ...], ...]:
    """The names of the nodes on each side of a partition; those named in no group are the last side."""
    grouped = {node for group in network.partition for node in group}
    rest = tuple(node for node in cluster.nodes if node not in grouped)
    groups = (*network.partition, *((rest,) if rest else ()))
    return tuple(tuple(cluster.nodes[node].name for node in group if node in cluster.nodes) for group in groups)


def partition_words(cluster: Cluster, network: Network) -> str:
    """`NODE1, NODE2 | NODE3`: who is separated from whom; empty without a partition."""
    if not network.partition:
        return ""
    return "  |  ".join(", ".join(side) for side in partition_sides(cluster, network))
