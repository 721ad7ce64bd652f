"""Giving a node too much to do, to see what the load watch makes of it: all its guests want more processor time."""

from __future__ import annotations

from msgspec.structs import replace
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QSlider, QSpinBox, QWidget

from hvgui.cluster.cluster import Cluster
from hvgui.cluster.ids import NodeId
from hvgui.cluster.load import LoadCurve
from hvgui.cluster.load_watch import WatchMode
from hvgui.cluster.machines import VirtualMachine, VmState
from hvgui.gui.actions.desk import Desk
from hvgui.gui.dialogs.advice import AdvisedDialog
from hvgui.gui.tips.words import share_words, span_words
from hvgui.gui.words import counted, tr
from hvgui.requests.guests import SetLoad
from hvgui.requests.request import Request

_USUAL, _LEAST, _MOST = 97, 5, 150
_RUNS = (VmState.RUNNING, VmState.STARTING, VmState.STOPPING)


class OverloadDialog(AdvisedDialog):
    """One figure: how much of the node's processors its guests want together from now on."""

    def __init__(self, node: NodeId, desk: Desk) -> None:
        self.node = node
        name = desk.cluster.nodes[node].name
        about = tr(
            "All guests that run on {node} want more processor time from now on, each in proportion to its virtual"
            " processors. Undo (Ctrl+Z) takes it back.",
            node=name,
        )
        super().__init__(tr("Give {node} more to do", node=name), about, desk, "overload")
        self.wanted = QSpinBox(self)
        self.wanted.setRange(_LEAST, _MOST)
        self.wanted.setSuffix(" %")
        self.slider = QSlider(Qt.Orientation.Horizontal, self)
        self.slider.setRange(_LEAST, _MOST)
        self.slider.setAccessibleName(tr("Of its processors"))
        self.wanted.setValue(min(_USUAL, int(100 * self._most_share())) or _LEAST)
        self.slider.setValue(self.wanted.value())
        holder = QWidget(self)
        row = QHBoxLayout(holder)
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(self.slider, 1)
        row.addWidget(self.wanted)
        holder.setFocusProxy(self.wanted)
        self.add_row(tr("Of its processors"), holder, "wanted row")
        self.wanted.setObjectName("wanted")
        self.wanted.setAccessibleName(tr("Of its processors"))
        self.meaning = self.muted("")
        self.meaning.setObjectName("meaning")
        self.form.addRow(self.meaning)
        self.form.addRow(self.advice)
        self.slider.valueChanged.connect(self.wanted.setValue)
        self.wanted.valueChanged.connect(self.slider.setValue)
        self.wanted.valueChanged.connect(self.recheck)
        self.recheck()

    def requests(self) -> tuple[Request, ...]:
        """See DraftDialog. What the guests do besides stays as it is."""
        level = self._level()
        return tuple(SetLoad(vm.id, replace(vm.load, cpu=LoadCurve(level=level))) for vm in self._guests())

    def recheck(self) -> None:
        """See AdvisedDialog; also what each guest gets to do, and when the watch will see it."""
        super().recheck()
        try:
            level = self._level()
        except ValueError:
            self.meaning.setText("")
            return
        limit = self.desk.cluster.load_watch.processors_limit
        if self.wanted.value() <= 100.0 * limit:
            words = tr(
                "Not above the limit of the load watch ({limit}). Lower that (Load Watch...), or move VMs there.",
                limit=share_words(limit),
            )
            self.advice.setText(words)
            self.advice.show()
        guests = self._guests()
        words = tr(
            "{vms} with {vcpus}: each is busy to {level}.",
            vms=counted(len(guests), "{count} VM", "{count} VMs"),
            vcpus=counted(self._vcpus, "{count} virtual processor", "{count} virtual processors"),
            level=share_words(level),
        )
        self.meaning.setText(f"{words} {_watch_words(self.desk.cluster)}")

    def _guests(self) -> tuple[VirtualMachine, ...]:
        cluster = self.desk.cluster
        vms = (cluster.vms[vm] for vm in cluster.vms_on(self.node))
        return tuple(vm for vm in vms if vm.state in _RUNS)

    @property
    def _vcpus(self) -> int:
        return sum(vm.vcpus for vm in self._guests())

    def _most_share(self) -> float:
        """What the guests can want at most."""
        return self._vcpus / self.desk.cluster.nodes[self.node].processor.logical

    def _level(self) -> float:
        """The share of its virtual processors that each guest wants. Raises ValueError where they have too few."""
        most, share = self._most_share(), self.wanted.value() / 100.0
        if share <= most:
            return share / most
        node = self.desk.cluster.nodes[self.node]
        words = tr(
            "the guests of {node} have {vcpus} for {logical} logical processors: they can want {most} of them at most."
            " Give them more virtual processors, or move VMs there",
            node=node.name,
            vcpus=counted(self._vcpus, "{count} virtual processor", "{count} virtual processors"),
            logical=node.processor.logical,
            most=share_words(most),
        )
        raise ValueError(words)


def _watch_words(cluster: Cluster) -> str:
    """How soon the load watch sees it."""
    watch = cluster.load_watch
    if watch.mode is WatchMode.OFF:
        return tr("The load watch is off: switch it on to get a tip (Cluster menu, Load watch mode).")
    return tr("The load watch takes means over {span}.", span=span_words(watch.window_seconds))
