"""The request that takes a server out of the lab for good."""

from __future__ import annotations

from collections.abc import Iterator

from hvgui.cluster.cluster import Cluster
from hvgui.cluster.machines import VirtualMachine
from hvgui.cluster.maintenance import PlanState
from hvgui.cluster.nodes import NodeState
from hvgui.cluster.storage import VirtualDisk
from hvgui.requests.faults import NodeRequest
from hvgui.requests.problems import Problem
from hvgui.requests.request import node_name, quoted
from hvgui.requests.storage_names import lun_name, vm_names


class RemoveServer(NodeRequest, frozen=True, tag="remove-server"):
    """Take a server that is not a member out of the lab, with its links and paths; its number is not used again."""

    def title(self, cluster: Cluster) -> str:
        """See Request.title."""
        return f"Remove the server {node_name(cluster, self.node)} from the lab"

    def node_problems(self, cluster: Cluster, state: NodeState) -> tuple[Problem, ...]:
        """See NodeRequest.node_problems."""
        node = cluster.nodes[self.node]
        if node.is_member:
            return (Problem("member", f"{node.name} is a node of {cluster.name}.", "Evict it first."),)
        if state is NodeState.JOINING:
            return (Problem("boots", f"{node.name} boots.", "Wait until it has, or pull its plug."),)
        return (*self._machines(cluster), *self._storage(cluster), *self._plans(cluster))

    def _machines(self, cluster: Cluster) -> Iterator[Problem]:
        name, here = node_name(cluster, self.node), cluster.vms_on(self.node)
        if here:
            yield Problem("vms-there", f"{name} still has {vm_names(cluster, here)}.", "Move or delete them first.")
        if cluster.tasks_on(self.node):
            text = f"A task is under way to or from {name}."
            yield Problem("tasks", text, "Wait until that has ended, or cancel it.")
        bound = [vm.id for vm in cluster.vms.values() if vm.possible_owners == (self.node,)]
        if bound:
            text = f"{name} is the only possible owner of {vm_names(cluster, bound)}."
            yield Problem("only-owner", text, "Give it other possible owners, or delete it.")

    def _storage(self, cluster: Cluster) -> Iterator[Problem]:
        name = node_name(cluster, self.node)
        holders = [vm.id for vm in cluster.vms.values() if any(disk.local_node == self.node for disk in _all_disks(vm))]
        if holders:
            text = f"Files of {vm_names(cluster, holders)} lie on {name}'s own disk."
            yield Problem("files-there", text, "Move or delete them first.")
        loose = [one.disk for one in cluster.detached_disks.values() if one.disk.local_node == self.node]
        if loose:
            text = f"The disk file {loose[0].path} lies on {name}'s own disk."
            yield Problem("files-there", text, "Delete it first.")
        owned = [lun.id for lun in cluster.luns.values() if self.node in (lun.owner, lun.moving_to)]
        if owned:
            yield Problem("owns-lun", f"{name} owns {lun_name(cluster, owned[0])}.", "Bring another node up first.")
        kept = [one.name for one in cluster.volumes.values() if self.node in (one.coordinator, one.moving_to)]
        if kept:
            yield Problem("coordinates", f"{name} coordinates {kept[0]}.", "Bring another node up first.")

    def _plans(self, cluster: Cluster) -> Iterator[Problem]:
        plan = cluster.maintenance
        if plan.state is PlanState.RUNNING and self.node in plan.nodes:
            text = f"A plan of maintenance waits for {node_name(cluster, self.node)}."
            yield Problem("plan-runs", text, "Wait until it has ended, or cancel it.")

    def powershell(self, cluster: Cluster) -> str:
        """See Request.powershell."""
        name = node_name(cluster, self.node)
        return f"Remove-Computer -ComputerName {quoted(name)} -Force  # and take {name} out of the rack"


def _all_disks(vm: VirtualMachine) -> Iterator[VirtualDisk]:
    """Those it has, and those that its snapshots have frozen."""
    yield from vm.disks
    for one in vm.snapshots:
        yield from one.disks
