"""Which tabs an object has, and which rows stand in its table: data, one line a kind."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import partial

from hvgui.cluster.ids import LunId, VolumeId
from hvgui.gui.facts import Facts
from hvgui.gui.objects import Kind, Ref, disk_ref, file_ref, link_ref, node_ref, vm_ref
from hvgui.gui.tables.column import TableKind
from hvgui.gui.tables.disk_columns import DISK_TABLE
from hvgui.gui.tables.network_columns import LINK_TABLE, NETWORK_TABLE
from hvgui.gui.tables.node_columns import NODE_TABLE
from hvgui.gui.tables.storage_columns import FILE_TABLE, LUN_TABLE, VOLUME_TABLE
from hvgui.gui.tables.vm_columns import VM_TABLE
from hvgui.requests.storage_losses import vms_above

Rows = Callable[[Ref, Facts], Iterable[Ref]]


@dataclass(frozen=True)
class Page:
    """The tabs of a kind of object: its tables first, then its properties, then its graphs."""

    tables: tuple[tuple[TableKind, Rows], ...] = ()
    own_tables: tuple[tuple[TableKind, Rows], ...] = ()
    """Tables of what belongs to the object: they stand behind its graphs."""
    summary: bool = False
    graphs: bool = False
    migration: bool = False
    memory: bool = False
    snapshots: bool = False
    quorum: bool = False
    tips: bool = False
    """What the load watch proposes."""
    map: bool = False
    """The map of the networks."""
    events: bool = False


def _all_vms(ref: Ref, facts: Facts) -> Iterable[Ref]:
    return map(vm_ref, facts.cluster.vms)


def _vms_on(ref: Ref, facts: Facts) -> Iterable[Ref]:
    return map(vm_ref, facts.cluster.vms_on(ref.node))


def _vms_on_volume(ref: Ref, facts: Facts) -> Iterable[Ref]:
    return map(vm_ref, facts.cluster.vms_on_volume(VolumeId(ref.number)))


def _vms_on_lun(ref: Ref, facts: Facts) -> Iterable[Ref]:
    return map(vm_ref, vms_above(facts.cluster, LunId(ref.number)))


def _disks(ref: Ref, facts: Facts) -> Iterable[Ref]:
    vm = facts.cluster.vms.get(ref.vm)
    return () if vm is None else (disk_ref(vm.id, disk.slot) for disk in vm.disks)


def _files(ref: Ref, facts: Facts) -> Iterable[Ref]:
    """Detached disks: all of them, or those on a volume or LUN."""
    for key, one in facts.cluster.detached_disks.items():
        disk = one.disk
        if ref.kind is Kind.STORAGE or (disk.volume if ref.kind is Kind.VOLUME else disk.lun) == ref.number:
            yield file_ref(key)


def _all_nodes(ref: Ref, facts: Facts) -> Iterable[Ref]:
    return map(node_ref, facts.cluster.nodes)


def _luns(ref: Ref, facts: Facts) -> Iterable[Ref]:
    luns = facts.cluster.luns.values()
    return (Ref(Kind.LUN, lun.id) for lun in luns if ref.kind is not Kind.SAN or lun.san == ref.number)


def _volumes(ref: Ref, facts: Facts) -> Iterable[Ref]:
    return (Ref(Kind.VOLUME, volume) for volume in facts.cluster.volumes)


def _networks(ref: Ref, facts: Facts) -> Iterable[Ref]:
    return (Ref(Kind.NETWORK, network) for network in facts.cluster.networks)


def _links(ref: Ref, facts: Facts) -> Iterable[Ref]:
    return (link_ref(node, network) for node, network in facts.cluster.links if network == ref.network)


def scope(rows: Rows, ref: Ref) -> Callable[[Facts], Iterable[Ref]]:
    """The rows of one object's table."""
    return partial(rows, ref)


PAGES: dict[Kind, Page] = {
    Kind.CLUSTER: Page(((NODE_TABLE, _all_nodes), (VM_TABLE, _all_vms)), summary=True, quorum=True, tips=True),
    Kind.SERVICES: Page(((VM_TABLE, _all_vms),)),
    Kind.NODES: Page(((NODE_TABLE, _all_nodes),)),
    Kind.STORAGE: Page(((LUN_TABLE, _luns), (FILE_TABLE, _files))),
    Kind.SAN: Page(((LUN_TABLE, _luns),), summary=True, graphs=True),
    Kind.LUN: Page(((VM_TABLE, _vms_on_lun),), ((FILE_TABLE, _files),), summary=True, graphs=True),
    Kind.VOLUMES: Page(((VOLUME_TABLE, _volumes),)),
    Kind.VOLUME: Page(((VM_TABLE, _vms_on_volume),), ((FILE_TABLE, _files),), summary=True, graphs=True),
    Kind.NETWORKS: Page(((NETWORK_TABLE, _networks),), map=True),
    Kind.NETWORK: Page(((LINK_TABLE, _links),), map=True),
    Kind.LINK: Page(summary=True),
    Kind.EVENTS: Page(events=True),
    Kind.NODE: Page(((VM_TABLE, _vms_on),), summary=True, graphs=True, memory=True),
    Kind.VM: Page(own_tables=((DISK_TABLE, _disks),), summary=True, graphs=True, migration=True, snapshots=True),
}
"""The page of every kind that stands in the tree."""
