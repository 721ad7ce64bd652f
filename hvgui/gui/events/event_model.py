"""The model of the events: all that are kept, and those of them that the filter lets through."""

from __future__ import annotations

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, QPersistentModelIndex, Qt
from PySide6.QtGui import QColor

from hvgui.cluster.events import Event, Level
from hvgui.cluster.units import format_clock
from hvgui.gui.bridge import Bridge
from hvgui.gui.icons import icon
from hvgui.gui.inventory_model import REF_ROLE
from hvgui.gui.objects import Kind, Ref, exists, node_ref, vm_ref
from hvgui.gui.theme import colours
from hvgui.gui.wording import ref_name
from hvgui.gui.words import tr
from hvgui.lab.frames import Opening

Index = QModelIndex | QPersistentModelIndex
KEPT = 50_000
"""Events kept in the window; the lab file has them all."""

_DISPLAY = int(Qt.ItemDataRole.DisplayRole)
_DECORATION = int(Qt.ItemDataRole.DecorationRole)
_FOREGROUND = int(Qt.ItemDataRole.ForegroundRole)
_TOOL_TIP = int(Qt.ItemDataRole.ToolTipRole)
_TITLES = ("Time", "Level", "Number", "Event")
NUMBER, MESSAGE = 2, 3
"""Columns."""
LEVELS = {Level.INFORMATION: "Information", Level.WARNING: "Warning", Level.ERROR: "Error"}
_ICONS = {
    Level.INFORMATION: ("info-circle", "accent"),
    Level.WARNING: ("alert-triangle", "warning"),
    Level.ERROR: ("circle-x", "bad"),
}
_TINTS = {Level.WARNING: "warning", Level.ERROR: "bad"}


_ALIGNMENT = int(Qt.ItemDataRole.TextAlignmentRole)


def number_of(event: Event) -> str:
    """The number under which Windows logs such an event; empty: we know of none."""
    return str(event.number) if event.number else ""


def _number_tip(event: Event) -> str | None:
    return tr("Windows logs this as event {number}.", number=event.number) if event.number else None


def is_about(event: Event, ref: Ref, name: str) -> bool:
    """Whether an event concerns an object: a VM, node or task by its id, another thing by its name; everything concerns
    the cluster and the branches of the tree."""
    match ref.kind:
        case Kind.VM:
            return event.vm == ref.number
        case Kind.NODE:
            return event.node == ref.number
        case Kind.TASK:
            return event.task == ref.number
        case _:
            return ref.kind <= Kind.EVENTS or (bool(name) and name in event.message)


class EventModel(QAbstractTableModel):
    """Oldest first, as a log is read."""

    def __init__(self, bridge: Bridge, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._bridge = bridge
        self._all: list[Event] = list(bridge.opening_events)
        self._level = Level.INFORMATION
        self._text = ""
        self._about: tuple[Ref, ...] | None = None
        self._names: tuple[tuple[Ref, str], ...] = ()
        self._shown = self._all.copy()
        bridge.world_replaced.connect(self._take_world)
        bridge.events_arrived.connect(self.add)

    @property
    def shown(self) -> tuple[Event, ...]:
        """The events that the filter lets through."""
        return tuple(self._shown)

    def newest(self, count: int) -> tuple[Event, ...]:
        """The last ones, whatever the filter says."""
        return tuple(self._all[-count:])

    def add(self, events: tuple[Event, ...]) -> None:
        """New events, at the end."""
        self._all.extend(events)
        fresh = [event for event in events if self._passes(event)]
        if fresh:
            first = len(self._shown)
            self.beginInsertRows(QModelIndex(), first, first + len(fresh) - 1)
            self._shown.extend(fresh)
            self.endInsertRows()
        if len(self._all) > KEPT + KEPT // 10:
            del self._all[:-KEPT]
            self.set_filter(self._level, self._text, self._about)

    def _take_world(self, opening: Opening) -> None:
        """Another moment: the log as it was then."""
        self._all = list(opening.events)
        self.set_filter(self._level, self._text, self._about)

    def set_filter(self, level: Level, text: str, about: tuple[Ref, ...] | None = None) -> None:
        """Shows events of at least the level that have the text in them, or that number; `about`: only those about one
        of these objects."""
        self.beginResetModel()
        self._level, self._text, self._about = level, text.strip().casefold(), about
        self._names = tuple((ref, ref_name(self._bridge.cluster, ref)) for ref in about or ())
        self._shown = [event for event in self._all if self._passes(event)]
        self.endResetModel()

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008  Qt's signature
        """See QAbstractItemModel."""
        return 0 if parent.isValid() else len(self._shown)

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008  Qt's signature
        """See QAbstractItemModel."""
        return 0 if parent.isValid() else len(_TITLES)

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = _DISPLAY) -> object:
        """See QAbstractItemModel."""
        if orientation is Qt.Orientation.Horizontal and role == _DISPLAY and 0 <= section < len(_TITLES):
            return tr(_TITLES[section])
        return None

    def data(self, index: Index, role: int = _DISPLAY) -> object:
        """See QAbstractItemModel."""
        if not index.isValid() or index.row() >= len(self._shown):
            return None
        event, column = self._shown[index.row()], index.column()
        if role == _DISPLAY:
            return (format_clock(event.time_ns), tr(LEVELS[event.level]), number_of(event), event.message)[column]
        if role == _DECORATION:
            return icon(*_ICONS[event.level]) if column == 1 else None
        if role == _FOREGROUND:
            tint = _TINTS.get(event.level) if column == 1 else None
            return QColor(getattr(colours(), tint)) if tint else None
        if role == _TOOL_TIP:
            return event.message if column == MESSAGE else _number_tip(event) if column == NUMBER else None
        return self._hidden(event, column, role)

    def _hidden(self, event: Event, column: int, role: int) -> object:
        """What is not written in a cell."""
        if role == _ALIGNMENT and column == NUMBER:
            return int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        return self._ref(event) if role == REF_ROLE else None

    def _ref(self, event: Event) -> object:
        """What the event is about, if it is still there: its VM before its node."""
        candidates = [] if event.vm is None else [vm_ref(event.vm)]
        candidates += [] if event.node is None else [node_ref(event.node)]
        return next((ref for ref in candidates if exists(self._bridge.cluster, ref)), None)

    def _passes(self, event: Event) -> bool:
        if event.level < self._level:
            return False
        if self._about is not None and not any(is_about(event, ref, name) for ref, name in self._names):
            return False
        return self._text in event.message.casefold() or (self._text != "" and self._text == number_of(event))
