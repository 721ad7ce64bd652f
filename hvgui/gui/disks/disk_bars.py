"""Disks as bars, as people know them: a head with number and state, then the partitions and what is left."""

from __future__ import annotations

from typing import NamedTuple

from PySide6.QtCore import QPoint, QRect, QSize, Qt, Signal
from PySide6.QtGui import (
    QBrush,
    QColor,
    QContextMenuEvent,
    QFontMetrics,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QResizeEvent,
)
from PySide6.QtWidgets import QAbstractScrollArea, QWidget

from hvgui.cluster.guest_disks import Partition
from hvgui.cluster.guest_view import GuestDisk
from hvgui.cluster.units import MIB, format_bytes
from hvgui.gui.theme import Colours, colours
from hvgui.gui.words import tr

_ROW_HEIGHT = 78
_HEAD_WIDTH = 132
_STRIP_HEIGHT = 9
_LEAST_WIDTH = 96
_GAP = 6


class Chosen(NamedTuple):
    """What is chosen: a disk by its number, and on it a partition from 1 on, 0 for what is unallocated, None for the
    disk itself."""

    disk: int
    part: int | None = None


class _Box(NamedTuple):
    part: int
    place: QRect
    partition: Partition | None
    size_bytes: int


class DiskBars(QAbstractScrollArea):
    """Painted, and only the rows in sight: a VM may have 256 disks."""

    chosen = Signal(object)
    """Chosen."""
    menu_wanted = Signal(QPoint, object)
    """Place on the screen; Chosen or None."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("disk bars")
        self.setAccessibleName(tr("Disks"))
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMinimumHeight(2 * _ROW_HEIGHT)
        self._disks: tuple[GuestDisk, ...] = ()
        self.current: Chosen | None = None

    def show_disks(self, disks: tuple[GuestDisk, ...]) -> None:
        """Other disks, or the same in another state."""
        self._disks = disks
        if self.current is not None and not self._is_there(self.current):
            self.current = Chosen(min(self.current.disk, len(disks) - 1)) if disks else None
        self._set_scroll_range()
        self.viewport().update()

    def disk(self, number: int) -> GuestDisk | None:
        """The disk of a number."""
        return self._disks[number] if 0 <= number < len(self._disks) else None

    def choose(self, chosen: Chosen) -> None:
        """Chooses and brings into sight."""
        self.current = chosen
        top = chosen.disk * _ROW_HEIGHT
        bar = self.verticalScrollBar()
        if top < bar.value():
            bar.setValue(top)
        elif top + _ROW_HEIGHT > bar.value() + self.viewport().height():
            bar.setValue(top + _ROW_HEIGHT - self.viewport().height())
        words = self.words_of(chosen)
        self.setAccessibleDescription(words)
        self.viewport().update()
        self.chosen.emit(chosen)

    def words_of(self, chosen: Chosen) -> str:
        """What is chosen, in words."""
        disk = self.disk(chosen.disk)
        if disk is None:
            return ""
        name = tr("Disk {number}", number=disk.number)
        if chosen.part is None:
            return f"{name}: {disk.disk.name}, {', '.join(_head_lines(disk)[1:])}"
        box = next((one for one in self.boxes(disk, QRect(0, 0, 1000, _ROW_HEIGHT)) if one.part == chosen.part), None)
        return f"{name}: {', '.join(_box_lines(disk, box))}" if box is not None else name

    def _is_there(self, chosen: Chosen) -> bool:
        disk = self.disk(chosen.disk)
        return disk is not None and (chosen.part is None or chosen.part <= len(disk.contents.partitions))

    # Places

    def row_of(self, number: int) -> QRect:
        """Where a disk's row is in the viewport."""
        top = number * _ROW_HEIGHT - self.verticalScrollBar().value()
        return QRect(0, top, self.viewport().width(), _ROW_HEIGHT)

    def boxes(self, disk: GuestDisk, row: QRect) -> list[_Box]:
        """Its partitions and what is left, with their places: in proportion, but each wide enough to be read."""
        contents, whole = disk.contents, disk.disk.size_bytes
        parts: list[tuple[int, Partition | None, int]] = [
            (number, part, part.size_bytes) for number, part in enumerate(contents.partitions, start=1)
        ]
        left = contents.unallocated_bytes(whole) if contents.style is not None else whole
        if left >= 8 * MIB or not parts:
            parts.append((0, None, left))
        room = row.width() - _HEAD_WIDTH - 2 * _GAP
        widths = _shared([size for _, _, size in parts], room)
        found: list[_Box] = []
        x = row.left() + _HEAD_WIDTH + _GAP
        for (number, part, size), width in zip(parts, widths, strict=True):
            found.append(_Box(number, QRect(x, row.top() + 4, width - 2, _ROW_HEIGHT - 10), part, size))
            x += width
        return found

    def chosen_at(self, place: QPoint) -> Chosen | None:
        """What is under a point of the viewport."""
        number = (place.y() + self.verticalScrollBar().value()) // _ROW_HEIGHT
        disk = self.disk(number)
        if disk is None:
            return None
        for box in self.boxes(disk, self.row_of(number)):
            if box.place.contains(place):
                return Chosen(number, box.part)
        return Chosen(number)

    def _set_scroll_range(self) -> None:
        height = self.viewport().height()
        bar = self.verticalScrollBar()
        bar.setRange(0, max(0, len(self._disks) * _ROW_HEIGHT - height))
        bar.setPageStep(height)
        bar.setSingleStep(_ROW_HEIGHT // 2)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """The scroll bar follows."""
        super().resizeEvent(event)
        self._set_scroll_range()

    def sizeHint(self) -> QSize:
        """Three rows."""
        return QSize(640, 3 * _ROW_HEIGHT)

    # Painting

    def paintEvent(self, event: QPaintEvent) -> None:
        """The rows in sight."""
        painter = QPainter(self.viewport())
        scheme = colours()
        painter.fillRect(event.rect(), QColor(scheme.window))
        first = self.verticalScrollBar().value() // _ROW_HEIGHT
        last = (self.verticalScrollBar().value() + self.viewport().height()) // _ROW_HEIGHT
        for disk in self._disks[first : last + 1]:
            row = self.row_of(disk.number)
            self._paint_head(painter, disk, row, scheme)
            for box in self.boxes(disk, row):
                self._paint_box(painter, disk, box, scheme)
        painter.end()

    def _paint_head(self, painter: QPainter, disk: GuestDisk, row: QRect, scheme: Colours) -> None:
        place = QRect(row.left() + 2, row.top() + 4, _HEAD_WIDTH - 4, _ROW_HEIGHT - 10)
        here = self.current == Chosen(disk.number)
        painter.setPen(QPen(QColor(scheme.accent if here else scheme.border), 2 if here else 1))
        painter.setBrush(QColor(scheme.selected if here else scheme.raised))
        painter.drawRect(place)
        lines = _head_lines(disk)
        font = painter.font()
        for number, line in enumerate(lines):
            bold = painter.font()
            bold.setBold(number == 0)
            painter.setFont(bold)
            offline = number == len(lines) - 1 and (not disk.contents.online or disk.contents.style is None)
            painter.setPen(QColor(scheme.warning if offline else scheme.on_selected if here else scheme.text))
            _draw_line(painter, line, place, number)
        painter.setFont(font)

    def _paint_box(self, painter: QPainter, disk: GuestDisk, box: _Box, scheme: Colours) -> None:
        here = self.current == Chosen(disk.number, box.part)
        painter.setPen(QPen(QColor(scheme.accent if here else scheme.border), 2 if here else 1))
        painter.setBrush(QColor(scheme.base))
        painter.drawRect(box.place)
        if here:
            painter.fillRect(box.place.adjusted(1, _STRIP_HEIGHT, -1, -1), _hatch(scheme))
        allocated = box.partition is not None and disk.contents.online
        strip = QRect(box.place.left(), box.place.top(), box.place.width(), _STRIP_HEIGHT)
        painter.fillRect(strip, QColor(scheme.accent if allocated else scheme.muted))
        inner = box.place.adjusted(0, _STRIP_HEIGHT - 2, 0, 0)
        for number, line in enumerate(_box_lines(disk, box)):
            painter.setPen(QColor(scheme.text if number == 0 or here else scheme.muted))
            _draw_line(painter, line, inner, number)

    # Choosing

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """A click chooses; the right button as well, before its menu comes."""
        found = self.chosen_at(event.position().toPoint())
        if found is not None:
            self.choose(found)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        """Right-click and the menu key."""
        place = event.globalPos()
        if event.reason() is QContextMenuEvent.Reason.Keyboard and self.current is not None:
            place = self.viewport().mapToGlobal(self.row_of(self.current.disk).center())
        self.menu_wanted.emit(place, self.current)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Up and down go from disk to disk, left and right over a disk's head and parts, Enter opens the menu."""
        key = event.key()
        if key in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and self.current is not None:
            place = self.viewport().mapToGlobal(self.row_of(self.current.disk).center())
            self.menu_wanted.emit(place, self.current)
        elif key in (Qt.Key.Key_Up, Qt.Key.Key_Down) and self._disks:
            step = 1 if key == Qt.Key.Key_Down else -1
            number = 0 if self.current is None else self.current.disk + step
            self.choose(Chosen(min(max(0, number), len(self._disks) - 1)))
        elif key in (Qt.Key.Key_Left, Qt.Key.Key_Right) and self.current is not None:
            self._step_along(1 if key == Qt.Key.Key_Right else -1)
        else:
            super().keyPressEvent(event)

    def _step_along(self, step: int) -> None:
        if self.current is None:
            return
        disk = self._disks[self.current.disk]
        stops: list[int | None] = [None, *(box.part for box in self.boxes(disk, self.row_of(disk.number)))]
        at = stops.index(self.current.part) if self.current.part in stops else 0
        self.choose(Chosen(disk.number, stops[min(max(0, at + step), len(stops) - 1)]))


def _shared(sizes: list[int], room: int) -> list[int]:
    """Widths in proportion to the sizes, none too narrow to be read as long as there is room for that."""
    least = min(_LEAST_WIDTH, room // max(1, len(sizes)))
    spare = max(0, room - least * len(sizes))
    whole = sum(sizes) or 1
    return [least + int(spare * size / whole) for size in sizes]


def _head_lines(disk: GuestDisk) -> list[str]:
    contents = disk.contents
    state = tr("Online") if contents.online else tr("Offline")
    if contents.style is None and contents.online:
        state = tr("Not initialised")
    style = tr("Unknown") if contents.style is None else tr("Basic, {style}", style=contents.style.value)
    return [tr("Disk {number}", number=disk.number), style, format_bytes(disk.disk.size_bytes), state]


def _box_lines(disk: GuestDisk, box: _Box) -> list[str]:
    part = box.partition
    if part is None:
        return [format_bytes(box.size_bytes), tr("Unallocated")]
    access = f"({part.letter}:)" if part.letter else part.mount_path
    name = " ".join(one for one in (part.label, access) if one) or tr("Volume {number}", number=box.part)
    state = tr("Healthy (boot)") if part.boot else tr("Healthy")
    if not disk.contents.online:
        state = tr("Offline")
    return [name, f"{format_bytes(part.size_bytes)} {part.file_system or 'RAW'}", state]


def _draw_line(painter: QPainter, text: str, place: QRect, number: int) -> None:
    metrics = QFontMetrics(painter.font())
    top = place.top() + 4 + number * (metrics.height() - 1)
    room = place.width() - 12
    words = metrics.elidedText(text, Qt.TextElideMode.ElideRight, room)
    painter.drawText(place.left() + 6, top + metrics.ascent(), words)


def _hatch(scheme: Colours) -> QBrush:
    colour = QColor(scheme.accent)
    colour.setAlpha(60)
    return QBrush(colour, Qt.BrushStyle.BDiagPattern)
