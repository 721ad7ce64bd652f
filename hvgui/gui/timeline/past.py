"""Undo, redo, looks at the past and branches, asked of the session: newest wins, and what is refused is told."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, QTimer, Signal

from hvgui.cluster.units import format_clock
from hvgui.gui.words import tr
from hvgui.lab.errors import JourneyCancelledError
from hvgui.requests.problems import blockers

if TYPE_CHECKING:
    from hvgui.gui.bridge import Bridge
    from hvgui.lab.frames import Receipt, Timeline

BUSY_AFTER_MS = 300
"""What takes longer than this is said to be under way."""


@dataclass(frozen=True)
class _Asked:
    future: Future[Any]
    what: str


def reason_of(timeline: Timeline | None) -> str:
    """Why nothing can be changed now; empty while the present is shown."""
    if timeline is None or timeline.looking_at_ns is None:
        return ""
    return tr(
        "You are looking at {moment}, and the past can't be changed. Return to the present (Esc), or go on from here.",
        moment=format_clock(timeline.looking_at_ns),
    )


class Past(QObject):
    """Beside one bridge."""

    changed = Signal()
    """The timeline is another, or something began or ended that takes its time."""
    failed = Signal(str)
    """A sentence: what was asked for can't be."""
    told = Signal(str)
    """A sentence: what was done."""

    def __init__(self, bridge: Bridge, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.bridge = bridge
        self._asked: list[_Asked] = []
        self._look: Future[None] | None = None
        self._wanted: tuple[int, int | None] | None = None
        self._aim_ns: int | None = None
        self._busy = ""
        self._busy_soon = QTimer(self)
        self._busy_soon.setObjectName("past is busy")
        self._busy_soon.setSingleShot(True)
        self._busy_soon.setInterval(BUSY_AFTER_MS)
        self._busy_soon.timeout.connect(self._say_busy)
        bridge.timeline_changed.connect(self._take_timeline)

    # How things stand

    @property
    def timeline(self) -> Timeline | None:
        """The lab's past; None until the session has told it."""
        return self.bridge.timeline

    @property
    def is_looking(self) -> bool:
        """Whether a moment of the past is shown."""
        return self.timeline is not None and self.timeline.looking_at_ns is not None

    @property
    def reason(self) -> str:
        """Why nothing can be changed now; empty while the present is shown."""
        return reason_of(self.timeline)

    @property
    def present_ns(self) -> int:
        """The moment of the present."""
        if self.timeline is not None and self.is_looking:
            return self.timeline.present_ns
        return self.bridge.time_ns

    @property
    def shown_ns(self) -> int:
        """The moment that is shown, or on the way to be."""
        return self.bridge.time_ns if self._aim_ns is None else self._aim_ns

    @property
    def busy(self) -> str:
        """What is under way for longer than a moment, in words; empty: nothing."""
        return self._busy

    @property
    def fraction(self) -> float | None:
        """How far what is under way has come, 0..1; None where that can't be told."""
        return self.bridge.session.journey_fraction if self._busy else None

    # What can be asked

    def cancel(self) -> None:
        """Calls off what is under way; everything stays as it was."""
        self._wanted = None
        self.bridge.session.cancel_journey()

    def undo(self) -> None:
        """Takes the last command back."""
        title = self.timeline.undo_title if self.timeline is not None else None
        self._ask(self.bridge.session.undo, tr("Undo {what}", what=title or "").strip())

    def redo(self) -> None:
        """Brings back what was undone."""
        title = self.timeline.redo_title if self.timeline is not None else None
        self._ask(self.bridge.session.redo, tr("Redo {what}", what=title or "").strip())

    def look_at(self, time_ns: int, branch: int | None = None) -> None:
        """Shows a moment. While one is on the way, only the newest wish counts."""
        self._wanted = (max(0, time_ns), branch)
        self._aim_ns = max(0, time_ns)
        if self._busy:
            # What takes its time is no longer where anybody wants to go.
            self.bridge.session.cancel_journey()
        self._look_on()
        self.changed.emit()

    def return_to_present(self) -> None:
        """Ends a look at the past."""
        self._wanted = self._aim_ns = None
        if self.is_looking or self._look is not None:
            self._ask(self.bridge.session.return_to_present, tr("Return to the present"))

    def go_on(self, name: str) -> None:
        """Lives on from the moment looked at, on a branch of that name."""
        self._ask(partial(self.bridge.session.go_on_from_here, name), tr("Go on from here"))

    def switch_to(self, branch: int) -> None:
        """Lives another branch."""
        self._wanted = self._aim_ns = None
        self._ask(partial(self.bridge.session.switch_to, branch), tr("Live another branch"))

    def rename(self, branch: int, name: str) -> None:
        """Gives a branch another name."""
        self._ask(partial(self.bridge.session.rename_branch, branch, name), tr("Rename the branch"))

    def delete(self, branch: int) -> None:
        """Deletes a branch for good."""
        self._ask(partial(self.bridge.session.delete_branch, branch), tr("Delete the branch"))

    # Answers

    def _ask(self, call: Callable[[], Future[Any]], what: str) -> None:
        future = call()
        self._asked.append(_Asked(future, what))
        self.bridge.follow(future, self._answered)
        self._begin_busy()

    def _answered(self, future: Future[Any]) -> None:
        asked = next((one for one in self._asked if one.future is future), None)
        if asked is None:
            return
        self._asked.remove(asked)
        sentence = _why_not(future)
        self._end_busy()
        if sentence:
            (self.told if _is_cancelled(future) else self.failed).emit(f"{asked.what}: {sentence}")

    def _look_on(self) -> None:
        if self._look is not None or self._wanted is None:
            return
        (time_ns, branch), self._wanted = self._wanted, None
        self._look = self.bridge.session.look_at(time_ns, branch)
        self.bridge.follow(self._look, self._looked)
        self._begin_busy()

    def _looked(self, future: Future[None]) -> None:
        if future is not self._look:
            return
        self._look = None
        error = None if future.cancelled() else future.exception()
        if self._wanted is not None:
            self._look_on()
            return
        self._aim_ns = None
        self._end_busy()
        if error is not None:
            told = self.told if isinstance(error, JourneyCancelledError) else self.failed
            told.emit(str(error) or type(error).__name__)

    def _take_timeline(self, _timeline: Timeline) -> None:
        self.changed.emit()

    # What takes its time

    def _begin_busy(self) -> None:
        if not self._busy and not self._busy_soon.isActive():
            self._busy_soon.start()

    def _say_busy(self) -> None:
        if self._aim_ns is not None:
            self._busy = tr("Going to {moment}...", moment=format_clock(self._aim_ns))
        elif self._asked:
            self._busy = tr("{what}...", what=self._asked[-1].what)
        self.changed.emit()

    def _end_busy(self) -> None:
        if self._asked or self._look is not None:
            return
        self._busy_soon.stop()
        self._busy = ""
        self.changed.emit()


def _is_cancelled(future: Future[Receipt | None]) -> bool:
    """Whether somebody called it off."""
    if future.cancelled() or future.exception() is not None:
        return False
    receipt = future.result()
    return receipt is not None and any(problem.code == "cancelled" for problem in receipt.problems)


def _why_not(future: Future[Receipt | None]) -> str:
    """Why something did not come about; empty if it did."""
    if future.cancelled():
        return ""
    error = future.exception()
    if error is not None:
        return str(error) or type(error).__name__
    receipt = future.result()
    if receipt is None or receipt.accepted:
        return ""
    return " ".join(str(problem) for problem in blockers(receipt.problems)) or tr("The lab refused it.")
