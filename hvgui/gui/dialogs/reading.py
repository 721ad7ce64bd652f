"""Things to read: what an import found, the shortcuts."""

from __future__ import annotations

from collections import Counter

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QGuiApplication, QKeySequence
from PySide6.QtWidgets import (
    QAbstractItemView,
    QDialog,
    QDialogButtonBox,
    QLabel,
    QListWidget,
    QListWidgetItem,
    QPushButton,
    QTreeWidget,
    QTreeWidgetItem,
    QVBoxLayout,
    QWidget,
)

from hvgui.cluster.events import Level
from hvgui.exchange.findings import Finding
from hvgui.gui.actions.table import COMMANDS
from hvgui.gui.icons import icon
from hvgui.gui.words import counted, tr

_ICONS = {
    Level.INFORMATION: ("info-circle", "accent"),
    Level.WARNING: ("alert-triangle", "warning"),
    Level.ERROR: ("circle-x", "bad"),
}
_PARTS = {
    Level.ERROR: ("{count} left out", "{count} left out"),
    Level.WARNING: ("{count} doubtful", "{count} doubtful"),
    Level.INFORMATION: ("{count} assumed", "{count} assumed"),
}


class ReadingDialog(QDialog):
    """A heading, something to read, a button to close."""

    def __init__(self, title: str, heading: str, name: str, parent: QWidget) -> None:
        super().__init__(parent)
        self.setObjectName(name)
        self.setWindowTitle(title)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        label = QLabel(heading, self)
        label.setWordWrap(True)
        self.box = QDialogButtonBox(self)
        self.box.addButton(QDialogButtonBox.StandardButton.Close).setText(tr("Close"))
        self.box.rejected.connect(self.reject)
        self.column = QVBoxLayout(self)
        self.column.setContentsMargins(20, 16, 20, 14)
        self.column.setSpacing(12)
        self.column.addWidget(label)
        self.column.addWidget(self.box)

    def put(self, widget: QWidget) -> None:
        """Puts something between heading and button."""
        self.column.insertWidget(self.column.count() - 1, widget, 1)


class FindingsDialog(ReadingDialog):
    """Everything that was doubtful about an import, the gravest first, to be copied."""

    def __init__(self, file: str, findings: tuple[Finding, ...], parent: QWidget) -> None:
        totals = Counter(finding.severity for finding in findings)
        parts = [counted(totals[level], *words) for level, words in _PARTS.items() if totals[level]]
        heading = tr("{file} was opened. Not everything in it fitted: {parts}.", file=file, parts=", ".join(parts))
        super().__init__(tr("What the import found"), heading, "findings", parent)
        self._findings = findings
        self._list = QListWidget(self)
        self._list.setObjectName("findings list")
        self._list.setAccessibleName(tr("Findings"))
        self._list.setWordWrap(True)
        self._list.setIconSize(QSize(16, 16))
        self._list.setAlternatingRowColors(True)
        self._list.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        for finding in findings:
            self._list.addItem(QListWidgetItem(icon(*_ICONS[finding.severity]), str(finding)))
        self.put(self._list)
        copy = QPushButton(tr("Copy all"), self.box)
        copy.setObjectName("copy findings")
        copy.clicked.connect(self._copy)
        self.box.addButton(copy, QDialogButtonBox.ButtonRole.ActionRole)
        self.resize(720, 460)

    def _copy(self) -> None:
        QGuiApplication.clipboard().setText("\n".join(str(finding) for finding in self._findings))


class ShortcutsDialog(ReadingDialog):
    """Every shortcut, from the table of commands."""

    def __init__(self, parent: QWidget) -> None:
        heading = tr("Every command is also in the command palette (Ctrl+K); type a few of its letters.")
        super().__init__(tr("Keyboard shortcuts"), heading, "shortcuts", parent)
        table = QTreeWidget(self)
        table.setObjectName("shortcuts list")
        table.setAccessibleName(tr("Shortcuts"))
        table.setHeaderLabels([tr("Command"), tr("Keys")])
        table.setRootIsDecorated(False)
        table.setAlternatingRowColors(True)
        for command in COMMANDS:
            if command.shortcut:
                sequences = QKeySequence.listFromString(command.shortcut)
                keys = ", ".join(one.toString(QKeySequence.SequenceFormat.NativeText) for one in sequences)
                table.addTopLevelItem(QTreeWidgetItem([tr(command.title), keys]))
        table.setColumnWidth(0, 340)
        self.put(table)
        self.resize(560, 520)
