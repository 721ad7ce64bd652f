"""Giving a node too much to do, to see what the load watch makes of it: all its guests want more of something."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QSlider, QSpinBox, QWidget

from hvgui.cluster.cluster import Cluster
from hvgui.cluster.ids import NodeId
from hvgui.cluster.load_watch import WatchedResource, WatchMode
from hvgui.cluster.units import format_rate
from hvgui.gui.actions.desk import Desk
from hvgui.gui.dialogs.advice import AdvisedDialog
from hvgui.gui.tips.overload import RAISED, guests_of, most_share, raised
from hvgui.gui.tips.words import RESOURCES, share_words, span_words
from hvgui.gui.words import counted, tr
from hvgui.requests.guests import SetLoad
from hvgui.requests.request import Request

_USUAL, _LEAST, _MOST = 97, 5, 150


class OverloadDialog(AdvisedDialog):
    """What, and how much of what the node has its guests want together from now on."""

    def __init__(self, node: NodeId, desk: Desk) -> None:
        self.node = node
        name = desk.cluster.nodes[node].name
        about = tr(
            "All guests that run on {node} want more from now on, and the rest of their loads stays as it is. Undo"
            " (Ctrl+Z) takes it back.",
            node=name,
        )
        super().__init__(tr("Give {node} more to do", node=name), about, desk, "overload")
        self.what = QComboBox(self)
        for resource in RAISED:
            self.what.addItem(tr(RESOURCES[resource]), resource.value)
        self.add_row(tr("What"), self.what, "what")
        self.wanted = QSpinBox(self)
        self.slider = QSlider(Qt.Orientation.Horizontal, self)
        self.add_row(tr("Of what it has"), self._share_row(), "wanted row")
        self.meaning = self.muted("")
        self.meaning.setObjectName("meaning")
        self.form.addRow(self.meaning)
        self.form.addRow(self.advice)
        self._begin_with(desk.cluster)
        self.what.currentIndexChanged.connect(self.recheck)
        self.slider.valueChanged.connect(self.wanted.setValue)
        self.wanted.valueChanged.connect(self.slider.setValue)
        self.wanted.valueChanged.connect(self.recheck)
        self.recheck()

    @property
    def resource(self) -> WatchedResource:
        """What they want more of."""
        return WatchedResource(self.what.currentData())

    def requests(self) -> tuple[Request, ...]:
        """See DraftDialog."""
        return self._loads()

    def recheck(self) -> None:
        """See AdvisedDialog; also what each guest gets to do, and what the watch will see of it."""
        super().recheck()
        try:
            loads = self._loads()
        except ValueError:
            self.meaning.setText("")
            return
        cluster = self.desk.cluster
        self.meaning.setText(f"{_meaning(cluster, self.resource, loads)} {_watch_words(cluster)}")
        limit = cluster.load_watch.limit(self.resource)
        if self.wanted.value() <= 100.0 * limit:
            words = tr(
                "Not above the limit of the load watch ({limit}). Lower that (Load Watch...), or move VMs there.",
                limit=share_words(limit),
            )
            self.advice.setText(words)
            self.advice.show()

    def _begin_with(self, cluster: Cluster) -> None:
        """The first of what the guests can want so much of that the watch sees it."""
        most = {one: most_share(cluster, self.node, one) for one in RAISED}
        able = [one for one in RAISED if most[one] > cluster.load_watch.limit(one)]
        first = able[0] if able else RAISED[0]
        self.what.setCurrentIndex(RAISED.index(first))
        self.wanted.setValue(int(100.0 * min(most[first], _USUAL / 100.0)))
        self.slider.setValue(self.wanted.value())

    def _loads(self) -> tuple[SetLoad, ...]:
        """Raises ValueError where the guests can't want so much."""
        cluster, share = self.desk.cluster, self.wanted.value() / 100.0
        most = most_share(cluster, self.node, self.resource)
        if share <= most:
            return raised(cluster, self.node, self.resource, share)
        node, guests = cluster.nodes[self.node], guests_of(cluster, self.node)
        if self.resource is not WatchedResource.PROCESSORS:
            what = tr(RESOURCES[self.resource]).lower()
            words = tr("the guests of {node} can want {most} of its {what} at most")
            raise ValueError(words.format(node=node.name, most=share_words(most), what=what))
        words = tr(
            "the guests of {node} have {vcpus} for {logical} logical processors: they can want {most} of them at most."
            " Give them more virtual processors, move VMs there, or let them want something else",
            node=node.name,
            vcpus=counted(sum(vm.vcpus for vm in guests), "{count} virtual processor", "{count} virtual processors"),
            logical=node.processor.logical,
            most=share_words(most),
        )
        raise ValueError(words)

    def _share_row(self) -> QWidget:
        holder = QWidget(self)
        for field in (self.wanted, self.slider):
            field.setRange(_LEAST, _MOST)
            field.setAccessibleName(tr("Of what it has"))
        self.wanted.setSuffix(" %")
        self.wanted.setObjectName("wanted")
        row = QHBoxLayout(holder)
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(self.slider, 1)
        row.addWidget(self.wanted)
        holder.setFocusProxy(self.wanted)
        return holder


def _meaning(cluster: Cluster, resource: WatchedResource, loads: tuple[SetLoad, ...]) -> str:
    """What each guest is given to do."""
    vms = counted(len(loads), "{count} VM", "{count} VMs")
    if resource is WatchedResource.PROCESSORS:
        number = sum(cluster.vms[one.vm].vcpus for one in loads)
        vcpus = counted(number, "{count} virtual processor", "{count} virtual processors")
        busy = share_words(max((one.load.cpu.level for one in loads), default=0.0))
        return tr("{vms} with {vcpus}: each is busy to {level}.", vms=vms, vcpus=vcpus, level=busy)
    if resource is WatchedResource.NETWORK:
        rate = format_rate(max((one.load.network_bytes_per_second.level for one in loads), default=0.0))
        return tr("{vms}, each sends up to {rate}.", vms=vms, rate=rate)
    iops = max((one.load.disk_iops.level for one in loads), default=0.0)
    return tr("{vms}, each wants up to {iops} operations a second.", vms=vms, iops=f"{iops:,.0f}")


def _watch_words(cluster: Cluster) -> str:
    """How soon the load watch sees it."""
    watch = cluster.load_watch
    if watch.mode is WatchMode.OFF:
        return tr("The load watch is off: switch it on to get a tip (Cluster menu, Balancing).")
    return tr("The load watch takes means over {span}.", span=span_words(watch.window_seconds))
