"""What Disk Management shows inside a guest: its disks in bus order, their partitions, letters and mount points.

A disk that nobody has touched in hvgui has no contents on record; then this module says what a guest would show: the
first disk is the one it starts from, every other holds one NTFS volume with the next letter. D: is the DVD drive.
"""

from __future__ import annotations

from collections.abc import Iterable

import msgspec
from msgspec.structs import replace

from hvgui.cluster.guest_disks import LETTERS, DiskContents, Partition, PartitionStyle
from hvgui.cluster.machines import VirtualMachine
from hvgui.cluster.storage import Controller, DiskKind, Slot, VirtualDisk
from hvgui.cluster.units import MIB

DVD_LETTER = "D"
SYSTEM_RESERVED_BYTES = 100 * MIB
"""The partition that Windows Server 2008 R2 starts from, in front of C:."""


class GuestDisk(msgspec.Struct, frozen=True):
    """One disk as Disk Management names it."""

    number: int
    """`Disk 0` is the first in bus order: IDE before SCSI, controllers and locations rising."""
    disk: VirtualDisk
    contents: DiskContents


def guest_disks(vm: VirtualMachine) -> tuple[GuestDisk, ...]:
    """Every disk attached, as its guest sees it."""
    ordered = sorted(vm.disks, key=lambda disk: bus_order(disk.slot))
    used = set(letters_of(disk.contents for disk in ordered if disk.contents is not None)) | {DVD_LETTER}
    found: list[GuestDisk] = []
    for number, disk in enumerate(ordered):
        contents = disk.contents
        if contents is None:
            contents = _untouched(disk, number == 0, used)
            used.update(letters_of([contents]))
        found.append(GuestDisk(number, disk, contents))
    return tuple(found)


def bus_order(slot: Slot) -> tuple[bool, int, int]:
    """The order in which a guest finds its disks."""
    return (slot[0] is Controller.SCSI, slot[1], slot[2])


def disk_at(vm: VirtualMachine, slot: Slot) -> GuestDisk | None:
    """The guest's disk at a place; None where there is none."""
    return next((one for one in guest_disks(vm) if one.disk.slot == slot), None)


def letters_of(contents: Iterable[DiskContents]) -> list[str]:
    """Letters that the partitions of disks have been given, disks taken offline included: they get theirs back."""
    return [part.letter for one in contents for part in one.partitions if part.letter]


def used_letters(vm: VirtualMachine) -> frozenset[str]:
    """Letters that are taken in the guest, the DVD drive's among them."""
    return frozenset(letters_of(one.contents for one in guest_disks(vm))) | {DVD_LETTER}


def free_letters(vm: VirtualMachine) -> tuple[str, ...]:
    """Letters that a volume can be given, in the order in which Disk Management offers them: C to Z, then A and B."""
    used = used_letters(vm)
    return tuple(letter for letter in _offered() if letter not in used)


def mount_points(vm: VirtualMachine) -> frozenset[str]:
    """Folders, in small letters, under which volumes of the guest are mounted."""
    return frozenset(
        part.mount_path.lower() for one in guest_disks(vm) for part in one.contents.partitions if part.mount_path
    )


def known(vm: VirtualMachine) -> VirtualMachine:
    """The VM with what its guest shows written down on every disk: from then on letters stay as they are whatever
    else is added or removed."""
    if all(disk.contents is not None for disk in vm.disks):
        return vm
    seen = {one.disk.slot: one.contents for one in guest_disks(vm)}
    return replace(vm, disks=tuple(replace(disk, contents=seen[disk.slot]) for disk in vm.disks))


def arrived(vm: VirtualMachine, disk: VirtualDisk) -> VirtualDisk:
    """A disk as the guest of the VM takes it in: volumes keep their letters and mount points where those are free;
    another letter where theirs is taken; none once all 26 are in use. Its data is there at once, nothing is foreign."""
    if disk.contents is None:
        return disk
    taken, mounted = set(used_letters(vm)), mount_points(vm)
    parts: list[Partition] = []
    for part in disk.contents.partitions:
        letter = part.letter
        if letter in taken:
            letter = next((one for one in _offered() if one not in taken), "")
        if letter:
            taken.add(letter)
        path = "" if part.mount_path.lower() in mounted else part.mount_path
        parts.append(replace(part, letter=letter, mount_path=path, boot=False))
    return replace(disk, contents=replace(disk.contents, partitions=tuple(parts)))


def _offered() -> str:
    return LETTERS[2:] + LETTERS[:2]


def _untouched(disk: VirtualDisk, starts_from_it: bool, used: set[str]) -> DiskContents:
    """A disk that was there before anybody looked."""
    empty = DiskContents(PartitionStyle.MBR if disk.size_bytes <= 2**41 else PartitionStyle.GPT)
    room = empty.most_bytes(disk.size_bytes)
    written = disk.file_bytes if disk.kind in (DiskKind.DYNAMIC, DiskKind.DIFFERENCING) else disk.size_bytes // 2
    if not starts_from_it:
        letter = next((one for one in LETTERS[2:] if one not in used), "")
        part = Partition(room, "NTFS", "New Volume", letter, used_bytes=min(written, room))
        return replace(empty, partitions=(part,))
    reserved = Partition(min(SYSTEM_RESERVED_BYTES, room), "NTFS", "System Reserved", used_bytes=30 * MIB, boot=True)
    rest = room - reserved.size_bytes
    if rest <= 0:
        return replace(empty, partitions=(replace(reserved, used_bytes=0),))
    letter = "C" if "C" not in used else next((one for one in LETTERS[2:] if one not in used), "")
    system = Partition(rest, "NTFS", "", letter, used_bytes=min(written, rest), boot=True)
    return replace(empty, partitions=(reserved, system))
