"""The agenda: what is to happen when. Order is total: by time, then class, then serial."""

from __future__ import annotations

import enum
import heapq

import msgspec

from hvgui.cluster.ids import LunId, NodeId, TaskId, VmId, VolumeId
from hvgui.requests.catalogue import AnyRequest


class Class(enum.IntEnum):
    """What comes first among the things of one instant. Flows' ends come before all of these."""

    STEP = 1
    """A procedure's own clock."""
    NODE = 2
    STREAM = 3
    SETTLED = 4
    """What needs the rates that follow from all the instant's changes; they are worked out before it."""


class ProcedureDue(msgspec.Struct, frozen=True, gc=False, tag="procedure"):
    """A procedure's clock runs out. Counts only while the procedure's stamp is still the same."""

    task: TaskId
    stamp: int


class StreamDue(msgspec.Struct, frozen=True, gc=False, tag="stream"):
    """A stream's buffer runs dry, is full, or suffices to play on. Counts only with the same stamp."""

    vm: VmId
    stamp: int


class NodeDue(msgspec.Struct, frozen=True, gc=False, tag="node"):
    """A node that was switched on has booted and joins."""

    node: NodeId
    asked_ns: int


class RecoveryDue(msgspec.Struct, frozen=True, gc=False, tag="recovery"):
    """Longer than this an ended migration's stall is not waited for."""

    task: TaskId


class DiskDue(msgspec.Struct, frozen=True, gc=False, tag="disk"):
    """A guest has waited for its disks as long as it does. Counts only while it waits since the same moment."""

    vm: VmId
    since_ns: int


class VolumeDue(msgspec.Struct, frozen=True, gc=False, tag="volume"):
    """A volume's new coordinator has taken over. Counts only for the handover asked for last."""

    volume: VolumeId
    asked_ns: int


class LunDue(msgspec.Struct, frozen=True, gc=False, tag="lun"):
    """A LUN has come to its new owner. Counts only for the move asked for last."""

    lun: LunId
    asked_ns: int


class SilenceDue(msgspec.Struct, frozen=True, gc=False, tag="silence"):
    """Heartbeats that are missed since a moment have been for long enough. Counts only while some still are."""

    since_ns: int


class HeartbeatsLost(msgspec.Struct, frozen=True, gc=False, tag="heartbeats-lost"):
    """So many of a node's heartbeats in a row get lost now. Counts only with the probability it was drawn for."""

    node: NodeId
    drawn_ns: int


class HangDue(msgspec.Struct, frozen=True, gc=False, tag="hang"):
    """A cluster service has hung for as long as the kernel allows. Counts only while it hangs since the same moment."""

    node: NodeId
    since_ns: int


class FailbackDue(msgspec.Struct, frozen=True, gc=False, tag="failback"):
    """Whoever may go back to a preferred owner is looked at. Counts only for the look that was asked for last."""

    asked_ns: int


class ChaosDue(msgspec.Struct, frozen=True, gc=False, tag="chaos"):
    """The next fault comes by itself. Counts only while it is the next one of the same chaos."""

    number: int
    since_ns: int


class MendDue(msgspec.Struct, frozen=True, gc=False, tag="mend"):
    """What a fault that came by itself has broken is mended."""

    request: AnyRequest


class PatchedDue(msgspec.Struct, frozen=True, gc=False, tag="patched"):
    """A node that was switched off for its patches boots."""

    node: NodeId
    since_ns: int


Entry = (
    ProcedureDue
    | StreamDue
    | NodeDue
    | RecoveryDue
    | DiskDue
    | VolumeDue
    | LunDue
    | SilenceDue
    | HeartbeatsLost
    | HangDue
    | FailbackDue
    | ChaosDue
    | PatchedDue
    | MendDue
)
Item = tuple[int, int, int, Entry]
"""(time_ns, class, serial, entry)."""


class Agenda:
    """A heap of items."""

    __slots__ = ("heap", "serial")

    def __init__(self, heap: list[Item] | None = None, serial: int = 0) -> None:
        self.heap: list[Item] = heap if heap is not None else []
        self.serial = serial

    def fork(self) -> Agenda:
        """An independent copy."""
        return Agenda(self.heap.copy(), self.serial)

    def add(self, time_ns: int, order: Class, entry: Entry) -> None:
        """Something is to happen at that moment."""
        self.serial += 1
        heapq.heappush(self.heap, (time_ns, int(order), self.serial, entry))

    def pop(self) -> Item:
        """The first item, taken off."""
        return heapq.heappop(self.heap)
