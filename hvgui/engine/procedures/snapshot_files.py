"""Files of snapshots: what stands above a frozen one, and what becomes of those that nobody needs any more."""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING

from msgspec.structs import replace

from hvgui.cluster.machines import VirtualMachine
from hvgui.cluster.storage import DetachedDisk, DiskKind, VirtualDisk
from hvgui.engine import storage_growth

if TYPE_CHECKING:
    from hvgui.engine.world import World

_ENDINGS = {"vhdx": "avhdx", "avhdx": "avhdx"}


def above(disk: VirtualDisk, number: int) -> VirtualDisk:
    """An empty differencing disk above one whose file is frozen; `number` goes into its name. What is written into it
    is nobody's copy."""
    ending = _ENDINGS.get(disk.path.rpartition(".")[2].lower(), "avhd")
    path = f"{_stem(disk.path)}_{number:04d}.{ending}"
    kind = DiskKind.DIFFERENCING
    return replace(disk, kind=kind, file_bytes=0, rewritten_bytes=0, path=path, parent=disk.path, origin="")


def _stem(path: str) -> str:
    """A file's path without its ending and without the number of a snapshot."""
    stem, dot, ending = path.rpartition(".")
    if not dot or "\\" in ending:
        return path
    head, line, number = stem.rpartition("_")
    numbered = line and len(number) >= 4 and number.isdigit() and ending.lower() in ("avhd", "avhdx")
    return head if numbered else stem


def occupy(world: World, disk: VirtualDisk, more_bytes: int) -> None:
    """A file, or memory beside it, takes more where it lies (below zero: gives back)."""
    if disk.volume is not None and more_bytes:
        storage_growth.occupy(world, disk.volume, more_bytes)
    elif disk.lun is not None and more_bytes < 0:
        world.storage_changed[disk.lun] = None


def let_go(world: World, vm: VirtualMachine, disk: VirtualDisk, below: Collection[str]) -> None:
    """A frozen file that nobody builds on goes. One that was a disk of its own before it was frozen, with no file of
    the snapshot `below` under it, stays where it lies: it is more than what changed since then."""
    if disk.parent in below:
        occupy(world, disk, -disk.file_bytes)
    else:
        world.cluster.put(DetachedDisk(disk, vm.name))
