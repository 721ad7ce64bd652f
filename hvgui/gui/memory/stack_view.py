"""A node's memory as a stack: each VM a layer over time, the largest at the bottom, all the others as one."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from PySide6.QtCore import QPoint, QPointF, QRect, QSize, Qt
from PySide6.QtGui import QColor, QFontMetrics, QPainter, QPaintEvent, QPen, QPolygonF
from PySide6.QtWidgets import QSizePolicy, QWidget

from hvgui.cluster.units import format_bytes
from hvgui.gui.graphs.rings import Series
from hvgui.gui.theme import colours
from hvgui.gui.words import tr

_LIGHT = ("#0063a6", "#b54a00", "#00795a", "#a05195", "#7a6a00", "#c0392b", "#4b5fc7", "#5f8a1f", "#7b8190")
_DARK = ("#5db4f0", "#f5994e", "#3fcf9f", "#dd9bd3", "#e0cf5a", "#ff8a7d", "#9fb0ff", "#a8d35f", "#98a1b0")
MOST_LAYERS = len(_LIGHT) - 1
"""Of VMs on their own; the last colour is that of all the others."""
_LEGEND = 190
_RULER = 58
_BELOW = 6


@dataclass(frozen=True)
class Layer:
    """One VM, or all the others: a name, and bytes by moment."""

    name: str
    values: Series
    is_rest: bool = False


@dataclass(frozen=True)
class Stack:
    """One picture: layers from the bottom, over shared moments (seconds)."""

    times: Series
    layers: tuple[Layer, ...]
    start_seconds: float
    end_seconds: float
    capacity_bytes: float
    """What VMs may have in all: the line at the top."""


class StackView(QWidget):
    """Paints the stack with its legend."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName(tr("Memory of the host by VM"))
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setMinimumHeight(120)
        self.stack: Stack | None = None

    def show_stack(self, stack: Stack) -> None:
        """Another picture."""
        self.stack = stack
        parts = [f"{layer.name} {format_bytes(layer.values[-1])}" for layer in stack.layers if len(layer.values)]
        self.setAccessibleDescription(", ".join(parts) or tr("no figures yet"))
        self.update()

    def sizeHint(self) -> QSize:
        """As wide as the graphs beside it."""
        return QSize(480, 190)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Layers, the line of what there is, ruler and legend."""
        del event
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if self.stack is not None:
            legend = _LEGEND if self.width() > 2 * _LEGEND else 0
            place = QRect(_RULER, 6, self.width() - _RULER - legend - 8, self.height() - 6 - _BELOW)
            self._paint_layers(painter, self.stack, place)
            if legend:
                self._paint_legend(painter, self.stack, QRect(place.right() + 12, 4, legend - 8, self.height() - 8))
        painter.end()

    def _paint_layers(self, painter: QPainter, stack: Stack, place: QRect) -> None:
        scheme = colours()
        painter.fillRect(place, QColor(scheme.base))
        top = _top_of(stack)
        base = np.zeros(len(stack.times))
        painter.save()
        painter.setClipRect(place)
        width = max(1e-9, stack.end_seconds - stack.start_seconds)
        across = place.left() + (stack.times - stack.start_seconds) / width * place.width()
        for number, layer in enumerate(stack.layers):
            upper = base + layer.values
            if len(across) > 1:
                below, above = (_height(place, line, top) for line in (base, upper))
                _paint_area(painter, across, below, above, _colour(number, layer))
            base = upper
        painter.setPen(QPen(QColor(scheme.text), 1, Qt.PenStyle.DashLine))
        level = round(_height(place, np.array([stack.capacity_bytes]), top)[0])
        painter.drawLine(place.left(), level, place.right(), level)
        painter.restore()
        self._paint_ruler(painter, place, level, stack.capacity_bytes)

    def _paint_ruler(self, painter: QPainter, place: QRect, level: int, capacity: float) -> None:
        scheme, metrics = colours(), QFontMetrics(self.font())
        painter.setPen(QColor(scheme.border))
        painter.drawRect(place)
        painter.setPen(QColor(scheme.muted))
        for height, value in ((level, capacity), (place.bottom(), 0.0)):
            words = format_bytes(value) if value else "0"
            baseline = min(max(height + metrics.ascent() // 2, metrics.ascent()), self.height() - 2)
            painter.drawText(QPoint(place.left() - 6 - metrics.horizontalAdvance(words), baseline), words)

    def _paint_legend(self, painter: QPainter, stack: Stack, place: QRect) -> None:
        scheme, metrics = colours(), QFontMetrics(self.font())
        height = metrics.height() + 2
        rows = [(number, layer) for number, layer in enumerate(stack.layers) if len(layer.values)]
        for place_number, (number, layer) in enumerate(reversed(rows)):
            top = place.top() + place_number * height
            if top + height > place.bottom():
                break
            painter.fillRect(QRect(place.left(), top + 3, 10, height - 8), _colour(number, layer))
            size = format_bytes(layer.values[-1])
            wide = place.width() - 18 - metrics.horizontalAdvance(size) - 8
            painter.setPen(QColor(scheme.text))
            name = metrics.elidedText(layer.name, Qt.TextElideMode.ElideRight, wide)
            painter.drawText(place.left() + 16, top + metrics.ascent(), name)
            painter.setPen(QColor(scheme.muted))
            painter.drawText(place.right() - metrics.horizontalAdvance(size), top + metrics.ascent(), size)


def _colour(number: int, layer: Layer) -> QColor:
    palette = _DARK if colours().is_dark else _LIGHT
    colour = QColor(palette[-1] if layer.is_rest else palette[number % MOST_LAYERS])
    colour.setAlpha(205)
    return colour


def _top_of(stack: Stack) -> float:
    total = sum((layer.values for layer in stack.layers), np.zeros(len(stack.times)))
    return 1.06 * max(stack.capacity_bytes, float(total.max()) if len(total) else 0.0, 1.0)


def _height(place: QRect, values: Series, top: float) -> Series:
    heights: Series = place.bottom() - values / top * place.height()
    return heights


def _paint_area(painter: QPainter, across: Series, lower: Series, upper: Series, colour: QColor) -> None:
    points = [QPointF(x, y) for x, y in zip(across.tolist(), upper.tolist(), strict=True)]
    points += [QPointF(x, y) for x, y in zip(across[::-1].tolist(), lower[::-1].tolist(), strict=True)]
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(colour)
    painter.drawPolygon(QPolygonF(points))
