"""Which entries of the agenda still mean something: what they are about may have ended, or begun anew, meanwhile."""

from __future__ import annotations

from hvgui.engine.agenda import (
    ChaosDue,
    DiskDue,
    Entry,
    FailbackDue,
    HangDue,
    HeartbeatsLost,
    LunDue,
    MendDue,
    NodeDue,
    PatchedDue,
    ProcedureDue,
    RecoveryDue,
    SilenceDue,
    StreamDue,
    VolumeDue,
)
from hvgui.engine.world import World


def counts(world: World, entry: Entry) -> bool:
    """Whether an entry still means anything."""
    match entry:
        case ProcedureDue():
            procedure = world.procedures.get(entry.task)
            return procedure is not None and procedure.stamp == entry.stamp
        case StreamDue():
            stream = world.streams.get(entry.vm)
            return stream is not None and stream.stamp == entry.stamp
        case RecoveryDue():
            return entry.task in world.recoveries
        case MendDue():
            return True
        case ChaosDue():
            chaos = world.cluster.chaos
            return bool(chaos.faults_per_hour) and (entry.number, entry.since_ns) == (
                chaos.last_fault + 1,
                chaos.since_ns,
            )
    return _of_nodes(world, entry) or _since(world, entry)


def _of_nodes(world: World, entry: Entry) -> bool:
    """Whether an entry is about a node of which what it says is still so."""
    match entry:
        case PatchedDue():
            return entry.node in world.cluster.nodes
        case NodeDue():
            return world.joining.get(entry.node) == entry.asked_ns
        case SilenceDue():
            return entry.since_ns in world.missing.values()
        case HeartbeatsLost():
            return entry.node in world.lossy and world.lossy[entry.node][1] == entry.drawn_ns
        case HangDue():
            return world.hung.get(entry.node) == entry.since_ns
    return False


def _since(world: World, entry: Entry) -> bool:
    """Whether what an entry is about still goes on since the same moment."""
    match entry:
        case DiskDue():
            return world.stopped.get(entry.vm) == entry.since_ns
        case VolumeDue():
            return world.volume_moves.get(entry.volume) == entry.asked_ns
        case LunDue():
            return world.lun_moves.get(entry.lun) == entry.asked_ns
        case FailbackDue():
            return world.failback_ns == entry.asked_ns
    return False
