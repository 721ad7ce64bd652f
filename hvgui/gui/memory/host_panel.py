"""A node's memory: the stack of its VMs, what is available, overcommitment, and how many more VMs of a kind fit."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtWidgets import QComboBox, QHBoxLayout, QLabel, QWidget

from hvgui.cluster.ids import NodeId, VmId
from hvgui.cluster.units import format_bytes
from hvgui.gui.graphs.colours import Role
from hvgui.gui.graphs.drawing import ChartStyle, Drawing, LineStyle
from hvgui.gui.graphs.figures_panel import FiguresPanel
from hvgui.gui.graphs.quantities import Quantity
from hvgui.gui.memory.host_stack import stack_of
from hvgui.gui.memory.stack_view import StackView
from hvgui.gui.words import tr
from hvgui.requests.consolidation import overcommitment, room_for

if TYPE_CHECKING:
    from hvgui.gui.bridge import Bridge

_MOST_KINDS = 400


class HostMemoryPanel(FiguresPanel):
    """The memory of one node."""

    def __init__(self, bridge: Bridge, node: NodeId, parent: QWidget | None = None) -> None:
        record = bridge.cluster.nodes.get(node)
        name = record.name if record is not None else tr("a node that is gone")
        super().__init__(bridge, tr("Memory of {name}", name=name), parent)
        self.node = node
        self.figures = QLabel(self)
        self.figures.setObjectName("host memory figures")
        self.figures.setWordWrap(True)
        self.stack = StackView(self.charts)
        self.kind = QComboBox(self)
        self.kind.setObjectName("consolidation kind")
        self.kind.setAccessibleName(tr("How many more VMs like this one fit"))
        self.counter = QLabel(self)
        self.counter.setObjectName("consolidation")
        self.counter.setWordWrap(True)
        self._fill_kinds()
        self._place()
        self.overhead = self.add_chart(
            ChartStyle(
                tr("Hypervisor"),
                Quantity.OVERHEAD,
                (LineStyle(tr("Time for address translation and emulation"), Role.SECOND, filled=True),),
                least_top=0.05,
            )
        )
        shadow = (LineStyle(tr("Shadow page tables, 1 MB a VM"), Role.THIRD, filled=True),)
        self.shadow = self.add_chart(ChartStyle(tr("Without SLAT"), Quantity.BYTES, shadow))
        self.kind.currentIndexChanged.connect(self.refresh_if_seen)

    def _place(self) -> None:
        row = QHBoxLayout()
        row.addWidget(QLabel(tr("More VMs like"), self))
        row.addWidget(self.kind)
        row.addWidget(self.counter, 1)
        column = self.layout()
        if column is not None:
            column.addWidget(self.figures)
            column.addItem(row)
        charts = self.charts.layout()
        if charts is not None:
            charts.addWidget(self.stack)

    def _fill_kinds(self) -> None:
        vms = self.bridge.cluster.vms
        here = [vm for vm in self.bridge.cluster.vms_on(self.node) if vm in vms]
        others = [vm for vm in vms if vms[vm].owner != self.node]
        for vm in [*here, *others][:_MOST_KINDS]:
            self.kind.addItem(vms[vm].name, int(vm))
        dynamic = next((row for row, vm in enumerate(here) if vms[vm].memory.settings.dynamic), 0)
        self.kind.setCurrentIndex(dynamic if here else 0)

    def refresh(self) -> None:
        """The stack of the last span, and the figures of this moment."""
        cluster = self.bridge.cluster
        record = cluster.nodes.get(self.node)
        if record is None:
            self.status.say(tr("This node is no longer in the cluster."))
            return
        start, end = self.span_shown()
        times, *_ = self.history.node_series(self.node, start)
        self.say_when_empty(times)
        self.stack.show_stack(stack_of(cluster, self.history, self.node, (start, end)))
        self._say_figures()
        seen, overhead, shadow = self.history.overhead_series(self.node, start)
        now = Quantity.OVERHEAD.words(float(overhead[-1])) if len(overhead) else tr("unknown")
        words = tr("address translation and emulation take {share}", share=now)
        self.overhead.draw(Drawing(((seen, overhead),), start, end, words=words))
        self.shadow.setVisible(bool(len(shadow)) and float(shadow.max()) > 0.0)
        if not self.shadow.isHidden():
            words = tr("shadow page tables take {size}", size=format_bytes(float(shadow[-1])))
            self.shadow.draw(Drawing(((seen, shadow),), start, end, words=words))

    def _say_figures(self) -> None:
        cluster, record = self.bridge.cluster, self.bridge.cluster.nodes[self.node]
        free = max(0, cluster.free_bytes_on(self.node))
        ratio = overcommitment(cluster, self.node)
        tone = tr("nothing is overcommitted") if ratio <= 1.0 else tr("overcommitted: all at their most would not fit")
        shadow = cluster.shadow_bytes_on(self.node)
        self.figures.setText(
            tr(
                "Available {free} of {whole}. The VMs' maxima come to {ratio} × that: {tone}. Root reserve {reserve},"
                " shadow page tables {shadow}.",
                free=format_bytes(free),
                whole=format_bytes(record.memory_for_vms_bytes),
                ratio=f"{ratio:.2f}",
                tone=tone,
                reserve=format_bytes(record.root_reserve_bytes),
                shadow=format_bytes(shadow) if shadow else tr("none (SLAT)"),
            )
        )
        chosen = self.kind.currentData()
        vm = cluster.vms.get(VmId(int(chosen))) if chosen is not None else None
        if vm is None:
            self.counter.setText("")
            return
        room = room_for(cluster, self.node, vm)
        self.counter.setText(
            tr(
                "fit: {static} with static memory ({each}), {dynamic} with dynamic memory ({usual}), bound by {what}",
                static=room.static,
                each=format_bytes(room.static_bytes),
                dynamic=room.dynamic,
                usual=format_bytes(room.dynamic_bytes),
                what=tr(room.bound_by),
            )
        )
