"""Asks for plans: after a short rest, and only the answer to the last question counts."""

from __future__ import annotations

from concurrent.futures import Future
from dataclasses import dataclass

from PySide6.QtCore import QObject, QTimer, Signal

from hvgui.cluster.balance_plan import BalancePlan
from hvgui.gui.bridge import Bridge
from hvgui.gui.plan.expected import Expected
from hvgui.gui.words import tr
from hvgui.lab.balancing.plans import LoadsOf, Wish

DEBOUNCE_MS = 200
_LOOK_MS = 150


@dataclass(frozen=True)
class Question:
    """What is to be planned."""

    wish: Wish
    loads: LoadsOf = LoadsOf.USUAL


@dataclass(frozen=True)
class Answer:
    """A plan, for which question, of which moment (ns) and which cluster."""

    question: Question
    plan: BalancePlan
    time_ns: int
    expected: Expected


class PlanAsker(QObject):
    """One question at a time."""

    began = Signal()
    answered = Signal(object)
    """Answer."""
    failed = Signal(str)
    progressed = Signal(object)
    """How far the plan has come, 0..1; None where that can't be told."""

    def __init__(self, bridge: Bridge, parent: QObject) -> None:
        super().__init__(parent)
        self._bridge = bridge
        self._wanted: Question | None = None
        self._asked: Question | None = None
        self._future: Future[BalancePlan] | None = None
        self._expected: Expected | None = None
        self._asked_ns = 0
        self._timer = QTimer(self)
        self._timer.setObjectName("plan debounce")
        self._timer.setSingleShot(True)
        self._timer.setInterval(DEBOUNCE_MS)
        self._timer.timeout.connect(self._ask)
        self._look = QTimer(self)
        self._look.setObjectName("plan progress")
        self._look.setInterval(_LOOK_MS)
        self._look.timeout.connect(self._tell_progress)

    @property
    def is_busy(self) -> bool:
        """Whether an answer is still to come."""
        return self._timer.isActive() or self._future is not None

    def ask(self, question: Question) -> None:
        """Asks once nothing newer has come for a moment."""
        self._wanted = question
        self._timer.start()
        self.began.emit()

    def drop(self) -> None:
        """Waits for no answer any more; what is being worked on is called off."""
        self._timer.stop()
        self._look.stop()
        future, self._future, self._wanted = self._future, None, None
        if future is not None:
            future.cancel()

    def _ask(self) -> None:
        if self._wanted is None:
            return
        self._asked, self._asked_ns = self._wanted, self._bridge.time_ns
        self._expected = Expected(self._bridge.cluster)
        try:
            self._future = self._bridge.session.plan(self._asked.wish, self._asked.loads)
        except RuntimeError as error:  # a pool that is shut down: the lab is being closed
            self._future = None
            self.failed.emit(tr("No plan: {why}.", why=str(error)))
            return
        self._bridge.follow(self._future, self._answer)
        self._look.start()

    def _tell_progress(self) -> None:
        fraction = self._bridge.session.plan_fraction
        self.progressed.emit(fraction if fraction else None)

    def _answer(self, future: Future[BalancePlan]) -> None:
        if future is not self._future or self._asked is None or self._expected is None:
            return
        self._future = None
        self._look.stop()
        if future.cancelled():
            self.failed.emit(tr("No plan: another one was asked for, or the lab was closed. Plan again."))
            return
        error = future.exception()
        if error is not None:
            self.failed.emit(tr("No plan: {why}", why=str(error) or type(error).__name__))
            return
        self.answered.emit(Answer(self._asked, future.result(), self._asked_ns, self._expected))
