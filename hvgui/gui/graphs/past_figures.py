"""What the lab file keeps of the hour before the moment that is shown: read once that moment stays, and on demand of
each VM that somebody looks at."""

from __future__ import annotations

from concurrent.futures import Future
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QObject, QTimer, Signal

from hvgui.cluster.ids import NodeId, VmId
from hvgui.cluster.units import NANOSECONDS, nanoseconds
from hvgui.gui.graphs.rings import Series

if TYPE_CHECKING:
    from hvgui.gui.bridge import Bridge
    from hvgui.lab.frames import Figures, VmFigures

PAST_SECONDS = 3600.0
"""As far back as is read."""
_SETTLE_MS = 300
"""While one scrubs, only the moment one stays at is worth reading for."""

Columns = tuple[Series, ...]
"""Times in seconds, and each quantity."""


class PastFigures(QObject):
    """Beside one bridge. Empty until `ask`, and again after `forget`."""

    changed = Signal()
    """Something has come, or can be asked for now: who draws it draws it anew."""

    def __init__(self, bridge: Bridge, parent: QObject) -> None:
        super().__init__(parent)
        self._bridge = bridge
        self._until_ns: int | None = None
        self._asked: Future[Figures] | None = None
        self._asked_vms: dict[VmId, Future[VmFigures]] = {}
        self._nodes: Figures | None = None
        self._vms: dict[VmId, Columns] = {}
        self._soon = QTimer(self)
        self._soon.setObjectName("read past figures")
        self._soon.setSingleShot(True)
        self._soon.setInterval(_SETTLE_MS)
        self._soon.timeout.connect(self._ask_nodes)

    def forget(self) -> None:
        """Nothing is wanted of the file: what was seen by oneself reaches back far enough."""
        self._soon.stop()
        self._until_ns = None
        for asked in (self._asked, *self._asked_vms.values()):
            if asked is not None:
                asked.cancel()
        self._asked, self._nodes = None, None
        self._asked_vms, self._vms = {}, {}

    def ask(self) -> None:
        """The hour before the moment that is shown now is wanted, once that moment stays."""
        self.forget()
        self._until_ns = self._bridge.time_ns
        self._soon.start()

    def of_node(self, node: NodeId, recent: Columns) -> Columns:
        """A node's figures: those seen by oneself, and before them what is known of the file by now."""
        figures = self._nodes
        if figures is None or node >= figures.node_cpu_share.shape[1]:
            return recent
        columns = (
            figures.node_cpu_share,
            figures.node_memory_bytes,
            figures.node_sent_bytes_per_second,
            figures.node_received_bytes_per_second,
        )
        there = ~np.isnan(columns[0][:, node])
        own = (np.asarray(column[there, node], dtype=np.float64) for column in columns)
        return _joined((_seconds(figures.time_ns[there]), *own), recent)

    def of_vm(self, vm: VmId, recent: Columns) -> Columns:
        """Likewise of a VM; the first time it is asked for, reading its figures begins."""
        older = self._vms.get(vm)
        if older is not None:
            return _joined(older, recent)
        if self._until_ns is not None and not self._soon.isActive() and vm not in self._asked_vms:
            begin = max(0, self._until_ns - nanoseconds(PAST_SECONDS))
            asked = self._asked_vms[vm] = self._bridge.session.vm_figures(vm, begin, self._until_ns)
            self._bridge.follow(asked, self._take_vm)
        return recent

    def _ask_nodes(self) -> None:
        if self._until_ns is None:
            return
        begin = max(0, self._until_ns - nanoseconds(PAST_SECONDS))
        self._asked = self._bridge.session.figures(begin, self._until_ns)
        self._bridge.follow(self._asked, self._take_nodes)
        self.changed.emit()

    def _take_nodes(self, asked: Future[Figures]) -> None:
        if asked is not self._asked or asked.cancelled() or asked.exception() is not None:
            return
        figures = asked.result()
        if len(figures.time_ns):
            self._nodes = figures
            self.changed.emit()

    def _take_vm(self, asked: Future[VmFigures]) -> None:
        vm = next((one for one, future in self._asked_vms.items() if future is asked), None)
        if vm is None or asked.cancelled() or asked.exception() is not None:
            return
        figures = asked.result()
        self._vms[vm] = (
            _seconds(figures.time_ns),
            figures.cpu_share,
            figures.cpu_wanted_share,
            figures.memory_bytes,
            figures.memory_demand_bytes,
        )
        self.changed.emit()


def _seconds(time_ns: NDArray[np.int64]) -> Series:
    return time_ns / float(NANOSECONDS)


def _joined(older: Columns, recent: Columns) -> Columns:
    """Both, each moment once: where they meet, what was seen by oneself goes before."""
    begins = recent[0][0] if len(recent[0]) else np.inf
    reaches = int(np.searchsorted(older[0], begins - 1e-6))
    return tuple(np.concatenate((old[:reaches], new)) for old, new in zip(older, recent, strict=True))
