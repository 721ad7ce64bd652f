"""Requests on disks from inside a running guest, as its Disk Management offers them."""

from __future__ import annotations

import re

from hvgui.cluster.cluster import Cluster
from hvgui.cluster.guest_disks import (
    GPT_MOST_PARTITIONS,
    LETTERS,
    MBR_MOST_BYTES,
    MBR_MOST_PARTITIONS,
    Partition,
    PartitionStyle,
)
from hvgui.cluster.guest_view import GuestDisk, disk_at, guest_disks, mount_points, used_letters
from hvgui.cluster.ids import VmId
from hvgui.cluster.machines import VirtualMachine, VmState
from hvgui.cluster.one_line import one_line
from hvgui.cluster.storage import Slot
from hvgui.cluster.units import MIB, format_bytes
from hvgui.requests.disk_places import in_words
from hvgui.requests.problems import Problem, warning
from hvgui.requests.request import Request, vm_name

FILE_SYSTEMS = ("NTFS", "FAT32", "exFAT")
FAT32_MOST_BYTES = 32 * 1024 * MIB
"""What Disk Management formats with FAT32 at the most."""
_FOLDER = re.compile(r'[A-Z]:(\\[^<>:"/\\|?*]+)+', re.IGNORECASE)


class GuestDiskRequest(Request, frozen=True):
    """What the requests on one disk of a guest have in common."""

    vm: VmId
    slot: Slot

    def check(self, cluster: Cluster) -> tuple[Problem, ...]:
        """See Request.check."""
        vm = cluster.vms.get(self.vm)
        if vm is None:
            return (Problem("no-such-vm", f"There is no {vm_name(cluster, self.vm)} in this cluster."),)
        found = guest_problems(vm)
        if found:
            return found
        disk = disk_at(vm, self.slot)
        if disk is None:
            return (Problem("no-such-disk", f"{vm.name} has no disk at {in_words(self.slot)}."),)
        return self.disk_problems(vm, disk)

    def disk_problems(self, vm: VirtualMachine, disk: GuestDisk) -> tuple[Problem, ...]:
        """What stands in the way of this one."""
        raise NotImplementedError

    def disk_name(self, cluster: Cluster) -> str:
        """`Disk 2 of WEB01`."""
        vm = cluster.vms.get(self.vm)
        disk = None if vm is None else disk_at(vm, self.slot)
        number = in_words(self.slot) if disk is None else str(disk.number)
        return f"Disk {number} of {vm_name(cluster, self.vm)}"

    def number(self, cluster: Cluster) -> str:
        """The disk's number within the guest, for commands."""
        vm = cluster.vms.get(self.vm)
        disk = None if vm is None else disk_at(vm, self.slot)
        return "?" if disk is None else str(disk.number)


def guest_problems(vm: VirtualMachine) -> tuple[Problem, ...]:
    """Whether anybody inside the guest can act on its disks."""
    if vm.state is not VmState.RUNNING:
        text = f"{vm.name} is {vm.state.value}: nobody works inside it."
        return (Problem("not-running", text, "Start it first."),)
    if not vm.guest.integration_components:
        text = f"The guest of {vm.name} has no integration components, so hvgui can't look into it."
        return (Problem("no-integration-components", text, "Install them in the guest."),)
    return ()


class InitialiseDisk(GuestDiskRequest, frozen=True, tag="initialise-disk"):
    """Write a partition table onto a new disk."""

    style: PartitionStyle = PartitionStyle.MBR

    def title(self, cluster: Cluster) -> str:
        """See Request.title."""
        return f"Initialise {self.disk_name(cluster)} as {self.style.value}"

    def disk_problems(self, vm: VirtualMachine, disk: GuestDisk) -> tuple[Problem, ...]:
        """See GuestDiskRequest.disk_problems."""
        if not disk.contents.online:
            return (_offline(disk),)
        if disk.contents.style is not None:
            text = f"Disk {disk.number} is initialised already ({disk.contents.style.value})."
            return (Problem("initialised-already", text),)
        if self.style is PartitionStyle.MBR and disk.disk.size_bytes > MBR_MOST_BYTES:
            text = f"With MBR only the first 2 TB of the {format_bytes(disk.disk.size_bytes)} can be used."
            return (warning("mbr-limit", text, "Choose GPT."),)
        return ()

    def powershell(self, cluster: Cluster) -> str:
        """See Request.powershell."""
        return f"# in the guest: Initialize-Disk -Number {self.number(cluster)} -PartitionStyle {self.style.value}"


class CreatePartition(GuestDiskRequest, frozen=True, tag="create-partition"):
    """Make a simple volume: a partition, formatted, with a letter or a mount point."""

    size_bytes: int = 0
    """0: all that is left."""
    label: str = "New Volume"
    letter: str = ""
    """`E`; empty: none."""
    mount_path: str = ""
    """An empty folder on an NTFS volume of the guest; empty: none."""
    file_system: str = "NTFS"
    """Empty: not formatted (RAW)."""

    def title(self, cluster: Cluster) -> str:
        """See Request.title."""
        where = f" {self.letter}:" if self.letter else ""
        return f"New simple volume{where} on {self.disk_name(cluster)}"

    def disk_problems(self, vm: VirtualMachine, disk: GuestDisk) -> tuple[Problem, ...]:
        """See GuestDiskRequest.disk_problems."""
        unusable = _unusable(disk)
        if unusable is not None:
            return (unusable,)
        left = disk.contents.unallocated_bytes(disk.disk.size_bytes)
        mbr = disk.contents.style is PartitionStyle.MBR
        most = MBR_MOST_PARTITIONS if mbr else GPT_MOST_PARTITIONS
        if len(disk.contents.partitions) >= most:
            text = f"Disk {disk.number} has {most} partitions, as many as fit its table."
            return (Problem("too-many-partitions", text, "Delete one, or use another disk."),)
        if left < 8 * MIB:
            return (Problem("no-room", f"Nothing is left on disk {disk.number}.", "Delete a volume, or add a disk."),)
        found: list[Problem] = []
        if self.size_bytes and not 8 * MIB <= self.size_bytes <= left:
            text = f"A volume on disk {disk.number} has between 8 MB and {format_bytes(left)}."
            found.append(Problem("size", text))
        found.extend(_format_problems(self.file_system, self.label, self.size_bytes or left))
        found.extend(_access_problems(vm, self.letter, self.mount_path))
        if not self.letter and not self.mount_path:
            found.append(warning("no-letter", "Without a letter or a folder nobody sees the volume."))
        return tuple(found)

    def powershell(self, cluster: Cluster) -> str:
        """See Request.powershell."""
        size = f"-Size {self.size_bytes}" if self.size_bytes else "-UseMaximumSize"
        letter = f" -DriveLetter {self.letter}" if self.letter else ""
        form = f" | Format-Volume -FileSystem {self.file_system}" if self.file_system else ""
        return f"# in the guest: New-Partition -DiskNumber {self.number(cluster)} {size}{letter}{form}"


class PartitionRequest(GuestDiskRequest, frozen=True):
    """What the requests on one partition have in common."""

    number_on_disk: int
    """From 1, in their order on the disk."""

    def disk_problems(self, vm: VirtualMachine, disk: GuestDisk) -> tuple[Problem, ...]:
        """See GuestDiskRequest.disk_problems."""
        unusable = _unusable(disk)
        if unusable is not None:
            return (unusable,)
        if not 1 <= self.number_on_disk <= len(disk.contents.partitions):
            text = f"Disk {disk.number} of {vm.name} has no partition {self.number_on_disk}."
            return (Problem("no-such-partition", text),)
        part = disk.contents.partitions[self.number_on_disk - 1]
        if part.boot:
            text = f"{vm.name} runs from {_called(part)}: it stays as it is."
            return (Problem("boot-partition", text),)
        return self.partition_problems(vm, part)

    def partition_problems(self, vm: VirtualMachine, part: Partition) -> tuple[Problem, ...]:
        """What stands in the way of this one."""
        raise NotImplementedError

    def called(self, cluster: Cluster) -> str:
        """The volume in words."""
        vm = cluster.vms.get(self.vm)
        disk = None if vm is None else disk_at(vm, self.slot)
        if disk is None or not 1 <= self.number_on_disk <= len(disk.contents.partitions):
            return f"partition {self.number_on_disk} of {self.disk_name(cluster)}"
        return f"{_called(disk.contents.partitions[self.number_on_disk - 1])} of {vm_name(cluster, self.vm)}"


class FormatPartition(PartitionRequest, frozen=True, tag="format-partition"):
    """Format a volume afresh (quickly: nothing but its file system is written)."""

    label: str = "New Volume"
    file_system: str = "NTFS"

    def title(self, cluster: Cluster) -> str:
        """See Request.title."""
        return f"Format {self.called(cluster)}"

    def partition_problems(self, vm: VirtualMachine, part: Partition) -> tuple[Problem, ...]:
        """See PartitionRequest.partition_problems."""
        found = list(_format_problems(self.file_system or "?", self.label, part.size_bytes))
        if part.file_system:
            found.append(warning("data-loss", f"All that is on {_called(part)} is gone."))
        return tuple(found)

    def powershell(self, cluster: Cluster) -> str:
        """See Request.powershell."""
        disk, number = self.number(cluster), self.number_on_disk
        return (
            f"# in the guest: Get-Partition -DiskNumber {disk} -PartitionNumber {number}"
            f" | Format-Volume -FileSystem {self.file_system}"
        )


class ChangeDriveLetter(PartitionRequest, frozen=True, tag="change-drive-letter"):
    """Give a volume another letter, a folder to be mounted under, or neither."""

    letter: str = ""
    mount_path: str = ""

    def title(self, cluster: Cluster) -> str:
        """See Request.title."""
        new = f"{self.letter}:" if self.letter else self.mount_path or "no letter"
        return f"Give {self.called(cluster)} {new}"

    def partition_problems(self, vm: VirtualMachine, part: Partition) -> tuple[Problem, ...]:
        """See PartitionRequest.partition_problems."""
        if (self.letter, self.mount_path) == (part.letter, part.mount_path):
            return (Problem("same", f"{_called(part)} has that already."),)
        letter = "" if self.letter == part.letter else self.letter
        path = "" if self.mount_path == part.mount_path else self.mount_path
        found = list(_access_problems(vm, letter, path))
        if not self.letter and not self.mount_path:
            found.append(warning("no-letter", f"Programs that use {_called(part)} will not find it any more."))
        return tuple(found)

    def powershell(self, cluster: Cluster) -> str:
        """See Request.powershell."""
        where = f"-DiskNumber {self.number(cluster)} -PartitionNumber {self.number_on_disk}"
        if self.letter:
            return f"# in the guest: Set-Partition {where} -NewDriveLetter {self.letter}"
        if self.mount_path:
            return f"# in the guest: Add-PartitionAccessPath {where} -AccessPath '{self.mount_path}'"
        return f"# in the guest: Get-Partition {where} | Remove-PartitionAccessPath -AccessPath (its letter)"


class DeletePartition(PartitionRequest, frozen=True, tag="delete-partition"):
    """Delete a volume."""

    def title(self, cluster: Cluster) -> str:
        """See Request.title."""
        return f"Delete {self.called(cluster)}"

    def partition_problems(self, vm: VirtualMachine, part: Partition) -> tuple[Problem, ...]:
        """See PartitionRequest.partition_problems."""
        mounted = _mounted_on(vm, part)
        if mounted:
            text = f"{mounted} is mounted under a folder of {_called(part)}."
            return (Problem("holds-mount-point", text, "Give that volume a letter, or remove its folder, first."),)
        return (warning("data-loss", f"All that is on {_called(part)} is gone for good."),)

    def powershell(self, cluster: Cluster) -> str:
        """See Request.powershell."""
        where = f"-DiskNumber {self.number(cluster)} -PartitionNumber {self.number_on_disk}"
        return f"# in the guest: Remove-Partition {where}"


class SetDiskOnline(GuestDiskRequest, frozen=True, tag="set-disk-online"):
    """Take a disk offline in the guest, or bring it online again."""

    online: bool

    def title(self, cluster: Cluster) -> str:
        """See Request.title."""
        return (
            f"{'Bring' if self.online else 'Take'} {self.disk_name(cluster)} {'online' if self.online else 'offline'}"
        )

    def disk_problems(self, vm: VirtualMachine, disk: GuestDisk) -> tuple[Problem, ...]:
        """See GuestDiskRequest.disk_problems."""
        if disk.contents.online == self.online:
            text = f"Disk {disk.number} is {'online' if self.online else 'offline'} already."
            return (Problem("so-already", text),)
        if not self.online and any(part.boot for part in disk.contents.partitions):
            return (Problem("boot-disk", f"{vm.name} runs from disk {disk.number}."),)
        return ()

    def powershell(self, cluster: Cluster) -> str:
        """See Request.powershell."""
        offline = "$false" if self.online else "$true"
        return f"# in the guest: Set-Disk -Number {self.number(cluster)} -IsOffline {offline}"


def _offline(disk: GuestDisk) -> Problem:
    return Problem("disk-offline", f"Disk {disk.number} is offline.", "Bring it online first.")


def _unusable(disk: GuestDisk) -> Problem | None:
    if not disk.contents.online:
        return _offline(disk)
    if disk.contents.style is None:
        return Problem("not-initialised", f"Disk {disk.number} is not initialised.", "Initialise it first.")
    return None


def _called(part: Partition) -> str:
    if part.letter:
        return f"{part.label or 'the volume'} ({part.letter}:)"
    return part.label or part.mount_path or "the volume"


def _format_problems(file_system: str, label: str, size_bytes: int) -> list[Problem]:
    found: list[Problem] = []
    if file_system and file_system not in FILE_SYSTEMS:
        found.append(Problem("file-system", f"A volume is formatted with {', '.join(FILE_SYSTEMS)}."))
    if file_system == "FAT32" and size_bytes > FAT32_MOST_BYTES:
        text = f"Windows formats up to 32 GB with FAT32; this has {format_bytes(size_bytes)}."
        found.append(Problem("fat32-size", text, "Choose NTFS."))
    longest = 32 if file_system in ("NTFS", "") else 11
    if len(label) > longest or label != one_line(label):
        found.append(Problem("label", f"A volume's label has {longest} characters at the most."))
    return found


def _access_problems(vm: VirtualMachine, letter: str, mount_path: str) -> list[Problem]:
    found: list[Problem] = []
    if letter and (len(letter) != 1 or letter not in LETTERS):
        found.append(Problem("letter", f"A drive letter is one of A to Z, not '{one_line(letter)[:20]}'."))
    elif letter and letter in used_letters(vm):
        text = f"{letter}: is taken in {vm.name}."
        found.append(Problem("letter-taken", text, "Choose another letter, or a folder."))
    if mount_path:
        found.extend(_mount_problems(vm, mount_path))
    return found


def _mount_problems(vm: VirtualMachine, path: str) -> list[Problem]:
    if len(path) > 240 or path != one_line(path) or not _FOLDER.fullmatch(path):
        return [Problem("mount-path", "A mount point is a folder such as C:\\Data\\Logs.")]
    host = next((p for d in guest_disks(vm) for p in d.contents.partitions if p.letter == path[0].upper()), None)
    if host is None or host.file_system != "NTFS":
        text = f"{path[0].upper()}: is no NTFS volume of {vm.name}."
        return [Problem("mount-host", text, "Choose a folder on one.")]
    if path.lower() in mount_points(vm):
        return [Problem("mount-taken", f"Another volume is mounted under {path}.", "Choose another folder.")]
    return []


def _mounted_on(vm: VirtualMachine, part: Partition) -> str:
    """The volume that is mounted under a folder of this one; empty: none."""
    if not part.letter:
        return ""
    prefix = f"{part.letter}:\\".lower()
    for disk in guest_disks(vm):
        for other in disk.contents.partitions:
            if other.mount_path.lower().startswith(prefix):
                return _called(other)
    return ""
