"""The speed of nodes' paths to SANs, written as people write it."""

from __future__ import annotations

from PySide6.QtWidgets import QLineEdit

from hvgui.cluster.ids import NodeId, SanId
from hvgui.cluster.storage_access import path_bytes_per_second
from hvgui.cluster.units import format_link_speed, parse_rate
from hvgui.gui.actions.desk import Desk
from hvgui.gui.dialogs.draft_dialog import DraftDialog
from hvgui.gui.words import tr
from hvgui.requests.request import Request
from hvgui.requests.storage_faults import SetPathSpeed


class PathSpeedDialog(DraftDialog):
    """For one path, or the same speed for several."""

    def __init__(self, paths: tuple[tuple[NodeId, SanId], ...], desk: Desk) -> None:
        cluster = desk.cluster
        names = ", ".join(f"{cluster.nodes[node].name} – {cluster.sans[san].name}" for node, san in paths[:3])
        names += "…" if len(paths) > 3 else ""
        super().__init__(tr("Storage path speed"), tr("Speed, one way: {paths}", paths=names), desk, "path speed")
        self._paths = paths
        now = path_bytes_per_second(cluster, *paths[0]) if paths else 0.0
        self._line = QLineEdit(format_link_speed(now or 1.25e8), self)
        self._line.setPlaceholderText("4 Gbit/s")
        self.add_row(tr("Speed"), self._line, "path speed line")
        self._line.textChanged.connect(self.recheck)
        self._line.selectAll()
        self.recheck()

    def requests(self) -> tuple[Request, ...]:
        """See DraftDialog."""
        speed = parse_rate(self._line.text())
        return tuple(SetPathSpeed(node, san, speed) for node, san in self._paths)
