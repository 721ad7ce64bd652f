"""The page of the import wizard that says what will be asked, with script and forecast, and what stands in the way."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator

from PySide6.QtCore import QTimer
from PySide6.QtGui import QFontDatabase
from PySide6.QtWidgets import (
    QHBoxLayout,
    QHeaderView,
    QLabel,
    QPlainTextEdit,
    QPushButton,
    QTreeWidget,
    QTreeWidgetItem,
)

from hvgui.cluster.units import format_bytes, format_seconds
from hvgui.gui.actions.desk import Desk
from hvgui.gui.copies.clone_draft import Guids
from hvgui.gui.copies.homes import room_words
from hvgui.gui.copies.import_draft import ImportDraft, ImportPlanning, PlannedImport
from hvgui.gui.icons import icon
from hvgui.gui.migrate.draft import cpu_shares
from hvgui.gui.migrate.forecast_asker import ForecastAsker
from hvgui.gui.wizard.page import WizardPage
from hvgui.gui.wording import node_name
from hvgui.gui.words import tr
from hvgui.lab.frames import Forecast
from hvgui.requests.problems import blockers
from hvgui.requests.request import Request

_SLICE_SECONDS = 0.008
"""So long the planning of many holds up the window at once."""


class SummaryPage(WizardPage):
    """Plans every VM, a few at a time, and says what stands in the way of each."""

    def __init__(self, desk: Desk, decided: Callable[[], ImportDraft]) -> None:
        super().__init__(tr("Summary"), "", "import summary")
        self._desk, self._decided = desk, decided
        self._guids = Guids()
        self._planning: ImportPlanning | None = None
        self._steps: Iterator[int] | None = None
        self._sentence = ""
        self.tree = QTreeWidget(self)
        self.tree.setObjectName("imports")
        self.tree.setAccessibleName(tr("What is imported"))
        self.tree.setRootIsDecorated(False)
        self.tree.setUniformRowHeights(True)
        self.tree.setHeaderLabels([tr("Virtual machine"), tr("Node"), tr("Size"), tr("To know")])
        self.tree.header().setSectionResizeMode(QHeaderView.ResizeMode.Interactive)
        self.tree.header().resizeSection(0, 170)
        self.room, self.told = QLabel(self), QLabel(self)
        for label, name in ((self.room, "import room after"), (self.told, "import forecast")):
            label.setObjectName(name)
            label.setWordWrap(True)
            label.setProperty("role", "muted")
        self.show_script = QPushButton(tr("View &script"), self)
        self.show_script.setObjectName("view script")
        self.show_script.setCheckable(True)
        self.show_script.setAutoDefault(False)
        self.script = QPlainTextEdit(self)
        self.script.setObjectName("import script")
        self.script.setAccessibleName(tr("Equivalent PowerShell"))
        self.script.setReadOnly(True)
        self.script.setTabChangesFocus(True)
        self.script.setLineWrapMode(QPlainTextEdit.LineWrapMode.NoWrap)
        self.script.setFont(QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont))
        self.script.hide()
        self._slice = QTimer(self)
        self._slice.setObjectName("plan imports")
        self._slice.setInterval(0)
        self._build()
        self.asker = ForecastAsker(desk.bridge, self) if desk.bridge is not None else None
        self.show_script.toggled.connect(self.script.setVisible)
        self._slice.timeout.connect(self._plan_some)
        if self.asker is not None:
            self.asker.answered.connect(self._answered)
            self.asker.failed.connect(self.told.setText)

    def _build(self) -> None:
        row = QHBoxLayout()
        row.addWidget(self.show_script)
        row.addStretch(1)
        self.column.addWidget(self.tree, 2)
        self.column.addWidget(self.room)
        self.column.addWidget(self.told)
        self.column.addLayout(row)
        self.column.addWidget(self.script, 1)

    def entered(self) -> None:
        """Plans anew: the cluster may be another than before."""
        cluster = self._desk.cluster
        latest = self._desk.bridge.latest if self._desk.bridge is not None else None
        shares = cpu_shares(latest) if latest is not None else None
        self._planning = ImportPlanning(self._decided(), cluster, shares, self._guids)
        self._steps, self._sentence = self._planning.steps(), ""
        self.tree.clear()
        self.script.setPlainText("")
        self.room.setText("")
        self.told.setText(tr("Planning ..."))
        self._slice.start()
        self._plan_some()

    @property
    def imports(self) -> list[PlannedImport]:
        """What has been planned so far."""
        return self._planning.imports if self._planning is not None else []

    def _plan_some(self) -> None:
        if self._steps is None:
            return
        end = time.perf_counter() + _SLICE_SECONDS
        try:
            for _ in self._steps:
                if time.perf_counter() >= end:
                    return
        except ValueError as error:
            self._sentence = f"{str(error)[:1].upper()}{str(error)[1:]}."
        self._slice.stop()
        self._steps = None
        self._show_all()

    def _show_all(self) -> None:
        cluster = self._desk.cluster
        for one in self.imports:
            self.tree.addTopLevelItem(self._row(one))
        in_place = self._decided().in_place
        self.room.setText("" if in_place or self._planning is None else room_words(cluster, self._planning.needs))
        ready = [one.plan.request for one in self.imports if one.plan is not None and not one.is_blocked]
        self.script.setPlainText("\n".join(request.powershell(cluster) for request in ready))
        self.told.setText("")
        if ready and self.asker is not None and not self.why_not():
            self.asker.ask(ready[0])
        self.changed.emit()

    def _row(self, one: PlannedImport) -> QTreeWidgetItem:
        vm = one.plan.request.machine if one.plan is not None else None
        size = sum(disk.file_bytes for disk in vm.disks) if vm is not None else 0
        problems = blockers(one.problems) or one.problems
        notes = [str(problem) for problem in problems] + list(one.plan.changed if one.plan is not None else ())
        node = node_name(self._desk.cluster, vm.owner) if vm is not None else "–"
        row = QTreeWidgetItem([one.name, node, format_bytes(size), " ".join(notes) or tr("ready")])
        fine = ("alert-triangle", "warning") if notes else ("circle-check", "good")
        row.setIcon(3, icon(*(("circle-x", "bad") if one.is_blocked else fine)))
        row.setToolTip(3, "\n".join(notes))
        if vm is not None:
            row.setToolTip(0, tr("Unique ID {guid}", guid=vm.guid))
        return row

    def _answered(self, _request: Request, forecast: Forecast) -> None:
        count, span = len(self.imports), forecast.duration_seconds
        if span is None:
            self.told.setText(forecast.message)
            return
        one, several = format_seconds(span.middle), format_seconds(span.middle * count)
        self.told.setText(
            tr("Forecast: {span}.", span=one)
            if count == 1
            else tr(
                "Forecast: the first alone takes {one}. All {count} share the storage: up to {all}.",
                one=one,
                count=count,
                all=several,
            )
        )

    def why_not(self) -> str:
        """See WizardPage.why_not."""
        if self._steps is not None:
            return tr("Planning: {count} so far ...", count=len(self.imports))
        if self._sentence or not self.imports:
            return self._sentence or tr("There is nothing to import.")
        if self._desk.past_reason:
            return self._desk.past_reason
        hindered = [one for one in self.imports if one.is_blocked]
        if not hindered:
            return ""
        why = str(blockers(hindered[0].problems)[0])
        if len(self.imports) == 1:
            return why
        return tr("{count} of {all} can't be imported: {why}", count=len(hindered), all=len(self.imports), why=why)

    @property
    def is_waiting(self) -> bool:
        """See WizardPage.is_waiting."""
        return self._steps is not None

    @property
    def next_text(self) -> str:
        """See WizardPage.next_text."""
        return tr("&Import")

    def rest(self) -> None:
        """Plans and asks nothing any more."""
        self._slice.stop()
        if self.asker is not None:
            self.asker.drop()
