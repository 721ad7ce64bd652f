"""A rehearsal: a scenario's requests made of a world at their moments, and what became of each."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

import msgspec

from hvgui.cluster.cluster import Cluster
from hvgui.cluster.events import Event, Level
from hvgui.cluster.ids import TaskId, VmId
from hvgui.cluster.tasks import Task, TaskKind
from hvgui.cluster.units import in_seconds
from hvgui.engine import run
from hvgui.engine.observe import metrics_sample
from hvgui.engine.settling import settled
from hvgui.engine.sink import Recorder
from hvgui.engine.world import World
from hvgui.lab.errors import LabError
from hvgui.lab.history import is_due
from hvgui.lab.keeper import Keeper
from hvgui.lab.lab_file import LabFile
from hvgui.lab.request_outcome import (
    DONE,
    REFUSED,
    Asked,
    RequestOutcome,
    named,
    outcome_of,
    sentences,
    where_it_stands,
)
from hvgui.lab.scenario import End, Scenario
from hvgui.lab.scenario_requests import CancelOf, TimedRequest
from hvgui.lab.scenario_snapshots import NamedSnapshot
from hvgui.requests.disks import CancelAddDisks
from hvgui.requests.imports import CancelImport
from hvgui.requests.migration import CancelMigration
from hvgui.requests.problems import blockers
from hvgui.requests.request import Request, vm_name
from hvgui.requests.snapshot_merges import CANCELLABLE, CancelSnapshot

PIECE_SECONDS = 0.1
"""Of a rehearsal that is kept, so much work is done in one go."""


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


_ALSO_TOLD = frozenset({"tip-carried-out", "tip-withdrawn"})
"""What the load watch does by itself: nobody has asked for it, so it stands in no other row."""


class _Sink(Recorder):
    """Keeps what a rehearsal tells at its end; a long one has millions of events that say nothing new."""

    def __init__(self, watcher: Callable[[World], None], keeper: Keeper) -> None:
        super().__init__()
        self._watcher = watcher
        self._keeper = keeper
        self.waiting: dict[TaskId, Asked] = {}
        self.ended: dict[TaskId, Task] = {}

    def event(self, event: Event) -> None:
        self._keeper.event(event)
        if event.level >= Level.WARNING or event.code in _ALSO_TOLD:
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
        self._world = settled(scenario.record, scenario.seed)
        self._sink = _Sink(self._tick, keeper)
        self._asked: list[Asked] = []
        self._makes_no_more = False
        self._is_stuck = False
        """Nothing is under way and no request will be made any more: what waits in the queue will wait for ever."""

    def wait_until(self, moment_ns: int) -> None:
        """Lets time pass up to a moment."""
        if moment_ns > self._world.now_ns:
            self._advance(moment_ns, None)

    def ask(self, timed: TimedRequest) -> None:
        """Makes one request at the present moment."""
        self._settle()
        cluster = self._world.cluster
        asked = named(timed, cluster)
        self._asked.append(asked)
        request = _resolved(timed.request, cluster)
        if request is None:
            asked.result, asked.message = REFUSED, _why_unresolved(timed, cluster)
            return
        stopped_by = blockers(request.check(cluster))
        if stopped_by:
            asked.result, asked.message = REFUSED, sentences(stopped_by)
            return
        title = request.title(cluster)
        outcome = run.apply(self._world, request, self._sink)
        self._keeper.command(self._world.now_ns, request, title)
        self._settle()
        asked.warnings = tuple(str(problem) for problem in outcome.problems)
        if outcome.task is None or isinstance(
            request, CancelMigration | CancelAddDisks | CancelImport | CancelSnapshot
        ):
            asked.result, asked.ended_ns = DONE, self._world.now_ns
            return
        asked.task_id, asked.task = outcome.task, self._sink.ended.pop(outcome.task, None)
        if asked.task is None:
            self._sink.waiting[outcome.task] = asked

    def keep(self) -> None:
        """Keeps the world as it is. Raises LabError where it can't."""
        self._settle()
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
            self._advance(self._scenario.end_ns, is_over)

    def _advance(self, until_ns: int, is_over: Callable[[], bool] | None) -> None:
        """Lets time pass; what is kept of it gets its checkpoints on the way, so that going back is quick."""
        if not self._keeps:
            run.advance_to(self._world, until_ns, self._sink, is_over)
            return
        over = False
        while not over:
            began = time.thread_time()

            def should_stop(began: float = began) -> bool:
                nonlocal over
                over = is_over is not None and is_over()
                return over or time.thread_time() - began >= PIECE_SECONDS

            over = run.advance_to(self._world, until_ns, self._sink, should_stop) or over
            self._settle()
            self._keeper.worked(time.thread_time() - began)
            self._keeper.keep_up(self._world, is_idle=False)

    def finished(self) -> Rehearsal:
        """The rehearsal as it ended; what has not ended tells where it stands."""
        for asked in self._sink.waiting.values():
            task = None if asked.task_id is None else self._world.cluster.tasks.get(asked.task_id)
            if task is not None:
                asked.message = where_it_stands(self._world.cluster, task)
        return Rehearsal(
            title=self._scenario.title,
            seed=self._scenario.seed,
            requests=tuple(outcome_of(asked) for asked in self._asked),
            incidents=tuple(self._sink.events),
            ended_at_seconds=in_seconds(self._world.now_ns),
            world=self._world,
        )

    def _tick(self, world: World) -> None:
        self._is_stuck = self._makes_no_more and run.next_notable_ns(world) is None
        if self._watcher is not None:
            self._watcher(world.now_ns, len(self._asked) - len(self._sink.waiting))


def _why_unresolved(timed: TimedRequest, cluster: Cluster) -> str:
    """Why a request means nothing that is there."""
    if isinstance(timed.request, NamedSnapshot):
        return timed.request.why_not(cluster)
    doing = {"cancel-add-disks": "makes no disks", "cancel-snapshot": "takes no snapshot and merges none"}
    vm = vm_name(cluster, getattr(timed.request, "vm", VmId(-1)))
    return f"{vm} {doing.get(timed.do, 'is in no migration')} at this moment."


def _resolved(request: Request | CancelOf | NamedSnapshot, cluster: Cluster) -> Request | None:
    """The request itself; a cancel with the task that it means, one by a snapshot's name with its number. None where
    there is none."""
    if isinstance(request, NamedSnapshot):
        return request.resolved(cluster)
    if not isinstance(request, CancelOf):
        return request
    tasks = (task for task in cluster.tasks.values() if task.vm == request.vm)
    return next((_CANCELS[task.kind](task.id) for task in tasks if task.kind in _CANCELS), None)


_CANCELS: dict[TaskKind, Callable[[TaskId], Request]] = {
    **{kind: CancelMigration for kind in TaskKind if kind.is_migration},
    TaskKind.ADD_DISKS: CancelAddDisks,
    TaskKind.IMPORT: CancelImport,
    TaskKind.CLONE: CancelImport,
    **dict.fromkeys(CANCELLABLE, CancelSnapshot),
}
"""What calls a task off."""
