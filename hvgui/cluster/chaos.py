"""Chaos: faults that come by themselves, at a chosen rate, of chosen kinds, and are mended a while later.

What comes when is a function of the seed and the number of the fault alone, so that forks, replays and other labs with
the same seed meet the same course.
"""

from __future__ import annotations

import enum

import msgspec


class FaultKind(enum.Enum):
    """What can happen."""

    CRASH = "crash"
    """A node dies, and is powered on later."""
    LINK = "link"
    """A node's link to a network is cut."""
    PARTITION = "partition"
    """Every network is cut in two."""
    HANG = "hang"
    """A cluster service hangs; the kernel ends that by itself."""
    HEARTBEATS = "heartbeats"
    """A network loses half of its heartbeats or more."""
    SAN = "san"
    LUN = "lun"
    PATH = "path"
    """A node's path to a SAN breaks."""
    WITNESS = "witness"
    """The server of the file share witness goes down."""


class Chaos(msgspec.Struct, frozen=True, omit_defaults=True, gc=False):
    """Faults by themselves, as a cluster holds them."""

    faults_per_hour: float = 0.0
    """On average; 0: none come."""
    kinds: tuple[FaultKind, ...] = ()
    """Those that come; empty: all."""
    seed: int = 0
    mended_after_seconds: float = 300.0
    """On average."""
    last_fault: int = 0
    """The number of the last fault that came."""
    since_ns: int = 0
    """When it began."""

    @property
    def all_kinds(self) -> tuple[FaultKind, ...]:
        """The kinds that come."""
        return self.kinds or tuple(FaultKind)
