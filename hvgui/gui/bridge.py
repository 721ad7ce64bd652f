"""The bridge between the session's thread and the window: drains, coalesces, mirrors, and tells, in the main thread.

The session fills an outbox on its own thread; nothing of Qt happens there. Thirty times a second the bridge empties it,
makes one frame of what it finds, brings its mirror of the cluster up to date and only then emits, so that whoever
hears a signal sees the cluster as it is after it.
"""

from __future__ import annotations

import weakref
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import shiboken6
from PySide6.QtCore import QObject, Qt, QTimer, Signal

from hvgui.cluster.cluster import Cluster
from hvgui.cluster.metrics import MetricsSample
from hvgui.gui.coalesce import one_frame
from hvgui.gui.words import tr
from hvgui.lab.frames import Opening, Pace, Receipt, Timeline
from hvgui.requests.problems import blockers
from hvgui.requests.request import Request

if TYPE_CHECKING:
    from hvgui.cluster.events import Event
    from hvgui.lab.session import Session

TICK_MS = 33
"""How often the outbox is drained: thirty times a second."""


@dataclass(frozen=True)
class Submission:
    """A request that was sent, with its words as of that moment (a VM may be renamed or gone afterwards)."""

    request: Request
    title: str
    powershell: str


@dataclass(frozen=True)
class Refusal:
    """A request that was refused (or failed on its way), with the sentences that say why."""

    submission: Submission
    sentences: tuple[str, ...]


class Bridge(QObject):
    """Lives in the main thread, beside one session; mirrors its cluster and carries requests to it."""

    frame_arrived = Signal(object)
    """One coalesced Frame a tick, only if something came."""
    cluster_changed = Signal(object)
    """Changes: already applied to `cluster`."""
    events_arrived = Signal(object)
    """tuple[Event, ...]."""
    tasks_ended = Signal(object)
    """tuple[Task, ...], with their results."""
    world_replaced = Signal(object)
    """Opening: another world is shown (undo, a look at the past, another branch). `cluster` is a new mirror of it;
    forget every record, task and figure of the one before. `frame_arrived` follows."""
    timeline_changed = Signal(object)
    """Timeline: also in `timeline`."""
    pace_changed = Signal(object)
    """Pace: how time goes now."""
    request_refused = Signal(object)
    """Refusal."""
    request_accepted = Signal(object)
    """Submission: committed to the lab file."""

    def __init__(self, session: Session, parent: QObject | None = None) -> None:
        super().__init__(parent)
        opening = session.opening()
        self.session = session
        self.name: str = opening.name
        self.cluster = Cluster(opening.record)
        self.latest: MetricsSample | None = None
        self.time_ns: int = opening.time_ns
        self.pace = Pace()
        self.timeline: Timeline | None = None
        self.opening_events: tuple[Event, ...] = opening.events
        """The last events of the lab before this window opened it."""
        self._followed: list[tuple[Future[Any], weakref.WeakMethod[Callable[[Future[Any]], None]]]] = []
        self._sent: list[tuple[Future[Receipt], Submission]] = []
        self._silent: set[Future[Receipt]] = set()
        """Whose refusal is told by whoever asked."""
        self._timer = QTimer(self)
        self._timer.setObjectName("bridge tick")
        self._timer.setTimerType(Qt.TimerType.CoarseTimer)
        self._timer.setInterval(TICK_MS)
        self._timer.timeout.connect(self.tick)

    def start(self) -> None:
        """Begins to drain. The session itself is started by its owner."""
        self._timer.start()

    def stop(self) -> None:
        """Drains no more; what is followed is forgotten."""
        self._timer.stop()
        self._followed.clear()
        self._sent.clear()
        self._silent.clear()

    def submit(self, request: Request) -> None:
        """Sends a request to the session; a refusal comes back as `request_refused`."""
        self._send(request)

    def ask(self, request: Request) -> Future[Receipt]:
        """Sends a request for somebody who follows it and tells of a refusal. Raises RuntimeError where the lab is
        being closed."""
        answer = self._send(request)
        self._silent.add(answer)
        return answer

    def _send(self, request: Request) -> Future[Receipt]:
        submission = Submission(request, request.title(self.cluster), request.powershell(self.cluster))
        answer = self.session.submit(request)
        self._sent.append((answer, submission))
        return answer

    def follow(self, future: Future[Any], slot: Callable[[Future[Any]], None]) -> None:
        """Calls the slot in the main thread once the future is done.

        The slot is a bound method of a QObject; it is not kept alive, and not called once the object is gone.
        """
        self._followed.append((future, weakref.WeakMethod(slot)))

    def tick(self) -> None:
        """One turn: the outbox, then the futures."""
        self._drain()
        self._answer_sent()
        self._answer_followed()

    def _drain(self) -> None:
        frames = self.session.drain()
        if not frames:
            return
        frame = one_frame(frames)
        self.time_ns = frame.time_ns
        if frame.opening is not None:
            self._begin_anew(frame.opening)
        if frame.samples:
            self.latest = frame.samples[-1]
        if frame.changes:
            self.cluster.apply(frame.changes)
            self.cluster.drain_changes()
        pace_differs, self.pace = frame.pace != self.pace, frame.pace
        if frame.timeline is not None:
            self.timeline = frame.timeline
        if frame.opening is not None:
            self.world_replaced.emit(frame.opening)
        if frame.changes:
            self.cluster_changed.emit(frame.changes)
        if frame.events:
            self.events_arrived.emit(frame.events)
        if frame.ended_tasks:
            self.tasks_ended.emit(frame.ended_tasks)
        if pace_differs:
            self.pace_changed.emit(frame.pace)
        if frame.timeline is not None:
            self.timeline_changed.emit(frame.timeline)
        self.frame_arrived.emit(frame)

    def _begin_anew(self, opening: Opening) -> None:
        self.cluster = Cluster(opening.record)
        self.latest = None
        self.opening_events = opening.events

    def _answer_sent(self) -> None:
        waiting, self._sent = self._sent, []
        for future, submission in waiting:
            if not future.done():
                self._sent.append((future, submission))
                continue
            sentences, is_silent = _sentences(future), future in self._silent
            self._silent.discard(future)
            if sentences and is_silent:
                continue
            if sentences:
                self.request_refused.emit(Refusal(submission, sentences))
            else:
                self.request_accepted.emit(submission)

    def _answer_followed(self) -> None:
        waiting, self._followed = self._followed, []
        for future, reference in waiting:
            if not future.done():
                self._followed.append((future, reference))
                continue
            slot = reference()
            owner = getattr(slot, "__self__", None)
            if slot is not None and isinstance(owner, QObject) and shiboken6.isValid(owner):
                slot(future)


def _sentences(future: Future[Receipt]) -> tuple[str, ...]:
    """Why a request did not come through; empty if it did."""
    if future.cancelled():
        return (tr("The lab was closed before it could answer."),)
    error = future.exception()
    if error is not None:
        return (str(error) or type(error).__name__,)
    receipt = future.result()
    if receipt.accepted:
        return ()
    return tuple(str(problem) for problem in blockers(receipt.problems)) or (tr("The lab refused it."),)
