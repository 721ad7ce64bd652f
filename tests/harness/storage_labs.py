"""Worlds for tests of storage: three nodes, a SAN with two volumes, LUNs of all uses, guests that read and write."""

from __future__ import annotations

from msgspec.structs import replace

from engine_world import guest
from hvgui.cluster.cluster import ClusterRecord
from hvgui.cluster.ids import LunId, NodeId, SanId, TaskId, VmId, VolumeId
from hvgui.cluster.load import LoadCurve
from hvgui.cluster.machines import VirtualMachine
from hvgui.cluster.storage import Controller, DiskKind, Lun, LunUse, San, VirtualDisk, Volume
from hvgui.cluster.units import GIB, TIB
from hvgui.requests.disks import (
    AddController,
    AddDisks,
    CancelAddDisks,
    DeleteDetachedDisk,
    RemoveController,
    RemoveDisk,
)
from hvgui.requests.guest_disks import (
    ChangeDriveLetter,
    CreatePartition,
    DeletePartition,
    FormatPartition,
    InitialiseDisk,
    SetDiskOnline,
)
from hvgui.requests.new_disks import NewDisk
from hvgui.requests.request import Request
from hvgui.requests.shared_volumes import AddSharedVolume, CreateLun, EnableSharedVolumes, MoveLun, RemoveSharedVolume
from hvgui.requests.storage_faults import (
    FailLun,
    FailPath,
    FailSan,
    RestoreLun,
    RestorePath,
    RestoreSan,
    SetPathSpeed,
)
from hvgui.requests.volume_requests import (
    BringVolumeOnline,
    MoveCoordinator,
    TakeVolumeOffline,
    TurnOffMaintenance,
    TurnOffRedirectedAccess,
    TurnOnMaintenance,
    TurnOnRedirectedAccess,
)
from small_cluster import small_record

SAN, VOLUME1, VOLUME2 = SanId(0), VolumeId(0), VolumeId(1)
LUN1, LUN2, OWN, SPARE, SPARE2 = LunId(0), LunId(1), LunId(2), LunId(3), LunId(4)
SCSI = Controller.SCSI


def storage_record(*vms: VirtualMachine, nodes: int = 3) -> ClusterRecord:
    """LUN1 and LUN2 carry Volume1 and Volume2 (coordinated by nodes 1 and 2); OWN holds VMs' disks without a volume;
    SPARE and SPARE2 are available storage. The SAN gives 125 MB/s and 20,000 operations a second."""
    record = small_record(vms, nodes)
    luns = (
        *record.luns,
        Lun(LUN2, "LUN2", SAN, TIB, LunUse.SHARED_VOLUME, NodeId(1)),
        Lun(OWN, "OWN", SAN, TIB, LunUse.VM, NodeId(0)),
        Lun(SPARE, "SPARE", SAN, 100 * GIB, LunUse.AVAILABLE, NodeId(0)),
        Lun(SPARE2, "SPARE2", SAN, 3 * TIB, LunUse.AVAILABLE, NodeId(0)),
    )
    volumes = (*record.volumes, Volume(VOLUME2, "Volume2", LUN2, NodeId(1), TIB))
    return replace(record, sans=(San(SAN, "SAN", 125e6),), luns=luns, volumes=volumes)


def disk(number: int, volume: VolumeId | None = VOLUME1, lun: LunId | None = None) -> VirtualDisk:
    """A dynamic disk of 40 GB that has a path, at the next place of the IDE bus."""
    root = "C:\\ClusterStorage\\Volume1" if lun is None else "E:"
    return VirtualDisk(
        f"system{number}.vhd",
        40 * GIB,
        DiskKind.DYNAMIC,
        10 * GIB,
        path=f"{root}\\VM{number:02d}\\system{number}.vhd",
        volume=None if lun is not None else volume,
        lun=lun,
    )


def busy_guest(
    number: int = 0,
    owner: int = 0,
    *,
    iops: float = 0.0,
    growth: float = 0.0,
    lun: LunId | None = None,
    volume: VolumeId = VOLUME1,
) -> VirtualMachine:
    """A guest of 2 GB with one disk; `iops` of 8 KiB each, `growth` in bytes a second."""
    vm = guest(number, owner)
    load = replace(vm.load, disk_iops=LoadCurve(level=iops), disk_growth_bytes_per_second=LoadCurve(level=growth))
    return replace(vm, disks=(disk(number, volume, lun),), load=load)


_VM, _SLOT, _NODE = VmId(0), (SCSI, 0, 0), NodeId(0)
ONE_OF_EACH_ON_STORAGE: tuple[Request, ...] = (
    AddDisks(vm=_VM, disks=(NewDisk(DiskKind.DYNAMIC, "data", 10 * GIB, volume=VOLUME1),)),
    CancelAddDisks(task=TaskId(0)),
    RemoveDisk(vm=_VM, slot=_SLOT),
    AddController(vm=_VM),
    RemoveController(vm=_VM),
    DeleteDetachedDisk(key=(None, "c:\\clusterstorage\\volume1\\loose.vhd")),
    InitialiseDisk(vm=_VM, slot=_SLOT),
    CreatePartition(vm=_VM, slot=_SLOT, letter="E"),
    FormatPartition(vm=_VM, slot=_SLOT, number_on_disk=1),
    ChangeDriveLetter(vm=_VM, slot=_SLOT, number_on_disk=1, letter="F"),
    DeletePartition(vm=_VM, slot=_SLOT, number_on_disk=1),
    SetDiskOnline(vm=_VM, slot=_SLOT, online=False),
    EnableSharedVolumes(),
    AddSharedVolume(lun=SPARE),
    RemoveSharedVolume(volume=VOLUME1),
    MoveLun(lun=SPARE, to=_NODE),
    CreateLun(san=SAN, name="NEW", size_bytes=GIB),
    MoveCoordinator(volume=VOLUME1, to=NodeId(1)),
    *(
        kind(volume=VOLUME1)
        for kind in (
            TurnOnRedirectedAccess,
            TurnOffRedirectedAccess,
            TurnOnMaintenance,
            TurnOffMaintenance,
            TakeVolumeOffline,
            BringVolumeOnline,
        )
    ),
    FailSan(san=SAN),
    RestoreSan(san=SAN),
    FailLun(lun=LUN1),
    RestoreLun(lun=LUN1),
    FailPath(node=_NODE, san=SAN),
    RestorePath(node=_NODE, san=SAN),
    SetPathSpeed(node=_NODE, san=SAN, bytes_per_second=1e8),
)
"""A request of each kind on storage."""
