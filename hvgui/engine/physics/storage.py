"""Input and output of all guests at once: what they want, what SANs and paths let through, how long one takes.

Disks serve what waits in their queues in the order in which it came, so under contention everybody gets the same share
of what he wants (a first-come-first-served queue is blind to who asks). Time of one operation: L = base / (1 - u), the
mean time in an M/M/1 queue at utilisation u (Kleinrock, *Queueing Systems*, vol. 1, 3.2), bounded where a real queue is
full and its initiators hold back.
"""

from __future__ import annotations

import msgspec
import numpy as np
from numpy.typing import NDArray

Column = NDArray[np.float64]
Rows = NDArray[np.int64]

NO_WAY, DIRECT, REDIRECTED = 0, 1, 2
"""Values of `Layout.way`."""
MOST_UTILISATION = 0.98
"""At this utilisation latency stops rising: fifty times the base."""


class Layout(msgspec.Struct, frozen=True, eq=False):
    """Which guest's input and output goes where. An entry is a VM's share on one LUN (or on the volume it carries)."""

    vm: Rows
    lun: Rows
    share: Column
    """Part of the VM's operations that go there; what goes to nodes' own disks has no entry."""
    bytes_per_io: Column
    """By VM."""
    san: Rows
    """By LUN."""
    volume: Rows
    """By LUN: the volume that it carries, or -1."""
    coordinator: Rows
    """By LUN: the node that serves what is redirected."""
    way: NDArray[np.int8]
    """By node and LUN: NO_WAY, DIRECT or REDIRECTED."""
    path_bytes_per_second: Column
    """By node and SAN, flat."""
    san_bytes_per_second: Column
    san_iops: Column
    san_latency_seconds: Column
    is_redirected: bool
    """Whether there is any REDIRECTED at all."""


class Wanted(msgspec.Struct, frozen=True, eq=False):
    """What the guests want at one moment, by entry of the layout."""

    iops: Column
    bytes_per_second: Column
    node: Rows
    """The node that the guest is on."""
    way: Rows
    path: Rows
    """The path that serves it, flat: the guest's own node's, or the coordinator's."""


class Served(msgspec.Struct, frozen=True, eq=False):
    """What becomes of it."""

    part: Column
    """By entry: the part of what is wanted that is served, 0..1."""
    utilisation: Column
    """By SAN, 0..1."""


def wanted(layout: Layout, vm_iops: Column, owner: Rows) -> Wanted:
    """What the guests want, given each one's operations a second and owner."""
    node = owner[layout.vm]
    way = layout.way[node, layout.lun].astype(np.int64)
    iops = np.where(way == NO_WAY, 0.0, vm_iops[layout.vm] * layout.share)
    server = np.where(way == REDIRECTED, layout.coordinator[layout.lun], node)
    path = server * len(layout.san_iops) + layout.san[layout.lun]
    return Wanted(iops, iops * layout.bytes_per_io[layout.vm], node, way, path)


def serve(layout: Layout, want: Wanted, taken_on_paths: Column, taken_on_sans: Column, network_part: Column) -> Served:
    """Share paths, SANs' bandwidths and SANs' operations among what is wanted.

    `taken_on_...` is what saved states and new disks take at the moment (bytes a second), `network_part` by entry what
    the cluster network lets through of what is redirected (1 for the others).
    """
    sans = len(layout.san_iops)
    san = layout.san[layout.lun]
    moving = want.bytes_per_second * network_part
    on_path = summed(want.path, moving, len(layout.path_bytes_per_second))
    path_part = _part(layout.path_bytes_per_second - taken_on_paths, on_path)
    part = network_part * path_part[want.path]
    on_san = summed(san, want.bytes_per_second * part, sans)
    operations = summed(san, want.iops * part, sans)
    san_part = np.minimum(
        _part(layout.san_bytes_per_second - taken_on_sans, on_san), _part(layout.san_iops, operations)
    )
    part = part * san_part[san]
    with np.errstate(divide="ignore", invalid="ignore"):
        by_bytes = (on_san * san_part + taken_on_sans) / layout.san_bytes_per_second
        by_operations = operations * san_part / layout.san_iops
    utilisation = np.nan_to_num(np.maximum(by_bytes, by_operations), nan=0.0, posinf=1.0)
    return Served(np.where(want.way == NO_WAY, 0.0, part), np.clip(utilisation, 0.0, 1.0))


def latency_seconds(base_seconds: Column | float, utilisation: Column | float) -> Column:
    """How long one operation takes; see the module."""
    return np.asarray(base_seconds / (1.0 - np.minimum(utilisation, MOST_UTILISATION)), dtype=np.float64)


def summed(rows: Rows, figures: Column, size: int) -> Column:
    """The sum of the figures of each row."""
    return np.bincount(rows, weights=figures, minlength=size).astype(np.float64)


def _part(capacity: Column, wanted_there: Column) -> Column:
    """The part of what is wanted that a capacity lets through."""
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        part = np.maximum(capacity, 0.0) / wanted_there
    return np.where(wanted_there > 0.0, np.minimum(part, 1.0), 1.0)
