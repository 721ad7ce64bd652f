"""The stack of a node's memory out of the history: who has most (or who is asked for) at the bottom."""

from __future__ import annotations

import numpy as np

from hvgui.cluster.cluster import Cluster
from hvgui.cluster.ids import NodeId, VmId
from hvgui.gui.graphs.history import GraphHistory
from hvgui.gui.graphs.rings import Series
from hvgui.gui.memory.stack_view import MOST_LAYERS, Layer, Stack
from hvgui.gui.words import counted, tr


def stack_of(
    cluster: Cluster, history: GraphHistory, node: NodeId, span: tuple[float, float], first: VmId | None = None
) -> Stack:
    """A node's memory without the root's reserve, over a span of the lab's seconds."""
    start, end = span
    record = cluster.nodes[node]
    times, _cpu, used, _sent, _received = history.node_series(node, start)
    here = [cluster.vms[vm] for vm in cluster.vms_on(node) if cluster.vms[vm].assigned_bytes]
    here.sort(key=lambda vm: (vm.id != first, -vm.assigned_bytes, vm.id))
    layers: list[Layer] = []
    rest = np.maximum(used - record.root_reserve_bytes, 0.0)
    for vm in here[:MOST_LAYERS]:
        values = np.minimum(_at(times, history.vm_series(vm.id, start)), rest)
        layers.append(Layer(vm.name, values))
        rest = rest - values
    others = max(0, len(here) - MOST_LAYERS)
    if len(rest) and float(rest.max()) > 0:
        name = counted(others, "{count} other VM", "{count} other VMs") if others else tr("Moved away since")
        layers.append(Layer(name, rest, is_rest=True))
    return Stack(times, tuple(layers), start, end, float(record.memory_for_vms_bytes))


def _at(times: Series, series: tuple[Series, ...]) -> Series:
    """A VM's assigned memory at the node's moments."""
    moments, memory = series[0], series[3]
    if not len(moments) or not len(times):
        return np.zeros(len(times))
    found: Series = np.interp(times, moments, memory)
    return found
