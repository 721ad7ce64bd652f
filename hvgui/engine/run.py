"""Running a world: asking it for something, and letting its time pass.

The result never depends on how the time is sliced: one call to the end and a thousand calls of a millisecond give the
same events at the same nanoseconds.

Things happen in one total order. Of those at one instant: first the flows that end (by row), then the agenda's
entries (by class, then serial), last the whole second. Whatever changes rates is gathered and worked out once an
instant, before time goes on.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec

from hvgui.cluster.events import Event, Level
from hvgui.cluster.ids import TaskId
from hvgui.engine import (
    asked,
    chaos,
    drains,
    dynamic_memory,
    failback,
    failover,
    load_watch,
    maintenance,
    membership,
    power_saving,
    recovery,
    storage_io,
    storage_watch,
    streams,
)
from hvgui.engine.agenda import (
    ChaosDue,
    Class,
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
from hvgui.engine.due import counts
from hvgui.engine.flows import NEVER, stream_of, task_of
from hvgui.engine.procedures import handovers, network_faults, snapshot_merging
from hvgui.engine.procedures.queue import start_waiting
from hvgui.engine.sink import Sink
from hvgui.engine.world import World
from hvgui.requests.problems import Problem, blockers
from hvgui.requests.request import Request


class Outcome(msgspec.Struct, frozen=True):
    """What became of a request at once. Refused: nothing changed, and `problems` holds the blockers."""

    accepted: bool
    problems: tuple[Problem, ...] = ()
    """Blockers where it was refused, else the warnings it was accepted with."""
    task: TaskId | None = None
    """The task that carries it out, where that takes time."""


def apply(world: World, request: Request, sink: Sink) -> Outcome:
    """Ask the world for something at its present moment: checked again, then begun, or refused with an event."""
    problems = request.check(world.cluster)
    stopped_by = blockers(problems)
    if stopped_by:
        text = f"Refused: {request.title(world.cluster)}. {stopped_by[0]}"
        world.tell("request-refused", text, Level.WARNING)
        _deliver(world, sink)
        return Outcome(False, stopped_by)
    task = asked.begin(world, request)
    _finish_entry(world, sink)
    return Outcome(True, problems, task)


def next_event_ns(world: World) -> int:
    """The moment of the next thing that happens by itself: an agenda entry, a flow's end, a whole second."""
    notable = next_notable_ns(world)
    return world.next_tick_ns if notable is None else min(notable, world.next_tick_ns)


def next_notable_ns(world: World) -> int | None:
    """The moment of the next thing that is not just another second; None while nothing is under way.

    It is the present one while the consequences of a request are still to be worked out.
    """
    if not world.flows.sharing.is_settled:
        return world.now_ns
    heap = world.agenda.heap
    while heap and not counts(world, heap[0][3]):
        world.agenda.pop()
    end_ns = world.flows.next_end()[0]
    moment = min(heap[0][0], end_ns) if heap else end_ns
    return None if moment == NEVER else moment


def advance_to(world: World, until_ns: int, sink: Sink, should_stop: Callable[[], bool] | None = None) -> bool:
    """Let time pass up to and including `until_ns`; the clock then stands there.

    `should_stop` is asked between entries; when it says so, the world stays at the last one and the answer is False:
    call again with the same `until_ns` to go on. True: `until_ns` has been reached.
    """
    heap, flows = world.agenda.heap, world.flows
    while True:
        end_ns, row = flows.next_end()
        moment = heap[0][0] if heap and heap[0][0] < end_ns else end_ns
        if not flows.sharing.is_settled and (
            moment > world.now_ns or (end_ns > moment and heap[0][1] >= Class.SETTLED)
        ):
            _settle(world)
            continue
        tick_ns = world.next_tick_ns
        if min(moment, tick_ns) > until_ns:
            break
        if tick_ns < moment:
            _tick(world, tick_ns, sink)
        else:
            world.now_ns = moment
            if end_ns == moment:
                _flow_ended(world, row)
            else:
                _happen(world, world.agenda.pop()[3])
            _finish_entry(world, sink)
        if should_stop is not None and should_stop():
            return False
    world.now_ns = max(world.now_ns, until_ns)
    return True


def step(world: World, sink: Sink) -> int:
    """Go to the next notable thing and let everything of that instant happen; where nothing is under way, to the
    next whole second. Gives the moment."""
    advance_to(world, world.now_ns, sink)
    moment = next_notable_ns(world)
    advance_to(world, world.next_tick_ns if moment is None else moment, sink)
    return world.now_ns


def is_quiet(world: World) -> bool:
    """Whether nothing is under way: no task waits or runs, no ended one still waits for its stream's recovery, nobody's
    heartbeats are just being missed, no node is being drained, and no plan of maintenance runs."""
    busy = world.procedures or world.recoveries or world.missing or world.drains
    return not busy and world.cluster.maintenance.present is None


def _settle(world: World) -> None:
    """Work out the rates of this instant; streams hear of theirs, and may want other ones by that."""
    while not world.flows.sharing.is_settled:
        for row, rate in world.flows.settle(world.now_ns).items():
            vm = stream_of(world.flows.owners[row])
            if vm is not None:
                streams.rate_changed(world, vm, rate)


def _tick(world: World, tick_ns: int, sink: Sink) -> None:
    world.now_ns = tick_ns
    world.guests.reach(world.guests.tick + 1, world.cluster, world.seed)
    storage_io.tick(world)
    dynamic_memory.tick(world)
    load_watch.tick(world)
    power_saving.tick(world)
    if world.news or _is_unsettled(world):
        _finish_entry(world, sink)
    sink.tick(world)


def _flow_ended(world: World, row: int) -> None:
    world.flows.park(row)
    task = task_of(world.flows.owners[row])
    if task is not None:
        world.procedures[task].flow_ended(world)


_HAPPENINGS: dict[type, Callable[[World, Any], object]] = {
    ProcedureDue: lambda world, entry: world.procedures[entry.task].timer(world),
    StreamDue: streams.due,
    NodeDue: lambda world, entry: membership.node_due(world, entry.node),
    RecoveryDue: lambda world, entry: recovery.due(world, entry.task),
    DiskDue: lambda world, entry: storage_watch.waited_long_enough(world, entry.vm),
    VolumeDue: lambda world, entry: handovers.volume_due(world, entry.volume),
    LunDue: lambda world, entry: handovers.lun_due(world, entry.lun),
    SilenceDue: lambda world, entry: membership.silence_due(world, entry.since_ns),
    HeartbeatsLost: lambda world, entry: membership.heartbeats_lost(world, entry.node),
    HangDue: lambda world, entry: network_faults.hung_long_enough(world, entry.node),
    FailbackDue: lambda world, _entry: failback.due(world),
    ChaosDue: lambda world, _entry: chaos.due(world),
    PatchedDue: lambda world, entry: maintenance.patched(world, entry.node),
    MendDue: lambda world, entry: chaos.mend(world, entry.request),
}


def _happen(world: World, entry: Entry) -> None:
    if counts(world, entry):
        _HAPPENINGS[type(entry)](world, entry)


def _finish_entry(world: World, sink: Sink) -> None:
    """Who hears whom is looked at, then who uses storage to which something has happened; whoever waited for what has
    become free starts, and who is lost is brought back; then the sink hears of everything."""
    while _is_unsettled(world):
        if world.regroup:
            world.regroup = False
            membership.look(world)
        concerned = snapshot_merging.concerned(world)
        world.unplaced = world.unplaced or bool(world.storage_changed)
        storage_watch.look_again(world)
        snapshot_merging.start_merges(world, concerned)
        nodes, world.freed = world.freed, {}
        start_waiting(world, nodes)
        failover.place_lost(world, nodes)
        if world.drains:
            drains.go_on(world)
        maintenance.go_on(world)
    _deliver(world, sink)


def _is_unsettled(world: World) -> bool:
    """Whether something has happened at this instant whose consequences are still to be worked out."""
    return bool(world.regroup or world.freed or world.storage_changed or world.suspects or world.unplaced)


def _deliver(world: World, sink: Sink) -> None:
    if not world.news:
        return
    news, world.news = world.news, []
    for one in news:
        if isinstance(one, Event):
            sink.event(one)
        else:
            sink.task_ended(one)
