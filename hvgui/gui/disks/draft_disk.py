"""One disk as the form has it, before it is asked for."""

from __future__ import annotations

import enum
from dataclasses import dataclass

from hvgui.cluster.cluster import Cluster
from hvgui.cluster.ids import LunId, NodeId, VolumeId
from hvgui.cluster.machines import VirtualMachine
from hvgui.cluster.storage import DiskKey, DiskKind, LunUse, Slot, VirtualDisk
from hvgui.cluster.storage_access import disk_access
from hvgui.cluster.units import format_bytes, parse_bytes
from hvgui.gui.inventory_order import name_key
from hvgui.gui.words import tr
from hvgui.requests.disk_plan import free_bytes
from hvgui.requests.new_disks import DiskToAdd, ExistingDisk, NewDisk, PassThroughDisk

Home = tuple[str, int]
"""`volume`, `lun` or `node`, and its id."""


class Source(enum.Enum):
    """Where a disk comes from."""

    NEW = "New virtual hard disk"
    EXISTING = "Existing virtual hard disk"
    WHOLE_LUN = "Physical hard disk (pass-through)"


@dataclass
class DraftDisk:
    """What the person has entered; read only when it is asked for."""

    source: Source = Source.NEW
    kind: DiskKind = DiskKind.DYNAMIC
    name: str = ""
    size: str = "100 GB"
    home: Home | None = None
    parent: str = ""
    key: DiskKey | None = None
    lun: LunId | None = None
    slot: Slot | None = None

    def to_add(self) -> DiskToAdd:
        """The disk. Raises ValueError with a sentence where the form can't be read."""
        if self.source is Source.EXISTING:
            if self.key is None:
                raise ValueError(tr("there is no virtual disk file that no VM has attached"))
            return ExistingDisk(self.key, self.slot)
        if self.source is Source.WHOLE_LUN:
            if self.lun is None:
                raise ValueError(tr("there is no available LUN: make a new one below Storage"))
            return PassThroughDisk(self.lun, self.slot)
        kind, number = self.home if self.home is not None else ("", 0)
        return NewDisk(
            kind=self.kind,
            name=self.name.strip(),
            size_bytes=0 if self.kind is DiskKind.DIFFERENCING else parse_bytes(self.size),
            volume=VolumeId(number) if kind == "volume" else None,
            lun=LunId(number) if kind == "lun" else None,
            local_node=NodeId(number) if kind == "node" else None,
            parent=self.parent if self.kind is DiskKind.DIFFERENCING else "",
            slot=self.slot,
        )

    def title(self, cluster: Cluster) -> str:
        """The disk in the list."""
        if self.source is Source.EXISTING:
            return self.key[1].rpartition("\\")[2] if self.key is not None else tr("existing disk")
        if self.source is Source.WHOLE_LUN:
            lun = cluster.luns.get(self.lun) if self.lun is not None else None
            return lun.name if lun is not None else tr("pass-through disk")
        size = "" if self.kind is DiskKind.DIFFERENCING else f", {self.size.strip()}"
        return f"{self.name.strip() or tr('new disk')}{size}"


@dataclass(frozen=True)
class Place:
    """Where a new disk can lie: its name, and how full it is."""

    home: Home
    name: str
    used_bytes: int = 0
    size_bytes: int = 0
    reason: str = ""
    """Why no disk can be put there now."""

    @property
    def words(self) -> str:
        """The place in the list of places."""
        if self.reason:
            return tr("{place} – {reason}", place=self.name, reason=self.reason)
        return f"{self.name} – {self.room}" if self.size_bytes else self.name

    @property
    def room(self) -> str:
        """What is free there."""
        if not self.size_bytes:
            return ""
        free = format_bytes(max(0, self.size_bytes - self.used_bytes))
        return tr("{free} free of {whole}", free=free, whole=format_bytes(self.size_bytes))


def places_for(cluster: Cluster, vm: VirtualMachine) -> tuple[Place, ...]:
    """Cluster Shared Volumes first, then LUNs, then the owner's own disk; those out of reach last, with the reason."""
    found: list[Place] = []
    for volume in sorted(cluster.volumes.values(), key=lambda one: name_key(one.name)):
        disk = VirtualDisk("", 0, volume=volume.id)
        reason = "" if disk_access(cluster, vm.owner, disk).is_there else tr("out of reach")
        found.append(Place(("volume", volume.id), volume.path, volume.used_bytes, volume.size_bytes, reason))
    for lun in sorted(cluster.luns.values(), key=lambda one: name_key(one.name)):
        if lun.use in (LunUse.AVAILABLE, LunUse.VM) and not _is_raw(cluster, lun.id):
            free = free_bytes(cluster, None, lun.id)
            disk = VirtualDisk("", 0, lun=lun.id)
            reason = "" if disk_access(cluster, vm.owner, disk).is_there else tr("another node owns it")
            found.append(Place(("lun", lun.id), lun.name, lun.size_bytes - free, lun.size_bytes, reason))
    node = cluster.nodes[vm.owner]
    found.append(Place(("node", node.id), tr("{node}'s own disk (the VM can't migrate then)", node=node.name)))
    return tuple(sorted(found, key=lambda place: bool(place.reason)))


def _is_raw(cluster: Cluster, lun: LunId) -> bool:
    return any(
        disk.lun == lun and disk.kind is DiskKind.PHYSICAL
        for vm in cluster.vms_on_lun(lun)
        for disk in cluster.vms[vm].disks
    )


def free_name(cluster: Cluster, vm: VirtualMachine, taken: set[str]) -> str:
    """`SQL01-disk2`: a file name that nobody has on that VM, nor in the list."""
    known = {disk.name.rpartition(".")[0].casefold() for disk in vm.disks} | {one.casefold() for one in taken}
    known |= {one.disk.name.rpartition(".")[0].casefold() for one in cluster.detached_disks.values()}
    number = len(vm.disks) + 1
    while f"{vm.name}-disk{number}".casefold() in known:
        number += 1
    return f"{vm.name}-disk{number}"
