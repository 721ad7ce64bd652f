"""Heartbeats that get lost: which share, and how long it takes on average until a node is removed for it."""

from __future__ import annotations

from PySide6.QtWidgets import QDoubleSpinBox

from hvgui.cluster.heartbeat import waiting_heartbeats
from hvgui.cluster.units import format_seconds
from hvgui.gui.actions.desk import Desk
from hvgui.gui.dialogs.advice import AdvisedDialog
from hvgui.gui.objects import Kind, Ref
from hvgui.gui.wording import ref_name
from hvgui.gui.words import tr
from hvgui.requests.network_faults import SetHeartbeatLoss
from hvgui.requests.request import Request

_HALF = 0.5


class LossDialog(AdvisedDialog):
    """For networks, or for links of nodes."""

    def __init__(self, refs: tuple[Ref, ...], desk: Desk) -> None:
        names = ", ".join(ref_name(desk.cluster, ref) for ref in refs[:3])
        names += "…" if len(refs) > 3 else ""
        super().__init__(tr("Lose heartbeats"), tr("A bad cable, port or driver: {names}", names=names), desk, "loss")
        self._refs = refs
        self.loss = QDoubleSpinBox(self)
        self.loss.setRange(0.0, 100.0)
        self.loss.setDecimals(1)
        self.loss.setSuffix(" %")
        self.loss.setValue(round(_now(desk, refs[0]) * 100.0, 1) or 50.0)
        self.add_row(tr("Heartbeats lost"), self.loss, "heartbeat loss")
        self.meaning = self.muted("")
        self.meaning.setObjectName("meaning")
        self.form.addRow(self.meaning)
        self.form.addRow(self.advice)
        self.loss.valueChanged.connect(self.recheck)
        self.recheck()

    def requests(self) -> tuple[Request, ...]:
        """See DraftDialog."""
        share = self.loss.value() / 100.0
        return tuple(
            SetHeartbeatLoss(network=ref.network, loss=share, node=ref.node if ref.kind is Kind.LINK else None)
            for ref in self._refs
        )

    def recheck(self) -> None:
        """See AdvisedDialog; also what it comes to where there is no other network."""
        super().recheck()
        beat = self.desk.cluster.heartbeat
        threshold = beat.same_subnet_threshold
        waits = waiting_heartbeats(self.loss.value() / 100.0, threshold, _HALF)
        seconds = waits * beat.delay_seconds(cross_subnet=False)
        if seconds > 366 * 86_400:
            words = tr("{threshold} lost in a row, which mean death, practically never happen.", threshold=threshold)
        else:
            words = tr(
                "Where nodes hear each other over this network alone, {threshold} in a row are lost, and a node is"
                " removed, within {span} in one of two cases.",
                threshold=threshold,
                span=format_seconds(seconds),
            )
        self.meaning.setText(words)


def _now(desk: Desk, ref: Ref) -> float:
    """The share that is lost at present."""
    if ref.kind is Kind.LINK:
        return desk.cluster.links[ref.link].heartbeat_loss
    return desk.cluster.networks[ref.network].heartbeat_loss
