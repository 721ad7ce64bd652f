"""Snapshots of a VM: frozen disks, settings and maybe memory, in a tree whose last branch leads to "Now".

Taking one freezes the file of every disk and lets the VM go on in a differencing one above it. So each snapshot has
files of its own, whose parents are those of the snapshot before, and the tree of snapshots is the tree of files. One
that is deleted goes from the tree at once; its files stay as long as others build on them (`is_deleted`), and are
merged once only one does.
"""

from __future__ import annotations

import enum

import msgspec

from hvgui.cluster.memory import GuestMemory
from hvgui.cluster.storage import VirtualDisk
from hvgui.cluster.vm_settings import AS_INSTALLED, NO_CLAIMS, Guest, NetworkAdapter, Scheduling


class TakenOf(enum.Enum):
    """What its VM was doing when a snapshot was taken."""

    RUNNING = "running"
    SAVED = "saved"
    OFF = "off"


class HeldSettings(msgspec.Struct, frozen=True, omit_defaults=True, gc=False):
    """What a change of a VM's settings could alter, beside processors and memory."""

    adapters: tuple[NetworkAdapter, ...] = ()
    guest: Guest = AS_INSTALLED
    scheduling: Scheduling = NO_CLAIMS
    notes: str = ""
    scsi_controllers: int = 1
    booted_vendor: str = ""
    """Whose processor a guest with saved memory has seen."""


class Snapshot(msgspec.Struct, frozen=True, omit_defaults=True, gc=False):
    """One snapshot. `disks` are those of that moment: their files are frozen."""

    id: int
    """Counted from 1 in each VM, never used again."""
    name: str
    taken_ns: int
    """The lab's clock."""
    disks: tuple[VirtualDisk, ...]
    vcpus: int
    memory: GuestMemory
    parent: int = 0
    """The snapshot before it; 0: none."""
    memory_bytes: int = 0
    """The saved memory of a VM that ran or was saved; 0 of one that was off."""
    seen_features: tuple[str, ...] = ()
    processor_compatibility: bool = False
    is_deleted: bool = False
    """Gone from the tree; its files wait to be merged, or hold others up."""
    held: HeldSettings | None = None
    """None in labs of older versions: going back leaves these settings as they are."""
    taken_of: TakenOf | None = None
    """None in labs of older versions: see `state_of`."""
    is_put_off: bool = False
    """Somebody has cancelled its merge: it begins when asked for, or the next time its VM comes to rest."""
    is_short: bool = False
    """Its merge waits for room; that has been told."""

    @property
    def state_of(self) -> TakenOf:
        """What the VM was doing; of older ones with memory: it ran."""
        if self.taken_of is not None:
            return self.taken_of
        return TakenOf.RUNNING if self.memory_bytes else TakenOf.OFF


Tree = tuple[Snapshot, ...]
"""All of a VM's, oldest first."""


def by_id(tree: Tree) -> dict[int, Snapshot]:
    """The snapshots by their ids."""
    return {one.id: one for one in tree}


def children(tree: Tree, snapshot: int) -> tuple[Snapshot, ...]:
    """Those that build on a snapshot's files directly."""
    return tuple(one for one in tree if one.parent == snapshot)


def descendants(tree: Tree, snapshot: int) -> tuple[Snapshot, ...]:
    """All that build on it, the nearest first."""
    found = list(children(tree, snapshot))
    for one in found:
        found.extend(children(tree, one.id))
    return tuple(found)


def shown(tree: Tree) -> Tree:
    """Those that a person sees."""
    return tuple(one for one in tree if not one.is_deleted)


def shown_parent(tree: Tree, snapshot: int) -> int:
    """The nearest snapshot before this place that is not deleted; 0: none. For `Now`, give the current one's id."""
    known = by_id(tree)
    while snapshot and known[snapshot].is_deleted:
        snapshot = known[snapshot].parent
    return snapshot


def mergeable(tree: Tree, current: int) -> Snapshot | None:
    """The oldest deleted snapshot that only one builds on: that one and it can become one file."""
    for one in tree:
        if one.is_deleted and is_single(tree, current, one.id):
            return one
    return None


def is_single(tree: Tree, current: int, snapshot: int) -> bool:
    """Whether one alone, another snapshot or "Now", builds on a snapshot's files."""
    return len(children(tree, snapshot)) + (current == snapshot) == 1


def deleted(tree: Tree) -> Tree:
    """Those whose files wait to be merged, or hold others up."""
    return tuple(one for one in tree if one.is_deleted)


def taken_up_again(tree: Tree) -> Tree:
    """The tree with merges that were put off due again."""
    if not any(one.is_put_off for one in tree):
        return tree
    return tuple(msgspec.structs.replace(one, is_put_off=False) if one.is_put_off else one for one in tree)


def disks_above(tree: Tree, snapshot: int, now: tuple[VirtualDisk, ...]) -> tuple[VirtualDisk, ...]:
    """The disks of the one that builds on a snapshot of which one alone does: another's, or those of "Now"."""
    above = children(tree, snapshot)
    return above[0].disks if above else now


def file_bytes(snapshot: Snapshot) -> int:
    """What its frozen files and its memory take."""
    return snapshot.memory_bytes + sum(disk.file_bytes for disk in snapshot.disks)


def files(tree: Tree, now: tuple[VirtualDisk, ...]) -> dict[str, VirtualDisk]:
    """Every file of a VM by its path: those of its snapshots, and those of "Now"."""
    return {disk.path: disk for disk in (*(one for held in tree for one in held.disks), *now)}
