"""A line that says what a request would do, once that has been worked out on a fork of the lab."""

from __future__ import annotations

from PySide6.QtWidgets import QLabel, QWidget

from hvgui.gui.actions.desk import Desk
from hvgui.gui.migrate.forecast_asker import ForecastAsker
from hvgui.gui.tone import set_tone
from hvgui.gui.words import tr
from hvgui.lab.frames import Forecast
from hvgui.requests.request import Request

TONES = {"succeeded": "", "failed": "bad", "unfinished": "warning", "refused": "bad"}


class ForecastLine(QLabel):
    """Empty until it is asked."""

    def __init__(self, desk: Desk, parent: QWidget) -> None:
        super().__init__(parent)
        self.setObjectName("forecast")
        self.setProperty("role", "muted")
        self.setWordWrap(True)
        self._asker: ForecastAsker | None = None
        if desk.bridge is not None:
            self._asker = ForecastAsker(desk.bridge, self)
            self._asker.answered.connect(self._answered)
            self._asker.failed.connect(self._failed)

    def ask(self, request: Request) -> None:
        """The newest question counts."""
        if self._asker is not None:
            self._say(tr("Looking ahead ..."), "")
            self._asker.ask(request)

    def drop(self) -> None:
        """Waits for no answer any more."""
        if self._asker is not None:
            self._asker.drop()
        self._say("", "")

    def _answered(self, _request: Request, forecast: Forecast) -> None:
        self._say(tr("Forecast: {words}", words=forecast.message), TONES.get(forecast.result, ""))

    def _failed(self, sentence: str) -> None:
        self._say(sentence, "warning")

    def _say(self, words: str, tone: str) -> None:
        self.setText(words)
        set_tone(self, tone)
