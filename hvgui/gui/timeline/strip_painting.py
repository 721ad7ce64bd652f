"""How the timeline is drawn: a ground with ruler and marks, painted seldom, and the handles on top of it."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QLine, QPointF, QRect, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QFontMetrics, QPainter, QPen, QPixmap, QPolygonF

from hvgui.gui.theme import Colours
from hvgui.gui.timeline.marks import MarkKind, Marks, kind_of
from hvgui.gui.timeline.ruler import Scale, ticks

RULER_HEIGHT = 17
COMMAND_MIDDLE = 26
EVENT_TOP = 35
HEIGHT = 48
MARK_REACH = 5
"""Half the width of a command's mark, in pixels."""


@dataclass(frozen=True)
class Handles:
    """What is drawn over the ground."""

    present_ns: int
    shown_ns: int
    """The moment that is shown or on the way; the present's where that is shown."""
    last_ns: int
    """Where the line ends: beyond the present where commands are undone."""
    is_looking: bool
    hover_x: int | None
    words: str
    """What the moment under the pointer is called."""


def small_font(font: QFont) -> QFont:
    """The ruler's font."""
    smaller = QFont(font)
    smaller.setPointSizeF(font.pointSizeF() * 0.84)
    return smaller


def ground(scale: Scale, marks: Marks, colours: Colours, font: QFont, ratio: float) -> QPixmap:
    """Ruler and marks as a picture."""
    picture = QPixmap(round(scale.pixels * ratio), round(HEIGHT * ratio))
    picture.setDevicePixelRatio(ratio)
    picture.fill(QColor(colours.base))
    painter = QPainter(picture)
    painter.setFont(small_font(font))
    _draw_ruler(painter, scale, colours)
    _draw_events(painter, scale, marks, colours)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    _draw_commands(painter, scale, marks, colours)
    painter.end()
    return picture


def _draw_ruler(painter: QPainter, scale: Scale, colours: Colours) -> None:
    painter.fillRect(0, 0, scale.pixels, RULER_HEIGHT, QColor(colours.raised))
    painter.setPen(QColor(colours.border))
    painter.drawLine(0, RULER_HEIGHT, scale.pixels, RULER_HEIGHT)
    metrics = painter.fontMetrics()
    for x, words in ticks(scale):
        painter.setPen(QColor(colours.border))
        painter.drawLine(QPointF(x, RULER_HEIGHT - 5), QPointF(x, HEIGHT))
        width = metrics.horizontalAdvance(words)
        if x + width + 6 <= scale.pixels:
            painter.setPen(QColor(colours.muted))
            painter.drawText(QPointF(x + 4, RULER_HEIGHT - 5), words)


def _draw_events(painter: QPainter, scale: Scale, marks: Marks, colours: Colours) -> None:
    warnings, errors = marks.event_pixels(scale)
    for pixels, colour, top in ((warnings, colours.warning, EVENT_TOP + 3), (errors, colours.bad, EVENT_TOP)):
        if pixels:
            painter.setPen(QPen(QColor(colour), 2))
            painter.drawLines([QLine(x, top, x, HEIGHT - 4) for x in pixels])


def _draw_commands(painter: QPainter, scale: Scale, marks: Marks, colours: Colours) -> None:
    for x, mark, _ in marks.command_pixels(scale):
        colour = QColor(colours.muted if mark.undone else colours.accent)
        painter.setPen(QPen(colour, 1.2))
        painter.setBrush(Qt.BrushStyle.NoBrush if mark.undone else colour)
        painter.drawPolygon(_shape(kind_of(mark), x))


def _shape(kind: MarkKind, x: float) -> QPolygonF:
    y = COMMAND_MIDDLE
    corners = {
        MarkKind.MIGRATION: ((-3.5, -4.5), (4.5, 0), (-3.5, 4.5)),
        MarkKind.FAULT: ((0, -5), (4.5, 0), (0, 5), (-4.5, 0)),
        MarkKind.OTHER: ((-3.5, -3.5), (3.5, -3.5), (3.5, 3.5), (-3.5, 3.5)),
    }[kind]
    return QPolygonF([QPointF(x + across, y + down) for across, down in corners])


def draw_handles(painter: QPainter, scale: Scale, handles: Handles, colours: Colours) -> None:
    """The present, the moment looked at, what lies between and beyond, and what the pointer is at."""
    present, shown = scale.x(handles.present_ns), scale.x(handles.shown_ns)
    _shade(painter, scale, present, scale.pixels, QColor(colours.window), 0.55)
    if handles.is_looking:
        _shade(painter, scale, shown, present, QColor(colours.warning), 0.16)
    if handles.hover_x is not None:
        painter.setPen(QPen(QColor(colours.muted), 1, Qt.PenStyle.DotLine))
        painter.drawLine(handles.hover_x, RULER_HEIGHT, handles.hover_x, HEIGHT)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    if -MARK_REACH <= present <= scale.pixels + MARK_REACH:
        _handle(painter, present, QColor(colours.good), filled=not handles.is_looking)
    if handles.is_looking and -MARK_REACH <= shown <= scale.pixels + MARK_REACH:
        _handle(painter, shown, QColor(colours.warning), filled=True)
    if handles.words:
        _label(painter, scale, handles, colours)


def _shade(painter: QPainter, scale: Scale, left: float, right: float, colour: QColor, alpha: float) -> None:
    left, right = max(0.0, min(left, right)), min(float(scale.pixels), max(left, right))
    if right > left:
        colour.setAlphaF(alpha)
        painter.fillRect(QRectF(left, RULER_HEIGHT + 1, right - left, HEIGHT - RULER_HEIGHT - 1), colour)


def _handle(painter: QPainter, x: float, colour: QColor, *, filled: bool) -> None:
    painter.setPen(QPen(colour, 2))
    painter.drawLine(QPointF(x, 9), QPointF(x, HEIGHT - 1))
    painter.setBrush(colour if filled else Qt.BrushStyle.NoBrush)
    painter.drawPolygon(
        QPolygonF([QPointF(x + across, y) for across, y in ((-5, 1), (5, 1), (5, 7), (0, 12), (-5, 7))])
    )


def _label(painter: QPainter, scale: Scale, handles: Handles, colours: Colours) -> None:
    """The moment under the pointer, on the ruler, beside the pointer."""
    at = handles.hover_x if handles.hover_x is not None else round(scale.x(handles.shown_ns))
    metrics = QFontMetrics(painter.font())
    width = metrics.horizontalAdvance(handles.words) + 12
    left = at + 9 if at + 9 + width <= scale.pixels else at - 9 - width
    area = QRect(left, 0, width, RULER_HEIGHT)
    painter.setPen(QPen(QColor(colours.accent), 1))
    painter.setBrush(QColor(colours.base))
    painter.drawRoundedRect(QRectF(area).adjusted(0.5, 0.5, -0.5, -0.5), 3, 3)
    painter.setPen(QColor(colours.text))
    painter.drawText(area, int(Qt.AlignmentFlag.AlignCenter), handles.words)
