"""The evidence for a tip as a small graph: the window's samples, the limit, and the line below which the tip goes."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFontMetrics, QPainter, QPaintEvent, QPen, QPolygonF
from PySide6.QtWidgets import QSizePolicy, QWidget

from hvgui.gui.theme import Colours, colours
from hvgui.gui.tips.contents import Evidence
from hvgui.gui.tips.words import share_words
from hvgui.gui.words import tr

_RULER, _MARGIN = 40.0, 5.0
_LEAST_TOP = 1.0


class EvidenceGraph(QWidget):
    """Painted by itself: dozens of them stand in one tab, and each is painted only when its samples differ."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("evidence")
        self.setAccessibleName(tr("Evidence"))
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setMinimumSize(200, 92)
        self.evidence: Evidence | None = None

    def show_evidence(self, evidence: Evidence) -> None:
        """Other samples."""
        if evidence == self.evidence:
            return
        self.evidence = evidence
        self.setAccessibleDescription(evidence.words)
        self.setToolTip(evidence.words)
        self.update()

    def sizeHint(self) -> QSize:
        """A small picture."""
        return QSize(280, 100)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Samples as an area, the two lines, and what they stand for."""
        del event
        if self.evidence is None:
            return
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        below = float(QFontMetrics(self.font()).height())
        place = QRectF(self.rect()).adjusted(_RULER, _MARGIN, -_MARGIN, -below)
        _Painting(painter, place, self.evidence, colours()).paint()
        painter.end()


class _Painting:
    def __init__(self, painter: QPainter, place: QRectF, evidence: Evidence, scheme: Colours) -> None:
        self._painter, self._place, self._evidence, self._scheme = painter, place, evidence, scheme
        self._top = 1.05 * max(_LEAST_TOP, evidence.limit, *evidence.samples, 0.0)
        self._metrics = QFontMetrics(painter.font())

    def paint(self) -> None:
        painter, place, scheme = self._painter, self._place, self._scheme
        self._area()
        painter.setPen(QColor(scheme.border))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawRect(place)
        limit, ease = self._evidence.limit, self._evidence.ease
        self._line(limit, scheme.bad, Qt.PenStyle.SolidLine)
        # Where the two lie so close that their figures would run into each other, the limit's is the one that counts.
        apart = abs(self._height(limit) - self._height(ease)) >= self._metrics.height() - 3
        self._line(ease, scheme.muted, Qt.PenStyle.DashLine, named=apart)
        painter.setPen(QColor(scheme.muted))
        below = QRectF(place.left(), place.bottom(), place.width(), self._metrics.height())
        painter.drawText(below, Qt.AlignmentFlag.AlignLeft, tr("{span} ago", span=self._evidence.span))
        painter.drawText(below, Qt.AlignmentFlag.AlignRight, tr("now"))

    def _area(self) -> None:
        samples, place = self._evidence.samples, self._place
        if not samples:
            return
        step = place.width() / max(1, len(samples) - 1)
        points = [QPointF(place.left() + n * step, self._height(one)) for n, one in enumerate(samples)]
        if len(points) == 1:
            points.append(QPointF(place.right(), points[0].y()))
        area = QPolygonF([QPointF(points[0].x(), place.bottom()), *points, QPointF(points[-1].x(), place.bottom())])
        fill = QColor(self._scheme.accent)
        fill.setAlpha(70)
        self._painter.setPen(Qt.PenStyle.NoPen)
        self._painter.setBrush(fill)
        self._painter.drawPolygon(area)
        self._painter.setPen(QPen(QColor(self._scheme.accent), 1.5))
        self._painter.drawPolyline(QPolygonF(points))

    def _line(self, share: float, colour: str, style: Qt.PenStyle, *, named: bool = True) -> None:
        height, place = self._height(share), self._place
        self._painter.setPen(QPen(QColor(colour), 1.0, style))
        self._painter.drawLine(QPointF(place.left(), height), QPointF(place.right(), height))
        if named:
            box = QRectF(0, height - self._metrics.height() / 2, place.left() - 4, self._metrics.height())
            align = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
            self._painter.drawText(box, align, share_words(share))

    def _height(self, share: float) -> float:
        return self._place.bottom() - min(1.0, share / self._top) * self._place.height()
