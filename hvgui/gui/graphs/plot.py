"""The typed face of pyqtgraph, which has no types of its own: one plot of lines and bands with fixed ranges.

Measured to be quick: pens of width 1 without antialiasing, no automatic ranges, no checks for finite values, ticks set
by us, points decimated before they come here. pyqtgraph is imported when the first plot is made.
"""

from __future__ import annotations

import importlib
from typing import Any

from PySide6.QtCore import QObject, QRectF, Qt
from PySide6.QtGui import QBrush, QColor, QFont, QPen
from PySide6.QtWidgets import QFrame, QGraphicsRectItem, QWidget

from hvgui.gui.graphs.colours import Role, band_colour, fill_colour, line_colour
from hvgui.gui.graphs.drawing import Band, Line, LineStyle
from hvgui.gui.theme import colours

AXIS_WIDTH = 62
"""Every left axis is as wide as every other, so that charts above each other share their time."""
_AXIS_HEIGHT = 22
_LEAST_BAND_PIXELS = 3.0
_WIDE_BAND_PIXELS = 48.0
_LABEL_PIXELS_A_LETTER = 7.0

_LABEL_ROWS = {Role.BLACKOUT: 1, Role.STALL: 2}

Ticks = list[tuple[float, str]]


def _pyqtgraph() -> Any:
    return importlib.import_module("pyqtgraph")


class Plot:
    """Lines, bands, two axes, and a cursor. `widget` is what goes into a layout."""

    def __init__(self, lines: tuple[LineStyle, ...], parent: QWidget, *, shows_time: bool) -> None:
        pg = _pyqtgraph()
        self._styles = lines
        self._view = pg.PlotWidget(parent=parent, enableMenu=False, background=None)
        self.widget: QWidget = self._view
        self._item = self._view.getPlotItem()
        self._box = self._item.getViewBox()
        self._prepare(shows_time)
        self._bands: list[_BandItems] = []
        self._curves = [pg.PlotCurveItem(antialias=False, skipFiniteCheck=True) for _ in lines]
        for curve in self._curves:
            self._item.addItem(curve, ignoreBounds=True)
        self._cursor = pg.InfiniteLine(angle=90, movable=False)
        self._cursor.setZValue(50)
        self._cursor.hide()
        self._item.addItem(self._cursor, ignoreBounds=True)
        self._range = (0.0, 1.0, 1.0)
        self.dress()

    def _prepare(self, shows_time: bool) -> None:
        self._view.setFrameShape(QFrame.Shape.NoFrame)
        self._view.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._view.setMouseTracking(True)
        self._view.viewport().setMouseTracking(True)
        self._item.hideButtons()
        self._item.setMenuEnabled(False)
        self._box.setMouseEnabled(x=False, y=False)
        self._box.disableAutoRange()
        self._box.setDefaultPadding(0)
        left, bottom = self._item.getAxis("left"), self._item.getAxis("bottom")
        left.setWidth(AXIS_WIDTH)
        bottom.setHeight(_AXIS_HEIGHT if shows_time else 6)
        bottom.setStyle(showValues=shows_time)
        for axis in (left, bottom):
            axis.enableAutoSIPrefix(False)
            axis.setStyle(tickLength=0, hideOverlappingLabels=False)
            axis.setGrid(60)

    def watch_pointer(self, watcher: QObject) -> None:
        """Lets an object see the pointer's events over the plot."""
        self._view.viewport().installEventFilter(watcher)

    def dress(self) -> None:
        """Takes the colours of the scheme in use."""
        scheme = colours()
        self._view.setBackground(QColor(scheme.base))
        font = QFont(self.widget.font())
        font.setPointSizeF(max(7.0, font.pointSizeF() - 1))
        for name in ("left", "bottom"):
            axis = self._item.getAxis(name)
            axis.setPen(QPen(QColor(scheme.border)))
            axis.setTextPen(QPen(QColor(scheme.muted)))
            axis.setStyle(tickFont=font)
        for style, curve in zip(self._styles, self._curves, strict=True):
            pen = QPen(line_colour(style.role))
            pen.setCosmetic(True)
            pen.setStyle(Qt.PenStyle.DashLine if style.dashed else Qt.PenStyle.SolidLine)
            curve.setPen(pen)
            if style.filled:
                curve.setFillLevel(0.0)
                curve.setBrush(QBrush(fill_colour(style.role)))
        cursor = QPen(QColor(scheme.muted))
        cursor.setCosmetic(True)
        self._cursor.setPen(cursor)
        for band in self._bands:
            band.forget_look()

    @property
    def columns(self) -> int:
        """Columns of pixels that the lines have."""
        return max(1, int(self._box.width()))

    def show_range(self, start: float, end: float, top: float, across: Ticks, up: Ticks) -> None:
        """The span of time and the top of the axis, with their ticks."""
        if (start, end, top) != self._range:
            self._box.setRange(xRange=(start, end), yRange=(0.0, top), padding=0, disableAutoRange=True)
            self._range = (start, end, top)
        self._item.getAxis("bottom").setTicks([across])
        self._item.getAxis("left").setTicks([up])

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

    def moment_at(self, pixel: float) -> float | None:
        """The moment under a pixel of the viewport, counted from its left; None beside the lines."""
        point = self._box.mapFromScene(self._view.mapToScene(int(pixel), 5))
        moment = float(self._box.mapToView(point).x())
        start, end, _ = self._range
        return moment if start <= moment <= end else None


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
            self._rectangle.setRect(QRectF(left, 0.0, right - left, top))
            self._place = (left, right, top)
        room = (visible_right - visible_left) / seconds_a_pixel
        self._dress(band, wide=room > _WIDE_BAND_PIXELS)
        self._rectangle.show()
        fits = band.role is not Role.STEP or room >= _LABEL_PIXELS_A_LETTER * len(band.label) + 4
        if not band.label or not fits:
            self._label.hide()
            return
        self._set_text(band)
        self._label.setPos((visible_left + visible_right) / 2, top)
        self._label.setAnchor(_anchor((visible_left + visible_right) / 2, start, end, _LABEL_ROWS.get(band.role, 0)))
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
            self._label.setText(band.label, color=colour)
            self._text = band.label


def _anchor(middle: float, start: float, end: float, row: int) -> tuple[float, float]:
    """Which point of a label sits on its place: labels at the edges stay inside, each kind has a row of its own."""
    share = (middle - start) / (end - start) if end > start else 0.5
    return (0.0 if share < 0.08 else 1.0 if share > 0.92 else 0.5, -0.75 * row)
