"""What a guest has written onto a disk: its partition table, its partitions, their letters and mount points.

It travels with the disk: taken out of a running VM and put back, the guest finds its partitions again and gives them
their letters back, and does not call the disk foreign.
"""

from __future__ import annotations

import enum

import msgspec

from hvgui.cluster.units import GIB, MIB, TIB

LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
"""What Windows has for volumes; A and B are taken by choice only, as Disk Management offers them last."""
MBR_MOST_BYTES = 2 * TIB
"""An MBR names sectors with 32 bits: 2^32 x 512 bytes."""
MBR_MOST_PARTITIONS = 4
GPT_MOST_PARTITIONS = 128
GPT_RESERVED_BYTES = 128 * MIB
"""The Microsoft Reserved partition that Windows makes on a GPT disk above 16 GiB (32 MiB on a smaller one)."""


class PartitionStyle(enum.Enum):
    """The two kinds of partition table."""

    MBR = "MBR"
    GPT = "GPT"


class Partition(msgspec.Struct, frozen=True, omit_defaults=True, gc=False):
    """One partition of a disk, in the order in which they lie on it."""

    size_bytes: int
    file_system: str = ""
    """`NTFS`, `FAT32` ...; empty: RAW, not formatted yet."""
    label: str = ""
    letter: str = ""
    """`E`, without the colon; empty: none."""
    mount_path: str = ""
    """An empty NTFS folder of another volume of the guest, such as `C:\\Data\\Logs`; empty: none."""
    used_bytes: int = 0
    boot: bool = False
    """The guest runs from it: it can neither be deleted nor lose its letter while that is so."""


class DiskContents(msgspec.Struct, frozen=True, omit_defaults=True, gc=False):
    """A disk as its guest sees it. Without a style it is not initialised."""

    style: PartitionStyle | None = None
    partitions: tuple[Partition, ...] = ()
    online: bool = True
    """False: taken offline within the guest; its volumes are not there."""

    def unallocated_bytes(self, size_bytes: int) -> int:
        """What is left of a disk of that size for another partition; 0 while it is not initialised."""
        if self.style is None:
            return 0
        return max(0, self.most_bytes(size_bytes) - sum(one.size_bytes for one in self.partitions))

    def most_bytes(self, size_bytes: int) -> int:
        """What partitions can take of a disk of that size: all but the table, and of an MBR disk 2 TiB at the most."""
        if self.style is PartitionStyle.MBR:
            return min(size_bytes, MBR_MOST_BYTES) - MIB
        reserved = GPT_RESERVED_BYTES if size_bytes > 16 * GIB else 32 * MIB
        return max(0, size_bytes - reserved - MIB)


NEW_DISK = DiskContents()
"""A disk fresh from its maker: not initialised."""
