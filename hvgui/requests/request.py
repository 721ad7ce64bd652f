"""What every request has: a title for people, a check against a cluster, and the PowerShell that would do the same."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from hvgui.cluster.cluster import Cluster
from hvgui.cluster.ids import NodeId, VmId
from hvgui.requests.problems import Problem


class Request(msgspec.Struct, frozen=True, tag_field="do"):
    """An intent as pure data. Its tag (`do`) is its name in scenarios, journals and JSON."""

    def title(self, cluster: Cluster) -> str:
        """What it does, for menus, tasks and undo: `Live migrate SQL01 to NODE2`."""
        raise NotImplementedError

    def check(self, cluster: Cluster) -> tuple[Problem, ...]:
        """What stands in its way now, blockers and warnings. No blocker: the engine will accept it."""
        raise NotImplementedError

    def powershell(self, cluster: Cluster) -> str:
        """The command of the FailoverClusters or Hyper-V module that does the same on a real cluster, or a comment
        that says why there is none."""
        raise NotImplementedError


def vm_name(cluster: Cluster, vm: VmId) -> str:
    """The VM's name, or what stands for it where there is no such VM."""
    record = cluster.vms.get(vm)
    return record.name if record is not None else f"VM no. {vm}"


def node_name(cluster: Cluster, node: NodeId) -> str:
    """The node's name, or what stands for it where there is no such node."""
    record = cluster.nodes.get(node)
    return record.name if record is not None else f"node no. {node}"


def node_names(cluster: Cluster, nodes: Sequence[NodeId], most: int = 6) -> str:
    """The nodes' names; of many, the first and how many more there are."""
    names = [node_name(cluster, node) for node in nodes]
    return ", ".join(names) if len(names) <= most else f"{', '.join(names[:most])} and {len(names) - most} more"


def quoted(text: str) -> str:
    """A PowerShell string literal: single quotes, doubled where they occur."""
    return "'" + text.replace("'", "''") + "'"
