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
