"""Snapshots of a VM: frozen disks, settings and maybe memory, in a tree whose last branch leads to "Now".

Taking one freezes the file of every disk and lets the VM go on in a differencing one above it. So each snapshot has
files of its own, whose parents are those of the snapshot before, and the tree of snapshots is the tree of files. One
that is deleted goes from the tree at once; its files stay as long as others build on them (`is_deleted`), and are
merged once only one does.
"""

from __future__ import annotations

import msgspec

from hvgui.cluster.memory import GuestMemory
from hvgui.cluster.storage import VirtualDisk


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
        above = len(children(tree, one.id)) + (current == one.id)
        if one.is_deleted and above == 1:
            return one
    return None


def file_bytes(snapshot: Snapshot) -> int:
    """What its frozen files and its memory take."""
    return snapshot.memory_bytes + sum(disk.file_bytes for disk in snapshot.disks)
