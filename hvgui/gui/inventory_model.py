"""The tree of the cluster as a model: two columns (name, state), integer ids, sorted and filtered in here.

Every place in the tree has an integer key (`objects.tree_key`), which is its internal id: no index refers to an object.
A VM that changes its owner moves as a row; many at once are one change of layout.
"""

from __future__ import annotations

from PySide6.QtCore import (
    QAbstractItemModel,
    QByteArray,
    QMimeData,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    Qt,
    Signal,
)
from PySide6.QtGui import QColor

from hvgui.cluster.ids import NodeId, VmId
from hvgui.gui.cells import Cell
from hvgui.gui.facts import Facts, Refresh
from hvgui.gui.icons import icon
from hvgui.gui.inventory_order import Branches, Inventory
from hvgui.gui.inventory_text import cell_icon, cell_text, is_quiet, tool_tip
from hvgui.gui.objects import Kind, Ref, exists, is_on_node, node_ref, ref_of, tree_key, vm_ref
from hvgui.gui.theme import colours
from hvgui.gui.words import tr

Index = QModelIndex | QPersistentModelIndex
VMS_MIME = "application/x-hvgui-vms"
"""Ids of VMs that are being dragged, as text with commas."""
REF_ROLE = int(Qt.ItemDataRole.UserRole)
"""The Ref of a row."""
MOST_MOVES = 8
"""More moved VMs than this in one refresh are one change of layout."""

_DISPLAY = int(Qt.ItemDataRole.DisplayRole)
_DECORATION = int(Qt.ItemDataRole.DecorationRole)
_TOOL_TIP = int(Qt.ItemDataRole.ToolTipRole)
_FOREGROUND = int(Qt.ItemDataRole.ForegroundRole)
_ACCESSIBLE = int(Qt.ItemDataRole.AccessibleTextRole)
# Joining flags costs a microsecond each, and a layout asks for those of every row.
_NO_FLAGS = Qt.ItemFlag.NoItemFlags
_FLAGS = Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable
_FLAGS_BY_KIND = {
    Kind.VM: _FLAGS | Qt.ItemFlag.ItemIsDragEnabled | Qt.ItemFlag.ItemNeverHasChildren,
    Kind.NODE: _FLAGS | Qt.ItemFlag.ItemIsDropEnabled,
}
_ROOT = tree_key(Ref(Kind.CLUSTER))
_SERVICES = tree_key(Ref(Kind.SERVICES))


class InventoryModel(QAbstractItemModel):
    """The cluster as a tree, following `Facts`."""

    vms_dropped = Signal(object, object)
    """tuple[VmId, ...], NodeId: VMs were dragged onto a node."""

    def __init__(self, facts: Facts, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._facts = facts
        self._inventory = Inventory(facts)
        self._branches: Branches = self._inventory.branches()
        facts.refreshed.connect(self.follow)

    # Finding

    def index_of(self, key: int, column: int = 0) -> QModelIndex:
        """The index of a place in the tree; invalid if the filter hides it or it is gone."""
        row = self._branches.row_of(key)
        return QModelIndex() if row is None else self.createIndex(row, column, key)

    def index_of_ref(self, ref: Ref) -> QModelIndex:
        """The index of an object; a VM is looked for below Services and applications."""
        return self.index_of(tree_key(ref))

    def ref_at(self, index: Index) -> Ref | None:
        """The object of a row."""
        return ref_of(index.internalId()) if index.isValid() else None

    def key_at(self, index: Index) -> int:
        """The place of a row as its integer."""
        return index.internalId()

    @property
    def filter_text(self) -> str:
        """What the tree is filtered by."""
        return self._inventory.filter_text

    def set_filter(self, text: str) -> None:
        """Shows only what has the text in its name, owner, state or tags, and the branches above it."""
        if self._inventory.set_filter(text):
            self._rearrange()

    @property
    def vms_shown(self) -> int:
        """VMs that the filter lets through."""
        return len(self._branches.children(_SERVICES))

    # QAbstractItemModel

    def index(self, row: int, column: int, parent: Index = QModelIndex()) -> QModelIndex:  # noqa: B008  Qt's signature
        """See QAbstractItemModel."""
        if column not in (0, 1) or row < 0:
            return QModelIndex()
        if not parent.isValid():
            return self.createIndex(0, column, _ROOT) if row == 0 else QModelIndex()
        children = self._branches.children(parent.internalId())
        return self.createIndex(row, column, children[row]) if row < len(children) else QModelIndex()

    def parent(self, index: Index = QModelIndex()) -> QModelIndex:  # type: ignore[override]  # noqa: B008  two of Qt's overloads
        """See QAbstractItemModel."""
        if not index.isValid():
            return QModelIndex()
        key = self._branches.parent_of(index.internalId())
        return QModelIndex() if key is None else self.index_of(key)

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008  Qt's signature
        """See QAbstractItemModel."""
        if not parent.isValid():
            return 1
        return len(self._branches.children(parent.internalId())) if parent.column() == 0 else 0

    def hasChildren(self, parent: Index = QModelIndex()) -> bool:  # noqa: B008  Qt's signature
        """See QAbstractItemModel."""
        return self.rowCount(parent) > 0

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008  Qt's signature
        """Name and state."""
        return 2

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = _DISPLAY) -> object:
        """See QAbstractItemModel."""
        if orientation is Qt.Orientation.Horizontal and role == _DISPLAY:
            return (tr("Name"), tr("State"))[section] if section in (0, 1) else None
        return None

    def data(self, index: Index, role: int = _DISPLAY) -> object:
        """See QAbstractItemModel."""
        if role not in (_DISPLAY, _DECORATION, _FOREGROUND, _TOOL_TIP, _ACCESSIBLE, REF_ROLE) or not index.isValid():
            return None
        ref = ref_of(index.internalId())
        if not exists(self._facts.cluster, ref):
            return None
        return self._cell(ref, index.column(), role)

    def cell(self, index: Index) -> Cell | None:
        """See CellModel."""
        if not index.isValid():
            return None
        facts, ref, column = self._facts, ref_of(index.internalId()), index.column()
        if not exists(facts.cluster, ref):
            return None
        quiet = column == 1 or is_quiet(facts, ref)
        drawn = icon(*cell_icon(facts, ref)) if column == 0 else None
        return Cell(cell_text(facts, ref, column), drawn, tint="muted" if quiet else "")

    def _cell(self, ref: Ref, column: int, role: int) -> object:
        if role in (_DISPLAY, _ACCESSIBLE):
            return cell_text(self._facts, ref, column)
        if role == _DECORATION:
            return icon(*cell_icon(self._facts, ref)) if column == 0 else None
        if role == _FOREGROUND:
            return QColor(colours().muted) if column == 1 or is_quiet(self._facts, ref) else None
        return tool_tip(self._facts, ref) if role == _TOOL_TIP else ref

    def flags(self, index: Index) -> Qt.ItemFlag:
        """VMs can be dragged, nodes take them."""
        if not index.isValid():
            return _NO_FLAGS
        return _FLAGS_BY_KIND.get(ref_of(index.internalId()).kind, _FLAGS)

    # Dragging VMs onto nodes

    def mimeTypes(self) -> list[str]:
        """See QAbstractItemModel."""
        return [VMS_MIME]

    def mimeData(self, indexes: list[QModelIndex]) -> QMimeData:  # type: ignore[override]  # Qt's stub says Sequence
        """The ids of the VMs among the rows."""
        refs = [ref_of(index.internalId()) for index in indexes if index.column() == 0]
        return vms_as_mime(tuple(dict.fromkeys(ref.vm for ref in refs if ref.kind is Kind.VM)))

    def supportedDragActions(self) -> Qt.DropAction:
        """See QAbstractItemModel."""
        return Qt.DropAction.MoveAction | Qt.DropAction.CopyAction

    def supportedDropActions(self) -> Qt.DropAction:
        """See QAbstractItemModel."""
        return Qt.DropAction.MoveAction | Qt.DropAction.CopyAction

    def canDropMimeData(self, data: QMimeData, action: Qt.DropAction, row: int, column: int, parent: Index) -> bool:
        """Only VMs, and only onto nodes."""
        return data.hasFormat(VMS_MIME) and self._node_at(parent) is not None

    def dropMimeData(self, data: QMimeData, action: Qt.DropAction, row: int, column: int, parent: Index) -> bool:
        """Tells that VMs were dropped on a node. Nothing moves yet: that is asked for in a dialog."""
        node = self._node_at(parent)
        vms = vms_of_mime(data)
        if node is not None and vms:
            self.vms_dropped.emit(vms, node)
        return False

    def dragged_over(self, data: QMimeData, index: Index) -> tuple[tuple[VmId, ...], NodeId | None]:
        """The VMs that are dragged, and the node they are over; None: over none."""
        return vms_of_mime(data), self._node_at(index)

    @property
    def facts(self) -> Facts:
        """What it shows."""
        return self._facts

    def _node_at(self, index: Index) -> NodeId | None:
        ref = self.ref_at(index)
        if ref is None:
            return None
        if ref.kind is Kind.VM and is_on_node(index.internalId()):
            vm = self._facts.cluster.vms.get(ref.vm)
            return vm.owner if vm is not None else None
        return ref.node if ref.kind is Kind.NODE else None

    # Following the cluster

    def follow(self, refresh: Refresh) -> None:
        """Takes what is new: few moves as moves of rows, more as one change of layout, the rest as ranges."""
        moved = None if refresh.replaced else self._inventory.moved(refresh)
        if refresh.replaced and self._inventory.names_hold:
            self._rearrange()
        elif refresh.removed_vms or moved is None or len(moved) > MOST_MOVES:
            self._inventory.forget_order()
            self._rearrange()
        elif moved:
            for vm in moved:
                self._move(vm)
        if refresh.things and self._inventory.things_differ():
            self._rearrange()
        if self.filter_text and (refresh.vms or refresh.nodes) and self._inventory.filter_differs(refresh):
            self._rearrange()
        self._tell_changed(refresh)

    def _move(self, vm: VmId) -> None:
        """One VM from its former owner's row to its place below the new one."""
        key = tree_key(vm_ref(vm), on_node=True)
        source = self._branches.parent_of(key)
        owner = self._facts.cluster.vms[vm].owner
        target = tree_key(node_ref(owner))
        self._inventory.note_owner(vm)
        if source is None or source == target:
            return
        before, after = self.index_of(source), self.index_of(target)
        row = self._branches.row_of(key)
        if row is None or not (before.isValid() and after.isValid()):
            self._rearrange()
            return
        place = self._inventory.place_on(self._branches.children(target), vm)
        self.beginMoveRows(before, row, row, after, place)
        self._branches.move(key, source, target, place)
        self.endMoveRows()

    def _rearrange(self) -> None:
        """Builds the branches anew; what is chosen and what is open stays so."""
        branches = self._inventory.branches()
        if branches == self._branches:
            return
        self.layoutAboutToBeChanged.emit()
        before = self.persistentIndexList()
        self._branches = branches
        after = [self.index_of(index.internalId(), index.column()) for index in before]
        self.changePersistentIndexList(before, after)
        self.layoutChanged.emit()

    def _tell_changed(self, refresh: Refresh) -> None:
        if refresh.replaced:
            self._tell_all()
            return
        keys = [tree_key(vm_ref(vm)) for vm in refresh.vms]
        keys += [tree_key(vm_ref(vm), on_node=True) for vm in refresh.vms]
        keys += [tree_key(node_ref(node)) for node in refresh.nodes]
        spans: dict[int, tuple[int, int]] = {}
        for key in keys:
            row, parent = self._branches.row_of(key), self._branches.parent_of(key)
            if row is None or parent is None:
                continue
            low, high = spans.get(parent, (row, row))
            spans[parent] = (min(low, row), max(high, row))
        if refresh.things:
            spans.update(self._spans_of_things())
        if spans:
            spans[_ROOT] = (0, len(self._branches.children(_ROOT)) - 1)
        if refresh.things:
            # The tips are counted in the cluster's own row.
            root = self.index_of(_ROOT)
            self.dataChanged.emit(root, root.siblingAtColumn(1))
        for parent, (low, high) in spans.items():
            above = self.index_of(parent)
            if above.isValid():
                self.dataChanged.emit(self.index(low, 0, above), self.index(high, 1, above))

    def _tell_all(self) -> None:
        for parent in self._branches.parents():
            above, rows = self.index_of(parent), len(self._branches.children(parent))
            if above.isValid() and rows:
                self.dataChanged.emit(self.index(0, 0, above), self.index(rows - 1, 1, above))

    def _spans_of_things(self) -> dict[int, tuple[int, int]]:
        kinds = (Kind.STORAGE, Kind.SAN, Kind.VOLUMES, Kind.NETWORKS, Kind.NETWORK)
        places = {key: self._branches.children(key) for key in self._branches.parents() if ref_of(key).kind in kinds}
        return {key: (0, len(children) - 1) for key, children in places.items() if children}


def vms_as_mime(vms: tuple[VmId, ...]) -> QMimeData:
    """VMs as what is being dragged."""
    data = QMimeData()
    data.setData(VMS_MIME, QByteArray(",".join(str(vm) for vm in vms).encode()))
    return data


def vms_of_mime(data: QMimeData) -> tuple[VmId, ...]:
    """The VMs that are being dragged; none if the text is not one of ours."""
    text = bytes(data.data(VMS_MIME).data()).decode("ascii", "replace")
    return tuple(VmId(int(one)) for one in text.split(",") if one.isdecimal())
