"""Painting cells with one call into Python each.

Qt's own delegate asks the model six times for every cell, and each of the calls waits for the engine's thread to let go
of the interpreter; a style sheet makes the drawing itself slow as well. This one asks once and draws itself.
"""

from __future__ import annotations

from typing import NamedTuple, Protocol

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QRect, Qt
from PySide6.QtGui import QColor, QFont, QIcon, QPainter
from PySide6.QtWidgets import QStyle, QStyledItemDelegate, QStyleOptionViewItem, QWidget

from hvgui.gui.theme import colours

Index = QModelIndex | QPersistentModelIndex

_LEFT = int(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter | Qt.TextFlag.TextSingleLine)
_RIGHT = int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter | Qt.TextFlag.TextSingleLine)
_SELECTED = QStyle.StateFlag.State_Selected
_ICON = 16
_MARGIN = 4
_GAP = 6
_MOST_KEPT = 16_384


class Cell(NamedTuple):
    """What a cell shows. `tint` names a colour of the scheme; empty: the usual one."""

    text: str
    icon: QIcon | None = None
    is_number: bool = False
    tint: str = ""


class CellModel(Protocol):
    """A model that knows a cell as a whole."""

    def cell(self, index: Index) -> Cell | None:
        """The cell; None for an index that is not in the model any more."""


class CellDelegate(QStyledItemDelegate):
    """Paints the cells of a `CellModel`."""

    def __init__(self, model: CellModel, parent: QWidget) -> None:
        super().__init__(parent)
        self._model = model
        self._font = QFont()
        self._cut: dict[tuple[str, int], str] = {}

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        """One cell: ground, icon, text. The line around the current row is the view's."""
        cell = self._model.cell(index)
        if cell is None:
            return
        scheme, area = colours(), option.rect
        chosen = bool(option.state & _SELECTED)
        if chosen:
            painter.fillRect(area, QColor(scheme.selected))
        left = area.left() + _MARGIN
        if cell.icon is not None:
            cell.icon.paint(painter, left, area.top() + (area.height() - _ICON) // 2, _ICON, _ICON)
            left += _ICON + _GAP
        width = area.right() - _MARGIN - left
        if width <= 0 or not cell.text:
            return
        painter.setPen(QColor(scheme.on_selected if chosen else getattr(scheme, cell.tint or "text")))
        place = QRect(left, area.top(), width, area.height())
        painter.drawText(place, _RIGHT if cell.is_number else _LEFT, self._elided(cell.text, width, option))

    def _elided(self, text: str, width: int, option: QStyleOptionViewItem) -> str:
        """The text, cut off with dots where it is wider; kept, because measuring costs as much as drawing."""
        if len(self._cut) > _MOST_KEPT or option.font != self._font:
            self._cut.clear()
            self._font = QFont(option.font)
        kept = self._cut.get((text, width))
        if kept is None:
            kept = self._cut[text, width] = option.fontMetrics.elidedText(text, Qt.TextElideMode.ElideRight, width)
        return kept
