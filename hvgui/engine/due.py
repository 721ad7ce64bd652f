"""Which entries of the agenda still mean something: what they are about may have ended, or begun anew, meanwhile."""

from __future__ import annotations

from hvgui.engine.agenda import (
    DiskDue,
    Entry,
    HeartbeatsLost,
    LunDue,
    NodeDue,
    ProcedureDue,
    RecoveryDue,
    SilenceDue,
    StreamDue,
    VolumeDue,
)
from hvgui.engine.world import World


def counts(world: World, entry: Entry) -> bool:
    """Whether an entry still means anything."""
    if isinstance(entry, ProcedureDue):
        procedure = world.procedures.get(entry.task)
        return procedure is not None and procedure.stamp == entry.stamp
    if isinstance(entry, StreamDue):
        stream = world.streams.get(entry.vm)
        return stream is not None and stream.stamp == entry.stamp
    if isinstance(entry, RecoveryDue):
        return entry.task in world.recoveries
    if isinstance(entry, SilenceDue):
        return entry.since_ns in world.missing.values()
    if isinstance(entry, HeartbeatsLost):
        return entry.node in world.lossy and world.lossy[entry.node][1] == entry.drawn_ns
    return _since(world, entry)


def _since(world: World, entry: NodeDue | DiskDue | VolumeDue | LunDue) -> bool:
    """Whether what an entry is about still goes on since the same moment."""
    match entry:
        case NodeDue():
            return world.joining.get(entry.node) == entry.asked_ns
        case DiskDue():
            return world.stopped.get(entry.vm) == entry.since_ns
        case VolumeDue():
            return world.volume_moves.get(entry.volume) == entry.asked_ns
        case LunDue():
            return world.lun_moves.get(entry.lun) == entry.asked_ns
