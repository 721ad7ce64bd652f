"""The typed face of pyqtgraph, which has no types of its own: one plot of lines and bands with fixed ranges.

Measured to be quick: pens of width 1 without antialiasing, no automatic ranges, no checks for finite values, rulers and
grid of our own, points decimated before they come here. pyqtgraph is imported when the first plot is made.
"""

from __future__ import annotations

import importlib
from typing import Any

from PySide6.QtCore import QObject, QRectF, Qt
from PySide6.QtGui import QBrush, QColor, QPainterPath, QPen
from PySide6.QtWidgets import QFrame, QGraphicsPathItem, QGraphicsRectItem, QGridLayout, QMenu, QWidget

from hvgui.gui.graphs.colours import Role, band_colour, fill_colour, line_colour
from hvgui.gui.graphs.drawing import Band, Line, LineStyle
from hvgui.gui.graphs.rulers import Ruler, Ticks
from hvgui.gui.theme import colours

_BELOW_ZERO = 0.02
"""Room below zero, as a share of the top, so that a line at zero is seen."""
_LEAST_BAND_PIXELS = 3.0
_WIDE_BAND_PIXELS = 48.0
_LABEL_PIXELS_A_LETTER = 7.0
_LABEL_GROUND = 170
"""Opacity of the ground behind words that lines may cross."""

_LABEL_ROWS = {Role.BLACKOUT: 1, Role.STALL: 2}
_LABEL_ROW_HEIGHTS = 0.75
"""How far apart the rows of labels lie, in heights of a label."""


def _pyqtgraph() -> Any:
    return importlib.import_module("pyqtgraph")


class Plot:
    """Lines, bands, a grid, two rulers, and a cursor. `widget` is what goes into a layout."""

    def __init__(self, lines: tuple[LineStyle, ...], parent: QWidget, *, shows_time: bool) -> None:
        pg = _pyqtgraph()
        self._styles = lines
        self.widget = QWidget(parent)
        self._view = pg.PlotWidget(parent=self.widget, enableMenu=False, background=None)
        self._left = Ruler(self.widget, upright=True)
        self._below = Ruler(self.widget, upright=False) if shows_time else None
        self._item = self._view.getPlotItem()
        self._box = self._item.getViewBox()
        self._lay_out()
        self._bands: list[_BandItems] = []
        self._grid = QGraphicsPathItem()
        self._grid.setZValue(-30)
        self._item.addItem(self._grid, ignoreBounds=True)
        self._curves = [pg.PlotCurveItem(antialias=False, skipFiniteCheck=True) for _ in lines]
        for curve in self._curves:
            self._item.addItem(curve, ignoreBounds=True)
        self._cursor = pg.InfiniteLine(angle=90, movable=False)
        self._cursor.setZValue(50)
        self._cursor.hide()
        self._item.addItem(self._cursor, ignoreBounds=True)
        self._range = (0.0, 1.0, 1.0)
        self._ticks: tuple[Ticks, Ticks] = ([], [])
        self.dress()

    def _lay_out(self) -> None:
        self._view.setFrameShape(QFrame.Shape.NoFrame)
        self._view.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._view.setMouseTracking(True)
        self._view.viewport().setMouseTracking(True)
        self._item.hideButtons()
        self._item.setMenuEnabled(False)
        # pyqtgraph makes its menu even when there is to be none; with a parent it goes when the plot goes.
        menu: QMenu = self._item.ctrlMenu
        menu.setParent(self.widget, menu.windowFlags())
        self._item.layout.setContentsMargins(0, 0, 0, 0)
        for name in ("left", "bottom"):
            self._item.hideAxis(name)
        self._box.setMouseEnabled(x=False, y=False)
        self._box.disableAutoRange()
        self._box.setDefaultPadding(0)
        layout = QGridLayout(self.widget)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(self._left, 0, 0)
        layout.addWidget(self._view, 0, 1)
        if self._below is not None:
            layout.addWidget(self._below, 1, 1)

    def watch_pointer(self, watcher: QObject) -> None:
        """Lets an object see the pointer's events over the plot."""
        self._view.viewport().installEventFilter(watcher)

    @property
    def canvas(self) -> QWidget:
        """What the lines are painted on."""
        viewport: QWidget = self._view.viewport()
        return viewport

    def dress(self) -> None:
        """Takes the colours of the scheme in use."""
        scheme = colours()
        self._view.setBackground(QColor(scheme.base))
        grid = QColor(scheme.border)
        grid.setAlpha(150)
        self._grid.setPen(_cosmetic(grid))
        for style, curve in zip(self._styles, self._curves, strict=True):
            pen = _cosmetic(line_colour(style.role))
            pen.setStyle(Qt.PenStyle.DashLine if style.dashed else Qt.PenStyle.SolidLine)
            curve.setPen(pen)
            if style.filled:
                curve.setFillLevel(0.0)
                curve.setBrush(QBrush(fill_colour(style.role)))
        self._cursor.setPen(_cosmetic(QColor(scheme.muted)))
        for band in self._bands:
            band.forget_look()

    @property
    def columns(self) -> int:
        """Columns of pixels that the lines have."""
        return max(1, self.canvas.width())

    def show_range(self, start: float, end: float, top: float, across: Ticks, up: Ticks) -> None:
        """The span of time and the top of the axis, with their ticks."""
        moved = (start, end, top) != self._range
        if moved:
            self._box.setRange(xRange=(start, end), yRange=(-_BELOW_ZERO * top, top), padding=0, disableAutoRange=True)
            self._range = (start, end, top)
        if moved or (across, up) != self._ticks:
            self._ticks = (across, up)
            self._grid.setPath(_grid_path(start, end, top, across, up))
        self._left.show_ticks(-_BELOW_ZERO * top, top, up)
        if self._below is not None:
            self._below.show_ticks(start, end, across)

    def show_line(self, number: int, line: Line) -> None:
        """The points of one line, decimated."""
        self._curves[number].setData(x=line[0], y=line[1])

    def show_bands(self, bands: tuple[Band, ...]) -> None:
        """These bands and no others."""
        pg = _pyqtgraph()
        while len(self._bands) < len(bands):
            self._bands.append(_BandItems(self._item, pg))
        start, end, top = self._range
        seconds_a_pixel = (end - start) / self.columns
        for items, band in zip(self._bands, bands, strict=False):
            items.show(band, start, end, top, seconds_a_pixel)
        for items in self._bands[len(bands) :]:
            items.hide()

    def show_cursor(self, moment_seconds: float | None) -> None:
        """The upright line under the pointer; None hides it."""
        if moment_seconds is None:
            self._cursor.hide()
            return
        self._cursor.setValue(moment_seconds)
        self._cursor.show()

    def moment_at(self, pixel: float) -> float:
        """The moment under a pixel of the canvas, counted from its left."""
        start, end, _ = self._range
        return start + (end - start) * pixel / self.columns


def _cosmetic(colour: QColor) -> QPen:
    """A pen of one pixel at any scale."""
    pen = QPen(colour)
    pen.setCosmetic(True)
    return pen


def _grid_path(start: float, end: float, top: float, across: Ticks, up: Ticks) -> QPainterPath:
    path = QPainterPath()
    for moment, _ in across:
        path.moveTo(moment, -_BELOW_ZERO * top)
        path.lineTo(moment, top)
    for value, _ in up:
        path.moveTo(start, value)
        path.lineTo(end, value)
    return path


class _BandItems:
    """A rectangle behind the lines and its label, used again for other bands."""

    def __init__(self, item: Any, pg: Any) -> None:
        self._rectangle = QGraphicsRectItem()
        self._rectangle.setPen(QPen(Qt.PenStyle.NoPen))
        self._rectangle.setZValue(-20)
        self._label = pg.TextItem("", anchor=(0.5, 0.0))
        self._label.setZValue(20)
        self._look: tuple[Role, bool, bool] | None = None
        self._text = ""
        self._place: tuple[float, float, float] | None = None
        item.addItem(self._rectangle, ignoreBounds=True)
        item.addItem(self._label, ignoreBounds=True)

    def show(self, band: Band, start: float, end: float, top: float, seconds_a_pixel: float) -> None:
        """Places it within the span shown; widened to a few pixels, its label left out where it has no room."""
        least = _LEAST_BAND_PIXELS * seconds_a_pixel
        left = band.start_seconds
        right = max(band.end_seconds, left + least)
        visible_left, visible_right = max(left, start), min(right, end)
        if visible_right <= visible_left:
            self.hide()
            return
        if (left, right, top) != self._place:
            self._rectangle.setRect(QRectF(left, -_BELOW_ZERO * top, right - left, top * (1 + _BELOW_ZERO)))
            self._place = (left, right, top)
        room = (visible_right - visible_left) / seconds_a_pixel
        self._dress(band, wide=room > _WIDE_BAND_PIXELS)
        self._rectangle.show()
        fits = band.role is not Role.STEP or room >= _LABEL_PIXELS_A_LETTER * len(band.label) + 4
        if not band.label or not fits:
            self._label.hide()
            return
        self._set_text(band)
        middle = (visible_left + visible_right) / 2
        self._label.setPos(middle, top)
        across = _anchor(
            (middle - start) / seconds_a_pixel,
            (end - start) / seconds_a_pixel,
            self._label.textItem.boundingRect().width(),
        )
        self._label.setAnchor((across, -_LABEL_ROW_HEIGHTS * _LABEL_ROWS.get(band.role, 0)))
        self._label.show()

    def hide(self) -> None:
        """Nothing to see."""
        self._rectangle.hide()
        self._label.hide()

    def forget_look(self) -> None:
        """The next `show` takes the colours anew."""
        self._look = None
        self._text = ""

    def _dress(self, band: Band, *, wide: bool) -> None:
        if (band.role, band.strong, wide) != self._look:
            self._rectangle.setBrush(QBrush(band_colour(band.role, strong=band.strong, wide=wide)))
            self._look = (band.role, band.strong, wide)
            self._text = ""

    def _set_text(self, band: Band) -> None:
        if band.label != self._text:
            colour = QColor(colours().muted) if band.role is Role.STEP else line_colour(band.role)
            ground = QColor(colours().base)
            ground.setAlpha(_LABEL_GROUND)
            self._label.fill = QBrush(ground if band.role is not Role.STEP else Qt.BrushStyle.NoBrush)
            self._label.setText(band.label, color=colour)
            self._text = band.label


def _anchor(middle: float, whole: float, width: float) -> float:
    """Which share of a label lies left of its place: half of it, but at the edges as much as keeps it inside."""
    return min(max(0.5, 1 - (whole - middle) / width), middle / width) if width > 0 else 0.5
