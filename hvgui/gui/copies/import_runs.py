"""Imports under way: each request with its task, followed to its end."""

from __future__ import annotations

from concurrent.futures import Future
from dataclasses import dataclass

from PySide6.QtCore import QObject, Signal

from hvgui.cluster.ids import TaskId
from hvgui.cluster.tasks import Task, TaskState
from hvgui.gui.actions.desk import Desk
from hvgui.gui.words import tr
from hvgui.lab.frames import Opening, Receipt
from hvgui.requests.imports import CancelImport, ImportVm
from hvgui.requests.problems import blockers


@dataclass
class ImportRun:
    """One VM on its way in."""

    name: str
    request: ImportVm
    powershell: str = ""
    task: TaskId | None = None
    last: Task | None = None
    refused: str = ""

    @property
    def is_over(self) -> bool:
        """Whether nothing more will come of it."""
        return bool(self.refused) or (self.last is not None and self.last.state.has_ended)

    @property
    def went_well(self) -> bool:
        """Whether it is there."""
        return self.last is not None and self.last.state is TaskState.SUCCEEDED


class ImportRuns(QObject):
    """Asks for all of them, in their order; `changed` tells that some run is another."""

    changed = Signal()

    def __init__(self, desk: Desk, runs: list[ImportRun], parent: QObject) -> None:
        super().__init__(parent)
        if desk.bridge is None:
            raise RuntimeError("no lab is open")
        self._desk, self._bridge = desk, desk.bridge
        self.runs = runs
        self._waiting: list[tuple[Future[Receipt], ImportRun]] = []
        self._ended: dict[TaskId, Task] = {}
        """What ends may do so before the answer to its request has come."""
        self._bridge.tasks_ended.connect(self._take_ended)
        self._bridge.frame_arrived.connect(self._look)
        self._bridge.world_replaced.connect(self._take_world)

    @property
    def are_over(self) -> bool:
        """Whether nothing more will come of any."""
        return all(run.is_over for run in self.runs)

    def submit(self) -> None:
        """Asks for all of them."""
        for run in self.runs:
            run.powershell = run.request.powershell(self._bridge.cluster)
            try:
                answer = self._bridge.session.submit(run.request)
            except RuntimeError as error:  # the lab is being closed
                run.refused = tr("The lab takes no more requests: {why}.", why=str(error))
                continue
            self._waiting.append((answer, run))
            self._bridge.follow(answer, self._answered)
        self.changed.emit()

    def cancel(self, runs: list[ImportRun]) -> None:
        """Asks for some to be called off; a refusal comes as a notice of the window."""
        for run in runs:
            if run.task is not None and not run.is_over:
                self._bridge.submit(CancelImport(task=run.task))

    def _answered(self, answer: Future[Receipt]) -> None:
        run = next((run for waiting, run in self._waiting if waiting is answer), None)
        if run is None:
            return
        self._waiting = [(waiting, other) for waiting, other in self._waiting if waiting is not answer]
        run.refused, run.task = _outcome(answer)
        if not run.refused:
            self._desk.sent_powershell.append(run.powershell)
        self._look(None)
        self.changed.emit()

    def _take_ended(self, tasks: tuple[Task, ...]) -> None:
        self._ended.update((task.id, task) for task in tasks)

    def _look(self, _news: object) -> None:
        differs = False
        for run in self.runs:
            if run.task is None or run.is_over:
                continue
            task = self._ended.get(run.task) or self._bridge.cluster.tasks.get(run.task)
            if task is not None and task is not run.last:
                run.last, differs = task, True
        if differs:
            self.changed.emit()

    def _take_world(self, _opening: Opening) -> None:
        """The lab was taken back, or its past is looked at: what has not ended is not followed any more."""
        timeline = self._bridge.timeline
        if timeline is not None and timeline.looking_at_ns is not None:
            return
        for run in self.runs:
            if run.task is None or run.task not in self._bridge.cluster.tasks:
                run.refused = run.refused or tr("The lab was taken back to before this was asked for.")
        self.changed.emit()


def _outcome(answer: Future[Receipt]) -> tuple[str, TaskId | None]:
    """Why it was refused (empty if it was not), and the task begun."""
    if answer.cancelled():
        return tr("The lab was closed before it could answer."), None
    error = answer.exception()
    if error is not None:
        return str(error) or type(error).__name__, None
    receipt = answer.result()
    if not receipt.accepted:
        said = " ".join(str(problem) for problem in blockers(receipt.problems))
        return said or tr("The lab refused it without a reason."), None
    return "", TaskId(receipt.task) if receipt.task is not None else None
