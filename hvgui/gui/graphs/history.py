"""The window's memory of what moved: fed from the bridge's frames, read by every graph."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QObject, Signal

from hvgui.cluster.ids import LunId, NodeId, VmId, VolumeId
from hvgui.cluster.metrics import MetricsSample
from hvgui.cluster.units import in_seconds
from hvgui.gui.graphs.metric_history import MetricHistory
from hvgui.gui.graphs.past_figures import PastFigures
from hvgui.gui.graphs.recordings import MigrationRecordings
from hvgui.gui.graphs.rings import Series
from hvgui.gui.graphs.streams import StreamHistory
from hvgui.gui.timeline.lineage import holds_until

if TYPE_CHECKING:
    from hvgui.cluster.cluster import Cluster
    from hvgui.gui.bridge import Bridge
    from hvgui.lab.frames import Frame

NODE_CPU, NODE_MEMORY, NODE_SENT, NODE_RECEIVED = range(4)
"""Quantities of a node, in the order in which they are kept."""
VM_CPU, VM_CPU_WANTED, VM_MEMORY, VM_DEMAND = range(4)
"""Quantities of a VM, in the order in which they are kept."""
LUN_IOPS, LUN_RATE, LUN_LATENCY = range(3)
"""Quantities of a LUN, in the order in which they are kept."""
VOLUME_IOPS, VOLUME_DIRECT, VOLUME_REDIRECTED, VOLUME_LATENCY, VOLUME_FREE = range(5)
"""Quantities of a Cluster Shared Volume, in the order in which they are kept."""
_SHORT_SECONDS = 60.0
"""Where the rings reach back so far before a moment, nothing is read for it."""


class Rings:
    """What one has seen oneself, of every kind of object."""

    def __init__(self, cluster: Cluster) -> None:
        self.nodes = MetricHistory(4, len(cluster.nodes), np.nan)
        self.vms = MetricHistory(4, len(cluster.vms))
        self.vm_disks = MetricHistory(2, len(cluster.vms))
        """Operations of a VM's disks: served, wanted."""
        self.vm_memory = MetricHistory(2, len(cluster.vms))
        """Target and balloon of a VM."""
        self.overheads = MetricHistory(2, len(cluster.nodes))
        """What the hypervisor takes on a node: share of the processors, bytes of shadow page tables."""
        self.luns = MetricHistory(3, len(cluster.luns))
        self.volumes = MetricHistory(5, cluster.last_volume_id + 1)

    def take(self, time_seconds: float, sample: MetricsSample) -> None:
        """One sample."""
        self.nodes.take(
            time_seconds,
            (
                sample.node_cpu_share,
                sample.node_memory_bytes,
                sample.node_sent_bytes_per_second,
                sample.node_received_bytes_per_second,
            ),
        )
        self.vms.take(
            time_seconds,
            (sample.vm_cpu_share, sample.vm_cpu_wanted_share, sample.vm_memory_bytes, sample.vm_memory_demand_bytes),
        )
        self.vm_memory.take(time_seconds, (sample.vm_memory_target_bytes, sample.vm_memory_balloon_bytes))
        self.overheads.take(time_seconds, (sample.node_overhead_share, sample.node_shadow_bytes))
        self.vm_disks.take(time_seconds, (sample.vm_iops, sample.vm_iops_wanted))
        self.luns.take(time_seconds, (sample.lun_iops, sample.lun_bytes_per_second, sample.lun_latency_seconds))
        self.volumes.take(
            time_seconds,
            (
                sample.volume_iops,
                sample.volume_direct_bytes_per_second,
                sample.volume_redirected_bytes_per_second,
                sample.volume_latency_seconds,
                sample.volume_free_bytes,
            ),
        )


class GraphHistory(QObject):
    """Rings of node and VM figures, stream tracks and migration recordings of one bridge. Child of that bridge."""

    past_came = Signal()
    """Figures of before have come from the lab file; no frame says so, for time may stand."""

    def __init__(self, bridge: Bridge) -> None:
        super().__init__(bridge)
        self._bridge = bridge
        self.streams = StreamHistory()
        self.migrations = MigrationRecordings()
        self._cluster: Cluster | None = None
        self._time_ns = bridge.time_ns
        self._timeline = bridge.timeline
        self._present: Rings | None = None
        self._past = PastFigures(bridge, self)
        self._past.changed.connect(self.past_came)
        self._begin(bridge.cluster)
        if bridge.time_ns > 0:
            self._past.ask()
        if bridge.latest is not None:
            self._take_sample(bridge.latest)
        bridge.frame_arrived.connect(self._take)

    @property
    def nodes(self) -> MetricHistory:
        """What was seen of nodes."""
        return self.rings.nodes

    @property
    def vms(self) -> MetricHistory:
        """What was seen of VMs."""
        return self.rings.vms

    @property
    def now_seconds(self) -> float:
        """The lab's clock as of the last frame."""
        return in_seconds(self._bridge.time_ns)

    @property
    def is_looking(self) -> bool:
        """Whether the past is shown."""
        return self._present is not None

    def up_to_now(self, *columns: Series) -> tuple[Series, ...]:
        """Columns, the times (seconds) first, without what lies ahead: in a look at the past, the present does."""
        times = columns[0]
        if self._present is None or not len(times) or times[-1] <= self.now_seconds:
            return columns
        reached = int(np.searchsorted(times, self.now_seconds, side="right"))
        return tuple(column[:reached] for column in columns)

    def node_series(self, node: NodeId, since_seconds: float) -> tuple[Series, ...]:
        """Times (seconds) and the quantities of a node as they are named above, of the shown moment's past: from when
        it was there."""
        quantities = (NODE_CPU, NODE_MEMORY, NODE_SENT, NODE_RECEIVED)
        recent = _known(self._of(self.nodes, node, len(quantities), since_seconds))
        return self.up_to_now(*self._past.of_node(node, recent))

    def vm_series(self, vm: VmId, since_seconds: float) -> tuple[Series, ...]:
        """Likewise of a VM."""
        quantities = (VM_CPU, VM_CPU_WANTED, VM_MEMORY, VM_DEMAND)
        # A VM that has just come has no column before the next sample.
        return self.up_to_now(*self._past.of_vm(vm, self._of(self.vms, vm, len(quantities), since_seconds)))

    def disk_series(self, vm: VmId, since_seconds: float) -> tuple[Series, ...]:
        """Times, and the operations of a VM's disks: served, wanted. The lab file keeps none of them."""
        return self.up_to_now(*self._of(self.rings.vm_disks, vm, 2, since_seconds))

    def memory_series(self, vm: VmId, since_seconds: float) -> tuple[Series, ...]:
        """Times, and a VM's memory: target, balloon. The lab file keeps none of them."""
        return self.up_to_now(*self._of(self.rings.vm_memory, vm, 2, since_seconds))

    def overhead_series(self, node: NodeId, since_seconds: float) -> tuple[Series, ...]:
        """Times, and what the hypervisor takes on a node: share of its processors, bytes. Likewise."""
        columns = self._of(self.rings.overheads, node, 2, since_seconds)
        came = _known(self._of(self.nodes, node, 1, since_seconds))[0]
        first = int(np.searchsorted(columns[0], came[0])) if len(came) else len(columns[0])
        return self.up_to_now(*(column[first:] for column in columns))

    def lun_series(self, lun: LunId, since_seconds: float) -> tuple[Series, ...]:
        """Times, and the quantities of a LUN as they are named above. The lab file keeps none of them."""
        return self.up_to_now(*self._of(self.rings.luns, lun, 3, since_seconds))

    def volume_series(self, volume: VolumeId, since_seconds: float) -> tuple[Series, ...]:
        """Likewise of a Cluster Shared Volume."""
        return self.up_to_now(*self._of(self.rings.volumes, volume, 5, since_seconds))

    @staticmethod
    def _of(kept: MetricHistory, row: int, quantities: int, since_seconds: float) -> tuple[Series, ...]:
        if row >= kept.objects:
            return tuple(np.empty(0) for _ in range(quantities + 1))
        return kept.series(row, range(quantities), since_seconds)

    def _begin(self, cluster: Cluster) -> None:
        self._empty_rings(cluster)
        self.streams.clear()

    def _empty_rings(self, cluster: Cluster) -> None:
        self._cluster = cluster
        self.rings = Rings(cluster)

    def _take(self, frame: Frame) -> None:
        if self._bridge.cluster is not self._cluster:
            self._take_world()
        elif frame.time_ns < self._time_ns:
            self.migrations.forget_after(frame.time_ns)
        self._time_ns = frame.time_ns
        if self._present is None:
            for sample in frame.samples:
                self._take_sample(sample)
            self.streams.take(frame.streams)
            self.migrations.take(frame.migrations, self._bridge.cluster.tasks)
        self.migrations.take_events(frame.events)
        self.migrations.take_ended(frame.ended_tasks)

    # Another moment is shown

    def _take_world(self) -> None:
        """While the past is looked at, the present's figures wait; they reach back over most of what is looked at."""
        timeline, time_ns = self._bridge.timeline, self._bridge.time_ns
        until, comes_back = holds_until(self._timeline, timeline, time_ns)
        self._timeline = timeline
        kept, self._present = self._present, None
        if comes_back:
            self._present = kept or self.rings
            self.migrations.shown_until_ns = until
            self._show_past(until, self._present)
            return
        self.migrations.shown_until_ns = None
        self.migrations.forget_after(until)
        if kept is not None and kept.nodes.latest_seconds <= in_seconds(until):
            self._cluster, self.rings = self._bridge.cluster, kept
            self._past.forget()
            return
        self._begin(self._bridge.cluster)
        self._past.ask()

    def _show_past(self, until_ns: int, present: Rings) -> None:
        moment, oldest = self._bridge.time_ns, present.nodes.oldest_seconds
        reaches = oldest <= max(_SHORT_SECONDS, in_seconds(moment) - _SHORT_SECONDS)
        if until_ns == moment and reaches:
            self._cluster, self.rings = self._bridge.cluster, present
            self._past.forget()
        else:
            # What was seen of streams and migrations is come back to.
            self._empty_rings(self._bridge.cluster)
            self._past.ask()

    def _take_sample(self, sample: MetricsSample) -> None:
        time = in_seconds(sample.time_ns)
        if not np.isclose(time, self.nodes.latest_seconds):
            self.rings.take(time, sample)


def _known(columns: tuple[Series, ...]) -> tuple[Series, ...]:
    """Without the moments at which the object was not there."""
    there = ~np.isnan(columns[1])
    return columns if there.all() else tuple(column[there] for column in columns)


def history_of(bridge: Bridge) -> GraphHistory:
    """The one history of a bridge; made at the first call, which should come before the first frame."""
    present = bridge.findChild(GraphHistory)
    return present if isinstance(present, GraphHistory) else GraphHistory(bridge)
