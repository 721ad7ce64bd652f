"""Changes of a cluster, one after another, as the one change that they come to."""

from __future__ import annotations

from hvgui.cluster.cluster import Changes, Record, Settings
from hvgui.cluster.ids import NodeId, TaskId, VmId, VolumeId
from hvgui.cluster.machines import VirtualMachine
from hvgui.cluster.networks import Link
from hvgui.cluster.nodes import Node
from hvgui.cluster.storage import DetachedDisk, DiskKey, StoragePath, Volume
from hvgui.cluster.tasks import Task


class NetChanges:
    """Takes changes in the order in which they happened. What is gone at the end is no longer among the records."""

    __slots__ = ("_disks", "_enabled", "_nodes", "_records", "_tasks", "_vms", "_volumes")

    def __init__(self) -> None:
        self._records: dict[tuple[type, object], Record] = {}
        self._vms: dict[VmId, None] = {}
        self._tasks: dict[TaskId, None] = {}
        self._volumes: dict[VolumeId, None] = {}
        self._disks: dict[DiskKey, None] = {}
        self._nodes: dict[NodeId, None] = {}
        self._enabled = False

    def add(self, changes: Changes) -> None:
        """The next change. Within one, what is removed comes before what is put."""
        for kind, gone in (
            (Task, changes.ended_tasks),
            (VirtualMachine, changes.removed_vms),
            (Volume, changes.removed_volumes),
            (DetachedDisk, changes.removed_disks),
            (Node, changes.removed_nodes),
        ):
            for one in gone:
                self._records.pop((kind, one), None)
        if changes.removed_nodes:
            self._forget_ties(set(changes.removed_nodes))
        self._tasks.update(dict.fromkeys(changes.ended_tasks))
        self._vms.update(dict.fromkeys(changes.removed_vms))
        self._volumes.update(dict.fromkeys(changes.removed_volumes))
        self._disks.update(dict.fromkeys(changes.removed_disks))
        self._nodes.update(dict.fromkeys(changes.removed_nodes))
        self._records.update((record_key(record), record) for record in changes.records)
        self._enabled = self._enabled or changes.shared_volumes_enabled

    def total(self) -> Changes:
        """What they come to."""
        return Changes(
            tuple(self._records.values()),
            tuple(self._vms),
            tuple(self._tasks),
            tuple(self._volumes),
            tuple(self._disks),
            self._enabled,
            tuple(self._nodes),
        )

    def _forget_ties(self, nodes: set[NodeId]) -> None:
        """Links and paths go with their server."""
        ties = [key for key, one in self._records.items() if isinstance(one, Link | StoragePath) and one.node in nodes]
        for key in ties:
            del self._records[key]


def record_key(record: Record) -> tuple[type, object]:
    """What tells a record from every other one: its kind, and its id or key."""
    if isinstance(record, Link | StoragePath | DetachedDisk):
        return (type(record), record.key)
    if isinstance(record, Settings):
        return (type(record), None)
    return (type(record), record.id)
