"""Storage: SANs, LUNs, Cluster Shared Volumes and the virtual disks on them."""

from __future__ import annotations

import enum

import msgspec

from hvgui.cluster.ids import LunId, NodeId, SanId, VolumeId


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


class San(msgspec.Struct, frozen=True, omit_defaults=True, gc=False):
    """An iSCSI or Fibre Channel target, shared by every node that has a path to it."""

    id: SanId
    name: str
    bytes_per_second: float
    iops: float = 20_000.0
    latency_seconds: float = 0.0005
    up: bool = True


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
    """Nodes that reach it; None: all."""


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

    @property
    def path(self) -> str:
        """The folder under which every node sees the volume."""
        return f"C:\\ClusterStorage\\{self.name}"
