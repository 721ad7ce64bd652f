"""Painting the picture of trials: a ground and a mark for each grade, told apart in any colours and by none."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from typing import cast

from PySide6.QtCore import QPointF, QRect, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QFontMetrics, QPainter, QPen, QRegion

from hvgui.cluster.cluster import Cluster
from hvgui.cluster.what_if import WhatIfKind
from hvgui.gui.theme import Colours
from hvgui.gui.what_if.columns import CaseRow
from hvgui.gui.what_if.grades import LOOKS, Grade, short_words
from hvgui.gui.what_if.matrix_layout import MatrixLayout
from hvgui.gui.words import tr
from hvgui.requests.request import node_name

_GROUNDS = {
    Grade.ALL_UP: 0.14,
    Grade.BACK: 0.34,
    Grade.NOTICED: 0.22,
    Grade.FALLS_SHORT: 0.42,
    Grade.DOWN: 0.40,
    Grade.NO_QUORUM: 1.0,
    Grade.REFUSED: 0.20,
}
"""How strongly each is laid on."""
_TEXT_FROM = 44.0
"""Cells of at least this width have a figure beside their mark."""
_MOST_MARK = 13.0
_LEAST_FONT, _MOST_FONT = 8, 12
Cell = tuple[int, int]


def ground(grade: Grade, scheme: Colours) -> QColor:
    """What lies behind a mark."""
    colour = QColor(getattr(scheme, LOOKS[grade].tint))
    colour.setAlphaF(_GROUNDS[grade])
    return colour


def paint_mark(painter: QPainter, grade: Grade | None, middle: QPointF, size: float, scheme: Colours) -> None:
    """A grade's mark; None: the small dot of what has not been tried yet."""
    paint_marks(painter, grade, [middle], size, scheme)


def paint_marks(
    painter: QPainter, grade: Grade | None, middles: Sequence[QPointF], size: float, scheme: Colours
) -> None:
    """The same mark in many places."""
    ink = QColor(scheme.base if grade is Grade.NO_QUORUM else scheme.text if grade is not None else scheme.muted)
    if grade in _FILLED:
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(ink)
    else:
        pen = QPen(ink, max(1.0, size / 8.0))
        pen.setCapStyle(Qt.PenCapStyle.FlatCap)
        painter.setPen(pen)
        painter.setBrush(Qt.BrushStyle.NoBrush)
    mark = _MARKS[grade]
    for middle in middles:
        mark(painter, middle, size / 2.0)


def _dot(painter: QPainter, middle: QPointF, half: float, share: float = 0.42) -> None:
    painter.drawEllipse(middle, half * share, half * share)


def _small_dot(painter: QPainter, middle: QPointF, half: float) -> None:
    _dot(painter, middle, half, 0.2)


def _open_ring(painter: QPainter, middle: QPointF, half: float) -> None:
    side = half * 1.5
    painter.drawArc(QRectF(middle.x() - side / 2, middle.y() - side / 2, side, side), 60 * 16, 290 * 16)


def _triangle(painter: QPainter, middle: QPointF, half: float) -> None:
    top, low = half * 0.85, half * 0.7
    corners = [
        QPointF(middle.x(), middle.y() - top),
        QPointF(middle.x() + half * 0.9, middle.y() + low),
        QPointF(middle.x() - half * 0.9, middle.y() + low),
    ]
    painter.drawPolygon(corners)


def _bar(painter: QPainter, middle: QPointF, half: float) -> None:
    painter.drawRect(QRectF(middle.x() - half * 0.85, middle.y() - half * 0.22, half * 1.7, half * 0.44))


def _cross(painter: QPainter, middle: QPointF, half: float) -> None:
    reach = half * 0.72
    for across in (-reach, reach):
        painter.drawLine(
            QPointF(middle.x() - across, middle.y() - reach), QPointF(middle.x() + across, middle.y() + reach)
        )


def _crossed_ring(painter: QPainter, middle: QPointF, half: float) -> None:
    painter.drawEllipse(middle, half * 0.85, half * 0.85)
    _cross(painter, middle, half * 0.75)


def _slash(painter: QPainter, middle: QPointF, half: float) -> None:
    reach = half * 0.72
    painter.drawLine(QPointF(middle.x() - reach, middle.y() + reach), QPointF(middle.x() + reach, middle.y() - reach))


_FILLED = (None, Grade.ALL_UP, Grade.FALLS_SHORT)
_MARKS: dict[Grade | None, Callable[[QPainter, QPointF, float], None]] = {
    None: _small_dot,
    Grade.ALL_UP: _dot,
    Grade.BACK: _open_ring,
    Grade.NOTICED: _triangle,
    Grade.FALLS_SHORT: _bar,
    Grade.DOWN: _cross,
    Grade.NO_QUORUM: _crossed_ring,
    Grade.REFUSED: _slash,
}


class MatrixPainter:
    """Paints one layout with the rows' results."""

    def __init__(
        self, painter: QPainter, layout: MatrixLayout, rows: Sequence[CaseRow], cluster: Cluster, scheme: Colours
    ) -> None:
        self._painter, self._layout, self._rows, self._scheme = painter, layout, rows, scheme
        self._cluster = cluster
        self._mark = min(_MOST_MARK, layout.cell_height - 2.0, layout.cell_width - 2.0)

    def cells(self, sight: QRegion) -> None:
        """Grounds, then marks and figures, of the cells in sight."""
        gap = 1.0 if self._layout.cell_width < 16.0 else 2.0
        by_grade: dict[Grade | None, list[tuple[QRectF, CaseRow]]] = {}
        # Qt's stubs do not know that a region can be walked through.
        areas = cast(Iterable[QRect], sight)
        for cell in {cell for area in areas for cell in self._layout.cells_in(QRectF(area))}:
            row = self._rows[self._layout.numbers[cell]]
            by_grade.setdefault(row.grade, []).append((self._layout.place(*cell).adjusted(0, 0, -gap, -gap), row))
        self._painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
        for grade, seen in by_grade.items():
            self._painter.setPen(Qt.PenStyle.NoPen)
            self._painter.setBrush(QColor(self._scheme.base) if grade is None else ground(grade, self._scheme))
            self._painter.drawRects([place for place, _ in seen])
        self._painter.setRenderHint(QPainter.RenderHint.Antialiasing, True)
        for grade, seen in by_grade.items():
            self._inside(grade, seen)

    def _inside(self, grade: Grade | None, seen: Sequence[tuple[QRectF, CaseRow]]) -> None:
        """Marks in the middle, or to the left of a figure where that has room."""
        font = self._font(min(self._layout.cell_height - 4.0, _MOST_FONT))
        metrics = QFontMetrics(font)
        middles: list[QPointF] = []
        figures: list[tuple[QRectF, str]] = []
        for place, row in seen:
            words = self._words(place, row, metrics) if place.width() >= _TEXT_FROM else ""
            room = metrics.horizontalAdvance(words) if words else -4
            left = place.center().x() - (room + 4) / 2
            middles.append(QPointF(left, place.center().y()))
            if words:
                figures.append((QRectF(left + self._mark / 2 + 4, place.top(), room + 2, place.height()), words))
        paint_marks(self._painter, grade, middles, self._mark, self._scheme)
        self._painter.setFont(font)
        self._painter.setPen(QColor(self._scheme.base if grade is Grade.NO_QUORUM else self._scheme.text))
        for at, words in figures:
            self._painter.drawText(at, Qt.AlignmentFlag.AlignVCenter | Qt.TextFlag.TextSingleLine, words)

    def _words(self, place: QRectF, row: CaseRow, metrics: QFontMetrics) -> str:
        """The figure of a cell, where it has room."""
        if row.outcome is None or row.grade is None:
            return ""
        words = tr(LOOKS[row.grade].title) if row.case.kind is WhatIfKind.LOAD else short_words(row.outcome)
        return words if metrics.horizontalAdvance(words) + self._mark + 8 <= place.width() else ""

    def chosen(self, cells: Sequence[Cell], *, has_focus: bool) -> None:
        """An outline around the cells of the chosen trial."""
        pen = QPen(QColor(self._scheme.accent), 2.0 if has_focus else 1.5)
        self._painter.setPen(pen)
        self._painter.setBrush(Qt.BrushStyle.NoBrush)
        for cell in cells:
            self._painter.drawRect(self._layout.place(*cell).adjusted(-0.5, -0.5, -0.5, -0.5))

    # Heads

    def heads(self, offset: QPointF, current: Cell | None) -> None:
        """The names above and beside the cells, which stay in sight wherever the picture is scrolled to."""
        layout, painter = self._layout, self._painter
        back = QColor(self._scheme.window)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(back)
        painter.drawRect(QRectF(0, offset.y(), layout.width, layout.head_top - 1))
        painter.drawRect(QRectF(offset.x(), 0, layout.head_left - 2, layout.height))
        for row in range(len(layout.rows)):
            self._row_head(row, offset.x(), is_current=current is not None and current[0] == row)
        painter.setBrush(back)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.drawRect(QRectF(0, offset.y(), layout.width, layout.head_top - 1))
        is_of_one = current is not None and layout.columns_of(current[0]) > 1
        for column in range(len(layout.nodes)):
            self._column_head(column, offset.y(), is_current=is_of_one and current is not None and current[1] == column)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(back)
        painter.drawRect(QRectF(offset.x(), offset.y(), layout.head_left - 2, layout.head_top - 1))

    def _row_head(self, row: int, left: float, *, is_current: bool) -> None:
        place = self._layout.place(row, 0)
        at = QRectF(left + 4, place.top(), self._layout.head_left - 12, place.height())
        self._write(row_words(self._layout, row, self._cluster, self._rows), at, is_current=is_current, is_right=True)

    def _column_head(self, column: int, top: float, *, is_current: bool) -> None:
        layout, painter = self._layout, self._painter
        name = node_name(self._cluster, layout.nodes[column])
        left = layout.head_left + column * layout.cell_width
        if not layout.are_heads_upright:
            at = QRectF(left, top, layout.cell_width - 2, layout.head_top - 2)
            self._write(name, at, is_current=is_current)
            return
        painter.save()
        painter.translate(left, top + layout.head_top - 5)
        painter.rotate(-90.0)
        self._write(name, QRectF(0, 0, layout.head_top - 8, layout.cell_width - 1), is_current=is_current)
        painter.restore()

    def _write(self, words: str, at: QRectF, *, is_current: bool, is_right: bool = False) -> None:
        font = self._font(at.height())
        font.setBold(is_current)
        self._painter.setFont(font)
        self._painter.setPen(QColor(self._scheme.accent if is_current else self._scheme.text))
        elided = QFontMetrics(font).elidedText(words, Qt.TextElideMode.ElideMiddle, math.ceil(at.width()))
        side = Qt.AlignmentFlag.AlignRight if is_right else Qt.AlignmentFlag.AlignLeft
        flags = side | Qt.AlignmentFlag.AlignVCenter | Qt.TextFlag.TextSingleLine
        self._painter.drawText(at, int(flags), elided)

    def _font(self, height: float) -> QFont:
        font = QFont(self._painter.font())
        font.setPixelSize(int(min(_MOST_FONT, max(_LEAST_FONT, height - 1))))
        font.setBold(False)
        return font


def row_words(layout: MatrixLayout, row: int, cluster: Cluster, rows: Sequence[CaseRow]) -> str:
    """What stands beside a row."""
    one = layout.rows[row]
    if one.node is not None:
        return node_name(cluster, one.node)
    if one.kind is WhatIfKind.LOAD:
        return rows[layout.numbers[row, 0]].title
    return tr("Crashes") if one.kind is WhatIfKind.CRASH else tr("Drained")
