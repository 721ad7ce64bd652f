"""Records of what is under way beside the procedures: streams that play, recoveries that are waited for, drains."""

from __future__ import annotations

import enum

import msgspec

from hvgui.cluster.ids import NodeId, VmId
from hvgui.cluster.tasks import Task
from hvgui.engine.physics.video import Player


class Stream(msgspec.Struct, frozen=True, gc=False):
    """A VM's stream. `flow` is its row while the VM answers, `link` the shared link it runs over."""

    player: Player
    flow: int | None = None
    link: int | None = None
    stamp: int = 0
    """Counts the edges planned: an older plan no longer holds."""


class Before(msgspec.Struct, frozen=True, gc=False):
    """A stream's stalls as a migration began."""

    stalls: int = 0
    stall_seconds: float = 0.0


class Recovery(msgspec.Struct, frozen=True, gc=False):
    """An ended migration's task, not told to anybody yet because the stream still stalls."""

    task: Task
    before: Before


class DrainKind(enum.Enum):
    """What a node gives its VMs away for, and how."""

    PAUSE = "pause"
    """Live migration; the node stays paused."""
    STOP_SERVICE = "stop service"
    """Quick migration; then the cluster service stops."""
    SAVE_POWER = "save power"
    """Live migration, each VM to the node that has been planned for it; then `power_saving` switches the node off."""


class Drain(msgspec.Struct, frozen=True, gc=False):
    """A node that gives its VMs away; `drains` moves it on."""

    kind: DrainKind
    tries: tuple[tuple[VmId, int], ...] = ()
    """How often each VM has set out."""
    targets: tuple[tuple[VmId, NodeId], ...] = ()
    """SAVE_POWER: where each VM goes."""
