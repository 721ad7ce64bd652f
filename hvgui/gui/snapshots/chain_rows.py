"""The files of a VM's disks as a person inspects them: from the oldest parent to "Now", and what a merge frees."""

from __future__ import annotations

from dataclasses import dataclass

from hvgui.cluster.machines import VirtualMachine
from hvgui.cluster.snapshots import Snapshot, by_id, children, is_single
from hvgui.cluster.storage import VirtualDisk
from hvgui.requests.snapshot_merges import merging_of

NOW = 0
"""The number that stands for "Now" where snapshots have theirs."""


@dataclass(frozen=True)
class FileRow:
    """One file of one disk."""

    disk: VirtualDisk
    snapshot: int
    """Whose it is; NOW: the VM's own."""
    frees: int | None
    """What deleting its snapshot frees in all of this disk's files (of one that is deleted: what the merge will); None:
    nothing as long as several build on it, or it is no snapshot's."""
    leads_to_now: bool
    is_deleted: bool = False
    branches: int = 1
    """How many build on it."""

    @property
    def name(self) -> str:
        """The file's name without its folder."""
        return self.disk.path.rpartition("\\")[2] or self.disk.name


def chains(vm: VirtualMachine) -> dict[str, tuple[FileRow, ...]]:
    """Every disk by its name, with all of its files: those that lead to "Now" from the oldest on, then the others."""
    found: dict[str, list[FileRow]] = {}
    line = set(ancestry(vm, NOW))
    for one in vm.snapshots:
        for disk in one.disks:
            found.setdefault(_of(vm, disk), []).append(_row(vm, one, disk, leads_to_now=one.id in line))
    for disk in vm.disks:
        found.setdefault(_of(vm, disk), []).append(FileRow(disk, NOW, None, leads_to_now=True))
    return {name: tuple(sorted(rows, key=lambda row: not row.leads_to_now)) for name, rows in found.items()}


def ancestry(vm: VirtualMachine, snapshot: int) -> tuple[int, ...]:
    """A snapshot (or NOW) and those that it builds on, itself first."""
    known = by_id(vm.snapshots)
    chain = [snapshot]
    below = vm.current_snapshot if snapshot == NOW else known[snapshot].parent if snapshot in known else 0
    while below:
        chain.append(below)
        below = known[below].parent
    return tuple(chain)


def _of(vm: VirtualMachine, disk: VirtualDisk) -> str:
    """What tells a disk's files from another disk's: its name and its place."""
    del vm
    return f"{disk.name} ({disk.controller.value} {disk.controller_number}:{disk.controller_location})"


def _row(vm: VirtualMachine, one: Snapshot, disk: VirtualDisk, *, leads_to_now: bool) -> FileRow:
    above = len(children(vm.snapshots, one.id)) + (vm.current_snapshot == one.id)
    frees: int | None = None
    if above == 0:
        frees = disk.file_bytes
    elif is_single(vm.snapshots, vm.current_snapshot, one.id):
        pairs = merging_of(vm, one).pairs
        merged = next(((upper, both) for upper, both in pairs if both.path == disk.path), None)
        frees = 0 if merged is None else disk.file_bytes + merged[0].file_bytes - merged[1].file_bytes
    return FileRow(disk, one.id, frees, leads_to_now, one.is_deleted, above)
