"""Draining nodes: how long it takes, which VM goes where, and who can't leave, before the button is pressed."""

from __future__ import annotations

from PySide6.QtWidgets import QHeaderView, QTreeWidget, QTreeWidgetItem

from hvgui.cluster.ids import NodeId
from hvgui.cluster.tasks import Task, TaskState
from hvgui.cluster.units import format_seconds, in_seconds
from hvgui.gui.actions.desk import Desk
from hvgui.gui.dialogs.advice import AdvisedDialog
from hvgui.gui.icons import icon
from hvgui.gui.migrate.forecast_asker import ForecastAsker
from hvgui.gui.states import TASK_KINDS
from hvgui.gui.tone import set_tone
from hvgui.gui.wording import node_name
from hvgui.gui.words import counted, tr
from hvgui.lab.frames import Forecast
from hvgui.requests.node_service import DrainNode
from hvgui.requests.problems import blockers
from hvgui.requests.request import Request

_TONES = {"succeeded": "good", "failed": "bad", "unfinished": "warning", "refused": "bad"}


class DrainDialog(AdvisedDialog):
    """For one node, or several one after the other; asks for a forecast of each."""

    def __init__(self, nodes: tuple[NodeId, ...], desk: Desk) -> None:
        ours = (
            ""
            if desk.cluster.profile.features.drain
            else " "
            + tr("({profile} does not drain by itself: this is hvgui's own.)", profile=desk.cluster.profile.name)
        )
        about = tr(
            "The node is paused, and its clustered VMs go to other nodes: by live migration, where that can't be by"
            " quick migration, the most important first."
        )
        super().__init__(tr("Drain"), about + ours, desk, "drain")
        self.name_apply("Drain")
        self.setMinimumWidth(640)
        self.nodes = nodes
        self.list = QTreeWidget(self)
        self.list.setObjectName("drain forecast")
        self.list.setAccessibleName(tr("Forecast"))
        self.list.setHeaderLabels([tr("Node or VM"), tr("To"), tr("How"), tr("Takes")])
        self.list.header().setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        self.list.setMinimumSize(560, 240)
        self.forecast = self.muted("")
        self.forecast.setObjectName("forecast")
        self.form.addRow(self.forecast)
        self.form.addRow(self.list)
        self.form.addRow(self.advice)
        self._waiting = [node for node in nodes if not blockers(DrainNode(node=node).check(desk.cluster))]
        self._able = tuple(self._waiting)
        self.asker: ForecastAsker | None = None
        if desk.bridge is not None:
            self.asker = ForecastAsker(desk.bridge, self)
            self.asker.answered.connect(self._answered)
            self.asker.failed.connect(self._failed)
            self._ask_next()
        self.recheck()

    def requests(self) -> tuple[Request, ...]:
        """See DraftDialog. Of several nodes only those that can be drained."""
        return tuple(DrainNode(node=node) for node in self._able or self.nodes)

    def recheck(self) -> None:
        """See AdvisedDialog; draining all nodes leaves nobody to take the VMs."""
        super().recheck()
        cluster = self.desk.cluster
        left = [one for one in cluster.nodes.values() if one.takes_vms and one.id not in self._able]
        if len(self._able) > 1 and not left:
            self.advice.setText(tr("No node is left to take the VMs: those of the last ones stay where they are."))
            self.advice.show()

    def done(self, result: int) -> None:
        """Waits for no forecast any more."""
        if self.asker is not None:
            self.asker.drop()
        super().done(result)

    def _ask_next(self) -> None:
        if self.asker is not None and self._waiting:
            node = self._waiting.pop(0)
            words = tr("Looking ahead at {node} ...", node=node_name(self.desk.cluster, node))
            self.forecast.setText(words)
            set_tone(self.forecast, "")
            self.asker.ask(DrainNode(node=node))

    def _answered(self, request: DrainNode, forecast: Forecast) -> None:
        name = node_name(self.desk.cluster, request.node)
        self.forecast.setText(f"{name}: {forecast.message}" if len(self._able) > 1 else forecast.message)
        set_tone(self.forecast, _TONES[forecast.result])
        span = forecast.duration_seconds
        moved = sum(task.state is TaskState.SUCCEEDED for task in forecast.tasks)
        takes = "" if span is None else format_seconds(span.middle)
        head = QTreeWidgetItem([name, "", counted(moved, "{count} VM moves", "{count} VMs move"), takes])
        head.setIcon(0, icon("stairs-down", _TONES[forecast.result]))
        head.setToolTip(0, forecast.message)
        self.list.addTopLevelItem(head)
        for task in forecast.tasks:
            head.addChild(self._row(task))
        head.setExpanded(len(self._able) == 1)
        self._ask_next()

    def _row(self, task: Task) -> QTreeWidgetItem:
        cluster = self.desk.cluster
        vm = cluster.vms.get(task.vm)
        seconds = in_seconds((task.ended_ns or task.asked_ns) - (task.started_ns or task.asked_ns))
        how = tr(TASK_KINDS[task.kind])
        succeeded = task.state is TaskState.SUCCEEDED
        row = QTreeWidgetItem(
            ["–" if vm is None else vm.name, node_name(cluster, task.target), how, format_seconds(seconds)]
        )
        row.setIcon(0, icon("transfer", "accent") if succeeded else icon("circle-x", "bad"))
        for column in range(4):
            row.setToolTip(column, task.message)
        return row

    def _failed(self, sentence: str) -> None:
        self.forecast.setText(sentence)
        set_tone(self.forecast, "warning")
        self._ask_next()
