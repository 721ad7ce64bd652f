"""What a migration did to its VM's stream, counted to the end of the stall even where that outlasts the migration."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from hvgui.cluster.ids import TaskId, VmId
from hvgui.cluster.tasks import Task
from hvgui.cluster.units import NANOSECONDS
from hvgui.engine.agenda import Class, RecoveryDue
from hvgui.engine.physics.video import Mode, stall_seconds_at
from hvgui.engine.under_way import Before, Recovery

if TYPE_CHECKING:
    from hvgui.engine.world import World

PATIENCE_NS = 60 * NANOSECONDS
"""A stall that lasts longer than this after a migration is no longer put down to it."""


def before(world: World, vm: VmId) -> Before:
    """The stalls of a VM's stream so far."""
    stream = world.streams.get(vm)
    if stream is None:
        return Before()
    return Before(stream.player.stalls, stall_seconds_at(stream.player, world.now_ns))


def task_ended(world: World, task: Task, stalls: Before) -> None:
    """Tell of an ended task, now or when its stream plays again."""
    if task.result is None:
        world.news.append(task)
        return
    recovery = Recovery(task, stalls)
    stream = world.streams.get(task.vm)
    if stream is None or stream.player.mode is not Mode.STALLED:
        _tell(world, recovery)
        return
    world.recoveries[task.id] = recovery
    world.agenda.add(world.now_ns + PATIENCE_NS, Class.STREAM, RecoveryDue(task.id))


def stream_plays(world: World, vm: VmId) -> None:
    """A stream's stall is over, or the stream itself: nothing more is put down to a migration."""
    for task, recovery in list(world.recoveries.items()):
        if recovery.task.vm == vm:
            del world.recoveries[task]
            _tell(world, recovery)


def due(world: World, task: TaskId) -> bool:
    """The wait is over whatever the stream does. False: it had recovered before."""
    recovery = world.recoveries.pop(task, None)
    if recovery is None:
        return False
    _tell(world, recovery)
    return True


def _tell(world: World, recovery: Recovery) -> None:
    task, now = recovery.task, before(world, recovery.task.vm)
    if task.result is not None:
        # A stream that somebody has taken away meanwhile has no stalls any more.
        stalled = max(0.0, now.stall_seconds - recovery.before.stall_seconds)
        result = msgspec.structs.replace(task.result, streams_stalled=int(stalled > 0.0), stall_seconds=stalled)
        task = msgspec.structs.replace(task, result=result)
    world.news.append(task)
