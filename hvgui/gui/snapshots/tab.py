"""The tab of a VM's snapshots: the buttons, the tree, and the inspector of disk chains below."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QPoint, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QLabel, QMenu, QSplitter, QToolButton, QVBoxLayout, QWidget

from hvgui.cluster.ids import VmId
from hvgui.cluster.machines import VirtualMachine
from hvgui.gui.facts import Facts
from hvgui.gui.icons import icon
from hvgui.gui.objects import Ref
from hvgui.gui.snapshots.button_row import ButtonRow
from hvgui.gui.snapshots.chain_rows import NOW
from hvgui.gui.snapshots.chain_view import ChainView
from hvgui.gui.snapshots.doings import DOINGS, reason
from hvgui.gui.snapshots.tree import SnapshotTree
from hvgui.gui.words import tr

_LEAST_PART = 48
"""Pixels that tree and chain keep on a low screen: a head and a row, the others are scrolled to."""
Asked = tuple[str, VmId, int]
"""What is wanted, of whom, of which snapshot. What is wanted of one that was merely chosen is `choose`."""


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
        self.tree = SnapshotTree(self)
        self.chain = ChainView(self)
        self.empty = QLabel(tr("No snapshots. Take one to be able to come back to this state."), self)
        self.empty.setProperty("role", "muted")
        self.parts = QSplitter(Qt.Orientation.Vertical, self)
        self.buttons: dict[str, QToolButton] = {}
        self._build()
        self.tree.currentItemChanged.connect(self._choose)
        self.tree.customContextMenuRequested.connect(self._show_menu)
        self.tree.itemDoubleClicked.connect(lambda *_: self._want("settings"))

    def _build(self) -> None:
        row = ButtonRow(self)
        for doing in DOINGS:
            button = QToolButton(self)
            button.setObjectName(f"snapshot {doing.id}")
            button.setText(tr(doing.title).rstrip("."))
            button.setIcon(icon(doing.icon))
            button.clicked.connect(self._pressed(doing.id))
            self.buttons[doing.id] = button
            row.add(button)
        self.parts.setChildrenCollapsible(False)
        for part in (self.tree, self.chain):
            part.setMinimumHeight(_LEAST_PART)
        self.parts.addWidget(self.tree)
        self.parts.addWidget(self.chain)
        self.parts.setStretchFactor(0, 1)
        self.parts.setStretchFactor(1, 1)
        column = QVBoxLayout(self)
        column.setContentsMargins(8, 6, 8, 6)
        column.setSpacing(4)
        column.addWidget(row)
        column.addWidget(self.empty)
        column.addWidget(self.parts, 1)
        column.addStretch(0)

    def _pressed(self, what: str) -> Callable[[], None]:
        return lambda: self._want(what)

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
        before, self._shown = self._shown, vm
        if before is None or (before.snapshots, before.current_snapshot) != (vm.snapshots, vm.current_snapshot):
            self.tree.show_vm(vm)
            self._choose()
            return
        if before.disks != vm.disks:
            self.tree.show_now(vm)
        if before.disks != vm.disks or before.task != vm.task or before.state is not vm.state:
            self.chain.show_vm(self._facts.cluster, vm, self.tree.chosen)
        self._judge(vm)

    def redraw(self) -> None:
        """The scheme is another: what was drawn in its colours is drawn anew."""
        for doing in DOINGS:
            self.buttons[doing.id].setIcon(icon(doing.icon))
        self._shown = None
        self.refresh()

    def _choose(self) -> None:
        """Another row: its chain is marked, and commands are on it."""
        vm = self._shown
        if vm is None:
            return
        self.chain.show_vm(self._facts.cluster, vm, self.tree.chosen)
        self._judge(vm)
        self.wanted.emit(("choose", vm.id, self.tree.chosen))

    def _judge(self, vm: VirtualMachine) -> None:
        self.empty.setVisible(not vm.snapshots)
        self.parts.setVisible(bool(vm.snapshots))
        for doing in DOINGS:
            why = reason(self._facts.cluster, vm, doing.id, self.tree.chosen if vm.snapshots else NOW)
            key = f" ({doing.key_name})" if doing.key_name else ""
            self.buttons[doing.id].setEnabled(not why)
            self.buttons[doing.id].setToolTip(why or f"{tr(doing.explanation)}{key}")

    def _want(self, what: str) -> None:
        if self._ref is not None and self.buttons[what].isEnabled():
            self.wanted.emit((what, self._ref.vm, self.tree.chosen))

    def _show_menu(self, place: QPoint) -> None:
        menu = QMenu(self)
        menu.setObjectName("snapshot menu")
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.setToolTipsVisible(True)
        for doing in DOINGS:
            button = self.buttons[doing.id]
            words = f"{tr(doing.title)}\t{doing.key_name}" if doing.key_name else tr(doing.title)
            action = menu.addAction(icon(doing.icon), words)
            action.setEnabled(button.isEnabled())
            action.setToolTip(button.toolTip())
            action.triggered.connect(self._pressed(doing.id))
        menu.popup(self.tree.viewport().mapToGlobal(place))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Enter, F2 and Delete act on what is chosen."""
        pressed = Qt.Key.Key_Return if event.key() == Qt.Key.Key_Enter else Qt.Key(event.key())
        what = next((doing.id for doing in DOINGS if doing.key == pressed), None)
        if what is not None:
            self._want(what)
        else:
            super().keyPressEvent(event)
