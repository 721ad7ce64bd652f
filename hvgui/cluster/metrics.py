"""Metrics: what moves all the time, as the graphs and the lab's history take it."""

from __future__ import annotations

import msgspec
import numpy as np
from numpy.typing import NDArray

from hvgui.cluster.ids import TaskId, VmId
from hvgui.cluster.tasks import Phase

Column = NDArray[np.float64]


def _nothing() -> Column:
    return np.zeros(0)


class MetricsSample(msgspec.Struct, frozen=True, eq=False):
    """One simulated second's figures. Row i of a `node_` column is the node with id i, of a `vm_` column the VM,
    of `lun_` and `volume_` columns the LUN and the Cluster Shared Volume; these are empty where nobody asked."""

    time_ns: int
    node_cpu_share: Column
    """Delivered processor time as a share of the node's logical processors, 0..1, the parent's overhead included."""
    node_memory_bytes: Column
    """Occupied physical memory, root reserve included."""
    node_sent_bytes_per_second: Column
    node_received_bytes_per_second: Column
    vm_cpu_share: Column
    """Delivered processor time as a share of the VM's virtual processors, 0..1."""
    vm_cpu_wanted_share: Column
    vm_memory_bytes: Column
    """Assigned memory."""
    vm_memory_demand_bytes: Column
    vm_memory_target_bytes: Column = msgspec.field(default_factory=_nothing)
    """What dynamic memory would give for the demand; of other VMs what they have."""
    vm_memory_balloon_bytes: Column = msgspec.field(default_factory=_nothing)
    """What the guest has seen since its start and given back."""
    node_overhead_share: Column = msgspec.field(default_factory=_nothing)
    """Part of `node_cpu_share` that address translation and the emulation of devices take."""
    node_shadow_bytes: Column = msgspec.field(default_factory=_nothing)
    """Part of `node_memory_bytes` that shadow page tables take, where there is no SLAT."""
    link_sent_bytes_per_second: Column = msgspec.field(default_factory=_nothing)
    """By link, in the order of their keys (node, network): migrations, streams, redirected input and output, and on a
    node's first network for clients what its guests send besides."""
    link_received_bytes_per_second: Column = msgspec.field(default_factory=_nothing)
    vm_iops: Column = msgspec.field(default_factory=_nothing)
    """Operations of its disks a second, as they are served."""
    vm_iops_wanted: Column = msgspec.field(default_factory=_nothing)
    lun_iops: Column = msgspec.field(default_factory=_nothing)
    lun_bytes_per_second: Column = msgspec.field(default_factory=_nothing)
    lun_latency_seconds: Column = msgspec.field(default_factory=_nothing)
    """How long an operation takes on the SAN itself; 0 where nobody reaches the LUN."""
    volume_direct_bytes_per_second: Column = msgspec.field(default_factory=_nothing)
    volume_redirected_bytes_per_second: Column = msgspec.field(default_factory=_nothing)
    """What goes over the cluster network through the coordinator."""
    volume_iops: Column = msgspec.field(default_factory=_nothing)
    volume_latency_seconds: Column = msgspec.field(default_factory=_nothing)
    """The mean of all operations, the detour of redirected ones included."""
    volume_free_bytes: Column = msgspec.field(default_factory=_nothing)


class MigrationProgress(msgspec.Struct, frozen=True):
    """A migration at one moment, between two of its steps."""

    task: TaskId
    time_ns: int
    phase: Phase
    pass_number: int
    pass_sent_bytes: int
    """Sent in this pass so far."""
    rest_bytes: int
    """Still to be sent in this pass."""
    sent_bytes: int
    """Sent in all."""
    dirty_bytes_per_second: float
    link_bytes_per_second: float
    seconds_left_low: float | None = None
    """Time left as a range; None where it cannot be told (or does not end by itself)."""
    seconds_left_high: float | None = None


class StreamProgress(msgspec.Struct, frozen=True):
    """A video stream at one moment."""

    vm: VmId
    time_ns: int
    buffer_seconds: float
    """What the player has left to show; 0 while it stalls."""
    stalled: bool
    stalls: int
    """Stalls since the stream began."""
    stall_seconds: float
    """Their length in all, the present one included."""
