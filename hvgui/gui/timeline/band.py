"""The bands across the window: that the past is shown, that nothing is kept, that faults come by themselves, and what
can be done about it.

Unlike a notice, a band stays for as long as what it says is so.
"""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QAction, QResizeEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QSizePolicy, QToolBar, QVBoxLayout, QWidget

from hvgui.cluster.units import format_clock
from hvgui.gui.icons import pixmap
from hvgui.gui.words import tr

_MARGIN, _SPACING, _LINE = 10, 3, 2


class BandRow(QFrame):
    """One thing that is so: a sign, a sentence, and buttons that give commands."""

    def __init__(self, name: str, tone: str, drawing: str, actions: tuple[QAction, ...], parent: QWidget) -> None:
        super().__init__(parent)
        self.setObjectName(name)
        self.setProperty("role", "band")
        self.setProperty("tone", tone)
        self._sign, self._drawing, self._tone = QLabel(self), drawing, tone
        self._text = QLabel(self)
        self._text.setObjectName(f"{name} text")
        self._text.setWordWrap(True)
        self._text.setTextFormat(Qt.TextFormat.PlainText)
        self._text.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self._text.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        row = QHBoxLayout(self)
        row.setContentsMargins(12, 5, 8, 5)
        row.setSpacing(10)
        row.addWidget(self._sign)
        row.addWidget(self._text, 1)
        self.buttons = tuple(self._button(action) for action in actions)
        for button in self.buttons:
            row.addWidget(button)
        self.hide()

    @property
    def text(self) -> str:
        """What it says; empty while it is not shown."""
        return "" if self.isHidden() else self._text.text()

    def say(self, text: str) -> None:
        """Shows itself with this sentence; without one it goes."""
        if text != self._text.text():
            self._text.setText(text)
            self.setAccessibleName(text)
        if text:
            self.dress()
        self.setVisible(bool(text))

    def height_at(self, width: int) -> int:
        """How high it has to be at a width."""
        layout = self.layout()
        high = max(layout.heightForWidth(width), layout.minimumSize().height()) if layout is not None else 0
        return high + 2 * _LINE

    def dress(self) -> None:
        """The sign in the scheme's colours."""
        self._sign.setPixmap(pixmap(self._drawing, self._tone, 20))

    def _button(self, action: QAction) -> QPushButton:
        button = QPushButton(action.text(), self)
        button.setObjectName(f"band {action.objectName()}")
        button.clicked.connect(action.trigger)
        return button


class Band(QToolBar):
    """All of them, one below the other, below the tool bar; it is not there while there is nothing to say."""

    def __init__(
        self,
        past: tuple[QAction, ...],
        keeping: tuple[QAction, ...],
        chaos: tuple[QAction, ...],
        maintenance: tuple[QAction, ...],
        parent: QWidget,
    ) -> None:
        super().__init__(tr("What is so"), parent)
        self.setObjectName("band")
        self.setMovable(False)
        self.toggleViewAction().setVisible(False)
        content = QWidget(self)
        content.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        self._content = content
        column = QVBoxLayout(content)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(_SPACING)
        self.past = BandRow("past band", "warning", "history", past, content)
        self.reading = BandRow("reading band", "accent", "lock", keeping, content)
        self.failure = BandRow("keeping band", "bad", "alert-triangle", keeping, content)
        self.chaos = BandRow("chaos band", "warning", "dice-5", chaos, content)
        self.maintenance = BandRow("maintenance band", "accent", "tool", maintenance, content)
        self._rows = (self.past, self.reading, self.failure, self.chaos, self.maintenance)
        for row in self._rows:
            column.addWidget(row)
        self.addWidget(content)
        self.hide()

    def say_past(self, moment_ns: int | None, branch: str = "", *, is_kept_alone: bool = False) -> None:
        """The moment of the past that is shown, and of which branch if it is not the lived one; None: the present.
        `is_kept_alone`: another version has lived it, and only its kept states are there."""
        if moment_ns is None:
            self.past.say("")
        elif branch:
            words = tr("You are looking at {moment} in {branch}. Everything here is as it was then.")
            self.past.say(words.format(moment=format_clock(moment_ns), branch=branch))
        else:
            words = tr("You are looking at {moment}. Everything here is as it was then.")
            self.past.say(words.format(moment=format_clock(moment_ns)))
        if moment_ns is not None and is_kept_alone:
            more = tr("Another version of hvgui lived it; this is the state nearest before that it kept.")
            self.past.say(f"{self.past.text} {more}")
        self._show()

    def say_reading_only(self, is_read_only: bool) -> None:
        """Whether the lab is open for reading only."""
        words = tr(
            "This lab is open for reading only: another hvgui has it open, or its folder can't be written. "
            "What is done here is not kept."
        )
        self.reading.say(words if is_read_only else "")
        self._show()

    def say_not_kept(self, sentence: str) -> None:
        """Why the lab goes on in memory alone; empty: it is kept again."""
        self.failure.say(sentence)
        self._show()

    def say_under_way(self, chaos: str, maintenance: str) -> None:
        """That faults come by themselves, and how far maintenance is; empty: nothing of it."""
        if (chaos, maintenance) != (self.chaos.text, self.maintenance.text):
            self.chaos.say(chaos)
            self.maintenance.say(maintenance)
            self._show()

    def clear_all(self) -> None:
        """There is no lab."""
        for row in self._rows:
            row.say("")
        self._show()

    def redraw(self) -> None:
        """The scheme is another."""
        for row in self._rows:
            row.dress()

    def refresh(self) -> None:
        """After the window has put its tool bars where they were the last time: shown only where it says something."""
        self._show()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Sentences take other lines in another width."""
        super().resizeEvent(event)
        self._fit()

    def _show(self) -> None:
        self._fit()
        self.setVisible(any(not row.isHidden() for row in self._rows))

    def _fit(self) -> None:
        """A tool bar knows no height that depends on the width."""
        width = self.width() - 2 * _MARGIN
        rows = [row.height_at(width) for row in self._rows if not row.isHidden()]
        self._content.setFixedHeight(sum(rows) + _SPACING * max(0, len(rows) - 1))
