"""The forecast of a tip's move: source and target, each before and after, against the limit."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFontMetrics, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from hvgui.gui.theme import colours
from hvgui.gui.tips.contents import Change
from hvgui.gui.tips.words import share_words
from hvgui.gui.words import tr

_NAMES, _FIGURES, _GAP = 0.24, 0.34, 8.0
"""Parts of the width."""
_LEAST_TOP = 1.0


class ChangeBars(QWidget):
    """Two rows: what is there now as a frame, what is there afterwards as a bar."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("forecast bars")
        self.setAccessibleName(tr("Forecast"))
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.changes: tuple[Change, ...] = ()
        self._limit = 1.0

    def show_changes(self, changes: tuple[Change, ...], limit: float) -> None:
        """Another move."""
        if changes == self.changes and limit == self._limit:
            return
        self.changes, self._limit = changes, limit
        words = ", ".join(self._words(change) for change in changes)
        self.setAccessibleDescription(words)
        self.setToolTip(words)
        self.setVisible(bool(changes))
        self.update()

    def sizeHint(self) -> QSize:
        """Two rows of text."""
        return QSize(300, 2 * self._row_height())

    def paintEvent(self, event: QPaintEvent) -> None:
        """A row a node."""
        del event
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        top = 1.05 * max([_LEAST_TOP, self._limit, *(one.before for one in self.changes)])
        for number, change in enumerate(self.changes):
            place = QRectF(0, number * self._row_height(), self.width(), self._row_height())
            self._paint_row(painter, place, change, top)
        painter.end()

    def _paint_row(self, painter: QPainter, place: QRectF, change: Change, top: float) -> None:
        scheme, metrics = colours(), QFontMetrics(self.font())
        middle = Qt.AlignmentFlag.AlignVCenter
        names = QRectF(place.left(), place.top(), place.width() * _NAMES - _GAP, place.height())
        painter.setPen(QColor(scheme.text))
        name = metrics.elidedText(change.node, Qt.TextElideMode.ElideRight, round(names.width()))
        painter.drawText(names, Qt.AlignmentFlag.AlignLeft | middle, name)
        wide = place.width() * (1.0 - _NAMES - _FIGURES) - _GAP
        bar = QRectF(place.width() * _NAMES, place.top() + 5, wide, place.height() - 10)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(scheme.alternate if scheme.name != "contrast" else scheme.base))
        painter.drawRect(bar)
        tone = scheme.bad if change.after > self._limit else scheme.good
        painter.setBrush(QColor(tone))
        painter.drawRect(QRectF(bar.left(), bar.top(), bar.width() * min(1.0, change.after / top), bar.height()))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(QPen(QColor(scheme.muted), 1, Qt.PenStyle.DashLine))
        painter.drawRect(QRectF(bar.left(), bar.top(), bar.width() * min(1.0, change.before / top), bar.height()))
        limit = bar.left() + bar.width() * self._limit / top
        painter.setPen(QPen(QColor(scheme.bad), 1.5))
        painter.drawLine(QPointF(limit, bar.top() - 3), QPointF(limit, bar.bottom() + 3))
        painter.setPen(QColor(scheme.text))
        figures = QRectF(place.width() * (1.0 - _FIGURES), place.top(), place.width() * _FIGURES, place.height())
        words = f"{share_words(change.before)} → {share_words(change.after)}"
        painter.drawText(figures, Qt.AlignmentFlag.AlignRight | middle, words)

    @staticmethod
    def _words(change: Change) -> str:
        return tr(
            "{node} from {before} to {after}",
            node=change.node,
            before=share_words(change.before),
            after=share_words(change.after),
        )

    def _row_height(self) -> int:
        return QFontMetrics(self.font()).height() + 8
