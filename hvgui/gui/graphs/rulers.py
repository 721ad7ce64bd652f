"""The rulers beside a plot: words at their ticks. Painted here because pyqtgraph's axes cost 1.7 ms each a frame."""

from __future__ import annotations

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QFont, QFontMetricsF, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

LEFT_WIDTH = 62
"""Every left ruler is as wide as every other, so that charts above each other share their time."""
_GAP = 5.0

Ticks = list[tuple[float, str]]


class Ruler(QWidget):
    """Ticks between two values; upright at the left of a plot, or flat below it."""

    def __init__(self, parent: QWidget, *, upright: bool) -> None:
        super().__init__(parent)
        self._upright = upright
        self._ticks: Ticks = []
        self._from, self._to = 0.0, 1.0
        font = QFont(self.font())
        font.setPointSizeF(max(7.0, font.pointSizeF() - 1))
        self.setFont(font)
        if upright:
            self.setFixedWidth(LEFT_WIDTH)
            self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Ignored)
        else:
            self.setFixedHeight(round(QFontMetricsF(font).height()) + 5)
            self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)

    def sizeHint(self) -> QSize:
        """No more than its fixed side."""
        return QSize(self.minimumWidth(), self.minimumHeight())

    def show_ticks(self, start: float, end: float, ticks: Ticks) -> None:
        """The values at both ends, and what is between them."""
        if (start, end, ticks) != (self._from, self._to, self._ticks):
            self._from, self._to, self._ticks = start, end, ticks
            self.update()

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Words right of the line's end, or centred under it; what would be cut off at an edge is left out."""
        painter = QPainter(self)
        painter.setPen(self.palette().placeholderText().color())
        metrics = QFontMetricsF(self.font())
        for value, words in self._ticks:
            share = (value - self._from) / (self._to - self._from) if self._to > self._from else 0.0
            if self._upright:
                self._paint_left(painter, metrics, share, words)
            else:
                self._paint_below(painter, metrics, share, words)
        painter.end()

    def _paint_left(self, painter: QPainter, metrics: QFontMetricsF, share: float, words: str) -> None:
        height = metrics.height()
        top = min(max(self.height() * (1 - share) - height / 2, 0.0), self.height() - height)
        space = QRectF(0.0, top, self.width() - _GAP, height)
        painter.drawText(space, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, words)

    def _paint_below(self, painter: QPainter, metrics: QFontMetricsF, share: float, words: str) -> None:
        width = metrics.horizontalAdvance(words)
        left = self.width() * share - width / 2
        if left < -_GAP or left + width > self.width() + _GAP:
            return
        left = min(max(left, 0.0), self.width() - width)
        space = QRectF(left, 2.0, width + 1, self.height() - 2)
        painter.drawText(space, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignTop, words)
