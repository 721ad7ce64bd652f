"""The speed of links, written as people write it."""

from __future__ import annotations

from PySide6.QtWidgets import QLineEdit

from hvgui.cluster.units import format_link_speed, parse_rate
from hvgui.gui.actions.desk import Desk
from hvgui.gui.dialogs.draft_dialog import DraftDialog
from hvgui.gui.objects import Ref
from hvgui.gui.wording import ref_name
from hvgui.gui.words import tr
from hvgui.requests.faults import SetLinkSpeed
from hvgui.requests.request import Request


class SpeedDialog(DraftDialog):
    """For one link, or the same speed for several."""

    def __init__(self, links: tuple[Ref, ...], desk: Desk) -> None:
        names = ", ".join(ref_name(desk.cluster, ref) for ref in links[:3])
        names += "…" if len(links) > 3 else ""
        super().__init__(tr("Set speed"), tr("Nominal speed, one way: {links}", links=names), desk, "speed dialog")
        self._links = links
        self._line = QLineEdit(format_link_speed(desk.cluster.links[links[0].link].bytes_per_second), self)
        self._line.setPlaceholderText("1 Gbit/s")
        self.add_row(tr("Speed"), self._line, "link speed")
        self._line.textChanged.connect(self.recheck)
        self._line.selectAll()
        self.recheck()

    def requests(self) -> tuple[Request, ...]:
        """See DraftDialog."""
        speed = parse_rate(self._line.text())
        return tuple(SetLinkSpeed(ref.node, ref.network, speed) for ref in self._links)
