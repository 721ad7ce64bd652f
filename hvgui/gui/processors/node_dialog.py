"""Building other processors into a node: a model of twenty years of servers, and what it costs without SLAT."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QCheckBox, QHeaderView, QLabel, QSpinBox, QTreeWidget, QTreeWidgetItem

from hvgui.cluster.ids import NodeId
from hvgui.cluster.nodes import Processor
from hvgui.cluster.processor_models import PROCESSOR_MODELS, ProcessorModel
from hvgui.gui.actions.desk import Desk
from hvgui.gui.dialogs.draft_dialog import DraftDialog
from hvgui.gui.words import tr
from hvgui.requests.processors import MOST_SOCKETS, ReplaceProcessors
from hvgui.requests.request import Request


class NodeProcessorsDialog(DraftDialog):
    """For one node."""

    def __init__(self, node: NodeId, desk: Desk) -> None:
        record = desk.cluster.nodes[node]
        about = tr(
            "{node} has {sockets} × {model} now. A server is opened while it is empty: migrate its VMs away first.",
            node=record.name,
            sockets=record.processor.sockets,
            model=record.processor.model,
        )
        super().__init__(tr("Replace the processors of {node}", node=record.name), about, desk, "node processors")
        self._node = node
        self.models = QTreeWidget(self)
        self.models.setObjectName("processor models")
        self.models.setAccessibleName(tr("Processor models"))
        self.models.setRootIsDecorated(False)
        self.models.setUniformRowHeights(True)
        self.models.setHeaderLabels([tr("Model"), tr("Generation"), tr("Year"), tr("Cores"), tr("SLAT")])
        self.models.setMinimumHeight(260)
        self.models.header().setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        self.form.addRow(self.models)
        self.sockets = QSpinBox(self)
        self.sockets.setRange(1, MOST_SOCKETS)
        self.add_row(tr("&Sockets"), self.sockets, "sockets")
        self.slat = QCheckBox(tr("&Use second level address translation"), self)
        self.slat.setObjectName("uses slat")
        self.slat.setChecked(True)
        self.form.addRow(self.slat)
        self.cost = QLabel(self)
        self.cost.setProperty("role", "muted")
        self.cost.setWordWrap(True)
        self.form.addRow(self.cost)
        self._fill(record.processor)
        self.models.currentItemChanged.connect(self._chosen)
        self.sockets.valueChanged.connect(self.recheck)
        self.slat.toggled.connect(self.recheck)
        self.setMinimumWidth(620)
        self.recheck()

    def _fill(self, now: Processor) -> None:
        self.sockets.setValue(now.sockets)
        self.slat.setChecked(now.slat)
        for model in PROCESSOR_MODELS.values():
            cores = str(model.cores_per_socket) + (" × 2" if model.threads_per_core == 2 else "")
            slat = tr("no") if not model.slat else "EPT" if model.vendor == "Intel" else "NPT (RVI)"
            row = QTreeWidgetItem([model.name, model.generation, str(model.year), cores, slat])
            row.setData(0, Qt.ItemDataRole.UserRole, model.key)
            if not model.virtualises:
                row.setToolTip(0, tr("Without hardware virtualisation, which Hyper-V needs."))
                row.setFlags(row.flags() & ~Qt.ItemFlag.ItemIsEnabled)
            self.models.addTopLevelItem(row)
            if model.name == now.model:
                self.models.setCurrentItem(row)
        if self.models.currentItem() is None:
            usual = self.models.findItems(Processor().model, Qt.MatchFlag.MatchExactly)
            self.models.setCurrentItem(usual[0])

    def model(self) -> ProcessorModel:
        """The one that is chosen."""
        item = self.models.currentItem()
        if item is None:
            raise ValueError(tr("choose a model"))
        return PROCESSOR_MODELS[str(item.data(0, Qt.ItemDataRole.UserRole))]

    def requests(self) -> tuple[Request, ...]:
        """See DraftDialog."""
        return (ReplaceProcessors(self._node, self.model().key, self.sockets.value(), self.slat.isChecked()),)

    def _chosen(self) -> None:
        self.sockets.setValue(self.model().sockets)
        self.recheck()

    def recheck(self) -> None:
        """See DraftDialog; also says what address translation will cost."""
        super().recheck()
        model = self.model()
        self.slat.setEnabled(model.slat)
        self.slat.setToolTip("" if model.slat else tr("The {model} has none.", model=model.name))
        uses = model.slat and self.slat.isChecked()
        logical = self.sockets.value() * model.cores_per_socket * model.threads_per_core
        price = tr("about 2 % of the processors' time") if uses else tr("about 10 % of their time and 1 MB a VM")
        self.cost.setText(
            tr("{logical} logical processors; address translation takes {price}.", logical=logical, price=price)
        )
