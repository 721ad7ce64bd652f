"""How the cluster treats VMs, as a scenario writes it: owners, failover, failback, anti-affinity, start delay."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from msgspec.structs import replace

from hvgui.cluster.cluster import ClusterRecord
from hvgui.cluster.ids import NodeId
from hvgui.cluster.machines import Failback, FailoverPolicy, Priority, VirtualMachine
from hvgui.cluster.nodes import Node
from hvgui.lab.scenario_names import the_one
from hvgui.lab.scenario_resources import Reader
from hvgui.lab.scenario_table import Table

_FAILBACK = {one.value: one for one in Failback}
_PRIORITIES = {priority.name.lower().replace("_", " "): priority for priority in Priority}
_HOUR_SECONDS = 3600.0


def read_failover(table: Table, vm: VirtualMachine, nodes: Sequence[Node]) -> dict[str, Any]:
    """Fields of a VM; what is not written stays."""
    preferred, possible = _nodes(table, "preferred_owners", nodes), _nodes(table, "possible_owners", nodes)
    classes, delay = table.texts("anti_affinity"), table.duration("start_delay")
    return {
        "preferred_owners": vm.preferred_owners if preferred is None else preferred,
        "possible_owners": vm.possible_owners if possible is None else possible,
        "anti_affinity": vm.anti_affinity if classes is None else classes,
        "start_delay_seconds": vm.start_delay_seconds if delay is None else delay,
        "failover": _read_policy(table, vm.failover),
    }


def _nodes(table: Table, key: str, nodes: Sequence[Node]) -> tuple[NodeId, ...] | None:
    names = table.texts(key)
    return None if names is None else tuple(the_one(table, key, name, "node", nodes).id for name in names)


def _read_policy(table: Table, before: FailoverPolicy) -> FailoverPolicy:
    inner = table.table("failover")
    if inner is None:
        return before
    period = inner.duration("period")
    given = {
        "most_failures": inner.whole("most_failures", 0, 1_000_000),
        "period_hours": None if period is None else period / _HOUR_SECONDS,
        "failback": inner.choice("failback", _FAILBACK),
        "from_hour": inner.whole("from_hour", 0, 23),
        "to_hour": inner.whole("to_hour", 0, 23),
    }
    inner.close()
    return replace(before, **{name: value for name, value in given.items() if value is not None})


def _policy(table: Table, record: ClusterRecord, vm: VirtualMachine | None) -> FailoverPolicy:
    del record
    return _read_policy(table, FailoverPolicy() if vm is None else vm.failover)


def _classes(table: Table, record: ClusterRecord, vm: VirtualMachine | None) -> tuple[str, ...] | None:
    del record
    written = table.texts("anti_affinity")
    return written if written is not None or vm is None else vm.anti_affinity


def _delay(table: Table, record: ClusterRecord, vm: VirtualMachine | None) -> float | None:
    del record
    written = table.duration("start_delay")
    return written if written is not None or vm is None else vm.start_delay_seconds


def _priority(table: Table, record: ClusterRecord, vm: VirtualMachine | None) -> Priority | None:
    del record
    written = table.choice("priority", _PRIORITIES)
    return written if written is not None or vm is None else vm.priority


def _preferred(table: Table, record: ClusterRecord, vm: VirtualMachine | None) -> tuple[NodeId, ...] | None:
    del vm
    return _nodes(table, "preferred_owners", record.nodes)


def _possible(table: Table, record: ClusterRecord, vm: VirtualMachine | None) -> tuple[NodeId, ...] | None:
    del vm
    return _nodes(table, "possible_owners", record.nodes)


POLICY_READERS: dict[str, Reader] = {
    "policy": _policy,
    "anti_affinity": _classes,
    "start_delay_seconds": _delay,
    "priority": _priority,
    "preferred": _preferred,
    "possible": _possible,
}
