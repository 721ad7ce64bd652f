"""The head of the details: icon, name, a line, and tiles of figures."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QSizePolicy, QVBoxLayout, QWidget

from hvgui.gui.details.tiles import Tile, subtitle, tiles
from hvgui.gui.facts import Facts
from hvgui.gui.icons import pixmap
from hvgui.gui.inventory_text import cell_icon
from hvgui.gui.objects import Ref
from hvgui.gui.wording import ref_name

_MOST_TILES, _LEAST_TILES = 5, 3


class TileWidget(QFrame):
    """One figure with its caption."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setProperty("role", "tile")
        self._caption = QLabel(self)
        self._caption.setProperty("role", "muted")
        self._figure = QLabel(self)
        self._figure.setProperty("role", "figure")
        self._figure.setTextFormat(Qt.TextFormat.PlainText)
        column = QVBoxLayout(self)
        column.setContentsMargins(12, 7, 12, 8)
        column.setSpacing(1)
        column.addWidget(self._caption)
        column.addWidget(self._figure)
        self._shown: Tile | None = None

    def show_tile(self, tile: Tile) -> None:
        """Shows a figure; touches only what is another."""
        if tile == self._shown:
            return
        if self._shown is None or tile.tone != self._shown.tone:
            self._figure.setProperty("tone", tile.tone)
            self._figure.style().unpolish(self._figure)
            self._figure.style().polish(self._figure)
        if self._shown is None or tile.caption != self._shown.caption:
            self.setMinimumWidth(0)
        self._shown = tile
        self._caption.setText(tile.caption)
        self._figure.setText(tile.figure)
        # It grows with its figure and never shrinks, so that the row does not dance with every second.
        self.setMinimumWidth(max(self.minimumWidth(), self.sizeHint().width()))
        self.setAccessibleName(f"{tile.caption}: {tile.figure}")


class TileRow(QWidget):
    """Tiles side by side. A narrow row leaves the last ones out rather than claim the width that the tree's names
    need; what they say stands on the Summary tab as well."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._tiles = tuple(TileWidget(self) for _ in range(_MOST_TILES))
        self._row = QHBoxLayout(self)
        self._row.setContentsMargins(0, 0, 0, 0)
        self._row.setSpacing(8)
        for tile in self._tiles:
            self._row.addWidget(tile, 1)
        self._wanted = 0

    def show_tiles(self, shown: tuple[Tile, ...]) -> None:
        """Shows figures, the most important first."""
        self._wanted = len(shown)
        for widget, tile in zip(self._tiles, shown, strict=False):
            widget.show_tile(tile)
        self._fit()

    def minimumSizeHint(self) -> QSize:
        """Room for the first ones."""
        least = self._tiles[: min(self._wanted, _LEAST_TILES)]
        width = sum(tile.minimumWidth() for tile in least) + self._row.spacing() * max(0, len(least) - 1)
        height = max((tile.sizeHint().height() for tile in least), default=0)
        return QSize(width, height)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Shows as many as have room."""
        super().resizeEvent(event)
        self._fit()

    def _fit(self) -> None:
        room, taken = self.width(), 0
        for number, tile in enumerate(self._tiles):
            taken += tile.minimumWidth() + (self._row.spacing() if number else 0)
            fits = number < _LEAST_TILES or taken <= room
            tile.setVisible(number < self._wanted and fits)


class Header(QWidget):
    """Shows one object."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("header")
        self._icon = QLabel(self)
        self._icon.setFixedSize(32, 32)
        self._name = QLabel(self)
        self._name.setObjectName("header name")
        self._name.setProperty("role", "title")
        self._name.setTextFormat(Qt.TextFormat.PlainText)
        self._line = QLabel(self)
        self._line.setObjectName("header line")
        self._line.setProperty("role", "muted")
        self._line.setTextFormat(Qt.TextFormat.PlainText)
        for label in (self._name, self._line):
            label.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self._tiles = TileRow(self)
        self._drawn: tuple[str, str] | None = None
        self._lay_out()

    def show_ref(self, facts: Facts, ref: Ref) -> None:
        """Brings everything up to date."""
        drawn = cell_icon(facts, ref)
        if drawn != self._drawn:
            self._icon.setPixmap(pixmap(*drawn, 32))
            self._drawn = drawn
        _say(self._name, ref_name(facts.cluster, ref))
        _say(self._line, subtitle(facts, ref))
        self._tiles.show_tiles(tiles(facts, ref))

    def redraw(self) -> None:
        """The scheme is another: the icon is drawn anew with the next refresh."""
        self._drawn = None

    def _lay_out(self) -> None:
        words = QVBoxLayout()
        words.setSpacing(0)
        words.addWidget(self._name)
        words.addWidget(self._line)
        top = QHBoxLayout()
        top.setSpacing(12)
        top.addWidget(self._icon)
        top.addLayout(words, 1)
        column = QVBoxLayout(self)
        column.setContentsMargins(14, 12, 14, 8)
        column.setSpacing(10)
        column.addLayout(top)
        column.addWidget(self._tiles)


def _say(label: QLabel, text: str) -> None:
    if label.text() != text:
        label.setText(text)
