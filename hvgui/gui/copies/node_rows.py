"""Nodes as rows of the list of targets, for VMs that are not there yet."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from hvgui.cluster.cluster import Cluster
from hvgui.cluster.ids import NodeId
from hvgui.gui.migrate.target_list import TargetRow, target_row
from hvgui.gui.wording import node_name
from hvgui.gui.words import tr
from hvgui.requests.targets import Target


def node_rows(cluster: Cluster, targets: Iterable[Target], count: int, owners: Iterable[NodeId]) -> list[TargetRow]:
    """The best for each first; `owners` are those that this gives, where it is what is chosen."""
    name = tr("Best node") if count == 1 else tr("Spread over the best")
    rows = [TargetRow(None, name, 0.0, "", _spread_words(cluster, count, owners))]
    return [*rows, *(target_row(cluster, target) for target in targets)]


def _spread_words(cluster: Cluster, count: int, owners: Iterable[NodeId]) -> str:
    numbers = Counter(owners)
    if not numbers:
        return tr("the node that has most left once it runs there")
    if count == 1:
        return node_name(cluster, next(iter(numbers)))
    return ", ".join(f"{node_name(cluster, node)}: {number}" for node, number in sorted(numbers.items()))
