"""Requests on a node as a member of the cluster: drained, its cluster service stopped and started, evicted, added."""

from __future__ import annotations

from collections.abc import Iterator

from hvgui.cluster.cluster import Cluster
from hvgui.cluster.hearing import hears
from hvgui.cluster.membership import members, standing, tally_of
from hvgui.cluster.nodes import DrainState, Node, NodeState, ServiceState
from hvgui.requests.faults import NodeRequest
from hvgui.requests.problems import Problem, warning
from hvgui.requests.request import node_name, quoted
from hvgui.requests.server_processors import processor_warnings
from hvgui.requests.storage_names import vm_names


class DrainNode(NodeRequest, frozen=True, tag="drain-node"):
    """Pause a node and live-migrate its clustered VMs to the others (an extension of hvgui before 2012)."""

    def title(self, cluster: Cluster) -> str:
        """See Request.title."""
        ours = "" if cluster.profile.features.drain else " (hvgui's own before 2012)"
        return f"Drain {node_name(cluster, self.node)}{ours}"

    def node_problems(self, cluster: Cluster, state: NodeState) -> tuple[Problem, ...]:
        """See NodeRequest.node_problems."""
        node = cluster.nodes[self.node]
        if node.drain is DrainState.IN_PROGRESS:
            return (Problem("draining", f"{node.name} is being drained already."),)
        if not node.is_up:
            return (Problem("not-up", f"{node.name} is {node.state_words}, not up.", "Bring it up first."),)
        if node.service is not ServiceState.RUNNING:
            text = f"The cluster service of {node.name} hangs."
            return (Problem("service-hangs", text, "Wait until the node has restarted."),)
        if not any(one.takes_vms and one.id != self.node for one in cluster.nodes.values()):
            return (Problem("no-other", f"No other node takes the VMs of {node.name}.", "Resume or start one."),)
        return ()

    def powershell(self, cluster: Cluster) -> str:
        """See Request.powershell."""
        name = quoted(node_name(cluster, self.node))
        if cluster.profile.features.drain:
            return f"Suspend-ClusterNode -Name {name} -Drain"
        moves = "Get-ClusterGroup | Where-Object { $_.OwnerNode -eq $n } | Move-ClusterVirtualMachineRole"
        return f"$n = Suspend-ClusterNode -Name {name}; {moves}"


class StopClusterService(NodeRequest, frozen=True, tag="stop-cluster-service"):
    """Stop a node's cluster service: its clustered VMs are quick-migrated to the others first, what is left stops."""

    def title(self, cluster: Cluster) -> str:
        """See Request.title."""
        return f"Stop the cluster service on {node_name(cluster, self.node)}"

    def node_problems(self, cluster: Cluster, state: NodeState) -> tuple[Problem, ...]:
        """See NodeRequest.node_problems."""
        node = cluster.nodes[self.node]
        if state is NodeState.ISOLATED:
            return ()
        if not node.is_up:
            return (Problem("not-up", f"{node.name} is {node.state_words}: no cluster service runs there."),)
        if node.service is not ServiceState.RUNNING:
            text = f"The cluster service of {node.name} hangs, and does not answer a request to stop either."
            return (Problem("service-hangs", text, "Wait until the node has restarted, or crash it."),)
        if node.drain is DrainState.IN_PROGRESS:
            return (Problem("draining", f"{node.name} is being drained.", "Wait until that has ended, or resume it."),)
        return tuple(_leaving_problems(cluster, self))

    def powershell(self, cluster: Cluster) -> str:
        """See Request.powershell."""
        return f"Stop-ClusterNode -Name {quoted(node_name(cluster, self.node))}"


def _leaving_problems(cluster: Cluster, request: NodeRequest) -> Iterator[Problem]:
    """What a node leaves behind."""
    now = standing(cluster)
    left = [node for node in now.active if node != request.node]
    votes = tally_of(cluster, left, with_witness=now.has_witness)
    if now.active and not votes.has_quorum and not cluster.profile.features.dynamic_quorum:
        text = f"Without {node_name(cluster, request.node)} there are {votes}: the whole cluster stops."
        yield warning("stops-cluster", text, "Bring other nodes up first.")
    vms = [
        vm
        for vm in cluster.vms_on(request.node)
        if cluster.vms[vm].highly_available and cluster.vms[vm].state.holds_memory
    ]
    if vms:
        yield warning("vms-move", f"{vm_names(cluster, vms)}: saved, moved to other nodes and restored there.")


class StartClusterService(NodeRequest, frozen=True, tag="start-cluster-service"):
    """Start a cluster service that somebody has stopped; the node joins."""

    def title(self, cluster: Cluster) -> str:
        """See Request.title."""
        return f"Start the cluster service on {node_name(cluster, self.node)}"

    def node_problems(self, cluster: Cluster, state: NodeState) -> tuple[Problem, ...]:
        """See NodeRequest.node_problems."""
        node = cluster.nodes[self.node]
        if not node.is_member:
            return (Problem("not-member", f"{node.name} is not in the cluster.", "Add it to the cluster."),)
        if state is NodeState.DOWN and node.service is ServiceState.STOPPED:
            return ()
        if state is NodeState.DOWN:
            return (Problem("no-power", f"{node.name} is switched off.", "Power it on."),)
        return (Problem("runs-already", f"The cluster service of {node.name} has been started already."),)

    def powershell(self, cluster: Cluster) -> str:
        """See Request.powershell."""
        return f"Start-ClusterNode -Name {quoted(node_name(cluster, self.node))}"


class EvictNode(NodeRequest, frozen=True, tag="evict-node"):
    """Take a node out of the cluster for good."""

    def title(self, cluster: Cluster) -> str:
        """See Request.title."""
        return f"Evict {node_name(cluster, self.node)}"

    def node_problems(self, cluster: Cluster, state: NodeState) -> tuple[Problem, ...]:
        """See NodeRequest.node_problems."""
        node = cluster.nodes[self.node]
        if not node.is_member:
            return (Problem("not-member", f"{node.name} is not in the cluster."),)
        if state is NodeState.JOINING:
            return (Problem("joining", f"{node.name} is joining.", "Wait until it has, or crash it."),)
        if len(members(cluster)) < 2:
            text = f"{node.name} is the only node of {cluster.name}."
            return (Problem("last-node", text, "Add another node first."),)
        if not [one for one in standing(cluster).active if one != self.node]:
            text = f"No other node of {cluster.name} is up to evict {node.name}."
            return (Problem("no-quorum", text, "Bring another node up first."),)
        return tuple(self._bound(cluster))

    def _bound(self, cluster: Cluster) -> Iterator[Problem]:
        name = node_name(cluster, self.node)
        busy = [
            vm
            for vm in cluster.vms_on(self.node)
            if cluster.vms[vm].highly_available and (cluster.vms[vm].state.holds_memory or cluster.vms[vm].task)
        ]
        coming = [task.vm for task in cluster.tasks_on(self.node) if task.vm not in busy]
        if busy or coming:
            names = vm_names(cluster, list(dict.fromkeys([*busy, *coming])))
            text = f"{name} still has, or is about to get, {names}."
            yield Problem("vms-there", text, "Drain the node first.")
        bound = [vm.id for vm in cluster.vms.values() if vm.possible_owners == (self.node,)]
        if bound:
            text = f"{name} is the only possible owner of {vm_names(cluster, bound)}."
            yield Problem("only-owner", text, "Give it other possible owners, or delete it.")

    def powershell(self, cluster: Cluster) -> str:
        """See Request.powershell."""
        return f"Remove-ClusterNode -Name {quoted(node_name(cluster, self.node))}"


class AddNode(NodeRequest, frozen=True, tag="add-node"):
    """Make a server a member of the cluster: one that has been evicted, or was never in it."""

    def title(self, cluster: Cluster) -> str:
        """See Request.title."""
        return f"Add {node_name(cluster, self.node)} to {cluster.name}"

    def node_problems(self, cluster: Cluster, state: NodeState) -> tuple[Problem, ...]:
        """See NodeRequest.node_problems."""
        node = cluster.nodes[self.node]
        if node.is_member:
            return (Problem("member-already", f"{node.name} is in the cluster already."),)
        if not node.has_power:
            return (Problem("no-power", f"{node.name} is {state.value}.", "Power it on first."),)
        if not standing(cluster).active:
            text = f"{cluster.name} has no quorum at present."
            return (Problem("no-quorum", text, "Bring its nodes back first."),)
        most = cluster.profile.limits.nodes
        if len(members(cluster)) >= most:
            text = f"{cluster.name} has {most} nodes, as many as {cluster.profile.name} allows."
            return (Problem("too-many-nodes", text, "Evict a node first."),)
        return _domain_problems(cluster, node) or tuple(_hardware_problems(cluster, node))

    def powershell(self, cluster: Cluster) -> str:
        """See Request.powershell."""
        return f"Add-ClusterNode -Name {quoted(node_name(cluster, self.node))}"


def _domain_problems(cluster: Cluster, node: Node) -> tuple[Problem, ...]:
    """A failover cluster needs a domain, and its nodes are all in the same one."""
    if not node.domain and any(cluster.nodes[one].domain for one in members(cluster)):
        text = f"{node.name} is a member of no domain, which a failover cluster needs."
        return (Problem("no-domain", text, "Let it join the cluster's domain first."),)
    if cluster.domain and node.domain and node.domain.lower() != cluster.domain.lower():
        text = f"{node.name} is in the domain {node.domain}, {cluster.name} in {cluster.domain}."
        return (Problem("other-domain", text, "Let it join the cluster's domain first."),)
    return ()


def _hardware_problems(cluster: Cluster, node: Node) -> Iterator[Problem]:
    """A node that could run no VM is none; who hears nobody waits; processors decide who may migrate."""
    if not node.hardware_virtualisation:
        text = f"{node.name} has no hardware virtualisation switched on, which Hyper-V needs."
        remedy = "Switch it on in its firmware and start it anew, or replace its processors."
        yield Problem("no-virtualisation", text, remedy)
        return
    if not any(hears(cluster, node.id, other) for other in standing(cluster).active):
        text = f"{node.name} hears no node of {cluster.name}: it waits until it does."
        remedy = "Give it a link to a network that carries cluster traffic, and let its firewall pass that."
        yield warning("not-joined", text, remedy)
    yield from processor_warnings(cluster, node)
