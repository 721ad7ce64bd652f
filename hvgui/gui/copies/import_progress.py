"""The last page of the import wizard: how each import goes, and calling it off."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QTreeWidget, QTreeWidgetItem

from hvgui.cluster.tasks import TaskState
from hvgui.gui.actions.desk import Desk
from hvgui.gui.copies.import_runs import ImportRun, ImportRuns
from hvgui.gui.copies.import_summary import SummaryPage
from hvgui.gui.icons import icon
from hvgui.gui.wizard.page import WizardPage
from hvgui.gui.wording import PHASES, TASK_STATES, pass_per_mille
from hvgui.gui.words import tr


class RunningPage(WizardPage):
    """Each import with its progress and its result."""

    def __init__(self, desk: Desk, summary: SummaryPage) -> None:
        super().__init__(
            tr("Progress"),
            tr("What is under way goes on when the wizard is closed; the Tasks pane shows it."),
            "import progress",
        )
        self._desk, self._summary = desk, summary
        self.runs: ImportRuns | None = None
        self.tree = QTreeWidget(self)
        self.tree.setObjectName("import runs")
        self.tree.setAccessibleName(tr("Imports"))
        self.tree.setRootIsDecorated(False)
        self.tree.setUniformRowHeights(True)
        self.tree.setSelectionMode(QTreeWidget.SelectionMode.ExtendedSelection)
        self.tree.setHeaderLabels([tr("Virtual machine"), tr("State"), tr("Result")])
        self.tree.header().resizeSection(0, 170)
        self.tree.header().resizeSection(1, 190)
        self.told = QLabel(self)
        self.told.setObjectName("import told")
        self.cancel_some = QPushButton(tr("Cancel &chosen"), self)
        self.cancel_all = QPushButton(tr("Cancel &all"), self)
        row = QHBoxLayout()
        row.addWidget(self.told, 1)
        for button, name in ((self.cancel_some, "cancel chosen"), (self.cancel_all, "cancel all")):
            button.setObjectName(name)
            button.setAutoDefault(False)
            row.addWidget(button)
        self.column.addWidget(self.tree, 1)
        self.column.addLayout(row)
        self.cancel_some.clicked.connect(self._cancel_chosen)
        self.cancel_all.clicked.connect(self._cancel_all)
        self.tree.itemSelectionChanged.connect(self._show)

    def entered(self) -> None:
        """Asks for all of them, once."""
        if self.runs is not None or self._desk.bridge is None:
            return
        plans = [(one.name, one.plan) for one in self._summary.imports if one.plan is not None and not one.is_blocked]
        runs = [ImportRun(name=name, request=plan.request) for name, plan in plans]
        self.runs = ImportRuns(self._desk.bridge, runs, self)
        for run in self.runs.runs:
            self.tree.addTopLevelItem(QTreeWidgetItem([run.name, "", ""]))
        self.runs.changed.connect(self._show)
        if self._desk.facts is not None:
            self._desk.facts.refreshed.connect(self._show)
        self.runs.submit()

    def _show(self) -> None:
        runs = self.runs.runs if self.runs is not None else []
        for number, run in enumerate(runs):
            item = self.tree.topLevelItem(number)
            if item is not None:
                _say(item, 1, self._state(run))
                _say(item, 2, run.refused or (run.last.message if run.is_over and run.last is not None else ""))
                item.setIcon(1, icon(*_drawn(run)))
                item.setToolTip(2, item.text(2))
        done, left = sum(run.went_well for run in runs), sum(not run.is_over for run in runs)
        self.told.setText(tr("{done} of {all} imported, {left} under way.", done=done, all=len(runs), left=left))
        going = any(run.task is not None and not run.is_over for run in runs)
        past = self._desk.past_reason
        self.cancel_all.setEnabled(going and not past)
        self.cancel_all.setToolTip(past or ("" if going else tr("Nothing is under way.")))
        chosen = any(run.task is not None and not run.is_over for run in self._chosen())
        self.cancel_some.setEnabled(chosen and not past)
        self.cancel_some.setToolTip(past or ("" if chosen else tr("Choose imports that are under way.")))
        self.changed.emit()

    def _state(self, run: ImportRun) -> str:
        if run.refused:
            return tr("Refused")
        if run.last is None:
            return tr("Asked for")
        if run.is_over:
            return tr(TASK_STATES[run.last.state])
        facts = self._desk.facts
        progress = facts.progress.get(run.last.id) if facts is not None else None
        words = tr(PHASES[run.last.phase])
        return words if progress is None else f"{words}: {pass_per_mille(progress) // 10} %"

    def _chosen(self) -> list[ImportRun]:
        if self.runs is None:
            return []
        return [run for number, run in enumerate(self.runs.runs) if _is_chosen(self.tree.topLevelItem(number))]

    def _cancel_chosen(self) -> None:
        if self.runs is not None:
            self.runs.cancel(self._chosen())

    def _cancel_all(self) -> None:
        if self.runs is not None:
            self.runs.cancel(self.runs.runs)

    @property
    def may_go_back(self) -> bool:
        """See WizardPage.may_go_back."""
        return False

    @property
    def next_text(self) -> str:
        """See WizardPage.next_text."""
        return tr("&Finish") if self.runs is not None and self.runs.are_over else tr("Run in &background")


def _drawn(run: ImportRun) -> tuple[str, str]:
    if run.went_well:
        return ("circle-check", "good")
    if run.is_over:
        cancelled = run.last is not None and run.last.state is TaskState.CANCELLED
        return ("x", "muted") if cancelled else ("circle-x", "bad")
    return ("hourglass", "muted")


def _is_chosen(item: QTreeWidgetItem | None) -> bool:
    return item is not None and item.isSelected()


def _say(item: QTreeWidgetItem, column: int, text: str) -> None:
    if item.text(column) != text:
        item.setText(column, text)
        item.setData(column, Qt.ItemDataRole.AccessibleTextRole, text)
