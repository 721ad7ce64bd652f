"""The board: one QAction a command, for the whole window, kept enabled or disabled with the reason why."""

from __future__ import annotations

from collections.abc import Iterable

from PySide6.QtCore import QObject
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QMenu, QMenuBar, QWidget

from hvgui.gui.actions.command import Choice, Command, chosen, plan, verdict
from hvgui.gui.actions.confirm import ConfirmDialog
from hvgui.gui.actions.desk import Desk
from hvgui.gui.actions.groups import Group, parts
from hvgui.gui.actions.table import COMMANDS, MENUS
from hvgui.gui.icons import icon
from hvgui.gui.quorum.consequences import stops_nodes
from hvgui.gui.words import tr


class CommandAction(QAction):
    """A command as Qt knows it."""

    def __init__(self, command: Command, board: Board) -> None:
        super().__init__(tr(command.title), board)
        self.command = command
        self._board = board
        self.setObjectName(command.id)
        # Qt would take the dots from a button's text; the space keeps it off the icon.
        self.setIconText(f" {tr(command.title)}")
        if command.shortcut:
            self.setShortcuts(QKeySequence.listFromString(command.shortcut))
        self.triggered.connect(self._give)

    def dress(self) -> None:
        """The icon in the colours of the scheme."""
        if self.command.icon:
            self.setIcon(icon(self.command.icon))

    def judge(self) -> None:
        """Enabled or not as of now; the reason in the tool tip."""
        said = verdict(self.command, self._board.desk)
        self.setEnabled(said.enabled)
        if self.command.naming is not None:
            self._name(self.command.named(self._board.desk))
        words = tr(self.command.explanation) if self.command.explanation else self.text()
        keys = self.shortcut().toString(QKeySequence.SequenceFormat.NativeText)
        tip = f"{words} ({keys})" if keys and said.enabled else words
        self.setToolTip(tip if said.enabled else f"{self.text()}: {said.reason}")
        self.setStatusTip(words if said.enabled else said.reason)

    def _name(self, title: str) -> None:
        if title != self.text():
            self.setText(title)
            self.setIconText(f" {title}")

    def _give(self) -> None:
        self._board.give(self.command)


class ChoiceAction(QAction):
    """One entry of a submenu."""

    def __init__(self, choice: Choice, board: Board, parent: QObject) -> None:
        super().__init__(choice.title.replace("&", "&&"), parent)
        self._choice = choice
        self._board = board
        self.setEnabled(not choice.reason)
        self.setToolTip(choice.reason or choice.explanation)
        self.setStatusTip((choice.reason or choice.explanation).replace("\n", "  "))
        if choice.checked is not None:
            self.setCheckable(True)
            self.setChecked(choice.checked)
        self.triggered.connect(self._choose)

    def _choose(self) -> None:
        self._choice.run(self._board.desk)
        self._board.refresh()


class ChoiceMenu(QMenu):
    """A submenu whose entries are found when it is opened: nodes with their ratings, recent files."""

    def __init__(self, command: Command, board: Board, parent: QWidget | None) -> None:
        super().__init__(tr(command.title), parent)
        self.command = command
        self._board = board
        self.setObjectName(f"menu {command.id}")
        self.setToolTipsVisible(True)
        if command.icon:
            self.setIcon(icon(command.icon))
        self.aboutToShow.connect(self.fill)
        self.judge()

    def judge(self) -> None:
        """Enabled or not as of now."""
        said = verdict(self.command, self._board.desk)
        self.menuAction().setEnabled(said.enabled)
        words = tr(self.command.explanation) if said.enabled else f"{self.title()}: {said.reason}"
        self.menuAction().setToolTip(words)
        self.menuAction().setStatusTip(words)

    def fill(self) -> None:
        """Finds the entries anew."""
        self.clear()
        if self.command.choices is None or not verdict(self.command, self._board.desk).enabled:
            return
        for choice in self.command.choices(self._board.desk):
            self.addAction(ChoiceAction(choice, self._board, self))


class GroupMenu(QMenu):
    """A submenu of commands that belong together."""

    def __init__(self, group: Group, parent: QMenu) -> None:
        super().__init__(tr(group.title), parent)
        self._icon = group.icon
        self.setObjectName(f"menu {group.id}")
        self.setToolTipsVisible(True)
        self.dress()

    def dress(self) -> None:
        """The icon in the colours of the scheme."""
        self.setIcon(icon(self._icon))


class Board(QObject):
    """Owns the actions, and gives the commands."""

    def __init__(self, desk: Desk, parent: QObject) -> None:
        super().__init__(parent)
        self.desk = desk
        self.actions = {one.id: CommandAction(one, self) for one in COMMANDS if one.choices is None}
        self._menus: list[ChoiceMenu] = []
        self._groups: list[GroupMenu] = []

    def dress(self) -> None:
        """Draws every icon in the scheme's colours."""
        for action in self.actions.values():
            action.dress()
        for menu in self._menus:
            if menu.command.icon:
                menu.setIcon(icon(menu.command.icon))
        for group in self._groups:
            group.dress()

    def refresh(self) -> None:
        """Judges every command anew."""
        for action in self.actions.values():
            action.judge()
        for menu in self._menus:
            menu.judge()

    def build_menu_bar(self, bar: QMenuBar) -> None:
        """Every menu of the bar."""
        for title in MENUS:
            menu = QMenu(tr(title), bar)
            menu.setToolTipsVisible(True)
            bar.addMenu(menu)
            self._fill(menu, [one for one in COMMANDS if one.menu == title], keep=True)

    def context_menu(self, parent: QWidget) -> QMenu | None:
        """The commands on what is chosen; None where there are none. Deletes itself when closed."""
        kinds = self.desk.kinds
        commands = [one for one in COMMANDS if (one.on | one.beside) & kinds]
        if not commands:
            return None
        menu = QMenu(parent)
        menu.setObjectName("context menu")
        menu.setToolTipsVisible(True)
        self.refresh()
        self._fill(menu, commands, keep=False)
        menu.aboutToHide.connect(menu.deleteLater)
        return menu

    def give(self, command: Command) -> None:
        """Gives a command on what is chosen; asks first where something is lost, or where some can't."""
        if not verdict(command, self.desk).enabled:
            return
        if command.request is None:
            if command.run is not None:
                command.run(self.desk)
            self.refresh()
            return
        made = plan(command.request, self.desk.cluster, chosen(command, self.desk))
        requests = tuple(request for request, _ in made.going)
        if command.asks or made.staying or stops_nodes(self.desk.cluster, requests):
            dialog = ConfirmDialog(command, made, self.desk, self.desk.parent)
            dialog.open()
        else:
            self.desk.submit(requests)

    def _fill(self, menu: QMenu, commands: Iterable[Command], *, keep: bool) -> None:
        for part in parts(commands):
            if isinstance(part, Command):
                self._add(part, menu, keep=keep)
                continue
            group, members = part
            if members[0].begins_group and not menu.isEmpty():
                menu.addSeparator()
            submenu = GroupMenu(group, menu)
            menu.addMenu(submenu)
            if keep:
                self._groups.append(submenu)
            for command in members:
                self._add(command, submenu, keep=keep)

    def _add(self, command: Command, menu: QMenu, *, keep: bool) -> None:
        if command.begins_group and not menu.isEmpty():
            menu.addSeparator()
        if command.choices is None:
            menu.addAction(self.actions[command.id])
            return
        submenu = ChoiceMenu(command, self, menu)
        menu.addMenu(submenu)
        if keep:
            self._menus.append(submenu)
