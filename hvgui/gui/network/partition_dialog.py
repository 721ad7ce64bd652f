"""Partitioning a network: which node stands on which side, and who goes on as the cluster then."""

from __future__ import annotations

from PySide6.QtWidgets import QComboBox, QLabel

from hvgui.cluster.ids import NetworkId
from hvgui.cluster.networks import NetworkRole
from hvgui.gui.actions.desk import Desk
from hvgui.gui.dialogs.advice import AdvisedDialog
from hvgui.gui.inventory_order import name_key
from hvgui.gui.network.outlook import after_partition
from hvgui.gui.network.sides_list import SidesList
from hvgui.gui.objects import Kind
from hvgui.gui.tone import set_tone
from hvgui.gui.words import tr
from hvgui.requests.network_faults import PartitionNetwork, networks_meant
from hvgui.requests.request import Request


class PartitionDialog(AdvisedDialog):
    """For one network, or for all that carry cluster traffic."""

    def __init__(self, network: NetworkId | None, desk: Desk) -> None:
        about = tr(
            "A fault of the switches separates nodes: on one side they reach each other, from side to side nothing gets"
            " through. The side with quorum goes on; on the others the cluster service stops."
        )
        super().__init__(tr("Partition network"), about, desk, "partition network")
        self.name_apply("Partition")
        self.setMinimumWidth(600)
        self.network = QComboBox(self)
        self._fill_networks(network)
        self.add_row(tr("Network"), self.network, "partitioned network")
        self.list = SidesList(self)
        self._fill_nodes()
        self.form.addRow(self.list)
        self.form.addRow(self.muted(tr("Click a side, or choose nodes and press A, B, C or D.")))
        self.outlook = QLabel(self)
        self.outlook.setObjectName("outlook")
        self.outlook.setWordWrap(True)
        self.form.addRow(self.outlook)
        self.form.addRow(self.advice)
        self.list.moved.connect(self.recheck)
        self.network.currentIndexChanged.connect(self.recheck)
        self.recheck()

    def requests(self) -> tuple[Request, ...]:
        """See DraftDialog."""
        return (self.request(),)

    def request(self) -> PartitionNetwork:
        """The partition that the form stands for."""
        network = self.network.currentData()
        return PartitionNetwork(groups=self.list.groups, network=None if network is None else NetworkId(network))

    def recheck(self) -> None:
        """See AdvisedDialog; also who would go on."""
        super().recheck()
        found = after_partition(self.desk.cluster, self.request())
        self.outlook.setText(found.sentence)
        set_tone(self.outlook, found.tone)

    def _fill_networks(self, network: NetworkId | None) -> None:
        cluster = self.desk.cluster
        if len(networks_meant(cluster, None)) > 1:
            self.network.addItem(tr("Every cluster network"), None)
        for one in cluster.networks.values():
            remark = "" if one.role is not NetworkRole.NONE else tr(" (carries no cluster traffic)")
            self.network.addItem(one.name + remark, int(one.id))
        self.network.setCurrentIndex(max(0, self.network.findData(None if network is None else int(network))))

    def _fill_nodes(self) -> None:
        """Half of them on each side, or the chosen ones on the second."""
        nodes = sorted(self.desk.cluster.nodes.values(), key=lambda one: name_key(one.name))
        chosen = {ref.node for ref in self.desk.refs if ref.kind is Kind.NODE}
        for number, node in enumerate(nodes):
            self.list.add_node(node, int(node.id in chosen) if chosen else int(2 * number >= len(nodes)))
