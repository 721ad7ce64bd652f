"""The last page: what it comes to, what was found, and the report."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFileDialog, QHBoxLayout, QLabel, QPushButton, QTreeWidget, QTreeWidgetItem

from hvgui.cluster.validation import GRAVEST_FIRST, ValidationReport, Verdict
from hvgui.gui.icons import icon
from hvgui.gui.settings import remember, remembered_text
from hvgui.gui.tone import set_tone
from hvgui.gui.validation.running_page import RunningPage
from hvgui.gui.validation.words import ICONS, TONES, VERDICTS, view_report
from hvgui.gui.wizard.page import WizardPage
from hvgui.gui.words import counted, tr
from hvgui.lab.validation.kept_reports import write_report


class SummaryPage(WizardPage):
    """Tests with their findings, the gravest first."""

    def __init__(self, running: RunningPage) -> None:
        super().__init__(tr("Summary"), "", "summary")
        self._running = running
        self.conclusion, self.counts, self.said = QLabel(self), QLabel(self), QLabel(self)
        for label, name in (
            (self.conclusion, "conclusion"),
            (self.counts, "verdict counts"),
            (self.said, "report said"),
        ):
            label.setObjectName(name)
            label.setWordWrap(True)
        self.tree = QTreeWidget(self)
        self.tree.setObjectName("findings")
        self.tree.setAccessibleName(tr("Findings"))
        self.tree.setHeaderLabels([tr("Test and finding"), tr("Result")])
        self.tree.setColumnWidth(0, 440)
        self.tree.setUniformRowHeights(True)
        self.told = QLabel(self)
        self.told.setObjectName("finding told")
        self.told.setWordWrap(True)
        self.told.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.told.setMinimumHeight(self.fontMetrics().height() * 3)
        self.told.setAlignment(Qt.AlignmentFlag.AlignTop)
        self.tree.currentItemChanged.connect(self._tell)
        self.view = QPushButton(tr("View &report..."), self)
        self.view.setObjectName("view report")
        self.save = QPushButton(tr("&Save report as..."), self)
        self.save.setObjectName("save report")
        row = QHBoxLayout()
        for button in (self.view, self.save):
            button.setAutoDefault(False)
            row.addWidget(button)
        row.addWidget(self.said, 1)
        for widget in (self.conclusion, self.counts):
            self.column.addWidget(widget)
        self.column.addWidget(self.tree, 1)
        self.column.addWidget(self.told)
        self.column.addLayout(row)
        self.view.clicked.connect(self._view)
        self.save.clicked.connect(self._ask_save)

    @property
    def report(self) -> ValidationReport | None:
        """What the tests came to."""
        return self._running.done.report if self._running.done is not None else None

    def entered(self) -> None:
        """See WizardPage.entered."""
        done = self._running.done
        if done is None:
            return
        report = done.report
        self.conclusion.setText(f"{tr(VERDICTS[report.verdict])}. {tr(report.conclusion)}")
        set_tone(self.conclusion, TONES.get(report.verdict, ""))
        shown = [f"{report.counts[one]} {tr(VERDICTS[one]).lower()}" for one in Verdict if report.counts[one]]
        count = counted(len(report.results), "{count} test", "{count} tests")
        self.counts.setText(tr("{count}: {shown}.", count=count, shown=", ".join(shown)))
        self.view.setEnabled(done.path is not None)
        self.view.setToolTip("" if done.path is not None else self._not_kept())
        self._say(self._not_kept() if done.path is None else "", "bad")
        self._fill(report)

    def _not_kept(self) -> str:
        why = self._running.done.not_kept if self._running.done is not None else ""
        return tr("The report could not be kept in the data folder ({why}); save it elsewhere.", why=why)

    def _fill(self, report: ValidationReport) -> None:
        """Those that found something are opened."""
        self.tree.clear()
        for result in sorted(report.results, key=lambda one: GRAVEST_FIRST.index(one.verdict)):
            branch = QTreeWidgetItem(
                self.tree, [f"{result.category.value}: {result.title}", tr(VERDICTS[result.verdict])]
            )
            branch.setIcon(0, icon(*ICONS[result.verdict]))
            branch.setToolTip(0, result.about)
            for finding in result.findings:
                leaf = QTreeWidgetItem(branch, [str(finding), tr(VERDICTS[finding.verdict])])
                leaf.setToolTip(0, str(finding))
                leaf.setFirstColumnSpanned(True)
            branch.setExpanded(result.verdict in (Verdict.FAILED, Verdict.WARNING))
        first = self.tree.topLevelItem(0)
        if first is not None:
            self.tree.setCurrentItem(first.child(0) or first)

    def _tell(self, item: QTreeWidgetItem | None) -> None:
        """The whole of what a row has no room for."""
        self.told.setText(item.toolTip(0) if item is not None else "")

    def _view(self) -> None:
        done = self._running.done
        if done is not None and done.path is not None:
            self._say(view_report(done.path), "bad")

    def _ask_save(self) -> None:
        dialog = QFileDialog(self, tr("Save the report as"), remembered_text("folder"))
        dialog.setObjectName("save report file")
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        dialog.setDefaultSuffix("html")
        dialog.setNameFilters([tr("Web pages (*.html)")])
        dialog.fileSelected.connect(self.save_to)
        dialog.open()

    def save_to(self, path: str) -> None:
        """Writes the report there, and says so."""
        if self.report is None:
            return
        try:
            write_report(self.report, Path(path))
        except OSError as error:
            self._say(tr("The report was not written: {why}.", why=(error.strerror or str(error)).lower()), "bad")
            return
        remember("folder", str(Path(path).parent))
        self._say(tr("The report is in {path}.", path=path), "")

    def _say(self, text: str, tone: str) -> None:
        set_tone(self.said, tone)
        self.said.setText(text)

    @property
    def next_text(self) -> str:
        """See WizardPage.next_text."""
        return tr("&Finish")
