"""A VM's failover policy in words."""

from __future__ import annotations

from collections.abc import Iterable

from hvgui.cluster.cluster import Cluster
from hvgui.cluster.ids import NodeId
from hvgui.cluster.machines import Failback, VirtualMachine
from hvgui.cluster.membership import members
from hvgui.cluster.units import format_seconds
from hvgui.gui.facts import Facts
from hvgui.gui.tables.vm_columns import priority_of
from hvgui.gui.wording import is_pending, node_name
from hvgui.gui.words import tr

FAILBACKS = {
    Failback.PREVENT: "Prevent failback",
    Failback.IMMEDIATELY: "Allow failback immediately",
    Failback.BETWEEN_HOURS: "Allow failback between hours",
}


def default_failures(cluster: Cluster) -> int:
    """Failovers in the period that a VM may have where nobody has said: one less than there are nodes."""
    return max(1, len(members(cluster)) - 1)


def names_of(cluster: Cluster, nodes: Iterable[NodeId]) -> str:
    """Nodes by name, in their order."""
    return ", ".join(node_name(cluster, node) for node in nodes)


def failover_rows(facts: Facts, vm: VirtualMachine) -> tuple[tuple[str, str], ...]:
    """A VM's page: captions and values; what it waits for stands first."""
    cluster = facts.cluster
    possible = tr("Every node") if vm.possible_owners is None else names_of(cluster, vm.possible_owners)
    return (
        *_waiting_rows(vm),
        (tr("Priority"), priority_of(vm)),
        (tr("Preferred owners"), names_of(cluster, vm.preferred_owners) or tr("none")),
        (tr("Possible owners"), possible),
        (tr("Failures at most"), _failures(cluster, vm)),
        (tr("Failback"), failback_words(vm)),
        (tr("Anti-affinity"), ", ".join(vm.anti_affinity) or tr("none")),
        (tr("Start delay"), format_seconds(vm.start_delay_seconds) if vm.start_delay_seconds else tr("none")),
    )


def _waiting_rows(vm: VirtualMachine) -> tuple[tuple[str, str], ...]:
    if is_pending(vm):
        clears = tr("It starts by itself as soon as a node takes it.")
        return ((tr("Waits"), vm.pending), (tr("What clears it"), clears))
    if vm.is_failed:
        clears = tr("Start it, or move it to another node; failures are counted anew then.")
        return ((tr("Failed"), vm.pending), (tr("What clears it"), clears))
    return ()


def _failures(cluster: Cluster, vm: VirtualMachine) -> str:
    most = default_failures(cluster) if vm.failover.most_failures is None else vm.failover.most_failures
    words = tr("{most} in {hours} hours", most=f"{most:,}", hours=f"{vm.failover.period_hours:g}")
    counted_now = len(vm.failed_over_ns)
    return tr("{words}; {count} counted", words=words, count=counted_now) if counted_now else words


def failback_words(vm: VirtualMachine) -> str:
    """Whether it goes back to a preferred owner."""
    policy = vm.failover
    if policy.failback is not Failback.BETWEEN_HOURS:
        return tr(FAILBACKS[policy.failback])
    return tr("Allow failback between {first}:00 and {last}:00", first=policy.from_hour, last=policy.to_hour)
