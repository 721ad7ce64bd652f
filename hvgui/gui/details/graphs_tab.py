"""The place of the graphs: they are built, and pyqtgraph imported, when somebody first looks at them."""

from __future__ import annotations

import enum
from collections.abc import Callable

from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QFrame, QScrollArea, QVBoxLayout, QWidget

from hvgui.cluster.ids import LunId, SanId, VolumeId
from hvgui.gui.bridge import Bridge
from hvgui.gui.objects import Kind, Ref
from hvgui.gui.words import tr


class Topic(enum.Enum):
    """What a tab of graphs is about; the value is its name among the settings."""

    FIGURES = "graphs"
    MIGRATION = "migration graphs"
    MEMORY = "memory graphs"


_NAMES = {Topic.FIGURES: "Graphs", Topic.MIGRATION: "Graphs of the migration", Topic.MEMORY: "Memory"}


class GraphsTab(QWidget):
    """Graphs of the object that is shown; of a VM, beside its own also those of its migration."""

    def __init__(self, bridge: Bridge, topic: Topic = Topic.FIGURES, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._bridge = bridge
        self._topic = topic
        self._wanted: Ref | None = None
        self._built: Ref | None = None
        self._panel: QWidget | None = None
        self.setObjectName(topic.value)
        self.setAccessibleName(tr(_NAMES[topic]))
        # Not at once: while tabs are exchanged, each is in sight for a moment.
        self._soon = QTimer(self)
        self._soon.setObjectName("build graphs")
        self._soon.setSingleShot(True)
        self._soon.setInterval(0)
        self._soon.timeout.connect(self._build)
        # Where bands and notices leave little height, the graphs scroll; the window must not outgrow its screen.
        self._scroll = QScrollArea(self)
        self._scroll.setWidgetResizable(True)
        self._scroll.setFrameShape(QFrame.Shape.NoFrame)
        self._scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self._scroll)

    def show_ref(self, ref: Ref) -> None:
        """The object whose graphs are wanted; nothing is built while the tab is not in sight."""
        self._wanted = ref
        if self.isVisible():
            self._soon.start()

    def showEvent(self, event: QShowEvent) -> None:
        """In sight: now they are built."""
        super().showEvent(event)
        self._soon.start()

    def _build(self) -> None:
        if self._wanted is None or self._wanted == self._built or not self.isVisible():
            return
        if self._panel is not None:
            self._scroll.takeWidget()
            self._panel.hide()
            self._panel.deleteLater()
        self._panel = self._made(self._wanted)
        self._built = self._wanted
        self._scroll.setWidget(self._panel)

    def _made(self, ref: Ref) -> QWidget:
        from hvgui.gui.graphs import panels  # noqa: PLC0415  300 ms, which the first paint must not wait for

        if self._topic is Topic.MEMORY:
            return _host_memory(self._bridge, ref)
        if self._topic is Topic.MIGRATION:
            return panels.migration_panel(self._bridge, ref.vm)
        made: dict[Kind, Callable[[], QWidget]] = {
            Kind.NODE: lambda: panels.node_panel(self._bridge, ref.node),
            Kind.VOLUME: lambda: panels.VolumePanel(self._bridge, VolumeId(ref.number)),
            Kind.LUN: lambda: panels.LunPanel(self._bridge, LunId(ref.number)),
            Kind.SAN: lambda: panels.SanPanel(self._bridge, SanId(ref.number)),
        }
        return made.get(ref.kind, lambda: panels.vm_panel(self._bridge, ref.vm))()


def _host_memory(bridge: Bridge, ref: Ref) -> QWidget:
    from hvgui.gui.memory.host_panel import HostMemoryPanel  # noqa: PLC0415  as above

    return HostMemoryPanel(bridge, ref.node)
