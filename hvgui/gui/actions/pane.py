"""The actions pane: the commands on what is chosen as buttons, the reason in words under those that can't be given."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt
from PySide6.QtWidgets import QFrame, QLabel, QScrollArea, QSizePolicy, QToolButton, QVBoxLayout, QWidget

from hvgui.gui.actions.board import Board, ChoiceMenu
from hvgui.gui.actions.command import Command, verdict
from hvgui.gui.actions.table import BY_ID, COMMANDS
from hvgui.gui.icons import icon
from hvgui.gui.keys import keep_space
from hvgui.gui.objects import Kind
from hvgui.gui.wording import ref_name
from hvgui.gui.words import counted, tr

_LAB = ("file.open", "file.create-lab", "file.sample", "file.save-as", "time.play", "time.step")


class WhyLabel(QLabel):
    """Small text on as many lines as it needs."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setProperty("role", "muted")
        font = self.font()
        font.setPointSizeF(font.pointSizeF() * 0.87)
        self.setFont(font)
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setWordWrap(True)


class ActionRow(QWidget):
    """One command: a button, and below it why it can't be given."""

    def __init__(self, command: Command, board: Board, parent: QWidget) -> None:
        super().__init__(parent)
        self.command = command
        self._board = board
        self.button = QToolButton(self)
        self.button.setObjectName(f"do {command.id}")
        self.button.setProperty("role", "action")
        self.button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self.button.setIconSize(QSize(16, 16))
        self.button.setAutoRaise(True)
        self.button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.button.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        keep_space(self.button)
        if command.choices is None:
            self.button.setDefaultAction(board.actions[command.id])
        else:
            self.button.setText(f" {tr(command.title)}  ▸")
            self.button.setMenu(ChoiceMenu(command, board, self.button))
            self.button.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self._why = WhyLabel(self)
        self._why.setContentsMargins(32, 0, 6, 3)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.button)
        column.addWidget(self._why)

    def refresh(self, said_above: str) -> str:
        """Enabled, or the reason, which is not repeated where the row above gives it. Gives the reason."""
        said = verdict(self.command, self._board.desk)
        if self.command.choices is not None:
            self.button.setEnabled(said.enabled)
            self.button.setIcon(icon(self.command.icon) if self.command.icon else icon("circle", "muted"))
        reason = "" if said.enabled else said.reason
        self._why.setText(reason)
        self._why.setToolTip(reason)
        self._why.setVisible(reason not in ("", said_above))
        return reason


class ActionsPane(QScrollArea):
    """Follows what is chosen."""

    def __init__(self, board: Board, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._board = board
        self._rows: list[ActionRow] = []
        self._shown: tuple[str, ...] = ()
        self.setObjectName("actions")
        self.setAccessibleName(tr("Actions"))
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._heading = QLabel(self)

    def refresh(self) -> None:
        """Shows the commands on what is chosen, each with its verdict."""
        kinds = self._board.desk.kinds
        ids = tuple(one.id for one in COMMANDS if (one.on | one.beside) & kinds)
        if ids != self._shown or not self._rows:
            self._shown = ids
            self._build(ids)
            return
        self._heading.setText(self._title())
        self._refresh_rows()

    def _refresh_rows(self) -> None:
        said = ""
        for row in self._rows:
            said = row.refresh(said)

    def _build(self, ids: tuple[str, ...]) -> None:
        content = QWidget()
        column = QVBoxLayout(content)
        column.setContentsMargins(6, 8, 6, 8)
        column.setSpacing(1)
        self._rows = []
        self._heading = _section(self._title(), content)
        if ids:
            column.addWidget(self._heading)
            self._add(ids, column, content)
            column.addSpacing(10)
        column.addWidget(_section(tr("Lab"), content))
        self._add(_LAB, column, content)
        column.addStretch()
        self._refresh_rows()
        self.setWidget(content)
        # There is no bar to scroll sideways: the widest button and the bar beside it have to fit.
        bar = self.verticalScrollBar().sizeHint().width()
        self.setMinimumWidth(content.minimumSizeHint().width() + bar)

    def _add(self, ids: tuple[str, ...], column: QVBoxLayout, content: QWidget) -> None:
        for one in ids:
            command = BY_ID[one]
            if command.begins_group and column.count() > 1:
                column.addSpacing(6)
            row = ActionRow(command, self._board, content)
            self._rows.append(row)
            column.addWidget(row)

    def _title(self) -> str:
        desk = self._board.desk
        refs = desk.chosen(frozenset().union(*(one.on | one.beside for one in COMMANDS)))
        if not refs or not desk.has_lab:
            return ""
        if len(refs) == 1:
            return ref_name(desk.cluster, refs[0])
        if desk.kinds == {Kind.VM}:
            return counted(len(refs), "{count} virtual machine", "{count} virtual machines")
        return counted(len(refs), "{count} object", "{count} objects")


def _section(text: str, parent: QWidget) -> QLabel:
    label = QLabel(text, parent)
    label.setProperty("role", "section")
    label.setContentsMargins(8, 2, 4, 4)
    label.setTextFormat(Qt.TextFormat.PlainText)
    return label
