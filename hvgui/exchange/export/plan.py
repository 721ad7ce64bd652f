"""What an export will write: each file with its place, how large it gets, and what stands in its way."""

from __future__ import annotations

import re
from pathlib import Path, PureWindowsPath

import msgspec

from hvgui.cluster.cluster import Cluster
from hvgui.cluster.ids import VmId
from hvgui.cluster.machines import VirtualMachine, VmState
from hvgui.cluster.storage import DiskKind, VirtualDisk
from hvgui.exchange.export.configuration import Surroundings
from hvgui.exchange.export.content import PIECE_BYTES, blocks_of, whole_size
from hvgui.exchange.export.kept_machine import encoded, file_key, kept_machine
from hvgui.exchange.vhd.errors import VhdError
from hvgui.exchange.vhd.layout import BLOCK_BYTES, MOST_BYTES

DISKS, SNAPSHOTS, MACHINES = "Virtual Hard Disks", "Snapshots", "Virtual Machines"
"""The folders of an export, in Hyper-V's own words."""
_NOT_IN_NAMES = re.compile(r'[<>:"/\\|?*\x00-\x1f]')
_NAME_BYTES = 200
"""Of the 255 that file systems allow; an ending comes behind."""
_CONFIGURATION_BYTES = 64 * 1024
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
    around: Surroundings
    """What the configuration files name beyond the VM."""
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
    places = {file_key(one.disk): one.place for one in disks}
    shown = sum(one.disk.size_bytes if one.disk.kind is DiskKind.FIXED else one.disk.file_bytes for one in disks)
    memories = vm.saved_bytes + sum(one.memory_bytes for one in vm.snapshots)
    return ExportPlan(
        vm=vm,
        folder=safe_name(vm.name),
        disks=disks,
        around=Surroundings(
            places=places,
            networks={int(one.id): one.name for one in cluster.networks.values()},
            merges=any(one.is_deleted for one in vm.snapshots),
            record=encoded(kept_machine(cluster, vm, places, configuration_only=configuration_only)),
        ),
        configuration_only=configuration_only,
        shown_bytes=shown + (0 if configuration_only else memories),
        written_bytes=sum(_written_bytes(one.disk) for one in disks) + _CONFIGURATION_BYTES * (1 + len(vm.snapshots)),
    )


def _written_bytes(disk: VirtualDisk) -> int:
    """Each piece touches two pages of the file system: its own, and that of the bitmap before it."""
    return blocks_of(disk) * 2 * PIECE_BYTES + 2 * PIECE_BYTES + 4 * (disk.size_bytes // BLOCK_BYTES)


def _disks(vm: VirtualMachine) -> tuple[PlannedDisk, ...]:
    """Every file, parents first."""
    frozen = [disk for one in vm.snapshots for disk in one.disks]
    every = {file_key(disk): disk for disk in (*frozen, *vm.disks)}
    places: dict[str, str] = {}
    for key, disk in every.items():
        if disk.kind is DiskKind.PHYSICAL:
            raise VhdError(f"{disk.name} of {vm.name} is a pass-through disk: it has no file to export")
        if whole_size(disk) > MOST_BYTES:
            raise VhdError(f"{disk.name} of {vm.name} is larger than the 2,040 GB of a VHD")
        places[key] = _place(disk, set(places.values()))
    return tuple(PlannedDisk(disk, places[key], _parent_place(disk, places)) for key, disk in _parents_first(every))


def _parent_place(disk: VirtualDisk, places: dict[str, str]) -> str:
    """Empty where the parent is no file of this VM's: what is known of the disk stands for itself then."""
    return places.get(disk.parent.lower(), "") if disk.kind is DiskKind.DIFFERENCING else ""


def _parents_first(every: dict[str, VirtualDisk]) -> list[tuple[str, VirtualDisk]]:
    depths: dict[str, int] = {}
    for key, disk in every.items():
        depth, above = 0, {key}
        parent = disk.parent.lower()
        if parent in every and whole_size(every[parent]) != whole_size(disk):
            raise VhdError(f"{disk.name} has another size than the disk that it builds on")
        while parent in every:
            if parent in above:
                raise VhdError(f"{disk.name} is its own ancestor: the chain of its parents runs in a circle")
            above.add(parent)
            depth, parent = depth + 1, every[parent].parent.lower()
        depths[key] = depth
    return sorted(every.items(), key=lambda item: depths[item[0]])


def _place(disk: VirtualDisk, taken: set[str]) -> str:
    folder = SNAPSHOTS if disk.path.lower().endswith((".avhd", ".avhdx")) else DISKS
    stem = safe_name(PureWindowsPath(disk.path or disk.name).stem)
    ending = "avhd" if folder == SNAPSHOTS else "vhd"
    place, number, lower = f"{folder}/{stem}.{ending}", 1, {one.lower() for one in taken}
    while place.lower() in lower:
        number += 1
        place = f"{folder}/{stem}-{number}.{ending}"
    return place


def safe_name(name: str) -> str:
    """A name that every file system takes, and that leads nowhere else."""
    made = _NOT_IN_NAMES.sub("_", name).strip(" .")[:100]
    made = made.encode("utf-8", errors="replace")[:_NAME_BYTES].decode("utf-8", errors="ignore").strip(" .")
    made = made or "unnamed"
    return f"_{made}" if _RESERVED.fullmatch(made) else made


def target_of(plan: ExportPlan, into: Path) -> Path:
    """The folder that will be there at the end."""
    return into / plan.folder
