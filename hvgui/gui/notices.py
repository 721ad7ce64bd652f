"""Notices: a bar under the tool bar for what a person should read; it never blocks and never steals the focus."""

from __future__ import annotations

from PySide6.QtCore import Qt, QTimer
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QSizePolicy, QToolButton, QVBoxLayout, QWidget

from hvgui.gui.icons import icon, pixmap
from hvgui.gui.words import counted, tr

_ICONS = {
    "warning": ("alert-triangle", "warning"),
    "bad": ("circle-x", "bad"),
    "info": ("info-circle", "accent"),
}
_MOST_LINES = 4
_INFO_MS = 6000


class NoticeBar(QFrame):
    """Shows the newest notices; an information goes by itself, a refusal or an error stays until it is closed."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("notice")
        self.setProperty("role", "notice")
        self._lines: list[str] = []
        self._sign = QLabel(self)
        self._text = QLabel(self)
        self._text.setObjectName("notice text")
        self._text.setWordWrap(True)
        self._text.setTextFormat(Qt.TextFormat.PlainText)
        self._text.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self._text.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self._close = QToolButton(self)
        self._close.setObjectName("notice close")
        self._close.setToolTip(tr("Close"))
        self._close.setAccessibleName(tr("Close the notice"))
        self._close.clicked.connect(self.dismiss)
        self._timer = QTimer(self)
        self._timer.setObjectName("notice")
        self._timer.setSingleShot(True)
        self._timer.setInterval(_INFO_MS)
        self._timer.timeout.connect(self.dismiss)
        row = QHBoxLayout(self)
        row.setContentsMargins(12, 8, 8, 8)
        row.setSpacing(10)
        row.addWidget(self._sign, 0, Qt.AlignmentFlag.AlignTop)
        row.addWidget(self._text, 1)
        side = QVBoxLayout()
        side.addWidget(self._close)
        side.addStretch()
        row.addLayout(side)
        self.hide()

    @property
    def text(self) -> str:
        """What it says; empty if it is closed."""
        return "" if self.isHidden() else self._text.text()

    def say(self, text: str, tone: str = "info") -> None:
        """Shows a notice: `info`, `warning` or `bad`. Several within one showing stand one below the other."""
        if tone == "info" or not self.isVisible():
            self._lines = []
        if text not in self._lines:
            self._lines.append(text)
        shown = self._lines[:_MOST_LINES]
        more = len(self._lines) - len(shown)
        if more:
            shown = [*shown, counted(more, "and {count} more like it", "and {count} more like these")]
        self._text.setText("\n".join(shown))
        self._dress(tone)
        self.show()
        if tone == "info":
            self._timer.start()
        else:
            self._timer.stop()

    def dismiss(self) -> None:
        """Closes it."""
        self._timer.stop()
        self._lines = []
        self.hide()

    def _dress(self, tone: str) -> None:
        self._sign.setPixmap(pixmap(*_ICONS[tone], 20))
        self._close.setIcon(icon("x", "muted"))
        self.setProperty("tone", tone)
        self.style().unpolish(self)
        self.style().polish(self)
