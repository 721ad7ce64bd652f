"""Requests on snapshots as a scenario writes them: by name, for the numbers are not known before they are taken."""

from __future__ import annotations

import msgspec

from hvgui.cluster.cluster import Cluster
from hvgui.cluster.ids import VmId
from hvgui.cluster.snapshots import shown
from hvgui.lab.scenario_table import Table
from hvgui.requests.request import Request, vm_name
from hvgui.requests.snapshots import ApplySnapshot, DeleteSnapshot, RenameSnapshot

OnSnapshot = ApplySnapshot | DeleteSnapshot | RenameSnapshot
_OF_NONE = 0


class NamedSnapshot(msgspec.Struct, frozen=True):
    """A request on the newest snapshot that has the name when the moment comes."""

    vm: VmId
    name: str
    request: OnSnapshot
    """With no snapshot's number in it yet."""

    def resolved(self, cluster: Cluster) -> OnSnapshot | None:
        """The request on the snapshot of that name (letters large or small); None where the VM has none."""
        vm = cluster.vms.get(self.vm)
        wanted = self.name.casefold()
        found = [one.id for one in shown(vm.snapshots if vm is not None else ()) if one.name.casefold() == wanted]
        return msgspec.structs.replace(self.request, snapshot=found[-1]) if found else None

    def why_not(self, cluster: Cluster) -> str:
        """That there is none, and which there are."""
        vm = cluster.vms.get(self.vm)
        names = [f"'{one.name}'" for one in shown(vm.snapshots if vm is not None else ())]
        there = f"it has {', '.join(names[-5:])}" if names else "it has none"
        return f"{vm_name(cluster, self.vm)} has no snapshot '{self.name}' at this moment: {there}."


def snapshot_number(table: Table) -> int | None:
    """`snapshot` where it is a number; of one that is a name, a number that no snapshot has."""
    return _OF_NONE if table.is_a_text("snapshot") else table.whole("snapshot", 1, 1_000_000)


def by_name(request: Request, table: Table) -> Request | NamedSnapshot:
    """The request, or what stands for it where it names its snapshot."""
    if not isinstance(request, OnSnapshot) or request.snapshot != _OF_NONE:
        return request
    name = table.needed("snapshot", table.text("snapshot")).strip()
    if not name:
        raise table.error("the name of a snapshot is empty.", "snapshot")
    return NamedSnapshot(request.vm, name, request)
