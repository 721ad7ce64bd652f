"""A chart: a head with title, legend and figures over a plot, read by pointer, by keyboard and by screen reader."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, Qt, QTimer, Signal
from PySide6.QtGui import QKeyEvent, QMouseEvent, QShowEvent
from PySide6.QtWidgets import QSizePolicy, QVBoxLayout, QWidget

from hvgui.gui.graphs.decimate import decimate
from hvgui.gui.graphs.drawing import ChartStyle, Drawing, Line, as_steps, value_at
from hvgui.gui.graphs.legend import Legend
from hvgui.gui.graphs.plot import Plot
from hvgui.gui.graphs.quantities import Scale, scale_for, time_ticks
from hvgui.gui.graphs.rulers import Ticks
from hvgui.gui.words import tr

_PIXELS_A_TICK = 76
_PIXELS_A_ROW = 17
_KEY_STEPS = 100
_SHRINK_BELOW = 0.4


def _with_room(ticks: Ticks, height: int) -> Ticks:
    """As many of the ticks as can stand above each other, zero always among them."""
    while len(ticks) > 2 and height < _PIXELS_A_ROW * len(ticks):
        ticks = ticks[::2]
    return ticks


class Chart(QWidget):
    """Draws what it is told; makes its plot when it is first shown, after the window around it has been painted."""

    pointed_at = Signal(object)
    """The moment under the pointer or the keyboard's cursor, seconds; None when it has left."""

    def __init__(self, style: ChartStyle, parent: QWidget | None = None, *, shows_time: bool = True) -> None:
        super().__init__(parent)
        self.style_of_chart = style
        self._shows_time = shows_time
        self._plot: Plot | None = None
        self._drawing: Drawing | None = None
        self._scale = scale_for(style.quantity, style.least_top)
        self._read_at: float | None = None
        self._legend = Legend(style.title, style.lines, self)
        self._layout = QVBoxLayout(self)
        self._layout.setContentsMargins(0, 0, 0, 0)
        self._layout.setSpacing(1)
        self._layout.addWidget(self._legend)
        self._room = QWidget(self)
        self._room.setMinimumHeight(64)
        self._layout.addWidget(self._room, 1)
        self._opener = QTimer(self)
        self._opener.setSingleShot(True)
        self._opener.setInterval(0)
        self._opener.timeout.connect(self._open)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setAccessibleName(style.title)

    @property
    def drawing(self) -> Drawing | None:
        """What is on it."""
        return self._drawing

    def legend_figures(self) -> dict[str, str]:
        """The figures in its head, by name of line."""
        return self._legend.figures()

    def draw(self, drawing: Drawing) -> None:
        """Shows another picture. Cheap while nobody sees it."""
        self._drawing = drawing
        self.setAccessibleDescription(drawing.words)
        self._show_figures()
        if self._plot is not None and self.isVisible():
            self._paint(self._plot, drawing)

    def _paint(self, plot: Plot, drawing: Drawing) -> None:
        start, end = drawing.start_seconds, drawing.end_seconds
        columns = plot.columns
        greatest = self.style_of_chart.least_top
        for number, (line, style) in enumerate(zip(drawing.lines, self.style_of_chart.lines, strict=True)):
            shown = decimate(*line, start, end, columns)
            if len(shown[1]):
                greatest = max(greatest, float(shown[1].max()))
            plot.show_line(number, as_steps(shown) if style.stepped else shown)
        scale = self._scale_holding(greatest)
        across = time_ticks(self.style_of_chart.clock, start, end, max(2, columns // _PIXELS_A_TICK))
        plot.show_range(start, end, scale.top, across, _with_room(scale.ticks(), plot.canvas.height()))
        plot.show_bands(drawing.bands)
        plot.show_cursor(self._read_at)

    def _scale_holding(self, greatest: float) -> Scale:
        """The present scale while it fits, so that the axis does not jump about."""
        if greatest > self._scale.top or greatest < _SHRINK_BELOW * self._scale.top:
            self._scale = scale_for(self.style_of_chart.quantity, greatest)
        return self._scale

    def _show_figures(self) -> None:
        drawing = self._drawing
        if drawing is None:
            return
        moment = self._read_at
        figures: list[str | None] = []
        for number, line in enumerate(drawing.lines):
            if moment is None and number in drawing.figures:
                figures.append(drawing.figures[number])
            else:
                figures.append(self._figure_of(number, line, moment))
        self._legend.show_figures(figures, "" if moment is None else self.style_of_chart.clock.words(moment))

    def _figure_of(self, number: int, line: Line, moment: float | None) -> str | None:
        """The line's value at a moment, or its last one; None for a line without points."""
        if not len(line[0]):
            return None
        at = float(line[0][-1]) if moment is None else moment
        value = value_at(line, at, stepped=self.style_of_chart.lines[number].stepped)
        return "–" if value is None else self.style_of_chart.quantity.words(value)

    def read_at(self, moment_seconds: float | None) -> None:
        """Shows the figures of a moment instead of the newest ones; None goes back to those."""
        self._read_at = moment_seconds
        self._show_figures()
        if self._plot is not None:
            self._plot.show_cursor(moment_seconds)
        if self._drawing is not None:
            self.setAccessibleDescription(self._drawing.words if moment_seconds is None else self._in_words())

    def _point_at(self, moment_seconds: float | None) -> None:
        self.read_at(moment_seconds)
        self.pointed_at.emit(moment_seconds)

    def _in_words(self) -> str:
        figures = ", ".join(f"{name} {figure}" for name, figure in self._legend.figures().items() if figure)
        moment = self.style_of_chart.clock.words(self._read_at or 0.0)
        return tr("At {moment}: {figures}", moment=moment, figures=figures)

    # Qt's own calls

    def showEvent(self, event: QShowEvent) -> None:
        """Makes the plot at the first time, in the event loop's next turn."""
        super().showEvent(event)
        self._opener.start()

    def _open(self) -> None:
        if self._plot is None:
            self._plot = Plot(self.style_of_chart.lines, self, shows_time=self._shows_time)
            self._plot.watch_pointer(self)
            self._layout.replaceWidget(self._room, self._plot.widget)
            self._room.deleteLater()
            self._plot.widget.setMinimumHeight(64)
            self._plot.widget.show()
            self._layout.activate()
        if self._drawing is not None and self.isVisible():
            self._paint(self._plot, self._drawing)

    def changeEvent(self, event: QEvent) -> None:
        """Another scheme: other colours."""
        super().changeEvent(event)
        if event.type() in (QEvent.Type.PaletteChange, QEvent.Type.StyleChange) and self._plot is not None:
            self._plot.dress()
            if self._drawing is not None:
                self._paint(self._plot, self._drawing)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """The pointer over the plot."""
        if self._plot is not None:
            if isinstance(event, QMouseEvent) and event.type() is QEvent.Type.MouseMove:
                self._point_at(self._plot.moment_at(event.position().x()))
            elif event.type() is QEvent.Type.Leave and self._read_at is not None:
                self._point_at(None)
            elif event.type() is QEvent.Type.Resize and self._drawing is not None:
                self._opener.start()
        return super().eventFilter(watched, event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Left and right read along the lines, Escape goes back to the newest figures."""
        drawing, step = self._drawing, {Qt.Key.Key_Left: -1, Qt.Key.Key_Right: 1}.get(Qt.Key(event.key()))
        if drawing is not None and step is not None:
            width = drawing.end_seconds - drawing.start_seconds
            at = drawing.end_seconds if self._read_at is None else self._read_at
            at = min(max(at + step * width / _KEY_STEPS, drawing.start_seconds), drawing.end_seconds)
            self._point_at(at)
        elif event.key() == Qt.Key.Key_Escape and self._read_at is not None:
            self._point_at(None)
        else:
            super().keyPressEvent(event)
