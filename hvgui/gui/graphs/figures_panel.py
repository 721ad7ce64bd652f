"""Panels of what goes on on a node and in a VM: processor, memory, network, and the client's buffer."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtWidgets import QWidget

from hvgui.cluster.ids import NodeId, VmId
from hvgui.gui.graphs.colours import Role
from hvgui.gui.graphs.drawing import EMPTY_LINE, ChartStyle, Drawing, Line, LineStyle
from hvgui.gui.graphs.panel import GraphPanel
from hvgui.gui.graphs.quantities import Quantity
from hvgui.gui.graphs.rings import Series
from hvgui.gui.graphs.stream_chart import draw_stream, stream_style
from hvgui.gui.words import tr

if TYPE_CHECKING:
    from hvgui.gui.bridge import Bridge


class FiguresPanel(GraphPanel):
    """A panel whose time axis scrolls along with the lab's clock."""

    def __init__(self, bridge: Bridge, title: str, parent: QWidget | None = None) -> None:
        super().__init__(bridge, title, parent)
        self.offer_spans()

    def span_shown(self) -> tuple[float, float]:
        """The span of time shown: the last so many seconds, or the first ones while there have not been so many."""
        end = max(self.history.now_seconds, self.span_seconds)
        return end - self.span_seconds, end

    def say_when_empty(self, times: Series) -> None:
        """Says why there is nothing to see yet."""
        if len(times):
            self.status.say("")
        elif self.history.is_looking:
            self.status.say(tr("No figures are kept here of the moment you look at."))
        else:
            self.status.say(tr("No figures yet: they come once time goes (Play)."))


class NodePanel(FiguresPanel):
    """CPU, memory with what is free and reserved, and network of a node."""

    def __init__(self, bridge: Bridge, node: NodeId, parent: QWidget | None = None) -> None:
        record = bridge.cluster.nodes.get(node)
        name = record.name if record is not None else tr("a node that is gone")
        super().__init__(bridge, tr("Graphs of {name}", name=name), parent)
        self.node = node
        self.cpu = self.add_chart(
            ChartStyle(
                tr("Processor"),
                Quantity.SHARE,
                (LineStyle(tr("Busy"), Role.MAIN, filled=True), LineStyle(tr("Hypervisor's own"), Role.SECOND)),
                least_top=1.0,
            ),
            shows_time=False,
        )
        capacity = float(record.memory_bytes) if record is not None else 0.0
        self.memory = self.add_chart(
            ChartStyle(
                tr("Memory"),
                Quantity.BYTES,
                (
                    LineStyle(tr("In use"), Role.MAIN, filled=True),
                    LineStyle(tr("Free"), Role.THIRD),
                    LineStyle(tr("Root reserve"), Role.LIMIT, dashed=True),
                ),
                least_top=capacity,
            ),
            shows_time=False,
        )
        self.network = self.add_chart(
            ChartStyle(
                tr("Network"),
                Quantity.RATE,
                (LineStyle(tr("Sent"), Role.SECOND), LineStyle(tr("Received"), Role.MAIN)),
                least_top=1e6,
            )
        )

    def refresh(self) -> None:
        """The last span of the node's figures."""
        record = self.bridge.cluster.nodes.get(self.node)
        if record is None:
            self.status.say(tr("This node is no longer in the cluster."))
            return
        start, end = self.span_shown()
        times, cpu, memory, sent, received = self.history.node_series(self.node, start)
        self.say_when_empty(times)
        seen, own, _shadow = self.history.overhead_series(self.node, start)
        figures: dict[int, str | None] = {1: f"{100 * own[-1]:.1f} %" if len(own) else None}
        words = _words(tr("processor"), Quantity.SHARE, cpu)
        self.cpu.draw(Drawing(((times, cpu), (seen, own)), start, end, words=words, figures=figures))
        free = np.maximum(0.0, record.memory_bytes - memory)
        reserve = _level(start, end, record.root_reserve_bytes)
        words = tr(
            "{used}, {free} free, {reserve} kept for the root",
            used=_words(tr("memory in use"), Quantity.BYTES, memory),
            free=_last(Quantity.BYTES, free),
            reserve=Quantity.BYTES.words(record.root_reserve_bytes),
        )
        whole = Quantity.BYTES.words(record.memory_bytes)
        used = tr("{used} of {whole}", used=_last(Quantity.BYTES, memory), whole=whole)
        figures = {0: used if len(memory) else None}
        lines = ((times, memory), (times, free), reserve)
        self.memory.draw(Drawing(lines, start, end, words=words, figures=figures))
        words = f"{_words(tr('sent'), Quantity.RATE, sent)}, {_words(tr('received'), Quantity.RATE, received)}"
        self.network.draw(Drawing(((times, sent), (times, received)), start, end, words=words))


class VmPanel(FiguresPanel):
    """CPU delivered against wanted, memory assigned against demand, and the stream's buffer of a VM."""

    def __init__(self, bridge: Bridge, vm: VmId, parent: QWidget | None = None) -> None:
        record = bridge.cluster.vms.get(vm)
        name = record.name if record is not None else tr("a VM that is gone")
        super().__init__(bridge, tr("Graphs of {name}", name=name), parent)
        self.vm = vm
        self.cpu = self.add_chart(
            ChartStyle(
                tr("Processor"),
                Quantity.SHARE,
                (LineStyle(tr("Delivered"), Role.MAIN, filled=True), LineStyle(tr("Wanted"), Role.SECOND)),
                least_top=1.0,
            ),
            shows_time=False,
        )
        self.memory = self.add_chart(
            ChartStyle(
                tr("Memory"),
                Quantity.BYTES,
                (
                    LineStyle(tr("Assigned"), Role.MAIN, filled=True),
                    LineStyle(tr("Demand"), Role.SECOND),
                    LineStyle(tr("Target"), Role.THIRD),
                    LineStyle(tr("Balloon"), Role.LIMIT),
                ),
                least_top=float(record.memory.settings.startup_bytes) if record is not None else 0.0,
            ),
            shows_time=False,
        )
        self.disks = self.add_chart(
            ChartStyle(
                tr("Disks"),
                Quantity.OPERATIONS,
                (LineStyle(tr("Served"), Role.MAIN, filled=True), LineStyle(tr("Wanted"), Role.SECOND)),
            )
        )
        self.stream = self.add_chart(stream_style())

    def refresh(self) -> None:
        """The last span of the VM's figures."""
        record = self.bridge.cluster.vms.get(self.vm)
        if record is None:
            self.status.say(tr("This VM is no longer in the cluster."))
            return
        start, end = self.span_shown()
        times, cpu, wanted, memory, demand = self.history.vm_series(self.vm, start)
        self.say_when_empty(times)
        words = f"{_words(tr('delivered'), Quantity.SHARE, cpu)}, {_words(tr('wanted'), Quantity.SHARE, wanted)}"
        self.cpu.draw(Drawing(((times, cpu), (times, wanted)), start, end, words=words))
        words = f"{_words(tr('assigned'), Quantity.BYTES, memory)}, {_words(tr('demand'), Quantity.BYTES, demand)}"
        seen, target, balloon = self.history.memory_series(self.vm, start)
        if not record.memory.settings.dynamic:
            seen = target = balloon = EMPTY_LINE[0]
        lines = ((times, memory), (times, demand), (seen, target), (seen, balloon))
        self.memory.draw(Drawing(lines, start, end, words=words))
        seen, served, asked = self.history.disk_series(self.vm, start)
        words = _words(tr("served"), Quantity.OPERATIONS, served)
        words = f"{words}, {_words(tr('wanted'), Quantity.OPERATIONS, asked)}"
        self.disks.draw(Drawing(((seen, served), (seen, asked)), start, end, words=words))
        track = self.history.streams.track(self.vm)
        self.stream.setVisible(track is not None or record.clients.video is not None)
        if track is not None:
            self.stream.draw(draw_stream(track, start, end, cut=self.history.up_to_now))
        else:
            self.stream.draw(Drawing((EMPTY_LINE,), start, end, words=tr("nothing streamed yet")))


def node_panel(bridge: Bridge, node_id: NodeId, parent: QWidget | None = None) -> NodePanel:
    """The graphs of a node."""
    return NodePanel(bridge, node_id, parent)


def vm_panel(bridge: Bridge, vm_id: VmId, parent: QWidget | None = None) -> VmPanel:
    """The graphs of a VM."""
    return VmPanel(bridge, vm_id, parent)


def _level(start_seconds: float, end_seconds: float, value: float) -> Line:
    return np.array([start_seconds, end_seconds]), np.array([value, value], dtype=np.float64)


def _last(quantity: Quantity, values: Series) -> str:
    return quantity.words(float(values[-1])) if len(values) else tr("unknown")


def _words(name: str, quantity: Quantity, values: Series) -> str:
    return f"{name} {_last(quantity, values)}"
