"""What differs between two branches: objects side by side, and the commands that only one of them has."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QTreeWidget, QTreeWidgetItem, QVBoxLayout, QWidget

from hvgui.cluster.units import format_clock
from hvgui.gui.icons import icon
from hvgui.gui.words import counted, tr

if TYPE_CHECKING:
    from hvgui.lab.frames import CommandMark, Comparison

_MOST_ROWS = 2_000
_ICONS = {
    "vm": "device-desktop",
    "node": "server-2",
    "volume": "folders",
    "network": "network",
    "link": "plug-connected",
}


class ComparisonView(QWidget):
    """A heading in words, and a table."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("branch comparison")
        self._sentences: tuple[str, ...] = ()
        self.words = QLabel(self)
        self.words.setObjectName("comparison words")
        self.words.setWordWrap(True)
        self.table = QTreeWidget(self)
        self.table.setObjectName("comparison table")
        self.table.setAccessibleName(tr("What differs"))
        self.table.setRootIsDecorated(False)
        self.table.setUniformRowHeights(True)
        self.table.setAlternatingRowColors(True)
        self._copy = QPushButton(tr("Copy"), self)
        self._copy.setObjectName("copy comparison")
        self._copy.setAutoDefault(False)
        self._copy.clicked.connect(self.copy)
        top = QHBoxLayout()
        top.addWidget(self.words, 1)
        top.addWidget(self._copy)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 6, 0, 0)
        column.addLayout(top)
        column.addWidget(self.table, 1)

    def begin(self, first: str, second: str) -> None:
        """Two branches are being compared."""
        self.table.clear()
        self.table.setHeaderLabels([tr("Object"), tr("What"), first, second])
        for number, width in enumerate((190, 150, 200)):
            self.table.setColumnWidth(number, width)
        self.say(tr("Comparing {first} with {second}...", first=first, second=second))

    def say(self, sentence: str) -> None:
        """A sentence in place of the heading."""
        self._sentences = ()
        self._copy.setEnabled(False)
        self.words.setText(sentence)

    def show_comparison(self, comparison: Comparison) -> None:
        """The table."""
        first, second = comparison.first.name, comparison.second.name
        self.begin(first, second)
        self._sentences = comparison.sentences
        self._copy.setEnabled(bool(self._sentences))
        self.words.setText(_heading(comparison))
        rows = [
            QTreeWidgetItem([one.name, one.what, one.first or "–", one.second or "–"])
            for one in comparison.differences[:_MOST_ROWS]
        ]
        for row, one in zip(rows, comparison.differences, strict=False):
            row.setToolTip(0, one.sentence)
            row.setIcon(0, icon(_ICONS.get(one.kind, "circle"), "muted"))
        rows += [_command_row(mark, in_first=True) for mark in comparison.only_in_first[:_MOST_ROWS]]
        rows += [_command_row(mark, in_first=False) for mark in comparison.only_in_second[:_MOST_ROWS]]
        self.table.addTopLevelItems(rows)

    def copy(self) -> None:
        """The comparison in words, to the clipboard."""
        QGuiApplication.clipboard().setText("\n".join(self._sentences))


def _heading(comparison: Comparison) -> str:
    differences, left = len(comparison.differences), max(0, len(comparison.differences) - _MOST_ROWS)
    words = tr(
        "Up to {parted} they are one. {first} at {first_moment} and {second} at {second_moment}: {differences}.",
        parted=format_clock(comparison.parted_ns),
        first=comparison.first.name,
        first_moment=format_clock(comparison.first_ns),
        second=comparison.second.name,
        second_moment=format_clock(comparison.second_ns),
        differences=counted(differences, "{count} difference", "{count} differences"),
    )
    return (
        f"{words} {counted(left, '{count} of them is not listed.', '{count} of them are not listed.')}"
        if left
        else words
    )


def _command_row(mark: CommandMark, *, in_first: bool) -> QTreeWidgetItem:
    words = tr("done at {moment}", moment=format_clock(mark.time_ns))
    row = QTreeWidgetItem([mark.title, tr("command"), words if in_first else "–", "–" if in_first else words])
    row.setIcon(0, icon("command", "muted"))
    row.setToolTip(0, mark.title)
    return row
