"""Garbage and faults, both kept in the main thread: Qt's objects must not die, nor be spoken to, in another one."""

from __future__ import annotations

import gc
import logging
import sys
import threading
import traceback
from collections import deque
from types import TracebackType

from PySide6.QtCore import QObject, QTimer, Signal

from hvgui.gui.words import tr

_log = logging.getLogger(__name__)
_COLLECT_MS = 1000
_MIDDLE_EVERY = 10
_FULL_EVERY = 120
_LOOK_MS = 250
_TRACES = 8


class Collector(QObject):
    """Python's own collector may destroy widgets on a worker thread; this one collects on a timer instead."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._was_enabled = gc.isenabled()
        self._turns = 0
        gc.disable()
        self._timer = QTimer(self)
        self._timer.setObjectName("garbage")
        self._timer.setInterval(_COLLECT_MS)
        self._timer.timeout.connect(self.collect)
        self._timer.start()

    def collect(self) -> None:
        """The youngest every second, the oldest seldom: those are many, and hardly ever garbage."""
        self._turns += 1
        generation = 2 if self._turns % _FULL_EVERY == 0 else 1 if self._turns % _MIDDLE_EVERY == 0 else 0
        gc.collect(generation)

    def settle(self) -> None:
        """A lab was opened: what it is made of stays, and need not be looked through every time."""
        gc.unfreeze()
        gc.collect()
        gc.freeze()

    def stop(self) -> None:
        """Gives the work back to Python."""
        self._timer.stop()
        gc.unfreeze()
        if self._was_enabled:
            gc.enable()


class Faults(QObject):
    """Errors that nobody caught, from any thread: written to the log, and told in the window as a sentence."""

    told = Signal(str)
    """A sentence."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._heard: deque[str] = deque()
        self.traces: deque[str] = deque(maxlen=_TRACES)
        """Where each came from, the newest at the end."""
        self._hooks = (sys.excepthook, threading.excepthook)
        sys.excepthook = self._hear
        threading.excepthook = self._hear_thread
        self._timer = QTimer(self)
        self._timer.setObjectName("faults")
        self._timer.setInterval(_LOOK_MS)
        self._timer.timeout.connect(self.tell)
        self._timer.start()

    def tell(self) -> None:
        """Tells what was heard."""
        while self._heard:
            self.told.emit(self._heard.popleft())

    def stop(self) -> None:
        """Gives the hooks back."""
        self._timer.stop()
        sys.excepthook, threading.excepthook = self._hooks

    def _hear(self, kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        text = "".join(traceback.format_exception(kind, error, trace))
        self.traces.append(text)
        _log.error("Nobody caught this:\n%s", text)
        self._heard.append(
            tr(
                "Something in hvgui went wrong ({error}). The lab is kept as it was; the details are in the log"
                " and in Help, Report of a fault.",
                error=f"{kind.__name__}: {error}" if str(error) else kind.__name__,
            )
        )

    def _hear_thread(self, heard: threading.ExceptHookArgs) -> None:
        if heard.exc_value is not None and heard.exc_type is not SystemExit:
            self._hear(heard.exc_type, heard.exc_value, heard.exc_traceback)
