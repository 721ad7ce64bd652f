"""Differencing disks above snapshots: how much of a file lies over data of those below, and what a merge leaves.

A differencing disk holds whole blocks: the first write into one takes a block of the file. What a guest writes over
old data goes into the hot part of it, the same part in every file of a chain. So of the blocks that two files hold of
a hot part of H bytes, u and l bytes of them, u l / H are expected to be the same ones: a merge frees these. New data
(what makes a disk grow for good) lies over nothing.
"""

from __future__ import annotations

from collections.abc import Mapping

from msgspec.structs import replace

from hvgui.cluster.storage import DiskKind, VirtualDisk
from hvgui.cluster.units import MIB

BLOCK_BYTES = 2 * MIB
"""Block of a dynamic or differencing VHD: the default of its specification."""
HOT_SHARE = 0.2
"""Share of a disk's data that its guest writes again and again: an estimate of ours."""


def bottom(files: Mapping[str, VirtualDisk], disk: VirtualDisk) -> VirtualDisk:
    """The first file of a chain, as far as it is among `files`."""
    seen = {disk.path}
    while disk.parent in files and disk.parent not in seen:
        disk = files[disk.parent]
        seen.add(disk.path)
    return disk


def hot_bytes(first: VirtualDisk) -> float:
    """The hot part of the data in a chain that begins with this file; of one whose parent is elsewhere, of its size."""
    data = first.size_bytes if first.kind is DiskKind.DIFFERENCING else min(first.file_bytes, first.size_bytes)
    return HOT_SHARE * data


def merged(upper: VirtualDisk, lower: VirtualDisk, hot: float) -> VirtualDisk:
    """Two files as one, in the place of the lower; `hot` is that of their chain."""
    new = upper.file_bytes - upper.rewritten_bytes
    if lower.kind is DiskKind.DIFFERENCING:
        both = upper.rewritten_bytes * lower.rewritten_bytes / hot if hot > 0.0 else 0.0
        both = min(both, upper.rewritten_bytes, lower.rewritten_bytes)
        rewritten = round(upper.rewritten_bytes + lower.rewritten_bytes - both)
        size = lower.file_bytes - lower.rewritten_bytes + new + rewritten
    else:
        rewritten, size = 0, lower.file_bytes + new
    size = lower.file_bytes if lower.kind is DiskKind.FIXED else min(max(size, lower.file_bytes), lower.size_bytes)
    return replace(
        upper,
        kind=lower.kind,
        file_bytes=size,
        path=lower.path,
        parent=lower.parent,
        rewritten_bytes=min(rewritten, size),
        origin=lower.origin,
    )
