"""Where VMs go that have lost their node: which node takes them, and why the others don't.

The order is that of 2008 R2: the node that has them, if it can; preferred owners in their order; then whoever has the
fewest VMs. Nodes with the memory free come before those on which, from 2012 on, others would give way. Soft
anti-affinity is MSCS's own (`AntiAffinityClassNames`): nodes that host a VM with a class in common are skipped; if only
such are left, it is ignored.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from functools import lru_cache

import msgspec

from hvgui.cluster.cluster import Cluster
from hvgui.cluster.dynamic_memory import promised_bytes, reclaimable_bytes
from hvgui.cluster.ids import NodeId, VmId
from hvgui.cluster.machines import VirtualMachine, VmState
from hvgui.cluster.membership import members
from hvgui.cluster.nodes import DrainState, Node, NodeState, ServiceState
from hvgui.cluster.storage_access import disk_access
from hvgui.cluster.units import format_bytes
from hvgui.requests.lun_groups import neighbours
from hvgui.requests.migration_checks import storage_problems
from hvgui.requests.problems import blockers
from hvgui.requests.start_checks import ratio_problems, reserve_problems

_NO_PROCESSORS, _NO_RESERVES, _NO_DISKS = (
    "no virtual processors left",
    "processors given away as reserves",
    "disks out of reach",
)
_OF_THE_VM = frozenset((_NO_PROCESSORS, _NO_RESERVES, _NO_DISKS))
"""Reasons that need not hold for another VM of the same memory and owners."""
_NO_HEARTBEATS, _NO_OWNER, _NO_VIRTUALISATION = "no heartbeats", "no possible owner", "no hardware virtualisation"
Ties = tuple[tuple[str, NodeId], ...]
"""VMs by name, and the nodes that they keep a shared LUN on."""


class Rooms:
    """What each node has room for, reckoned once: for who asks for many VMs at one moment, and says what it has placed
    meanwhile. Good for as long as nothing else runs, stops or is given memory."""

    def __init__(self, cluster: Cluster) -> None:
        self._cluster = cluster
        self._given_up: dict[NodeId, int] = {}
        self._free: dict[NodeId, int] = {}
        self._crowd: dict[NodeId, int] = {}
        self._unwilling: dict[NodeId, str] = {}
        self._homeless: dict[object, dict[str, list[str]]] = {}

    def given_up(self, node: NodeId) -> int:
        """Bytes that VMs with dynamic memory would give back; 0 where the platform lets nobody give way for a start."""
        if not self._cluster.profile.features.makes_room:
            return 0
        if node not in self._given_up:
            self._given_up[node] = reclaimable_bytes(self._cluster, node)
        return self._given_up[node]

    def free(self, node: NodeId) -> int:
        """Bytes that are free and that nobody waits for there."""
        if node not in self._free:
            self._free[node] = -lacking_bytes(self._cluster, (), node)
        return self._free[node]

    def crowd(self, node: NodeId) -> int:
        """VMs that are there, or coming."""
        if node not in self._crowd:
            self._crowd[node] = _crowd(self._cluster, node)
        return self._crowd[node]

    def unwilling(self, node: NodeId) -> str:
        """Why the node takes nobody who is not there already; empty: it does."""
        if node not in self._unwilling:
            self._unwilling[node] = _not_taking(self._cluster.nodes[node], at_home=False)
        return self._unwilling[node]

    def placed(self, node: NodeId) -> None:
        """A VM has set out for a node."""
        self._free.pop(node, None)
        self._crowd.pop(node, None)

    def why_homeless(self, group: Sequence[VirtualMachine]) -> dict[str, list[str]] | None:
        """The reasons that stood in the way of one just like it, moments ago: room only ever gets less meanwhile."""
        return self._homeless.get(_alike(group)) if len(group) == 1 else None

    def is_homeless(self, group: Sequence[VirtualMachine], reasons: dict[str, list[str]]) -> None:
        """No node takes the VM, for these reasons; they hold for whoever is like it where they are the nodes' own."""
        if len(group) == 1 and not _OF_THE_VM.intersection(reasons):
            self._homeless[_alike(group)] = reasons


def _alike(group: Sequence[VirtualMachine]) -> object:
    vm = group[0]
    return vm.owner, vm.memory_bytes, vm.preferred_owners, vm.possible_owners


class Placement(msgspec.Struct, frozen=True):
    """Where VMs go, or why nobody takes them."""

    node: NodeId | None
    why: str = ""
    """Without a node: what stands in the way at each one, as a sentence."""


def moving_group(cluster: Cluster, vm: VirtualMachine) -> tuple[VirtualMachine, ...]:
    """The VM, and those who are lost like it and share a LUN with it: they go together. Who is not clustered stays
    where it is, and takes nobody with it."""
    if not vm.highly_available:
        return (vm,)
    lost = (one for one in neighbours(cluster, vm) if one.state is VmState.CRITICAL and one.task is None)
    return (vm, *(one for one in lost if one.highly_available and not one.is_failed))


def place(
    cluster: Cluster,
    group: Sequence[VirtualMachine],
    absent: Collection[NodeId] = (),
    rooms: Rooms | None = None,
) -> Placement:
    """The node for VMs that go together. `absent`: nodes whose heartbeats are just being missed; `rooms`: shared by who
    asks for many groups at one moment."""
    rooms = Rooms(cluster) if rooms is None else rooms
    if not group[0].highly_available:
        return _at_home(cluster, group, rooms)
    tied = _tied(cluster, group)
    known = None if tied else rooms.why_homeless(group)
    if known is not None:
        return Placement(None, _in_words(group[0], known))
    wanted = sum(vm.memory_bytes for vm in group)
    found: dict[tuple[bool, bool], NodeId] = {}
    reasons: dict[str, list[str]] = {}
    for node in _in_order(cluster, group, rooms.crowd):
        lacks = wanted - rooms.free(node)
        waits = lacks > 0
        could_give = rooms.given_up(node) if waits else 0
        why = _NO_HEARTBEATS if node in absent else ""
        if not why and all(vm.owner != node for vm in group):
            why = rooms.unwilling(node)
        why = why or _refusal(cluster, group, node, could_give, lacks, tied)
        if why:
            reasons.setdefault(why, []).append(cluster.nodes[node].name)
            continue
        affined = node != group[0].owner and any(hosts_anti_affined(cluster, one, node) for one in group)
        if not affined and not waits:
            return Placement(node)
        found.setdefault((affined, waits), node)
    if found:
        return Placement(found[min(found)])
    if not tied:
        rooms.is_homeless(group, reasons)
    return Placement(None, _in_words(group[0], reasons))


def _at_home(cluster: Cluster, group: Sequence[VirtualMachine], rooms: Rooms) -> Placement:
    """A VM that is not clustered waits for its node."""
    vm = group[0]
    node = cluster.nodes[vm.owner]
    if not node.has_power:
        return Placement(None, f"{vm.name} is not clustered and waits for {node.name}.")
    lacks = lacking_bytes(cluster, group, vm.owner)
    could_give = rooms.given_up(vm.owner) if lacks > 0 else 0
    why = _bound_elsewhere(_tied(cluster, group), vm.owner) or _no_room(cluster, group, vm.owner, could_give, lacks)
    if not why and not all(disk_access(cluster, vm.owner, disk).is_there for disk in vm.disks):
        why = _NO_DISKS
    return Placement(None, f"{vm.name} can't start: {node.name} ({why}).") if why else Placement(vm.owner)


def _in_words(vm: VirtualMachine, reasons: dict[str, list[str]]) -> str:
    if not reasons:
        return f"{vm.name} can't start: there is no node for it."
    parts = (f"{_names(names)} ({why})" for why, names in reasons.items())
    return f"{vm.name} can't start: {'; '.join(parts)}."


def _names(names: list[str]) -> str:
    return ", ".join(names[:3]) + (f" and {len(names) - 3} more" if len(names) > 3 else "")


def candidates(cluster: Cluster, group: Sequence[VirtualMachine]) -> tuple[NodeId, ...]:
    """The owner and every other node of the cluster, in the order in which they are tried."""
    return _in_order(cluster, group, lambda node: _crowd(cluster, node))


def _in_order(
    cluster: Cluster, group: Sequence[VirtualMachine], crowd_of: Callable[[NodeId], int]
) -> tuple[NodeId, ...]:
    vm = group[0]
    rest = [node for node in members(cluster) if node != vm.owner and node not in vm.preferred_owners]
    crowd = {node: crowd_of(node) for node in rest}
    preferred = (node for node in vm.preferred_owners if node in cluster.nodes)
    return tuple(dict.fromkeys((vm.owner, *preferred, *sorted(rest, key=lambda node: (crowd[node], node)))))


def _crowd(cluster: Cluster, node: NodeId) -> int:
    coming = sum(task.target == node != task.source for task in cluster.tasks_on(node))
    return len(cluster.vms_on(node)) + coming


def refusal(cluster: Cluster, group: Sequence[VirtualMachine], node: NodeId, could_give_bytes: int = 0) -> str:
    """Why a node does not take VMs, in a few words; empty: it does. `could_give_bytes`: memory that others there would
    give back for them."""
    lacks = lacking_bytes(cluster, group, node)
    return _refusal(cluster, group, node, could_give_bytes, lacks, _tied(cluster, group))


def _refusal(
    cluster: Cluster, group: Sequence[VirtualMachine], node: NodeId, could_give_bytes: int, lacks_bytes: int, tied: Ties
) -> str:
    """The same, for who asks about many nodes: `lacks_bytes` as `lacking_bytes` has it, and the group's ties."""
    why = _not_taking(cluster.nodes[node], at_home=all(vm.owner == node for vm in group))
    if why:
        return why
    if any(vm.possible_owners is not None and node not in vm.possible_owners for vm in group):
        return _NO_OWNER
    return (
        _bound_elsewhere(tied, node)
        or _no_room(cluster, group, node, could_give_bytes, lacks_bytes)
        or _no_way(cluster, group, node)
    )


def _not_taking(node: Node, *, at_home: bool) -> str:
    """Whether a node takes nobody at all; a paused one still starts those it has."""
    reasons = (
        (not node.is_member, "not in the cluster"),
        (node.drain is not DrainState.NONE, "being drained"),
        (node.state is NodeState.PAUSED and not at_home, "paused"),
        (not node.is_up, node.state_words),
        (node.service is not ServiceState.RUNNING, "its cluster service hangs"),
    )
    return next((why for applies, why in reasons if applies), "")


def _tied(cluster: Cluster, group: Sequence[VirtualMachine]) -> Ties:
    """Who shares a LUN with the group and runs, or is on its way: by name, and where."""
    ids = {vm.id for vm in group}
    ties: list[tuple[str, NodeId]] = []
    for other in neighbours(cluster, group[0]):
        if other.id not in ids and (other.state.holds_memory or other.task is not None):
            place = cluster.tasks[other.task].target if other.task in cluster.tasks else other.owner
            ties.append((other.name, place))
    return tuple(ties)


def _bound_elsewhere(tied: Ties, node: NodeId) -> str:
    """Who shares the LUN and runs, or is on its way, keeps it where it is."""
    return next((f"{name} uses the LUN elsewhere" for name, place in tied if place != node), "")


def lacking_bytes(cluster: Cluster, group: Sequence[VirtualMachine], node: NodeId) -> int:
    """How much memory a node lacks for VMs, besides what others wait for there; 0 or less: none."""
    wanted = sum(vm.memory_bytes for vm in group)
    return wanted - cluster.free_bytes_on(node) + promised_bytes(cluster, node, [vm.id for vm in group])


def _no_room(
    cluster: Cluster, group: Sequence[VirtualMachine], node: NodeId, could_give_bytes: int, lacks_bytes: int
) -> str:
    if not cluster.nodes[node].hardware_virtualisation:
        return _NO_VIRTUALISATION
    if lacks_bytes > could_give_bytes:
        even_so = ", even if others give way" if could_give_bytes else ""
        return f"{_short_of(sum(vm.memory_bytes for vm in group))}{even_so}"
    guests = list(_guests(cluster, node))
    if len(guests) + len(group) > cluster.profile.limits.running_vms_per_node:
        return "as many VMs as its platform allows"
    if any(ratio_problems(cluster, cluster.nodes[node], [*guests, *group])):
        return _NO_PROCESSORS
    if any(reserve_problems(cluster, msgspec.structs.replace(vm, owner=node), vm.vcpus, vm.scheduling) for vm in group):
        return _NO_RESERVES
    return ""


@lru_cache(maxsize=256)
def _short_of(wanted_bytes: int) -> str:
    """In a cluster that is full this is said of every node, for every VM that waits, again and again."""
    return f"less than {format_bytes(wanted_bytes)} of memory free"


def _guests(cluster: Cluster, node: NodeId) -> Iterator[VirtualMachine]:
    """Who runs on a node, and who is on the way there with memory held for it."""
    for vm in cluster.vms_on(node):
        if cluster.vms[vm].state.holds_memory:
            yield cluster.vms[vm]
    for task in cluster.tasks_on(node):
        if task.target == node and task.reserved_bytes and task.vm in cluster.vms:
            yield cluster.vms[task.vm]


def _no_way(cluster: Cluster, group: Sequence[VirtualMachine], node: NodeId) -> str:
    if any(blockers(storage_problems(cluster, vm, node)) for vm in group):
        return _NO_DISKS
    return ""


def hosts_anti_affined(cluster: Cluster, vm: VirtualMachine, node: NodeId) -> bool:
    """Whether a node hosts, or is about to, a VM that shares an anti-affinity class with this one."""
    if not vm.anti_affinity:
        return False
    classes = set(vm.anti_affinity)
    there: list[VmId] = [*cluster.vms_on(node), *(task.vm for task in cluster.tasks_on(node) if task.target == node)]
    return any(one != vm.id and classes.intersection(cluster.vms[one].anti_affinity) for one in there)
