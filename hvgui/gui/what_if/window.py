"""The window of what-if: what is tried, how far it is, the verdict, a picture and a table of all trials, and the room
that is left. It stands beside the main window."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QDialog, QHBoxLayout, QLabel, QProgressBar, QPushButton, QSplitter, QVBoxLayout, QWidget

from hvgui.cluster.ids import VmId
from hvgui.cluster.units import format_clock
from hvgui.cluster.what_if import WhatIfOutcome, WhatIfReport
from hvgui.gui.objects import vm_ref
from hvgui.gui.screen_room import fit_on_screen
from hvgui.gui.tone import set_tone
from hvgui.gui.what_if.case_page import CasePage
from hvgui.gui.what_if.choice import Choice, about
from hvgui.gui.what_if.columns import CASE_COLUMNS, case_row, tried_row
from hvgui.gui.what_if.form import ChoiceForm
from hvgui.gui.what_if.grades import Grade
from hvgui.gui.what_if.legend import GradeLegend
from hvgui.gui.what_if.matrix_view import MatrixView
from hvgui.gui.what_if.result_table import ResultTable, ResultView
from hvgui.gui.what_if.room_line import RoomLine
from hvgui.gui.what_if.run import StudyRun
from hvgui.gui.what_if.saving import Saving
from hvgui.gui.what_if.verdict import VerdictBanner, verdict_of
from hvgui.gui.words import counted, tr

if TYPE_CHECKING:
    from hvgui.gui.actions.desk import Desk
    from hvgui.gui.bridge import Bridge
    from hvgui.gui.facts import Refresh


class WhatIfWindow(QDialog):
    """Not modal; closes with its lab."""

    def __init__(self, desk: Desk, bridge: Bridge, choice: Choice, like: VmId | None = None) -> None:
        super().__init__(desk.parent)
        self.setObjectName("what-if")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowFlag(Qt.WindowType.WindowMaximizeButtonHint)
        self.setWindowTitle(tr("What if: {cluster}", cluster=bridge.cluster.name))
        self.desk, self._bridge = desk, bridge
        self.report: WhatIfReport | None = None
        self._numbers: dict[object, int] = {}
        self.run = StudyRun(bridge, self)
        self.form = ChoiceForm(bridge.cluster, choice, self)
        self.room = RoomLine(bridge, like, self)
        self.banner = VerdictBanner(self)
        self.table = ResultTable(CASE_COLUMNS, self)
        self.view = ResultView(self.table, "trials", tr("All trials"), self)
        self.matrix = MatrixView(self)
        self.legend = GradeLegend(self)
        self.page = CasePage(self)
        self.saving = Saving(self)
        self._build()
        self._connect()
        self.form.changed.emit()
        self.banner.say(
            tr("Nothing has been tried yet"),
            "muted",
            tr("Everything is tried on forks of the lab as it stands: nothing happens to the lab itself."),
        )
        self.banner.say_moment("", is_old=False)
        self.resize(1180, 780)
        fit_on_screen(self)

    # How it is laid out

    def _build(self) -> None:
        self.estimate = QLabel(self)
        self.estimate.setObjectName("estimate")
        self.estimate.setProperty("role", "muted")
        self.estimate.setWordWrap(True)
        self.start = self._button(tr("S&tart"), "start")
        self.start.setDefault(True)
        self.cancel = self._button(tr("Ca&ncel"), "cancel")
        self.cancel.setEnabled(False)
        self.bar = QProgressBar(self)
        self.bar.setObjectName("progress")
        self.bar.setAccessibleName(tr("Progress"))
        self.bar.setTextVisible(False)
        self.bar.setFixedHeight(8)
        self.bar.setRange(0, 1)
        self.said = QLabel(self)
        self.said.setObjectName("said")
        self.said.setWordWrap(True)
        going = QHBoxLayout()
        going.addWidget(self.estimate, 1)
        going.addWidget(self.start)
        going.addWidget(self.cancel)
        column = QVBoxLayout(self)
        column.setContentsMargins(14, 12, 14, 10)
        column.setSpacing(8)
        for part in (self.form, going, self.bar, self.banner, self.room):
            if isinstance(part, QWidget):
                column.addWidget(part)
            else:
                column.addLayout(part)
        column.addWidget(self._results(), 1)
        column.addLayout(self._ending())

    def _results(self) -> QWidget:
        left = QWidget(self)
        picture = QVBoxLayout(left)
        picture.setContentsMargins(0, 0, 0, 0)
        self.caption = QLabel(self)
        self.caption.setProperty("role", "section")
        self.caption.setWordWrap(True)
        self.caption.setToolTip(tr("Ctrl and the wheel, or + and -, make cells larger and smaller; 0 fits them in."))
        picture.addWidget(self.caption)
        picture.addWidget(self.matrix, 1)
        picture.addWidget(self.legend)
        right = QSplitter(Qt.Orientation.Vertical, self)
        right.addWidget(self.view)
        right.addWidget(self.page)
        right.setSizes([320, 240])
        right.setChildrenCollapsible(False)
        both = QSplitter(Qt.Orientation.Horizontal, self)
        both.addWidget(left)
        both.addWidget(right)
        both.setSizes([470, 680])
        both.setChildrenCollapsible(False)
        return both

    def _ending(self) -> QHBoxLayout:
        close = self._button(tr("Close"), "close")
        close.clicked.connect(self.reject)
        row = QHBoxLayout()
        row.addWidget(self.said, 1)
        row.addWidget(self.saving.view)
        row.addWidget(self.saving.save)
        row.addWidget(close)
        return row

    def _button(self, title: str, name: str) -> QPushButton:
        button = QPushButton(title, self)
        button.setObjectName(name)
        button.setAutoDefault(False)
        return button

    def _connect(self) -> None:
        self.start.clicked.connect(self._start)
        self.cancel.clicked.connect(self._cancel)
        self.form.changed.connect(self._estimate)
        self.run.began.connect(self._began)
        self.run.came.connect(self._take)
        self.run.ended.connect(self._ended)
        self.run.failed.connect(self._failed)
        self.run.aged.connect(self._say_moment)
        self.view.chosen.connect(self._chosen_in_table)
        self.view.opened.connect(self._go_to_page)
        self.matrix.picture.chosen.connect(self._chosen_in_picture)
        self.matrix.picture.opened.connect(self._go_to_page)
        self.page.wanted.connect(self._reveal)
        self.saving.said.connect(self._say)
        self.desk.window.theme.changed.connect(self._redress)
        if self.desk.facts is not None:
            self.desk.facts.refreshed.connect(self._follow)
        self._bridge.world_replaced.connect(self._world_replaced)
        self._bridge.destroyed.connect(self.reject)

    # What a person does

    def choose(self, choice: Choice | None, like: VmId | None = None) -> None:
        """Ticks something else, or counts for another VM: the command was given again."""
        if choice is not None and self.run.is_busy:
            self._say(tr("A study is under way; cancel it, or wait, to try something else."), "warning")
        elif choice is not None:
            self.form.choose(choice)
        if like is not None:
            self.room.choose(like)

    def _start(self) -> None:
        cluster = self._bridge.cluster
        cases = self.form.choice.cases(cluster)
        if not cases or self.run.is_busy:
            return
        self.report = None
        self._numbers = {case: number for number, case in enumerate(cases)}
        self.table.show_rows(case_row(number, case, cluster) for number, case in enumerate(cases))
        self.matrix.picture.show_rows(self.table.rows, cluster)
        self.legend.count(self.table.rows)
        self.page.show_case(None, None)
        has_pairs = any(len(case.nodes) > 1 for case in cases)
        self.caption.setText(
            tr("Row and column crash together; on the diagonal, the one alone.") if has_pairs else tr("All trials")
        )
        self.bar.setRange(0, len(cases))
        self.bar.setValue(0)
        self.banner.say(tr("Being tried..."), "muted", "")
        self.banner.say_moment("", is_old=False)
        self._say("", "")
        self.run.begin(cases, self.room.like)
        self._enable()

    def _cancel(self) -> None:
        self.cancel.setEnabled(False)
        self.run.cancel()

    def _chosen_in_table(self, number: int) -> None:
        self.matrix.picture.choose(number)
        self._show(number)

    def _chosen_in_picture(self, number: int) -> None:
        self.view.choose(number)
        self._show(number)

    def _show(self, number: int) -> None:
        self.page.show_case(self.table.rows[number], self.run.cluster or self._bridge.cluster)

    def _go_to_page(self) -> None:
        self.page.view.setFocus()

    def _reveal(self, vm: int) -> None:
        if vm not in self._bridge.cluster.vms:
            self._say(tr("This virtual machine is no longer in the lab."), "warning")
            return
        self._say("", "")
        self.desk.window.reveal(vm_ref(vm))

    # What the study tells

    def _began(self) -> None:
        self._say_moment()

    def _take(self, news: tuple[WhatIfOutcome, ...]) -> None:
        cluster = self.run.cluster
        if cluster is None:
            return
        rows = {self._numbers[one.case]: one for one in news}
        self.table.put({number: tried_row(self.table.rows[number], one, cluster) for number, one in rows.items()})
        self.matrix.picture.refresh(rows)
        self.legend.count(self.table.rows)
        tried = self.bar.value() + len(news)
        self.bar.setValue(tried)
        if self.run.is_busy:
            self._say_progress(tried)
        if self.matrix.picture.number in rows:
            self._show(self.matrix.picture.number or 0)
        self.saving.enable()

    def _say_progress(self, tried: int) -> None:
        whole, rest = self.bar.maximum(), self.run.rest_seconds
        bad = sum(row.grade in (Grade.DOWN, Grade.NO_QUORUM) for row in self.table.rows)
        said = tr("{tried} of {whole} tried", tried=f"{tried:,}", whole=f"{whole:,}")
        if rest is not None:
            said = tr("{said}, {time} to go", said=said, time=about(rest))
        so_far = (
            counted(bad, "So far {count} trial leaves VMs down.", "So far {count} trials leave VMs down.")
            if bad
            else tr("So far every VM runs again after each of them.")
        )
        self.banner.say(said, "muted", so_far)

    def _ended(self, report: WhatIfReport) -> None:
        self.report = report
        words, tone = verdict_of(report)
        said = report.conclusion
        if not report.is_complete:
            said = tr(
                "Called off after {tried} of {whole} trials. {conclusion}",
                tried=f"{len(report.outcomes):,}",
                whole=f"{self.bar.maximum():,}",
                conclusion=said,
            )
        self.banner.say(words, tone, said)
        self._say_moment()
        if report.room is not None and report.room.like == (self.room.like or report.room.like):
            self.room.show_room(report.room)
        self._enable()
        if self.matrix.picture.number is None:
            self._choose_worst()

    def _choose_worst(self) -> None:
        tried = [row for row in self.table.rows if row.grade is not None and row.grade is not Grade.REFUSED]
        worst = max(tried, key=lambda row: (row.grade, row.down, row.longest_seconds, -row.number), default=None)
        if worst is not None:
            self.view.choose(worst.number)
            self._chosen_in_table(worst.number)

    def _failed(self, sentence: str) -> None:
        self.banner.say(tr("Not tried to the end"), "bad", sentence)
        self._enable()

    def _say_moment(self) -> None:
        if self.run.cluster is None:
            return
        moment = format_clock(self.run.time_ns)
        said = (
            tr("Tried as of {moment}, a moment of the past that was looked at.", moment=moment)
            if self.run.is_of_past
            else tr("Tried as of {moment} of the lab's clock.", moment=moment)
        )
        changed = self.run.changes.words if self.run.changes is not None else ""
        self.banner.say_moment(f"{said} {changed}".strip(), is_old=bool(changed))
        if not self.run.is_busy:
            self.start.setText(tr("Run a&gain") if self.report is not None else tr("S&tart"))

    # How things stand

    def _enable(self) -> None:
        busy, why = self.run.is_busy, self.form.why_not()
        self.start.setEnabled(not busy and not why)
        self.start.setToolTip(tr("A study is under way.") if busy else why)
        self.start.setText(tr("Run a&gain") if self.report is not None and not busy else tr("S&tart"))
        self.cancel.setEnabled(busy)
        self.cancel.setToolTip("" if busy else tr("Nothing is under way."))
        self.form.setEnabled(not busy)
        self.saving.enable()

    def _estimate(self) -> None:
        self.estimate.setText(self.form.estimate(self.run.pace))
        self._enable()

    def _follow(self, refresh: Refresh) -> None:
        if refresh.nodes and not self.run.is_busy:
            self.form.show_cluster(self._bridge.cluster)

    def _world_replaced(self) -> None:
        self.form.show_cluster(self._bridge.cluster)
        self.room.ask()

    def _redress(self) -> None:
        """The scheme is another."""
        self.matrix.picture.update()
        self.legend.update()

    def _say(self, text: str, tone: str) -> None:
        set_tone(self.said, tone)
        self.said.setText(text)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Enter starts from the form alone: in a table it opens a row, and what was tried must not go by it."""
        is_enter = event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter)
        if is_enter and not any(one.hasFocus() for one in (self.start, *self.form.findChildren(QWidget))):
            event.accept()
        else:
            super().keyPressEvent(event)

    def done(self, result: int) -> None:
        """Nothing goes on behind a closed window."""
        self.run.drop()
        self.saving.close()
        self.view.keep_settings()
        self.page.view.keep_settings()
        super().done(result)
