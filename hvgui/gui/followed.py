"""Requests that a window has asked for, followed from the asking to the receipt, the task, and its end.

Dialogs over several migrations, imports and the rounds of a plan all stand on this: what is undone, looked back over
or refused ends the same way for each.
"""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal
from shiboken6 import isValid

from hvgui.cluster.ids import TaskId, VmId
from hvgui.cluster.tasks import Task, TaskState
from hvgui.cluster.units import format_clock
from hvgui.gui.words import tr
from hvgui.lab.frames import Opening, Receipt
from hvgui.requests.problems import blockers
from hvgui.requests.request import Request

if TYPE_CHECKING:
    from hvgui.gui.bridge import Bridge


@dataclass(kw_only=True)
class Followed:
    """One request and what has become of it by now."""

    name: str
    """Of what it is about, as of the asking."""
    request: Request | None
    """None: there is nothing to ask."""
    vm: VmId | None = None
    """The VM that the task is to be of, where it is there already."""
    task: TaskId | None = None
    last: Task | None = None
    """The task as last seen: running, or ended with its result."""
    refused: str = ""
    """The sentences of a refusal, or why it is followed no more."""

    @property
    def is_over(self) -> bool:
        """Whether nothing more will come of it."""
        return bool(self.refused) or (self.last is not None and self.last.state.has_ended)

    @property
    def went_well(self) -> bool:
        """Whether it has come to a good end."""
        return not self.refused and self.last is not None and self.last.state is TaskState.SUCCEEDED


class FollowedRuns(QObject):
    """Asks for all of them and follows each. Subclasses give `runs` its type, and say how one is cancelled."""

    changed = Signal()
    """Some run is another than before."""

    def __init__(self, bridge: Bridge, runs: Sequence[Followed], parent: QObject) -> None:
        super().__init__(parent)
        self._bridge = bridge
        self._all = tuple(runs)
        self._waiting: list[tuple[Future[Receipt], Followed]] = []
        self._ended: dict[TaskId, Task] = {}
        """What ends may do so before the answer to its request has come."""
        bridge.tasks_ended.connect(self._take_ended)
        bridge.cluster_changed.connect(self._look)
        bridge.frame_arrived.connect(self._look)
        bridge.world_replaced.connect(self._take_world)

    @property
    def are_over(self) -> bool:
        """Whether every run has ended or was refused."""
        return all(run.is_over for run in self._all)

    def submit(self) -> None:
        """Asks for all of them, in their order."""
        for run in self._all:
            if run.request is None:
                continue
            try:
                future = self._bridge.ask(run.request)
            except RuntimeError as error:  # the lab is being closed
                run.refused = tr("The lab takes no more requests: {why}.", why=str(error))
                continue
            self._waiting.append((future, run))
            self._bridge.follow(future, self._answered)
        self.changed.emit()

    def leave(self) -> None:
        """Follows no more: the dialog closes, what is under way goes on."""
        self._waiting.clear()
        if isValid(self._bridge):
            self._bridge.tasks_ended.disconnect(self._take_ended)
            self._bridge.cluster_changed.disconnect(self._look)
            self._bridge.frame_arrived.disconnect(self._look)
            self._bridge.world_replaced.disconnect(self._take_world)

    def _begun(self, run: Followed) -> None:
        """A request was accepted; for subclasses."""

    def _answered(self, future: Future[Receipt]) -> None:
        run = next((run for waiting, run in self._waiting if waiting is future), None)
        if run is None:
            return
        self._waiting = [(waiting, other) for waiting, other in self._waiting if waiting is not future]
        run.refused, run.task = outcome(future)
        if not run.refused:
            self._begun(run)
        self._look(None)
        self.changed.emit()

    def _take_ended(self, tasks: tuple[Task, ...]) -> None:
        ours = {run.task for run in self._all}
        self._ended.update((task.id, task) for task in tasks if self._waiting or task.id in ours)

    def _look(self, _news: object) -> None:
        """Takes each task as it stands now."""
        if self._is_past:
            return
        differs = False
        for run in self._all:
            if run.task is None or run.is_over:
                continue
            task = self._bridge.cluster.tasks.get(run.task) or self._end_of(run.task)
            if task is not None and task is not run.last:
                run.last, differs = task, True
        if differs:
            self.changed.emit()

    def _end_of(self, task: TaskId) -> Task | None:
        """The task as it ended, once the cluster that is seen is as of then: word of the end may come a frame before
        the changes that belong to it, and whoever goes on from there must not meet the cluster as it was."""
        ended = self._ended.get(task)
        return ended if ended is not None and (ended.ended_ns or 0) <= self._bridge.time_ns else None

    @property
    def _is_past(self) -> bool:
        timeline = self._bridge.timeline
        return timeline is not None and timeline.looking_at_ns is not None

    def _take_world(self, opening: Opening) -> None:
        """Another moment. A look at the past changes nothing; where the lab was taken back, each run is as of then."""
        if self._is_past:
            return
        self._ended.clear()
        for future, _ in tuple(self._waiting):
            if future.done():  # it was answered before the world was replaced, and is told of only now
                self._answered(future)
        for run in self._all:
            if run.task is None or run.refused:
                continue
            task = self._bridge.cluster.tasks.get(run.task)
            if task is not None and (run.vm is None or task.vm == run.vm):
                run.last = task
            elif not run.is_over or (run.last is not None and run.last.asked_ns >= opening.time_ns):
                moment = format_clock(opening.time_ns)
                run.refused = tr(
                    "Undone: the lab was taken back to {moment}, before this was asked for.", moment=moment
                )
        self.changed.emit()


def outcome(future: Future[Receipt]) -> tuple[str, TaskId | None]:
    """Why a request was refused (empty if it was not), and the task begun."""
    if future.cancelled():
        return tr("The lab was closed before it could answer."), None
    error = future.exception()
    if error is not None:
        return str(error) or type(error).__name__, None
    receipt = future.result()
    if not receipt.accepted:
        said = " ".join(str(problem) for problem in blockers(receipt.problems))
        return said or tr("The lab refused it without a reason."), None
    return "", TaskId(receipt.task) if receipt.task is not None else None
