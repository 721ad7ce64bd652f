"""Stars: a node's rating as five of them, halves included, with the figure as text for those who don't see them."""

from __future__ import annotations

import math

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPainterPath, QPalette, QPen
from PySide6.QtWidgets import QStyle, QStyledItemDelegate, QStyleOptionViewItem

from hvgui.gui.theme import colours
from hvgui.gui.words import tr

STARS_ROLE = Qt.ItemDataRole.UserRole + 1
_SIZE = 13.0
_GAP = 3.0


def stars_words(stars: float) -> str:
    """The rating as text."""
    return tr("{stars} of 5 stars", stars=f"{stars:g}") if stars > 0 else tr("not suitable")


class StarsDelegate(QStyledItemDelegate):
    """Paints the value under `STARS_ROLE`."""

    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        """Row background first, stars on top; nothing for what is not suitable."""
        self.initStyleOption(option, index)
        option.text = ""
        style = option.widget.style()
        style.drawControl(QStyle.ControlElement.CE_ItemViewItem, option, painter)
        stars = index.data(STARS_ROLE)
        if not isinstance(stars, float) or stars <= 0:
            return
        rect: QRectF = QRectF(option.rect)
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        top = rect.center().y() - _SIZE / 2
        for number in range(5):
            left = rect.left() + 6 + number * (_SIZE + _GAP)
            _draw(painter, QPointF(left, top), max(0.0, min(1.0, stars - number)), _colour(option))
        painter.restore()

    def sizeHint(self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex) -> QSize:
        """Five stars wide."""
        return QSize(round(12 + 5 * (_SIZE + _GAP)), super().sizeHint(option, index).height())


def _colour(option: QStyleOptionViewItem) -> QColor:
    state: QStyle.StateFlag = option.state
    if state & QStyle.StateFlag.State_Selected:
        palette: QPalette = option.palette
        return palette.color(QPalette.ColorRole.HighlightedText)
    return QColor(colours().accent)


def _draw(painter: QPainter, at: QPointF, share: float, colour: QColor) -> None:
    """An outline, and as much of it filled as the share says."""
    star = _star().translated(at)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.setPen(QPen(colour, 1.0))
    painter.drawPath(star)
    if share > 0:
        painter.save()
        painter.setClipRect(QRectF(at.x(), at.y(), _SIZE * share, _SIZE))
        painter.fillPath(star, colour)
        painter.restore()


def _star() -> QPainterPath:
    middle, outer = _SIZE / 2, _SIZE / 2
    path = QPainterPath()
    for corner in range(10):
        radius = outer if corner % 2 == 0 else 0.42 * outer
        angle = math.pi * (corner / 5 - 0.5)
        point = QPointF(middle + radius * math.cos(angle), middle + radius * math.sin(angle))
        if corner:
            path.lineTo(point)
        else:
            path.moveTo(point)
    path.closeSubpath()
    return path
