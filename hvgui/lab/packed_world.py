"""A checkpoint as it lies in a lab file: packed, with its size beside it, unpacked within bounds."""

from __future__ import annotations

import zlib

from hvgui.lab.errors import LabError

MOST_WORLD_BYTES = 256 * 1024 * 1024
"""A checkpoint of 64 nodes and 8,000 VMs takes some ten megabytes."""


def packed(world: bytes) -> bytes:
    """The bytes to be kept. Level 1: a third larger than the best, in a tenth of its time."""
    return zlib.compress(world, 1)


def unpacked(data: bytes, size_bytes: int) -> bytes:
    """A checkpoint as `snapshot` gave it. Raises LabError, zlib.error."""
    if not 0 <= size_bytes <= MOST_WORLD_BYTES:
        raise LabError(f"a state of {size_bytes} bytes is out of bounds.")
    world = zlib.decompressobj().decompress(data, size_bytes + 1)
    if len(world) != size_bytes:
        raise LabError("a state does not have the size that is written beside it.")
    return world
