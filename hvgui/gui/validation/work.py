"""A validation beside the window: in a thread, on a copy of the cluster, with each result as it comes."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import QObject, QTimer, Signal

from hvgui.cluster.cluster import Cluster
from hvgui.cluster.validation import ValidationReport, ValidationResult
from hvgui.gui.words import tr
from hvgui.lab.validation.kept_reports import keep_report
from hvgui.lab.validation.running import Paced, Plan, validate
from hvgui.lab.validation.table import ValidationTest

_POLL_MS = 60


@dataclass(frozen=True)
class Done:
    """A validation that has ended, and where its report is kept."""

    report: ValidationReport
    path: Path | None
    not_kept: str = ""
    """Why the report could not be kept."""


class _Telling(Paced):
    """In the thread: what has happened waits in a queue until the window looks."""

    def __init__(self) -> None:
        super().__init__(lambda: self.is_stopped)
        self.is_stopped = False
        self.told: deque[ValidationTest | ValidationResult] = deque()
        self.answer: Future[Done] = Future()

    def begins(self, test: ValidationTest, number: int) -> None:
        """See Watcher.begins."""
        self.told.append(test)

    def ended(self, result: ValidationResult) -> None:
        """See Watcher.ended."""
        self.told.append(result)

    def rest(self) -> None:
        """While the report is written, which is not called off any more."""
        self.is_stopped = False
        self.breathe()


class ValidationWork(QObject):
    """One validation at a time."""

    begun = Signal(object)
    """ValidationTest."""
    resulted = Signal(object)
    """ValidationResult."""
    ended = Signal(object)
    """Done."""
    broke = Signal(str)
    """It ended with an error nobody expected; a sentence."""

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._telling: _Telling | None = None
        self._thread: threading.Thread | None = None
        self._timer = QTimer(self)
        self._timer.setObjectName("validation work")
        self._timer.setInterval(_POLL_MS)
        self._timer.timeout.connect(self._look)

    @property
    def is_busy(self) -> bool:
        """Whether a validation is under way."""
        return self._telling is not None

    def begin(self, build: Callable[[], Cluster], plan: Plan, lab: Path | None) -> None:
        """Validates what `build` gives in the thread, a copy that nobody else has; the report is kept as the lab's last
        one."""
        telling = self._telling = _Telling()

        def run() -> None:
            try:
                telling.answer.set_result(_validated(build(), plan, lab, telling))
            except BaseException as error:  # noqa: BLE001  handed over to the window, which says it
                telling.answer.set_exception(error)

        self._thread = threading.Thread(target=run, name="hvgui-validation", daemon=True)
        self._thread.start()
        self._timer.start()

    def stop(self) -> None:
        """Calls it off: what has not run is Cancelled."""
        if self._telling is not None:
            self._telling.is_stopped = True

    def close(self) -> None:
        """Calls it off and waits for its end; tells nothing any more."""
        self.stop()
        if self._thread is not None:
            self._thread.join()
        self._timer.stop()
        self._telling = self._thread = None

    def _look(self) -> None:
        telling = self._telling
        if telling is None:
            return
        is_done = telling.answer.done()
        while telling.told:
            told = telling.told.popleft()
            (self.begun if isinstance(told, ValidationTest) else self.resulted).emit(told)
        if not is_done:
            return
        self._timer.stop()
        if self._thread is not None:
            self._thread.join()
        self._telling = self._thread = None
        error = telling.answer.exception()
        if error is None:
            self.ended.emit(telling.answer.result())
        else:
            self.broke.emit(tr("The validation ended with an error: {why}.", why=str(error) or type(error).__name__))


def _validated(cluster: Cluster, plan: Plan, lab: Path | None, telling: _Telling) -> Done:
    report = validate(cluster, plan, telling)
    if lab is None:
        return Done(report, None)
    try:
        return Done(report, keep_report(report, lab, telling.rest))
    except OSError as error:
        return Done(report, None, error.strerror or str(error))
