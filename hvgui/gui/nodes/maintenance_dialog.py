"""Rolling maintenance: which nodes in which order, with or without a restart, and what it would take."""

from __future__ import annotations

from PySide6.QtWidgets import QCheckBox, QDoubleSpinBox

from hvgui.gui.actions.desk import Desk
from hvgui.gui.dialogs.advice import AdvisedDialog
from hvgui.gui.dialogs.forecast_line import ForecastLine
from hvgui.gui.failover.owner_list import OwnerList
from hvgui.gui.objects import Kind
from hvgui.gui.words import tr
from hvgui.requests.maintenance import PatchNodes
from hvgui.requests.problems import blockers
from hvgui.requests.request import Request

_MINUTE = 60.0


class MaintenanceDialog(AdvisedDialog):
    """A forecast of the whole plan follows every change; when it begins, its progress is shown."""

    def __init__(self, desk: Desk) -> None:
        cluster = desk.cluster
        ours = "" if cluster.profile.features.drain else " " + tr("(This is hvgui's own before 2012.)")
        about = tr(
            "One node after the other is drained, restarted and resumed. The plan ends where a node can't be drained."
        )
        super().__init__(tr("Rolling maintenance"), about + ours, desk, "maintenance")
        self.setMinimumWidth(560)
        self.name_apply("Begin")
        chosen = tuple(ref.node for ref in desk.refs if ref.kind is Kind.NODE)
        up = tuple(node.id for node in cluster.nodes.values() if node.is_up)
        self.nodes = OwnerList(cluster, chosen or up, "maintained nodes", self, ordered=True)
        self.nodes.list.setAccessibleName(tr("Nodes in their order"))
        self.form.addRow(self.nodes)
        self.restarts = QCheckBox(tr("&Restart each node once it is drained"), self)
        self.restarts.setObjectName("restarts")
        self.restarts.setChecked(True)
        self.form.addRow(self.restarts)
        self.offline = QDoubleSpinBox(self)
        self.offline.setRange(0.0, 7 * 24 * 60.0)
        self.offline.setDecimals(1)
        self.offline.setSuffix(tr(" min"))
        self.offline.setValue(PatchNodes().offline_seconds / _MINUTE)
        self.add_row(tr("Off for its patches"), self.offline, "offline")
        self.forecast = ForecastLine(desk, self)
        self.form.addRow(self.forecast)
        self.form.addRow(self.advice)
        self.nodes.changed.connect(self.recheck)
        self.restarts.toggled.connect(self.recheck)
        self.offline.valueChanged.connect(self.recheck)
        self.recheck()

    def requests(self) -> tuple[Request, ...]:
        """See DraftDialog."""
        nodes = self.nodes.nodes()
        if not nodes:
            raise ValueError(tr("tick at least one node"))
        return (PatchNodes(nodes, restarts=self.restarts.isChecked(), offline_seconds=self.offline.value() * _MINUTE),)

    def recheck(self) -> None:
        """See AdvisedDialog; also asks for another forecast."""
        super().recheck()
        self.offline.setEnabled(self.restarts.isChecked())
        self.offline.setToolTip("" if self.restarts.isChecked() else tr("Without a restart no node is off."))
        self.forecast.drop()
        request = self.requests()[0] if self.nodes.nodes() else None
        if request is not None and not blockers(request.check(self.desk.cluster)):
            self.forecast.ask(request)

    def done(self, result: int) -> None:
        """Waits for no forecast any more."""
        self.forecast.drop()
        super().done(result)

    def _send(self) -> None:
        super()._send()
        show_progress(self.desk)


def show_progress(desk: Desk) -> None:
    """Shows the plan's progress beside the window."""
    from hvgui.gui.nodes.maintenance_progress import MaintenanceProgress  # noqa: PLC0415  not before it is wanted

    open_already = desk.parent.findChild(MaintenanceProgress)
    dialog = open_already if open_already is not None else MaintenanceProgress(desk)
    dialog.show()
    dialog.raise_()
    dialog.activateWindow()
