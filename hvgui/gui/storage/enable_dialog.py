"""Enabling Cluster Shared Volumes: the notice is read first."""

from __future__ import annotations

from PySide6.QtWidgets import QCheckBox, QLabel

from hvgui.gui.actions.desk import Desk
from hvgui.gui.dialogs.draft_dialog import DraftDialog
from hvgui.gui.words import tr
from hvgui.requests.request import Request
from hvgui.requests.shared_volumes import EnableSharedVolumes


class EnableDialog(DraftDialog):
    """A notice with a tick; without the tick nothing is enabled."""

    def __init__(self, desk: Desk) -> None:
        about = tr(
            "Cluster Shared Volumes let every node of {cluster} read and write the same LUN at once, so that VMs on it"
            " migrate one by one and without their disk changing its owner.",
            cluster=desk.cluster.name,
        )
        super().__init__(tr("Enable Cluster Shared Volumes"), about, desk, "enable csv")
        notice = QLabel(
            tr(
                "Notice: on Windows Server 2008 R2 they are meant for the files of clustered virtual machines and for"
                " nothing else. Every node needs the same drive letter for its system, and no pass-through disks can"
                " lie on them. Once enabled they can't be disabled again."
            ),
            self,
        )
        notice.setWordWrap(True)
        self.read = QCheckBox(tr("I have &read the above notice."), self)
        self.read.setObjectName("read notice")
        self.form.addRow(notice)
        self.form.addRow(self.read)
        self.read.toggled.connect(self.recheck)
        self.recheck()

    def requests(self) -> tuple[Request, ...]:
        """See DraftDialog."""
        if not self.read.isChecked():
            raise ValueError(tr("tick that you have read the notice"))
        return (EnableSharedVolumes(),)
