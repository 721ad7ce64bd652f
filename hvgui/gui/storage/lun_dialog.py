"""A new LUN: on which SAN, its name and size."""

from __future__ import annotations

from PySide6.QtWidgets import QComboBox, QLineEdit

from hvgui.cluster.ids import SanId
from hvgui.cluster.units import parse_bytes
from hvgui.gui.actions.desk import Desk
from hvgui.gui.dialogs.draft_dialog import DraftDialog
from hvgui.gui.words import tr
from hvgui.requests.request import Request
from hvgui.requests.shared_volumes import CreateLun


class LunDialog(DraftDialog):
    """The LUN is presented to every node, as available storage."""

    def __init__(self, desk: Desk, san: SanId | None) -> None:
        about = tr(
            "A new LUN is presented to every node, as available storage. The SAN's own tools do that in reality."
        )
        super().__init__(tr("New LUN"), about, desk, "new lun")
        self.san = QComboBox(self)
        for one in desk.cluster.sans.values():
            self.san.addItem(one.name, int(one.id))
        if san is not None:
            self.san.setCurrentIndex(self.san.findData(int(san)))
        self.name = QLineEdit(self._free_name(), self)
        self.capacity = QLineEdit("500 GB", self)
        self.add_row(tr("Storage system"), self.san, "lun san")
        self.add_row(tr("Name"), self.name, "lun name")
        self.add_row(tr("Capacity"), self.capacity, "lun size")
        self.san.currentIndexChanged.connect(self.recheck)
        self.name.textChanged.connect(self.recheck)
        self.capacity.textChanged.connect(self.recheck)
        self.name.selectAll()
        self.recheck()

    def _free_name(self) -> str:
        taken = {lun.name.casefold() for lun in self.desk.cluster.luns.values()}
        number = len(taken) + 1
        while f"lun{number}" in taken:
            number += 1
        return f"LUN{number}"

    def requests(self) -> tuple[Request, ...]:
        """See DraftDialog."""
        san, name = SanId(int(self.san.currentData())), self.name.text().strip()
        return (CreateLun(san, name, parse_bytes(self.capacity.text())),)
