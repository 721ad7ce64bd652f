"""The forecast beside the form: a verdict, figures with their ranges, and the course as it is predicted."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtWidgets import QFrame, QGridLayout, QHBoxLayout, QLabel, QVBoxLayout, QWidget

from hvgui.cluster.ids import VmId
from hvgui.cluster.tasks import TaskKind
from hvgui.cluster.units import format_bytes, format_clock, format_seconds
from hvgui.gui.graphs.chart import Chart
from hvgui.gui.graphs.course_panel import blackout_bands, forecast_course, memory_style, pass_bands
from hvgui.gui.graphs.drawing import EMPTY_LINE, Drawing
from hvgui.gui.graphs.quantities import Clock
from hvgui.gui.migrate.forecast_words import connection_words, span_words, stream_words, verdict, whole_number
from hvgui.gui.migrate.spinner import Spinner
from hvgui.gui.tone import set_tone
from hvgui.gui.words import tr
from hvgui.lab.frames import Forecast

if TYPE_CHECKING:
    from hvgui.gui.bridge import Bridge


class ForecastView(QFrame):
    """Shows one forecast, or why there is none."""

    def __init__(self, bridge: Bridge, parent: QWidget) -> None:
        super().__init__(parent)
        self._bridge = bridge
        self.setProperty("role", "card")
        self.verdict = QLabel(self)
        self.verdict.setWordWrap(True)
        self.verdict.setMinimumHeight(2 * self.verdict.fontMetrics().lineSpacing())
        self.spinner = Spinner(self)
        self.as_of = QLabel(self)
        self.as_of.setProperty("role", "muted")
        self.as_of.setWordWrap(True)
        self.chart = Chart(memory_style(Clock.SINCE), self)
        self.chart.setMinimumHeight(120)
        self._figures: dict[str, QLabel] = {}
        self._build()
        self.show_reason(tr("Choose a target node."))

    def _build(self) -> None:
        head = QHBoxLayout()
        self.title = QLabel(tr("Forecast"), self)
        self.title.setProperty("role", "section")
        head.addWidget(self.title)
        head.addStretch(1)
        head.addWidget(self.spinner)
        grid = QGridLayout()
        grid.setHorizontalSpacing(12)
        grid.setVerticalSpacing(3)
        names = (
            ("duration", tr("Duration")),
            ("passes", tr("Passes")),
            ("blackout", tr("Blackout")),
            ("sent", tr("Data sent")),
            ("stream", tr("Video stream")),
            ("connections", tr("Connections")),
        )
        for row, (key, words) in enumerate(names):
            name, figure = QLabel(words, self), QLabel("–", self)
            name.setProperty("role", "muted")
            figure.setAccessibleName(words)
            grid.addWidget(name, row, 0)
            grid.addWidget(figure, row, 1)
            self._figures[key] = figure
        grid.setColumnStretch(1, 1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(12, 10, 12, 10)
        layout.setSpacing(7)
        layout.addLayout(head)
        layout.addWidget(self.verdict)
        layout.addLayout(grid)
        layout.addWidget(self.chart, 1)
        layout.addWidget(self.as_of)

    def figures(self) -> dict[str, str]:
        """What it shows, by name of figure."""
        return {key: label.text() for key, label in self._figures.items()}

    def set_subject(self, name: str) -> None:
        """Whose forecast it is, where there are several VMs."""
        self.title.setText(tr("Forecast for {name}", name=name) if name else tr("Forecast"))

    def show_busy(self) -> None:
        """A new forecast is on its way; the old one stays until then."""
        self.spinner.turn(True)

    def show_reason(self, sentence: str) -> None:
        """There is no forecast, and why."""
        self.spinner.turn(False)
        self.verdict.setText(sentence)
        set_tone(self.verdict, "")
        self.as_of.setText("")
        for label in self._figures.values():
            label.setText("–")
        self.chart.draw(Drawing((EMPTY_LINE,) * 3, 0.0, 60.0, words=sentence))

    def show_forecast(self, forecast: Forecast, vm: VmId, kind: TaskKind, *, streams: bool, asked_ns: int) -> None:
        """A forecast for a VM, made at a moment of the lab's clock."""
        self.spinner.turn(False)
        sentence, tone = verdict(forecast, kind)
        self.verdict.setText(sentence)
        self.verdict.setToolTip(forecast.message)
        set_tone(self.verdict, tone)
        figures = {
            "duration": span_words(forecast.duration_seconds, format_seconds),
            "passes": span_words(forecast.passes, whole_number) if kind is TaskKind.LIVE_MIGRATION else "–",
            "blackout": span_words(forecast.blackout_seconds, format_seconds),
            "sent": span_words(forecast.sent_bytes, format_bytes),
            "stream": stream_words(forecast, streams),
            "connections": connection_words(forecast.connections_lost, forecast.connections_kept),
        }
        for key, words in figures.items():
            self._figures[key].setText(words)
        work = format_seconds(forecast.seconds_of_work)
        self.as_of.setText(tr("As of {moment}, computed in {work}", moment=format_clock(asked_ns), work=work))
        self._draw(forecast, vm, sentence)

    def _draw(self, forecast: Forecast, vm: VmId, words: str) -> None:
        course = forecast_course(forecast, vm, self._bridge.cluster.profile.timings)
        if course is None:
            self.chart.draw(Drawing((EMPTY_LINE,) * 3, 0.0, 60.0, words=words))
            return
        course = course.shifted(-course.start_seconds)
        figures: dict[int, str | None] = {0: None, 1: "", 2: ""}
        self.chart.draw(
            Drawing(
                (EMPTY_LINE, course.sent, course.rest),
                0.0,
                max(1.0, course.end_seconds * 1.06),
                (*pass_bands(course), *blackout_bands(course)),
                words,
                figures,
            )
        )
