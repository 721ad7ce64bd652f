"""The last pages: the servers validated before they become a cluster, and what will be created."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel, QListWidget, QPlainTextEdit

from hvgui.cluster.validation import Verdict
from hvgui.exchange.lab_plan import LabPlan
from hvgui.gui.newlab.picture import said
from hvgui.gui.validation.running_page import Prepared, RunningPage
from hvgui.gui.validation.words import VERDICTS
from hvgui.gui.wizard.page import WizardPage
from hvgui.gui.words import tr


class LabValidationPage(RunningPage):
    """The planned servers are validated; where a test fails the cluster is not created."""

    def __init__(self, prepare: Callable[[], Prepared]) -> None:
        super().__init__(prepare, goes_on=False)
        self.setObjectName("validate servers")
        self.title = tr("Validate")
        self.about = tr("Before a cluster is created its servers are validated, on a copy of what you have planned.")

    def why_not(self) -> str:
        """See WizardPage.why_not."""
        reason = super().why_not()
        if reason or self.done is None:
            return reason
        report = self.done.report
        if report.verdict is Verdict.CANCELLED:
            return tr("The tests were called off; go back and run them again.")
        wrong = [one for result in report.results for one in result.findings if one.verdict is Verdict.FAILED]
        if wrong:
            return tr("{finding} Go back and mend it.", finding=str(wrong[0]))
        return ""

    @property
    def is_waiting(self) -> bool:
        """See WizardPage.is_waiting."""
        return self.done is None and super().is_waiting

    def ended_in_words(self) -> str:
        """See RunningPage.ended_in_words."""
        counts = self.done.report.counts if self.done is not None else {}
        shown = [f"{counts[one]} {tr(VERDICTS[one]).lower()}" for one in Verdict if counts.get(one)]
        return tr("Ended: {shown}.", shown=", ".join(shown))


class CreatePage(WizardPage):
    """What will be created, and the command that does the same."""

    def __init__(self, plan: Callable[[], LabPlan], command: Callable[[LabPlan], str]) -> None:
        super().__init__(tr("Create"), tr("This lab will be created, and opened."), "create lab")
        self._plan, self._command = plan, command
        self.list = QListWidget(self)
        self.list.setObjectName("lab summary")
        self.list.setAccessibleName(tr("What will be created"))
        self.list.setWordWrap(True)
        self.command = QPlainTextEdit(self)
        self.command.setObjectName("equivalent command")
        self.command.setAccessibleName(tr("The same without a window"))
        self.command.setReadOnly(True)
        self.command.setTabChangesFocus(True)
        self.command.setMaximumHeight(self.fontMetrics().height() * 5)
        caption = QLabel(tr("The same &without a window"), self)
        caption.setProperty("role", "section")
        caption.setBuddy(self.command)
        caption.setAlignment(Qt.AlignmentFlag.AlignLeft)
        self.column.addWidget(self.list, 1)
        self.column.addWidget(caption)
        self.column.addWidget(self.command)

    def entered(self) -> None:
        """See WizardPage.entered."""
        plan = self._plan()
        self.list.clear()
        self.list.addItems(said(plan))
        self.command.setPlainText(self._command(plan))

    @property
    def next_text(self) -> str:
        """See WizardPage.next_text."""
        return tr("&Create")
