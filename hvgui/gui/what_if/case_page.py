"""What became of the VMs in the chosen trial, each with its reason and a way to it in the tree."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from hvgui.cluster.cluster import Cluster
from hvgui.gui.what_if.columns import FATE_COLUMNS, CaseRow, FateRow, fate_rows
from hvgui.gui.what_if.grades import LOOKS
from hvgui.gui.what_if.result_table import ResultTable, ResultView
from hvgui.gui.words import counted, tr


class CasePage(QWidget):
    """Below the table of trials."""

    wanted = Signal(int)
    """The id of a VM that is to be shown in the tree."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.title = QLabel(self)
        self.title.setObjectName("case title")
        self.title.setProperty("role", "section")
        self.title.setWordWrap(True)
        self.words = QLabel(self)
        self.words.setObjectName("case words")
        self.words.setWordWrap(True)
        self.table = ResultTable(FATE_COLUMNS, self)
        self.view = ResultView(self.table, "fates", tr("What became of the virtual machines"), self)
        self.view.setMinimumHeight(5 * self.fontMetrics().height())
        self.show_vm = QPushButton(tr("S&how in the tree"), self)
        self.show_vm.setObjectName("show vm")
        self.show_vm.setAutoDefault(False)
        self.counts = QLabel(self)
        self.counts.setProperty("role", "muted")
        row = QHBoxLayout()
        row.addWidget(self.counts, 1)
        row.addWidget(self.show_vm)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 4, 0, 0)
        column.setSpacing(4)
        column.addWidget(self.title)
        column.addWidget(self.words)
        column.addWidget(self.view, 1)
        column.addLayout(row)
        self.show_vm.clicked.connect(self._show_current)
        self.view.opened.connect(self._show)
        self.view.selectionModel().currentRowChanged.connect(self._enable)
        self.table.modelReset.connect(self._enable)
        self.show_case(None, None)

    def show_case(self, row: CaseRow | None, cluster: Cluster | None) -> None:
        """Another trial, or the same one now that it was tried."""
        if row is None or cluster is None:
            self.title.setText(tr("Choose a trial in the table or in the picture."))
            self._say("", "")
            self.table.show_rows(())
            return
        grade = tr(LOOKS[row.grade].title) if row.grade is not None else tr("Not tried yet")
        self.title.setText(f"{row.title}: {grade}")
        fates = fate_rows(row.outcome, cluster) if row.outcome is not None else []
        self._say(row.words, counted(len(fates), "{count} VM concerned", "{count} VMs concerned") if fates else "")
        self.table.show_rows(fates)
        if fates:
            self.view.choose(0)

    def _say(self, words: str, counts: str) -> None:
        self.words.setText(words)
        self.words.setVisible(bool(words))
        self.counts.setText(counts)

    def _enable(self) -> None:
        has_row = self.view.currentIndex().isValid()
        self.show_vm.setEnabled(has_row)
        self.show_vm.setToolTip("" if has_row else tr("Choose a virtual machine above first."))

    def _show_current(self) -> None:
        number = self.table.number_at(self.view.currentIndex())
        if number is not None:
            self._show(number)

    def _show(self, number: int) -> None:
        row = self.table.rows[number]
        if isinstance(row, FateRow):
            self.wanted.emit(int(row.fate.vm))
