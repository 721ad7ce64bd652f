"""The client's eye: who uses a VM over the network, and whether they would notice."""

from __future__ import annotations

import msgspec


class VideoStream(msgspec.Struct, frozen=True, omit_defaults=True, gc=False):
    """A probe: one player streaming from the VM at a bit rate, with a buffer that a gap in delivery drains."""

    bytes_per_second: float = 750_000.0
    """What the player consumes (6 Mbit/s by default)."""
    buffer_seconds: float = 2.0
    """How much of the film the player keeps ahead, as seconds of playing."""


class Clients(msgspec.Struct, frozen=True, omit_defaults=True, gc=False):
    """TCP connections into a VM and an optional video stream."""

    connections: int = 0
    guest_cluster: bool = False
    """A member of a cluster made of VMs: its own heartbeat breaks long before TCP does."""
    video: VideoStream | None = None
