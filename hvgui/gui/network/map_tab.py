"""The tab with the map of the networks, scrolled where it is larger than its room."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QFrame, QLabel, QScrollArea, QVBoxLayout, QWidget

from hvgui.gui.facts import Facts
from hvgui.gui.network.map_view import NetworkMap
from hvgui.gui.objects import Kind, Ref
from hvgui.gui.words import tr


class NetworkMapTab(QWidget):
    """The map, and a line of what is chosen in it."""

    chosen = Signal(object)
    """See NetworkMap, as of the two below."""
    opened = Signal(object)
    menu_wanted = Signal(object)

    def __init__(self, facts: Facts, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("map")
        self.setAccessibleName(tr("Map of the networks"))
        self._scroll = QScrollArea(self)
        self._scroll.setWidgetResizable(True)
        self._scroll.setFrameShape(QFrame.Shape.NoFrame)
        self.map = NetworkMap(facts, self._scroll)
        self._scroll.setWidget(self.map)
        self.words = QLabel(self)
        self.words.setObjectName("map words")
        self.words.setProperty("role", "muted")
        self.words.setContentsMargins(12, 4, 12, 6)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self._scroll, 1)
        column.addWidget(self.words)
        self.map.chosen.connect(self._choose)
        self.map.opened.connect(self.opened)
        self.map.menu_wanted.connect(self.menu_wanted)

    def show_ref(self, ref: Ref) -> None:
        """Brings the map up to date; of a network, chooses it."""
        if ref.kind is Kind.NETWORK and self.map.ref is None:
            self.map.blockSignals(True)
            self.map.choose(ref)
            self.map.blockSignals(False)
        self.refresh()

    def refresh(self) -> None:
        """New figures or another cluster."""
        self.map.refresh()
        self._say()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """The map takes the room there is."""
        super().resizeEvent(event)
        self.map.refresh()

    def _choose(self, refs: tuple[Ref, ...]) -> None:
        place = self.map.place_of(refs[0]).center().toPoint()
        self._scroll.ensureVisible(place.x(), place.y(), 80, 60)
        self._say()
        self.chosen.emit(refs)

    def _say(self) -> None:
        hint = tr("Click a link, a node or a network; right-click for what can be done with it; arrows walk.")
        self.words.setText(" · ".join(self.map.words_of(self.map.ref).splitlines()) or hint)
