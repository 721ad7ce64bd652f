"""What draining a node will do, from running it on a fork of the whole world: every other node's room counts."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from hvgui.cluster.events import Event
from hvgui.cluster.ids import NodeId
from hvgui.cluster.tasks import Task, TaskState
from hvgui.cluster.units import format_seconds, in_seconds, nanoseconds
from hvgui.engine import run
from hvgui.engine.sink import Recorder
from hvgui.engine.world import World
from hvgui.lab.frames import Forecast, Span
from hvgui.requests.node_service import DrainNode, StopClusterService

HORIZON_SECONDS = 86_400.0
"""Simulated time after which a drain is given up."""
MOST_SECONDS = 8.0
"""Wall time after which the forecast is content with what it has: 8,000 VMs take longer than one."""
SHARE = 0.05
"""How far durations of the model lie from measured ones at most, in 95 of 100 runs (see `forecast`)."""


def forecast_drain(
    world: World,
    request: DrainNode | StopClusterService,
    pause: Callable[[], None] | None,
    clock: Callable[[], float],
) -> Forecast:
    """The course of one drain. Changes nothing in the world."""
    began, told = clock(), Recorder()
    fork = world.fork()
    outcome = run.apply(fork, request, told)
    if not outcome.accepted:
        return Forecast("refused", " ".join(str(one) for one in outcome.problems), outcome.problems)
    deadline = began + MOST_SECONDS

    def should_stop() -> bool:
        if pause is not None:
            pause()
        return request.node not in fork.drains or clock() >= deadline

    run.advance_to(fork, world.now_ns + nanoseconds(HORIZON_SECONDS), told, should_stop)
    ended = tuple(task for task in told.tasks if task.source == request.node and task.source != task.target)
    seconds = in_seconds(fork.now_ns - world.now_ns)
    result = "unfinished" if request.node in fork.drains else "succeeded"
    failed = _failure(told.events, request.node)
    if failed:
        result = "failed"
    return Forecast(
        result,
        _in_words(result, seconds, ended, failed),
        outcome.problems,
        duration_seconds=Span(seconds, seconds * (1.0 - SHARE), seconds * (1.0 + SHARE)),
        tasks=ended,
        seconds_of_work=clock() - began,
    )


def _failure(events: Sequence[Event], node: NodeId) -> str:
    """What the cluster says of VMs that can't leave; empty: all could."""
    return next((one.message for one in events if one.code == "drain-failed" and one.node == node), "")


def _in_words(result: str, seconds: float, ended: Sequence[Task], failed: str) -> str:
    moved = sum(task.state is TaskState.SUCCEEDED for task in ended)
    vms = "1 VM moves" if moved == 1 else f"{moved:,} VMs move"
    match result:
        case "unfinished":
            return f"Takes longer than {format_seconds(seconds)}, as far as was looked ahead; {vms} until then."
        case "failed":
            return f"Takes about {format_seconds(seconds)}: {vms}. {failed}."
        case _ if not ended:
            return "Nothing has to move: it takes effect at once."
        case _:
            return f"Takes about {format_seconds(seconds)}: {vms}."
