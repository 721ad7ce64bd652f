"""A cluster as columns for balancing: what each VM takes, what each node has, and who may go where.

What can't be moved (it does not run, something has hold of it, it is not clustered, it shares its LUN) stays as a part
of its node. Rows of VMs and nodes are places in `vm_ids` and `node_ids`, not ids.
"""

from __future__ import annotations

import msgspec
import numpy as np
from numpy.typing import NDArray

from hvgui.cluster.cluster import SHADOW_BYTES_A_VM, Cluster
from hvgui.cluster.ids import NodeId, VmId
from hvgui.cluster.machines import VirtualMachine, VmState
from hvgui.cluster.metrics import Column
from hvgui.cluster.nodes import Node
from hvgui.cluster.tasks import Task
from hvgui.engine.balancing.loads import Loads
from hvgui.engine.balancing.reach import Reach
from hvgui.engine.balancing.score import MEASURES, Measure
from hvgui.requests.lun_groups import neighbours
from hvgui.requests.migration_checks import live_migration_limit

Rows = NDArray[np.int64]
Mask = NDArray[np.bool_]


class Population(msgspec.Struct, frozen=True, eq=False):
    """Columns by VM (those that can be moved) and by node. Never changed."""

    vm_ids: tuple[VmId, ...]
    node_ids: tuple[NodeId, ...]
    owner: Rows
    memory_bytes: Column
    """What moves with each VM."""
    vcpus: Column
    use: Column
    """By measure and VM: what it takes, in the measure's own unit."""
    scale: Column
    """By measure and node: one unit as a share of the node; 0: the node has nothing of it."""
    fixed: Column
    """By measure and node: the share that stays whatever is moved."""
    free_bytes: Column
    """Memory for more VMs on each node now; what is held for VMs on their way counts as used."""
    shadow_bytes: Column
    """What each VM takes of a node beside its own memory: shadow page tables where there is no SLAT."""
    free_vcpus: Column
    free_places: Column
    """VMs that the platform still lets each node run."""
    slots: Rows
    """Live migrations that each node takes part in at once."""
    serves: Mask
    """Nodes that take VMs and count in the score; the others are emptied where they can be."""
    can_be_emptied: Mask
    """Nodes on which nothing is that has to stay, and to which nothing is on its way."""
    vm_class: Rows
    allowed: Mask
    """By class and node: whether such a VM may run there (owners, processor, storage)."""
    network: Rows
    """By VM: which of `rate`."""
    rate: Column
    """By kind of VM, source and target: bytes a second of the network they would take; 0: none connects them."""
    apart: dict[int, tuple[int, ...]]
    """Rows of the VMs that each is to be kept apart from, where there are any."""
    apart_from_fixed: dict[int, frozenset[int]]
    """By VM: rows of nodes on which one that can't be moved is to be kept apart from it."""
    handover_seconds: Column
    """By VM: what handing over its storage takes."""

    @property
    def nodes(self) -> int:
        """How many."""
        return len(self.node_ids)


def population(
    cluster: Cluster,
    loads: Loads,
    emptied: frozenset[NodeId] = frozenset(),
    absent: frozenset[VmId] = frozenset(),
) -> Population:
    """The cluster as it stands. `emptied`: nodes that shall give all their VMs away; paused ones always do. `absent`:
    VMs that are to stay where they are."""
    nodes = [node for node in cluster.nodes.values() if node.is_up]
    row_of = {node.id: row for row, node in enumerate(nodes)}
    movable, stays = _parted(cluster, row_of, absent)
    reach = Reach(cluster, nodes)
    use, held = _uses(movable, loads), _Held(cluster, nodes, row_of)
    scale = scales(cluster, nodes)
    fixed = np.zeros((MEASURES, len(nodes)))
    for vm in stays:
        held.add(vm, row_of[vm.owner])
        held.keeps[row_of[vm.owner]] = True
        fixed[:, row_of[vm.owner]] += _use_of(vm, loads) * scale[:, row_of[vm.owner]]
    for vm in movable:
        held.add(vm, row_of[vm.owner])
    held.expect()
    fixed[Measure.MEMORY] += held.reserved_bytes * scale[Measure.MEMORY]
    classes = [reach.class_of(vm) for vm in movable]
    apart, apart_from_fixed = _kept_apart(movable, stays, row_of)
    timings = cluster.profile.timings
    return Population(
        vm_ids=tuple(vm.id for vm in movable),
        node_ids=tuple(node.id for node in nodes),
        owner=np.array([row_of[vm.owner] for vm in movable], dtype=np.int64),
        memory_bytes=np.array([vm.memory_bytes for vm in movable], dtype=np.float64),
        vcpus=np.array([vm.vcpus for vm in movable], dtype=np.float64),
        use=use,
        scale=scale,
        fixed=fixed,
        free_bytes=np.array([cluster.free_bytes_on(node.id) for node in nodes], dtype=np.float64),
        shadow_bytes=np.array([0.0 if node.processor.slat else SHADOW_BYTES_A_VM for node in nodes]),
        free_vcpus=held.free_vcpus,
        free_places=held.free_places,
        slots=np.array([live_migration_limit(cluster, node.id) for node in nodes], dtype=np.int64),
        serves=np.array([node.takes_vms and node.id not in emptied for node in nodes], dtype=np.bool_),
        can_be_emptied=~held.keeps,
        vm_class=np.array(classes, dtype=np.int64),
        allowed=reach.allowed(),
        network=np.array([reach.network_of(vm) for vm in movable], dtype=np.int64),
        rate=reach.rates(),
        apart=apart,
        apart_from_fixed=apart_from_fixed,
        handover_seconds=np.array(
            [
                timings.storage_handover_seconds + (timings.lun_move_seconds if reach.owns_lun(vm) else 0.0)
                for vm in movable
            ],
            dtype=np.float64,
        ),
    )


def _parted(
    cluster: Cluster, row_of: dict[NodeId, int], absent: frozenset[VmId]
) -> tuple[list[VirtualMachine], list[VirtualMachine]]:
    """Who can be live migrated, and who else holds memory on a node that is up."""
    movable: list[VirtualMachine] = []
    stays: list[VirtualMachine] = []
    for vm in cluster.vms.values():
        if vm.owner in row_of and vm.state.holds_memory:
            goes = vm.state is VmState.RUNNING and vm.task is None and vm.highly_available and vm.id not in absent
            (movable if goes and not neighbours(cluster, vm) else stays).append(vm)
    return movable, stays


def _use_of(vm: VirtualMachine, loads: Loads) -> Column:
    return np.array(
        [
            vm.memory_bytes,
            vm.vcpus,
            loads.processors[vm.id],
            loads.memory_bytes[vm.id],
            loads.disk_bytes_per_second[vm.id],
            loads.network_bytes_per_second[vm.id],
        ],
        dtype=np.float64,
    )


def _uses(movable: list[VirtualMachine], loads: Loads) -> Column:
    ids = np.array([vm.id for vm in movable], dtype=np.int64)
    own = [[vm.memory_bytes for vm in movable], [vm.vcpus for vm in movable]]
    columns = (loads.processors, loads.memory_bytes, loads.disk_bytes_per_second, loads.network_bytes_per_second)
    return np.array([*own, *(column[ids] for column in columns)], dtype=np.float64).reshape(MEASURES, len(movable))


def scales(cluster: Cluster, nodes: list[Node]) -> Column:
    """By measure and node (in the order given): what one unit is as a share of the node."""
    logical = np.array([node.processor.logical for node in nodes], dtype=np.float64)
    whole = np.array([node.memory_bytes for node in nodes], dtype=np.float64)
    for_vms = np.array([node.memory_for_vms_bytes for node in nodes], dtype=np.float64)
    disk, network = np.zeros(len(nodes)), np.zeros(len(nodes))
    row_of = {node.id: row for row, node in enumerate(nodes)}
    for (node_id, san_id), path in cluster.paths.items():
        if path.up and node_id in row_of and cluster.sans[san_id].up:
            disk[row_of[node_id]] += path.bytes_per_second
    known = {key for key in cluster.paths if key[0] in row_of}
    for san in cluster.sans.values():
        for node in nodes if san.up else ():
            if (node.id, san.id) not in known:
                disk[row_of[node.id]] += san.bytes_per_second
    for (node_id, _), link in cluster.links.items():
        if node_id in row_of:
            network[row_of[node_id]] += link.goodput_bytes_per_second
    capacities = np.array([whole, logical, logical, for_vms, disk, network])
    shares: Column = np.divide(1.0, capacities, out=np.zeros_like(capacities), where=capacities > 0.0)
    return shares


class _Held:
    """What platform and memory leave of each node, while VMs are counted."""

    def __init__(self, cluster: Cluster, nodes: list[Node], row_of: dict[NodeId, int]) -> None:
        limits = cluster.profile.limits
        ratio = limits.vcpus_per_logical_processor
        self._cluster, self._row_of = cluster, row_of
        # The ratio for desktops holds only while every guest is one: it is not counted on.
        most = [min(limits.vcpus_per_node, ratio * one.processor.logical or limits.vcpus_per_node) for one in nodes]
        self.free_vcpus = np.array(most, dtype=np.float64)
        self.free_places = np.full(len(nodes), float(limits.running_vms_per_node))
        self.reserved_bytes = np.zeros(len(nodes))
        self.keeps: Mask = np.zeros(len(nodes), dtype=np.bool_)

    def add(self, vm: VirtualMachine, row: int) -> None:
        """A VM is there."""
        self.free_vcpus[row] -= vm.vcpus
        self.free_places[row] -= 1.0

    def expect(self) -> None:
        """VMs are on their way."""
        for task in self._cluster.tasks.values():
            self._expect_one(task)

    def _expect_one(self, task: Task) -> None:
        row, vm = self._row_of.get(task.target), self._cluster.vms.get(task.vm)
        if row is None or vm is None or task.target == vm.owner:
            return
        self.reserved_bytes[row] += task.reserved_bytes
        self.keeps[row] = True
        self.add(vm, row)


def _kept_apart(
    movable: list[VirtualMachine], stays: list[VirtualMachine], row_of: dict[NodeId, int]
) -> tuple[dict[int, tuple[int, ...]], dict[int, frozenset[int]]]:
    """Who shares an anti-affinity class with whom."""
    members: dict[str, list[int]] = {}
    places: dict[str, set[int]] = {}
    for row, vm in enumerate(movable):
        for name in vm.anti_affinity:
            members.setdefault(name, []).append(row)
    for vm in stays:
        for name in vm.anti_affinity:
            places.setdefault(name, set()).add(row_of[vm.owner])
    apart: dict[int, tuple[int, ...]] = {}
    fixed: dict[int, frozenset[int]] = {}
    for row, vm in enumerate(movable):
        if vm.anti_affinity:
            others = {other for name in vm.anti_affinity for other in members[name]} - {row}
            apart[row] = tuple(sorted(others))
            fixed[row] = frozenset(place for name in vm.anti_affinity for place in places.get(name, ()))
    return apart, fixed
