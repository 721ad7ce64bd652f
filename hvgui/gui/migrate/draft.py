"""What the dialog would ask for: kind, VMs, target, network, queue; and what that means for each VM. Without Qt."""

from __future__ import annotations

from dataclasses import dataclass

import msgspec

from hvgui.cluster.cluster import Cluster
from hvgui.cluster.ids import NetworkId, NodeId, VmId
from hvgui.cluster.machines import VmState
from hvgui.cluster.metrics import MetricsSample
from hvgui.cluster.tasks import TaskKind
from hvgui.gui.words import tr
from hvgui.requests.migration import LiveMigrate, MoveVm, QuickMigrate
from hvgui.requests.places import Places
from hvgui.requests.problems import Problem, Severity, blockers
from hvgui.requests.targets import Target

Migration = LiveMigrate | QuickMigrate | MoveVm

KINDS: dict[TaskKind, type[Migration]] = {
    TaskKind.LIVE_MIGRATION: LiveMigrate,
    TaskKind.QUICK_MIGRATION: QuickMigrate,
    TaskKind.MOVE: MoveVm,
}


@dataclass(frozen=True)
class Draft:
    """The form's content."""

    kind: TaskKind
    vms: tuple[VmId, ...]
    target: NodeId | None = None
    """None: the best node for each VM."""
    network: NetworkId | None = None
    """None: the first of the cluster's order that connects both nodes. Only for live migration."""
    queue: bool = False


@dataclass(frozen=True)
class Planned:
    """One VM's part of a draft: the request (None where no node takes it) and what stands in its way."""

    vm: VmId
    request: Migration | None
    problems: tuple[Problem, ...]

    @property
    def is_blocked(self) -> bool:
        """Whether it would be refused."""
        return self.request is None or bool(blockers(self.problems))

    @property
    def warnings(self) -> tuple[Problem, ...]:
        """What one should know beforehand."""
        return tuple(problem for problem in self.problems if problem.severity is Severity.WARNING)


def cpu_shares(sample: MetricsSample | None) -> dict[NodeId, float]:
    """Each node's processor load, from the newest figures."""
    if sample is None:
        return {}
    return {NodeId(row): float(share) for row, share in enumerate(sample.node_cpu_share)}


def request_for(draft: Draft, vm: VmId, to: NodeId) -> Migration:
    """The request that takes one VM to a node, as the draft says."""
    if draft.kind is TaskKind.LIVE_MIGRATION:
        return LiveMigrate(vm=vm, to=to, network=draft.network, queue=draft.queue)
    return KINDS[draft.kind](vm=vm, to=to)


def plan(draft: Draft, cluster: Cluster, shares: dict[NodeId, float]) -> tuple[Planned, ...]:
    """What the draft means for each VM, one after the other: each sees the nodes as those before it leave them."""
    world = cluster.fork() if len(draft.vms) > 1 else cluster
    planned = []
    for vm in draft.vms:
        one = _planned(draft, world, vm, shares)
        planned.append(one)
        if len(draft.vms) > 1 and not one.is_blocked and one.request is not None:
            world.put(msgspec.structs.replace(world.vms[vm], owner=one.request.to))
    return tuple(planned)


def _planned(draft: Draft, world: Cluster, vm: VmId, shares: dict[NodeId, float]) -> Planned:
    if vm not in world.vms:
        gone = Problem("no-such-vm", tr("This VM is no longer in the cluster."), tr("Close the dialog."))
        return Planned(vm, None, (gone,))
    if draft.target is not None:
        request = request_for(draft, vm, draft.target)
        return Planned(vm, request, request.check(world))
    return _planned_to_best(draft, world, vm, shares)


def _planned_to_best(draft: Draft, world: Cluster, vm: VmId, shares: dict[NodeId, float]) -> Planned:
    """The first node in the order of the rating that nothing blocks; the others are not even checked."""
    first: Problem | None = None
    for node in _ranked(world, vm, shares):
        request = request_for(draft, vm, node)
        problems = request.check(world)
        hindered = blockers(problems)
        if not hindered:
            return Planned(vm, request, problems)
        first = first or hindered[0]
    if first is None:
        return Planned(vm, None, (Problem("no-node", tr("There is no other node."), tr("Add a node.")),))
    message = tr("No node takes {vm}: {why}", vm=world.vms[vm].name, why=str(first))
    return Planned(vm, None, (Problem("no-node", message),))


def _ranked(world: Cluster, vm: VmId, shares: dict[NodeId, float]) -> list[NodeId]:
    """The other nodes by what would be left on them, as `Places` has it: the scarcer of memory and processor."""
    return Places(world, shares).ranked(world.vms[vm])


def targets_of(draft: Draft, cluster: Cluster, vm: VmId, shares: dict[NodeId, float]) -> tuple[Target, ...]:
    """Every other node rated for a VM, as the draft's own request would find it: a busy node is no blocker where that
    may wait in the queue."""
    return Places(cluster, shares).for_migration(cluster.vms[vm], lambda node: request_for(draft, vm, node))


def suits(draft: Draft, cluster: Cluster, node: NodeId) -> int:
    """How many of the draft's VMs could go to a node now, each taken alone."""
    count = 0
    for vm in draft.vms:
        if vm in cluster.vms and cluster.vms[vm].owner != node:
            count += not blockers(request_for(draft, vm, node).check(cluster))
    return count


def possible_kind(cluster: Cluster, vms: tuple[VmId, ...], wanted: TaskKind) -> TaskKind:
    """The wanted kind, or Move where no VM runs: only a running VM has memory to take along."""
    runs = any(cluster.vms[vm].state is VmState.RUNNING for vm in vms if vm in cluster.vms)
    return wanted if runs or wanted is TaskKind.MOVE else TaskKind.MOVE
