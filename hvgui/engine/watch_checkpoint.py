"""The load watch's memory as plain data and back, for checkpoints."""

from __future__ import annotations

import msgspec
import numpy as np

from hvgui.cluster.cluster import ClusterRecord
from hvgui.cluster.load_watch import WINDOW_SAMPLES, LoadWatch
from hvgui.engine.load_columns import RESOURCES, LoadColumns
from hvgui.requests.load_watch import impossible

_MOST_FIGURE = 2.0**50
_MOST_COUNT = 2**40
_MOST_NS = 2**62


class WatchRecord(msgspec.Struct, frozen=True):
    """Columns as little-endian bytes."""

    samples: bytes
    filled: bytes
    held: bytes
    vm_means: bytes
    last_tip: int


def recorded(columns: LoadColumns) -> WatchRecord | None:
    """As plain data; None where there is nothing to remember."""
    if not len(columns.filled) and not columns.last_tip:
        return None
    return WatchRecord(
        columns.samples.astype("<f8").tobytes(),
        columns.filled.astype("<i8").tobytes(),
        columns.held.astype("<i8").tobytes(),
        columns.vm_means.astype("<f8").tobytes(),
        columns.last_tip,
    )


def restored(record: WatchRecord | None, cluster: ClusterRecord) -> LoadColumns:
    """The columns again. Raises ValueError where they, the settings or the tips make no sense."""
    _check_settings(cluster)
    if record is None:
        return LoadColumns()
    nodes, vms = len(record.filled) // 8, len(record.vm_means) // (8 * RESOURCES)
    most_nodes = max((node.id for node in cluster.nodes), default=-1) + 1
    most_vms = max(int(cluster.last_vm_id), max((int(vm.id) for vm in cluster.vms), default=-1)) + 1
    sizes = (
        len(record.filled) == 8 * nodes,
        len(record.samples) == 8 * WINDOW_SAMPLES * RESOURCES * nodes,
        len(record.held) == 8 * RESOURCES * nodes,
        len(record.vm_means) == 8 * RESOURCES * vms,
        nodes <= most_nodes,
        vms <= most_vms,
        0 <= record.last_tip < _MOST_COUNT,
    )
    if not all(sizes):
        raise ValueError("The checkpoint is damaged: the columns of its load watch do not fit its cluster.")
    columns = LoadColumns()
    columns.samples = np.frombuffer(record.samples, "<f8").astype(np.float64).reshape(WINDOW_SAMPLES, RESOURCES, nodes)
    columns.filled = np.frombuffer(record.filled, "<i8").astype(np.int64)
    columns.held = np.frombuffer(record.held, "<i8").astype(np.int64).reshape(RESOURCES, nodes)
    columns.vm_means = np.frombuffer(record.vm_means, "<f8").astype(np.float64).reshape(RESOURCES, vms)
    columns.last_tip = record.last_tip
    _check_figures(columns)
    return columns


def _check_figures(columns: LoadColumns) -> None:
    figures = all(((one >= 0.0) & (one < _MOST_FIGURE)).all() for one in (columns.samples, columns.vm_means))
    counts = ((columns.filled >= 0) & (columns.filled <= WINDOW_SAMPLES)).all()
    if not (figures and counts and ((columns.held >= 0) & (columns.held < _MOST_COUNT)).all()):
        raise ValueError("The checkpoint is damaged: the columns of its load watch hold what is no figure.")


def _check_settings(cluster: ClusterRecord) -> None:
    if cluster.load_watch != LoadWatch() and impossible(cluster.load_watch):
        raise ValueError("The checkpoint contradicts itself: its load watch is set to what is not possible.")
    nodes = {node.id for node in cluster.nodes}
    tips = cluster.tips.all
    known = all(tip.node in nodes and (tip.target is None or tip.target in nodes) for tip in tips)
    if not (known and len({tip.node for tip in tips}) == len(tips)):
        raise ValueError("The checkpoint contradicts itself: a tip is about a node that is not there.")
    course = cluster.power
    named = {*course.serving, *course.woken, *course.kept_on, *(() if course.node is None else (course.node,))}
    moments = [course.changed_ns, course.tried_ns, course.covered_ns, course.saved_ns]
    moments += [0 if node.saving_since_ns is None else node.saving_since_ns for node in cluster.nodes]
    if not named <= nodes or not all(-1 <= moment < _MOST_NS for moment in moments):
        raise ValueError("The checkpoint contradicts itself: its power saving is out of range.")
