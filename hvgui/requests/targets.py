"""Where a VM should go: every node rated in stars, with the problems that stand in the way."""

from __future__ import annotations

import msgspec

from hvgui.cluster.cluster import Cluster
from hvgui.cluster.ids import NodeId, VmId
from hvgui.requests.migration import LiveMigrate, MoveVm, QuickMigrate
from hvgui.requests.problems import Problem, blockers


class Target(msgspec.Struct, frozen=True):
    """A node as a place for a VM. `stars` is 0 (not suitable) to 5 in halves."""

    node: NodeId
    stars: float
    problems: tuple[Problem, ...]
    explanation: str

    @property
    def is_suitable(self) -> bool:
        """Whether nothing blocks it."""
        return not blockers(self.problems)


def rate_targets(
    cluster: Cluster,
    vm: VmId,
    kind: type[LiveMigrate | QuickMigrate | MoveVm] = LiveMigrate,
    cpu_shares: dict[NodeId, float] | None = None,
) -> tuple[Target, ...]:
    """All nodes but the VM's owner, best first.

    A rating of our own (SCVMM's formula is not published): what would be left on the node once the VM is there, the
    scarcer of memory and processor deciding: five stars for half of it free and more. `cpu_shares` is the present load
    of the nodes (0..1); without it, memory alone decides.
    """
    record = cluster.vms[vm]
    rated = [
        _rated(cluster, kind(vm=vm, to=node), record.memory_bytes, (cpu_shares or {}).get(node))
        for node in cluster.nodes
        if node != record.owner
    ]
    return tuple(sorted(rated, key=lambda target: (not target.is_suitable, -target.stars, target.node)))


def _rated(
    cluster: Cluster, request: LiveMigrate | QuickMigrate | MoveVm, memory_bytes: int, cpu_share: float | None
) -> Target:
    problems = request.check(cluster)
    node = cluster.nodes[request.to]
    memory_left = (cluster.free_bytes_on(node.id) - memory_bytes) / max(1, node.memory_for_vms_bytes)
    left = memory_left if cpu_share is None else min(memory_left, 1.0 - cpu_share)
    explanation = f"{max(0.0, memory_left):.0%} of its memory left"
    if cpu_share is not None:
        explanation += f", {max(0.0, 1 - cpu_share):.0%} of its processors idle"
    if blockers(problems):
        return Target(node.id, 0.0, problems, str(blockers(problems)[0]))
    stars = min(5.0, max(0.5, round(left * 20) / 2))
    return Target(node.id, stars, problems, explanation)
