"""What can be attached to a VM: a virtual disk that is made, one that exists, a whole LUN; and where its file goes."""

from __future__ import annotations

import math

import msgspec

from hvgui.cluster.cluster import Cluster
from hvgui.cluster.ids import LunId, NodeId, VolumeId
from hvgui.cluster.machines import VirtualMachine
from hvgui.cluster.storage import DiskKey, DiskKind, Slot
from hvgui.cluster.units import GIB, MIB

VHD_MOST_BYTES = 2040 * GIB
"""The largest VHD; platforms that allow more use VHDX."""
LEAST_BYTES = 3 * MIB
"""The smallest VHD that Hyper-V makes."""
_BLOCK_BYTES = 2 * MIB


class NewDisk(msgspec.Struct, frozen=True, omit_defaults=True, tag_field="is", tag="new"):
    """A virtual disk that is made. Exactly one of `volume`, `lun` and `local_node` says where."""

    kind: DiskKind
    """FIXED, DYNAMIC or DIFFERENCING."""
    name: str
    """File name without extension."""
    size_bytes: int = 0
    """Differencing: 0, it has its parent's."""
    volume: VolumeId | None = None
    lun: LunId | None = None
    local_node: NodeId | None = None
    parent: str = ""
    """Path of the disk that a differencing one builds on."""
    slot: Slot | None = None
    """None: the next free place."""


class ExistingDisk(msgspec.Struct, frozen=True, omit_defaults=True, tag_field="is", tag="existing"):
    """A virtual disk file that no VM has attached."""

    key: DiskKey
    slot: Slot | None = None


class PassThroughDisk(msgspec.Struct, frozen=True, omit_defaults=True, tag_field="is", tag="pass-through"):
    """A whole LUN, for this VM alone."""

    lun: LunId
    slot: Slot | None = None


DiskToAdd = NewDisk | ExistingDisk | PassThroughDisk
"""One disk that is to be attached, whichever kind it is of."""


def extension(cluster: Cluster) -> str:
    """`vhd`, or `vhdx` where the platform has it."""
    return "vhd" if cluster.profile.limits.vhd_bytes <= VHD_MOST_BYTES else "vhdx"


def first_file_bytes(kind: DiskKind, size_bytes: int) -> int:
    """Size of a new disk's file.

    Fixed: all of it and a footer (512 bytes). Otherwise, by Microsoft's VHD specification: footer copy, 1,024 bytes of
    dynamic header, four bytes a block of 2 MiB padded to whole sectors, footer; a differencing disk has three locators
    of a sector each besides.
    """
    if kind is DiskKind.FIXED:
        return size_bytes + 512
    table = 512 * math.ceil(4 * math.ceil(size_bytes / _BLOCK_BYTES) / 512)
    return 512 + 1024 + table + 512 + (3 * 512 if kind is DiskKind.DIFFERENCING else 0)


def folder(cluster: Cluster, vm: VirtualMachine, disk: NewDisk) -> str:
    """The folder that a new disk's file goes to: one of the VM's own."""
    if disk.volume is not None:
        return f"{cluster.volumes[disk.volume].path}\\{vm.name}"
    if disk.lun is not None:
        return f"{lun_root(disk.lun)}\\{vm.name}"
    return f"D:\\Hyper-V\\{vm.name}"


def lun_root(lun: LunId) -> str:
    """Where the owner of a LUN sees its files: drives E: to Z: for the first LUNs, folders for the others."""
    letters = "EFGHIJKLMNOPQRSTUVWXYZ"
    return f"{letters[lun]}:" if lun < len(letters) else f"C:\\LUNs\\{lun}"
