"""What each choice of a dialog would do: asked of the lab one after the other, a line each."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtWidgets import QFormLayout, QLabel, QWidget

from hvgui.gui.migrate.forecast_asker import ForecastAsker
from hvgui.gui.tone import set_tone
from hvgui.gui.words import tr
from hvgui.lab.frames import Forecast

if TYPE_CHECKING:
    from hvgui.gui.bridge import Bridge
    from hvgui.requests.request import Request


_WIDTH = 400


class ForecastLines(QWidget):
    """One line for each request that is asked about; a caption where there are several."""

    def __init__(self, bridge: Bridge | None, parent: QWidget) -> None:
        super().__init__(parent)
        self.setObjectName("snapshot forecast")
        self.setAccessibleName(tr("Forecast"))
        self._form = QFormLayout(self)
        self._form.setContentsMargins(0, 0, 0, 0)
        self._form.setVerticalSpacing(4)
        self.lines: list[QLabel] = []
        self._requests: list[Request] = []
        self._next = 0
        self._asker: ForecastAsker | None = None
        if bridge is not None:
            self._asker = ForecastAsker(bridge, self)
            self._asker.answered.connect(self._answered)
            self._asker.failed.connect(self._failed)

    def ask(self, *wanted: tuple[str, Request]) -> None:
        """Asks about these from now on, the first one first."""
        if [request for _, request in wanted] == self._requests:
            return
        self._requests = [request for _, request in wanted]
        while len(self.lines) < len(wanted):
            line = QLabel(self)
            line.setWordWrap(True)
            line.setMinimumWidth(_WIDTH)
            self.lines.append(line)
            self._form.addRow(QLabel(self), line)
        for (caption, _), line in zip(wanted, self.lines, strict=False):
            label = self._form.labelForField(line)
            if isinstance(label, QLabel):
                label.setText(caption)
            self._say(line, tr("Working out what it would do..."), "")
        self._next = 0
        self._ask_next()

    def drop(self) -> None:
        """Nothing is asked about; nothing is shown."""
        self._requests = []
        for line in self.lines:
            line.setText("")
        if self._asker is not None:
            self._asker.drop()

    def _ask_next(self) -> None:
        if self._asker is not None and self._next < len(self._requests):
            self._asker.ask(self._requests[self._next])

    def _answered(self, request: Request, forecast: Forecast) -> None:
        if self._next >= len(self._requests) or request != self._requests[self._next]:
            return
        bad = forecast.result in ("failed", "refused")
        self._say(self.lines[self._next], forecast.message, "bad" if bad else "")
        self._next += 1
        self._ask_next()

    def _failed(self, why: str) -> None:
        if self._next < len(self._requests):
            self._say(self.lines[self._next], why, "warning")

    @staticmethod
    def _say(line: QLabel, words: str, tone: str) -> None:
        line.setText(words)
        # A wrapped line takes its whole height, and the dialog grows with it.
        line.setMinimumHeight(line.heightForWidth(max(line.minimumWidth(), line.width())))
        set_tone(line, tone)
