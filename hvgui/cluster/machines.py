"""Virtual machines: configuration, state and owner."""

from __future__ import annotations

import enum

import msgspec

from hvgui.cluster.clients import Clients
from hvgui.cluster.ids import NetworkId, NodeId, TaskId, VmId
from hvgui.cluster.load import Load
from hvgui.cluster.memory import GuestMemory
from hvgui.cluster.snapshots import Snapshot
from hvgui.cluster.storage import Controller, VirtualDisk
from hvgui.cluster.vm_settings import AS_INSTALLED, NO_CLAIMS, Guest, NetworkAdapter, Scheduling

__all__ = [
    "Failback",
    "FailoverPolicy",
    "Guest",
    "NetworkAdapter",
    "Priority",
    "Scheduling",
    "VirtualMachine",
    "VmState",
]


class VmState(enum.Enum):
    """What a VM is doing, in the words of Hyper-V Manager."""

    OFF = "off"
    STARTING = "starting"
    RUNNING = "running"
    PAUSED = "paused"
    SAVING = "saving"
    SAVED = "saved"
    RESTORING = "restoring"
    STOPPING = "stopping"
    PAUSED_CRITICAL = "paused-critical"
    """Stopped by the host because its disks can't be written: a volume is full, or storage is out of reach. It keeps
    its memory and runs on by itself once that is mended."""
    CRITICAL = "critical"
    """Lost: its node died, or its storage went away, and nothing has started it again yet."""

    @property
    def holds_memory(self) -> bool:
        """Whether the VM occupies memory on its owner node."""
        return self not in (VmState.OFF, VmState.SAVED, VmState.CRITICAL)


class Priority(enum.IntEnum):
    """In which order VMs are placed after a failure."""

    NO_AUTO_START = 0
    LOW = 1000
    MEDIUM = 2000
    HIGH = 3000


class Failback(enum.Enum):
    """Whether a VM goes back to a preferred owner that has returned."""

    PREVENT = "prevent"
    IMMEDIATELY = "immediately"
    BETWEEN_HOURS = "between hours"


class FailoverPolicy(msgspec.Struct, frozen=True, omit_defaults=True, gc=False):
    """The "Failover" tab of a VM's properties."""

    most_failures: int | None = None
    """Failovers in the period, after which the VM is left failed; None: one less than there are nodes."""
    period_hours: float = 6.0
    failback: Failback = Failback.PREVENT
    from_hour: int = 0
    """Hours of the lab's day between which it goes back, with `BETWEEN_HOURS`; over midnight where the first is the
    later one."""
    to_hour: int = 0


class VirtualMachine(msgspec.Struct, frozen=True, omit_defaults=True, gc=False):
    """One virtual machine of the cluster. A change makes a new record (`msgspec.structs.replace`)."""

    id: VmId
    name: str
    guid: str
    owner: NodeId
    """The node that runs it, or would."""
    state: VmState
    vcpus: int
    memory: GuestMemory
    assigned_bytes: int = 0
    """Memory that the VM occupies on its owner now; 0 while it holds none."""
    load: Load = Load()
    disks: tuple[VirtualDisk, ...] = ()
    adapters: tuple[NetworkAdapter, ...] = ()
    guest: Guest = AS_INSTALLED
    clients: Clients = Clients()
    processor_compatibility: bool = False
    seen_features: tuple[str, ...] = ()
    """Processor features that the guest has seen since its last start; a target must offer them all."""
    booted_vendor: str = ""
    preferred_owners: tuple[NodeId, ...] = ()
    possible_owners: tuple[NodeId, ...] | None = None
    """None: every node."""
    priority: Priority = Priority.MEDIUM
    migration_networks: tuple[NetworkId, ...] = ()
    """Order of networks for live migration; empty: the cluster's own order."""
    highly_available: bool = True
    task: TaskId | None = None
    """The task that has hold of the VM (a migration, a start, a save), or None."""
    generation: int = 1
    notes: str = ""
    tags: tuple[str, ...] = ()
    scsi_controllers: int = 1
    """Those added or there from the beginning; disks on a higher one count it as there (`scsi_controller_count`)."""
    saved_bytes: int = 0
    """Memory in the saved state of a VM that is saved; 0 without one, and in labs of older versions of hvgui."""
    scheduling: Scheduling = NO_CLAIMS
    snapshots: tuple[Snapshot, ...] = ()
    """Oldest first, with those that are deleted and whose files are still needed."""
    current_snapshot: int = 0
    """The snapshot whose files the VM's disks build on; 0: none."""
    last_snapshot: int = 0
    """The highest number that a snapshot, or a file above one, has had."""
    is_template: bool = False
    """A pattern for others: it is cloned and never started."""
    failover: FailoverPolicy = FailoverPolicy()
    anti_affinity: tuple[str, ...] = ()
    """`AntiAffinityClassNames`: VMs with a name in common are kept on different nodes where that can be."""
    start_delay_seconds: float = 0.0
    """After a failover it starts so much later than it could: others that it needs come first."""
    pending: str = ""
    """Why the cluster can't start a VM that it has lost, as a sentence; it starts by itself when that is over."""
    failed_over_ns: tuple[int, ...] = ()
    """Moments of the failovers that still count."""
    is_failed: bool = False
    """It has failed too often; the cluster leaves it until somebody starts or moves it."""

    @property
    def scsi_controller_count(self) -> int:
        """SCSI controllers that the VM has."""
        used = (disk.controller_number + 1 for disk in self.disks if disk.controller is Controller.SCSI)
        return max(self.scsi_controllers, max(used, default=0))

    @property
    def memory_bytes(self) -> int:
        """What it needs to be started or restored, or has now if it runs."""
        return self.assigned_bytes or self.saved_bytes or self.memory.settings.startup_bytes
