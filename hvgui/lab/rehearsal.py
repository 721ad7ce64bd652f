"""A rehearsal: a scenario's requests made of a world at their moments, and what became of each."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

import msgspec

from hvgui.cluster.cluster import Cluster
from hvgui.cluster.events import Event, Level
from hvgui.cluster.ids import NodeId, TaskId, VmId
from hvgui.cluster.tasks import Task, TaskKind, TaskState
from hvgui.cluster.units import in_seconds
from hvgui.engine import run
from hvgui.engine.observe import metrics_sample
from hvgui.engine.sink import Recorder
from hvgui.engine.world import World
from hvgui.lab.errors import LabError
from hvgui.lab.history import is_due
from hvgui.lab.keeper import Keeper
from hvgui.lab.lab_file import LabFile
from hvgui.lab.scenario import End, Scenario
from hvgui.lab.scenario_requests import CancelOf, TimedRequest
from hvgui.requests.migration import CancelMigration
from hvgui.requests.migration_checks import memory_problems, storage_problems, target_problems
from hvgui.requests.problems import Problem, blockers
from hvgui.requests.request import Request, node_name, vm_name

REFUSED = "refused"
UNFINISHED = "unfinished"
DONE = "succeeded"


class RequestOutcome(msgspec.Struct, frozen=True, rename={"source": "from"}):
    """What became of one request; the fields (`source` as `from`) are the keys of the JSON. None: does not apply."""

    do: str
    vm: str | None
    source: str | None
    to: str | None
    node: str | None
    """The node that a request on nodes or links is about."""
    result: str
    """`succeeded`, `failed`, `cancelled`, `refused` or `unfinished`."""
    message: str
    warnings: tuple[str, ...]
    """With which it was accepted."""
    duration_seconds: float | None
    passes: int | None
    blackout_seconds: float | None
    sent_bytes: int | None
    converged: bool | None
    streams_stalled: int | None
    stall_seconds: float | None
    connections_lost: int | None
    at_seconds: float
    ended_at_seconds: float | None


class Rehearsal(msgspec.Struct, frozen=True, eq=False):
    """A rehearsal that has come to its end."""

    title: str
    seed: int
    requests: tuple[RequestOutcome, ...]
    """In the order in which they were made."""
    incidents: tuple[Event, ...]
    """Events of level WARNING and above."""
    ended_at_seconds: float
    world: World
    """As it stands at the end."""


Watcher = Callable[[int, int], None]
"""Called about once a simulated second with the clock (ns) and the number of requests that have ended."""


def rehearse(scenario: Scenario, watcher: Watcher | None = None, *, lab: Path | None = None) -> Rehearsal:
    """Runs a scenario to its end. The same scenario gives the same rehearsal.

    With `lab`, its whole course is kept in a new lab file there: beginning, requests, events, figures and end. Raises
    LabError where that can't be written.
    """
    keeper = Keeper(None, None, time.monotonic)
    if lab is not None:
        keeper = Keeper(LabFile.create(lab, name=scenario.title, seed=scenario.seed), None, time.monotonic)
    rehearsing = _Rehearsing(scenario, watcher, keeper)
    try:
        return _run(rehearsing, scenario)
    finally:
        keeper.close(None)


def _run(rehearsing: _Rehearsing, scenario: Scenario) -> Rehearsal:
    rehearsing.keep()
    for timed in scenario.requests:
        rehearsing.wait_until(timed.at_ns)
        rehearsing.ask(timed)
    rehearsing.wait_for_end()
    rehearsing.keep()
    return rehearsing.finished()


class _Asked(msgspec.Struct):
    """A request that was made, as it stands."""

    timed: TimedRequest
    vm: str | None
    source: str | None
    to: str | None
    node: str | None
    result: str = UNFINISHED
    message: str = ""
    warnings: tuple[str, ...] = ()
    task_id: TaskId | None = None
    task: Task | None = None
    ended_ns: int | None = None


class _Sink(Recorder):
    """Keeps what a rehearsal tells at its end; a long one has millions of events that say nothing new."""

    def __init__(self, watcher: Callable[[World], None], keeper: Keeper) -> None:
        super().__init__()
        self._watcher = watcher
        self._keeper = keeper
        self.waiting: dict[TaskId, _Asked] = {}
        self.ended: dict[TaskId, Task] = {}

    def event(self, event: Event) -> None:
        self._keeper.event(event)
        if event.level >= Level.WARNING:
            super().event(event)

    def task_ended(self, task: Task) -> None:
        asked = self.waiting.pop(task.id, None)
        if asked is not None:
            asked.task = task
        else:
            self.ended[task.id] = task

    def tick(self, world: World) -> None:
        if self._keeper.keeps and is_due(world.now_ns):
            self._keeper.sample(metrics_sample(world))
        self._watcher(world)


class _Rehearsing:
    """A rehearsal under way."""

    def __init__(self, scenario: Scenario, watcher: Watcher | None, keeper: Keeper) -> None:
        self._keeper = keeper
        self._keeps = keeper.keeps
        self._scenario = scenario
        self._watcher = watcher
        self._world = World.of(scenario.record, scenario.seed)
        self._sink = _Sink(self._tick, keeper)
        self._asked: list[_Asked] = []
        self._makes_no_more = False
        self._is_stuck = False
        """Nothing is under way and no request will be made any more: what waits in the queue will wait for ever."""

    def wait_until(self, moment_ns: int) -> None:
        """Lets time pass up to a moment."""
        if moment_ns > self._world.now_ns:
            run.advance_to(self._world, moment_ns, self._sink)

    def ask(self, timed: TimedRequest) -> None:
        """Makes one request at the present moment."""
        self._settle()
        cluster = self._world.cluster
        asked = _named(timed, cluster)
        self._asked.append(asked)
        request = _resolved(timed.request, cluster)
        if request is None:
            asked.result, asked.message = REFUSED, f"{asked.vm} is in no migration at this moment."
            return
        stopped_by = blockers(request.check(cluster))
        if stopped_by:
            asked.result, asked.message = REFUSED, _sentences(stopped_by)
            return
        outcome = run.apply(self._world, request, self._sink)
        self._keeper.command(self._world.now_ns, request)
        self._settle()
        asked.warnings = tuple(str(problem) for problem in outcome.problems)
        if outcome.task is None or isinstance(request, CancelMigration):
            asked.result, asked.ended_ns = DONE, self._world.now_ns
            return
        asked.task_id, asked.task = outcome.task, self._sink.ended.pop(outcome.task, None)
        if asked.task is None:
            self._sink.waiting[outcome.task] = asked

    def keep(self) -> None:
        """Keeps the world as it is. Raises LabError where it can't."""
        if self._keeps and not self._keeper.checkpoint(self._world):
            raise LabError(self._keeper.failure or "The lab file can't be written.")

    def _settle(self) -> None:
        """Lets everything of the present instant happen, as a session does around a request: a lab replays alike."""
        run.advance_to(self._world, self._world.now_ns, self._sink)

    def wait_for_end(self) -> None:
        """Lets time pass up to the scenario's end."""
        over: dict[End, Callable[[], bool] | None] = {
            End.REQUESTS: lambda: not self._sink.waiting or self._is_stuck,
            End.IDLE: lambda: (not self._sink.waiting and run.is_quiet(self._world)) or self._is_stuck,
            End.TIME: None,
        }
        is_over = over[self._scenario.end]
        self._makes_no_more = True
        if is_over is None or not is_over():
            run.advance_to(self._world, self._scenario.end_ns, self._sink, is_over)

    def finished(self) -> Rehearsal:
        """The rehearsal as it ended; what has not ended tells where it stands."""
        for asked in self._sink.waiting.values():
            task = None if asked.task_id is None else self._world.cluster.tasks.get(asked.task_id)
            if task is not None:
                asked.message = _where_it_stands(self._world.cluster, task)
        return Rehearsal(
            title=self._scenario.title,
            seed=self._scenario.seed,
            requests=tuple(_outcome(asked) for asked in self._asked),
            incidents=tuple(self._sink.events),
            ended_at_seconds=in_seconds(self._world.now_ns),
            world=self._world,
        )

    def _tick(self, world: World) -> None:
        self._is_stuck = self._makes_no_more and run.next_notable_ns(world) is None
        if self._watcher is not None:
            self._watcher(world.now_ns, len(self._asked) - len(self._sink.waiting))


def _named(timed: TimedRequest, cluster: Cluster) -> _Asked:
    """The request in names, as the cluster is at its moment: the owner of a VM may have changed since the start."""
    request = timed.request
    vm: VmId | None = getattr(request, "vm", None)
    to: NodeId | None = getattr(request, "to", None)
    node: NodeId | None = getattr(request, "node", None)
    source = None if vm is None or to is None or vm not in cluster.vms else cluster.vms[vm].owner
    return _Asked(
        timed,
        vm=None if vm is None else vm_name(cluster, vm),
        source=None if source is None else node_name(cluster, source),
        to=None if to is None else node_name(cluster, to),
        node=None if node is None else node_name(cluster, node),
    )


def _resolved(request: Request | CancelOf, cluster: Cluster) -> Request | None:
    """The request itself; a cancel with the task that it means, None where there is none."""
    if not isinstance(request, CancelOf):
        return request
    meant = [task.id for task in cluster.tasks.values() if task.vm == request.vm and task.kind.is_migration]
    return CancelMigration(task=meant[0]) if meant else None


def _where_it_stands(cluster: Cluster, task: Task) -> str:
    """The step that an unfinished task is at and, for one that waits in the queue, what for."""
    vm = cluster.vms[task.vm]
    if task.state is not TaskState.QUEUED:
        return f"{vm.name}: {task.phase.value} {task.message}".rstrip()
    checks = (target_problems, memory_problems, storage_problems)
    found = blockers(tuple(problem for check in checks for problem in check(cluster, vm, task.target)))
    return f"{vm.name} is {task.phase.value}. {_sentences(found)}".rstrip()


def _sentences(problems: tuple[Problem, ...]) -> str:
    return " ".join(dict.fromkeys(str(problem) for problem in problems))


def _outcome(asked: _Asked) -> RequestOutcome:
    task = asked.task
    result = None if task is None else task.result
    live = task is not None and task.kind is TaskKind.LIVE_MIGRATION
    through = task is not None and task.state is TaskState.SUCCEEDED
    ended_ns = asked.ended_ns if task is None else task.ended_ns
    return RequestOutcome(
        do=asked.timed.do,
        vm=asked.vm,
        source=asked.source,
        to=asked.to,
        node=asked.node,
        result=asked.result if task is None else task.state.value,
        message=asked.message if task is None else task.message,
        warnings=asked.warnings,
        duration_seconds=_duration(task),
        passes=result.passes if live and result else None,
        blackout_seconds=None if result is None else result.blackout_seconds,
        sent_bytes=None if result is None else result.sent_bytes,
        converged=result.converged if live and through and result else None,
        streams_stalled=None if result is None else result.streams_stalled,
        stall_seconds=None if result is None else result.stall_seconds,
        connections_lost=None if result is None else result.connections_lost,
        at_seconds=in_seconds(asked.timed.at_ns),
        ended_at_seconds=None if ended_ns is None else in_seconds(ended_ns),
    )


def _duration(task: Task | None) -> float | None:
    """What the migration says it took; for other tasks, from the beginning to the end."""
    if task is None or task.ended_ns is None:
        return None
    if task.result is not None:
        return task.result.duration_seconds
    begun = task.asked_ns if task.started_ns is None else task.started_ns
    return in_seconds(task.ended_ns - begun)
