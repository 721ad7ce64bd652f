"""The same cluster with a VM's disks elsewhere: on a Cluster Shared Volume, or on a LUN of their own. For comparing
what a migration would take with and without."""

from __future__ import annotations

import enum

from msgspec.structs import replace

from hvgui.cluster.cluster import ClusterRecord
from hvgui.cluster.ids import LunId, SanId, VmId, VolumeId
from hvgui.cluster.machines import VirtualMachine
from hvgui.cluster.storage import DiskKind, Lun, LunUse, VirtualDisk, Volume
from hvgui.cluster.units import GIB


class Variant(enum.Enum):
    """Where the VM's disks lie in a forecast."""

    AS_IT_IS = "as it is"
    SHARED_VOLUME = "on a Cluster Shared Volume"
    OWN_LUN = "on a LUN of its own"


def variant_of(record: ClusterRecord, vm: VirtualMachine) -> Variant:
    """Which variant the VM is now: a LUN that it shares with others counts as none of them."""
    shared = [disk for disk in vm.disks if disk.volume is not None]
    luns = {disk.lun for disk in vm.disks if disk.lun is not None}
    if shared and not luns:
        return Variant.SHARED_VOLUME
    others = any(disk.lun in luns for other in record.vms if other.id != vm.id for disk in other.disks if disk.lun)
    return Variant.OWN_LUN if luns and not shared and not others else Variant.AS_IT_IS


def with_storage(record: ClusterRecord, vm_id: VmId, variant: Variant) -> ClusterRecord:
    """The cluster with the VM's shared disks there; disks on nodes' own disks and whole LUNs stay where they are."""
    vm = next(one for one in record.vms if one.id == vm_id)
    if variant is Variant.AS_IT_IS or variant_of(record, vm) is variant or _san_of(record, vm) is None:
        return record
    if variant is Variant.OWN_LUN:
        return _on_own_lun(record, vm)
    return _on_volume(record, vm)


def _movable(disk: VirtualDisk) -> bool:
    return disk.kind is not DiskKind.PHYSICAL and (disk.volume is not None or disk.lun is not None)


def _san_of(record: ClusterRecord, vm: VirtualMachine) -> SanId | None:
    """The SAN of the first disk that can be moved."""
    volumes = {volume.id: volume.lun for volume in record.volumes}
    luns = {lun.id: lun.san for lun in record.luns}
    for disk in vm.disks:
        if _movable(disk):
            lun = volumes[disk.volume] if disk.volume is not None else disk.lun
            return luns[lun] if lun is not None else None
    return None


def _new_lun(record: ClusterRecord, vm: VirtualMachine, use: LunUse) -> Lun:
    san = _san_of(record, vm)
    if san is None:
        raise ValueError(f"{vm.name} has no disk on a SAN")
    size = sum(disk.size_bytes for disk in vm.disks if _movable(disk)) + GIB
    return Lun(LunId(len(record.luns)), f"LUN of {vm.name}", san, size, use, vm.owner)


def _placed(
    record: ClusterRecord, vm: VirtualMachine, *, volume: VolumeId | None = None, lun: LunId | None = None
) -> tuple[VirtualMachine, ...]:
    disks = tuple(replace(disk, volume=volume, lun=lun) if _movable(disk) else disk for disk in vm.disks)
    return tuple(replace(vm, disks=disks) if one.id == vm.id else one for one in record.vms)


def _on_own_lun(record: ClusterRecord, vm: VirtualMachine) -> ClusterRecord:
    lun = _new_lun(record, vm, LunUse.VM)
    return replace(record, luns=(*record.luns, lun), vms=_placed(record, vm, lun=lun.id))


def _on_volume(record: ClusterRecord, vm: VirtualMachine) -> ClusterRecord:
    """On a volume of the same SAN, made where there is none."""
    san = _san_of(record, vm)
    luns = {lun.id: lun for lun in record.luns}
    there = next((volume for volume in record.volumes if luns[volume.lun].san == san), None)
    if there is not None:
        return replace(record, vms=_placed(record, vm, volume=there.id))
    lun = _new_lun(record, vm, LunUse.SHARED_VOLUME)
    highest = max((volume.id for volume in record.volumes), default=-1)
    number = VolumeId(max(record.last_volume_id, highest) + 1)
    volume = Volume(number, f"Volume{number + 1}", lun.id, vm.owner, lun.size_bytes)
    return replace(
        record,
        luns=(*record.luns, lun),
        volumes=(*record.volumes, volume),
        vms=_placed(record, vm, volume=volume.id),
    )
