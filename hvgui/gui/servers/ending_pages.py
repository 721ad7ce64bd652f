"""The last pages: the cluster validated with its new node, what will be asked for, and how far it is."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtWidgets import (
    QButtonGroup,
    QHeaderView,
    QLabel,
    QListWidget,
    QPlainTextEdit,
    QRadioButton,
    QTreeWidget,
    QTreeWidgetItem,
)

from hvgui.cluster.ids import NodeId
from hvgui.cluster.nodes import Node, NodeState
from hvgui.cluster.validation import Verdict
from hvgui.gui.actions.desk import Desk
from hvgui.gui.bridge import Refusal, Submission
from hvgui.gui.icons import icon
from hvgui.gui.node_words import node_look, node_state
from hvgui.gui.servers.server_pages import Told
from hvgui.gui.tone import set_tone
from hvgui.gui.validation.running_page import Prepared, RunningPage
from hvgui.gui.validation.words import VERDICTS
from hvgui.gui.wizard.page import WizardPage
from hvgui.gui.words import tr
from hvgui.requests.node_service import AddNode
from hvgui.requests.request import Request


class OfferPage(WizardPage):
    """Whether to validate first, as Failover Cluster Manager asks."""

    def __init__(self, told: Told) -> None:
        super().__init__(
            tr("Validation"),
            tr("A configuration is validated before a node is added: on a copy of the cluster in which it is a node."),
            "offer validation",
        )
        self._told = told
        self.yes = QRadioButton(tr("&Yes, run the validation tests with this server"), self)
        self.no = QRadioButton(tr("N&o, add it without"), self)
        self.yes.setObjectName("validate first")
        self.no.setObjectName("do not validate")
        self.yes.setChecked(True)
        group = QButtonGroup(self)
        for button in (self.yes, self.no):
            group.addButton(button)
            self.column.addWidget(button)
        self.column.addStretch()
        self.yes.toggled.connect(self.changed)

    def is_wanted(self) -> bool:
        """Not of a server that is only brought in."""
        return self._told.draft.adds

    def first_field(self) -> QRadioButton:
        """See WizardPage.first_field."""
        return self.yes if self.yes.isChecked() else self.no


class JoinValidationPage(RunningPage):
    """Tests that fail are shown and do not forbid: they may be about the other nodes."""

    def __init__(self, prepare: Callable[[], Prepared], offer: OfferPage) -> None:
        super().__init__(prepare, goes_on=False)
        self.setObjectName("validate with node")
        self._offer = offer

    def is_wanted(self) -> bool:
        """See WizardPage.is_wanted."""
        return self._offer.is_wanted() and self._offer.yes.isChecked()

    @property
    def is_waiting(self) -> bool:
        """See WizardPage.is_waiting."""
        return self.done is None and super().is_waiting

    def ended_in_words(self) -> str:
        """See RunningPage.ended_in_words."""
        if self.done is None:
            return ""
        report = self.done.report
        shown = [f"{report.counts[one]} {tr(VERDICTS[one]).lower()}" for one in Verdict if report.counts.get(one)]
        words = tr("Ended: {shown}.", shown=", ".join(shown))
        wrong = [one for result in report.results for one in result.findings if one.verdict is Verdict.FAILED]
        return f"{words} {wrong[0]}" if wrong else words


class ConfirmationPage(WizardPage):
    """What will be, what one should know, and the commands that do the same."""

    def __init__(self, told: Callable[[], tuple[list[str], tuple[str, ...], str]], blocked: Callable[[], str]) -> None:
        super().__init__(tr("Confirmation"), tr("This is what will be done."), "confirmation")
        self._told, self._blocked = told, blocked
        self.list = QListWidget(self)
        self.list.setObjectName("node summary")
        self.list.setAccessibleName(tr("What will be done"))
        self.list.setWordWrap(True)
        self.advice = QLabel(self)
        self.advice.setObjectName("advice")
        self.advice.setWordWrap(True)
        self.advice.setProperty("tone", "warning")
        self.command = QPlainTextEdit(self)
        self.command.setObjectName("equivalent powershell")
        self.command.setAccessibleName(tr("The same in PowerShell"))
        self.command.setReadOnly(True)
        self.command.setTabChangesFocus(True)
        self.command.setMaximumHeight(self.fontMetrics().height() * 7)
        caption = QLabel(tr("The same in Power&Shell"), self)
        caption.setProperty("role", "section")
        caption.setBuddy(self.command)
        self.column.addWidget(self.list, 1)
        for widget in (self.advice, caption, self.command):
            self.column.addWidget(widget)

    def entered(self) -> None:
        """See WizardPage.entered."""
        lines, advice, powershell = self._told()
        self.list.clear()
        self.list.addItems(lines)
        self.advice.setText("\n".join(advice))
        self.advice.setVisible(bool(advice))
        self.command.setPlainText(powershell)

    def why_not(self) -> str:
        """See WizardPage.why_not."""
        return self._blocked()

    @property
    def next_text(self) -> str:
        """See WizardPage.next_text."""
        return tr("&Add")


class ProgressPage(WizardPage):
    """Sends the requests when it comes into sight, one after the other, and follows the server until it is a node."""

    def __init__(self, desk: Desk, asked: Callable[[], tuple[NodeId, str, tuple[Request, ...]]]) -> None:
        super().__init__(tr("Add"), tr("The wizard may be closed meanwhile: it goes on."), "adding")
        self._desk, self._asked = desk, asked
        self.node: NodeId | None = None
        self._name = ""
        self._waiting: list[Request] = []
        self._rows: dict[Request, QTreeWidgetItem] = {}
        self._is_refused = self._has_come = False
        self.words = QLabel(self)
        self.words.setObjectName("how far")
        self.words.setWordWrap(True)
        self.tree = QTreeWidget(self)
        self.tree.setObjectName("steps")
        self.tree.setAccessibleName(tr("Steps"))
        self.tree.setRootIsDecorated(False)
        self.tree.setWordWrap(True)
        self.tree.setHeaderLabels([tr("Step"), tr("How far it is")])
        self.tree.header().setStretchLastSection(True)
        self.tree.header().setSectionResizeMode(0, QHeaderView.ResizeMode.ResizeToContents)
        self.column.addWidget(self.words)
        self.column.addWidget(self.tree, 1)

    def entered(self) -> None:
        """See WizardPage.entered."""
        bridge, facts = self._desk.bridge, self._desk.facts
        if bridge is None or facts is None or self.node is not None:
            return
        self.node, self._name, requests = self._asked()
        bridge.request_accepted.connect(self._accepted)
        bridge.request_refused.connect(self._refused)
        facts.refreshed.connect(self.follow)
        for request in requests:
            row = QTreeWidgetItem(self.tree, [self._title(request), tr("Waits")])
            row.setIcon(0, icon("hourglass", "muted"))
            self._rows[request] = row
        self._waiting = list(requests)
        self._send_next()
        self.follow()

    def send_rest(self) -> None:
        """The wizard closes: what has not been sent goes out now."""
        while self._waiting and not self._is_refused:
            self._send_next()

    def _title(self, request: Request) -> str:
        """The server has no name in the cluster before it has come."""
        if isinstance(request, AddNode):
            return tr("Add {node} to {cluster}", node=self._name, cluster=self._desk.cluster.name)
        return request.title(self._desk.cluster)

    def _send_next(self) -> None:
        if self._waiting:
            request = self._waiting.pop(0)
            self._rows[request].setText(1, tr("Asked for"))
            self._desk.submit((request,))

    def _accepted(self, submission: Submission) -> None:
        row = self._rows.get(submission.request)
        if row is not None:
            row.setText(1, tr("Done"))
            row.setIcon(0, icon("circle-check", "good"))
            self.follow()

    def _refused(self, refusal: Refusal) -> None:
        row = self._rows.get(refusal.submission.request)
        if row is not None:
            self._is_refused = True
            row.setText(1, " ".join(refusal.sentences))
            row.setToolTip(1, " ".join(refusal.sentences))
            row.setIcon(0, icon("circle-x", "bad"))
            self.follow()

    def follow(self, _refresh: object = None) -> None:
        """What the server is now; once it is there, it is added."""
        if not self._desk.has_lab or self.node is None:
            return
        node = self._desk.cluster.nodes.get(self.node)
        if self._is_refused:
            self._say(tr("It could not be done."), "bad")
        elif node is None:
            gone = tr("{node} is not in the lab any more.", node=self._name)
            self._say(gone if self._has_come else tr("The server comes."), "")
        else:
            self._has_come = True
            self._send_next()
            self._show(node)

    def _show(self, node: Node) -> None:
        adding = next((row for request, row in self._rows.items() if isinstance(request, AddNode)), None)
        if adding is None:
            self._say(tr("{node} stands in the lab, switched off.", node=node.name), "good")
        elif node.is_member:
            adding.setText(1, node_state(node))
            adding.setIcon(0, icon(*node_look(node)))
            words, tone = self._joining(node)
            self._say(words, tone)

    def _joining(self, node: Node) -> tuple[str, str]:
        if node.state is NodeState.UP:
            return tr("{node} is a node of {cluster}.", node=node.name, cluster=self._desk.cluster.name), "good"
        if self._desk.bridge is not None and not self._desk.bridge.pace.playing:
            return tr("{node} joins as soon as time goes on (Play).", node=node.name), "warning"
        return tr("{node} joins.", node=node.name), ""

    def _say(self, words: str, tone: str) -> None:
        self.words.setText(words)
        set_tone(self.words, tone)

    @property
    def next_text(self) -> str:
        """See WizardPage.next_text."""
        return tr("&Finish")

    @property
    def may_go_back(self) -> bool:
        """See WizardPage.may_go_back."""
        return False
