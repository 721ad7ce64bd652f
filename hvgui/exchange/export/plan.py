"""What an export will write: each file with its place, how large it gets, and what stands in its way."""

from __future__ import annotations

import re
from pathlib import Path, PureWindowsPath

import msgspec

from hvgui.cluster.cluster import Cluster
from hvgui.cluster.ids import VmId
from hvgui.cluster.machines import VirtualMachine, VmState
from hvgui.cluster.storage import DiskKind, VirtualDisk
from hvgui.exchange.export.content import PIECE_BYTES, blocks_of, whole_size
from hvgui.exchange.vhd.errors import VhdError
from hvgui.exchange.vhd.layout import MOST_BYTES, SECTOR_BYTES

DISKS, SNAPSHOTS, MACHINES = "Virtual Hard Disks", "Snapshots", "Virtual Machines"
"""The folders of an export, in Hyper-V's own words."""
_NOT_IN_NAMES = re.compile(r'[<>:"/\\|?*\x00-\x1f]')
_RESERVED = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)(\..*)?", re.IGNORECASE)


class PlannedDisk(msgspec.Struct, frozen=True):
    """One file: the simulated disk, where it goes within the folder, and whose file lies below it."""

    disk: VirtualDisk
    place: str
    parent: str = ""


class ExportPlan(msgspec.Struct, frozen=True):
    """Everything that will be written."""

    vm: VirtualMachine
    folder: str
    """Name of the folder that is made."""
    disks: tuple[PlannedDisk, ...]
    """Parents before those that build on them."""
    networks: dict[int, str]
    configuration_only: bool
    shown_bytes: int
    """What the files' sizes come to."""
    written_bytes: int
    """What is written of it; the rest are holes."""


def plan_export(cluster: Cluster, vm_id: VmId, *, configuration_only: bool = False) -> ExportPlan:
    """What exporting a VM would write. Raises VhdError with a sentence where it can't be exported as it is."""
    vm = cluster.vms[vm_id]
    if vm.task is not None or vm.state not in (VmState.OFF, VmState.SAVED):
        raise VhdError(f"{vm.name} is {vm.state.value}: a VM is exported while it is off or saved")
    disks = () if configuration_only else _disks(vm)
    written = sum(blocks_of(one.disk) * (PIECE_BYTES + SECTOR_BYTES) + 4096 + _table_bytes(one.disk) for one in disks)
    shown = sum(one.disk.size_bytes if one.disk.kind is DiskKind.FIXED else one.disk.file_bytes for one in disks)
    return ExportPlan(
        vm=vm,
        folder=safe_name(vm.name),
        disks=disks,
        networks={int(one.id): one.name for one in cluster.networks.values()},
        configuration_only=configuration_only,
        shown_bytes=shown + (0 if configuration_only else vm.saved_bytes),
        written_bytes=written + 64 * 1024,
    )


def _table_bytes(disk: VirtualDisk) -> int:
    return disk.size_bytes // (512 * 1024)


def _disks(vm: VirtualMachine) -> tuple[PlannedDisk, ...]:
    """Every file: those of snapshots first, in the order in which they were frozen."""
    places: dict[str, str] = {}
    found = []
    frozen = [disk for one in vm.snapshots for disk in one.disks]
    for disk in (*frozen, *vm.disks):
        if disk.kind is DiskKind.PHYSICAL:
            raise VhdError(f"{disk.name} of {vm.name} is a pass-through disk: it has no file to export")
        if whole_size(disk) > MOST_BYTES:
            raise VhdError(f"{disk.name} of {vm.name} is larger than the 2,040 GB of a VHD")
        place = _place(disk, places)
        places[disk.path] = place
        parent = places.get(disk.parent, "") if disk.kind is DiskKind.DIFFERENCING else ""
        found.append(PlannedDisk(disk, place, parent))
    return tuple(found)


def _place(disk: VirtualDisk, taken: dict[str, str]) -> str:
    folder = SNAPSHOTS if disk.path.lower().endswith(".avhd") else DISKS
    stem = safe_name(PureWindowsPath(disk.path or disk.name).stem)
    ending = "avhd" if folder == SNAPSHOTS else "vhd"
    place, number = f"{folder}/{stem}.{ending}", 1
    while place.lower() in {one.lower() for one in taken.values()}:
        number += 1
        place = f"{folder}/{stem}-{number}.{ending}"
    return place


def safe_name(name: str) -> str:
    """A name that every file system takes, and that leads nowhere else."""
    made = _NOT_IN_NAMES.sub("_", name).strip(" .")[:100] or "unnamed"
    return f"_{made}" if _RESERVED.fullmatch(made) else made


def target_of(plan: ExportPlan, into: Path) -> Path:
    """The folder that will be there at the end."""
    return into / plan.folder
