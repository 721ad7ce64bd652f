"""Requests on rolling maintenance (hvgui's own: what Cluster-Aware Updating does from 2012 on)."""

from __future__ import annotations

from collections.abc import Iterator

from hvgui.cluster.cluster import Cluster
from hvgui.cluster.ids import NodeId
from hvgui.cluster.maintenance import PlanState
from hvgui.cluster.membership import standing, tally_of
from hvgui.cluster.units import format_bytes
from hvgui.requests.node_service import DrainNode
from hvgui.requests.problems import Problem, blockers, warning
from hvgui.requests.request import Request, node_name, node_names
from hvgui.requests.storage_names import vm_names

_LONGEST_SECONDS = 7 * 86_400.0


class PatchNodes(Request, frozen=True, tag="patch-nodes"):
    """Drain, restart and resume one node after the other; the plan ends where a node can't be drained."""

    nodes: tuple[NodeId, ...] = ()
    """In this order; empty: every node that is up, in the order of their numbers."""
    restarts: bool = True
    offline_seconds: float = 300.0
    """How long a node is off before it boots again."""

    def title(self, cluster: Cluster) -> str:
        """See Request.title."""
        names = node_names(cluster, self.nodes) if self.nodes else "every node"
        return f"Rolling maintenance of {names}"

    def meant(self, cluster: Cluster) -> tuple[NodeId, ...]:
        """The nodes in their order."""
        return self.nodes or tuple(node.id for node in cluster.nodes.values() if node.is_up)

    def check(self, cluster: Cluster) -> tuple[Problem, ...]:
        """See Request.check."""
        unknown = [node for node in self.nodes if node not in cluster.nodes]
        if unknown:
            return (Problem("no-such-node", f"There is no {node_name(cluster, unknown[0])} in this cluster."),)
        if len(set(self.nodes)) < len(self.nodes):
            return (Problem("twice", "A node is named twice.", "Name each node once."),)
        if cluster.maintenance.state is PlanState.RUNNING:
            return (Problem("plan-runs", "A plan is under way already.", "Wait until it has ended, or cancel it."),)
        if not 0.0 <= self.offline_seconds <= _LONGEST_SECONDS:
            return (Problem("offline", "A node is off for a week at most."),)
        if not self.meant(cluster):
            return (Problem("no-node", "No node is up."),)
        return tuple(self._node_problems(cluster))

    def _node_problems(self, cluster: Cluster) -> Iterator[Problem]:
        for node in self.meant(cluster):
            yield from blockers(DrainNode(node).check(cluster))
        yield from self._room(cluster)
        if self.restarts:
            yield from self._votes(cluster)
            apart = [vm.id for vm in cluster.vms.values() if not vm.highly_available and vm.state.holds_memory]
            apart = [vm for vm in apart if cluster.vms[vm].owner in self.meant(cluster)]
            if apart:
                text = f"{vm_names(cluster, apart)}: not clustered, so off while the node restarts."
                yield warning("not-clustered", text)

    def _room(self, cluster: Cluster) -> Iterator[Problem]:
        """Whether the others have the memory for what a node gives away, all in all."""
        free = {node: max(0, cluster.free_bytes_on(node)) for node, one in cluster.nodes.items() if one.takes_vms}
        for node in self.meant(cluster):
            leaving = (cluster.vms[vm] for vm in cluster.vms_on(node) if cluster.vms[vm].highly_available)
            wanted = sum(vm.assigned_bytes for vm in leaving)
            there = sum(size for one, size in free.items() if one != node)
            if wanted > there:
                text = f"{node_name(cluster, node)} has {format_bytes(wanted)} of VMs to give away; the others have"
                text = f"{text} {format_bytes(there)} free."
                yield warning("no-room", text, "Shut VMs down first: the plan ends where a node can't be drained.")

    def _votes(self, cluster: Cluster) -> Iterator[Problem]:
        now = standing(cluster)
        for node in self.meant(cluster):
            left = [one for one in now.active if one != node]
            votes = tally_of(cluster, left, with_witness=now.has_witness)
            if not votes.has_quorum and not cluster.profile.features.dynamic_quorum:
                text = f"Without {node_name(cluster, node)} there are {votes}: the whole cluster would stop."
                yield Problem("stops-cluster", text, "Bring other nodes up first, or give the quorum a witness.")
                return

    def powershell(self, cluster: Cluster) -> str:
        """See Request.powershell."""
        names = ", ".join(node_name(cluster, node) for node in self.meant(cluster))
        if cluster.profile.features.drain:
            return f"Invoke-CauRun -ClusterName {cluster.name} -CauPluginName Microsoft.WindowsUpdatePlugin -Force"
        restart = "; Restart-Computer -ComputerName $n -Wait" if self.restarts else ""
        moves = "Get-ClusterNode $n | Get-ClusterGroup | Move-ClusterVirtualMachineRole"
        return f"foreach ($n in {names}) {{ Suspend-ClusterNode $n; {moves}{restart}; Resume-ClusterNode $n }}"


class CancelMaintenance(Request, frozen=True, tag="cancel-maintenance"):
    """End a plan: its present node is resumed (once it has booted), the others stay as they are."""

    def title(self, cluster: Cluster) -> str:
        """See Request.title."""
        return f"Cancel the maintenance of {cluster.name}"

    def check(self, cluster: Cluster) -> tuple[Problem, ...]:
        """See Request.check."""
        if cluster.maintenance.state is PlanState.RUNNING:
            return ()
        return (Problem("no-plan", "No plan is under way."),)

    def powershell(self, cluster: Cluster) -> str:
        """See Request.powershell."""
        return f"Stop-CauRun -ClusterName {cluster.name}"
