"""Configure Cluster Quorum Settings: the model, its witness, and what follows."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import Qt
from PySide6.QtGui import QStandardItemModel
from PySide6.QtWidgets import QButtonGroup, QComboBox, QLineEdit, QRadioButton, QVBoxLayout, QWidget

from hvgui.cluster.cluster import Cluster
from hvgui.cluster.ids import LunId, NetworkId
from hvgui.cluster.membership import members, model_of, tally_of, witness_lun
from hvgui.cluster.networks import NetworkRole
from hvgui.cluster.quorum import QuorumModel
from hvgui.cluster.units import format_bytes
from hvgui.gui.actions.desk import Desk
from hvgui.gui.dialogs.advice import AdvisedDialog
from hvgui.gui.inventory_order import name_key
from hvgui.gui.quorum.survival import Survival, survivals
from hvgui.gui.words import counted, tr
from hvgui.requests.problems import blockers
from hvgui.requests.quorum import SetQuorum
from hvgui.requests.request import Request

_KEYS = {
    QuorumModel.NODE_MAJORITY: "&Node Majority",
    QuorumModel.NODE_AND_DISK: "Node and &Disk Majority",
    QuorumModel.NODE_AND_SHARE: "Node and File &Share Majority",
    QuorumModel.DISK_ONLY: "No &Majority: Disk Only",
}


class QuorumDialog(AdvisedDialog):
    """Four models with what each survives; the fields of a witness belong to the model that has one."""

    def __init__(self, desk: Desk) -> None:
        cluster = desk.cluster
        about = tr(
            "{cluster} has {nodes}. It goes on while more than half of the votes are there; with fewer its cluster"
            " service stops on every node, and its VMs with it.",
            cluster=cluster.name,
            nodes=counted(len(members(cluster)), "{count} node", "{count} nodes"),
        )
        super().__init__(tr("Configure Cluster Quorum Settings"), about, desk, "quorum settings")
        self.setMinimumWidth(620)
        self.models: dict[QuorumModel, QRadioButton] = {}
        self._group = QButtonGroup(self)
        for row in survivals(cluster):
            self._add_model(row)
        self.models[model_of(cluster)].setChecked(True)
        self.disk, self.share, self.network = QComboBox(self), QLineEdit(self), QComboBox(self)
        self._fill_disks()
        self.share.setText(cluster.quorum.witness_share)
        self.share.setPlaceholderText("\\\\server\\share")
        self._fill_networks()
        self.add_row(tr("Disk witness"), self.disk, "disk witness")
        self.add_row(tr("File share witness"), self.share, "share witness")
        self.add_row(tr("Reached over"), self.network, "share network")
        self.outcome = self.muted("")
        self.outcome.setObjectName("outcome")
        self.form.addRow(self.outcome)
        self.form.addRow(self.advice)
        self._group.buttonToggled.connect(self.recheck)
        self.disk.currentIndexChanged.connect(self.recheck)
        self.network.currentIndexChanged.connect(self.recheck)
        self.share.textChanged.connect(self.recheck)
        self.recheck()

    @property
    def model(self) -> QuorumModel:
        """The model that is chosen."""
        return next(model for model, button in self.models.items() if button.isChecked())

    def requests(self) -> tuple[Request, ...]:
        """See DraftDialog."""
        lun, network = self.disk.currentData(), self.network.currentData()
        model = self.model
        return (
            SetQuorum(
                quorum_model=model,
                lun=LunId(lun) if model.needs_disk and lun is not None else None,
                witness_share=self.share.text().strip() if model is QuorumModel.NODE_AND_SHARE else "",
                share_network=(
                    NetworkId(network) if model is QuorumModel.NODE_AND_SHARE and network is not None else None
                ),
            ),
        )

    def recheck(self) -> None:
        """See AdvisedDialog; also which fields belong to the model, and the votes as they would be now."""
        model = self.model
        for field, wanted, why in (
            (self.disk, model.needs_disk, tr("{model} has no disk witness.", model=tr(model.value))),
            (self.share, model is QuorumModel.NODE_AND_SHARE, tr("{model} has no share.", model=tr(model.value))),
            (self.network, model is QuorumModel.NODE_AND_SHARE, tr("{model} has no share.", model=tr(model.value))),
        ):
            field.setEnabled(wanted)
            field.setToolTip("" if wanted else why)
        super().recheck()
        self.outcome.setText(self._outcome())

    def _outcome(self) -> str:
        """The votes with the nodes that are up now, once this is applied."""
        cluster, request = self.desk.cluster, self.requests()[0]
        if not isinstance(request, SetQuorum) or blockers(request.check(cluster)):
            return ""
        changed = cluster.fork()
        changed.put(request.settings(cluster))
        up = [node for node in members(changed) if changed.nodes[node].is_up]
        return tr("With it, at this moment: {tally}.", tally=tally_of(changed, up, with_witness=self.model.has_witness))

    def _add_model(self, row: Survival) -> None:
        title = tr(_KEYS[row.model])
        button = QRadioButton(f"{title}  ({tr('recommended')})" if row.is_recommended else title, self)
        button.setObjectName(f"model {row.model.name.lower()}")
        self._group.addButton(button)
        self.models[row.model] = button
        words = tr("Survives {with_witness}.", with_witness=row.with_witness)
        if row.model.has_witness and row.without_witness != "–":
            words += " " + tr("Without its witness: {without}.", without=row.without_witness)
        explained = self.muted(f"{words} {row.remark}".strip())
        explained.setContentsMargins(24, 0, 0, 4)
        button.setAccessibleDescription(explained.text())
        both = QWidget(self)
        column = QVBoxLayout(both)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(1)
        column.addWidget(button)
        column.addWidget(explained)
        self.form.addRow(both)

    def _fill_disks(self) -> None:
        cluster = self.desk.cluster
        luns = sorted(cluster.luns.values(), key=lambda one: name_key(one.name))
        hindered = {lun.id: _why_no_disk(cluster, lun.id) for lun in luns}
        for lun in sorted(luns, key=lambda one: bool(hindered[one.id])):
            self.disk.addItem(f"{lun.name}, {format_bytes(lun.size_bytes)}", int(lun.id))
            if hindered[lun.id]:
                self._grey(self.disk.count() - 1, hindered[lun.id])
        if not luns:
            self.disk.addItem(tr("There is no LUN"), None)
        now = witness_lun(cluster)
        if now is not None:
            self.disk.setCurrentIndex(self.disk.findData(int(now)))

    def _grey(self, row: int, why: str) -> None:
        model = self.disk.model()
        if isinstance(model, QStandardItemModel):
            model.item(row).setEnabled(False)
            self.disk.setItemData(row, why, Qt.ItemDataRole.ToolTipRole)

    def _fill_networks(self) -> None:
        self.network.addItem(tr("Any network for clients"), None)
        for network in self.desk.cluster.networks.values():
            if network.role is not NetworkRole.NONE:
                self.network.addItem(network.name, int(network.id))
        chosen = self.desk.cluster.quorum.share_network
        self.network.setCurrentIndex(max(0, self.network.findData(None if chosen is None else int(chosen))))


def _why_no_disk(cluster: Cluster, lun: LunId) -> str:
    """Why a LUN can't be the witness; empty: it can."""
    wrong = blockers(SetQuorum(quorum_model=QuorumModel.NODE_AND_DISK, lun=lun).check(cluster))
    about_disk = partial(filter, lambda one: one.code in ("lun-in-use", "no-path"))
    return next((str(one) for one in about_disk(wrong)), "")
