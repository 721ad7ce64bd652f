"""The actions pane: the commands on what is chosen as buttons, the reason in words under those that can't be given."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt
from PySide6.QtWidgets import QFrame, QLabel, QScrollArea, QSizePolicy, QToolButton, QVBoxLayout, QWidget

from hvgui.gui.actions.board import Board, ChoiceMenu
from hvgui.gui.actions.command import Command, verdict
from hvgui.gui.actions.groups import Group, Part, parts
from hvgui.gui.actions.table import BY_ID, COMMANDS
from hvgui.gui.icons import icon
from hvgui.gui.keys import keep_space
from hvgui.gui.objects import Kind
from hvgui.gui.settings import remember, remembered_list
from hvgui.gui.wording import ref_name
from hvgui.gui.words import counted, tr

_OPEN_SECTIONS = "actions/open-sections"
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


class SectionRow(QWidget):
    """Commands that belong together, below a heading that opens and closes them. What is open is remembered."""

    def __init__(self, group: Group, rows: tuple[ActionRow, ...], parent: QWidget) -> None:
        super().__init__(parent)
        self._group = group
        self.rows = rows
        self.heading = QToolButton(self)
        self.heading.setObjectName(f"section {group.id}")
        self.heading.setProperty("role", "action")
        self.heading.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self.heading.setIconSize(QSize(16, 16))
        self.heading.setAutoRaise(True)
        self.heading.setCheckable(True)
        self.heading.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.heading.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.heading.setIcon(icon(group.icon))
        keep_space(self.heading)
        self._body = QWidget(self)
        body = QVBoxLayout(self._body)
        body.setContentsMargins(14, 0, 0, 4)
        body.setSpacing(1)
        for row in rows:
            body.addWidget(row)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.heading)
        column.addWidget(self._body)
        self.heading.setChecked(group.id in remembered_list(_OPEN_SECTIONS))
        self._show(self.heading.isChecked())
        self.heading.toggled.connect(self._turn)

    def refresh(self) -> None:
        """Every row with its verdict."""
        said = ""
        for row in self.rows:
            said = row.refresh(said)

    def open_width(self) -> int:
        """What it needs once it is open."""
        return max(self.heading.minimumSizeHint().width(), self._body.minimumSizeHint().width())

    def _turn(self, opened: bool) -> None:
        others = [one for one in remembered_list(_OPEN_SECTIONS) if one != self._group.id]
        remember(_OPEN_SECTIONS, [*others, self._group.id] if opened else others)
        self._show(opened)

    def _show(self, opened: bool) -> None:
        self._body.setVisible(opened)
        self.heading.setText(f" {tr(self._group.title)}  {'▾' if opened else '▸'}")
        state = tr("open") if opened else tr("closed")
        self.heading.setAccessibleName(tr("{section}, {state}", section=tr(self._group.title), state=state))


class ActionsPane(QScrollArea):
    """Follows what is chosen."""

    def __init__(self, board: Board, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._board = board
        self._rows: list[ActionRow | SectionRow] = []
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
            if isinstance(row, SectionRow):
                row.refresh()
                said = ""
            else:
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
        # There is no bar to scroll sideways: the widest button and the bar beside it have to fit, those of closed
        # sections too.
        bar = self.verticalScrollBar().sizeHint().width()
        margins = column.contentsMargins()
        sections = (row.open_width() for row in self._rows if isinstance(row, SectionRow))
        widest = max(sections, default=0) + margins.left() + margins.right()
        self.setMinimumWidth(max(content.minimumSizeHint().width(), widest) + bar)

    def _add(self, ids: tuple[str, ...], column: QVBoxLayout, content: QWidget) -> None:
        for part in parts(BY_ID[one] for one in ids):
            first = part if isinstance(part, Command) else part[1][0]
            if first.begins_group and column.count() > 1:
                column.addSpacing(6)
            row = self._row_of(part, content)
            self._rows.append(row)
            column.addWidget(row)

    def _row_of(self, part: Part, content: QWidget) -> ActionRow | SectionRow:
        if isinstance(part, Command):
            return ActionRow(part, self._board, content)
        group, members = part
        return SectionRow(group, tuple(ActionRow(one, self._board, content) for one in members), content)

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
