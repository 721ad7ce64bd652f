"""A small turning arc that says: still computing. Turns only while it is seen."""

from __future__ import annotations

from PySide6.QtCore import QRectF, QSize, Qt, QTimer
from PySide6.QtGui import QColor, QHideEvent, QPainter, QPaintEvent, QPen, QShowEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from hvgui.gui.theme import colours
from hvgui.gui.words import tr

_STEP_DEGREES = 30
_TURN_MS = 80


class Spinner(QWidget):
    """Keeps its place in the layout while it rests."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._angle = 0
        self._busy = False
        self._timer = QTimer(self)
        self._timer.setObjectName("spinner")
        self._timer.setInterval(_TURN_MS)
        self._timer.timeout.connect(self._turn)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.setAccessibleName(tr("Computing"))

    @property
    def is_turning(self) -> bool:
        """Whether it says that something is computed."""
        return self._busy

    def turn(self, busy: bool) -> None:
        """Begins or stops turning."""
        self._busy = busy
        if busy and self.isVisible():
            self._timer.start()
        elif not busy:
            self._timer.stop()
        self.update()

    def sizeHint(self) -> QSize:
        """As high as a line of text."""
        side = self.fontMetrics().height()
        return QSize(side, side)

    def _turn(self) -> None:
        self._angle = (self._angle + _STEP_DEGREES) % 360
        self.update()

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Three quarters of a ring."""
        if not self._busy:
            return
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        pen = QPen(QColor(colours().accent), 2.0)
        pen.setCapStyle(Qt.PenCapStyle.RoundCap)
        painter.setPen(pen)
        painter.drawArc(QRectF(self.rect()).adjusted(2, 2, -2, -2), -self._angle * 16, 270 * 16)
        painter.end()

    def showEvent(self, event: QShowEvent) -> None:
        """Turns on if it did before."""
        super().showEvent(event)
        if self._busy:
            self._timer.start()

    def hideEvent(self, event: QHideEvent) -> None:
        """No timer for what nobody sees."""
        super().hideEvent(event)
        self._timer.stop()
