"""The tab of a VM's snapshots: the tree, the buttons, and the chain of files of what is chosen."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QPoint, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import (
    QHBoxLayout,
    QLabel,
    QMenu,
    QPlainTextEdit,
    QToolButton,
    QTreeWidget,
    QTreeWidgetItem,
    QVBoxLayout,
    QWidget,
)

from hvgui.cluster.ids import VmId
from hvgui.cluster.machines import VirtualMachine
from hvgui.cluster.snapshots import by_id, file_bytes, shown, shown_parent
from hvgui.cluster.units import format_bytes, format_clock
from hvgui.gui.facts import Facts
from hvgui.gui.icons import icon
from hvgui.gui.objects import Ref
from hvgui.gui.snapshots.words import chain_lines, state_words
from hvgui.gui.words import tr
from hvgui.requests.problems import blockers
from hvgui.requests.request import Request
from hvgui.requests.snapshots import ApplySnapshot, DeleteSnapshot, RevertVm, TakeSnapshot

_ID = Qt.ItemDataRole.UserRole
NOW = 0
"""The number of the row "Now"."""
Asked = tuple[str, VmId, int]
"""What is wanted, of whom, of which snapshot."""


class SnapshotsTab(QWidget):
    """Emits what is wanted; whoever has the desk asks and sends."""

    wanted = Signal(object)
    """Asked."""

    def __init__(self, facts: Facts, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("snapshots")
        self.setAccessibleName(tr("Snapshots"))
        self._facts = facts
        self._ref: Ref | None = None
        self._shown: VirtualMachine | None = None
        self.tree = QTreeWidget(self)
        self.tree.setObjectName("snapshot tree")
        self.tree.setAccessibleName(tr("Tree of snapshots"))
        self.tree.setHeaderLabels([tr("Snapshot"), tr("Taken"), tr("Files"), tr("Holds")])
        self.tree.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self.empty = QLabel(tr("No snapshots. Take one to be able to come back to this state."), self)
        self.empty.setProperty("role", "muted")
        self.chain = QPlainTextEdit(self)
        self.chain.setObjectName("snapshot chain")
        self.chain.setAccessibleName(tr("Chain of files"))
        self.chain.setReadOnly(True)
        self.chain.setMaximumHeight(66)
        self.tree.setMinimumHeight(96)
        self.buttons: dict[str, QToolButton] = {}
        self._build()
        self.tree.currentItemChanged.connect(self._say)
        self.tree.customContextMenuRequested.connect(self._show_menu)
        self.tree.itemDoubleClicked.connect(lambda *_: self._want("settings"))

    def _build(self) -> None:
        row = QHBoxLayout()
        for what, words, drawing in _DOINGS:
            button = QToolButton(self)
            button.setObjectName(f"snapshot {what}")
            button.setText(tr(words))
            button.setIcon(icon(drawing))
            button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
            button.clicked.connect(self._pressed(what))
            self.buttons[what] = button
            row.addWidget(button)
        row.addStretch(1)
        column = QVBoxLayout(self)
        column.setContentsMargins(8, 6, 8, 6)
        column.addLayout(row)
        column.addWidget(self.empty)
        column.addWidget(self.tree, 1)
        column.addWidget(self.chain)

    def _pressed(self, what: str) -> Callable[[], None]:
        return lambda: self._want(what)

    @property
    def chosen(self) -> int:
        """The number of the snapshot that is chosen; NOW for the present or none."""
        item = self.tree.currentItem()
        return int(item.data(0, _ID)) if item is not None else NOW

    def show_ref(self, ref: Ref) -> None:
        """Another VM."""
        self._ref = ref
        self._shown = None
        self.refresh()

    def refresh(self) -> None:
        """Follows the VM's record."""
        vm = self._facts.cluster.vms.get(self._ref.vm) if self._ref is not None else None
        if vm is None or not self.isVisible():
            return
        before = self._shown
        if before is None or (before.snapshots, before.current_snapshot) != (vm.snapshots, vm.current_snapshot):
            self._fill(vm)
        self._shown = vm
        self._say()

    def _fill(self, vm: VirtualMachine) -> None:
        chosen = self.chosen
        self.tree.clear()
        rows: dict[int, QTreeWidgetItem] = {}
        for one in shown(vm.snapshots):
            parent = rows.get(shown_parent(vm.snapshots, one.parent))
            words = [one.name, format_clock(one.taken_ns), format_bytes(file_bytes(one)), state_words(one)]
            row = QTreeWidgetItem(words)
            row.setIcon(0, icon("history"))
            row.setData(0, _ID, one.id)
            rows[one.id] = row
            _hang(self.tree, parent, row)
        if vm.snapshots:
            now = QTreeWidgetItem([tr("Now"), "", format_bytes(sum(disk.file_bytes for disk in vm.disks)), ""])
            now.setIcon(0, icon("present", "accent"))
            now.setData(0, _ID, NOW)
            _hang(self.tree, rows.get(shown_parent(vm.snapshots, vm.current_snapshot)), now)
            rows[NOW] = now
        self.tree.expandAll()
        for column in range(4):
            self.tree.resizeColumnToContents(column)
        item = rows.get(chosen) or rows.get(NOW)
        if item is not None:
            self.tree.setCurrentItem(item)

    def _say(self) -> None:
        vm = self._shown
        if vm is None:
            return
        self.empty.setVisible(not vm.snapshots)
        self.tree.setVisible(bool(vm.snapshots))
        self.chain.setVisible(bool(vm.snapshots))
        chosen = self.chosen
        if chosen and chosen not in by_id(vm.snapshots):
            chosen = NOW
        self.chain.setPlainText("\n".join(chain_lines(vm, chosen or None)))
        for what, button in self.buttons.items():
            reason = self._reason(vm, what, chosen)
            button.setEnabled(not reason)
            button.setToolTip(reason)

    def _reason(self, vm: VirtualMachine, what: str, chosen: int) -> str:
        """Why it can't be done now; empty: it can."""
        request: Request
        match what:
            case "take":
                request = TakeSnapshot(vm.id)
            case "revert":
                request = RevertVm(vm.id)
            case _ if not chosen:
                return tr("Choose a snapshot in the tree.")
            case "apply":
                request = ApplySnapshot(vm.id, chosen)
            case _:
                request = DeleteSnapshot(vm.id, chosen)
        if what == "settings":
            return ""
        found = blockers(request.check(self._facts.cluster))
        return str(found[0]) if found else ""

    def _want(self, what: str) -> None:
        if self._ref is not None and self.buttons[what].isEnabled():
            self.wanted.emit((what, self._ref.vm, self.chosen))

    def _show_menu(self, place: QPoint) -> None:
        menu = QMenu(self)
        menu.setObjectName("snapshot menu")
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.setToolTipsVisible(True)
        for what, words, drawing in _DOINGS:
            action = menu.addAction(icon(drawing), tr(words))
            action.setEnabled(self.buttons[what].isEnabled())
            action.setToolTip(self.buttons[what].toolTip())
            action.triggered.connect(self._pressed(what))
        menu.popup(self.tree.viewport().mapToGlobal(place))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Delete and F2 act on what is chosen."""
        what = {Qt.Key.Key_Delete: "delete", Qt.Key.Key_F2: "rename"}.get(Qt.Key(event.key()))
        if what is not None:
            self._want(what)
        else:
            super().keyPressEvent(event)


_DOINGS = (
    ("take", "Take", "file-plus"),
    ("apply", "Apply...", "player-track-prev"),
    ("revert", "Revert...", "undo"),
    ("rename", "Rename...", "tag"),
    ("settings", "Settings...", "info-circle"),
    ("delete", "Delete...", "trash"),
    ("subtree", "Delete subtree...", "branches"),
)


def _hang(tree: QTreeWidget, parent: QTreeWidgetItem | None, row: QTreeWidgetItem) -> None:
    if parent is None:
        tree.addTopLevelItem(row)
    else:
        parent.addChild(row)
