"""The page on which the tests run: each with its verdict as it comes, a bar, and Cancel."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtWidgets import (
    QHBoxLayout,
    QHeaderView,
    QLabel,
    QProgressBar,
    QPushButton,
    QTreeWidget,
    QTreeWidgetItem,
    QWidget,
)

from hvgui.cluster.cluster import Cluster
from hvgui.cluster.validation import ValidationResult, Verdict
from hvgui.gui.icons import icon
from hvgui.gui.validation.words import ICONS, VERDICTS
from hvgui.gui.validation.work import Done, ValidationWork
from hvgui.gui.wizard.page import WizardPage
from hvgui.gui.words import tr
from hvgui.lab.validation.running import Plan
from hvgui.lab.validation.table import ValidationTest

Prepared = tuple[Callable[[], Cluster], Plan, Path | None]
"""What gives a copy of the cluster, what is to be tested, and the lab whose last report this will be."""


class RunningPage(WizardPage):
    """Begins when it comes into sight, and goes on by itself when the last test has ended (unless `goes_on` is off)."""

    def __init__(self, prepare: Callable[[], Prepared], *, goes_on: bool = True) -> None:
        super().__init__(
            tr("Validating"), tr("The tests run on a copy of the cluster; its clock may go on."), "validating"
        )
        self._prepare, self._goes_on = prepare, goes_on
        self.done: Done | None = None
        self._broke = ""
        self._rows: dict[str, QTreeWidgetItem] = {}
        self.work = ValidationWork(self)
        self.bar = QProgressBar(self)
        self.bar.setAccessibleName(tr("Progress"))
        self.bar.setTextVisible(False)
        self.doing = QLabel(self)
        self.stop = QPushButton(tr("Cancel the &tests"), self)
        self.stop.setObjectName("cancel tests")
        self.stop.setAutoDefault(False)
        self.stop.clicked.connect(self._stop)
        self.tree = QTreeWidget(self)
        self.tree.setObjectName("results")
        self.tree.setAccessibleName(tr("Tests and their results"))
        self.tree.setHeaderLabels([tr("Test"), tr("Result")])
        self.tree.setRootIsDecorated(False)
        self.tree.setUniformRowHeights(True)
        self.tree.header().setStretchLastSection(False)
        self.tree.header().setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        self.tree.header().resizeSection(1, 150)
        row = QHBoxLayout()
        row.addWidget(self.bar, 1)
        row.addWidget(self.stop)
        self.column.addWidget(self.doing)
        self.column.addLayout(row)
        self.column.addWidget(self.tree, 1)
        self.work.begun.connect(self._begun)
        self.work.resulted.connect(self._resulted)
        self.work.ended.connect(self._ended)
        self.work.broke.connect(self._say_broken)

    def entered(self) -> None:
        """See WizardPage.entered."""
        build, plan, lab = self._prepare()
        self.done, self._broke = None, ""
        self.tree.clear()
        self._rows = {}
        for test in plan.tests:
            self._rows[test.id] = QTreeWidgetItem(self.tree, [test.title, ""])
        self.bar.setRange(0, max(1, len(plan.tests)))
        self.bar.setValue(0)
        self.stop.setEnabled(True)
        self.work.begin(build, plan, lab)

    def _begun(self, test: ValidationTest) -> None:
        self.doing.setText(tr("{category}: {test}", category=test.category.value, test=test.title))
        row = self._rows.get(test.id)
        if row is not None:
            row.setText(1, tr("Running"))
            self.tree.scrollToItem(row)

    def _resulted(self, result: ValidationResult) -> None:
        self.bar.setValue(self.bar.value() + 1)
        row = self._rows.get(result.id)
        if row is not None:
            row.setText(1, tr(VERDICTS[result.verdict]))
            row.setIcon(1, icon(*ICONS[result.verdict]))

    def _ended(self, done: Done) -> None:
        self.done = done
        self.doing.setText(self.ended_in_words())
        wrong = next((one.id for one in done.report.results if one.verdict is Verdict.FAILED), None)
        if wrong is not None:
            self.tree.setCurrentItem(self._rows[wrong])
        self.stop.setEnabled(False)
        self.changed.emit()
        if self._goes_on:
            self.advanced.emit()

    def ended_in_words(self) -> str:
        """What stands above the bar once the tests have ended."""
        return tr("Ended.")

    def _say_broken(self, sentence: str) -> None:
        self._broke = sentence
        self.stop.setEnabled(False)
        self.changed.emit()

    def _stop(self) -> None:
        self.stop.setEnabled(False)
        self.work.stop()

    def first_field(self) -> QWidget:
        """See WizardPage.first_field."""
        return self.stop

    def why_not(self) -> str:
        """See WizardPage.why_not."""
        if self._broke:
            return self._broke
        return "" if self.done is not None else tr("The tests are running; cancel them, or wait.")

    @property
    def is_waiting(self) -> bool:
        """See WizardPage.is_waiting."""
        return not self._broke

    def left(self) -> bool:
        """Leaving means first to call the tests off; the page goes on to what there is."""
        if self.work.is_busy:
            self._stop()
            return False
        return True

    @property
    def may_go_back(self) -> bool:
        """See WizardPage.may_go_back."""
        return not self.work.is_busy
