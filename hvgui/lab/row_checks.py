"""Checksums of the rows that nothing else protects: a letter that changed in the journal or in an event is found.

Checkpoints and samples are packed with zlib, which has a checksum of its own.
"""

from __future__ import annotations

import zlib
from collections.abc import Sequence

import msgspec

Cell = int | float | str | bytes | None


def checksum(cells: Sequence[Cell]) -> int:
    """CRC-32 over a row's cells, their types included. Raises OverflowError for integers that no column holds."""
    return zlib.crc32(msgspec.msgpack.encode(list(cells)))


def is_whole(row: Sequence[Cell]) -> bool:
    """Whether a row's last cell is the checksum of those before it."""
    return checksum(row[:-1]) == row[-1]
