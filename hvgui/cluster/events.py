"""Events: what happened, when, to which object."""

from __future__ import annotations

import enum

import msgspec

from hvgui.cluster.ids import NodeId, TaskId, VmId


class Level(enum.IntEnum):
    """How much an event matters."""

    INFORMATION = 0
    WARNING = 1
    ERROR = 2


EVENT_NUMBERS = {
    "node-evicted": 1011,
    "vm-lost": 1069,
    "link-cut": 1127,
    "network-partitioned": 1129,
    "node-removed": 1135,
    "quorum-lost": 1177,
    "failover-pending": 1205,
    "group-failed": 1254,
    "witness-failed": 1564,
    "coordinator-lost": 5120,
    "redirected-access": 5136,
}
"""Numbers under which Windows logs what a code says, where it does and we are sure of it."""


class Event(msgspec.Struct, frozen=True, omit_defaults=True, gc=False):
    """One event. `serial` orders events within a lab; `code` names the kind of event and never changes its meaning."""

    serial: int
    time_ns: int
    level: Level
    code: str
    message: str
    vm: VmId | None = None
    node: NodeId | None = None
    task: TaskId | None = None

    @property
    def number(self) -> int:
        """Its number in Windows' own log; 0: we know of none. 5136 is about redirected access turned on, not off."""
        if self.code == "redirected-access" and self.level is Level.INFORMATION:
            return 0
        return EVENT_NUMBERS.get(self.code, 0)
