"""What a guest does to its disks: partition tables, partitions, letters."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from msgspec.structs import replace

from hvgui.cluster import guest_view
from hvgui.cluster.guest_disks import DiskContents, Partition, PartitionStyle
from hvgui.cluster.ids import VmId
from hvgui.cluster.storage import DiskKind, Slot, VirtualDisk
from hvgui.cluster.units import MIB
from hvgui.engine import register, storage_growth

if TYPE_CHECKING:
    from hvgui.engine.world import World
    from hvgui.requests.guest_disks import ChangeDriveLetter, CreatePartition, FormatPartition

METADATA_BYTES = 64 * MIB
"""What a quick format of NTFS writes, about: its file table and log."""


def initialise(world: World, vm: VmId, slot: Slot, style: PartitionStyle) -> None:
    """A partition table is written."""
    _change(world, vm, slot, lambda contents: replace(contents, style=style), f"was initialised as {style.value}")


def set_online(world: World, vm: VmId, slot: Slot, *, online: bool) -> None:
    """The guest lets go of a disk, or takes it back."""
    how = "is online" if online else "is offline in its guest"
    _change(world, vm, slot, lambda contents: replace(contents, online=online), how)


def create_partition(world: World, request: CreatePartition) -> None:
    """A simple volume."""

    def added(contents: DiskContents, size_bytes: int) -> DiskContents:
        part = Partition(
            size_bytes=request.size_bytes or contents.unallocated_bytes(size_bytes),
            file_system=request.file_system,
            label=request.label if request.file_system else "",
            letter=request.letter,
            mount_path=request.mount_path,
        )
        part = replace(part, used_bytes=_metadata_bytes(part) if part.file_system else 0)
        return replace(contents, partitions=(*contents.partitions, part))

    disk = _disk(world, request.vm, request.slot)
    how = f"has a new volume{f' {request.letter}:' if request.letter else ''}"
    _change(world, request.vm, request.slot, lambda contents: added(contents, disk.size_bytes), how)
    _written(world, request.vm, request.slot)


def format_partition(world: World, request: FormatPartition) -> None:
    """A volume is empty again."""

    def formatted(part: Partition) -> Partition:
        part = replace(part, file_system=request.file_system, label=request.label)
        return replace(part, used_bytes=_metadata_bytes(part))

    _change_part(world, request.vm, request.slot, request.number_on_disk, formatted, "was formatted")
    _written(world, request.vm, request.slot)


def change_letter(world: World, request: ChangeDriveLetter) -> None:
    """A volume is found under another letter or folder."""

    def changed(part: Partition) -> Partition:
        return replace(part, letter=request.letter, mount_path=request.mount_path)

    new = f"{request.letter}:" if request.letter else request.mount_path or "no letter"
    _change_part(world, request.vm, request.slot, request.number_on_disk, changed, f"has {new} now")


def delete_partition(world: World, vm: VmId, slot: Slot, number: int) -> None:
    """A volume is gone."""

    def without(contents: DiskContents) -> DiskContents:
        parts = contents.partitions
        return replace(contents, partitions=(*parts[: number - 1], *parts[number:]))

    _change(world, vm, slot, without, f"has lost its volume {number}")


def _metadata_bytes(part: Partition) -> int:
    return min(METADATA_BYTES, part.size_bytes // 50)


def _disk(world: World, vm: VmId, slot: Slot) -> VirtualDisk:
    return next(disk for disk in world.cluster.vms[vm].disks if disk.slot == slot)


def _change_part(
    world: World, vm: VmId, slot: Slot, number: int, change: Callable[[Partition], Partition], how: str
) -> None:
    def changed(contents: DiskContents) -> DiskContents:
        parts = tuple(change(p) if one == number else p for one, p in enumerate(contents.partitions, start=1))
        return replace(contents, partitions=parts)

    _change(world, vm, slot, changed, how)


def _change(world: World, vm_id: VmId, slot: Slot, change: Callable[[DiskContents], DiskContents], how: str) -> None:
    vm = guest_view.known(world.cluster.vms[vm_id])
    number = next(one.number for one in guest_view.guest_disks(vm) if one.disk.slot == slot)
    disks = tuple(
        replace(disk, contents=change(disk.contents)) if disk.slot == slot and disk.contents is not None else disk
        for disk in vm.disks
    )
    register.keep_vm(world, replace(vm, disks=disks))
    world.tell("guest-disk", f"Disk {number} of {vm.name} {how}", vm=vm_id, node=vm.owner)


def _written(world: World, vm_id: VmId, slot: Slot) -> None:
    """What was written makes the file of a disk that grows larger."""
    vm, disk = world.cluster.vms[vm_id], _disk(world, vm_id, slot)
    if disk.kind not in (DiskKind.DYNAMIC, DiskKind.DIFFERENCING):
        return
    used = sum(part.used_bytes for part in disk.contents.partitions) if disk.contents is not None else 0
    more = storage_growth.with_room(world, disk, max(0, used - disk.file_bytes))
    disks = tuple(replace(one, file_bytes=one.file_bytes + more) if one.slot == slot else one for one in vm.disks)
    register.keep_vm(world, replace(vm, disks=disks))
    if disk.volume is not None:
        storage_growth.occupy(world, disk.volume, more)
