"""Nodes: the physical servers of the cluster."""

from __future__ import annotations

import enum

import msgspec

from hvgui.cluster.ids import NodeId
from hvgui.cluster.units import GIB


class NodeState(enum.Enum):
    """A node's membership, in the words of Failover Cluster Manager."""

    UP = "up"
    DOWN = "down"
    PAUSED = "paused"
    JOINING = "joining"
    ISOLATED = "isolated"


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

    @property
    def is_up(self) -> bool:
        """Whether it runs VMs (a paused node keeps its own but takes no more)."""
        return self.state in (NodeState.UP, NodeState.PAUSED)

    @property
    def memory_for_vms_bytes(self) -> int:
        """Physical memory less the root reserve."""
        return max(0, self.memory_bytes - self.root_reserve_bytes)
