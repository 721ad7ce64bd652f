"""Whether the lab still is as it was when everything was tried."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from hvgui.cluster.cluster import Changes, Cluster
from hvgui.cluster.ids import NodeId, VmId
from hvgui.cluster.machines import VirtualMachine
from hvgui.cluster.networks import Link
from hvgui.cluster.nodes import Node
from hvgui.gui.words import counted, tr


class WorldChanges:
    """Follows one cluster that changes and tells what differs from another that does not."""

    def __init__(self, tried: Cluster) -> None:
        self._tried = tried
        self._nodes: set[NodeId] = set()
        self._vms: set[VmId] = set()
        self._links: set[tuple[int, int]] = set()
        self._is_another = False

    def another_world(self) -> None:
        """Another moment or branch is shown."""
        self._is_another = True

    def take(self, changes: Changes) -> None:
        """Records have changed, or gone."""
        self._vms.update(changes.removed_vms)
        for record in changes.records:
            if isinstance(record, VirtualMachine):
                _note(self._vms, record.id, _differs(_of_vm, record, self._tried.vms.get(record.id)))
            elif isinstance(record, Node):
                _note(self._nodes, record.id, _differs(_of_node, record, self._tried.nodes.get(record.id)))
            elif isinstance(record, Link):
                _note(self._links, record.key, self._tried.links.get(record.key) != record)

    @property
    def words(self) -> str:
        """What has changed, as a sentence; empty: nothing that counts."""
        if self._is_another:
            return tr("Another moment of the lab is shown now.")
        parts = [
            counted(len(changed), one, many)
            for changed, one, many in (
                (self._nodes, "{count} node", "{count} nodes"),
                (self._vms, "{count} VM", "{count} VMs"),
                (self._links, "{count} link", "{count} links"),
            )
            if changed
        ]
        return tr("The lab has changed since: {what}.", what=", ".join(parts)) if parts else ""


def _note(into: set[Any], key: object, differs: bool) -> None:
    if differs:
        into.add(key)
    else:
        into.discard(key)


def _differs(essence: Any, now: Any, before: Any) -> bool:
    return bool(before is None or essence(now) != essence(before))


def _of_vm(vm: VirtualMachine) -> Iterable[object]:
    """What a trial depends on and does not change by itself, as dynamic memory and the size of files do."""
    owners = vm.preferred_owners, vm.possible_owners, vm.anti_affinity
    return (
        vm.owner,
        vm.state,
        vm.vcpus,
        vm.memory.settings,
        vm.load,
        vm.clients,
        vm.priority,
        vm.highly_available,
        owners,
    )


def _of_node(node: Node) -> Iterable[object]:
    return (node.state, node.service, node.is_member, node.processor, node.memory_bytes, node.live_migrations)
