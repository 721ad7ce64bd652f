"""The head of a chart: its title, and for each line a sample, a name and a figure. Painted, so it costs no layout."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QFont, QFontMetricsF, QPainter, QPaintEvent, QPen, QResizeEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from hvgui.gui.graphs.colours import Role, line_colour
from hvgui.gui.graphs.drawing import LineStyle

_SAMPLE = 16.0
_GAP = 5.0
_BETWEEN = 16.0
_MARGIN = 2.0


@dataclass
class _Entry:
    name: str
    role: Role
    dashed: bool
    figure: str | None = None
    widest: str = ""


class Legend(QWidget):
    """One row, or more where it is narrow. The figures are the newest, or those under the pointer."""

    def __init__(self, title: str, lines: tuple[LineStyle, ...], parent: QWidget) -> None:
        super().__init__(parent)
        self._title = title
        self._moment = ""
        self._entries = [_Entry(line.name, line.role, line.dashed) for line in lines]
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self._fit()

    def show_figures(self, figures: list[str | None], moment: str = "") -> None:
        """Takes a figure for each line (None: the line has nothing to show) and their moment (empty: now)."""
        if moment == self._moment and figures == [entry.figure for entry in self._entries]:
            return
        self._moment = moment
        metrics = QFontMetricsF(self._bold())
        for entry, figure in zip(self._entries, figures, strict=True):
            entry.figure = figure
            if figure and metrics.horizontalAdvance(figure) > metrics.horizontalAdvance(entry.widest):
                entry.widest = figure
        self._fit()
        self.update()

    def figures(self) -> dict[str, str]:
        """The figures shown, by name of line."""
        return {entry.name: entry.figure for entry in self._entries if entry.figure is not None}

    def sizeHint(self) -> QSize:
        """As wide as one row wants to be."""
        return QSize(200, self.height())

    def resizeEvent(self, event: QResizeEvent) -> None:
        """As many rows as the width asks for."""
        super().resizeEvent(event)
        self._fit()

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Title left, moment behind it, entries right or below."""
        painter = QPainter(self)
        bold = self._bold()
        row = QFontMetricsF(bold).height()
        painter.setFont(bold)
        painter.setPen(self.palette().windowText().color())
        painter.drawText(QPointF(_MARGIN, self._baseline(row)), self._title)
        if self._moment:
            painter.setFont(self.font())
            painter.setPen(self.palette().placeholderText().color())
            left = _MARGIN + QFontMetricsF(bold).horizontalAdvance(self._title) + _BETWEEN
            painter.drawText(QPointF(left, self._baseline(row)), self._moment)
        for entry, left, top in self._places(row):
            self._paint_entry(painter, entry, left, top, row)
        painter.end()

    def _paint_entry(self, painter: QPainter, entry: _Entry, left: float, top: float, row: float) -> None:
        plain, bold = QFontMetricsF(self.font()), QFontMetricsF(self._bold())
        pen = QPen(line_colour(entry.role), 2.0)
        pen.setStyle(Qt.PenStyle.DashLine if entry.dashed else Qt.PenStyle.SolidLine)
        painter.setPen(pen)
        middle = top + row / 2
        painter.drawLine(QPointF(left, middle), QPointF(left + _SAMPLE, middle))
        left += _SAMPLE + _GAP
        painter.setFont(self.font())
        painter.setPen(self.palette().windowText().color())
        painter.drawText(QPointF(left, top + self._baseline(row)), entry.name)
        left += plain.horizontalAdvance(entry.name)
        if entry.figure:
            left += _GAP
            painter.setFont(self._bold())
            space = QRectF(left, top, bold.horizontalAdvance(entry.widest) + 2, row)
            painter.drawText(space, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, entry.figure)

    def _shown(self) -> list[_Entry]:
        return [entry for entry in self._entries if entry.figure is not None]

    def _width_of(self, entry: _Entry) -> float:
        width = _SAMPLE + _GAP + QFontMetricsF(self.font()).horizontalAdvance(entry.name)
        if entry.widest:
            width += _GAP + QFontMetricsF(self._bold()).horizontalAdvance(entry.widest) + 2
        return width + _BETWEEN

    def _wanted(self) -> float:
        return sum(self._width_of(entry) for entry in self._shown()) - _BETWEEN

    def _head(self) -> float:
        bold = QFontMetricsF(self._bold())
        return _MARGIN + bold.horizontalAdvance(self._title) + 2 * _BETWEEN + bold.horizontalAdvance("0 d 00:00:00.0")

    def _places(self, row: float) -> list[tuple[_Entry, float, float]]:
        """Each entry with its left and top: beside the title at the right edge, or below it in rows."""
        wanted = self._wanted()
        if self._head() + wanted <= self.width():
            left, top = self.width() - _MARGIN - wanted, 0.0
        else:
            left, top = _MARGIN, row
        places = []
        for entry in self._shown():
            width = self._width_of(entry)
            if left + width - _BETWEEN > self.width() + 1 and left > _MARGIN:
                left, top = _MARGIN, top + row
            places.append((entry, left, top))
            left += width
        return places

    def _fit(self) -> None:
        row = QFontMetricsF(self._bold()).height()
        places = self._places(row)
        height = round((places[-1][2] if places else 0.0) + row + 2)
        if height != self.minimumHeight() or height != self.maximumHeight():
            self.setFixedHeight(height)

    def _bold(self) -> QFont:
        font = QFont(self.font())
        font.setWeight(QFont.Weight.DemiBold)
        return font

    def _baseline(self, row: float) -> float:
        metrics = QFontMetricsF(self._bold())
        return (row + metrics.ascent() - metrics.descent()) / 2
