"""A row of figures large enough to be read across the room, each with a line of small print below."""

from __future__ import annotations

from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QSizePolicy, QVBoxLayout, QWidget

from hvgui.gui.tone import set_tone

_SIDE = 10


class Tile(QFrame):
    """A name, a figure, small print."""

    def __init__(self, name: str, parent: QWidget) -> None:
        super().__init__(parent)
        self.setProperty("role", "tile")
        self._name = name
        title, self.figure, self.print = QLabel(name, self), QLabel("–", self), QLabel("", self)
        title.setProperty("role", "muted")
        self.figure.setProperty("role", "figure")
        self.print.setProperty("role", "muted")
        layout = QVBoxLayout(self)
        layout.setContentsMargins(_SIDE, 6, _SIDE, 6)
        layout.setSpacing(1)
        for label in (title, self.figure, self.print):
            label.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
            layout.addWidget(label)
        self.setMinimumWidth(118)

    def say(self, figure: str, small: str = "", tone: str = "") -> None:
        """Another figure."""
        if figure != self.figure.text():
            self.figure.setText(figure)
            # A long figure is not cut off; a tile does not become narrower again, so that its neighbours stand still.
            sides = self.contentsMargins().left() + self.contentsMargins().right() + 2 * _SIDE
            self.setMinimumWidth(max(self.minimumWidth(), self.figure.sizeHint().width() + sides))
            self.setAccessibleName(f"{self._name}: {figure}")
        if small != self.print.text():
            self.print.setText(small)
            self.setAccessibleDescription(small)
        set_tone(self.figure, tone)


class Tiles(QWidget):
    """Tiles side by side, equally wide."""

    def __init__(self, names: tuple[str, ...], parent: QWidget) -> None:
        super().__init__(parent)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(8)
        self.tiles = [Tile(name, self) for name in names]
        for tile in self.tiles:
            layout.addWidget(tile, 1)
