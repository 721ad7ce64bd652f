"""Requests on how the cluster treats a VM: who may own it, who should, and what a failure does (the tabs General,
Failover and Advanced Policies of its properties). All of them take effect at once, whatever the VM is doing."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from hvgui.cluster.cluster import Cluster
from hvgui.cluster.ids import NodeId, VmId
from hvgui.cluster.machines import Failback, FailoverPolicy, Priority, VirtualMachine
from hvgui.requests.problems import Problem, warning
from hvgui.requests.request import Request, node_name, quoted, vm_name

_DAY_HOURS = 24
_LONGEST_HOURS = 10_000.0
_LONGEST_DELAY_SECONDS = 86_400.0


class _PolicyRequest(Request, frozen=True):
    """Its VM is there and clustered; subclasses say what else must be so."""

    vm: VmId

    def check(self, cluster: Cluster) -> tuple[Problem, ...]:
        """See Request.check."""
        vm = cluster.vms.get(self.vm)
        if vm is None:
            return (Problem("no-such-vm", f"There is no {vm_name(cluster, self.vm)} in this cluster."),)
        if not vm.highly_available:
            text = f"{vm.name} is not a clustered VM, so the cluster does nothing for it."
            return (Problem("not-clustered", text, "Make it highly available first."),)
        return tuple(self.problems_of(cluster, vm))

    def problems_of(self, cluster: Cluster, vm: VirtualMachine) -> Iterable[Problem]:
        """What else stands in the way, and warnings."""
        raise NotImplementedError


class SetOwners(_PolicyRequest, frozen=True, tag="set-owners"):
    """Say which nodes may own a VM, and which should, in which order."""

    preferred: tuple[NodeId, ...] = ()
    possible: tuple[NodeId, ...] | None = None
    """None: every node."""

    def title(self, cluster: Cluster) -> str:
        """See Request.title."""
        return f"Set the owners of {vm_name(cluster, self.vm)}"

    def problems_of(self, cluster: Cluster, vm: VirtualMachine) -> Iterator[Problem]:
        """See _PolicyRequest.problems_of."""
        named = [*self.preferred, *(self.possible or ())]
        unknown = [node for node in named if node not in cluster.nodes]
        if unknown:
            yield Problem("no-such-node", f"There is no {node_name(cluster, unknown[0])} in this cluster.")
            return
        if len(set(self.preferred)) < len(self.preferred) or len(set(self.possible or ())) < len(self.possible or ()):
            yield Problem("twice", "A node is named twice.", "Name each node once.")
        if self.possible is None:
            return
        if not self.possible:
            yield Problem("no-owner", f"No node could own {vm.name} any more.", "Leave at least one.")
        yield from self._bound(cluster, vm)
        apart = [node for node in self.preferred if node not in self.possible]
        if apart:
            text = f"{node_name(cluster, apart[0])} is preferred, and no possible owner of {vm.name}."
            yield warning("preferred-not-possible", text)

    def _bound(self, cluster: Cluster, vm: VirtualMachine) -> Iterator[Problem]:
        """Where it runs, or is on its way to, it must be allowed to."""
        task = cluster.tasks.get(vm.task) if vm.task is not None else None
        places = [vm.owner] if vm.state.holds_memory else []
        places += [task.source, task.target] if task is not None else []
        outside = [node for node in places if node not in (self.possible or ())]
        if outside:
            text = f"{vm.name} runs on {node_name(cluster, outside[0])}, or is on its way there or from there."
            yield Problem("runs-there", text, "Move it to another node first, or leave that one possible.")

    def powershell(self, cluster: Cluster) -> str:
        """See Request.powershell."""
        name = quoted(vm_name(cluster, self.vm))
        preferred = ", ".join(node_name(cluster, node) for node in self.preferred)
        possible = ", ".join(node_name(cluster, node) for node in self.possible or cluster.nodes)
        resource = quoted(f"Virtual Machine {vm_name(cluster, self.vm)}")
        return (
            f"Set-ClusterOwnerNode -Group {name} -Owners {preferred or '@()'}; "
            f"Set-ClusterOwnerNode -Resource {resource} -Owners {possible}"
        )


class SetFailoverPolicy(_PolicyRequest, frozen=True, tag="set-failover-policy"):
    """Say what a failure of a VM, or of its node, leads to."""

    policy: FailoverPolicy = FailoverPolicy()
    anti_affinity: tuple[str, ...] = ()
    start_delay_seconds: float = 0.0
    priority: Priority = Priority.MEDIUM

    def title(self, cluster: Cluster) -> str:
        """See Request.title."""
        return f"Set the failover policy of {vm_name(cluster, self.vm)}"

    def problems_of(self, cluster: Cluster, vm: VirtualMachine) -> Iterator[Problem]:
        """See _PolicyRequest.problems_of."""
        policy = self.policy
        if policy.most_failures is not None and not 0 <= policy.most_failures <= 1_000_000:
            yield Problem("failures", "The maximum of failures is 0 to 1,000,000.")
        if not 0.0 < policy.period_hours <= _LONGEST_HOURS:
            yield Problem("period", f"The period is more than 0 and at most {_LONGEST_HOURS:,.0f} hours.")
        if not 0.0 <= self.start_delay_seconds <= _LONGEST_DELAY_SECONDS:
            yield Problem("delay", "A start is delayed by a day at most.")
        if not all(0 <= hour < _DAY_HOURS for hour in (policy.from_hour, policy.to_hour)):
            yield Problem("hours", "The hours of failback are 0 to 23.")
        if not all(name.strip() for name in self.anti_affinity):
            yield Problem("class", "An anti-affinity class has no name.", "Give it one, or leave it out.")
        if policy.failback is not Failback.PREVENT and not vm.preferred_owners:
            text = f"{vm.name} has no preferred owner that it could go back to."
            yield warning("no-preferred-owner", text, "Tick one under its preferred owners.")

    def powershell(self, cluster: Cluster) -> str:
        """See Request.powershell."""
        policy = self.policy
        most = "$null" if policy.most_failures is None else str(policy.most_failures)
        hours = f" $g.FailbackWindowStart = {policy.from_hour}; $g.FailbackWindowEnd = {policy.to_hour};"
        classes = ", ".join(quoted(name) for name in self.anti_affinity)
        return (
            f"$g = Get-ClusterGroup {quoted(vm_name(cluster, self.vm))}; $g.FailoverThreshold = {most}; "
            f"$g.FailoverPeriod = {policy.period_hours:g}; "
            f"$g.AutoFailbackType = {int(policy.failback is not Failback.PREVENT)};"
            f"{hours if policy.failback is Failback.BETWEEN_HOURS else ''} "
            f"$g.AntiAffinityClassNames = @({classes}); $g.Priority = {int(self.priority)}"
        )
