"""A tip as a card: what is wrong and since when, the evidence, the move with its forecast, and what can be done."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QAction
from PySide6.QtWidgets import (
    QFrame,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QMenu,
    QProgressBar,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from hvgui.gui.icons import pixmap
from hvgui.gui.tips.change_bars import ChangeBars
from hvgui.gui.tips.contents import CardContents
from hvgui.gui.tips.evidence_graph import EvidenceGraph
from hvgui.gui.tips.words import OVERLOADED_ICON
from hvgui.gui.tone import set_role, set_tone
from hvgui.gui.words import tr

_ICON = 22


class TipCard(QFrame):
    """Built once a tip; `show_contents` changes what differs."""

    asked = Signal(str, int)
    """What is wanted (`implement`, `dismiss`, one of `CardContents.shown`), and the tip."""

    def __init__(self, tip: int, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.tip = tip
        self.contents: CardContents | None = None
        self.setObjectName(f"tip {tip}")
        self.setProperty("role", "card")
        self._icon = QLabel(self)
        self.title = self._label("tip title", "figure", wraps=False)
        self.state = self._label("tip state", "muted")
        self.state.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        self.reason = self._label("tip reason")
        self.graph = EvidenceGraph(self)
        self.move_line = self._label("tip move")
        self.costs = self._label("tip costs", "muted")
        self.bars = ChangeBars(self)
        self.progress = QProgressBar(self)
        self.progress.setRange(0, 1000)
        self.progress.setTextVisible(False)
        self.progress.setFixedHeight(8)
        self.progress.setAccessibleName(tr("How far this pass is"))
        self.implement = self._button("implement", tr("&Implement"))
        self.dismiss = self._button("dismiss", tr("&Dismiss"))
        self.show_button = self._show_button()
        self._lay_out()

    def show_contents(self, contents: CardContents) -> None:
        """Brings the card up to date."""
        before, self.contents = self.contents, contents
        if contents == before:
            return
        tint = "muted" if contents.is_quiet else "accent" if contents.under_way else contents.tone
        if before is None or before.is_quiet != contents.is_quiet or before.tone != contents.tone:
            self.redraw()
        _say(self.title, contents.title)
        set_tone(self.title, "" if tint in ("muted", "accent") else tint)
        _say(self.state, contents.state)
        _say(self.reason, contents.reason)
        _say(self.move_line, contents.move)
        set_role(self.move_line, "muted" if contents.is_quiet else "")
        _say(self.costs, contents.costs)
        self.costs.setVisible(bool(contents.costs))
        self.graph.show_evidence(contents.evidence)
        self.bars.show_changes(contents.changes, contents.evidence.limit)
        self.bars.setVisible(bool(contents.changes))
        self.progress.setVisible(contents.per_mille is not None)
        self.progress.setValue(contents.per_mille or 0)
        self._enable(contents)
        self.setAccessibleName(contents.title)
        self.setAccessibleDescription(f"{contents.reason} {contents.move}. {contents.state}")

    def redraw(self) -> None:
        """The scheme is another."""
        if self.contents is not None:
            tint = "muted" if self.contents.is_quiet else self.contents.tone
            self._icon.setPixmap(pixmap(OVERLOADED_ICON[0], tint, _ICON))

    def _enable(self, contents: CardContents) -> None:
        for button, why, does in (
            (self.implement, contents.why_not_implement, contents.move),
            (self.dismiss, contents.why_not_dismiss, tr("Puts it away until the load has fallen.")),
        ):
            button.setEnabled(not why)
            button.setToolTip(why or does)
            button.setAccessibleDescription(why or does)
            button.setVisible(not contents.is_quiet)

    def _label(self, name: str, role: str = "", *, wraps: bool = True) -> QLabel:
        label = QLabel(self)
        label.setObjectName(name)
        label.setTextFormat(Qt.TextFormat.PlainText)
        label.setWordWrap(wraps)
        if role:
            label.setProperty("role", role)
        return label

    def _button(self, what: str, words: str) -> QPushButton:
        button = QPushButton(words, self)
        button.setObjectName(what)
        button.clicked.connect(self._pressed)
        return button

    def _show_button(self) -> QPushButton:
        button = QPushButton(tr("Sho&w"), self)
        button.setObjectName("show")
        button.setToolTip(tr("The node, the VM or the target in the tree, with its graphs."))
        menu = QMenu(button)
        menu.aboutToShow.connect(self._fill_menu)
        button.setMenu(menu)
        return button

    def _fill_menu(self) -> None:
        menu = self.show_button.menu()
        menu.clear()
        for what, words in self.contents.shown if self.contents is not None else ():
            action = QAction(words.replace("&", "&&"), menu)
            action.setObjectName(what)
            action.triggered.connect(self._pressed)
            menu.addAction(action)

    def _pressed(self) -> None:
        self.asked.emit(self.sender().objectName(), self.tip)

    def _lay_out(self) -> None:
        top = QHBoxLayout()
        top.setSpacing(8)
        top.addWidget(self._icon)
        top.addWidget(self.title)
        top.addWidget(self.state, 1)
        right = QVBoxLayout()
        right.setSpacing(4)
        for widget in (self.move_line, self.costs, self.bars, self.progress):
            right.addWidget(widget)
        right.addStretch()
        buttons = QHBoxLayout()
        buttons.setSpacing(8)
        buttons.addStretch()
        for button in (self.implement, self.dismiss, self.show_button):
            buttons.addWidget(button)
        right.addLayout(buttons)
        grid = QGridLayout(self)
        grid.setContentsMargins(14, 10, 14, 12)
        grid.setHorizontalSpacing(18)
        grid.setVerticalSpacing(6)
        grid.addLayout(top, 0, 0, 1, 2)
        grid.addWidget(self.reason, 1, 0, 1, 2)
        grid.addWidget(self.graph, 2, 0)
        grid.addLayout(right, 2, 1)
        grid.setColumnStretch(0, 1)
        grid.setColumnStretch(1, 1)


def _say(label: QLabel, text: str) -> None:
    if label.text() != text:
        label.setText(text)
