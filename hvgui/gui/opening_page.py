"""What the window shows while there is no lab: what is being opened, for how long, and Cancel; or a welcome."""

from __future__ import annotations

import time

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QFrame, QLabel, QProgressBar, QPushButton, QVBoxLayout, QWidget

from hvgui.cluster.units import format_seconds
from hvgui.gui.words import tr

_TICK_MS = 500
_WIDTH = 420
_MARGIN = 24


class OpeningPage(QWidget):
    """In the middle of the window."""

    cancelled = Signal()
    """Whoever waits does not want to any more."""
    open_wanted = Signal()
    """A file is to be chosen."""
    create_wanted = Signal()
    """A lab is to be made."""
    sample_wanted = Signal(str)
    """The name of the sample that is to be opened."""

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
        self._offers = QWidget(card)
        self._offer_column = QVBoxLayout(self._offers)
        self._offer_column.setContentsMargins(0, 0, 0, 0)
        inner.addWidget(self._offers)
        column = QVBoxLayout(self)
        column.addStretch()
        column.addWidget(card, 0, Qt.AlignmentFlag.AlignHCenter)
        column.addStretch()
        self._timer = QTimer(self)
        self._timer.setObjectName("opening page")
        self._timer.setInterval(_TICK_MS)
        self._timer.timeout.connect(self._tick)
        self.welcome()

    def begin(self, what: str) -> None:
        """Something is being opened."""
        self._began = time.monotonic()
        self._title.setText(tr("Opening {what}", what=what))
        for widget in (self._bar, self._cancel):
            widget.show()
        self._offers.hide()
        # The busy bar of the style is painted many times a second; it runs only while it is needed.
        self._bar.setRange(0, 0)
        self._tick()
        self._timer.start()

    def welcome(self) -> None:
        """Nothing is open, nothing is being opened."""
        self._timer.stop()
        self._title.setText(tr("No lab is open"))
        self._say(tr("Open a lab or an inventory, drag one onto this window, or begin with a sample cluster."))
        self._offers.show()
        self._bar.setRange(0, 1)
        for widget in (self._bar, self._cancel):
            widget.hide()
        if self.isVisible():
            self._offer()

    def showEvent(self, event: QShowEvent) -> None:
        """The first sight of the window need not wait for the samples to be read."""
        super().showEvent(event)
        if self._offers.isVisible():
            self._offer()

    def _offer(self) -> None:
        """A button for a file, and one for each sample."""
        from hvgui.exchange.samples import sample_infos  # noqa: PLC0415  not before the first paint

        if self._offer_column.count():
            return
        file_button = QPushButton(tr("Open lab or inventory..."), self._offers)
        file_button.setObjectName("welcome open")
        file_button.clicked.connect(self.open_wanted)
        self._offer_column.addWidget(file_button)
        create_button = QPushButton(tr("Create a test lab..."), self._offers)
        create_button.setObjectName("welcome create")
        create_button.clicked.connect(self.create_wanted)
        self._offer_column.addWidget(create_button)
        for one in sample_infos():
            button = QPushButton(tr(one.title), self._offers)
            button.setObjectName(f"welcome {one.name}")
            button.setToolTip(tr(one.description))
            button.setProperty("sample", one.name)
            button.clicked.connect(self._begin_sample)
            self._offer_column.addWidget(button)

    def _begin_sample(self) -> None:
        self.sample_wanted.emit(self.sender().property("sample"))

    def rest(self) -> None:
        """Out of sight."""
        self._timer.stop()
        self._bar.setRange(0, 1)

    def _tick(self) -> None:
        spent = time.monotonic() - self._began
        words = tr("Reading and building the cluster...")
        self._say(f"{words} {format_seconds(round(spent))}" if spent >= 1 else words)

    def _say(self, text: str) -> None:
        """A label that wraps does not tell its height to a layout in a card of fixed width."""
        self._words.setText(text)
        self._words.setFixedHeight(self._words.heightForWidth(_WIDTH - 2 * _MARGIN))
