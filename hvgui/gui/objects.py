"""What can be chosen in the window: a kind and a number, packed into one integer where Qt wants one."""

from __future__ import annotations

import enum
import zlib
from collections.abc import Callable, Mapping
from operator import attrgetter
from typing import Any, NamedTuple

from hvgui.cluster.cluster import Cluster, LinkKey, Record
from hvgui.cluster.ids import NetworkId, NodeId, TaskId, VmId
from hvgui.cluster.storage import Controller, DiskKey, Slot


class Kind(enum.IntEnum):
    """Kinds of objects and of branches of the tree."""

    CLUSTER = 1
    SERVICES = 2
    NODES = 3
    STORAGE = 4
    VOLUMES = 5
    NETWORKS = 6
    EVENTS = 7
    VM = 8
    NODE = 9
    SAN = 10
    LUN = 11
    VOLUME = 12
    NETWORK = 13
    LINK = 14
    TASK = 15
    DISK = 16
    """A disk of a VM."""
    FILE = 17
    """A virtual disk file that no VM has attached."""


class Ref(NamedTuple):
    """One object. For branches of the tree `number` is 0; for a link it is packed by `link_ref`."""

    kind: Kind
    number: int = 0

    @property
    def vm(self) -> VmId:
        """The number as a VM's id."""
        return VmId(self.number)

    @property
    def node(self) -> NodeId:
        """The number as a node's id; of a link, the node at its end."""
        return NodeId(self.number >> _LINK_BITS if self.kind is Kind.LINK else self.number)

    @property
    def network(self) -> NetworkId:
        """The number as a network's id; of a link, its network."""
        return NetworkId(self.number & _LINK_MASK if self.kind is Kind.LINK else self.number)

    @property
    def task(self) -> TaskId:
        """The number as a task's id."""
        return TaskId(self.number)

    @property
    def disk(self) -> tuple[VmId, Slot]:
        """A disk's VM and its place."""
        controller = _CONTROLLERS[self.number >> 16 & 0xF]
        return VmId(self.number >> 20), (controller, self.number >> 8 & 0xFF, self.number & 0xFF)

    @property
    def link(self) -> LinkKey:
        """The key of a link."""
        return (self.node, self.network)


_CONTROLLERS = tuple(Controller)
_LINK_BITS = 20
_LINK_MASK = (1 << _LINK_BITS) - 1
_NUMBER_BITS = 44
_NUMBER_MASK = (1 << _NUMBER_BITS) - 1
_KIND_SHIFT = _NUMBER_BITS
_ON_NODE = 1 << 52
"""Set in the key of a VM where it stands below its node: the same VM stands below Services and applications too."""


def vm_ref(vm: int) -> Ref:
    """A VM."""
    return Ref(Kind.VM, vm)


def node_ref(node: int) -> Ref:
    """A node."""
    return Ref(Kind.NODE, node)


def link_ref(node: int, network: int) -> Ref:
    """A node's link to a network."""
    return Ref(Kind.LINK, node << _LINK_BITS | network)


def disk_ref(vm: int, slot: Slot) -> Ref:
    """A VM's disk at a place."""
    controller, number, location = slot
    return Ref(Kind.DISK, vm << 20 | _CONTROLLERS.index(controller) << 16 | number << 8 | location)


def file_ref(key: DiskKey) -> Ref:
    """A detached disk: its key as a number that stays the same whatever else comes and goes."""
    node, path = key
    return Ref(Kind.FILE, zlib.crc32(path.encode()) << 12 | (0 if node is None else (node + 1) & 0xFFF))


def tree_key(ref: Ref, *, on_node: bool = False) -> int:
    """The object's place in the tree as a positive integer of 53 bits."""
    key = ref.kind << _KIND_SHIFT | ref.number
    return key | _ON_NODE if on_node else key


def ref_of(key: int) -> Ref:
    """The object at a place of the tree."""
    key &= ~_ON_NODE
    return Ref(Kind(key >> _KIND_SHIFT), key & _NUMBER_MASK)


def is_on_node(key: int) -> bool:
    """Whether the place is that of a VM below its node."""
    return bool(key & _ON_NODE)


def record_of(cluster: Cluster, ref: Ref) -> Record | None:
    """The record behind an object (of a disk: its VM's); None for branches of the tree and for what is gone."""
    if ref.kind is Kind.LINK:
        return cluster.links.get(ref.link)
    if ref.kind is Kind.DISK:
        vm, slot = ref.disk
        machine = cluster.vms.get(vm)
        return machine if machine is not None and any(disk.slot == slot for disk in machine.disks) else None
    if ref.kind is Kind.FILE:
        return next((one for key, one in cluster.detached_disks.items() if file_ref(key) == ref), None)
    records = _RECORDS.get(ref.kind)
    return None if records is None else records(cluster).get(ref.number)


_RECORDS: dict[Kind, Callable[[Cluster], Mapping[Any, Record]]] = {
    Kind.VM: attrgetter("vms"),
    Kind.NODE: attrgetter("nodes"),
    Kind.TASK: attrgetter("tasks"),
    Kind.NETWORK: attrgetter("networks"),
    Kind.VOLUME: attrgetter("volumes"),
    Kind.LUN: attrgetter("luns"),
    Kind.SAN: attrgetter("sans"),
}


def exists(cluster: Cluster, ref: Ref) -> bool:
    """Whether the cluster still has the object; the branches are always there."""
    return ref.kind <= Kind.EVENTS or record_of(cluster, ref) is not None
