"""What all panels have in common: charts above each other, refreshed at most fifteen times a second while seen."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import (
    QComboBox,
    QFileDialog,
    QHBoxLayout,
    QMenu,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from hvgui.gui.graphs.chart import Chart
from hvgui.gui.graphs.drawing import ChartStyle
from hvgui.gui.graphs.elided_label import ElidedLabel
from hvgui.gui.graphs.export import ExportError, copy_picture, save
from hvgui.gui.graphs.history import history_of
from hvgui.gui.icons import icon
from hvgui.gui.settings import remember, remembered_number
from hvgui.gui.words import tr

if TYPE_CHECKING:
    from hvgui.gui.bridge import Bridge

REFRESH_MS = 66
SPANS_SECONDS = (60.0, 600.0, 3600.0)
"""What the time axis may reach back: one minute, ten, an hour."""


class GraphPanel(QWidget):
    """A row of controls over charts. A panel redraws itself in `refresh`, which is never called while it is hidden."""

    def __init__(self, bridge: Bridge, title: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.bridge = bridge
        self.history = history_of(bridge)
        self.setAccessibleName(title)
        self.status = ElidedLabel(self)
        self.choice = QComboBox(self)
        self.choice.setAccessibleName(tr("Span of time shown"))
        self.choice.currentIndexChanged.connect(self._chosen)
        self.charts = QWidget(self)
        self.charts.setAccessibleName(title)
        self._column = QVBoxLayout(self.charts)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(6)
        self._build(title)
        self._timer = QTimer(self)
        self._timer.setObjectName("graph refresh")
        self._timer.setSingleShot(True)
        self._timer.setInterval(REFRESH_MS)
        self._timer.timeout.connect(self.refresh_if_seen)
        bridge.frame_arrived.connect(self._frame_arrived)
        self.history.past_came.connect(self._refresh_soon)

    def _build(self, title: str) -> None:
        controls = QHBoxLayout()
        controls.setContentsMargins(0, 0, 0, 0)
        controls.addWidget(self.status, 1)
        controls.addWidget(self.choice)
        controls.addWidget(self._export_button(title))
        layout = QVBoxLayout(self)
        layout.setContentsMargins(8, 6, 8, 6)
        layout.setSpacing(4)
        layout.addLayout(controls)
        layout.addWidget(self.charts, 1)

    def _export_button(self, title: str) -> QToolButton:
        self.export_button = QToolButton(self)
        self.export_button.setIcon(icon("download", "muted"))
        self.export_button.setToolTip(tr("Copy or save these graphs"))
        self.export_button.setAccessibleName(tr("Copy or save the graphs: {title}", title=title))
        self.export_button.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        menu = QMenu(self.export_button)
        menu.addAction(tr("Copy as picture")).triggered.connect(self.copy)
        menu.addAction(tr("Save as PNG, SVG or CSV...")).triggered.connect(self.ask_where_to_save)
        self.export_button.setMenu(menu)
        return self.export_button

    def add_chart(self, style: ChartStyle, *, shows_time: bool = True, stretch: int = 1) -> Chart:
        """One more chart below the others."""
        chart = Chart(style, self.charts, shows_time=shows_time)
        chart.pointed_at.connect(self._read_all_at)
        self._column.addWidget(chart, stretch)
        return chart

    def offer_spans(self) -> None:
        """Lets the person choose how far the time axis reaches back; remembered for all panels."""
        for seconds, words in zip(SPANS_SECONDS, (tr("1 min"), tr("10 min"), tr("1 h")), strict=True):
            self.choice.addItem(words, seconds)
        wanted = remembered_number("graphs/span-seconds", SPANS_SECONDS[0])
        index = SPANS_SECONDS.index(wanted) if wanted in SPANS_SECONDS else 0
        self.choice.setCurrentIndex(index)

    @property
    def span_seconds(self) -> float:
        """The chosen span."""
        chosen = self.choice.currentData()
        return float(chosen) if chosen is not None else SPANS_SECONDS[0]

    def refresh(self) -> None:
        """Draws the charts anew."""
        raise NotImplementedError

    def refresh_if_seen(self) -> None:
        """Draws the charts anew unless nobody sees them."""
        if self.isVisible():
            self.refresh()

    def _read_all_at(self, moment_seconds: float | None) -> None:
        """One cursor for all charts of the panel: they share their time."""
        for chart in self.charts.findChildren(Chart):
            if chart is not self.sender():
                chart.read_at(moment_seconds)

    def _frame_arrived(self, _frame: object) -> None:
        self._refresh_soon()

    def _refresh_soon(self) -> None:
        if self.isVisible() and not self._timer.isActive():
            self._timer.start()

    def _chosen(self, _index: int) -> None:
        if self.isVisible():
            chosen = self.choice.currentData()
            if chosen in SPANS_SECONDS:
                remember("graphs/span-seconds", chosen)
            self.refresh()

    def showEvent(self, event: QShowEvent) -> None:
        """What came while it was hidden."""
        super().showEvent(event)
        self.refresh()

    # Copying and saving

    def copy(self) -> None:
        """A picture on the clipboard."""
        copy_picture(self.charts)

    def ask_where_to_save(self) -> None:
        """Asks for a file; its ending says in which form."""
        dialog = QFileDialog(self, tr("Save graphs"))
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        dialog.setNameFilters([tr("Picture (*.png)"), tr("Drawing (*.svg)"), tr("Table (*.csv)")])
        dialog.setDefaultSuffix("png")
        dialog.selectFile(f"{self.accessibleName()}.png")
        dialog.fileSelected.connect(self.save_to)
        dialog.open()

    def save_to(self, path: str) -> None:
        """Writes the graphs; says so, or why not."""
        try:
            save(self.charts, Path(path))
        except ExportError as error:
            self.status.say(str(error))
            return
        self.status.say(tr("Saved to {path}", path=path))
