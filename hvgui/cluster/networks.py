"""Networks of the cluster and the links that tie nodes to them."""

from __future__ import annotations

import enum

import msgspec

from hvgui.cluster.ids import NetworkId, NodeId

GOODPUT_SHARE = 1448 / 1538
"""Share of an Ethernet link's bits that TCP's payload gets with 1,500 byte frames: 1,448 of 1,538 bytes on the wire
(preamble 8, header 14, IP 20, TCP 32 with time stamps, check sum 4, gap 12). 1 Gbit/s carries 117.7 MB/s."""

GIGABIT = 125_000_000.0
"""1 Gbit/s in bytes per second."""

SLOW_LINK = 0.9 * GIGABIT
"""Below this a link is a named warning for live migration: one gigabit is the least that is advised."""


class NetworkRole(enum.IntEnum):
    """Which traffic a cluster network carries (Get-ClusterNetwork's Role)."""

    NONE = 0
    CLUSTER_ONLY = 1
    CLUSTER_AND_CLIENT = 3


class Network(msgspec.Struct, frozen=True, omit_defaults=True, gc=False):
    """A network that the cluster knows."""

    id: NetworkId
    name: str
    role: NetworkRole = NetworkRole.CLUSTER_AND_CLIENT
    has_gateway: bool = False
    metric: int = 1000
    """The cluster prefers the lowest for its own (CSV) traffic; live migration comes last on it."""
    address: str = ""
    partition: tuple[tuple[NodeId, ...], ...] = ()
    """Groups of nodes that a fault of the switches separates from each other; nodes of no group are one more."""
    heartbeat_loss: float = 0.0
    """Share (0..1) of the heartbeats on it that are lost or arrive damaged."""

    def separates(self, one: NodeId, other: NodeId) -> bool:
        """Whether a partition lies between two nodes."""
        return bool(self.partition) and self.group_of(one) != self.group_of(other)

    def group_of(self, node: NodeId) -> int:
        """The number of a node's group; -1: that of all who are in none."""
        return next((number for number, group in enumerate(self.partition) if node in group), -1)


class Link(msgspec.Struct, frozen=True, omit_defaults=True, gc=False):
    """A node's full duplex tie to a network: its adapter, the cable and the port of the switch."""

    node: NodeId
    network: NetworkId
    bytes_per_second: float = GIGABIT
    """Nominal speed, one way; payload gets `GOODPUT_SHARE` of it."""
    latency_seconds: float = 0.0001
    up: bool = True
    adapter: str = ""
    address: str = ""
    heartbeat_loss: float = 0.0
    """Share (0..1) of the heartbeats over it that are lost or arrive damaged, whichever way."""

    @property
    def key(self) -> tuple[NodeId, NetworkId]:
        """What identifies it in a cluster."""
        return (self.node, self.network)

    @property
    def goodput_bytes_per_second(self) -> float:
        """Payload that TCP gets through, one way; 0 while it is cut."""
        return self.bytes_per_second * GOODPUT_SHARE if self.up else 0.0
