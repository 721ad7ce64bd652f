"""The marks of the picture with their words, and how many trials ended so."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFontMetrics, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from hvgui.gui.theme import colours
from hvgui.gui.what_if.columns import CaseRow
from hvgui.gui.what_if.grades import LOOKS, Grade
from hvgui.gui.what_if.matrix_painting import ground, paint_mark
from hvgui.gui.words import tr

_SIDE = 16.0
_GAP = 6.0
_APART = 18.0


class GradeLegend(QWidget):
    """As many lines as its width asks for."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("legend")
        self.setAccessibleName(tr("Outcomes"))
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        self._counts: Counter[Grade] = Counter()
        self._explain()

    def count(self, rows: Sequence[CaseRow]) -> None:
        """Other trials, or other outcomes of them."""
        counts = Counter(row.grade for row in rows if row.grade is not None)
        if counts != self._counts:
            self._counts = counts
            self._explain()
            self._fit()
            self.update()

    @property
    def entries(self) -> list[tuple[Grade, str]]:
        """Each grade with its words; without figures before anything was tried."""
        return [
            (grade, f"{tr(look.title)} ({self._counts[grade]:,})" if self._counts else tr(look.title))
            for grade, look in LOOKS.items()
            if grade is not Grade.REFUSED or self._counts[grade]
        ]

    def sizeHint(self) -> QSize:
        """What its width needs in height."""
        return QSize(320, round(self.height_for(float(max(200, self.width())))))

    def minimumSizeHint(self) -> QSize:
        """Narrow, with as many lines as it needs now."""
        return QSize(200, self.sizeHint().height())

    def height_for(self, width: float) -> float:
        """The height of its lines at a width."""
        places = self._places(width)
        return places[-1].bottom() + 2 if places else 0.0

    def paint_into(self, painter: QPainter, width: float) -> None:
        """Draws it from the painter's origin."""
        scheme = colours()
        for (grade, words), place in zip(self.entries, self._places(width), strict=True):
            box = QRectF(place.left(), place.center().y() - _SIDE / 2, _SIDE, _SIDE)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(ground(grade, scheme))
            painter.drawRect(box)
            paint_mark(painter, grade, QPointF(box.center()), _SIDE - 4, scheme)
            painter.setPen(QColor(scheme.text))
            at = place.adjusted(_SIDE + _GAP, 0, 2, 0)
            painter.drawText(at, int(Qt.AlignmentFlag.AlignVCenter | Qt.TextFlag.TextSingleLine), words)

    def paintEvent(self, event: QPaintEvent) -> None:
        """All of it."""
        del event
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        self.paint_into(painter, float(self.width()))
        painter.end()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Another width may need other lines."""
        super().resizeEvent(event)
        self._fit()

    def _fit(self) -> None:
        height = round(self.height_for(float(self.width())))
        if height != self.minimumHeight():
            self.setMinimumHeight(height)
            self.updateGeometry()

    def _places(self, width: float) -> list[QRectF]:
        metrics, places = QFontMetrics(self.font()), list[QRectF]()
        left, top, line = 0.0, 0.0, max(_SIDE, float(metrics.height())) + 4
        for _, words in self.entries:
            room = _SIDE + _GAP + metrics.horizontalAdvance(words)
            if left > 0.0 and left + room > width:
                left, top = 0.0, top + line
            places.append(QRectF(left, top, room, line))
            left += room + _APART
        return places

    def _explain(self) -> None:
        lines = [f"{words}: {tr(LOOKS[grade].explanation)}" for grade, words in self.entries]
        self.setToolTip("\n".join(lines))
        self.setAccessibleDescription(". ".join(words for _, words in self.entries))
