"""The window's memory of what moved: fed from the bridge's frames, read by every graph."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QObject

from hvgui.cluster.metrics import MetricsSample
from hvgui.cluster.units import in_seconds
from hvgui.gui.graphs.metric_history import MetricHistory
from hvgui.gui.graphs.recordings import MigrationRecordings
from hvgui.gui.graphs.streams import StreamHistory

if TYPE_CHECKING:
    from hvgui.cluster.cluster import Cluster
    from hvgui.gui.bridge import Bridge
    from hvgui.lab.frames import Frame

NODE_CPU, NODE_MEMORY, NODE_SENT, NODE_RECEIVED = range(4)
"""Quantities of a node, in the order in which they are kept."""
VM_CPU, VM_CPU_WANTED, VM_MEMORY, VM_DEMAND = range(4)
"""Quantities of a VM, in the order in which they are kept."""


class GraphHistory(QObject):
    """Rings of node and VM figures, stream tracks and migration recordings of one bridge. Child of that bridge."""

    def __init__(self, bridge: Bridge) -> None:
        super().__init__(bridge)
        self._bridge = bridge
        self.streams = StreamHistory()
        self.migrations = MigrationRecordings()
        self._cluster: Cluster | None = None
        self._time_ns = bridge.time_ns
        self._begin(bridge.cluster)
        if bridge.latest is not None:
            self._take_sample(bridge.latest)
        bridge.frame_arrived.connect(self._take)

    @property
    def now_seconds(self) -> float:
        """The lab's clock as of the last frame."""
        return in_seconds(max(self._time_ns, self._bridge.time_ns))

    def _begin(self, cluster: Cluster) -> None:
        self._cluster = cluster
        self.nodes = MetricHistory(4, len(cluster.nodes))
        self.vms = MetricHistory(4, len(cluster.vms))
        self.streams.clear()
        self.migrations.clear()

    def _take(self, frame: Frame) -> None:
        if self._bridge.cluster is not self._cluster:
            self._begin(self._bridge.cluster)
        if frame.time_ns < self._time_ns:
            self.migrations.forget_after(frame.time_ns)
        self._time_ns = frame.time_ns
        for sample in frame.samples:
            self._take_sample(sample)
        self.streams.take(frame.streams)
        self.migrations.take(frame.migrations, self._bridge.cluster.tasks)
        self.migrations.take_events(frame.events)
        self.migrations.take_ended(frame.ended_tasks)

    def _take_sample(self, sample: MetricsSample) -> None:
        time = in_seconds(sample.time_ns)
        if np.isclose(time, self.nodes.latest_seconds):
            return
        self.nodes.take(
            time,
            (
                sample.node_cpu_share,
                sample.node_memory_bytes,
                sample.node_sent_bytes_per_second,
                sample.node_received_bytes_per_second,
            ),
        )
        self.vms.take(
            time,
            (sample.vm_cpu_share, sample.vm_cpu_wanted_share, sample.vm_memory_bytes, sample.vm_memory_demand_bytes),
        )


def history_of(bridge: Bridge) -> GraphHistory:
    """The one history of a bridge; made at the first call, which should come before the first frame."""
    present = bridge.findChild(GraphHistory)
    return present if isinstance(present, GraphHistory) else GraphHistory(bridge)
