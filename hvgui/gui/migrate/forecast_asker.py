"""Asks for forecasts: after a short rest, never two at once, and only the answer to the last question counts."""

from __future__ import annotations

from concurrent.futures import Future
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer, Signal

from hvgui.gui.words import tr
from hvgui.lab.frames import Forecast
from hvgui.lab.storage_variants import Variant
from hvgui.requests.request import Request

if TYPE_CHECKING:
    from hvgui.gui.bridge import Bridge

DEBOUNCE_MS = 150
_MOST_CANCELLED = 3


class ForecastAsker(QObject):
    """One question at a time; a newer one makes the answer to an older one worthless."""

    began = Signal()
    answered = Signal(object, object)
    """Request, Forecast."""
    failed = Signal(str)

    def __init__(self, bridge: Bridge, parent: QObject) -> None:
        super().__init__(parent)
        self._bridge = bridge
        self._request: Request | None = None
        self._variant = Variant.AS_IT_IS
        self._future: Future[Forecast] | None = None
        self._asked: Request | None = None
        self._cancelled = 0
        self.asked_ns = 0
        """The lab's moment of the last question."""
        self._timer = QTimer(self)
        self._timer.setObjectName("forecast debounce")
        self._timer.setSingleShot(True)
        self._timer.setInterval(DEBOUNCE_MS)
        self._timer.timeout.connect(self._ask)

    @property
    def is_busy(self) -> bool:
        """Whether an answer is still to come."""
        return self._timer.isActive() or self._future is not None

    def ask(self, request: Request, variant: Variant = Variant.AS_IT_IS) -> None:
        """Asks once nothing newer has come for a moment."""
        self._request, self._variant = request, variant
        self._cancelled = 0
        self._timer.start()

    def _ask_once_more(self) -> None:
        """Another dialog's question took the place of ours; after three times this one gives up."""
        self._cancelled += 1
        if self._cancelled < _MOST_CANCELLED:
            self._timer.start()
        else:
            self.failed.emit(tr("No forecast: the lab is busy with others, or was closed."))

    def drop(self) -> None:
        """Waits for no answer any more."""
        self._timer.stop()
        self._request, self._future = None, None

    def _ask(self) -> None:
        if self._request is None:
            return
        self._asked, self.asked_ns = self._request, self._bridge.time_ns
        try:
            self._future = self._bridge.session.forecast(self._request, self._variant)
        except RuntimeError as error:  # a pool that is shut down: the lab is being closed
            self._future = None
            self.failed.emit(tr("No forecast: {why}.", why=str(error)))
            return
        self.began.emit()
        self._bridge.follow(self._future, self._answer)

    def _answer(self, future: Future[Forecast]) -> None:
        if future is not self._future:
            return
        self._future = None
        if future.cancelled():
            self._ask_once_more()
            return
        self._cancelled = 0
        error = future.exception()
        if error is not None:
            self.failed.emit(tr("No forecast: {why}.", why=str(error) or type(error).__name__))
            return
        self.answered.emit(self._asked, future.result())
