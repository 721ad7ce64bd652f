"""What happened against what was forecast, figure by figure."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QGridLayout, QLabel, QWidget

from hvgui.cluster.tasks import Task, TaskState
from hvgui.cluster.units import format_clock
from hvgui.gui.migrate.forecast_words import Comparison, compare
from hvgui.gui.states import TASK_KINDS, TASK_STATES
from hvgui.gui.tone import set_tone
from hvgui.gui.words import tr
from hvgui.lab.frames import Forecast


class ResultCard(QFrame):
    """A table of labels: figure, forecast, what happened, inside the range or not."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setProperty("role", "card")
        self.setAccessibleName(tr("Result against the forecast"))
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(12, 10, 12, 10)
        self._grid.setHorizontalSpacing(18)
        self._grid.setVerticalSpacing(3)
        self._title = QLabel(self)
        self._title.setProperty("role", "section")
        self._grid.addWidget(self._title, 0, 0, 1, 4)
        for column, words in enumerate((tr("Figure"), tr("Forecast"), tr("What happened"), tr("Within the forecast"))):
            label = QLabel(words, self)
            label.setProperty("role", "muted")
            self._grid.addWidget(label, 1, column)
            self._grid.setColumnStretch(column, 1)
        self._cells: list[list[QLabel]] = []
        self._shown: tuple[Task, Forecast | None] | None = None

    def lines(self) -> list[tuple[str, ...]]:
        """What it says, row by row."""
        return [tuple(cell.text() for cell in row) for row in self._cells if not row[0].isHidden()]

    def show_result(self, task: Task, forecast: Forecast | None) -> None:
        """An ended task and what was forecast for it."""
        if self._shown == (task, forecast):
            return
        self._shown = (task, forecast)
        self._title.setText(
            tr(
                "{kind}: {state} at {moment}",
                kind=tr(TASK_KINDS[task.kind]),
                state=tr(TASK_STATES[task.state]).lower(),
                moment=format_clock(task.ended_ns or 0),
            )
        )
        set_tone(self._title, "good" if task.state is TaskState.SUCCEEDED else "bad")
        lines = compare(forecast, task)
        while len(self._cells) < len(lines):
            self._cells.append(self._row(len(self._cells) + 2))
        for number, row in enumerate(self._cells):
            for cell in row:
                cell.setVisible(number < len(lines))
        for row, line in zip(self._cells, lines, strict=False):
            _fill(row, line)
        self.setAccessibleDescription("; ".join(f"{one.name}: {one.happened}" for one in lines))

    def _row(self, number: int) -> list[QLabel]:
        cells = [QLabel(self) for _ in range(4)]
        for column, cell in enumerate(cells):
            cell.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
            self._grid.addWidget(cell, number, column)
        return cells


def _fill(row: list[QLabel], line: Comparison) -> None:
    within = {True: tr("✓ yes"), False: tr("✗ no"), None: tr("no forecast")}[line.inside]
    for cell, text in zip(row, (line.name, line.forecast, line.happened, within), strict=True):
        cell.setText(text)
    set_tone(row[3], {True: "good", False: "warning", None: ""}[line.inside])
