"""What stands on a simulated disk: the same for the same VM, disk and amount of data, and little of it.

A simulated guest writes no bytes. Of each block that its file has, one piece holds a mark that says whose it is and
bytes drawn from it; the rest is a hole, which takes no room where the file system knows holes.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator

from hvgui.cluster.storage import VirtualDisk
from hvgui.exchange.vhd.layout import BLOCK_BYTES, SECTOR_BYTES

PIECE_BYTES = 4096


def whole_size(disk: VirtualDisk) -> int:
    """The disk's size in whole sectors, as a VHD has it."""
    return max(SECTOR_BYTES, disk.size_bytes // SECTOR_BYTES * SECTOR_BYTES)


def blocks_of(disk: VirtualDisk) -> int:
    """Blocks with data: as many as the file's size comes to."""
    return min(-(-disk.file_bytes // BLOCK_BYTES), -(-whole_size(disk) // BLOCK_BYTES))


def pieces(disk: VirtualDisk, identity: str) -> Iterator[tuple[int, bytes]]:
    """Offset and bytes of each block's piece, in order. `identity` is the VM's own id."""
    size, number = whole_size(disk), blocks_of(disk)
    every = max(1, -(-size // BLOCK_BYTES) // max(1, number))
    for block in range(number):
        offset = block * every * BLOCK_BYTES
        length = min(PIECE_BYTES, size - offset)
        if length > 0:
            yield offset, _piece(f"{identity} {disk.path.lower()} {block}", length)


def _piece(mark: str, length: int) -> bytes:
    seed = hashlib.sha256(mark.encode("utf-8")).digest()
    drawn = hashlib.shake_256(seed).digest(length)
    head = mark.encode("utf-8")[:128]
    return (head + b"\n" + drawn)[:length]
