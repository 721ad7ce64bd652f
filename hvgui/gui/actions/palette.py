"""The command palette: type a few letters, Enter. Every command and every choice of a submenu, keyboard only."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QAbstractListModel, QEvent, QModelIndex, QObject, QPersistentModelIndex, QSize, Qt
from PySide6.QtGui import QColor, QIcon, QKeyEvent
from PySide6.QtWidgets import QFrame, QLabel, QLineEdit, QListView, QVBoxLayout, QWidget

from hvgui.gui.actions.board import Board
from hvgui.gui.actions.command import Choice, Command, verdict
from hvgui.gui.actions.fuzzy import score
from hvgui.gui.actions.table import COMMANDS
from hvgui.gui.icons import icon
from hvgui.gui.theme import colours
from hvgui.gui.words import tr

Index = QModelIndex | QPersistentModelIndex
_WIDTH = 620
_HEIGHT = 420
_MOVES = {
    int(Qt.Key.Key_Down): 1,
    int(Qt.Key.Key_Up): -1,
    int(Qt.Key.Key_PageDown): 10,
    int(Qt.Key.Key_PageUp): -10,
}


@dataclass(frozen=True)
class Entry:
    """One line of the palette."""

    title: str
    command: Command
    choice: Choice | None
    reason: str
    shortcut: str


class PaletteModel(QAbstractListModel):
    """The entries that answer what is typed, the best first; those that can't be given last."""

    def __init__(self, entries: tuple[Entry, ...], parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._all = entries
        self._shown: list[Entry] = []
        self.search("")

    def search(self, wanted: str) -> None:
        """Takes what is typed."""
        rated = [(score(wanted, entry.title), entry) for entry in self._all]
        found = [(rating, entry) for rating, entry in rated if rating is not None]
        found.sort(key=lambda pair: (bool(pair[1].reason), -pair[0] if wanted.strip() else 0))
        self.beginResetModel()
        self._shown = [entry for _, entry in found]
        self.endResetModel()

    def entry(self, row: int) -> Entry | None:
        """The entry of a row."""
        return self._shown[row] if 0 <= row < len(self._shown) else None

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008  Qt's signature
        """See QAbstractItemModel."""
        return 0 if parent.isValid() else len(self._shown)

    def data(self, index: Index, role: int = int(Qt.ItemDataRole.DisplayRole)) -> object:
        """See QAbstractItemModel."""
        entry = self.entry(index.row())
        if entry is None:
            return None
        if role == Qt.ItemDataRole.DisplayRole:
            further = entry.reason or entry.shortcut
            return f"{entry.title}    –  {further}" if further else entry.title
        if role == Qt.ItemDataRole.DecorationRole:
            tint = "muted" if entry.reason else "text"
            return icon(entry.command.icon, tint) if entry.command.icon else QIcon()
        if role == Qt.ItemDataRole.ForegroundRole:
            return QColor(colours().muted) if entry.reason else None
        return (entry.reason or entry.title) if role == Qt.ItemDataRole.ToolTipRole else None


class CommandPalette(QFrame):
    """A pop-up over the window; it goes when a command is given, on Escape, or when something else is clicked."""

    def __init__(self, board: Board, parent: QWidget) -> None:
        super().__init__(parent, Qt.WindowType.Popup)
        self._board = board
        self.setObjectName("palette")
        self.setProperty("role", "card")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setAccessibleName(tr("Command palette"))
        self._model = PaletteModel(entries(board), self)
        self._line = QLineEdit(self)
        self._line.setObjectName("palette line")
        self._line.setPlaceholderText(tr("Type a command"))
        self._line.setAccessibleName(tr("Command"))
        self._list = QListView(self)
        self._list.setObjectName("palette list")
        self._list.setAccessibleName(tr("Commands"))
        self._list.setUniformItemSizes(True)
        self._list.setIconSize(QSize(16, 16))
        self._list.setSpacing(1)
        self._list.setModel(self._model)
        self._list.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._list.setFrameShape(QFrame.Shape.NoFrame)
        self._list.setTextElideMode(Qt.TextElideMode.ElideRight)
        self._list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        hint = QLabel(tr("↑ ↓ to choose, Enter to run, Esc to close"), self)
        hint.setProperty("role", "muted")
        column = QVBoxLayout(self)
        column.setContentsMargins(10, 10, 10, 8)
        column.setSpacing(8)
        for widget in (self._line, self._list, hint):
            column.addWidget(widget)
        self._line.textChanged.connect(self._search)
        self._list.clicked.connect(self._clicked)
        self._line.installEventFilter(self)
        self._select(0)

    def open_over(self, window: QWidget) -> None:
        """Shows itself at the top of the window."""
        width = min(_WIDTH, window.width() - 40)
        self.resize(width, min(_HEIGHT, window.height() - 80))
        self.move(window.mapToGlobal(window.rect().topLeft()))
        left = (window.width() - width) // 2
        self.move(window.mapToGlobal(window.rect().topLeft()).x() + left, self.y() + 60)
        self.show()
        self._line.setFocus()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Arrows move in the list while the letters go into the line."""
        if event.type() is QEvent.Type.KeyPress and isinstance(event, QKeyEvent):
            if event.key() in _MOVES:
                self._select(self._list.currentIndex().row() + _MOVES[event.key()])
                return True
            if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
                self._run()
                return True
        return super().eventFilter(watched, event)

    def _search(self, wanted: str) -> None:
        self._model.search(wanted)
        self._select(0)

    def _select(self, row: int) -> None:
        row = max(0, min(row, self._model.rowCount() - 1))
        self._list.setCurrentIndex(self._model.index(row, 0))

    def _clicked(self, _index: QModelIndex) -> None:
        self._run()

    def _run(self) -> None:
        entry = self._model.entry(self._list.currentIndex().row())
        if entry is None or entry.reason:
            return
        board = self._board
        self.close()
        if entry.choice is not None:
            entry.choice.run(board.desk)
            board.refresh()
        else:
            board.give(entry.command)


def entries(board: Board) -> tuple[Entry, ...]:
    """Every command with its reason, and every choice of those that can be given."""
    return tuple(entry for command in COMMANDS for entry in _entries(command, board))


def _entries(command: Command, board: Board) -> tuple[Entry, ...]:
    said = verdict(command, board.desk)
    title = f"{tr(command.menu).replace('&', '')}: {command.named(board.desk).rstrip('.')}"
    if command.choices is None or not said.enabled:
        return (Entry(title, command, None, said.reason, command.shortcut.partition(";")[0]),)
    return tuple(
        Entry(f"{title}: {choice.title.rstrip('.')}", command, choice, choice.reason, "")
        for choice in command.choices(board.desk)
    )
