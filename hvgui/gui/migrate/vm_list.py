"""Several VMs as a list: where each goes, what is forecast for it, and how it fares."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QTreeWidget, QTreeWidgetItem, QWidget

from hvgui.cluster.ids import VmId
from hvgui.gui.icons import icon
from hvgui.gui.words import tr

_VM_ROLE = Qt.ItemDataRole.UserRole


class VmList(QTreeWidget):
    """One row a VM; the rows stay, their words change."""

    vm_chosen = Signal(object)
    """VmId."""

    def __init__(self, vms: tuple[tuple[VmId, str], ...], parent: QWidget) -> None:
        super().__init__(parent)
        self.setRootIsDecorated(False)
        self.setUniformRowHeights(True)
        self.setAllColumnsShowFocus(True)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setHeaderLabels([tr("Virtual machine"), tr("From"), tr("To"), tr("How it stands")])
        self.setAccessibleName(tr("Virtual machines to migrate"))
        self.setMinimumHeight(110)
        header = self.header()
        for column, width in enumerate((150, 100, 100)):
            header.setSectionResizeMode(column, QHeaderView.ResizeMode.Interactive)
            header.resizeSection(column, width)
        self._items: dict[VmId, QTreeWidgetItem] = {}
        for vm, name in vms:
            item = QTreeWidgetItem([name])
            item.setData(0, _VM_ROLE, int(vm))
            item.setIcon(0, icon("device-desktop", "text"))
            self._items[vm] = item
        self.addTopLevelItems(list(self._items.values()))
        self.setCurrentItem(next(iter(self._items.values())))
        self.currentItemChanged.connect(self._chosen)

    @property
    def chosen(self) -> VmId:
        """The row the person is on."""
        item = self.currentItem()
        return VmId(int(item.data(0, _VM_ROLE))) if item is not None else next(iter(self._items))

    def say(self, vm: VmId, source: str, target: str, stands: str, tone: str = "") -> None:
        """A row's words; the tone puts a sign before the last one."""
        item = self._items[vm]
        for column, text in enumerate((source, target, stands), 1):
            if item.text(column) != text:
                item.setText(column, text)
        item.setToolTip(3, stands)
        signs = {"bad": "circle-x", "warning": "alert-triangle", "good": "circle-check"}
        if item.data(0, _VM_ROLE + 1) != tone:
            item.setData(0, _VM_ROLE + 1, tone)
            item.setIcon(3, icon(signs[tone], tone) if tone else icon("circle", "muted"))

    def words(self, vm: VmId) -> tuple[str, str, str]:
        """A row's words."""
        item = self._items[vm]
        return item.text(1), item.text(2), item.text(3)

    def _chosen(self, item: QTreeWidgetItem | None, _before: QTreeWidgetItem | None) -> None:
        if item is not None:
            self.vm_chosen.emit(VmId(int(item.data(0, _VM_ROLE))))
