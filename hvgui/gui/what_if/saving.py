"""Asking where to, and writing: the picture and the table at once, the report on a thread, for it may be long."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtWidgets import QFileDialog, QMenu, QPushButton

from hvgui.cluster.cluster import Cluster
from hvgui.cluster.what_if import WhatIfReport
from hvgui.exchange.vhd.writing import Watch
from hvgui.gui.settings import remember, remembered_text
from hvgui.gui.validation.words import view_report
from hvgui.gui.vhd.work import DiskWork
from hvgui.gui.what_if.exports import ExportError, kept_report_path, save_picture, save_table, write_report
from hvgui.gui.words import tr
from hvgui.lab.forecasters import Duty

if TYPE_CHECKING:
    from hvgui.gui.what_if.window import WhatIfWindow


class Saving(QObject):
    """Beside the window: its button "Save" and its button "View report"."""

    said = Signal(str, str)
    """A sentence, and its tone."""

    def __init__(self, window: WhatIfWindow) -> None:
        super().__init__(window)
        self._window = window
        self._work = DiskWork(self)
        self._work.ended.connect(self._written)
        self._to_view: Path | None = None
        self.save = QPushButton(tr("&Save"), window)
        self.save.setObjectName("save")
        self.save.setAutoDefault(False)
        menu = QMenu(self.save)
        self.picture = menu.addAction(tr("&Picture (PNG or SVG)..."), self._ask_picture)
        self.table = menu.addAction(tr("&Table (CSV)..."), self._ask_table)
        self.report = menu.addAction(tr("&Report (HTML)..."), self._ask_report)
        self.save.setMenu(menu)
        self.view = QPushButton(tr("&View report"), window)
        self.view.setObjectName("view report")
        self.view.setAutoDefault(False)
        self.view.clicked.connect(self._view)
        self.enable()

    def enable(self) -> None:
        """There is something to save, or a report to view, now; or no longer."""
        has_rows = any(row.grade is not None for row in self._window.table.rows)
        has_report = self._window.report is not None and not self._work.is_busy
        for button, enabled in ((self.save, has_rows), (self.view, has_report)):
            button.setEnabled(enabled)
            button.setToolTip("" if enabled else tr("Nothing has been tried yet."))
        self.report.setEnabled(has_report)

    def close(self) -> None:
        """Writes no more."""
        self._work.close()

    def save_picture(self, path: str) -> None:
        """Writes the picture, and says so."""
        self._export(lambda to: save_picture(self._window.matrix.picture, self._window.legend, to), path)

    def save_table(self, path: str) -> None:
        """Writes the table, and says so."""
        cluster = self._window.run.cluster
        if cluster is not None:
            self._export(lambda to: save_table(self._window.table.rows, cluster, to), path)

    def save_report(self, path: str) -> None:
        """Writes the report on a thread."""
        self._to_view = None
        self._write(Path(path))

    def _view(self) -> None:
        bridge = self._window.desk.bridge
        if bridge is not None:
            self._to_view = kept_report_path(bridge.session.path)
            self._write(self._to_view)

    def _write(self, path: Path) -> None:
        report, cluster = self._window.report, self._window.run.cluster
        if report is None or cluster is None or self._work.is_busy:
            return

        def work(_watch: Watch) -> str:
            return _written(report, cluster, path)

        self._work.begin(work)
        self.enable()

    def _written(self, sentence: str, is_well: bool) -> None:
        self.enable()
        if not is_well or self._to_view is None:
            self.said.emit(sentence, "" if is_well else "bad")
            return
        wrong = view_report(self._to_view)
        self.said.emit(wrong or tr("The report is open in the browser."), "bad" if wrong else "")

    def _export(self, write: Callable[[Path], None], path: str) -> None:
        try:
            write(Path(path))
        except ExportError as error:
            self.said.emit(str(error), "bad")
            return
        remember("folder", str(Path(path).parent))
        self.said.emit(tr("Written: {path}.", path=path), "")

    # Where to

    def _ask_picture(self) -> None:
        filters = [tr("Pictures (*.png)"), tr("Drawings (*.svg)")]
        self._ask("save picture", tr("Save the picture as"), "png", filters).fileSelected.connect(self.save_picture)

    def _ask_table(self) -> None:
        self._ask("save table", tr("Save the table as"), "csv", [tr("Tables (*.csv)")]).fileSelected.connect(
            self.save_table
        )

    def _ask_report(self) -> None:
        self._ask("save report", tr("Save the report as"), "html", [tr("Web pages (*.html)")]).fileSelected.connect(
            self.save_report
        )

    def _ask(self, name: str, title: str, suffix: str, filters: list[str]) -> QFileDialog:
        dialog = QFileDialog(self._window, title, remembered_text("folder"))
        dialog.setObjectName(name)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        dialog.setDefaultSuffix(suffix)
        dialog.setNameFilters(filters)
        dialog.open()
        return dialog


def _written(report: WhatIfReport, cluster: Cluster, path: Path) -> str:
    """On the thread."""
    write_report(report, cluster, path, Duty())
    return tr("The report is in {path}.", path=path)
