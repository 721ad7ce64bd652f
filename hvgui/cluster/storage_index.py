"""Which VMs have disks on which LUN or volume, and what their files take: kept beside the records, never in a file."""

from __future__ import annotations

from collections.abc import Iterable

from hvgui.cluster.ids import LunId, VmId, VolumeId
from hvgui.cluster.machines import VirtualMachine
from hvgui.cluster.storage import DetachedDisk, DiskKind, VirtualDisk

_Home = tuple[bool, int]
"""True and a volume's id, or False and a LUN's."""


class StorageIndex:
    """Follows every record that is put; a VM whose disks are the same ones as before costs nothing."""

    __slots__ = ("_used", "_vms")

    def __init__(self) -> None:
        self._vms: dict[_Home, dict[VmId, None]] = {}
        self._used: dict[LunId, int] = {}

    def fork(self) -> StorageIndex:
        """An independent copy."""
        copy = StorageIndex.__new__(StorageIndex)
        copy._vms = {home: vms.copy() for home, vms in self._vms.items()}
        copy._used = self._used.copy()
        return copy

    def count_vm(self, before: VirtualMachine | None, after: VirtualMachine | None) -> None:
        """A VM's record takes the place of another (None: there was, or is, none)."""
        old = before.disks if before is not None else ()
        new = after.disks if after is not None else ()
        if before is None or after is None or before.snapshots is not after.snapshots:
            self._count_frozen(before, -1)
            self._count_frozen(after, +1)
        if old is new:
            return
        self._count(old, -1)
        self._count(new, +1)
        one = after if after is not None else before
        if one is None:
            return
        left, come = _homes(old), _homes(new)
        for home in left:
            if home not in come:
                self._vms[home].pop(one.id, None)
        for home in come:
            self._vms.setdefault(home, {})[one.id] = None

    def _count_frozen(self, vm: VirtualMachine | None, sign: int) -> None:
        """The files of a VM's snapshots, and their saved memory, which lies beside the first disk."""
        for one in vm.snapshots if vm is not None else ():
            self._count(one.disks, sign)
            for disk in one.disks[:1]:
                if disk.lun is not None and disk.volume is None:
                    self._used[disk.lun] = self._used.get(disk.lun, 0) + sign * one.memory_bytes

    def count_detached(self, before: DetachedDisk | None, after: DetachedDisk | None) -> None:
        """Likewise for a detached disk."""
        for record, sign in ((before, -1), (after, +1)):
            if record is not None:
                self._count((record.disk,), sign)

    def vms_on_volume(self, volume: VolumeId) -> tuple[VmId, ...]:
        """VMs with disks on a volume, by id."""
        return tuple(sorted(self._vms.get((True, volume), ())))

    def vms_on_lun(self, lun: LunId) -> tuple[VmId, ...]:
        """VMs with disks on a LUN itself, by id."""
        return tuple(sorted(self._vms.get((False, lun), ())))

    def lun_used_bytes(self, lun: LunId) -> int:
        """What files take of a LUN."""
        return self._used.get(lun, 0)

    def _count(self, disks: Iterable[VirtualDisk], sign: int) -> None:
        for disk in disks:
            if disk.lun is not None and disk.volume is None and disk.kind is not DiskKind.PHYSICAL:
                self._used[disk.lun] = self._used.get(disk.lun, 0) + sign * disk.file_bytes


def _homes(disks: Iterable[VirtualDisk]) -> dict[_Home, None]:
    homes: dict[_Home, None] = {}
    for disk in disks:
        if disk.volume is not None:
            homes[(True, disk.volume)] = None
        elif disk.lun is not None:
            homes[(False, disk.lun)] = None
    return homes
