"""Storage: SANs, LUNs, Cluster Shared Volumes and the virtual disks on them."""

from __future__ import annotations

import enum

import msgspec

from hvgui.cluster.guest_disks import DiskContents
from hvgui.cluster.ids import LunId, NodeId, SanId, VolumeId

DiskKey = tuple[NodeId | None, str]
"""What tells a disk's file from every other: the node on whose own disk it lies (None: shared) and its path in small
letters."""


class DiskKind(enum.Enum):
    """What backs a virtual disk."""

    FIXED = "fixed"
    DYNAMIC = "dynamic"
    DIFFERENCING = "differencing"
    PHYSICAL = "pass-through"


class Controller(enum.Enum):
    """The two buses of a generation 1 VM; only SCSI disks can be changed while it runs."""

    IDE = "IDE"
    SCSI = "SCSI"


Slot = tuple[Controller, int, int]
"""A place on a VM's controllers: kind, number, location."""


class VirtualDisk(msgspec.Struct, frozen=True, omit_defaults=True, gc=False):
    """A disk of a VM and where its file lies: on a Cluster Shared Volume, on a LUN of its own, or on a node."""

    name: str
    size_bytes: int
    kind: DiskKind = DiskKind.DYNAMIC
    file_bytes: int = 0
    path: str = ""
    controller: Controller = Controller.IDE
    controller_number: int = 0
    controller_location: int = 0
    volume: VolumeId | None = None
    lun: LunId | None = None
    local_node: NodeId | None = None
    """Set where the file lies on a node's own disk: no other node can run the VM."""
    contents: DiskContents | None = None
    """What the guest has written onto it; None: it was there before anybody looked, and `guest_view` says what a guest
    would show."""
    parent: str = ""
    """Path of the disk that a differencing disk builds on."""
    origin: str = ""
    """The mark of the disk that this one's data was copied from; empty: its own. See `content_mark`."""
    rewritten_bytes: int = 0
    """Part of a differencing disk's file that lies over data of the files below it: see `differencing`."""

    @property
    def key(self) -> DiskKey:
        """See DiskKey. A pass-through disk has no file; its LUN stands for it."""
        if self.kind is DiskKind.PHYSICAL and not self.path and self.lun is not None:
            return (None, f"lun:{self.lun}")
        return (self.local_node, self.path.lower())

    @property
    def slot(self) -> Slot:
        """Where it is attached."""
        return (self.controller, self.controller_number, self.controller_location)


def content_mark(disk: VirtualDisk, guid: str) -> str:
    """What tells the data on a disk from every other's: a copy has that of its original. `guid` is its VM's id."""
    return disk.origin or f"{guid.lower()} {disk.path.lower()}"


class DetachedDisk(msgspec.Struct, frozen=True, omit_defaults=True, gc=False):
    """A virtual disk file that no VM has attached: removed and kept, or made in advance, or the parent of others.

    Its controller fields mean nothing.
    """

    disk: VirtualDisk
    last_vm: str = ""
    """The name of the VM that had it last."""

    @property
    def key(self) -> DiskKey:
        """See DiskKey."""
        return self.disk.key


class San(msgspec.Struct, frozen=True, omit_defaults=True, gc=False):
    """An iSCSI or Fibre Channel target, shared by every node that has a path to it."""

    id: SanId
    name: str
    bytes_per_second: float
    iops: float = 20_000.0
    latency_seconds: float = 0.0005
    up: bool = True
    persistent_reservations: bool = True
    """Whether its LUNs take SCSI-3 persistent reservations, by which a cluster keeps a disk for its owner."""


class LunUse(enum.Enum):
    """What a LUN is used for."""

    AVAILABLE = "available storage"
    VM = "virtual machine storage"
    SHARED_VOLUME = "cluster shared volume"
    WITNESS = "disk witness in quorum"


class Lun(msgspec.Struct, frozen=True, omit_defaults=True, gc=False):
    """A logical unit of a SAN. Without a shared volume on it, one node owns it at a time."""

    id: LunId
    name: str
    san: SanId
    size_bytes: int
    use: LunUse = LunUse.AVAILABLE
    owner: NodeId | None = None
    paths: tuple[NodeId, ...] | None = None
    """Nodes that it is presented to; None: all."""
    up: bool = True
    """False: the LUN has failed; nobody reads or writes it."""
    contents: DiskContents | None = None
    """What a guest has written onto it while it was that guest's pass-through disk; see VirtualDisk.contents."""
    moving_to: NodeId | None = None
    """The node that its ownership is on its way to: meanwhile nobody reads or writes it."""


class StoragePath(msgspec.Struct, frozen=True, omit_defaults=True, gc=False):
    """A node's way to a SAN. Where there is no such record, the node reaches the SAN at the SAN's own speed."""

    node: NodeId
    san: SanId
    bytes_per_second: float
    up: bool = True

    @property
    def key(self) -> tuple[NodeId, SanId]:
        """Its node and its SAN."""
        return (self.node, self.san)


class VolumeState(enum.Enum):
    """How a Cluster Shared Volume is reached."""

    DIRECT = "direct"
    REDIRECTED = "redirected"
    MAINTENANCE = "maintenance"
    OFFLINE = "offline"


class Volume(msgspec.Struct, frozen=True, omit_defaults=True, gc=False):
    """A Cluster Shared Volume, `C:\\ClusterStorage\\<name>` on every node."""

    id: VolumeId
    name: str
    lun: LunId
    coordinator: NodeId
    size_bytes: int
    used_bytes: int = 0
    state: VolumeState = VolumeState.DIRECT
    """What administrators have set; how a node reaches the volume at the moment says `storage_access`."""
    moving_to: NodeId | None = None
    """The node that its coordination is on its way to: meanwhile its input and output wait."""
    going: VolumeState | None = None
    """The state that it is on its way to: MAINTENANCE or OFFLINE, once every VM that uses it is saved."""

    @property
    def path(self) -> str:
        """The folder under which every node sees the volume."""
        return f"C:\\ClusterStorage\\{self.name}"
