"""Work on a file beside the window: in a thread, with how far it is, and a way to call it off."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass, field

from PySide6.QtCore import QObject, QTimer, Signal

from hvgui.exchange.vhd.errors import StoppedError, VhdError
from hvgui.exchange.vhd.writing import Watch
from hvgui.gui.words import tr

_POLL_MS = 60
Work = Callable[[Watch], str]
"""Tells how far it is, and gives a sentence at the end."""


@dataclass
class _Reached:
    """What the thread tells and is told; each is one assignment."""

    done: int = 0
    whole: int = 0
    is_stopped: bool = False
    answer: Future[str] = field(default_factory=Future)

    def watch(self, done: int, whole: int) -> None:
        """See writing.Watch."""
        self.done, self.whole = done, whole
        if self.is_stopped:
            raise StoppedError


class DiskWork(QObject):
    """One piece of work at a time."""

    progressed = Signal(float)
    """0..1."""
    ended = Signal(str, bool)
    """A sentence, and whether all went well."""

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._reached: _Reached | None = None
        self._thread: threading.Thread | None = None
        self._timer = QTimer(self)
        self._timer.setObjectName("disk work")
        self._timer.setInterval(_POLL_MS)
        self._timer.timeout.connect(self._look)

    @property
    def is_busy(self) -> bool:
        """Whether something is under way."""
        return self._reached is not None

    def begin(self, work: Work) -> None:
        """Runs `work` in a thread; what it gives is told at the end."""
        reached = self._reached = _Reached()

        def run() -> None:
            try:
                reached.answer.set_result(work(reached.watch))
            except BaseException as error:  # noqa: BLE001  handed over to the window, which says it
                reached.answer.set_exception(error)

        self._thread = threading.Thread(target=run, name="hvgui-disk-work", daemon=True)
        self._thread.start()
        self._timer.start()

    def stop(self) -> None:
        """Calls it off; the file that was being written goes."""
        if self._reached is not None:
            self._reached.is_stopped = True

    def close(self) -> None:
        """Calls it off and waits for its end."""
        self.stop()
        if self._thread is not None:
            self._thread.join()
        self._timer.stop()
        self._reached = self._thread = None

    def _look(self) -> None:
        reached = self._reached
        if reached is None:
            return
        if reached.whole:
            self.progressed.emit(reached.done / reached.whole)
        if not reached.answer.done():
            return
        self._timer.stop()
        if self._thread is not None:
            self._thread.join()
        self._reached = self._thread = None
        error = reached.answer.exception()
        if error is None:
            self.ended.emit(reached.answer.result(), True)
        else:
            self.ended.emit(sentence_of(error), False)


def sentence_of(error: BaseException) -> str:
    """An error as a sentence for people."""
    if isinstance(error, StoppedError):
        return tr("Called off; nothing was changed.")
    if isinstance(error, OSError):
        return tr("The file can't be worked on: {why}.", why=(error.strerror or str(error)).lower())
    text = str(error)
    if isinstance(error, VhdError | ValueError):
        return f"{text[:1].upper()}{text[1:]}."
    return tr("Unexpected: {why}.", why=text or type(error).__name__)
