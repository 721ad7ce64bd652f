"""The address of a node on a network, written as people write it."""

from __future__ import annotations

from PySide6.QtWidgets import QLineEdit

from hvgui.gui.actions.desk import Desk
from hvgui.gui.dialogs.draft_dialog import DraftDialog
from hvgui.gui.objects import Ref
from hvgui.gui.wording import ref_name
from hvgui.gui.words import tr
from hvgui.requests.fabric_setup import SetAddress
from hvgui.requests.request import Request


class AddressDialog(DraftDialog):
    """For one link."""

    def __init__(self, link: Ref, desk: Desk) -> None:
        about = tr("IPv4 address of {link}; empty: none.", link=ref_name(desk.cluster, link))
        super().__init__(tr("Set address"), about, desk, "address dialog")
        self._link = link
        self.line = QLineEdit(desk.cluster.links[link.link].address, self)
        self.line.setPlaceholderText("10.0.0.21")
        self.add_row(tr("Address"), self.line, "link address")
        self.line.textChanged.connect(self.recheck)
        self.line.selectAll()
        self.recheck()

    def requests(self) -> tuple[Request, ...]:
        """See DraftDialog."""
        return (SetAddress(self._link.node, self._link.network, self.line.text().strip()),)
