"""Nodes: the physical servers of the cluster."""

from __future__ import annotations

import enum

import msgspec

from hvgui.cluster.ids import NodeId
from hvgui.cluster.installations import Installation
from hvgui.cluster.units import GIB, MIB

LEAST_NODE_BYTES = 2 * GIB
"""Less memory no server of a cluster has."""


def usual_root_reserve_bytes(memory_bytes: int) -> int:
    """What the parent partition keeps: an eighth of the memory, between 512 MB and 8 GB."""
    return max(512 * MIB, min(8 * GIB, memory_bytes // 8 // MIB * MIB))


class NodeState(enum.Enum):
    """A node's membership, in the words of Failover Cluster Manager."""

    UP = "up"
    DOWN = "down"
    PAUSED = "paused"
    JOINING = "joining"
    ISOLATED = "isolated"


class ServiceState(enum.Enum):
    """What a node's cluster service does, apart from whether the node has power."""

    RUNNING = "running"
    """Of a node that is down: it starts by itself with the node."""
    HUNG = "hung"
    """It answers nobody; heartbeats come from the kernel and go on, until that notices."""
    STOPPED = "stopped"
    """Somebody has stopped it. Beside `NodeState.DOWN` it means that the node itself has power."""


class DrainState(enum.Enum):
    """Whether a paused node has given away its VMs."""

    NONE = "none"
    IN_PROGRESS = "in progress"
    COMPLETED = "completed"
    FAILED = "failed"


class Processor(msgspec.Struct, frozen=True, omit_defaults=True, gc=False):
    """The processors of a node. Logical processors = sockets x cores x threads."""

    model: str = "Intel Xeon E5540"
    vendor: str = "Intel"
    sockets: int = 2
    cores_per_socket: int = 4
    threads_per_core: int = 2
    features: tuple[str, ...] = (
        "cmov",
        "cx8",
        "fxsr",
        "mmx",
        "sse",
        "sse2",
        "sse3",
        "ssse3",
        "sse4.1",
        "sse4.2",
        "popcnt",
    )
    slat: bool = True
    """Second level address translation: Intel's Extended, AMD's Nested Page Tables."""

    @property
    def logical(self) -> int:
        """Logical processors."""
        return self.sockets * self.cores_per_socket * self.threads_per_core


class Node(msgspec.Struct, frozen=True, omit_defaults=True, gc=False):
    """A member of the cluster."""

    id: NodeId
    name: str
    state: NodeState = NodeState.UP
    processor: Processor = Processor()
    memory_bytes: int = 32 * GIB
    root_reserve_bytes: int = 2 * GIB
    """What the parent partition keeps for itself."""
    live_migrations: int | None = None
    """Live migrations it takes part in at once; None: the profile's."""
    domain: str = ""
    system_drive: str = "C:"
    manufacturer: str = ""
    model: str = ""
    service: ServiceState = ServiceState.RUNNING
    is_unnoticed: bool = False
    """It is dead, and the cluster does not know yet: its heartbeats are only just being missed."""
    has_vote: bool = True
    """Dynamic quorum: False while its vote is withdrawn."""
    is_member: bool = True
    """False: a server that has been evicted, or never was added."""
    resumes_paused: bool = False
    """It was paused when it left, and is paused when it comes back."""
    drain: DrainState = DrainState.NONE
    hardware_virtualisation: bool = True
    """Intel VT or AMD-V is there and switched on in the firmware; without it Hyper-V starts no VM."""
    installation: Installation = Installation()
    silent_since_ns: int | None = None
    """Since when those who go on as the cluster miss its heartbeats; None: they hear it, or have given it up."""
    virtualisation_at_start: bool | None = None
    """What somebody has set in the firmware: it counts from the node's next start. None: nothing."""
    blocks_cluster_traffic: bool = False
    """Its firewall lets no heartbeats through, in or out."""
    set_up_wrongly: tuple[str, ...] = ()
    """What somebody has set up wrongly on purpose: see `misconfigurations`."""
    saving_since_ns: int | None = None
    """Since when it is switched off to save power; None: it is not, or is off for another reason."""

    @property
    def is_up(self) -> bool:
        """Whether it runs VMs (a paused node keeps its own but takes no more)."""
        return self.state in (NodeState.UP, NodeState.PAUSED)

    @property
    def has_power(self) -> bool:
        """Whether the server itself works, in the cluster or out of it: VMs that are not clustered run there."""
        stopped = self.state is NodeState.DOWN and self.service is ServiceState.STOPPED
        return self.is_up or self.state is NodeState.ISOLATED or stopped

    @property
    def saves_power(self) -> bool:
        """Whether it is off because nobody needs it, and is switched on again by itself."""
        return self.saving_since_ns is not None and self.state is NodeState.DOWN and not self.has_power

    @property
    def is_starting(self) -> bool:
        """Whether it boots."""
        return self.state is NodeState.JOINING

    @property
    def state_words(self) -> str:
        """Its state for sentences: `down`, `switched off to save power`."""
        return "switched off to save power" if self.saves_power else self.state.value

    @property
    def takes_vms(self) -> bool:
        """Whether the cluster may bring VMs to it."""
        return self.state is NodeState.UP and self.service is ServiceState.RUNNING

    @property
    def fate(self) -> str:
        """What became of it when VMs were lost with it, for sentences."""
        return "left the cluster" if self.has_power else "crashed"

    @property
    def memory_for_vms_bytes(self) -> int:
        """Physical memory less the root reserve."""
        return max(0, self.memory_bytes - self.root_reserve_bytes)
