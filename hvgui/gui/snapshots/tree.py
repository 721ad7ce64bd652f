"""The tree of a VM's snapshots with "Now", its branches drawn; deleted ones whose files wait to be merged are grey."""

from __future__ import annotations

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QRect, Qt
from PySide6.QtGui import QBrush, QColor, QFont, QPainter, QPen
from PySide6.QtWidgets import QHeaderView, QTreeWidget, QTreeWidgetItem, QWidget

from hvgui.cluster.machines import VirtualMachine
from hvgui.cluster.snapshots import Snapshot, TakenOf, file_bytes
from hvgui.cluster.units import format_bytes, format_clock
from hvgui.gui.icons import icon
from hvgui.gui.snapshots.chain_rows import NOW
from hvgui.gui.snapshots.words import kind_words
from hvgui.gui.theme import colours
from hvgui.gui.words import tr

ID_ROLE = Qt.ItemDataRole.UserRole
_INDENTATION = 18
_DEEPEST = 180
"""Width that branches take at most: a long chain is drawn narrower."""
_KIND_ICONS = {
    TakenOf.RUNNING: ("filled-player-play", "good"),
    TakenOf.SAVED: ("device-floppy", "accent"),
    TakenOf.OFF: ("player-stop", "muted"),
}
_RIGHT = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter


class SnapshotTree(QTreeWidget):
    """Rows are filled anew when the tree changes; the chosen one stays chosen."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("snapshot tree")
        self.setAccessibleName(tr("Tree of snapshots"))
        self.setHeaderLabels([tr("Snapshot"), tr("Taken"), tr("Size"), tr("State")])
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self.setUniformRowHeights(True)
        self.setItemsExpandable(False)
        self.setRootIsDecorated(False)
        self.setExpandsOnDoubleClick(False)
        self.setMinimumHeight(88)
        header = self.header()
        header.setStretchLastSection(False)
        header.setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)

    @property
    def chosen(self) -> int:
        """The number of the snapshot that is chosen; NOW for the present or none."""
        item = self.currentItem()
        return int(item.data(0, ID_ROLE)) if item is not None else NOW

    def show_vm(self, vm: VirtualMachine) -> None:
        """Another VM, or the same one with another tree."""
        chosen = self.chosen
        self.blockSignals(True)
        self.clear()
        rows: dict[int, QTreeWidgetItem] = {}
        for one in vm.snapshots:
            rows[one.id] = _row(one)
            self._hang(rows.get(one.parent), rows[one.id])
        if vm.snapshots:
            rows[NOW] = _now(vm)
            self._hang(rows.get(vm.current_snapshot), rows[NOW])
        self.setIndentation(max(6, min(_INDENTATION, _DEEPEST // max(1, _depth(vm)))))
        self.expandAll()
        for column in range(1, 4):
            self.resizeColumnToContents(column)
        item = rows.get(chosen) or rows.get(NOW)
        if item is not None:
            self.setCurrentItem(item)
        self.blockSignals(False)

    def show_now(self, vm: VirtualMachine) -> None:
        """The files of "Now" have grown."""
        for item in self.findItems(tr("Now"), Qt.MatchFlag.MatchExactly | Qt.MatchFlag.MatchRecursive):
            if item.data(0, ID_ROLE) == NOW:
                item.setText(2, format_bytes(sum(disk.file_bytes for disk in vm.disks)))

    def choose(self, snapshot: int) -> None:
        """Chooses the row of a snapshot, or that of "Now"."""
        for item in self.findItems("", Qt.MatchFlag.MatchContains | Qt.MatchFlag.MatchRecursive):
            if item.data(0, ID_ROLE) == snapshot:
                self.setCurrentItem(item)

    def _hang(self, parent: QTreeWidgetItem | None, row: QTreeWidgetItem) -> None:
        if parent is None:
            self.addTopLevelItem(row)
        else:
            parent.addChild(row)

    def drawBranches(self, painter: QPainter, rect: QRect, index: QModelIndex | QPersistentModelIndex) -> None:
        """Lines from each snapshot to those that build on it, in a colour that is seen in every scheme."""
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
        painter.setPen(QPen(QColor(colours().muted), 1))
        step, middle = self.indentation(), rect.center().y()
        level, place = self._level(index), index.sibling(index.row(), 0)
        x = rect.left() + level * step - step // 2
        if level:
            painter.drawLine(x, rect.top(), x, middle)
            painter.drawLine(x, middle, x + step // 2 + 2, middle)
        while level > 0:
            if place.sibling(place.row() + 1, 0).isValid():
                painter.drawLine(x, rect.top(), x, rect.bottom())
            place, level, x = place.parent(), level - 1, x - step
        painter.restore()

    def _level(self, index: QModelIndex | QPersistentModelIndex) -> int:
        level, place = 0, index.parent()
        while place.isValid():
            level, place = level + 1, place.parent()
        return level


def _row(one: Snapshot) -> QTreeWidgetItem:
    size = "" if one.is_deleted and not file_bytes(one) else format_bytes(file_bytes(one))
    name = tr("{name} (deleted, merge pending)", name=one.name) if one.is_deleted else one.name
    row = QTreeWidgetItem([name, format_clock(one.taken_ns), size, "" if one.is_deleted else kind_words(one)])
    row.setData(0, ID_ROLE, one.id)
    row.setTextAlignment(2, _RIGHT)
    if one.is_deleted:
        row.setIcon(0, icon("hourglass", "muted"))
        for column in range(4):
            row.setForeground(column, QBrush(QColor(colours().muted)))
        why = tr("Deleted. Its files wait to be merged with those above, or several branches build on them.")
        row.setToolTip(0, why)
    else:
        row.setIcon(0, icon(*_KIND_ICONS[one.state_of]))
        row.setToolTip(0, one.name)
    return row


def _now(vm: VirtualMachine) -> QTreeWidgetItem:
    row = QTreeWidgetItem([tr("Now"), "", format_bytes(sum(disk.file_bytes for disk in vm.disks)), ""])
    row.setIcon(0, icon("present", "accent"))
    font = QFont(row.font(0))
    font.setBold(True)
    row.setFont(0, font)
    row.setForeground(0, QBrush(QColor(colours().accent)))
    row.setData(0, ID_ROLE, NOW)
    row.setTextAlignment(2, _RIGHT)
    return row


def _depth(vm: VirtualMachine) -> int:
    depths = {0: 0}
    for one in vm.snapshots:
        depths[one.id] = depths.get(one.parent, 0) + 1
    return max(depths.values()) + 1
