"""Migrations that the dialog has asked for: from the request to the receipt, the task, and its end."""

from __future__ import annotations

from concurrent.futures import Future
from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal
from shiboken6 import isValid

from hvgui.cluster.ids import TaskId, VmId
from hvgui.cluster.tasks import Task
from hvgui.cluster.units import format_clock
from hvgui.gui.graphs.history import history_of
from hvgui.gui.words import tr
from hvgui.lab.frames import Forecast, Opening, Receipt
from hvgui.requests.migration import CancelMigration
from hvgui.requests.problems import blockers

if TYPE_CHECKING:
    from hvgui.gui.bridge import Bridge
    from hvgui.gui.migrate.draft import Migration


@dataclass
class Run:
    """One VM's migration. `refused` holds the sentences of a refusal."""

    vm: VmId
    name: str
    request: Migration | None
    forecast: Forecast | None = None
    task: TaskId | None = None
    last: Task | None = None
    """The task as last seen: running, or ended with its result."""
    refused: str = ""

    @property
    def is_over(self) -> bool:
        """Whether nothing more will come of it."""
        return bool(self.refused) or (self.last is not None and self.last.state.has_ended)


class Runs(QObject):
    """Submits the requests and follows each to its end. `changed` tells that some run is another."""

    changed = Signal()

    def __init__(self, bridge: Bridge, runs: list[Run], parent: QObject) -> None:
        super().__init__(parent)
        self._bridge = bridge
        self._history = history_of(bridge)
        self.runs = runs
        self._waiting: list[tuple[Future[Receipt], Run]] = []
        bridge.cluster_changed.connect(self._look)
        bridge.frame_arrived.connect(self._look)
        bridge.world_replaced.connect(self._take_world)

    @property
    def are_over(self) -> bool:
        """Whether every run has ended or was refused."""
        return all(run.is_over for run in self.runs)

    def submit(self) -> None:
        """Asks for all of them, in their order."""
        for run in self.runs:
            if run.request is None:
                continue
            try:
                future = self._bridge.session.submit(run.request)
            except RuntimeError as error:  # the lab is being closed
                run.refused = tr("The lab takes no more requests: {why}.", why=str(error))
                continue
            self._waiting.append((future, run))
            self._bridge.follow(future, self._answered)
        self.changed.emit()

    def cancel(self, run: Run) -> None:
        """Asks for a run to be cancelled; a refusal comes as a notice of the window."""
        if run.task is not None:
            self._bridge.submit(CancelMigration(task=run.task))

    def _answered(self, future: Future[Receipt]) -> None:
        run = next((run for waiting, run in self._waiting if waiting is future), None)
        if run is None:
            return
        self._waiting = [(waiting, other) for waiting, other in self._waiting if waiting is not future]
        run.refused, run.task = _outcome(future)
        if run.task is not None and run.forecast is not None:
            self._history.migrations.remember_forecast(run.task, run.forecast)
        self._look(None)
        self.changed.emit()

    def _look(self, _news: object) -> None:
        """Takes each task as it stands now."""
        differs = False
        for run in self.runs:
            if run.task is None or run.is_over:
                continue
            task = self._bridge.cluster.tasks.get(run.task) or self._history.migrations.ended_task(run.task)
            if task is not None and task is not run.last:
                run.last, differs = task, True
        if differs:
            self.changed.emit()

    def _take_world(self, opening: Opening) -> None:
        """Another moment. A look at the past changes nothing; where the lab was taken back, each run is as of then."""
        timeline = self._bridge.timeline
        if timeline is not None and timeline.looking_at_ns is not None:
            return
        for run in self.runs:
            if run.task is None or run.refused:
                continue
            task = self._bridge.cluster.tasks.get(run.task)
            if task is not None and task.vm == run.vm:
                run.last = task
            elif run.last is None or run.last.asked_ns >= opening.time_ns:
                moment = format_clock(opening.time_ns)
                run.refused = tr(
                    "Undone: the lab was taken back to {moment}, before this was asked for.", moment=moment
                )
        self.changed.emit()

    def leave(self) -> None:
        """Follows no more: the dialog closes, the migrations go on."""
        self._waiting.clear()
        if isValid(self._bridge):
            self._bridge.cluster_changed.disconnect(self._look)
            self._bridge.frame_arrived.disconnect(self._look)
            self._bridge.world_replaced.disconnect(self._take_world)


def _outcome(future: Future[Receipt]) -> tuple[str, TaskId | None]:
    """Why it was refused (empty if it was not), and the task begun."""
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
