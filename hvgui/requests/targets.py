"""Where a VM should go: every node rated in stars, with the problems that stand in the way.

A rating of our own (SCVMM's formula is not published): what would be left on the node once the VM is there, the
scarcest of memory, processor time and virtual processors deciding. To spread, five stars are for half of it free and
more; to pack, five stars are for the node that is fullest afterwards, as long as a tenth stays free.
"""

from __future__ import annotations

import enum
from collections.abc import Mapping

import msgspec

from hvgui.cluster.balance_plan import Policy
from hvgui.cluster.cluster import Cluster
from hvgui.cluster.ids import NodeId, VmId
from hvgui.cluster.machines import VirtualMachine
from hvgui.requests.machine_checks import machine_problems
from hvgui.requests.migration import LiveMigrate, MoveVm, QuickMigrate
from hvgui.requests.placement import hosts_anti_affined
from hvgui.requests.problems import Problem, blockers, warning
from hvgui.requests.start_checks import most_vcpus, start_problems

HEADROOM = 0.1
"""To pack, a node that would be left with less gets one star at most."""
APART_STARS = 2.0
"""Stars that a node loses where somebody is whom the VM is to be kept apart from."""


class Purpose(enum.Enum):
    """What a place is looked for."""

    START = "start"
    MIGRATE = "migrate"
    IMPORT = "import"
    CREATE = "create"


class Target(msgspec.Struct, frozen=True):
    """A node as a place for a VM. `stars` is 0 (not suitable) to 5 in halves."""

    node: NodeId
    stars: float
    problems: tuple[Problem, ...]
    explanation: str
    resource: str = ""
    """What decides: `memory`, `processors` or `virtual processors`; where it is not suitable, the blocker's code."""
    left: float = 0.0
    """Share of it that would be left, 0..1."""

    @property
    def is_suitable(self) -> bool:
        """Whether nothing blocks it."""
        return not blockers(self.problems)


def rate_targets(
    cluster: Cluster,
    vm: VmId,
    kind: type[LiveMigrate | QuickMigrate | MoveVm] = LiveMigrate,
    cpu_shares: Mapping[NodeId, float] | None = None,
    policy: Policy = Policy.SPREAD,
) -> tuple[Target, ...]:
    """All nodes but the VM's owner as targets of a migration, best first. `cpu_shares` is the present load of the nodes
    (0..1); without it, processor time does not count."""
    record = cluster.vms[vm]
    rated = [
        _rated(cluster, record, node, kind(vm=vm, to=node).check(cluster), _Rating(policy, cpu_shares))
        for node in cluster.nodes
        if node != record.owner
    ]
    return _best_first(rated)


def rate_places(
    cluster: Cluster,
    machine: VirtualMachine,
    purpose: Purpose,
    cpu_shares: Mapping[NodeId, float] | None = None,
    policy: Policy = Policy.SPREAD,
) -> tuple[Target, ...]:
    """All nodes as places on which the VM would run, best first.

    START: the VM as it is, at rest; its own node is among them, and for every other one it has to be moved first.
    IMPORT and CREATE: a draft that is not in the cluster yet; its `owner` means nothing. MIGRATE: as `rate_targets`.
    The load that the VM itself brings counts with `cpu_shares`.
    """
    if purpose is Purpose.MIGRATE:
        return rate_targets(cluster, machine.id, LiveMigrate, cpu_shares, policy)
    rating = _Rating(policy, cpu_shares, brings_load=True)
    rated = [
        _rated(cluster, machine, node, _problems_at(cluster, machine, node, purpose), rating) for node in cluster.nodes
    ]
    return _best_first(rated)


def _best_first(rated: list[Target]) -> tuple[Target, ...]:
    return tuple(sorted(rated, key=lambda target: (not target.is_suitable, -target.stars, target.node)))


def _problems_at(cluster: Cluster, machine: VirtualMachine, node: NodeId, purpose: Purpose) -> tuple[Problem, ...]:
    there = msgspec.structs.replace(machine, owner=node)
    found = list(start_problems(cluster, there))
    if purpose is Purpose.START:
        if node != machine.owner:
            found += MoveVm(vm=machine.id, to=node).check(cluster)
    else:
        found += machine_problems(cluster, there)
    return tuple(dict.fromkeys(found))


class _Rating(msgspec.Struct, frozen=True):
    """What counts, and how."""

    policy: Policy
    cpu_shares: Mapping[NodeId, float] | None
    brings_load: bool = False


def _rated(
    cluster: Cluster, machine: VirtualMachine, node: NodeId, problems: tuple[Problem, ...], rating: _Rating
) -> Target:
    left = _left(cluster, machine, node, rating)
    explanation = ", ".join(_WORDS[name].format(max(0.0, share)) for name, share in left.items() if name in _WORDS)
    resource = min(left, key=lambda name: left[name])
    if left[resource] < min(left[name] for name in left if name in _WORDS):
        explanation += f", {max(0.0, left[resource]):.0%} of the {resource} it may run"
    stopped_by = blockers(problems)
    if stopped_by:
        return Target(node, 0.0, problems, str(stopped_by[0]), stopped_by[0].code, max(0.0, left[resource]))
    stars = _stars(left[resource], rating.policy)
    if hosts_anti_affined(cluster, msgspec.structs.replace(machine, owner=node), node):
        stars = max(0.5, stars - APART_STARS)
        name = cluster.nodes[node].name
        text = f"{machine.name} is to be kept apart from a VM on {name}."
        problems = (*problems, warning("kept-apart", text, "Choose a node without one of its anti-affinity classes."))
        explanation += ", with a VM that it is to be kept apart from"
    return Target(node, stars, problems, explanation, resource, max(0.0, left[resource]))


_WORDS = {"memory": "{:.0%} of its memory left", "processors": "{:.0%} of its processors idle"}


def _left(cluster: Cluster, machine: VirtualMachine, node_id: NodeId, rating: _Rating) -> dict[str, float]:
    """By resource, the share that would be left."""
    node = cluster.nodes[node_id]
    left = {"memory": (cluster.free_bytes_on(node_id) - machine.memory_bytes) / max(1, node.memory_for_vms_bytes)}
    if rating.cpu_shares is not None:
        brings = machine.load.cpu.usual * machine.vcpus / node.processor.logical if rating.brings_load else 0.0
        left["processors"] = 1.0 - rating.cpu_shares.get(node_id, 0.0) - brings
    guests = [cluster.vms[vm] for vm in cluster.vms_on(node_id) if vm != machine.id]
    guests = [vm for vm in guests if vm.state.holds_memory]
    most = most_vcpus(cluster, node, [*guests, machine])
    left["virtual processors"] = (most - sum(vm.vcpus for vm in guests) - machine.vcpus) / max(1, most)
    return left


def _stars(left: float, policy: Policy) -> float:
    if policy is Policy.SPREAD:
        return min(5.0, max(0.5, round(left * 20) / 2))
    if left < HEADROOM:
        return 1.0 if left >= HEADROOM / 2 else 0.5
    return min(5.0, max(0.5, round((1.0 - left + HEADROOM) * 10) / 2))
