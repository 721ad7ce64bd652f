"""Forecasts: what a request would do, from running it on forks of the present world.

The first run meets the same weather as the world itself will; the others meet other weather: other noise in the
guests' loads and other places at which the cyclic writers stand. A run near the limit of convergence is a lottery of
those places, so a forecast is a range. A handful of runs does not reach the ends of that range, and the model itself
agrees with measured migrations to within 5 % (blackouts 15 % or 50 ms), so the range is widened by as much. It holds
as long as nobody asks for anything else meanwhile.

The world travels as checkpoint bytes, cut down to what the request can touch: of 8,000 VMs those on the nodes that
take part. Everything random is a function of the object's id, so what is left behind is missed by nobody.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from collections.abc import Set as AbstractSet

import msgspec

from hvgui.cluster.cluster import Cluster
from hvgui.cluster.ids import NodeId, TaskId, VmId
from hvgui.cluster.tasks import Task, TaskKind, TaskState
from hvgui.cluster.units import nanoseconds
from hvgui.engine import checkpoint, run
from hvgui.engine.narrowing import narrowed
from hvgui.engine.world import World
from hvgui.lab.drain_forecast import forecast_drain
from hvgui.lab.forecast_course import Course, course, is_followed, is_over
from hvgui.lab.forecast_words import sentence
from hvgui.lab.frames import Forecast, MemoryCourse, SnapshotOutlook, Span
from hvgui.lab.memory_course import recorder_for
from hvgui.lab.snapshot_outlook import outlook
from hvgui.lab.storage_variants import Variant, with_storage
from hvgui.requests.node_service import DrainNode, StopClusterService
from hvgui.requests.problems import Problem
from hvgui.requests.request import Request

RUNS = 5
HORIZON_SECONDS = 86_400.0
"""Simulated time after which a run is given up."""
MOST_SECONDS = 2.0
"""Wall time after which a forecast is content with what it has."""
MODEL_SHARE = 0.05
"""How far durations and bytes of the model lie from measured ones at most, in 95 of 100 runs."""
MODEL_BLACKOUT_SHARE, MODEL_BLACKOUT_SECONDS = 0.15, 0.05
"""The same for blackouts: so much, or so long where that is more."""
AFTERMATH_SECONDS = 60.0
"""How long a request that begins no task is followed, to see what it does to the tasks under way."""


class Run(msgspec.Struct, frozen=True):
    """One course of things."""

    accepted: bool
    problems: tuple[Problem, ...]
    task: Task | None
    """The task that was begun, once it has ended."""
    begun: bool
    """Whether the request begins a task at all."""
    ended: tuple[Task, ...]
    """All tasks that ended meanwhile."""
    message: str
    """What the cluster said first."""
    memory: MemoryCourse | None = None
    course: Course | None = None
    """Of a request that no task carries out and that is followed to its end."""


def reduced(world: World, request: Request, variant: Variant = Variant.AS_IT_IS) -> bytes:
    """As much of the world as the request can touch, as checkpoint bytes. Changes nothing. With another variant the
    VM's disks lie elsewhere in it."""
    small = narrowed(world, _vms_that_matter(world.cluster, request))
    vm = getattr(request, "vm", None)
    if variant is not Variant.AS_IT_IS and vm in small.cluster.vms:
        small.cluster = Cluster(with_storage(small.cluster.record(), vm, variant))
        small.layout = None
    return checkpoint.snapshot(small)


def _vms_that_matter(cluster: Cluster, request: Request) -> frozenset[VmId]:
    return frozenset(vm for node in sorted(_nodes_that_matter(cluster, request)) for vm in cluster.vms_on(node))


def _nodes_that_matter(cluster: Cluster, request: Request) -> set[NodeId]:
    """The nodes that take part: those of the request, those of tasks that share a node with one of these, and so on.

    What is no live migration reads and writes the SAN, which all nodes share: it takes part in any case.
    """
    nodes = set(_nodes_named(cluster, request))
    apart = list(cluster.tasks.values())
    while True:
        joined = [task for task in apart if _takes_part(task, nodes)]
        if not joined:
            return nodes
        apart = [task for task in apart if not _takes_part(task, nodes)]
        nodes.update(node for task in joined for node in (task.source, task.target))


def _takes_part(task: Task, nodes: AbstractSet[NodeId]) -> bool:
    return task.kind is not TaskKind.LIVE_MIGRATION or task.source in nodes or task.target in nodes


def _nodes_named(cluster: Cluster, request: Request) -> list[NodeId]:
    if isinstance(request, DrainNode | StopClusterService) or is_followed(request):
        return list(cluster.nodes)
    named = [getattr(request, field, None) for field in ("to", "node")]
    nodes = [NodeId(value) for value in named if value is not None]
    machine = getattr(request, "machine", None)
    if machine is not None and machine.owner in cluster.nodes:
        nodes.append(machine.owner)
    task = cluster.tasks.get(getattr(request, "task", TaskId(-1)))
    vm = cluster.vms.get(task.vm if task is not None else getattr(request, "vm", VmId(-1)))
    if task is not None:
        nodes += [task.source, task.target]
    return [*nodes, vm.owner] if vm is not None else nodes


def forecast_of(data: bytes, request: Request, pause: Callable[[], None] | None = None) -> Forecast:
    """The forecast of a request for a world as `reduced` gives it. `pause` is called between steps: it may sleep."""
    return forecast(checkpoint.restore(data), request, pause=pause)


def forecast(
    world: World,
    request: Request,
    *,
    runs: int = RUNS,
    horizon_seconds: float = HORIZON_SECONDS,
    pause: Callable[[], None] | None = None,
    clock: Callable[[], float] = time.monotonic,
) -> Forecast:
    """Runs the request on forks of the world, which is left as it was.

    The first run is always finished or followed to the horizon, or to `MOST_SECONDS` of wall time; others only as far
    as the time lasts.
    """
    if isinstance(request, DrainNode | StopClusterService):
        return forecast_drain(world, request, pause, clock)
    began = clock()
    deadline = began + MOST_SECONDS
    found: list[Run] = []
    nodes = _nodes_that_matter(world.cluster, request)
    for number in range(runs):
        fork = world.fork() if number == 0 else world.fork(_other_seed(world.seed, number))
        one = _run(fork, request, horizon_seconds, deadline, pause, clock)
        # Of tasks elsewhere a reduced world does not know what else runs beside them.
        one = msgspec.structs.replace(one, ended=tuple(task for task in one.ended if _takes_part(task, nodes)))
        if number == 0 or one.task is not None:
            found.append(one)
        if one.task is None or clock() >= deadline:
            break
    return _summary(world.cluster, request, found, clock() - began, outlook(world, request, clock))


def _other_seed(seed: int, number: int) -> int:
    return (seed + number * 0x9E37_79B9) % 2**62


def _run(
    fork: World,
    request: Request,
    horizon_seconds: float,
    deadline: float,
    pause: Callable[[], None] | None,
    clock: Callable[[], float],
) -> Run:
    told = recorder_for(fork, request)
    outcome = run.apply(fork, request, told)
    if not outcome.accepted:
        return Run(False, outcome.problems, None, False, (), "")
    follows, began_ns = is_followed(request), fork.now_ns
    long = outcome.task is not None or follows
    seconds = horizon_seconds if long else min(AFTERMATH_SECONDS, horizon_seconds)

    def should_stop() -> bool:
        if pause is not None:
            pause()
        over = is_over(fork, request) if follows else _ended(told.tasks, outcome.task) is not None
        return over or clock() >= deadline

    run.advance_to(fork, fork.now_ns + nanoseconds(seconds), told, should_stop)
    return Run(
        accepted=True,
        problems=outcome.problems,
        task=_ended(told.tasks, outcome.task),
        begun=outcome.task is not None,
        ended=tuple(told.tasks),
        message=told.events[0].message if told.events else "",
        memory=told.course(),
        course=course(fork, request, began_ns, told.tasks) if follows else None,
    )


def _ended(tasks: Sequence[Task], wanted: TaskId | None) -> Task | None:
    return next((task for task in tasks if task.id == wanted), None) if wanted is not None else None


def _summary(
    cluster: Cluster, request: Request, found: Sequence[Run], seconds_of_work: float, snapshots: SnapshotOutlook | None
) -> Forecast:
    first = found[0]
    tasks = [one.task for one in found if one.task is not None]
    if first.course is not None:
        draft = _followed(first, first.course)
    elif not tasks:
        result = "refused" if not first.accepted else "unfinished" if first.begun else "succeeded"
        draft = Forecast(result, first.message, first.problems, tasks=first.ended, converges=result != "unfinished")
    else:
        draft = _of_tasks(cluster, tasks, first)
    draft = msgspec.structs.replace(draft, memory=first.memory, snapshots=snapshots)
    return msgspec.structs.replace(draft, message=sentence(cluster, request, draft), seconds_of_work=seconds_of_work)


def _followed(first: Run, course: Course) -> Forecast:
    took = _widened(_span([course.seconds]), MODEL_SHARE) if course.result != "unfinished" else None
    return Forecast(
        course.result,
        course.message or first.message,
        first.problems,
        duration_seconds=took,
        tasks=first.ended,
        converges=course.result != "unfinished",
    )


def _of_tasks(cluster: Cluster, tasks: Sequence[Task], first: Run) -> Forecast:
    task = tasks[0]
    results = [one.result for one in tasks if one.result is not None]
    outcome = "succeeded" if task.state is TaskState.SUCCEEDED else "failed"
    draft = Forecast(
        outcome,
        task.message,
        first.problems,
        duration_seconds=_widened(_span([_duration_seconds(one) for one in tasks]), MODEL_SHARE),
        tasks=first.ended,
    )
    if not results or task.result is None:
        return draft
    vm = cluster.vms.get(task.vm)
    connections = vm.clients.connections if vm is not None else 0
    lost = max(result.connections_lost for result in results)
    return msgspec.structs.replace(
        draft,
        passes=_span([result.passes for result in results]),
        blackout_seconds=_widened(
            _span([result.blackout_seconds for result in results]), MODEL_BLACKOUT_SHARE, MODEL_BLACKOUT_SECONDS
        ),
        sent_bytes=_widened(_span([result.sent_bytes for result in results]), MODEL_SHARE),
        converges=task.kind is not TaskKind.LIVE_MIGRATION or task.result.converged,
        streams_stalled=max(result.streams_stalled for result in results),
        stall_seconds=max(result.stall_seconds for result in results),
        connections_lost=lost,
        connections_kept=connections - lost,
    )


def _duration_seconds(task: Task) -> float:
    """From the asking to the end: waiting in the queue is part of what a person waits for."""
    return ((task.ended_ns or task.asked_ns) - task.asked_ns) / 1e9


def _span(values: Sequence[float]) -> Span:
    """The first run's figure, which has the world's own weather, within the range of all."""
    return Span(float(values[0]), float(min(values)), float(max(values)))


def _widened(span: Span, share: float, at_least: float = 0.0) -> Span:
    """The range with room at both ends for what the model does not know; nothing that was 0 throughout."""
    if not span.high:
        return span
    low, high = (max(share * end, at_least) for end in (span.low, span.high))
    return Span(span.middle, max(0.0, span.low - low), span.high + high)
