"""What stands on a simulated disk: the same for the same data, and little of it.

A simulated guest writes no bytes. Of each block that its file has, one piece holds a mark that says whose data it is
and bytes drawn from it; the rest is a hole, which takes no room where the file system knows holes. Everything follows
from the disk's mark (`content_mark`), so a copy's file has the bytes, the id and the time of its original's.
"""

from __future__ import annotations

import hashlib
import math
import uuid
from collections.abc import Iterator

from hvgui.cluster.storage import VirtualDisk, content_mark
from hvgui.exchange.vhd.layout import BLOCK_BYTES, SECTOR_BYTES

PIECE_BYTES = 4096
_OURS = uuid.uuid5(uuid.NAMESPACE_DNS, "exports.hvgui")
_GOLDEN = (math.sqrt(5) - 1) / 2
_FIRST_SECONDS, _SPAN_SECONDS = 315_532_800, 126_230_400
"""Time stamps of files lie between 2010 and 2013: the years of the platform, counted as the format does."""


def mark_of(disk: VirtualDisk, guid: str) -> str:
    """What tells a disk's data from every other's; see `content_mark`. A disk without a path goes by its name."""
    return content_mark(disk, guid) if disk.path or disk.origin else f"{guid.lower()} {disk.name.lower()}"


def disk_id(mark: str, parent: uuid.UUID | None = None) -> uuid.UUID:
    """The unique id of a disk's file: another one above another parent."""
    return uuid.uuid5(parent or _OURS, mark)


def created_seconds(identity: uuid.UUID) -> int:
    """The time stamp of a disk's file, drawn from its id: a wall clock would make each export another."""
    return _FIRST_SECONDS + identity.int % _SPAN_SECONDS


def whole_size(disk: VirtualDisk) -> int:
    """The disk's size in whole sectors, as a VHD has it."""
    return max(SECTOR_BYTES, disk.size_bytes // SECTOR_BYTES * SECTOR_BYTES)


def blocks_of(disk: VirtualDisk) -> int:
    """Blocks with data: as many as the file's size comes to."""
    return min(-(-disk.file_bytes // BLOCK_BYTES), -(-whole_size(disk) // BLOCK_BYTES))


def pieces(disk: VirtualDisk, identity: uuid.UUID) -> Iterator[tuple[int, bytes]]:
    """Offset and bytes of each block's piece, in the order in which a growing file gets them: what is there stays."""
    size = whole_size(disk)
    total = -(-size // BLOCK_BYTES)
    stride = _stride(total)
    for number in range(blocks_of(disk)):
        block = number * stride % total
        offset = block * BLOCK_BYTES
        yield offset, _piece(identity, block, min(PIECE_BYTES, size - offset))


def _stride(total: int) -> int:
    """A step that meets every block once before it meets one again, and spreads few of them over the whole disk."""
    step = max(1, int(total * _GOLDEN))
    while math.gcd(step, total) != 1:
        step += 1
    return step


def _piece(identity: uuid.UUID, block: int, length: int) -> bytes:
    head = f"{identity} {block}\n".encode()
    drawn = hashlib.shake_256(head).digest(length)
    return (head + drawn)[:length]
