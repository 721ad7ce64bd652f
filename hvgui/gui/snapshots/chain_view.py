"""The inspector of disk chains: every file of every disk, whose it is, what it takes, and what a merge will free."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QBrush, QColor, QFont
from PySide6.QtWidgets import QHeaderView, QLabel, QTreeWidget, QTreeWidgetItem, QVBoxLayout, QWidget

from hvgui.cluster.cluster import Cluster
from hvgui.cluster.machines import VirtualMachine
from hvgui.cluster.snapshots import by_id, deleted
from hvgui.cluster.units import format_bytes
from hvgui.gui.icons import icon
from hvgui.gui.snapshots.chain_rows import NOW, FileRow, ancestry, chains
from hvgui.gui.theme import colours
from hvgui.gui.words import counted, tr
from hvgui.requests.snapshot_merges import next_merging, why_pending

_RIGHT = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter


class ChainView(QWidget):
    """Per disk its files from the oldest parent to "Now"; those of the chosen snapshot's chain are marked."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.files = QTreeWidget(self)
        self.files.setObjectName("snapshot chain")
        self.files.setAccessibleName(tr("Chain of files"))
        self.files.setHeaderLabels(
            [tr("File"), tr("Of snapshot"), tr("Kind"), tr("In file"), tr("Virtual size"), tr("Merge frees")]
        )
        self.files.setUniformRowHeights(True)
        self.files.setIndentation(14)
        self.files.setRootIsDecorated(False)
        self.files.setItemsExpandable(False)
        self.files.setMinimumHeight(80)
        header = self.files.header()
        header.setStretchLastSection(False)
        header.setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        header.setMinimumSectionSize(56)
        self.total = QLabel(self)
        self.total.setObjectName("snapshot total")
        self.total.setWordWrap(True)
        self.total.setProperty("role", "muted")
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
        column.addWidget(self.files, 1)
        column.addWidget(self.total)
        self._rows: list[tuple[QTreeWidgetItem, int]] = []

    def show_vm(self, cluster: Cluster, vm: VirtualMachine, chosen: int) -> None:
        """Another VM, or the same one in another state."""
        place = self.files.verticalScrollBar().value()
        self.files.clear()
        self._rows = []
        names = {one.id: one.name for one in vm.snapshots}
        for name, rows in chains(vm).items():
            head = QTreeWidgetItem([name, "", "", format_bytes(sum(row.disk.file_bytes for row in rows))])
            head.setIcon(0, icon("device-sd-card"))
            head.setTextAlignment(3, _RIGHT)
            self.files.addTopLevelItem(head)
            for row in rows:
                item = _item(row, names)
                head.addChild(item)
                self._rows.append((item, row.snapshot))
        self._add_memory(vm)
        self.files.expandAll()
        self.mark(vm, chosen)
        for column in range(1, self.files.columnCount()):
            self.files.resizeColumnToContents(column)
        self.total.setText(total_words(cluster, vm))
        self.files.verticalScrollBar().setValue(place)

    def _add_memory(self, vm: VirtualMachine) -> None:
        held = [one for one in vm.snapshots if one.memory_bytes]
        if not held:
            return
        head = QTreeWidgetItem([tr("Saved memory"), "", "", format_bytes(sum(one.memory_bytes for one in held))])
        head.setIcon(0, icon("device-floppy"))
        head.setTextAlignment(3, _RIGHT)
        self.files.addTopLevelItem(head)
        for one in held:
            size = format_bytes(one.memory_bytes)
            item = QTreeWidgetItem([tr("Memory"), one.name, "", size, "", size])
            _align(item)
            head.addChild(item)
            self._rows.append((item, one.id))

    def mark(self, vm: VirtualMachine, chosen: int) -> None:
        """The files on which the chosen snapshot (or "Now") stands are strong, the others pale."""
        chain = set(ancestry(vm, chosen)) if chosen == NOW or chosen in by_id(vm.snapshots) else {NOW}
        strong, pale = QBrush(QColor(colours().text)), QBrush(QColor(colours().muted))
        for item, snapshot in self._rows:
            font = QFont(self.files.font())
            font.setBold(snapshot in chain)
            for column in range(self.files.columnCount()):
                item.setFont(column, font)
                item.setForeground(column, strong if snapshot in chain else pale)
            in_chain = snapshot in chain
            item.setIcon(0, icon("filled-circle" if in_chain else "circle", "accent" if in_chain else "muted"))

    def texts(self) -> list[list[str]]:
        """What stands in the rows, for who reads it aloud or tests it."""
        found = self.files.findItems("", Qt.MatchFlag.MatchContains | Qt.MatchFlag.MatchRecursive)
        return [[item.text(column) for column in range(self.files.columnCount())] for item in found]


def _item(row: FileRow, names: dict[int, str]) -> QTreeWidgetItem:
    whose = tr("Now") if row.snapshot == NOW else names[row.snapshot]
    if row.is_deleted:
        whose = tr("{name} (deleted)", name=whose)
    size, virtual = format_bytes(row.disk.file_bytes), format_bytes(row.disk.size_bytes)
    item = QTreeWidgetItem([row.name, whose, row.disk.kind.value, size, virtual, frees_words(row)])
    item.setToolTip(0, row.disk.path)
    item.setToolTip(1, whose)
    item.setToolTip(5, _why(row))
    _align(item)
    return item


def _align(item: QTreeWidgetItem) -> None:
    for column in (3, 4, 5):
        item.setTextAlignment(column, _RIGHT)


def frees_words(row: FileRow) -> str:
    """What a merge frees, or why nothing."""
    if row.snapshot == NOW:
        return ""
    if row.frees is None:
        return counted(row.branches, "{count} branch", "{count} branches")
    return format_bytes(row.frees)


def _why(row: FileRow) -> str:
    if row.snapshot == NOW:
        return tr("What the VM writes goes into this file.")
    if row.frees is None:
        return tr("Several branches build on this file: it stays until one is left.")
    if row.is_deleted:
        return tr("Freed once this file and the one above are merged.")
    return tr("Freed by deleting its snapshot, once the files are merged.")


def total_words(cluster: Cluster, vm: VirtualMachine) -> str:
    """All files together, and what waits to be merged."""
    rows = [row for found in chains(vm).values() for row in found]
    memory = sum(one.memory_bytes for one in vm.snapshots)
    size = format_bytes(sum(row.disk.file_bytes for row in rows) + memory)
    text = counted(len(rows), "{count} file", "{count} files")
    text = tr("{size} in {files}.", size=size, files=text)
    waiting = deleted(vm.snapshots)
    if not waiting:
        return text
    text += " " + counted(
        len(waiting), "Merge pending: {count} deleted snapshot.", "Merge pending: {count} deleted snapshots."
    )
    merging = next_merging(vm)
    if merging is not None:
        moves, frees = format_bytes(merging.moved_bytes), format_bytes(merging.freed_bytes)
        text += " " + tr("The next merge moves {moves} and frees {frees}.", moves=moves, frees=frees)
    if vm.task is None:
        problem = why_pending(cluster, vm)
        text += f" {problem}" if problem is not None else ""
    return text
