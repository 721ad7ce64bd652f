"""Requests that take nodes out of each other's hearing: partitions of networks, heartbeats that get lost, a cluster
service that hangs, a witness share whose server is down; and their mending."""

from __future__ import annotations

from collections import Counter

from hvgui.cluster.cluster import Cluster
from hvgui.cluster.ids import NetworkId, NodeId
from hvgui.cluster.networks import Network, NetworkRole
from hvgui.cluster.nodes import NodeState, ServiceState
from hvgui.requests.faults import NodeRequest
from hvgui.requests.problems import Problem, warning
from hvgui.requests.request import Request, node_name

_MOST_NAMED = 6
"""Of more nodes a title gives the number."""


def network_name(cluster: Cluster, network: NetworkId | None) -> str:
    """The network's name, or what stands for it; None: all that carry cluster traffic."""
    if network is None:
        return "every cluster network"
    record = cluster.networks.get(network)
    return record.name if record is not None else f"network no. {network}"


def networks_meant(cluster: Cluster, network: NetworkId | None) -> tuple[Network, ...]:
    """The network, or with None all that carry cluster traffic."""
    if network is None:
        return tuple(one for one in cluster.networks.values() if one.role is not NetworkRole.NONE)
    return (cluster.networks[network],) if network in cluster.networks else ()


class PartitionNetwork(Request, frozen=True, tag="partition-network"):
    """Let a fault of the switches separate groups of nodes: within a group they reach each other, between groups not.
    Nodes that are named in no group are one more."""

    groups: tuple[tuple[NodeId, ...], ...]
    network: NetworkId | None = None
    """None: every network that carries cluster traffic."""

    def title(self, cluster: Cluster) -> str:
        """See Request.title."""
        return f"Partition {network_name(cluster, self.network)}: {self._sides(cluster)}"

    def _sides(self, cluster: Cluster) -> str:
        """Who is separated from whom; of many nodes, how many from how many (the event names all of them)."""
        named = {node for group in self.groups for node in group}
        if len(named) <= _MOST_NAMED:
            groups = " from ".join(", ".join(node_name(cluster, node) for node in group) for group in self.groups)
            return groups + (" from the others" if len(self.groups) == 1 else "")
        rest = len(set(cluster.nodes) - named)
        counts = [len(group) for group in self.groups] + [rest] * bool(rest)
        if len(counts) == 2:
            first, second = counts
            return f"{first} {'node' if first == 1 else 'nodes'} on one side, {second} on the other"
        several = ", ".join(f"{count}" for count in counts[:_MOST_NAMED])
        return f"{len(counts)} sides, of {several}{' ...' if len(counts) > _MOST_NAMED else ''} nodes"

    def check(self, cluster: Cluster) -> tuple[Problem, ...]:
        """See Request.check."""
        if not networks_meant(cluster, self.network):
            return (Problem("no-such-network", f"There is no {network_name(cluster, self.network)} in this cluster."),)
        counted = Counter(node for group in self.groups for node in group)
        unknown = [node for node in counted if node not in cluster.nodes]
        if unknown:
            return (Problem("no-such-node", f"There is no {node_name(cluster, unknown[0])} in this cluster."),)
        twice = [node for node, count in counted.items() if count > 1]
        if twice:
            text = f"{node_name(cluster, twice[0])} is in more than one group."
            return (Problem("twice", text, "Name each node once."),)
        if not all(self.groups) or len(self.groups) + (len(counted) < len(cluster.nodes)) < 2:
            text = "A partition needs two groups with nodes in them."
            return (Problem("no-partition", text, "Name the nodes that are to be cut off from the others."),)
        return ()

    def powershell(self, cluster: Cluster) -> str:
        """See Request.powershell."""
        return f"# a fault of switches: no cmdlet cuts {network_name(cluster, self.network)} in two"


class HealNetwork(Request, frozen=True, tag="heal-network"):
    """End a partition."""

    network: NetworkId | None = None
    """None: of every network that carries cluster traffic."""

    def title(self, cluster: Cluster) -> str:
        """See Request.title."""
        return f"Heal {network_name(cluster, self.network)}"

    def check(self, cluster: Cluster) -> tuple[Problem, ...]:
        """See Request.check."""
        meant = networks_meant(cluster, self.network)
        if not meant:
            return (Problem("no-such-network", f"There is no {network_name(cluster, self.network)} in this cluster."),)
        if not any(one.partition for one in meant):
            return (Problem("whole", f"No partition runs through {network_name(cluster, self.network)}."),)
        return ()

    def powershell(self, cluster: Cluster) -> str:
        """See Request.powershell."""
        return f"# mend the switches of {network_name(cluster, self.network)}"


class SetHeartbeatLoss(Request, frozen=True, tag="set-heartbeat-loss"):
    """Let a share of the heartbeats on a network, or over one node's link to it, be lost or damaged."""

    network: NetworkId
    loss: float
    """0 (none) to 1 (all of them)."""
    node: NodeId | None = None
    """None: on the whole network."""

    def title(self, cluster: Cluster) -> str:
        """See Request.title."""
        where = network_name(cluster, self.network)
        if self.node is not None:
            where = f"{node_name(cluster, self.node)}'s link to {where}"
        return f"Lose {self.loss:.0%} of the heartbeats on {where}"

    def check(self, cluster: Cluster) -> tuple[Problem, ...]:
        """See Request.check."""
        if self.network not in cluster.networks:
            return (Problem("no-such-network", f"There is no {network_name(cluster, self.network)} in this cluster."),)
        if self.node is not None and (self.node, self.network) not in cluster.links:
            where = network_name(cluster, self.network)
            return (Problem("no-such-link", f"{node_name(cluster, self.node)} has no link to {where}."),)
        if not 0.0 <= self.loss <= 1.0:
            return (Problem("share", "The share of lost heartbeats is between 0 and 1."),)
        if cluster.networks[self.network].role is NetworkRole.NONE:
            text = f"{network_name(cluster, self.network)} carries no heartbeats: it is not for cluster traffic."
            return (warning("no-heartbeats", text),)
        return ()

    def powershell(self, cluster: Cluster) -> str:
        """See Request.powershell."""
        return f"# a bad cable or driver: no cmdlet loses heartbeats on {network_name(cluster, self.network)}"


class HangClusterService(NodeRequest, frozen=True, tag="hang-cluster-service"):
    """Let a node's cluster service stop answering, while the node and its VMs run on."""

    def title(self, cluster: Cluster) -> str:
        """See Request.title."""
        return f"Hang the cluster service of {node_name(cluster, self.node)}"

    def node_problems(self, cluster: Cluster, state: NodeState) -> tuple[Problem, ...]:
        """See NodeRequest.node_problems."""
        node = cluster.nodes[self.node]
        if not node.is_up:
            return (Problem("not-up", f"{node.name} is {state.value}: no cluster service runs there."),)
        if node.service is ServiceState.HUNG:
            return (Problem("hangs-already", f"The cluster service of {node.name} hangs already."),)
        return ()

    def powershell(self, cluster: Cluster) -> str:
        """See Request.powershell."""
        return f"# a fault inside clussvc.exe on {node_name(cluster, self.node)}: no cmdlet causes it"


class FailWitnessShare(Request, frozen=True, tag="fail-witness-share"):
    """Let the server of the file share witness go down."""

    def title(self, cluster: Cluster) -> str:
        """See Request.title."""
        return "Fail the file share witness"

    def check(self, cluster: Cluster) -> tuple[Problem, ...]:
        """See Request.check."""
        return () if cluster.quorum.share_up else (Problem("down-already", "The file share witness is down already."),)

    def powershell(self, cluster: Cluster) -> str:
        """See Request.powershell."""
        return f"# on the server of {cluster.quorum.witness_share or 'the file share witness'}: Stop-Computer"


class RestoreWitnessShare(Request, frozen=True, tag="restore-witness-share"):
    """Let the server of the file share witness answer again."""

    def title(self, cluster: Cluster) -> str:
        """See Request.title."""
        return "Restore the file share witness"

    def check(self, cluster: Cluster) -> tuple[Problem, ...]:
        """See Request.check."""
        if cluster.quorum.share_up:
            return (Problem("up-already", "Nothing is wrong with the file share witness."),)
        return ()

    def powershell(self, cluster: Cluster) -> str:
        """See Request.powershell."""
        return f"# switch the server of {cluster.quorum.witness_share or 'the file share witness'} on"
