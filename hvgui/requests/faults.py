"""Requests that break things and mend them: links cut, slowed and restored, nodes crashed, powered on, paused."""

from __future__ import annotations

from hvgui.cluster.cluster import Cluster
from hvgui.cluster.ids import NetworkId, NodeId
from hvgui.cluster.nodes import NodeState
from hvgui.cluster.units import format_link_speed
from hvgui.requests.problems import Problem, warning
from hvgui.requests.request import Request, node_name, quoted


class LinkRequest(Request, frozen=True):
    """What the requests on one node's link to one network have in common."""

    node: NodeId
    network: NetworkId

    def place(self, cluster: Cluster) -> str:
        """The link in words."""
        network = cluster.networks.get(self.network)
        name = network.name if network is not None else f"network no. {self.network}"
        return f"the link of {node_name(cluster, self.node)} to {name}"

    def check(self, cluster: Cluster) -> tuple[Problem, ...]:
        """See Request.check."""
        link = cluster.links.get((self.node, self.network))
        if link is None:
            return (Problem("no-such-link", f"There is no such thing as {self.place(cluster)}."),)
        return self.link_problems(cluster, up=link.up)

    def link_problems(self, cluster: Cluster, *, up: bool) -> tuple[Problem, ...]:
        """What stands in the way, given whether the link is up."""
        raise NotImplementedError


class CutLink(LinkRequest, frozen=True, tag="cut-link"):
    """Pull the cable between a node and a network."""

    def title(self, cluster: Cluster) -> str:
        """See Request.title."""
        return f"Cut {self.place(cluster)}"

    def link_problems(self, cluster: Cluster, *, up: bool) -> tuple[Problem, ...]:
        """See LinkRequest.link_problems."""
        return () if up else (Problem("cut-already", f"Somebody has cut {self.place(cluster)} already."),)

    def powershell(self, cluster: Cluster) -> str:
        """See Request.powershell."""
        return f"# on {node_name(cluster, self.node)}: Disable-NetAdapter, or pull the cable"


class RestoreLink(LinkRequest, frozen=True, tag="restore-link"):
    """Plug the cable in again."""

    def title(self, cluster: Cluster) -> str:
        """See Request.title."""
        return f"Restore {self.place(cluster)}"

    def link_problems(self, cluster: Cluster, *, up: bool) -> tuple[Problem, ...]:
        """See LinkRequest.link_problems."""
        return (Problem("up-already", f"Nothing is wrong with {self.place(cluster)}."),) if up else ()

    def powershell(self, cluster: Cluster) -> str:
        """See Request.powershell."""
        return f"# on {node_name(cluster, self.node)}: Enable-NetAdapter, or plug the cable in"


class SetLinkSpeed(LinkRequest, frozen=True, tag="set-link-speed"):
    """Give a link another nominal speed: a slower port, a duplex mismatch, an upgrade."""

    bytes_per_second: float

    def title(self, cluster: Cluster) -> str:
        """See Request.title."""
        return f"Set {self.place(cluster)} to {format_link_speed(self.bytes_per_second)}"

    def link_problems(self, cluster: Cluster, *, up: bool) -> tuple[Problem, ...]:
        """See LinkRequest.link_problems."""
        if not 1_000 <= self.bytes_per_second <= 1e12:
            return (Problem("speed", "A link's speed is between 8 kbit/s and 8,000 Gbit/s."),)
        return () if up else (warning("cut", f"It takes effect once somebody restores {self.place(cluster)}."),)

    def powershell(self, cluster: Cluster) -> str:
        """See Request.powershell."""
        return f"# a switch port's speed: no cmdlet changes {self.place(cluster)}"


class NodeRequest(Request, frozen=True):
    """What the requests on one node have in common."""

    node: NodeId

    def check(self, cluster: Cluster) -> tuple[Problem, ...]:
        """See Request.check."""
        node = cluster.nodes.get(self.node)
        if node is None:
            return (Problem("no-such-node", f"There is no {node_name(cluster, self.node)} in this cluster."),)
        return self.node_problems(cluster, node.state)

    def node_problems(self, cluster: Cluster, state: NodeState) -> tuple[Problem, ...]:
        """What stands in the way, given the node's state."""
        raise NotImplementedError


class CrashNode(NodeRequest, frozen=True, tag="crash-node"):
    """Pull a node's power plug."""

    def title(self, cluster: Cluster) -> str:
        """See Request.title."""
        return f"Crash {node_name(cluster, self.node)}"

    def node_problems(self, cluster: Cluster, state: NodeState) -> tuple[Problem, ...]:
        """See NodeRequest.node_problems."""
        name = node_name(cluster, self.node)
        if state is NodeState.DOWN and not cluster.nodes[self.node].has_power:
            return (Problem("down-already", f"{name} is down already."),)
        running = sum(cluster.vms[vm].state.holds_memory for vm in cluster.vms_on(self.node))
        if not running:
            return ()
        return (
            warning("vms-die", f"{running} VMs on {name} die with it." if running > 1 else f"A VM on {name} dies."),
        )

    def powershell(self, cluster: Cluster) -> str:
        """See Request.powershell."""
        return f"# pull the plug of {node_name(cluster, self.node)}; there is no cmdlet for a crash"


class PowerOnNode(NodeRequest, frozen=True, tag="power-on-node"):
    """Switch a crashed node on; it boots and joins."""

    def title(self, cluster: Cluster) -> str:
        """See Request.title."""
        return f"Power on {node_name(cluster, self.node)}"

    def node_problems(self, cluster: Cluster, state: NodeState) -> tuple[Problem, ...]:
        """See NodeRequest.node_problems."""
        name = node_name(cluster, self.node)
        if state is NodeState.DOWN and not cluster.nodes[self.node].has_power:
            return ()
        if state is NodeState.DOWN:
            text = f"{name} has power; its cluster service is stopped."
            return (Problem("not-down", text, "Start its cluster service."),)
        return (Problem("not-down", f"{name} is {state.value}, not down."),)

    def powershell(self, cluster: Cluster) -> str:
        """See Request.powershell."""
        return f"# press the power button of {node_name(cluster, self.node)}"


class PauseNode(NodeRequest, frozen=True, tag="pause-node"):
    """Let a node keep its VMs and take no more."""

    def title(self, cluster: Cluster) -> str:
        """See Request.title."""
        return f"Pause {node_name(cluster, self.node)}"

    def node_problems(self, cluster: Cluster, state: NodeState) -> tuple[Problem, ...]:
        """See NodeRequest.node_problems."""
        if state is NodeState.UP:
            return ()
        return (Problem("not-up", f"{node_name(cluster, self.node)} is {state.value}, not up."),)

    def powershell(self, cluster: Cluster) -> str:
        """See Request.powershell."""
        return f"Suspend-ClusterNode -Name {quoted(node_name(cluster, self.node))}"


class ResumeNode(NodeRequest, frozen=True, tag="resume-node"):
    """Let a paused node take VMs again."""

    def title(self, cluster: Cluster) -> str:
        """See Request.title."""
        return f"Resume {node_name(cluster, self.node)}"

    def node_problems(self, cluster: Cluster, state: NodeState) -> tuple[Problem, ...]:
        """See NodeRequest.node_problems."""
        if state is NodeState.PAUSED:
            return ()
        return (Problem("not-paused", f"{node_name(cluster, self.node)} is {state.value}, not paused."),)

    def powershell(self, cluster: Cluster) -> str:
        """See Request.powershell."""
        return f"Resume-ClusterNode -Name {quoted(node_name(cluster, self.node))}"
