"""What the window shows while there is no lab: what is being opened, for how long, and Cancel; or the first page."""

from __future__ import annotations

import time

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtWidgets import QFrame, QLabel, QProgressBar, QPushButton, QVBoxLayout, QWidget

from hvgui.cluster.units import format_seconds
from hvgui.gui.welcome_page import WelcomePage
from hvgui.gui.words import tr

_TICK_MS = 500
_WIDTH = 420
_MARGIN = 24


class OpeningPage(QWidget):
    """In the middle of the window."""

    cancelled = Signal()
    """Whoever waits does not want to any more."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("opening page")
        self._began = 0.0
        card = QFrame(self)
        card.setProperty("role", "card")
        card.setFixedWidth(_WIDTH)
        self._title = QLabel(card)
        self._title.setProperty("role", "title")
        self._title.setWordWrap(True)
        self._words = QLabel(card)
        self._words.setProperty("role", "muted")
        self._words.setWordWrap(True)
        self._bar = QProgressBar(card)
        self._bar.setRange(0, 0)
        self._bar.setTextVisible(False)
        self._bar.setAccessibleName(tr("Opening"))
        self._cancel = QPushButton(tr("Cancel"), card)
        self._cancel.setObjectName("cancel opening")
        self._cancel.clicked.connect(self.cancelled)
        inner = QVBoxLayout(card)
        inner.setContentsMargins(_MARGIN, 20, _MARGIN, 20)
        inner.setSpacing(12)
        for widget in (self._title, self._words, self._bar):
            inner.addWidget(widget)
        inner.addWidget(self._cancel, 0, Qt.AlignmentFlag.AlignRight)
        self.first = WelcomePage(self)
        self._waiting = QWidget(self)
        middle = QVBoxLayout(self._waiting)
        middle.addStretch()
        middle.addWidget(card, 0, Qt.AlignmentFlag.AlignHCenter)
        middle.addStretch()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.first)
        column.addWidget(self._waiting)
        self._timer = QTimer(self)
        self._timer.setObjectName("opening page")
        self._timer.setInterval(_TICK_MS)
        self._timer.timeout.connect(self._tick)
        self.welcome()

    def begin(self, what: str) -> None:
        """Something is being opened."""
        self._began = time.monotonic()
        self._title.setText(tr("Opening {what}", what=what))
        self.first.rest()
        self.first.hide()
        self._waiting.show()
        # The busy bar of the style is painted many times a second; it runs only while it is needed.
        self._bar.setRange(0, 0)
        self._tick()
        self._timer.start()

    def welcome(self) -> None:
        """Nothing is open, nothing is being opened."""
        self._timer.stop()
        self._bar.setRange(0, 1)
        self._waiting.hide()
        self.first.show()

    def rest(self) -> None:
        """Out of sight."""
        self._timer.stop()
        self.first.rest()
        self._bar.setRange(0, 1)

    def _tick(self) -> None:
        spent = time.monotonic() - self._began
        words = tr("Reading and building the cluster...")
        self._say(f"{words} {format_seconds(round(spent))}" if spent >= 1 else words)

    def _say(self, text: str) -> None:
        """A label that wraps does not tell its height to a layout in a card of fixed width."""
        self._words.setText(text)
        self._words.setFixedHeight(self._words.heightForWidth(_WIDTH - 2 * _MARGIN))
