"""What is to be tried, as the window's form has it: its cases, and about how long they take."""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import dataclass

from hvgui.cluster.cluster import Cluster
from hvgui.cluster.ids import NodeId
from hvgui.cluster.units import format_seconds
from hvgui.cluster.what_if import WhatIfCase, WhatIfKind
from hvgui.gui.words import tr
from hvgui.lab.what_if.studies import MOST_WORKERS
from hvgui.lab.what_if.study import crashes_of, up_nodes

_BEGIN_SECONDS = 1.5
"""Until the processes stand."""
_CRASH_SECONDS, _DRAIN_SECONDS, _LOAD_SECONDS = 0.1, 0.5, 0.15
"""Processor time of a trial on a thousand VMs and more (measured on 16 nodes x 1,000 and 64 x 8,000 VMs)."""
_USUAL_VMS = 1000


@dataclass(frozen=True)
class Choice:
    """What is ticked."""

    crashes: bool = True
    pairs: bool = True
    drains: bool = True
    load_percent: int | None = 10
    """How much more load; None: that is not tried."""
    node: NodeId | None = None
    """Only trials that this node has part in, and those of the cluster as a whole; None: all nodes."""

    def cases(self, cluster: Cluster) -> tuple[WhatIfCase, ...]:
        """The trials, on nodes that are up."""
        nodes = up_nodes(cluster)
        found: list[WhatIfCase] = []
        if self.crashes:
            found += crashes_of(nodes, 1)
        if self.pairs:
            found += crashes_of(nodes, 2)
        if self.drains:
            found += [WhatIfCase(WhatIfKind.DRAIN, (node,)) for node in nodes]
        if self.node is not None:
            found = [case for case in found if self.node in case.nodes]
        if self.load_percent is not None:
            found.append(WhatIfCase(WhatIfKind.LOAD, load_factor=1.0 + self.load_percent / 100.0))
        return tuple(found)


def expected_seconds(cases: Iterable[WhatIfCase], cluster: Cluster, pace: float = 1.0) -> float:
    """About how long they take here. `pace`: how much longer than that the last study took."""
    by_kind = {WhatIfKind.CRASH: _CRASH_SECONDS, WhatIfKind.DRAIN: _DRAIN_SECONDS, WhatIfKind.LOAD: _LOAD_SECONDS}
    share = min(1.0, len(cluster.vms) / _USUAL_VMS)
    work = sum(by_kind[case.kind] for case in cases) * share * pace
    return _BEGIN_SECONDS + work / max(1, min(MOST_WORKERS, os.cpu_count() or 1))


def about(seconds: float) -> str:
    """A time that is only an estimate, in words."""
    if seconds < 5.0:
        return tr("a few seconds")
    step = 5.0 if seconds < 60.0 else 30.0 if seconds < 600.0 else 60.0
    return tr("about {time}", time=format_seconds(max(step, round(seconds / step) * step)))
