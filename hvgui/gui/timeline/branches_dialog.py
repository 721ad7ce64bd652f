"""The branches of a lab as a tree: live another one, rename, look, compare two, delete when asked."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import Qt
from PySide6.QtGui import QFont
from PySide6.QtWidgets import (
    QAbstractItemView,
    QDialog,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QSplitter,
    QTreeWidget,
    QTreeWidgetItem,
    QVBoxLayout,
    QWidget,
)

from hvgui.cluster.units import format_clock
from hvgui.gui.icons import icon
from hvgui.gui.timeline.branch_words import lost_words, parted_words, why_not_deleted
from hvgui.gui.timeline.comparison_view import ComparisonView
from hvgui.gui.timeline.delete_dialog import DeleteBranchDialog
from hvgui.gui.timeline.lineage import branch_of
from hvgui.gui.timeline.name_dialog import NameDialog
from hvgui.gui.words import counted, tr

if TYPE_CHECKING:
    from hvgui.gui.timeline.past import Past
    from hvgui.lab.frames import BranchMark, Comparison, Timeline

_ID = int(Qt.ItemDataRole.UserRole)
_TITLES = ("Branch", "Parted from", "Kept until", "Commands", "")


class BranchesDialog(QDialog):
    """Stands beside the window and follows the timeline."""

    def __init__(self, past: Past, parent: QWidget) -> None:
        super().__init__(parent)
        self.setObjectName("branches dialog")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(tr("Branches"))
        self._past = past
        self._compared: Future[Any] | None = None
        self._shown: Timeline | None = None
        self._asked_about = -1
        self._heading = QLabel(
            tr("Every line of history is kept. To begin another one, go to a moment on the timeline and go on there."),
            self,
        )
        self._heading.setProperty("role", "muted")
        self._heading.setWordWrap(True)
        self.tree = self._made_tree()
        self.comparison = ComparisonView(self)
        self.comparison.hide()
        self.live_button = self._button("branch live", tr("Live on it"), self.live)
        self.rename_button = self._button("branch rename", tr("Rename..."), self.rename)
        self.compare_button = self._button("branch compare", tr("Compare"), self.compare)
        self.delete_button = self._button("branch delete", tr("Delete..."), self.delete)
        self.close_button = self._button("branch close", tr("Close"), self.reject)
        self._why = QLabel(self)
        self._why.setObjectName("branch reason")
        self._why.setProperty("role", "muted")
        self._why.setWordWrap(True)
        self._lay_out()
        self.tree.itemSelectionChanged.connect(self._judge)
        self.tree.itemActivated.connect(self._activated)
        past.changed.connect(self.refresh)
        past.destroyed.connect(self.reject)
        self.refresh()

    def chosen(self) -> tuple[BranchMark, ...]:
        """The branches that are chosen, in their order in the tree."""
        timeline = self._past.timeline
        if timeline is None:
            return ()
        ids = {item.data(0, _ID) for item in self.tree.selectedItems()}
        return tuple(one for one in timeline.branches if one.id in ids)

    def choose(self, *branches: int) -> None:
        """Chooses these branches."""
        for item in self._items():
            item.setSelected(item.data(0, _ID) in branches)

    # What can be done

    def live(self) -> None:
        """Lives the chosen branch, from where it was left."""
        for mark in self.chosen()[:1]:
            self._past.switch_to(mark.id)

    def rename(self) -> None:
        """Asks for another name."""
        timeline = self._past.timeline
        if timeline is None:
            return
        for mark in self.chosen()[:1]:
            taken = tuple(one.name for one in timeline.branches if one.id != mark.id)
            about = tr("Another name for {name}:", name=mark.name)
            dialog = NameDialog(tr("Rename the branch"), about, tr("Rename"), mark.name, taken, self)
            dialog.named.connect(self._take_name)
            self._asked_about = mark.id
            dialog.open()

    def compare(self) -> None:
        """Compares two chosen branches; one alone with the lived one."""
        pair = self._pair()
        if pair is None:
            return
        self._compared = self._past.bridge.session.compare(pair[0].id, pair[1].id)
        self._past.bridge.follow(self._compared, self._show_comparison)
        self.comparison.begin(pair[0].name, pair[1].name)
        self.comparison.show()
        if self.height() < 560:
            self.resize(self.width(), 560)

    def delete(self) -> None:
        """Asks, with what would be lost."""
        for mark in self.chosen()[:1]:
            dialog = DeleteBranchDialog(mark.name, lost_words(mark), self)
            dialog.confirmed.connect(self._take_deletion)
            self._asked_about = mark.id
            dialog.open()

    def _take_name(self, name: str) -> None:
        self._past.rename(self._asked_about, name)

    def _take_deletion(self) -> None:
        self._past.delete(self._asked_about)

    def _pair(self) -> tuple[BranchMark, BranchMark] | None:
        marks, timeline = self.chosen(), self._past.timeline
        if len(marks) == 2:
            return marks[0], marks[1]
        lived = branch_of(timeline, timeline.branch) if timeline is not None else None
        if len(marks) == 1 and lived is not None and marks[0].id != lived.id:
            return lived, marks[0]
        return None

    def _show_comparison(self, asked: Future[Comparison]) -> None:
        if asked is not self._compared:
            return
        error = None if asked.cancelled() else asked.exception()
        if error is not None:
            self.comparison.say(str(error) or type(error).__name__)
        elif not asked.cancelled():
            self.comparison.show_comparison(asked.result())

    # What is shown

    def refresh(self) -> None:
        """Shows the branches as they are now; what was chosen stays so."""
        timeline = self._past.timeline
        if timeline is not None and (
            self._shown is None or (timeline.branches, timeline.branch) != (self._shown.branches, self._shown.branch)
        ):
            self._shown = timeline
            self._fill(timeline)
        self._judge()

    def _fill(self, timeline: Timeline) -> None:
        chosen = {mark.id for mark in self.chosen()} or {timeline.branch}
        self.tree.blockSignals(True)
        self.tree.clear()
        items: dict[int, QTreeWidgetItem] = {}
        for mark in timeline.branches:
            items[mark.id] = self._item(timeline, mark)
        for mark in timeline.branches:
            parent = items.get(mark.parent) if mark.parent is not None else None
            if parent is None:
                self.tree.addTopLevelItem(items[mark.id])
            else:
                parent.addChild(items[mark.id])
        self.tree.expandAll()
        for one, item in items.items():
            item.setSelected(one in chosen)
        self.tree.blockSignals(False)

    def _item(self, timeline: Timeline, mark: BranchMark) -> QTreeWidgetItem:
        lived = mark.id == timeline.branch
        columns = (mark.name, parted_words(timeline, mark), format_clock(mark.last_ns), f"{mark.commands:,}")
        item = QTreeWidgetItem([*columns, tr("lived") if lived else ""])
        item.setData(0, _ID, mark.id)
        item.setIcon(0, icon("branches", "good" if lived else "muted"))
        item.setTextAlignment(3, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        if lived:
            font = QFont(self.tree.font())
            font.setBold(True)
            item.setFont(0, font)
        return item

    def _judge(self) -> None:
        timeline, marks = self._past.timeline, self.chosen()
        one = marks[0] if len(marks) == 1 else None
        keeps = self._past.bridge.session.is_read_only
        reading = tr("The lab is open for reading only.") if keeps else ""
        lived = one is not None and timeline is not None and one.id == timeline.branch and not self._past.is_looking
        alone = "" if one is not None else tr("Choose one branch.")
        undeleted = why_not_deleted(timeline, one) if one is not None and timeline is not None else ""
        self._allow(self.live_button, alone or reading or (tr("This branch is lived already.") if lived else ""))
        self._allow(self.rename_button, alone or reading)
        self._allow(self.delete_button, alone or reading or undeleted)
        pair = self._pair()
        self._allow(self.compare_button, "" if pair else tr("Choose two branches, or one that is not lived."))
        self.compare_button.setText(tr("Compare with {name}", name=pair[0].name) if pair and one else tr("Compare"))
        words = (
            undeleted if one is not None else counted(len(marks), "{count} branch chosen", "{count} branches chosen")
        )
        self._why.setText(self._past.busy or words)

    def _allow(self, button: QPushButton, reason: str) -> None:
        button.setEnabled(not reason)
        button.setToolTip(reason)

    def _items(self) -> list[QTreeWidgetItem]:
        found: list[QTreeWidgetItem] = []
        waiting = [self.tree.topLevelItem(row) for row in range(self.tree.topLevelItemCount())]
        while waiting:
            item = waiting.pop(0)
            if item is not None:
                found.append(item)
                waiting += [item.child(row) for row in range(item.childCount())]
        return found

    def _activated(self, _item: QTreeWidgetItem) -> None:
        if self.live_button.isEnabled():
            self.live()

    # Building

    def _button(self, name: str, words: str, slot: Callable[[], None]) -> QPushButton:
        button = QPushButton(words, self)
        button.setObjectName(name)
        button.setAutoDefault(False)
        button.clicked.connect(slot)
        return button

    def _made_tree(self) -> QTreeWidget:
        tree = QTreeWidget(self)
        tree.setObjectName("branches")
        tree.setAccessibleName(tr("Branches"))
        tree.setHeaderLabels([tr(title) if title else "" for title in _TITLES])
        tree.setUniformRowHeights(True)
        tree.setAlternatingRowColors(True)
        tree.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        for column, width in enumerate((230, 230, 110, 90)):
            tree.setColumnWidth(column, width)
        return tree

    def _lay_out(self) -> None:
        buttons = QHBoxLayout()
        for button in (self.live_button, self.rename_button, self.compare_button, self.delete_button):
            buttons.addWidget(button)
        buttons.addStretch()
        buttons.addWidget(self.close_button)
        split = QSplitter(Qt.Orientation.Vertical, self)
        split.addWidget(self.tree)
        split.addWidget(self.comparison)
        split.setStretchFactor(0, 2)
        split.setStretchFactor(1, 3)
        split.setChildrenCollapsible(False)
        column = QVBoxLayout(self)
        column.setContentsMargins(16, 14, 16, 14)
        column.setSpacing(10)
        column.addWidget(self._heading)
        column.addWidget(split, 1)
        column.addWidget(self._why)
        column.addLayout(buttons)
        self.resize(800, 380)
