"""A row of buttons with words; in a narrow window their pictures alone, rather than a window that can't be narrow."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QToolButton, QWidget


class ButtonRow(QWidget):
    """Tool buttons side by side. Their texts stay what screen readers say, and tool tips tell them to everybody."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._buttons: list[QToolButton] = []
        self._row = QHBoxLayout(self)
        self._row.setContentsMargins(0, 0, 0, 0)
        self._row.setSpacing(2)
        self._row.addStretch(1)

    def add(self, button: QToolButton) -> None:
        """One more at the end."""
        self._buttons.append(button)
        button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self._row.insertWidget(len(self._buttons) - 1, button)

    def minimumSizeHint(self) -> QSize:
        """Room for the pictures."""
        heights = [button.sizeHint().height() for button in self._buttons]
        return QSize(self._wanted(ICONS), max(heights, default=0))

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Words if they have room."""
        super().resizeEvent(event)
        style = ICONS if self.width() < self._wanted(WORDS) else WORDS
        for button in self._buttons:
            button.setToolButtonStyle(style)

    def _wanted(self, style: Qt.ToolButtonStyle) -> int:
        """How wide it is with buttons of a style."""
        widths = 0
        for button in self._buttons:
            before = button.toolButtonStyle()
            button.setToolButtonStyle(style)
            widths += button.sizeHint().width()
            button.setToolButtonStyle(before)
        return widths + self._row.spacing() * len(self._buttons)


ICONS, WORDS = Qt.ToolButtonStyle.ToolButtonIconOnly, Qt.ToolButtonStyle.ToolButtonTextBesideIcon
