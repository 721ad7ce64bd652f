"""Where VMs that are not there yet should go: nodes rated in stars, and many of them spread over the best ones.

The rating is that of `targets`: what would be left on a node once the VM runs there, the scarcer of memory and
processor deciding, five stars for half of it free and more. Those that were placed before count as if they ran.
"""

from __future__ import annotations

from msgspec.structs import replace

from hvgui.cluster.cluster import Cluster
from hvgui.cluster.ids import NodeId, VmId
from hvgui.cluster.mac_pools import macs_left
from hvgui.cluster.machines import VirtualMachine
from hvgui.cluster.nodes import Node, NodeState
from hvgui.cluster.storage_access import disk_access
from hvgui.cluster.units import format_bytes
from hvgui.requests.placement import hosts_anti_affined
from hvgui.requests.problems import Problem, blockers, warning
from hvgui.requests.targets import Target

_NOBODY = VmId(-1)
_Facts = dict[NodeId, tuple[Problem, ...]]


class NewVmPlaces:
    """A cluster's nodes with what they have left; `take` places a machine, and the next one finds less."""

    def __init__(self, cluster: Cluster, cpu_shares: dict[NodeId, float] | None = None) -> None:
        self._cluster = cluster
        free = cluster.free_bytes()
        self._memory = {node: free[node] for node in cluster.nodes}
        self._cpu = {node: (cpu_shares or {}).get(node, 0.0) for node in cluster.nodes}
        self._knows_cpu = cpu_shares is not None
        self.macs = macs_left(cluster)
        """MAC addresses left in each node's pool."""

    def rate(self, machine: VirtualMachine) -> tuple[Target, ...]:
        """Every node as the owner of a machine, best first; what the machine says of its owner does not count."""
        hindered = self._hindered(machine)
        rated = [self._rated(machine, node, hindered[node.id]) for node in self._cluster.nodes.values()]
        return tuple(sorted(rated, key=lambda target: (not target.is_suitable, -target.stars, target.node)))

    def best(self, machine: VirtualMachine) -> NodeId | None:
        """The node with most left once a machine runs there; None: no node takes it."""
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

    def _able(self, machine: VirtualMachine) -> list[Node]:
        hindered = self._hindered(machine)
        return [node for node in self._cluster.nodes.values() if not blockers(hindered[node.id])]

    def _best(self, machine: VirtualMachine, able: list[Node]) -> NodeId | None:
        wanted = _macs_of(machine)
        fitting = [node for node in able if self.macs[node.id] >= wanted]
        best = max(fitting, key=lambda node: (self._left(machine, node), -node.id), default=None)
        return None if best is None else best.id

    def take(self, machine: VirtualMachine, node: NodeId) -> None:
        """A machine is placed there."""
        self._memory[node] -= machine.memory_bytes
        self._cpu[node] += _cpu_share(machine, self._cluster.nodes[node])
        self.macs[node] -= _macs_of(machine)

    def _left(self, machine: VirtualMachine, node: Node) -> float:
        """The share that would be left, of what is scarcer; below 0 where it would not fit."""
        memory = (self._memory[node.id] - machine.memory_bytes) / max(1, node.memory_for_vms_bytes)
        return min(memory, 1.0 - self._cpu[node.id] - _cpu_share(machine, node)) if self._knows_cpu else memory

    def _rated(self, machine: VirtualMachine, node: Node, hindered: tuple[Problem, ...]) -> Target:
        problems = (*hindered, *self._scarce(machine, node))
        if blockers(problems):
            return Target(node.id, 0.0, problems, str(blockers(problems)[0]))
        memory = (self._memory[node.id] - machine.memory_bytes) / max(1, node.memory_for_vms_bytes)
        explanation = f"{max(0.0, memory):.0%} of its memory left"
        if self._knows_cpu:
            idle = 1.0 - self._cpu[node.id] - _cpu_share(machine, node)
            explanation += f", {max(0.0, idle):.0%} of its processors idle"
        stars = min(5.0, max(0.5, round(self._left(machine, node) * 20) / 2))
        return Target(node.id, stars, problems, f"{explanation}, {self.macs[node.id]} MAC addresses left")

    def _scarce(self, machine: VirtualMachine, node: Node) -> tuple[Problem, ...]:
        """What others have used up."""
        found = []
        if self.macs[node.id] < _macs_of(machine):
            text = f"{node.name} has {max(0, self.macs[node.id])} MAC addresses left; a VM needs {_macs_of(machine)}."
            found.append(Problem("no-mac", text, "Choose another node."))
        if self._memory[node.id] < machine.memory_bytes:
            free = format_bytes(max(0, self._memory[node.id]))
            text = f"{node.name} has {free} of memory free: it could not be started there now."
            found.append(warning("memory", text, "Move or stop another VM there first."))
        return tuple(found)

    def _hindered(self, machine: VirtualMachine) -> _Facts:
        """What forbids each node, whoever else is there."""
        return {node.id: tuple(self._rules(machine, node)) for node in self._cluster.nodes.values()}

    def _rules(self, machine: VirtualMachine, node: Node) -> list[Problem]:
        found = []
        if not node.is_up:
            text = f"{node.name} is {node.state.value}."
            found.append(Problem("node-down", text, "Choose another node, or bring it up."))
        if node.state is NodeState.PAUSED:
            found.append(Problem("node-paused", f"{node.name} is paused and takes no VMs.", "Resume it."))
        if machine.possible_owners is not None and node.id not in machine.possible_owners:
            text = f"{node.name} is not among the possible owners of such a VM."
            found.append(Problem("not-possible-owner", text, "Choose another node."))
        if hosts_anti_affined(self._cluster, replace(machine, id=_NOBODY), node.id):
            text = f"{node.name} hosts a VM that shares an anti-affinity class with it."
            found.append(warning("anti-affinity", text, "Another node keeps them apart."))
        if node.is_up and self._is_far(machine, node):
            text = f"{node.name} does not reach the place where its disks go."
            found.append(Problem("no-way", text, "Choose another node or another place."))
        return found

    def _is_far(self, machine: VirtualMachine, node: Node) -> bool:
        """Disks on a node's own disk go wherever the VM goes."""
        disks = (disk for disk in machine.disks if disk.volume is not None or disk.lun is not None)
        return any(not disk_access(self._cluster, node.id, disk).is_there for disk in disks)


def _macs_of(machine: VirtualMachine) -> int:
    return sum(not adapter.mac for adapter in machine.adapters)


def _cpu_share(machine: VirtualMachine, node: Node) -> float:
    """What it usually takes of a node's processors."""
    return machine.load.cpu.usual * machine.vcpus / max(1, node.processor.logical)
