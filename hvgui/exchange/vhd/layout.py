"""The structures of a VHD file: footer, header of sparse disks, locators of a parent. All big-endian."""

from __future__ import annotations

import enum
import struct
import time
import uuid

import msgspec

from hvgui.cluster.units import GIB, MIB
from hvgui.exchange.vhd.errors import VhdError

SECTOR_BYTES = 512
FOOTER_BYTES = 512
HEADER_BYTES = 1024
BLOCK_BYTES = 2 * MIB
MOST_BYTES = 2040 * GIB
UNUSED = 0xFFFF_FFFF
"""In the block allocation table: the block is not in the file."""
NO_OFFSET = 0xFFFF_FFFF_FFFF_FFFF
VERSION = 0x0001_0000
EPOCH_SECONDS = 946_684_800
"""The format counts seconds from 2000-01-01 UTC."""
RELATIVE, ABSOLUTE = b"W2ru", b"W2ku"
"""Kinds of locators that Windows writes: UTF-16LE paths."""

_FOOTER = struct.Struct(">8sIIQI4sI4sQQHBBII16sB427x")
_HEADER = struct.Struct(">8sQQIIII16sII512s192s256x")
_LOCATOR = struct.Struct(">4sIIIQ")
_FOOTER_CHECKSUM, _HEADER_CHECKSUM = slice(64, 68), slice(36, 40)
LOCATORS = 8


class VhdType(enum.IntEnum):
    """Kinds of disks, with the format's own numbers."""

    FIXED = 2
    DYNAMIC = 3
    DIFFERENCING = 4


class Footer(msgspec.Struct, frozen=True):
    """The last 512 bytes of every file, and the first of sparse ones."""

    kind: VhdType
    size_bytes: int
    """What the guest sees."""
    unique_id: uuid.UUID
    data_offset: int
    """Where the header of a sparse disk lies."""
    created_seconds: int
    """Since 2000-01-01 UTC."""
    original_bytes: int
    creator: bytes = b"win "
    """Others make QEMU take the size from the geometry."""
    creator_version: int = 0x0006_0001
    host: bytes = b"Wi2k"
    features: int = 2
    is_saved: bool = False

    def encoded(self) -> bytes:
        """The 512 bytes."""
        cylinders, heads, sectors = geometry(self.size_bytes)
        raw = _FOOTER.pack(
            b"conectix",
            self.features,
            VERSION,
            self.data_offset,
            self.created_seconds,
            self.creator,
            self.creator_version,
            self.host,
            self.original_bytes,
            self.size_bytes,
            cylinders,
            heads,
            sectors,
            self.kind,
            0,
            self.unique_id.bytes,
            self.is_saved,
        )
        return with_checksum(raw, _FOOTER_CHECKSUM)


class Locator(msgspec.Struct, frozen=True):
    """Where a parent's path stands in the file."""

    code: bytes
    space_sectors: int
    length_bytes: int
    offset: int


class Header(msgspec.Struct, frozen=True):
    """The header of a dynamic or differencing disk."""

    table_offset: int
    entries: int
    block_bytes: int = BLOCK_BYTES
    parent_id: uuid.UUID = uuid.UUID(int=0)
    parent_seconds: int = 0
    """The parent's time stamp: when it was last changed, since 2000-01-01 UTC."""
    parent_name: str = ""
    locators: tuple[Locator, ...] = ()

    def encoded(self) -> bytes:
        """The 1,024 bytes."""
        locators = b"".join(
            _LOCATOR.pack(one.code, one.space_sectors, one.length_bytes, 0, one.offset) for one in self.locators
        )
        raw = _HEADER.pack(
            b"cxsparse",
            NO_OFFSET,
            self.table_offset,
            VERSION,
            self.entries,
            self.block_bytes,
            0,
            self.parent_id.bytes,
            self.parent_seconds,
            0,
            self.parent_name.encode("utf-16-be")[:512],
            locators,
        )
        return with_checksum(raw, _HEADER_CHECKSUM)

    @property
    def bitmap_bytes(self) -> int:
        """What the sector bitmap before each block takes, in whole sectors."""
        return -(-(self.block_bytes // SECTOR_BYTES // 8) // SECTOR_BYTES) * SECTOR_BYTES

    @property
    def table_bytes(self) -> int:
        """What the block allocation table takes, in whole sectors."""
        return -(-self.entries * 4 // SECTOR_BYTES) * SECTOR_BYTES


def with_checksum(raw: bytes, place: slice) -> bytes:
    """A structure with its checksum in place: the one's complement of the sum of its bytes, without the checksum."""
    blank = raw[: place.start] + b"\0\0\0\0" + raw[place.stop :]
    return blank[: place.start] + (~sum(blank) & 0xFFFF_FFFF).to_bytes(4, "big") + blank[place.stop :]


def is_footer_intact(raw: bytes) -> bool:
    """Whether a footer's checksum agrees."""
    return with_checksum(raw, _FOOTER_CHECKSUM) == raw


def is_header_intact(raw: bytes) -> bool:
    """Whether a header's checksum agrees."""
    return with_checksum(raw, _HEADER_CHECKSUM) == raw


def decode_footer(raw: bytes) -> Footer:
    """A footer out of its bytes, its checksum aside. Raises VhdError with a sentence."""
    if len(raw) != FOOTER_BYTES or raw[:8] != b"conectix":
        raise VhdError("there is no footer ('conectix') where one should be")
    values = _FOOTER.unpack(raw)
    if values[2] != VERSION:
        raise VhdError(f"its format version is {values[2]:#x}, not {VERSION:#x}")
    if values[13] not in set(VhdType):
        raise VhdError(f"its disk type is {values[13]}, which is neither fixed, dynamic nor differencing")
    return Footer(
        kind=VhdType(values[13]),
        size_bytes=values[9],
        unique_id=uuid.UUID(bytes=values[15]),
        data_offset=values[3],
        created_seconds=values[4],
        original_bytes=values[8],
        creator=values[5],
        creator_version=values[6],
        host=values[7],
        features=values[1],
        is_saved=bool(values[16]),
    )


def decode_header(raw: bytes) -> Header:
    """A sparse disk's header out of its bytes, its checksum aside. Raises VhdError with a sentence."""
    if len(raw) != HEADER_BYTES or raw[:8] != b"cxsparse":
        raise VhdError("there is no header ('cxsparse') where the footer says")
    values = _HEADER.unpack(raw)
    if values[3] != VERSION:
        raise VhdError(f"its header's version is {values[3]:#x}, not {VERSION:#x}")
    block = values[5]
    # Smaller blocks, which nobody makes, would ask for gigabytes of table.
    if not MIB // 2 <= block <= 256 * MIB or block & (block - 1):
        raise VhdError(f"its blocks have {block:,} bytes, which is no power of two between 512 KiB and 256 MiB")
    locators = []
    for start in range(0, 24 * LOCATORS, 24):
        code, space, length, _reserved, offset = _LOCATOR.unpack(values[11][start : start + 24])
        if code != b"\0\0\0\0":
            locators.append(Locator(code, space, length, offset))
    return Header(
        table_offset=values[2],
        entries=values[4],
        block_bytes=block,
        parent_id=uuid.UUID(bytes=values[7]),
        parent_seconds=values[8],
        parent_name=values[10].decode("utf-16-be", errors="replace").split("\0", 1)[0],
        locators=tuple(locators),
    )


def geometry(size_bytes: int) -> tuple[int, int, int]:
    """Cylinders, heads and sectors a track for a size, by the algorithm of the specification's appendix."""
    total = min(size_bytes // SECTOR_BYTES, 65_535 * 16 * 255)
    if total >= 65_535 * 16 * 63:
        return total // 255 // 16, 16, 255
    sectors, tracks = 17, total // 17
    heads = max(4, (tracks + 1023) // 1024)
    if tracks >= heads * 1024 or heads > 16:
        sectors, heads, tracks = 31, 16, total // 31
    if tracks >= heads * 1024:
        sectors, heads, tracks = 63, 16, total // 63
    return tracks // heads, heads, sectors


def now_seconds() -> int:
    """The present moment as the format counts it."""
    return max(0, int(time.time()) - EPOCH_SECONDS)


def check_size(size_bytes: int) -> None:
    """Raises VhdError where no VHD can be of such a size."""
    if size_bytes < SECTOR_BYTES or size_bytes % SECTOR_BYTES:
        raise VhdError(f"a disk has a whole number of sectors of 512 bytes, at least one; not {size_bytes:,} bytes")
    if size_bytes > MOST_BYTES:
        raise VhdError(f"a VHD has at most 2,040 GB; not {size_bytes / GIB:,.1f} GB")
