"""The form of what is tried: which trials, on which nodes, how many that makes and about how long they take."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QCheckBox, QComboBox, QHBoxLayout, QLabel, QSpinBox, QWidget

from hvgui.cluster.cluster import Cluster
from hvgui.cluster.ids import NodeId
from hvgui.gui.what_if.choice import Choice, about, expected_seconds
from hvgui.gui.words import counted, tr
from hvgui.lab.what_if.study import up_nodes

_ALL = -1
_LEAST_PERCENT, _MOST_PERCENT = 1, 900


class ChoiceForm(QWidget):
    """What can't be tried is grey and says why."""

    changed = Signal()

    def __init__(self, cluster: Cluster, choice: Choice, parent: QWidget) -> None:
        super().__init__(parent)
        self._cluster = cluster
        self.crashes = self._box(tr("&Crash"), "crashes", tr("Each of the nodes crashes alone."), choice.crashes)
        self.pairs = self._box(tr("&Pairs crash"), "pairs", tr("Each two nodes crash together."), choice.pairs)
        self.drains = self._box(tr("&Drain"), "drains", tr("Each of the nodes is drained."), choice.drains)
        self.load = self._box(
            tr("&More load"), "load", tr("Every guest asks for more of everything."), choice.load_percent is not None
        )
        self.percent = QSpinBox(self)
        self.percent.setObjectName("percent")
        self.percent.setAccessibleName(tr("How much more load"))
        self.percent.setRange(_LEAST_PERCENT, _MOST_PERCENT)
        self.percent.setSuffix(" %")
        self.percent.setValue(choice.load_percent or 10)
        self.nodes = QComboBox(self)
        self.nodes.setObjectName("nodes")
        self.nodes.setAccessibleName(tr("On which nodes"))
        self.down = ""
        self._shown: frozenset[tuple[str, bool]] = frozenset()
        self._fill_nodes(choice.node)
        label = QLabel(tr("&On"), self)
        label.setBuddy(self.nodes)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(14)
        row.addWidget(label)
        row.addWidget(self.nodes)
        for widget in (self.crashes, self.pairs, self.drains, self.load, self.percent):
            row.addWidget(widget)
        row.addStretch(1)
        self.nodes.currentIndexChanged.connect(self._change)
        self.percent.valueChanged.connect(self._change)
        self._enable()

    def _box(self, title: str, name: str, tip: str, checked: bool) -> QCheckBox:
        box = QCheckBox(title, self)
        box.setObjectName(name)
        box.setToolTip(tip)
        box.setChecked(checked)
        box.toggled.connect(self._change)
        return box

    def show_cluster(self, cluster: Cluster) -> None:
        """Nodes have come, gone, crashed or come up."""
        self._cluster = cluster
        if self._shown == _nodes_of(cluster):
            return
        node = self.choice.node
        self.nodes.blockSignals(True)
        self._fill_nodes(node)
        self.nodes.blockSignals(False)
        self._change()

    def choose(self, choice: Choice) -> None:
        """Ticks something else."""
        self.blockSignals(True)
        self.crashes.setChecked(choice.crashes)
        self.pairs.setChecked(choice.pairs)
        self.drains.setChecked(choice.drains)
        self.load.setChecked(choice.load_percent is not None)
        self.percent.setValue(choice.load_percent or self.percent.value())
        self.nodes.setCurrentIndex(max(0, self.nodes.findData(_ALL if choice.node is None else int(choice.node))))
        self.blockSignals(False)
        self._change()

    @property
    def choice(self) -> Choice:
        """What is ticked and can be tried."""
        node = self.nodes.currentData()
        return Choice(
            self._is_wanted(self.crashes),
            self._is_wanted(self.pairs),
            self._is_wanted(self.drains),
            self.percent.value() if self._is_wanted(self.load) else None,
            None if node in (None, _ALL) else NodeId(int(node)),
        )

    def _is_wanted(self, box: QCheckBox) -> bool:
        """Whether it is ticked and can be tried; while a study is under way the form as a whole is grey."""
        return box.isChecked() and box.isEnabledTo(self)

    def estimate(self, pace: float) -> str:
        """How many trials, about how long, and what is left out."""
        cases = self.choice.cases(self._cluster)
        if not cases:
            said = self.why_not()
        else:
            said = tr(
                "{trials}, {time}.",
                trials=counted(len(cases), "{count} trial", "{count} trials"),
                time=about(expected_seconds(cases, self._cluster, pace)),
            )
        return f"{said} {self.down}".strip()

    def why_not(self) -> str:
        """Why nothing can be tried; empty: something can."""
        if self.choice.cases(self._cluster):
            return ""
        if not up_nodes(self._cluster):
            return tr("No node is up: there is nothing to lose.")
        return tr("Nothing is ticked; tick what is to be tried.")

    def _fill_nodes(self, chosen: NodeId | None) -> None:
        up = up_nodes(self._cluster)
        self._shown = _nodes_of(self._cluster)
        self.nodes.clear()
        self.nodes.addItem(counted(len(up), "the one node that is up", "all {count} nodes that are up"), _ALL)
        for node in up:
            self.nodes.addItem(self._cluster.nodes[node].name, int(node))
        self.nodes.setCurrentIndex(max(0, self.nodes.findData(_ALL if chosen is None else int(chosen))))
        down = [node.name for node in self._cluster.nodes.values() if not node.is_up]
        names = ", ".join(down[:4])
        more = tr(" and {count} more", count=len(down) - 4) if len(down) > 4 else ""
        self.down = tr("Not up, and not tried: {nodes}.", nodes=f"{names}{more}") if down else ""

    def _enable(self) -> None:
        up = len(up_nodes(self._cluster))
        reasons = {
            self.crashes: "" if up else tr("No node is up."),
            self.pairs: "" if up > 1 else tr("It takes two nodes that are up."),
            self.drains: "" if up > 1 else tr("There is no other node that is up to take the VMs."),
            self.load: "" if up else tr("No node is up."),
        }
        for box, reason in reasons.items():
            box.setEnabled(not reason)
            tip = str(box.property("tip") or box.toolTip())
            box.setProperty("tip", tip)
            box.setToolTip(reason or tip)
        self.percent.setEnabled(self._is_wanted(self.load))

    def _change(self) -> None:
        self._enable()
        self.changed.emit()


def _nodes_of(cluster: Cluster) -> frozenset[tuple[str, bool]]:
    return frozenset((node.name, node.is_up) for node in cluster.nodes.values())
