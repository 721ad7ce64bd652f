"""Where a VM should go: every node rated in stars, for a start, a migration, an import, a new VM or many of them.

What blocks a node is what the request itself would be refused for; what decides the stars is what would be left there
(see `targets`). VMs that come one after the other are placed in turn: those before count as if they ran.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

import msgspec
from msgspec.structs import replace

from hvgui.cluster.balance_plan import Policy
from hvgui.cluster.cluster import Cluster
from hvgui.cluster.ids import NodeId, VmId
from hvgui.cluster.mac_pools import macs_left
from hvgui.cluster.machines import VirtualMachine
from hvgui.cluster.nodes import Node, NodeState
from hvgui.cluster.units import format_bytes
from hvgui.requests.cover import Cover
from hvgui.requests.machine_checks import no_mac, owner_problems, reach_problems
from hvgui.requests.migration import LiveMigrate, MoveVm, QuickMigrate, start_request
from hvgui.requests.placement import hosts_anti_affined
from hvgui.requests.problems import Problem, blockers, warning
from hvgui.requests.request import Request, node_name
from hvgui.requests.start_checks import most_vcpus
from hvgui.requests.targets import (
    APART_STARS,
    COVER_STARS,
    LEAST_STARS,
    Left,
    Purpose,
    Resource,
    Target,
    best_first,
    stars_of,
)

_NOBODY = VmId(-1)
Asked = Callable[[NodeId], Request]
"""The request that would take the VM to a node."""


class Places:
    """A cluster's nodes with what they have left; `take` places a machine, and the next one finds less."""

    def __init__(
        self, cluster: Cluster, cpu_shares: Mapping[NodeId, float] | None = None, policy: Policy | None = None
    ) -> None:
        """`cpu_shares`: the present load of the nodes (0..1); without it processor time does not count. `policy` None:
        the cluster's."""
        self._cluster = cluster
        self.policy = cluster.load_watch.placement if policy is None else policy
        self._memory = cluster.free_bytes()
        self._cpu = {node: (cpu_shares or {}).get(node, 0.0) for node in cluster.nodes}
        self._knows_cpu = cpu_shares is not None
        self._cover: Cover | None = None
        self._macs: dict[NodeId, int] | None = None
        self._carried: dict[NodeId, _Carried] = {}

    @property
    def macs(self) -> dict[NodeId, int]:
        """MAC addresses left in each node's pool."""
        if self._macs is None:
            self._macs = macs_left(self._cluster)
        return self._macs

    # Rating

    def for_migration(self, vm: VirtualMachine, asked: Asked) -> tuple[Target, ...]:
        """All nodes but the VM's owner, best first, as the request would find them."""
        nodes = (node for node in self._cluster.nodes if node != vm.owner)
        leaves = vm.state.holds_memory
        return best_first([self._rated(vm, node, asked(node).check(self._cluster), leaves=leaves) for node in nodes])

    def for_start(self, vm: VirtualMachine) -> tuple[Target, ...]:
        """All nodes for a VM at rest: its own, and those to which it would be moved to be started there."""
        return best_first(
            [self._rated(vm, node, start_request(vm, node).check(self._cluster)) for node in self._cluster.nodes]
        )

    def for_new(self, machine: VirtualMachine) -> tuple[Target, ...]:
        """All nodes as the owner of a machine that is not there yet; what it says of its owner does not count. It comes
        at rest: a lack of memory is only a warning."""
        rated = []
        for node in self._cluster.nodes.values():
            found = (*self._rules(machine, node), *self._scarce(machine, node))
            target = self._rated(machine, node.id, found)
            if target.is_suitable and _macs_of(machine):
                text = f"{target.explanation}, {self.macs[node.id]} MAC addresses left"
                target = replace(target, explanation=text)
            rated.append(target)
        return best_first(rated)

    def ranked(self, vm: VirtualMachine) -> list[NodeId]:
        """The nodes but the VM's owner by what would be left on them, whatever forbids them: for who asks for many."""
        return [node for node in self.order_for(vm) if node != vm.owner]

    def order_for(self, machine: VirtualMachine) -> list[NodeId]:
        """All nodes in the order in which a machine would try them, whatever forbids them."""
        nodes = list(self._cluster.nodes)
        left = {node: min(one.share for one in self._main(machine, node)) for node in nodes}
        if self.policy is Policy.SPREAD:
            return sorted(nodes, key=lambda node: (-left[node], node))
        return sorted(nodes, key=lambda node: (-stars_of(left[node], Policy.PACK), left[node], node))

    def _rated(
        self, machine: VirtualMachine, node: NodeId, problems: tuple[Problem, ...], *, leaves: bool = False
    ) -> Target:
        cluster = self._cluster
        lefts = tuple(sorted(self._lefts(machine, node), key=lambda one: one.share))
        scarcest, stopped_by = lefts[0], blockers(problems)
        left = max(0.0, scarcest.share)
        if stopped_by:
            code, why = stopped_by[0].code, str(stopped_by[0])
            return Target(node, 0.0, problems, why, code, left, lefts, policy=self.policy)
        stars, explanation = stars_of(scarcest.share, self.policy), _in_words(lefts)
        if hosts_anti_affined(cluster, replace(machine, owner=node), node):
            stars -= APART_STARS
            text = f"{machine.name} is to be kept apart from a VM on {cluster.nodes[node].name}."
            problems = (
                *problems,
                warning("kept-apart", text, "Choose a node without one of its anti-affinity classes."),
            )
            explanation += ", with a VM that it is to be kept apart from"
        if self._cover is None:
            self._cover = Cover(cluster)
        uncovered = self._cover.lost_by(machine, node, leaves=leaves)
        if uncovered:
            stars -= COVER_STARS
            names = ", ".join(node_name(cluster, one) for one in uncovered[:3])
            explanation += f", and the others could no longer take over from {names}"
        stars = max(LEAST_STARS, stars)
        return Target(
            node, stars, problems, explanation, scarcest.resource.value, left, lefts, uncovered, policy=self.policy
        )

    # What would be left

    def _main(self, machine: VirtualMachine, node: NodeId) -> list[Left]:
        record = self._cluster.nodes[node]
        found = [Left(Resource.MEMORY, self._memory[node] - machine.memory_bytes, max(1, record.memory_for_vms_bytes))]
        if self._knows_cpu:
            idle = 1.0 - self._cpu[node] - _cpu_share(machine, record)
            found.append(Left(Resource.PROCESSORS, idle * record.processor.logical, record.processor.logical))
        return found

    def _lefts(self, machine: VirtualMachine, node: NodeId) -> list[Left]:
        cluster, found = self._cluster, self._main(machine, node)
        carried = self._carried.get(node)
        if carried is None:
            carried = self._carried[node] = _carried(cluster, node)
        guests = [vm for vm in carried.guests if vm.id != machine.id]
        most = most_vcpus(cluster, cluster.nodes[node], [*guests, machine])
        vcpus = most - sum(vm.vcpus for vm in guests) - machine.vcpus
        found.append(Left(Resource.VIRTUAL_PROCESSORS, vcpus, most))
        is_there = len(guests) < len(carried.guests)
        talks, writes = (0.0, 0.0) if is_there else _usual(machine)
        if carried.network > 0.0:
            found.append(Left(Resource.NETWORK, carried.network - carried.talks - talks, carried.network))
        if carried.disk > 0.0:
            found.append(Left(Resource.DISK, carried.disk - carried.writes - writes, carried.disk))
        return found

    # New machines, one after the other

    def best(self, machine: VirtualMachine) -> NodeId | None:
        """The best node for a machine that is not there yet; None: no node takes it."""
        return self._best(machine, self._able(machine))

    def spread(self, machine: VirtualMachine, count: int) -> tuple[NodeId | None, ...]:
        """The best node for each of so many alike, one after the other; None: no node takes it."""
        able = self._able(machine)
        placed: list[NodeId | None] = []
        for _ in range(count):
            best = self._best(machine, able)
            placed.append(best)
            if best is not None:
                self.take(machine, best)
        return tuple(placed)

    def take(self, machine: VirtualMachine, node: NodeId) -> None:
        """A machine is placed there."""
        self._memory[node] -= machine.memory_bytes
        self._cpu[node] += _cpu_share(machine, self._cluster.nodes[node])
        self.macs[node] -= _macs_of(machine)

    def _able(self, machine: VirtualMachine) -> list[Node]:
        nodes = self._cluster.nodes.values()
        return [node for node in nodes if not blockers(tuple(self._rules(machine, node)))]

    def _best(self, machine: VirtualMachine, able: Iterable[Node]) -> NodeId | None:
        wanted = _macs_of(machine)
        fitting = [node.id for node in able if self.macs[node.id] >= wanted]
        left = {node: min(one.share for one in self._main(machine, node)) for node in fitting}
        if self.policy is Policy.SPREAD:
            return max(fitting, key=lambda node: (left[node], -node), default=None)
        return max(fitting, key=lambda node: (stars_of(left[node], Policy.PACK), -left[node], -node), default=None)

    def _scarce(self, machine: VirtualMachine, node: Node) -> list[Problem]:
        """What others have used up."""
        found = []
        if self.macs[node.id] < _macs_of(machine):
            found.append(no_mac(self._cluster, replace(machine, owner=node.id), _macs_of(machine)))
        if self._memory[node.id] < machine.memory_bytes:
            free = format_bytes(max(0, self._memory[node.id]))
            text = f"{node.name} has {free} of memory free: it could not be started there now."
            found.append(warning("memory", text, "Move or stop another VM there first."))
        return found

    def _rules(self, machine: VirtualMachine, node: Node) -> list[Problem]:
        """What forbids a node, whoever else is there: first what whoever asks for it would be refused for."""
        there = _moved(machine, node.id)
        found = list(owner_problems(self._cluster, there)) or list(reach_problems(self._cluster, there))
        if node.state is NodeState.PAUSED:
            found.append(Problem("node-paused", f"{node.name} is paused and takes no VMs.", "Resume it."))
        if machine.possible_owners is not None and node.id not in machine.possible_owners:
            text = f"{node.name} is not among the possible owners of such a VM."
            found.append(Problem("not-possible-owner", text, "Choose another node."))
        if node.is_up and not node.hardware_virtualisation:
            text = f"{node.name} has no hardware virtualisation: it could not be started there."
            found.append(warning("no-virtualisation", text, "Choose another node, or replace its processors."))
        if hosts_anti_affined(self._cluster, replace(machine, id=_NOBODY), node.id):
            text = f"{node.name} hosts a VM that shares an anti-affinity class with it."
            found.append(warning("anti-affinity", text, "Another node keeps them apart."))
        return found


class _Carried(msgspec.Struct, frozen=True):
    """Who runs on a node, what its lines carry (bytes a second), and what these guests usually send over them."""

    guests: tuple[VirtualMachine, ...]
    network: float
    disk: float
    talks: float
    writes: float


def _carried(cluster: Cluster, node: NodeId) -> _Carried:
    vms = (cluster.vms[vm] for vm in cluster.vms_on(node))
    guests = tuple(vm for vm in vms if vm.state.holds_memory)
    usual = [_usual(vm) for vm in guests]
    lines = (cluster.links.get((node, network)) for network in cluster.networks)
    ways = (
        cluster.paths[(node, san.id)].bytes_per_second if (node, san.id) in cluster.paths else san.bytes_per_second
        for san in cluster.sans.values()
        if san.up and ((node, san.id) not in cluster.paths or cluster.paths[(node, san.id)].up)
    )
    return _Carried(
        guests,
        sum(line.goodput_bytes_per_second for line in lines if line is not None),
        sum(ways),
        sum(one[0] for one in usual),
        sum(one[1] for one in usual),
    )


def _moved(machine: VirtualMachine, node: NodeId) -> VirtualMachine:
    """A machine as that node would have it: disks on a node's own disk go wherever the VM goes."""
    disks = tuple(disk if disk.local_node is None else replace(disk, local_node=node) for disk in machine.disks)
    return replace(machine, owner=node, disks=disks)


def _usual(machine: VirtualMachine) -> tuple[float, float]:
    """What a guest usually sends over network and storage (bytes a second)."""
    load = machine.load
    return load.network_bytes_per_second.usual, load.disk_iops.usual * load.disk_bytes_per_io


def _macs_of(machine: VirtualMachine) -> int:
    return sum(not adapter.mac for adapter in machine.adapters)


def _cpu_share(machine: VirtualMachine, node: Node) -> float:
    """What it usually takes of a node's processors."""
    return machine.load.cpu.usual * machine.vcpus / max(1, node.processor.logical)


_WORDS = {Resource.MEMORY: "{:.0%} of its memory left", Resource.PROCESSORS: "{:.0%} of its processors idle"}


def _in_words(lefts: tuple[Left, ...]) -> str:
    """Memory and processors always, another resource where it decides."""
    by_resource = {one.resource: max(0.0, one.share) for one in lefts}
    text = ", ".join(words.format(by_resource[one]) for one, words in _WORDS.items() if one in by_resource)
    scarcest = lefts[0]
    if scarcest.resource in _WORDS:
        return text
    what = "the virtual processors it may run" if scarcest.resource is Resource.VIRTUAL_PROCESSORS else ""
    return f"{text}, {max(0.0, scarcest.share):.0%} of {what or f'its {scarcest.resource.value}'}"


def rate_targets(
    cluster: Cluster,
    vm: VmId,
    kind: type[LiveMigrate | QuickMigrate | MoveVm] = LiveMigrate,
    cpu_shares: Mapping[NodeId, float] | None = None,
    policy: Policy | None = None,
) -> tuple[Target, ...]:
    """All nodes but the VM's owner as targets of a migration, best first."""
    return Places(cluster, cpu_shares, policy).for_migration(cluster.vms[vm], lambda node: kind(vm=vm, to=node))


def rate_places(
    cluster: Cluster,
    machine: VirtualMachine,
    purpose: Purpose,
    cpu_shares: Mapping[NodeId, float] | None = None,
    policy: Policy | None = None,
) -> tuple[Target, ...]:
    """All nodes as places on which the VM would run, best first. START: the VM as it is, at rest; IMPORT and CREATE: a
    draft that is not in the cluster yet; MIGRATE: as `rate_targets`."""
    places = Places(cluster, cpu_shares, policy)
    match purpose:
        case Purpose.MIGRATE:
            return rate_targets(cluster, machine.id, LiveMigrate, cpu_shares, policy)
        case Purpose.START:
            return places.for_start(machine)
    return places.for_new(machine)
